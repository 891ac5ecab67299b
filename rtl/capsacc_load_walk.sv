// Walks the tiles of an array step and loads each one's stationary operands, one word a cycle, one tile
// ahead of the vectors: weights from their ring, votes or v by address, last row of the tile first.
//
// start_i in cycle t: the first word can be loaded in t + 1.  A tile is loaded (loaded_o, from the cycle of
// its last word on) until take_i says that its vectors start in the next cycle; the next tile's
// load begins there too.
// Loops, outer first: capsule (VOTES), block of columns, block of vectors, k group, k piece.
// C counterpart: cas_program_tile_next (sim/model/program.h).

module capsacc_load_walk #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  parameter int unsigned Lanes = 4,    // v lies in Lanes banks of rows
  localparam int unsigned LaneWidth = $clog2(Lanes),
  localparam int unsigned DescBits  = 64 * capsacc_pkg::DescWords
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic [DescBits-1:0]               desc_i,
  input  logic                              start_i,
  input  logic                              weight_avail_i,
  output logic                              loaded_o,
  input  logic                              take_i,

  output logic                              fire_o,      // a word is read in this cycle
  output logic                              first_o,     // first word of a block of columns
  output logic                              last_o,      // last one
  output logic [Rows-1:0]                   row_en_o,    // rows that shift with the word
  output logic [capsacc_pkg::AddrWidth-1:0] addr_o,      // SUM: votes; UPDATE: bank of v
  output logic [LaneWidth-1:0]              lane_o,      // UPDATE: which bank
  output logic                              mark_o,      // see capsacc_weights
  output logic                              rewind_o,
  output logic                              release_o,   // the tile's words leave the weight buffer
  output logic [8:0]                        words_o
);

  capsacc_pkg::desc_t desc;
  logic  active_q, done_q;
  logic [8:0]  word_q, rho;
  logic [15:0] outer_q, block_q, group_q, blocks;
  logic [31:0] n_q, k_q, k_left, row, row_index;
  logic        weights, update, last_word, last_piece, last_group, last_block, last_n, last_outer;
  logic [capsacc_pkg::AddrWidth-1:0] product;

  assign desc       = desc_i;
  assign weights    = desc.kind == capsacc_pkg::StepConv || desc.kind == capsacc_pkg::StepVotes;
  assign update     = desc.kind == capsacc_pkg::StepUpdate;
  assign k_left     = desc.k_per_group - k_q;
  assign last_piece = k_left <= 32'(Rows);
  assign rho        = last_piece ? k_left[8:0] : 9'(Rows);
  assign last_group = group_q == desc.k_groups - 1'b1;
  assign last_n     = desc.n - n_q <= 32'(Cols);
  assign blocks     = last_n ? desc.blocks_last : desc.blocks;
  assign last_block = block_q == blocks - 1'b1;
  assign last_outer = outer_q == desc.outer - 1'b1;
  assign last_word  = word_q == rho - 1'b1;

  assign fire_o   = active_q && !done_q && (!weights || weight_avail_i);
  assign loaded_o = active_q && (done_q || (fire_o && last_word));
  assign first_o  = k_q == '0 && group_q == '0 && word_q == '0;
  assign last_o   = last_piece && last_group && last_word;
  assign words_o  = rho;

  // Row of the stationary operand: the tile's last first.
  assign row       = k_q + 32'(rho) - 32'(word_q) - 32'd1;
  assign row_index = update ? row >> LaneWidth : row;
  assign product   = capsacc_pkg::AddrWidth'(row_index[15:0] * desc.ld_step[capsacc_pkg::AddrWidth-1:0]);
  assign addr_o    = product + n_q[capsacc_pkg::AddrWidth-1:0] +
                     desc.ld_base[capsacc_pkg::AddrWidth-1:0];
  assign lane_o    = row[LaneWidth-1:0];

  for (genvar r = 0; r < Rows; r++) begin : gen_row
    assign row_en_o[r] = 9'(r) <= word_q && 9'(r) < rho;
  end

  assign release_o = fire_o && last_word && weights && !(desc.replay && !last_block);
  assign mark_o    = take_i && last_piece && last_group && last_block;
  assign rewind_o  = take_i && last_piece && last_group && !last_block && desc.replay && weights;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      done_q   <= 1'b0;
      word_q   <= '0;
      outer_q  <= '0;
      block_q  <= '0;
      group_q  <= '0;
      n_q      <= '0;
      k_q      <= '0;
    end else if (start_i) begin
      active_q <= 1'b1;
      done_q   <= 1'b0;
      word_q   <= '0;
      outer_q  <= '0;
      block_q  <= '0;
      group_q  <= '0;
      n_q      <= '0;
      k_q      <= '0;
    end else if (take_i) begin
      done_q <= 1'b0;
      word_q <= '0;
      k_q    <= k_q + 32'(Rows);
      if (last_piece) begin
        k_q     <= '0;
        group_q <= group_q + 1'b1;
        if (last_group) begin
          group_q <= '0;
          block_q <= block_q + 1'b1;
          if (last_block) begin
            block_q <= '0;
            n_q     <= n_q + 32'(Cols);
            if (last_n) begin
              n_q      <= '0;
              outer_q  <= outer_q + 1'b1;
              active_q <= !last_outer;
            end
          end
        end
      end
    end else if (fire_o) begin
      word_q <= word_q + 1'b1;
      done_q <= last_word;
    end
  end

  // The rest of the descriptor is for others.
  logic unused_desc;
  assign unused_desc = ^{desc, row_index[31:16]};

endmodule

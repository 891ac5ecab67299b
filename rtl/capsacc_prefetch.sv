// Requests for weights, ahead of the array: one burst a tile, in program order, as soon as the weight
// buffer has room for its words, at most one a cycle.  Steps' barriers do not hold it up.
//
// Its list has an entry for each step with weights: tiles of k_per_group terms cut into pieces of at most
// Rows, k_groups times; that repeated `repeats` times from the same address (blocks of vectors whose
// weights are not kept); that for each block of columns.  Addresses run on from entry to entry,
// because weights lie in load order.
// Handshake: req_valid_o and req_words_o stay until req_ready_i.
// C counterpart: cas_weight_stream_fetch (sim/cost/weight_stream.h), the tiles of program_tiles.c.

module capsacc_prefetch #(
  parameter int unsigned Rows      = 4,
  parameter int unsigned Entries   = 16,
  parameter int unsigned RoomWidth = 12,  // words of the weight buffer: at most 2^RoomWidth - 1
  localparam int unsigned EntryWidth = Entries > 1 ? $clog2(Entries) : 1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  // list, from the host: {blocks[19:0], repeats[11:0], k_groups[11:0], k_per_group[19:0]}
  input  logic                  list_we_i,
  input  logic [EntryWidth-1:0] list_addr_i,
  input  logic [63:0]           list_data_i,
  input  logic [EntryWidth:0]   entries_i,     // in use
  input  logic [RoomWidth-1:0]  room_i,        // words that the weight buffer holds

  input  logic                  start_i,       // next cycle is cycle 0
  input  logic                  release_i,     // words leave the buffer
  input  logic [8:0]            release_words_i,

  output logic                  req_valid_o,
  input  logic                  req_ready_i,
  output logic [31:0]           req_addr_o,    // in words from the start of the weights
  output logic [8:0]            req_words_o
);

  logic [63:0]           list [Entries];
  logic [63:0]           entry;
  logic [19:0]           k_per_group, blocks, k_q, block_q, left;
  logic [11:0]           k_groups, repeats, group_q, repeat_q;
  logic [EntryWidth:0]   entry_q;
  logic [31:0]           addr_q, block_addr_q, next_addr;
  logic [RoomWidth-1:0]  free_q;
  logic                  running_q, go;
  logic                  last_piece, last_group, last_repeat, last_block;

  // Few entries: registers rather than a memory with a cycle's latency, so that a step of one tile
  // costs no cycle.
  assign entry = list[entry_q[EntryWidth-1:0]];
  assign {blocks, repeats, k_groups, k_per_group} = entry;

  always_ff @(posedge clk_i) begin
    if (list_we_i) list[list_addr_i] <= list_data_i;
  end

  assign left        = k_per_group - k_q;
  assign last_piece  = left <= 20'(Rows);
  assign last_group  = group_q == k_groups - 1'b1;
  assign last_repeat = repeat_q == repeats - 1'b1;
  assign last_block  = block_q == blocks - 1'b1;

  assign req_words_o = last_piece ? left[8:0] : 9'(Rows);
  assign req_addr_o  = addr_q;
  assign req_valid_o = running_q && RoomWidth'(req_words_o) <= free_q;
  assign go          = req_valid_o && req_ready_i;
  assign next_addr   = addr_q + 32'(req_words_o);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      running_q    <= 1'b0;
      entry_q      <= '0;
      k_q          <= '0;
      group_q      <= '0;
      repeat_q     <= '0;
      block_q      <= '0;
      addr_q       <= '0;
      block_addr_q <= '0;
      free_q       <= '0;
    end else if (start_i) begin
      running_q    <= entries_i != '0;
      entry_q      <= '0;
      k_q          <= '0;
      group_q      <= '0;
      repeat_q     <= '0;
      block_q      <= '0;
      addr_q       <= '0;
      block_addr_q <= '0;
      free_q       <= room_i;
    end else begin
      free_q <= free_q - (go ? RoomWidth'(req_words_o) : '0)
                + (release_i ? RoomWidth'(release_words_i) : '0);
      if (go) begin
        addr_q <= next_addr;
        k_q    <= k_q + 20'(req_words_o);
        if (last_piece) begin
          k_q     <= '0;
          group_q <= group_q + 1'b1;
          if (last_group) begin
            group_q  <= '0;
            repeat_q <= repeat_q + 1'b1;
            addr_q   <= last_repeat ? next_addr : block_addr_q;
            if (last_repeat) begin
              repeat_q     <= '0;
              block_addr_q <= next_addr;
              block_q      <= block_q + 1'b1;
              if (last_block) begin
                block_q   <= '0;
                entry_q   <= entry_q + 1'b1;
                running_q <= entry_q + 1'b1 != entries_i;
              end
            end
          end
        end
      end
    end
  end

endmodule

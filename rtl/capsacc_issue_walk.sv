// Walks the vectors of an array step: the address of each one's operands, where its results go, and what
// accumulators and lanes do with it.
//
// go_i in cycle t: the tile's vectors are issued from t + 1 on, one a cycle.  ready_o: no vector, or a tile's last
// one, is issued in this cycle, so that go_i may be given.  finish_o: the step's last vector.
// A row of vectors is a row of the output map (CONV), a capsule's classes (UPDATE), the classes of a tile
// (SUM); addresses are row + x, both advanced by additions.
// C counterparts: cas_program_tile_next and `fill_vectors` (sim/model/program_tiles.c).

module capsacc_issue_walk #(
  parameter int unsigned Rows       = 4,
  parameter int unsigned Cols       = 4,
  parameter int unsigned DepthWidth = 9,
  parameter int unsigned BiasWidth  = 6,
  localparam int unsigned AddrWidth = capsacc_pkg::AddrWidth,
  localparam int unsigned DescBits  = 64 * capsacc_pkg::DescWords
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic [DescBits-1:0]   desc_i,
  input  logic [DepthWidth:0]   depth_i,      // vectors of a block, at most 2^DepthWidth
  input  logic                  start_i,
  input  logic                  go_i,
  output logic                  ready_o,
  output logic                  finish_o,

  output logic                  valid_o,
  output logic                  swap_o,       // first vector of a tile
  output logic                  first_o,      // of a tile that overwrites
  output logic                  last_o,       // of a tile whose sums leave
  output logic                  pop_o,        // last vector of a block whose sums leave
  output logic [DepthWidth-1:0] acc_addr_o,
  output logic [BiasWidth-1:0]  bias_o,
  output logic [AddrWidth-1:0]  addr_o,       // of the operands; may lie outside where pad_o says so
  output logic [8:0]            rho_o,        // rows that take part
  output logic [Rows-1:0]       rows_o,
  output logic [Rows-1:0]       pad_o,
  output logic [Cols-1:0]       cols_o,       // columns whose results count: col_first_o to before col_end_o
  output logic [AddrWidth-1:0]  out_addr_o,   // of column 0's result
  output logic [8:0]            col_first_o,
  output logic [8:0]            col_end_o
);

  capsacc_pkg::desc_t desc;
  logic  conv, sum, update;

  assign desc   = desc_i;
  assign conv   = desc.kind == capsacc_pkg::StepConv;
  assign sum    = desc.kind == capsacc_pkg::StepSum;
  assign update = desc.kind == capsacc_pkg::StepUpdate;

  // A position among the vectors: where the next one reads and writes.
  typedef struct packed {
    logic [31:0]          p, q;     // row, place in it
    logic signed [31:0]   x;        // offset in the row of the map
    logic [15:0]          y;        // row of the map, signed
    logic [AddrWidth-1:0] row;      // address
    logic [AddrWidth-1:0] out;
    logic [8:0]           col;      // SUM: first column of the class
    logic [15:0]          used;     // SUM: elements of the class that lie in earlier blocks
    logic [15:0]          type_nr;  // CONV of votes: number of the type in its position
  } pos_t;

  pos_t pos_q, pos_d, start_q, start_d, after;
  logic [DepthWidth:0] count_q;
  logic                issuing_q;
  logic [15:0]         outer_q, group_q, ky_q;
  logic [6:0]          kx_q;           // k groups: rows of the kernel, and (votes) places of a row
  logic signed [31:0]  x_base_q, next_x_base;
  logic [31:0]         n_q, k_q, k_left, n_left, columns, q_count, group_off_q, kx_off_q;
  logic [AddrWidth-1:0] outer_in_q, outer_out_q;
  logic [BiasWidth-1:0] bias_q;
  logic                last_piece, last_group, last_n, last_outer;
  logic                row_end, vectors_end, tile_end, block_end, step_end;
  logic [8:0]          rho;
  logic [15:0]         class_left;
  logic [8:0]          class_end;

  // Where the tile stands
  assign k_left     = desc.k_per_group - k_q;
  assign last_piece = k_left <= 32'(Rows);
  assign rho        = last_piece ? k_left[8:0] : 9'(Rows);
  assign last_group = group_q == desc.k_groups - 1'b1;
  assign n_left     = desc.n - n_q;
  assign last_n     = n_left <= 32'(Cols);
  assign columns    = last_n ? n_left : 32'(Cols);
  assign last_outer = outer_q == desc.outer - 1'b1;
  assign q_count    = update ? columns : desc.q_count;

  // SUM: the columns of this vector's class
  assign class_left = desc.dim - pos_q.used;
  assign class_end  = columns - 32'(pos_q.col) <= 32'(class_left) ? columns[8:0]
                                                                  : pos_q.col + class_left[8:0];

  assign row_end     = pos_q.q == q_count - 1'b1;
  assign vectors_end = sum ? class_end == columns[8:0] : row_end && pos_q.p == desc.p_count - 1'b1;
  // A SUM's vectors are at most Cols; each column takes one of them, so depth_i does not cut them.
  assign tile_end    = issuing_q && (vectors_end || (!sum && count_q == depth_i - 1'b1));
  assign block_end   = tile_end && last_piece && last_group;
  assign step_end    = block_end && vectors_end && last_n && last_outer;

  assign ready_o  = !issuing_q || tile_end;
  assign finish_o = step_end;

  // The vector after this one.
  always_comb begin
    after     = pos_q;
    after.q   = pos_q.q + 1'b1;
    after.x   = pos_q.x + $signed(desc.x_step);
    after.type_nr = pos_q.type_nr + 1'b1;
    if (pos_q.type_nr == desc.last_type) begin
      after.type_nr = '0;
      after.x    = pos_q.x + $signed(desc.x_step) + $signed(desc.x_jump);
    end
    after.out = pos_q.out + desc.out_q_step[AddrWidth-1:0];
    if (sum) begin
      after.col  = class_end;
      after.used = '0;
      // The block of columns ends within a class: the next one begins with its rest.
      if (vectors_end) begin
        after.col = '0;
        if (32'(class_left) > columns - 32'(pos_q.col)) begin
          after.used = pos_q.used + 16'(columns - 32'(pos_q.col));
          after.q    = pos_q.q;
          after.x    = pos_q.x;
        end
      end
    end else if (row_end) begin
      after.q   = '0;
      after.p   = pos_q.p + 1'b1;
      after.x   = x_base_q;
      after.row = pos_q.row + desc.row_step[AddrWidth-1:0];
      after.y   = pos_q.y + desc.y_step;
      after.out = pos_q.out + desc.out_p_step[AddrWidth-1:0];
    end
  end

  // First vector of a block of columns, or of a capsule.
  logic [31:0]          next_n;
  logic [AddrWidth-1:0] next_in, next_out;
  pos_t                 fresh, begins;

  assign next_n   = last_n ? '0 : n_q + 32'(Cols);
  assign next_in  = outer_in_q + (last_n ? desc.outer_in[AddrWidth-1:0] : '0);
  // UPDATE: the votes of the block's first class
  assign next_x_base = last_n || !update ? $signed(desc.x_first)
                                         : x_base_q + $signed(32'(Cols) * desc.x_step);
  assign next_out = outer_out_q + (last_n ? desc.outer_out[AddrWidth-1:0] : '0);

  always_comb begin
    fresh.p    = '0;
    fresh.q    = '0;
    fresh.x    = next_x_base;
    fresh.y    = desc.y_first;
    fresh.row  = next_in;
    fresh.out  = next_out + next_n[AddrWidth-1:0];
    fresh.col  = '0;
    fresh.used = '0;
    fresh.type_nr = '0;
    if (sum) begin
      fresh.q    = after.q;
      fresh.x    = after.x;
      fresh.used = after.used;
    end
  end

  // First vector of the step.
  always_comb begin
    begins     = '0;
    begins.x   = $signed(desc.x_first);
    begins.y   = desc.y_first;
    begins.row = desc.in_addr[AddrWidth-1:0];
    begins.out = desc.out_addr[AddrWidth-1:0];
  end

  always_comb begin
    pos_d   = pos_q;
    start_d = start_q;
    if (issuing_q) pos_d = after;
    if (tile_end) begin
      pos_d = start_q;  // the same vectors against the next piece of k
      if (block_end) begin
        pos_d   = vectors_end ? fresh : after;
        start_d = pos_d;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      issuing_q   <= 1'b0;
      count_q     <= '0;
      outer_q     <= '0;
      group_q     <= '0;
      {ky_q, kx_q, kx_off_q} <= '0;
      n_q         <= '0;
      k_q         <= '0;
      group_off_q <= '0;
      outer_in_q  <= '0;
      outer_out_q <= '0;
      bias_q      <= '0;
      pos_q       <= '0;
      start_q     <= '0;
      x_base_q    <= '0;
    end else if (start_i) begin
      issuing_q   <= 1'b0;
      count_q     <= '0;
      outer_q     <= '0;
      group_q     <= '0;
      {ky_q, kx_q, kx_off_q} <= '0;
      n_q         <= '0;
      k_q         <= '0;
      group_off_q <= '0;
      outer_in_q  <= desc.in_addr[AddrWidth-1:0];
      outer_out_q <= desc.out_addr[AddrWidth-1:0];
      bias_q      <= desc.bias_row[BiasWidth-1:0];
      pos_q       <= begins;
      start_q     <= begins;
      x_base_q    <= $signed(desc.x_first);
    end else begin
      pos_q   <= pos_d;
      start_q <= start_d;
      if (issuing_q) count_q <= tile_end ? '0 : count_q + 1'b1;
      if (ready_o) issuing_q <= go_i;
      if (tile_end) begin
        k_q <= k_q + 32'(Rows);
        if (last_piece) begin
          k_q         <= '0;
          group_q     <= group_q + 1'b1;
          kx_q        <= kx_q + 1'b1;
          kx_off_q    <= kx_off_q + desc.kx_step;
          if (kx_q == desc.kx_count - 1'b1) begin
            {kx_q, kx_off_q} <= '0;
            ky_q        <= ky_q + 1'b1;
            group_off_q <= group_off_q + desc.group_step;
          end
          if (last_group) begin
            group_q     <= '0;
            group_off_q <= '0;
            {ky_q, kx_q, kx_off_q} <= '0;
            if (vectors_end) begin
              n_q         <= next_n;
              x_base_q    <= next_x_base;
              bias_q      <= last_n ? desc.bias_row[BiasWidth-1:0] : bias_q + 1'b1;
              outer_in_q  <= next_in;
              outer_out_q <= next_out;
              if (last_n) outer_q <= outer_q + 1'b1;
            end
          end
        end
      end
    end
  end

  // The vector's bytes x + kx + k .. of map row y + ky: those outside the map are padding.
  logic signed [32:0] byte_first, byte_left;
  logic signed [16:0] map_row;
  logic               row_outside;

  assign byte_first  = 33'(pos_q.x) + 33'($signed({1'b0, k_q})) + 33'($signed({1'b0, kx_off_q}));
  assign byte_left   = $signed({1'b0, desc.row_bytes}) - byte_first;
  assign map_row     = 17'($signed(pos_q.y)) + $signed({1'b0, ky_q});
  assign row_outside = map_row < 0 || map_row >= $signed({1'b0, desc.in_h});

  for (genvar r = 0; r < Rows; r++) begin : gen_row
    assign rows_o[r] = 9'(r) < rho;
    assign pad_o[r]  = conv && (row_outside || byte_first + 33'(r) < 0 || 33'(r) >= byte_left);
  end

  for (genvar c = 0; c < Cols; c++) begin : gen_col
    assign cols_o[c] = 9'(c) >= col_first_o && 9'(c) < col_end_o;
  end

  assign valid_o     = issuing_q;
  assign rho_o       = rho;
  assign swap_o      = count_q == '0;
  assign first_o     = k_q == '0 && group_q == '0;
  assign last_o      = last_piece && last_group;
  assign pop_o       = block_end;
  assign acc_addr_o  = count_q[DepthWidth-1:0];
  assign bias_o      = bias_q;
  assign addr_o      = pos_q.row + AddrWidth'(pos_q.x) + group_off_q[AddrWidth-1:0] +
                       kx_off_q[AddrWidth-1:0] + k_q[AddrWidth-1:0];
  assign out_addr_o  = pos_q.out;
  assign col_first_o = sum ? pos_q.col : (update ? pos_q.q[8:0] : '0);
  assign col_end_o   = sum ? class_end : (update ? pos_q.q[8:0] + 1'b1 : columns[8:0]);

  // The rest of the descriptor is for others.
  logic unused_desc;
  assign unused_desc = ^{desc, group_off_q[31:AddrWidth]};

endmodule

// POOL: the largest code or the requantised sum of a window of a map, Cols channels at once.
//
// start_i in cycle t: the first place of the first window is read in t + 1, one a cycle, places outside the map
// too; position after position, in it blocks of channels, rows and places of the kernel.  finish_o with the last.
// A result is written four cycles after its window's last place was read.  A maximum is requantised by 1.
// C counterparts: run_pool (sim/engine/engine8_elementwise.c), play_step (sim/cost/timing.c).

module capsacc_pool #(
  parameter int unsigned Cols = 4,
  localparam int unsigned AddrWidth = capsacc_pkg::AddrWidth,
  localparam int unsigned DescBits  = 64 * capsacc_pkg::DescWords
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [DescBits-1:0]  desc_i,
  input  logic                 start_i,
  output logic                 finish_o,

  output logic [AddrWidth-1:0] raddr_o,    // may lie outside the map
  input  logic [8*Cols-1:0]    data_i,     // of the address in the cycle before

  output logic                 we_o,
  output logic [AddrWidth-1:0] waddr_o,
  output logic [Cols-1:0]      wmask_o,
  output logic [8*Cols-1:0]    wdata_o
);

  localparam int unsigned SumWidth = 24;   // 127 x 127 codes
  localparam int unsigned Latency  = 4;

  capsacc_pkg::desc_t desc;
  assign desc = desc_i;

  // Walk.  Offsets are advanced by additions: row of windows, window in it, channels, row and place of the kernel.
  logic                 active_q, last_kx, last_ky, last_n, last_q, last_p;
  logic [31:0]          p_q, q_q, n_q, kx_off_q, ky_off_q;
  logic [15:0]          y_q, ky_q;
  logic signed [31:0]   x_q;
  logic [6:0]           kx_q;
  logic [AddrWidth-1:0] row_q, out_q;

  assign last_kx  = kx_q == desc.kx_count - 1'b1;
  assign last_ky  = last_kx && ky_q == desc.k_groups - 1'b1;
  assign last_n   = last_ky && desc.n - n_q <= 32'(Cols);
  assign last_q   = last_n && q_q == desc.q_count - 1'b1;
  assign last_p   = last_q && p_q == desc.p_count - 1'b1;
  assign finish_o = active_q && last_p;
  assign raddr_o  = row_q + AddrWidth'(x_q) + n_q[AddrWidth-1:0] + ky_off_q[AddrWidth-1:0] +
                    kx_off_q[AddrWidth-1:0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      {p_q, q_q, n_q, kx_off_q, ky_off_q, x_q} <= '0;
      {y_q, ky_q, kx_q, row_q, out_q} <= '0;
    end else if (start_i) begin
      active_q <= 1'b1;
      {p_q, q_q, n_q, kx_off_q, ky_off_q, ky_q, kx_q} <= '0;
      x_q   <= $signed(desc.x_first);
      y_q   <= desc.y_first;
      row_q <= desc.in_addr[AddrWidth-1:0];
      out_q <= desc.out_addr[AddrWidth-1:0];
    end else if (active_q) begin
      kx_q     <= kx_q + 1'b1;
      kx_off_q <= kx_off_q + desc.kx_step;
      if (last_kx) begin
        {kx_q, kx_off_q} <= '0;
        ky_q     <= ky_q + 1'b1;
        ky_off_q <= ky_off_q + desc.group_step;
      end
      if (last_ky) begin
        {ky_q, ky_off_q} <= '0;
        n_q <= n_q + 32'(Cols);
      end
      if (last_n) begin
        n_q   <= '0;
        q_q   <= q_q + 1'b1;
        x_q   <= x_q + $signed(desc.x_step);
        out_q <= out_q + desc.out_q_step[AddrWidth-1:0];
      end
      if (last_q) begin
        q_q   <= '0;
        p_q   <= p_q + 1'b1;
        x_q   <= $signed(desc.x_first);
        y_q   <= y_q + desc.y_step;
        row_q <= row_q + desc.row_step[AddrWidth-1:0];
      end
      if (last_p) active_q <= 1'b0;
    end
  end

  // The place's distance from the map's edges
  logic signed [32:0] byte_first;
  logic signed [16:0] map_row;
  logic               outside;

  assign byte_first = 33'(x_q) + $signed({1'b0, kx_off_q});
  assign map_row    = 17'($signed(y_q)) + $signed({1'b0, ky_q});
  assign outside    = map_row < 0 || map_row >= $signed({1'b0, desc.in_h}) || byte_first < 0 ||
                      byte_first >= $signed({1'b0, desc.row_bytes});

  // With the place's data; then its window's result
  logic            outside_1_q, first_1_q;
  logic [Cols-1:0] mask;

  always_ff @(posedge clk_i) begin
    outside_1_q <= outside;
    first_1_q   <= kx_q == '0 && ky_q == '0;
  end
  for (genvar c = 0; c < Cols; c++) begin : gen_mask
    assign mask[c] = 32'(c) < desc.n - n_q;
  end

  capsacc_delay_valid #(.Cycles(Latency)) u_valid (
    .clk_i, .rst_ni, .valid_i(active_q && last_ky), .valid_o(we_o)
  );
  capsacc_delay #(.Width(AddrWidth + Cols), .Cycles(Latency)) u_place (
    .clk_i, .rst_ni,
    .d_i({AddrWidth'(out_q + n_q[AddrWidth-1:0]), mask}),
    .d_o({waddr_o, wmask_o})
  );

  for (genvar c = 0; c < Cols; c++) begin : gen_lane
    logic signed [SumWidth-1:0] code, sum_q, sum_d;

    assign code = SumWidth'($signed({desc.a_signed && data_i[8*c+7], data_i[8*c+:8]}));

    // Outside: 0 in a sum, no candidate for a maximum (any window has a place inside).
    always_comb begin
      sum_d = first_1_q ? '0 : sum_q;
      if (desc.pool_max) begin
        if (first_1_q) sum_d = outside_1_q ? -SumWidth'(256) : code;
        else if (!outside_1_q && code > sum_q) sum_d = code;
      end else if (!outside_1_q) begin
        sum_d = sum_d + code;
      end
    end
    always_ff @(posedge clk_i) sum_q <= sum_d;

    capsacc_requant #(.AccWidth(SumWidth)) u_requant (
      .clk_i,
      .acc_i  (sum_q),
      .mult_i (desc.mult),
      .shift_i(desc.shift),
      .lo_i   (desc.lo_0 ? 9'sd0 : -9'sd127),
      .hi_i   (desc.hi_255 ? 9'sd255 : 9'sd127),
      .code_o (wdata_o[8*c+:8])
    );
  end

  // The rest of the descriptor is for others.
  logic unused_desc;
  assign unused_desc = ^desc;

endmodule

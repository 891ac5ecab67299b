// Squash unit: v = |s|^2 / (1 + |s|^2) s / |s| on capsules of D codes, Lanes elements a cycle;
// docs/numerics.md section 7.
//
//   sum of squares -> root -> coefficient from the layer's table -> multiply, round
//
// A capsule enters as `beats` beats of Lanes codes (the last beat may be part empty: lane_i), beats
// in a row or with gaps, capsules one after the other.  It leaves in the same beats, in a row.
// Handshake: valid only; the unit is never busy.
// Latency: 14 cycles from a capsule's last beat in to its first beat out; so the last beat leaves
// beats + 13 cycles after it entered.  Settings are constant while capsules are inside.
// C counterpart: cas_squash_apply (sim/arith/squash.h); multipliers of group `squash`, squares from
// cas_product_squares (sim/arith/product.h).

module capsacc_squash #(
  parameter MulFile = "mul.hex",  // of the view `rom`; others have no use for it
  parameter int unsigned Lanes      = 4,
  parameter int unsigned BeatsWidth = 8,   // beats of a capsule: at most 2^BeatsWidth - 1
  parameter int unsigned Tables     = 2,   // layers that have coefficients at the same time
  localparam int unsigned TableWidth = Tables > 1 ? $clog2(Tables) : 1
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,

  // settings of the step
  input  logic [capsacc_pkg::MulSelWidth-1:0] mul_sel_i,
  input  logic                                aligned_i,     // squares are those of 2 |q|
  input  logic                                signed_i,      // squares are int16; a negative one counts 0
  input  logic [BeatsWidth-1:0]               beats_i,       // 1 ..
  input  logic [TableWidth-1:0]               table_i,
  input  logic [4:0]                          shift_i,       // h, 0..30
  input  logic [3:0]                          index_shift_i, // g

  // coefficient tables, from the host
  input  logic                                coef_we_i,
  input  logic [TableWidth+9:0]               coef_addr_i,   // {table, index}
  input  logic [15:0]                         coef_data_i,

  input  logic                                valid_i,
  input  logic [Lanes-1:0]                    lane_i,        // which lanes hold an element
  input  logic [8*Lanes-1:0]                  s_i,           // s8

  output logic                                valid_o,
  output logic [8*Lanes-1:0]                  v_o            // s8; lanes as they came in
);

  localparam int unsigned RootWidth = 13;
  localparam int unsigned SumWidth  = 2 * RootWidth - 2;  // squares: 256 x 65,535 < 2^24
  localparam int unsigned LaneSum   = 16 + $clog2(Lanes + 1);

  // 1: squares.  A lane without an element adds nothing, although T[0][0] may not be 0.
  logic [16*Lanes-1:0] square_d, square_q;
  logic                valid_q, last_q;
  logic [BeatsWidth-1:0] beat_q;
  logic                last;

  assign last = beat_q == beats_i - 1'b1;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)      beat_q <= '0;
    else if (valid_i) beat_q <= last ? '0 : beat_q + 1'b1;
  end

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [7:0]  code, magnitude, operand;
    logic [15:0] product;

    assign code      = s_i[8*l+:8];
    assign magnitude = code[7] ? 8'(-code) : code;
    assign operand   = aligned_i ? {magnitude[6:0], 1'b0} : magnitude;

    capsacc_mul #(.MulFile(MulFile)) u_mul (
      .sel_i(mul_sel_i),
      .a_i  (operand),
      .w_i  (operand),
      .p_o  (product)
    );

    assign square_d[16*l+:16] = lane_i[l] && !(signed_i && product[15]) ? product : 16'd0;
  end

  always_ff @(posedge clk_i) square_q <= square_d;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      last_q  <= 1'b0;
    end else begin
      valid_q <= valid_i;
      last_q  <= valid_i & last;
    end
  end

  // 2: sum over the lanes
  logic [LaneSum-1:0] lane_sum_d, lane_sum_q;
  logic               sum_valid_q, sum_last_q;

  always_comb begin
    lane_sum_d = '0;
    for (int unsigned l = 0; l < Lanes; l++) begin
      lane_sum_d = lane_sum_d + LaneSum'(square_q[16*l+:16]);
    end
  end

  always_ff @(posedge clk_i) lane_sum_q <= lane_sum_d;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sum_valid_q <= 1'b0;
      sum_last_q  <= 1'b0;
    end else begin
      sum_valid_q <= valid_q;
      sum_last_q  <= last_q;
    end
  end

  // 3: sum over the beats
  logic [SumWidth-1:0] sum, acc_q, total_q;
  logic                total_valid_q;

  assign sum = acc_q + SumWidth'(lane_sum_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)          acc_q <= '0;
    else if (sum_last_q)  acc_q <= '0;
    else if (sum_valid_q) acc_q <= sum;
  end
  always_ff @(posedge clk_i) total_q <= sum;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) total_valid_q <= 1'b0;
    else         total_valid_q <= sum_last_q;
  end

  // 4-10: root of 4 n, n = sum / 4 if aligned
  logic [RootWidth-1:0] root;
  logic                 root_valid;
  logic [SumWidth-1:0]  n;

  assign n = aligned_i ? total_q >> 2 : total_q;

  capsacc_isqrt #(.RootWidth(RootWidth), .BitsPerStage(2)) u_isqrt (
    .clk_i,
    .rst_ni,
    .valid_i(total_valid_q),
    .x_i    ({n, 2'b00}),
    .valid_o(root_valid),
    .root_o (root)
  );

  // 11: index of the coefficient; 12: read it
  logic [RootWidth-1:0] shifted;
  logic [9:0]           index_q;
  logic                 index_valid_q, coef_valid_q;
  logic [15:0]          coef_mem [Tables * 1024];
  logic [15:0]          coef_read_q, coef_hold_q, coef;

  assign shifted = root >> index_shift_i;

  always_ff @(posedge clk_i) begin
    index_q     <= |shifted[RootWidth-1:10] ? 10'd1023 : shifted[9:0];
    coef_read_q <= coef_mem[{table_i, index_q}];
    if (coef_we_i) coef_mem[coef_addr_i] <= coef_data_i;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      index_valid_q <= 1'b0;
      coef_valid_q  <= 1'b0;
    end else begin
      index_valid_q <= root_valid;
      coef_valid_q  <= index_valid_q;
    end
  end

  // The elements wait for their coefficient: at most two capsules' beats and the pipeline's.
  localparam int unsigned FifoWidth = BeatsWidth + 2;

  logic [8*Lanes-1:0]    fifo_mem [2**FifoWidth];
  logic [FifoWidth-1:0]  fifo_in_q, fifo_out_q;
  logic [8*Lanes-1:0]    element;
  logic                  send;
  logic [BeatsWidth-1:0] left_q;  // beats of the capsule still to send, after this cycle's

  assign send    = coef_valid_q || left_q != '0;
  assign coef    = coef_valid_q ? coef_read_q : coef_hold_q;
  assign element = fifo_mem[fifo_out_q];

  always_ff @(posedge clk_i) begin
    if (valid_i) fifo_mem[fifo_in_q] <= s_i;
    if (coef_valid_q) coef_hold_q <= coef_read_q;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fifo_in_q  <= '0;
      fifo_out_q <= '0;
      left_q     <= '0;
    end else begin
      if (valid_i) fifo_in_q <= fifo_in_q + 1'b1;
      if (send) fifo_out_q <= fifo_out_q + 1'b1;
      if (coef_valid_q) left_q <= beats_i - 1'b1;
      else if (left_q != '0) left_q <= left_q - 1'b1;
    end
  end

  // 13, 14: multiply, round
  logic [1:0] out_valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) out_valid_q <= '0;
    else         out_valid_q <= {out_valid_q[0], send};
  end

  for (genvar l = 0; l < Lanes; l++) begin : gen_scale
    logic signed [7:0] q;

    assign q = element[8*l+:8];

    capsacc_requant #(.AccWidth(8)) u_requant (
      .clk_i,
      .acc_i  (q),
      .mult_i (coef),
      .shift_i({2'b00, shift_i}),
      .lo_i   (-9'sd127),
      .hi_i   (9'sd127),
      .code_o (v_o[8*l+:8])
    );
  end

  assign valid_o = out_valid_q[1];

`ifndef SYNTHESIS
  OneCapsuleAtATime_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
      coef_valid_q |-> left_q == '0);
`endif

endmodule

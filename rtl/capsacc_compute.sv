// The array with what stands around it: operand mapping at both edges, the corrections of the affine
// mapping, accumulators, and a lane a column (bias, corrections, requantisation).
//
//   cycle after the vector came in (vec_valid_i)          stage
//   0            map, pad, sum of x                     edge register
//   1 .. R+C-1   array                                  1 + (R + C - 1) = R + C: sums
//   R+C          accumulate
//   R+C+1        L = acc - z_w A + z_a B + lane constant  (sum_* ports)
//   R+C+2, +3    multiply; round, shift, limit
//   R+C+4        codes leave (out_*)
//
// Latency: R + C + 4 cycles from vector to codes, one vector a cycle; no handshake, nothing stalls.
// Additions that do not fit their width are counted in the columns that vec_cols_i names; a vector's count is
// at events_o R + C + 1 cycles after it.
// Weights: ld_valid_i with a word, as capsacc_array says; ld_first_i with the first word of a block of columns
// (of its first tile), ld_last_i with the last word of its last tile: they frame B.
// C counterparts: cas_reference_sum (sim/engine/reference.c), cas_engine8_requantise
// (sim/engine/engine8.c).

module capsacc_compute #(
  parameter MulFile = "mul.hex",  // of the view `rom`; others have no use for it
  parameter int unsigned Rows       = 4,
  parameter int unsigned Cols       = 4,
  parameter int unsigned Depth      = 512,
  parameter int unsigned PsumWidth  = 26,   // above the most psum_bits
  parameter int unsigned AccWidth   = 32,   // the most acc_bits
  parameter int unsigned LaneWidth  = 40,   // of L; |L| < 2^(LaneWidth-1)
  parameter int unsigned BiasRows   = 64,   // rows of Cols lane constants
  parameter int unsigned TagWidth   = 8,    // what the caller wants back with the codes
  localparam int unsigned AddrWidth = Depth > 1 ? $clog2(Depth) : 1,
  localparam int unsigned BiasWidth = BiasRows > 1 ? $clog2(BiasRows) : 1,
  localparam int unsigned SumEvents = $clog2(Cols * (Rows + 1) + 1)
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,

  // widths of the sums: ones from the sign bit up
  input  logic [PsumWidth-1:0]                psum_high_i,
  input  logic [AccWidth-1:0]                 acc_high_i,
  input  logic                                saturate_i,

  // settings of the step
  input  logic [capsacc_pkg::MulSelWidth-1:0] mul_sel_i,
  input  logic [1:0]                          mapping_i,
  input  logic                                a_signed_i,  // weights are always signed
  input  logic [15:0]                         mult_i,
  input  logic [6:0]                          shift_i,
  input  logic signed [8:0]                   lo_i,
  input  logic signed [8:0]                   hi_i,

  // lane constants, from the host, one column at a time
  input  logic                                bias_we_i,
  input  logic [BiasWidth-1:0]                bias_row_i,
  input  logic [7:0]                          bias_col_i,  // Cols is at most 256
  input  logic signed [LaneWidth-1:0]         bias_data_i,

  // stationary operands
  input  logic                                ld_valid_i,
  input  logic                                ld_first_i,
  input  logic                                ld_last_i,
  input  logic [Rows-1:0]                     ld_row_en_i,
  input  logic [8*Cols-1:0]                   ld_word_i,

  // vectors
  input  logic                                vec_valid_i,
  input  logic                                vec_swap_i,   // first vector of a tile
  input  logic                                vec_first_i,  // tile's sums overwrite the accumulators
  input  logic                                vec_last_i,   // tile's sums leave through the lanes
  input  logic                                vec_pop_i,    // last vector of the block of columns that leaves
  input  logic [AddrWidth-1:0]                vec_addr_i,   // of the accumulator
  input  logic [BiasWidth-1:0]                vec_bias_i,   // row of lane constants
  input  logic [Rows-1:0]                     vec_rows_i,   // rows that take part
  input  logic [Rows-1:0]                     vec_pad_i,    // rows that read the code 0
  input  logic [Cols-1:0]                     vec_cols_i,   // columns whose sums are used
  input  logic [8*Rows-1:0]                   vec_data_i,
  input  logic [TagWidth-1:0]                 vec_tag_i,

  // L, for observation
  output logic                                sum_valid_o,
  output logic [LaneWidth*Cols-1:0]           sum_o,

  // additions of one vector that did not fit
  output logic [SumEvents-1:0]                events_o,

  // results; early_tag_o is out_tag_o a cycle before
  output logic                                early_valid_o,
  output logic [TagWidth-1:0]                 early_tag_o,
  output logic                                out_valid_o,
  output logic [TagWidth-1:0]                 out_tag_o,
  output logic [8*Cols-1:0]                   out_code_o
);

  localparam int unsigned CorrWidth = 25;  // A, B of up to 65,536 terms
  localparam int unsigned RowSum    = 8 + $clog2(Rows + 1);

  // Left edge
  localparam int unsigned ActBits = capsacc_pkg::ActBits;

  logic [ActBits*Rows-1:0] a_d, a_q;
  logic [RowSum-1:0]       x_sum_d, x_sum_q;

  for (genvar r = 0; r < Rows; r++) begin : gen_left
    logic       sign;
    logic [7:0] mag;

    capsacc_map u_map (
      .mapping_i,
      .signed_i(a_signed_i),
      .code_i  (vec_pad_i[r] ? 8'd0 : vec_data_i[8*r+:8]),
      .sign_o  (sign),
      .mag_o   (mag)
    );

    // capsacc_pkg::act_t
    assign a_d[ActBits*r+:ActBits] = {vec_valid_i & vec_swap_i, vec_valid_i & vec_rows_i[r], sign, mag};
  end

  always_comb begin
    x_sum_d = '0;
    if (mapping_i == capsacc_pkg::MapAffine) begin
      for (int unsigned r = 0; r < Rows; r++) begin
        if (vec_rows_i[r]) x_sum_d = x_sum_d + RowSum'(a_d[ActBits*r+:8]);
      end
    end
  end

  // A register, although it is a setting: simulations would decode the mapping in every PE.
  logic mul_signed_q;

  always_ff @(posedge clk_i) begin
    x_sum_q      <= x_sum_d;
    mul_signed_q <= mapping_i == capsacc_pkg::MapSigned;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) a_q <= '0;
    else         a_q <= a_d;
  end

  // Upper edge
  logic [9*Cols-1:0] w_d, w_q;
  logic [Rows-1:0]   row_en_q;
  logic              ld_valid_q, ld_first_q, ld_last_q;

  for (genvar c = 0; c < Cols; c++) begin : gen_upper
    capsacc_map u_map (
      .mapping_i,
      .signed_i(1'b1),
      .code_i  (ld_word_i[8*c+:8]),
      .sign_o  (w_d[9*c+8]),
      .mag_o   (w_d[9*c+:8])
    );
  end

  always_ff @(posedge clk_i) begin
    w_q        <= w_d;
    ld_first_q <= ld_first_i;
    ld_last_q  <= ld_last_i;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      row_en_q   <= '0;
      ld_valid_q <= 1'b0;
    end else begin
      row_en_q   <= ld_valid_i ? ld_row_en_i : '0;
      ld_valid_q <= ld_valid_i;
    end
  end

  localparam int unsigned EventWidth = $clog2(Rows + 1);

  logic [PsumWidth*Cols-1:0]  psum;
  logic [EventWidth*Cols-1:0] psum_events;

  capsacc_array #(.MulFile(MulFile), .Rows(Rows), .Cols(Cols), .PsumWidth(PsumWidth)) u_array (
    .clk_i,
    .rst_ni,
    .mul_sel_i,
    .mul_signed_i(mul_signed_q),
    .psum_high_i,
    .saturate_i,
    .a_i         (a_q),
    .w_row_en_i  (row_en_q),
    .w_i         (w_q),
    .psum_o      (psum),
    .events_o    (psum_events)
  );

  // Control goes beside the array: R + C - 1 cycles to the accumulators' address, one more to the sums.
  localparam int unsigned CtlWidth = 3 + AddrWidth + BiasWidth + TagWidth + Cols;

  logic                 ctl_valid, acc_valid_q;
  logic                 ctl_first, ctl_last, ctl_pop, acc_first_q, acc_last_q, acc_pop_q;
  logic [RowSum-1:0]    ctl_x_sum, acc_x_sum_q;
  logic [AddrWidth-1:0] ctl_addr;
  logic [BiasWidth-1:0] ctl_bias, acc_bias_q;
  logic [TagWidth-1:0]  ctl_tag, acc_tag_q;
  logic [Cols-1:0]      ctl_cols, acc_cols_q;

  capsacc_delay_valid #(.Cycles(Rows + Cols - 1)) u_delay_valid (
    .clk_i,
    .rst_ni,
    .valid_i(vec_valid_i),
    .valid_o(ctl_valid)
  );
  capsacc_delay #(.Width(CtlWidth), .Cycles(Rows + Cols - 1)) u_delay (
    .clk_i,
    .rst_ni,
    .d_i({vec_first_i, vec_last_i, vec_pop_i, vec_addr_i, vec_bias_i, vec_tag_i, vec_cols_i}),
    .d_o({ctl_first, ctl_last, ctl_pop, ctl_addr, ctl_bias, ctl_tag, ctl_cols})
  );
  // The sum of x has a register already.
  capsacc_delay #(.Width(RowSum), .Cycles(Rows + Cols - 2)) u_delay_x (
    .clk_i,
    .rst_ni,
    .d_i(x_sum_q),
    .d_o(ctl_x_sum)
  );

  always_ff @(posedge clk_i) begin
    acc_first_q <= ctl_first;
    acc_last_q  <= ctl_last;
    acc_pop_q   <= ctl_pop;
    acc_bias_q  <= ctl_bias;
    acc_tag_q   <= ctl_tag;
    acc_cols_q  <= ctl_cols;
    acc_x_sum_q <= ctl_x_sum;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) acc_valid_q <= 1'b0;
    else         acc_valid_q <= ctl_valid;
  end

  // Accumulate
  logic [AccWidth*Cols-1:0] acc;
  logic [Cols-1:0]          acc_over;
  logic                     x_over;
  logic [CorrWidth-1:0]     a_sum;

  capsacc_accumulator #(
    .Cols(Cols), .Depth(Depth), .PsumWidth(PsumWidth), .AccWidth(AccWidth)
  ) u_acc (
    .clk_i,
    .rst_ni,
    .high_i (acc_high_i),
    .saturate_i,
    .addr_i (ctl_addr),
    .valid_i(acc_valid_q),
    .first_i(acc_first_q),
    .psum_i (psum),
    .over_o (acc_over),
    .sum_o  (acc)
  );
  capsacc_accumulator #(
    .Cols(1), .Depth(Depth), .PsumWidth(RowSum + 1), .AccWidth(CorrWidth)
  ) u_acc_x (
    .clk_i,
    .rst_ni,
    .high_i    ({1'b1, {(CorrWidth-1){1'b0}}}),  // all of its width, whatever the settings
    .saturate_i(1'b0),
    .addr_i    (ctl_addr),
    .valid_i   (acc_valid_q),
    .first_i   (acc_first_q),
    .psum_i    ({1'b0, acc_x_sum_q}),
    .over_o    (x_over),
    .sum_o     (a_sum)
  );

  // Overflows, in columns whose sums mean something
  logic [SumEvents-1:0] events_d, events_q;

  always_comb begin
    events_d = '0;
    for (int unsigned c = 0; c < Cols; c++) begin
      if (acc_cols_q[c]) begin
        events_d = events_d + SumEvents'(psum_events[EventWidth*c+:EventWidth]) + SumEvents'(acc_over[c]);
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) events_q <= '0;
    else         events_q <= acc_valid_q ? events_d : '0;
  end

  assign events_o = events_q;

  logic [CorrWidth*Cols-1:0] b_head;
  logic                      lane_valid_q, lane_pop_q;

  capsacc_weight_sums #(.Rows(Rows), .Cols(Cols), .Width(CorrWidth)) u_weight_sums (
    .clk_i,
    .rst_ni,
    .valid_i(ld_valid_q),
    .first_i(ld_first_q),
    .last_i (ld_last_q),
    .w_i    (w_q),
    .pop_i  (lane_pop_q),
    .head_o (b_head)
  );

  // Lanes: L
  logic [TagWidth-1:0]       lane_tag_q;
  logic [LaneWidth*Cols-1:0] bias_q, sum_d, sum_q;

  // Lane constants: a memory a column, so that the host can write one at a time.
  for (genvar c = 0; c < Cols; c++) begin : gen_bias
    logic [LaneWidth-1:0] mem [BiasRows];

    always_ff @(posedge clk_i) begin
      bias_q[LaneWidth*c+:LaneWidth] <= mem[acc_bias_q];
      if (bias_we_i && bias_col_i == 8'(c)) mem[bias_row_i] <= bias_data_i;
    end
  end

  always_ff @(posedge clk_i) lane_tag_q <= acc_tag_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      lane_valid_q <= 1'b0;
      lane_pop_q   <= 1'b0;
    end else begin
      lane_valid_q <= acc_valid_q & acc_last_q;
      lane_pop_q   <= acc_valid_q & acc_pop_q;
    end
  end

  for (genvar c = 0; c < Cols; c++) begin : gen_lane
    logic signed [LaneWidth-1:0] sum, a_term, b_term;
    logic signed [AccWidth-1:0]  acc_c;
    logic signed [CorrWidth-1:0] b_c;

    assign acc_c = acc[AccWidth*c+:AccWidth];
    assign b_c   = b_head[CorrWidth*c+:CorrWidth];

    always_comb begin
      a_term = '0;
      b_term = '0;
      if (mapping_i == capsacc_pkg::MapAffine) begin
        a_term = LaneWidth'(a_sum) << 7;  // A >= 0; z_w = 128
        if (a_signed_i) b_term = LaneWidth'(b_c) << 7;
      end
      sum = LaneWidth'(acc_c) - a_term + b_term + $signed(bias_q[LaneWidth*c+:LaneWidth]);
    end
    assign sum_d[LaneWidth*c+:LaneWidth] = sum;

    capsacc_requant #(.AccWidth(LaneWidth)) u_requant (
      .clk_i,
      .acc_i (sum_q[LaneWidth*c+:LaneWidth]),
      .mult_i,
      .shift_i,
      .lo_i,
      .hi_i,
      .code_o(out_code_o[8*c+:8])
    );
  end

  always_ff @(posedge clk_i) sum_q <= sum_d;

  // Valid and tag follow through the requantisation.
  logic [2:0]          valid_q;
  logic [TagWidth-1:0] sum_tag_q, mul_tag_q, out_tag_q;

  always_ff @(posedge clk_i) begin
    sum_tag_q <= lane_tag_q;
    mul_tag_q <= sum_tag_q;
    out_tag_q <= mul_tag_q;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else         valid_q <= {valid_q[1:0], lane_valid_q};
  end

  assign sum_valid_o   = valid_q[0];
  assign sum_o         = sum_q;
  assign early_valid_o = valid_q[1];
  assign early_tag_o   = mul_tag_q;
  assign out_valid_o   = valid_q[2];
  assign out_tag_o     = out_tag_q;

`ifndef SYNTHESIS
  CorrectionFits_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
      acc_valid_q |-> !x_over);
`endif

endmodule

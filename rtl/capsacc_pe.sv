// Processing element: activations move right, partial sums and weights move down; two weights, so that the
// next tile loads while the current one is in use.
//
// In the cycle in which `swap` comes with a tile's first activation the PE multiplies by its shadow
// weight, which becomes the active one.  An activation without valid adds nothing (some tables have
// T[0][w] != 0).
// Latency: 1 cycle on every path.  C counterpart: one addition of cas_reference_sum
// (sim/engine/reference.c): psum = N(psum + p, psum_bits).

module capsacc_pe #(
  parameter int unsigned PsumWidth = 25,
  parameter bit          Saturate  = 1'b0  // N: 0 wraps, 1 saturates
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic [capsacc_pkg::MulSelWidth-1:0] mul_sel_i,

  input  logic                                a_valid_i,
  input  logic                                a_swap_i,
  input  logic                                a_sign_i,
  input  logic [7:0]                          a_mag_i,
  output logic                                a_valid_o,
  output logic                                a_swap_o,
  output logic                                a_sign_o,
  output logic [7:0]                          a_mag_o,

  input  logic                                w_en_i,   // shift the shadow weight
  output logic                                w_en_o,   // to the next column, a cycle later
  input  logic [8:0]                          w_i,      // {sign, magnitude}
  output logic [8:0]                          w_o,      // shadow weight, to the row below

  input  logic signed [PsumWidth-1:0]         psum_i,
  output logic signed [PsumWidth-1:0]         psum_o
);

  localparam int unsigned SumWidth = (PsumWidth > 17 ? PsumWidth : 17) + 1;

  logic [8:0]                  shadow_q, active_q, weight;
  logic [15:0]                 product;
  logic signed [SumWidth-1:0]  term, sum;
  logic signed [PsumWidth-1:0] psum_d, psum_q;
  logic                        a_valid_q, a_swap_q, a_sign_q, w_en_q;
  logic [7:0]                  a_mag_q;

  assign weight = a_swap_i ? shadow_q : active_q;

  capsacc_mul u_mul (
    .sel_i(mul_sel_i),
    .a_i  (a_mag_i),
    .w_i  (weight[7:0]),
    .p_o  (product)
  );

  always_comb begin
    term = '0;
    if (a_valid_i) begin
      term = SumWidth'(product);
      if (a_sign_i ^ weight[8]) term = -term;
    end
  end

  assign sum = SumWidth'(psum_i) + term;

  if (Saturate) begin : gen_saturate
    logic cut;
    // In range: all bits from the sign down to the narrow sign agree.
    assign cut    = ~(&sum[SumWidth-1:PsumWidth-1] | ~|sum[SumWidth-1:PsumWidth-1]);
    assign psum_d = cut ? {sum[SumWidth-1], {(PsumWidth-1){~sum[SumWidth-1]}}} : sum[PsumWidth-1:0];
  end else begin : gen_wrap
    logic unused_sum;
    assign unused_sum = ^sum[SumWidth-1:PsumWidth];
    assign psum_d     = sum[PsumWidth-1:0];
  end

  always_ff @(posedge clk_i) begin
    a_sign_q <= a_sign_i;
    a_mag_q  <= a_mag_i;
    psum_q   <= psum_d;
    if (a_swap_i) active_q <= shadow_q;
    if (w_en_i) shadow_q <= w_i;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      a_valid_q <= 1'b0;
      a_swap_q  <= 1'b0;
      w_en_q    <= 1'b0;
    end else begin
      a_valid_q <= a_valid_i;
      a_swap_q  <= a_swap_i;
      w_en_q    <= w_en_i;
    end
  end

  assign a_valid_o = a_valid_q;
  assign a_swap_o  = a_swap_q;
  assign a_sign_o  = a_sign_q;
  assign a_mag_o   = a_mag_q;
  assign w_en_o    = w_en_q;
  assign w_o       = shadow_q;
  assign psum_o    = psum_q;

endmodule

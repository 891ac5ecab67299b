// Requantisation of one sum: clamp(round_half_away(acc mult / 2^shift), lo, hi);
// docs/numerics.md section 6.
//
// Latency: 2 cycles, one result a cycle: acc_i in cycle t, code_o in cycle t + 2.  Stage 1
// multiplies the magnitude, stage 2 rounds, shifts, limits.  mult, shift, lo, hi are settings of the
// step, except that mult_i goes with acc_i (squash changes it with every capsule).
// C counterpart: cas_requant_apply (sim/arith/fixed.h), for |acc| < 2^(AccWidth-1).

module capsacc_requant #(
  parameter int unsigned AccWidth = 40
) (
  input  logic                       clk_i,
  input  logic signed [AccWidth-1:0] acc_i,
  input  logic [15:0]                mult_i,
  input  logic [6:0]                 shift_i,
  input  logic signed [8:0]          lo_i,
  input  logic signed [8:0]          hi_i,
  output logic [7:0]                 code_o
);

  localparam int unsigned ProdWidth = AccWidth + 16;

  logic [AccWidth-1:0]  magnitude;
  logic [ProdWidth-1:0] prod_d, prod_q;
  logic                 neg_q;

  assign magnitude = acc_i[AccWidth-1] ? AccWidth'(-acc_i) : AccWidth'(acc_i);
  assign prod_d    = ProdWidth'(magnitude) * ProdWidth'(mult_i);

  always_ff @(posedge clk_i) begin
    prod_q <= prod_d;
    neg_q  <= acc_i[AccWidth-1];
  end

  // A shift beyond the product leaves 0; half is then 0 too, which makes no difference.
  logic [ProdWidth:0] half, rounded;
  logic signed [9:0]  value;
  logic [7:0]         code_d, code_q;
  logic [9:0]         small_mag;

  assign half      = ((ProdWidth+1)'(1) << shift_i) >> 1;
  assign rounded   = ({1'b0, prod_q} + half) >> shift_i;
  assign small_mag = |rounded[ProdWidth:8] ? 10'd256 : {2'b00, rounded[7:0]};
  assign value     = neg_q ? -$signed(small_mag) : $signed(small_mag);

  capsacc_clamp #(.Width(10)) u_clamp (
    .x_i   (value),
    .lo_i,
    .hi_i,
    .code_o(code_d)
  );

  always_ff @(posedge clk_i) code_q <= code_d;

  assign code_o = code_q;

endmodule

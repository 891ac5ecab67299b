// Signed 8x8-bit multiplier, view `signed`: the two's complement product itself, for the mapping `signed`.
//
// One of the views under one module name; a file list takes one (rtl/mul_signed.f).  The first operand is the
// activation, the second the weight; the word is an int16.
//
// Latency: 0 (combinational).  C counterpart: cas_mul8s_exact_at (sim/arith/mul8u.h).

module capsacc_mul #(
  parameter MulFile = "mul.hex"  // of the view `rom`
) (
  input  logic [capsacc_pkg::MulSelWidth-1:0] sel_i,  // which multiplier; this view has one
  input  logic [7:0]                          a_i,
  input  logic [7:0]                          w_i,
  output logic [15:0]                         p_o
);

  logic signed [15:0] product;

  assign product = $signed(a_i) * $signed(w_i);
  assign p_o     = product;

  logic unused_sel;
  assign unused_sel = ^sel_i;

endmodule

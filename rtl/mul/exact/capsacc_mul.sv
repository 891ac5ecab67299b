// Unsigned 8x8-bit multiplier, view `exact`: the product itself.
//
// One of four views under one module name; a file list takes one (rtl/mul_exact.f, mul_signed.f, mul_rom.f,
// mul_shared.f).  The first operand is the activation, the second the weight; approximate multipliers
// need not commute.
//
// Latency: 0 (combinational).  C counterpart: cas_mul8u_exact_at (sim/arith/mul8u.h).

module capsacc_mul #(
  parameter MulFile = "mul.hex"  // of the view `rom`
) (
  input  logic [capsacc_pkg::MulSelWidth-1:0] sel_i,  // which multiplier; this view has one
  input  logic [7:0]                          a_i,
  input  logic [7:0]                          w_i,
  output logic [15:0]                         p_o
);

  assign p_o = a_i * w_i;

  logic unused_sel;
  assign unused_sel = ^sel_i;

endmodule

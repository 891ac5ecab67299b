// 8x8-bit multiplier of either kind, view `rom`: a table of its own, as hardware would have it.
//
// MulFile is a hex file for $readmemh, one 16-bit product a line, index {a, w}
// (`capsacc-sim mul export`).  For synthesis and for small arrays: 65,536 words in each instance make
// a simulation of a whole array slow (view `shared`).
//
// Latency: 0 (combinational).  C counterpart: cas_mul8u.product (sim/arith/mul8u.h).

module capsacc_mul #(
  parameter MulFile = "mul.hex"
) (
  input  logic [capsacc_pkg::MulSelWidth-1:0] sel_i,  // which multiplier; this view has one
  input  logic [7:0]                          a_i,
  input  logic [7:0]                          w_i,
  output logic [15:0]                         p_o
);

  logic [15:0] product [65536];

  initial $readmemh(MulFile, product);

  assign p_o = product[{a_i, w_i}];

  logic unused_sel;
  assign unused_sel = ^sel_i;

endmodule

// 8x8-bit multiplier of either kind, view `rom`: a table of its own, as hardware would have it.
//
// MulFile is a hex file for $readmemh, one 16-bit product a line, index {a, w}
// (`capsacc-sim mul export`).  It is the only table: programs that use several multipliers (sel_i other than 0)
// need the view `shared`.  For synthesis and for small arrays: 65,536 words in each instance make
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

`ifndef SYNTHESIS
  always_comb begin
    OneTable_A: assert (sel_i == '0 || $isunknown(sel_i))
      else $error("capsacc_mul: the view rom has one multiplier, sel_i is %0d", sel_i);
  end
`endif

  logic unused_sel;
  assign unused_sel = ^sel_i;

endmodule

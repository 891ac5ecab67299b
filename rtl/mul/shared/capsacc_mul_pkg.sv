// Tables of the simulation view of capsacc_mul: one copy for all multipliers of the array.

package capsacc_mul_pkg;

  parameter int unsigned Tables = 1 << capsacc_pkg::MulSelWidth;

  // [{sel, a, w}]
  logic [15:0] product [Tables * 65536];
  bit          loaded = 1'b0;

endpackage

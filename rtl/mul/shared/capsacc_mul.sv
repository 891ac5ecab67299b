// 8x8-bit multiplier of either kind, view `shared`: for simulation only.  All instances read one array in
// capsacc_mul_pkg, which the first instance loads from the file named by +mul=FILE: hex, one 16-bit
// product a line, up to eight tables one after the other; sel_i chooses.
//
// Latency: 0 (combinational).  C counterpart: cas_mul8u.product (sim/arith/mul8u.h).

module capsacc_mul #(
  parameter MulFile = "mul.hex"  // of the view `rom`
) (
  input  logic [capsacc_pkg::MulSelWidth-1:0] sel_i,
  input  logic [7:0]                          a_i,
  input  logic [7:0]                          w_i,
  output logic [15:0]                         p_o
);

  string mul_file;

  initial begin
    if (!capsacc_mul_pkg::loaded) begin
      capsacc_mul_pkg::loaded = 1'b1;
      if ($value$plusargs("mul=%s", mul_file)) begin
        $readmemh(mul_file, capsacc_mul_pkg::product);
      end else begin
        $display("capsacc_mul: +mul=FILE is missing: hex, 65536 products a table");
        $fatal(1);
      end
    end
  end

  assign p_o = capsacc_mul_pkg::product[{sel_i, a_i, w_i}];

endmodule

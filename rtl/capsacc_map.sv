// One code to the operand of the multiplier: sign and 8-bit magnitude; docs/numerics.md section 3.
//
// Latency: 0 (combinational).  C counterpart: cas_product_operand (sim/arith/product.h).
// The code -128 does not occur.

module capsacc_map (
  input  logic [1:0] mapping_i,  // capsacc_pkg::mapping_e
  input  logic       signed_i,   // the tensor is s8; else u8
  input  logic [7:0] code_i,
  output logic       sign_o,     // 1: negative; 0 for `affine` and `signed`
  output logic [7:0] mag_o       // `signed`: two's complement
);

  logic       negative;
  logic [7:0] magnitude, half;

  assign negative  = signed_i & code_i[7];
  assign magnitude = negative ? 8'(-code_i) : code_i;
  assign half      = {1'b0, code_i[7:1]} + 8'(code_i[0]);  // halves away from zero

  always_comb begin
    sign_o = negative;
    mag_o  = magnitude;
    if (mapping_i == capsacc_pkg::MapAffine) begin
      sign_o = 1'b0;
      mag_o  = {code_i[7] ^ signed_i, code_i[6:0]};  // + 128 for s8
    end else if (mapping_i == capsacc_pkg::MapAligned && signed_i) begin
      mag_o = {magnitude[6:0], 1'b0};
    end else if (mapping_i == capsacc_pkg::MapSigned) begin
      sign_o = 1'b0;
      mag_o  = signed_i ? code_i : (half[7] ? 8'd127 : half);
    end
  end

endmodule

// Signed number to a code: limited to lo..hi; ReLU is lo = 0.
//
// Latency: 0 (combinational).  C counterpart: the last line of cas_requant_apply
// (sim/arith/fixed.h); with lo = -127, hi = 127 the clamp of update_logits
// (sim/engine/engine8_routing.c).

module capsacc_clamp #(
  parameter int unsigned Width = 10  // of the number; at least 9
) (
  input  logic signed [Width-1:0] x_i,
  input  logic signed [8:0]       lo_i,  // -255..255
  input  logic signed [8:0]       hi_i,  // -255..255, not below lo
  output logic        [7:0]       code_o // low byte: u8, or s8 in two's complement
);

  logic signed [Width-1:0] lo, hi, limited;

  assign lo      = Width'(lo_i);  // sign-extends
  assign hi      = Width'(hi_i);
  assign limited = x_i < lo ? lo : (x_i > hi ? hi : x_i);
  assign code_o  = limited[7:0];

  logic unused_high;
  assign unused_high = ^limited[Width-1:8];

endmodule

// capsacc_pe, and a 4 x 4 array of them, with their settings tied, as silicon would have them: 25-bit partial sums that
// wrap, unsigned products, no count of overflows.  For testbench/synth.sh.

module capsacc_pe_fixed (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic [2:0]         mul_sel_i,
  input  logic [10:0]        a_i,
  output logic [10:0]        a_o,
  input  logic               w_en_i,
  output logic               w_en_o,
  input  logic [8:0]         w_i,
  output logic [8:0]         w_o,
  input  logic signed [25:0] psum_i,
  output logic signed [25:0] psum_o
);

  logic [2:0] events;

  capsacc_pe u_pe (
    .clk_i, .rst_ni, .mul_sel_i, .a_i, .a_o, .w_en_i, .w_en_o, .w_i, .w_o, .psum_i, .psum_o,
    .mul_signed_i(1'b0), .psum_high_i(26'h3000000), .saturate_i(1'b0), .events_i(3'd0), .events_o(events)
  );

endmodule

module capsacc_array_fixed (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [2:0]   mul_sel_i,
  input  logic [43:0]  a_i,
  input  logic [3:0]   w_row_en_i,
  input  logic [35:0]  w_i,
  output logic [103:0] psum_o
);

  logic [11:0] events;

  capsacc_array u_array (
    .clk_i, .rst_ni, .mul_sel_i, .a_i, .w_row_en_i, .w_i, .psum_o,
    .mul_signed_i(1'b0), .psum_high_i(26'h3000000), .saturate_i(1'b0), .events_o(events)
  );

endmodule

// Valid bits, Cycles cycles later; all clear in reset.
//
// Latency: Cycles (at least 2).

module capsacc_delay_valid #(
  parameter int unsigned Cycles = 2
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic valid_i,
  output logic valid_o
);

  logic [Cycles-1:0] line_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) line_q <= '0;
    else         line_q <= {line_q[Cycles-2:0], valid_i};
  end

  assign valid_o = line_q[Cycles-1];

endmodule

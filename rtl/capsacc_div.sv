// floor(num / den): a pipelined digit recurrence (restoring), one quotient bit a cycle.
//
// Needs num < den 2^QuotWidth (so den > 0).
// Latency: QuotWidth cycles, one quotient a cycle: num_i, den_i with valid_i in cycle t, quot_o with
// valid_o in cycle t + QuotWidth.
// C counterpart: `share` of sim/arith/softmax.c.

module capsacc_div #(
  parameter int unsigned NumWidth  = 17,
  parameter int unsigned DenWidth  = 16,
  parameter int unsigned QuotWidth = 9
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 valid_i,
  input  logic [NumWidth-1:0]  num_i,
  input  logic [DenWidth-1:0]  den_i,
  output logic                 valid_o,
  output logic [QuotWidth-1:0] quot_o
);

  // Scope s holds what enters stage s.  The low bits of num that are not used yet and the quotient
  // so far share one register: a bit leaves at the top, a digit enters at the bottom.
  for (genvar s = 0; s <= QuotWidth; s++) begin : gen_stage
    logic                 valid_q;
    logic [DenWidth-1:0]  den_q;
    logic [DenWidth-1:0]  rem_q;
    logic [QuotWidth-1:0] low_q;

    if (s == 0) begin : gen_first
      assign valid_q = valid_i;
      assign den_q   = den_i;
      assign rem_q   = DenWidth'(num_i[NumWidth-1:QuotWidth]);
      assign low_q   = num_i[QuotWidth-1:0];
    end else begin : gen_next
      logic [DenWidth:0]   shifted;
      logic                digit;
      logic [DenWidth-1:0] rem_d;

      assign shifted = {gen_stage[s-1].rem_q, gen_stage[s-1].low_q[QuotWidth-1]};
      assign digit   = shifted >= {1'b0, gen_stage[s-1].den_q};
      assign rem_d   = digit ? DenWidth'(shifted - {1'b0, gen_stage[s-1].den_q})
                             : shifted[DenWidth-1:0];

      always_ff @(posedge clk_i) begin
        den_q <= gen_stage[s-1].den_q;
        rem_q <= rem_d;
        low_q <= {gen_stage[s-1].low_q[QuotWidth-2:0], digit};
      end
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) valid_q <= 1'b0;
        else         valid_q <= gen_stage[s-1].valid_q;
      end
    end
  end

  assign valid_o = gen_stage[QuotWidth].valid_q;
  assign quot_o  = gen_stage[QuotWidth].low_q;

  // The last stage's remainder and divisor have no reader.
  logic unused_last;
  assign unused_last = ^{gen_stage[QuotWidth].rem_q, gen_stage[QuotWidth].den_q};

`ifndef SYNTHESIS
  QuotientFits_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
      valid_i |-> (DenWidth+QuotWidth)'(num_i) < {den_i, QuotWidth'(0)});
`endif

endmodule

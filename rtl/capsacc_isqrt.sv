// floor(sqrt(x)): a pipelined digit recurrence (restoring), BitsPerStage root bits a cycle.
//
// Latency: Stages = ceil(RootWidth / BitsPerStage) cycles, one root a cycle: x_i with valid_i in cycle
// t, root_o with valid_o in cycle t + Stages.
// C counterpart: cas_isqrt (sim/arith/fixed.h), for x < 2^(2 RootWidth).

module capsacc_isqrt #(
  parameter int unsigned RootWidth    = 13,
  parameter int unsigned BitsPerStage = 2,
  localparam int unsigned Stages = (RootWidth + BitsPerStage - 1) / BitsPerStage
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   valid_i,
  input  logic [2*RootWidth-1:0] x_i,
  output logic                   valid_o,
  output logic [RootWidth-1:0]   root_o
);

  // Scope s holds what enters stage s: the radicand's digits still to come (aligned to the top), the
  // remainder, and the root so far.
  for (genvar s = 0; s <= Stages; s++) begin : gen_stage
    logic                   valid_q;
    logic [2*RootWidth-1:0] x_q;
    logic [RootWidth+1:0]   rem_q;
    logic [RootWidth-1:0]   root_q;

    if (s == 0) begin : gen_first
      assign valid_q = valid_i;
      assign x_q     = x_i;
      assign rem_q   = '0;
      assign root_q  = '0;
    end else begin : gen_next
      // Digits of this stage: the last one may have fewer.
      localparam int unsigned Left = RootWidth - (s - 1) * BitsPerStage;
      localparam int unsigned Bits = Left < BitsPerStage ? Left : BitsPerStage;

      logic [2*RootWidth-1:0] x_d;
      logic [RootWidth+1:0]   rem_d;
      logic [RootWidth-1:0]   root_d;
      logic [RootWidth+1:0]   trial;

      always_comb begin
        x_d    = gen_stage[s-1].x_q;
        rem_d  = gen_stage[s-1].rem_q;
        root_d = gen_stage[s-1].root_q;
        trial  = '0;
        for (int unsigned b = 0; b < Bits; b++) begin
          // The remainder is at most 2 root, so its top two bits are free.
          rem_d = {rem_d[RootWidth-1:0], x_d[2*RootWidth-1-:2]};
          x_d   = x_d << 2;
          trial = {root_d, 2'b01};
          if (rem_d >= trial) begin
            rem_d  = rem_d - trial;
            root_d = {root_d[RootWidth-2:0], 1'b1};
          end else begin
            root_d = {root_d[RootWidth-2:0], 1'b0};
          end
        end
      end

      always_ff @(posedge clk_i) begin
        x_q    <= x_d;
        rem_q  <= rem_d;
        root_q <= root_d;
      end
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) valid_q <= 1'b0;
        else         valid_q <= gen_stage[s-1].valid_q;
      end
    end
  end

  assign valid_o = gen_stage[Stages].valid_q;
  assign root_o  = gen_stage[Stages].root_q;

  // The last stage's remainder and radicand have no reader.
  logic unused_last;
  assign unused_last = ^{gen_stage[Stages].rem_q, gen_stage[Stages].x_q};

endmodule

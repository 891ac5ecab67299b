// A triangle of registers: lane l of Lanes comes out l cycles later (Falling = 0) or Lanes - 1 - l cycles
// later (Falling = 1).
//
// Latency: 0 .. Lanes - 1 by lane.  Bits of lane l are [l*Width +: Width].

module capsacc_skew #(
  parameter int unsigned Lanes   = 4,
  parameter int unsigned Width   = 8,
  parameter bit          Falling = 1'b0,
  parameter bit          Reset   = 1'b0  // clear in reset (valid bits); else not reset
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic [Lanes*Width-1:0] d_i,
  output logic [Lanes*Width-1:0] d_o
);

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    localparam int unsigned Cycles = Falling ? Lanes - 1 - l : l;

    if (Cycles == 0) begin : gen_wire
      assign d_o[l*Width+:Width] = d_i[l*Width+:Width];
    end else begin : gen_line
      logic [Cycles*Width-1:0] line_d, line_q;

      if (Cycles == 1) begin : gen_one
        assign line_d = d_i[l*Width+:Width];
      end else begin : gen_more
        assign line_d = {line_q[(Cycles-1)*Width-1:0], d_i[l*Width+:Width]};
      end
      if (Reset) begin : gen_reset
        always_ff @(posedge clk_i or negedge rst_ni) begin
          if (!rst_ni) line_q <= '0;
          else         line_q <= line_d;
        end
      end else begin : gen_plain
        always_ff @(posedge clk_i) line_q <= line_d;
      end
      assign d_o[l*Width+:Width] = line_q[Cycles*Width-1-:Width];
    end
  end

  // Without Reset there is none, and one lane has no register.
  logic unused_pins;
  assign unused_pins = ^{clk_i, rst_ni};

endmodule

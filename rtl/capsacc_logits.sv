// The logits of an UPDATE: its results added to what logits memory holds, or alone (zero_i), clamped to
// -127..127.
//
// Combinational.  C counterpart: update_logits (sim/engine/engine8_routing.c).

module capsacc_logits #(
  parameter int unsigned Cols = 4
) (
  input  logic              zero_i,
  input  logic [8*Cols-1:0] delta_i,
  input  logic [8*Cols-1:0] old_i,
  output logic [8*Cols-1:0] logits_o
);

  for (genvar c = 0; c < Cols; c++) begin : gen_col
    logic signed [7:0] delta, old;
    logic signed [9:0] logit;

    assign delta = delta_i[8*c+:8];
    assign old   = zero_i ? 8'sd0 : old_i[8*c+:8];
    assign logit = 10'(delta) + 10'(old);

    capsacc_clamp #(.Width(10)) u_clamp (
      .x_i   (logit),
      .lo_i  (-9'sd127),
      .hi_i  (9'sd127),
      .code_o(logits_o[8*c+:8])
    );
  end

endmodule

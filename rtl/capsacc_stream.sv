// Reads for the units beside the array: the beats of a SQUASH step, the logits of a SOFTMAX step, one
// read a cycle.
//
// start_i in cycle t: the first read is in t + 1.  finish_o with the last.
// C counterpart: play_unit (sim/cost/timing.c).

module capsacc_stream #(
  parameter int unsigned Lanes = 4,
  localparam int unsigned AddrWidth = capsacc_pkg::AddrWidth,
  localparam int unsigned DescBits  = 64 * capsacc_pkg::DescWords
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [DescBits-1:0]  desc_i,
  input  logic                 start_i,
  output logic                 valid_o,
  output logic                 finish_o,
  output logic [AddrWidth-1:0] addr_o,   // SQUASH: data; SOFTMAX: logits
  output logic [Lanes-1:0]     lane_o    // SQUASH: which lanes hold an element
);

  capsacc_pkg::desc_t   desc;
  logic                 squash, active_q, last_beat, last_caps;
  logic [15:0]          beat_q, beats, element_q;
  logic [31:0]          caps_q;
  logic [AddrWidth-1:0] caps_addr_q, step;

  assign desc      = desc_i;
  assign squash    = desc.kind == capsacc_pkg::StepSquash;
  assign beats     = squash ? {9'd0, desc.beats} : desc.classes;
  assign step      = squash ? AddrWidth'(Lanes) : AddrWidth'(1);
  assign last_beat = beat_q == beats - 1'b1;
  assign last_caps = caps_q == desc.caps - 1'b1;

  assign valid_o  = active_q;
  assign finish_o = active_q && last_beat && last_caps;
  assign addr_o   = caps_addr_q + AddrWidth'(element_q);
  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    assign lane_o[l] = element_q + 16'(l) < desc.dim;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q    <= 1'b0;
      beat_q      <= '0;
      element_q   <= '0;
      caps_q      <= '0;
      caps_addr_q <= '0;
    end else if (start_i) begin
      active_q    <= 1'b1;
      beat_q      <= '0;
      element_q   <= '0;
      caps_q      <= '0;
      caps_addr_q <= desc.in_addr[AddrWidth-1:0];
    end else if (active_q) begin
      active_q  <= !finish_o;
      beat_q    <= beat_q + 1'b1;
      element_q <= element_q + step[15:0];
      if (last_beat) begin
        beat_q      <= '0;
        element_q   <= '0;
        caps_q      <= caps_q + 1'b1;
        caps_addr_q <= caps_addr_q + (squash ? AddrWidth'(desc.dim) : AddrWidth'(desc.classes));
      end
    end
  end

  // The rest of the descriptor is for others.
  logic unused_desc;
  assign unused_desc = ^{desc, step[AddrWidth-1:16]};

endmodule

// Places of the results of the squash and softmax units, counted along as they leave.
//
// SQUASH: data address of a beat (and its lanes), row and column of v.  SOFTMAX: coupling[j][i].
// Latency: 0; the counters move on with valid_i.  start_i clears them.
// C counterpart: the layouts of docs/timing.md section 4.

module capsacc_unit_write #(
  parameter int unsigned Lanes = 4,
  localparam int unsigned AddrWidth = capsacc_pkg::AddrWidth,
  localparam int unsigned DescBits  = 64 * capsacc_pkg::DescWords
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [DescBits-1:0]  desc_i,
  input  logic                 start_i,

  input  logic                 squash_valid_i,
  output logic [AddrWidth-1:0] data_addr_o,
  output logic [Lanes-1:0]     lane_o,
  output logic [AddrWidth-1:0] v_addr_o,       // the same in each bank of v

  input  logic                 softmax_valid_i,
  input  logic                 softmax_last_i,
  output logic [AddrWidth-1:0] coupling_addr_o
);

  capsacc_pkg::desc_t   desc;
  logic                 last_beat;
  logic [6:0]           beat_q;
  logic [15:0]          element_q, class_q;
  logic [AddrWidth-1:0] caps_addr_q, v_addr_q, capsule_q, coupling_q;

  assign desc      = desc_i;
  assign last_beat = beat_q == desc.beats - 1'b1;

  assign data_addr_o     = caps_addr_q + AddrWidth'(element_q);
  assign v_addr_o        = v_addr_q;
  assign coupling_addr_o = coupling_q;
  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    assign lane_o[l] = element_q + 16'(l) < desc.dim;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      beat_q      <= '0;
      element_q   <= '0;
      class_q     <= '0;
      caps_addr_q <= '0;
      v_addr_q    <= '0;
      capsule_q   <= '0;
      coupling_q  <= '0;
    end else if (start_i) begin
      beat_q      <= '0;
      element_q   <= '0;
      class_q     <= '0;
      caps_addr_q <= desc.out_addr[AddrWidth-1:0];
      v_addr_q    <= '0;
      capsule_q   <= '0;
      coupling_q  <= '0;
    end else begin
      if (squash_valid_i) begin
        beat_q    <= beat_q + 1'b1;
        element_q <= element_q + 16'(Lanes);
        v_addr_q  <= v_addr_q + AddrWidth'(desc.classes);
        if (last_beat) begin
          beat_q      <= '0;
          element_q   <= '0;
          class_q     <= class_q + 1'b1;
          caps_addr_q <= caps_addr_q + AddrWidth'(desc.dim);
          v_addr_q    <= AddrWidth'(class_q) + 1'b1;
        end
      end
      if (softmax_valid_i) begin
        coupling_q <= coupling_q + desc.caps[AddrWidth-1:0];
        if (softmax_last_i) begin
          capsule_q  <= capsule_q + 1'b1;
          coupling_q <= capsule_q + 1'b1;
        end
      end
    end
  end

  // The rest of the descriptor is for others.
  logic unused_desc;
  assign unused_desc = ^desc;

endmodule

// The units beside the array: squash and softmax, with what they read and where their results go.
//
// start_i in cycle t: a SQUASH or SOFTMAX step's first read is in t + 1; finish_o with the last.  The softmax also
// takes the logits of an UPDATE that it is chained to, as they are written.
// Latency: of capsacc_squash and capsacc_softmax, and a cycle from a read, or from an UPDATE's write.
// C counterparts: play_unit (sim/cost/timing.c), cas_squash_apply, cas_softmax_apply.

module capsacc_units #(
  parameter MulFile = "mul.hex",  // of the view `rom`; others have no use for it
  parameter int unsigned Lanes = 4,
  localparam int unsigned AddrWidth = capsacc_pkg::AddrWidth,
  localparam int unsigned DescBits  = 64 * capsacc_pkg::DescWords
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [DescBits-1:0]  desc_i,
  input  logic [1:0]           mapping_i,

  // tables, from the host
  input  logic                 coef_we_i,
  input  logic                 exp_we_i,
  input  logic [14:0]          host_addr_i,
  input  logic [15:0]          host_data_i,

  input  logic                 start_i,         // of any step
  output logic                 finish_o,

  output logic [AddrWidth-1:0] raddr_o,         // SQUASH: data; SOFTMAX: logits
  input  logic [8*Lanes-1:0]   data_i,          // of the address in the cycle before
  input  logic [7:0]           logit_i,         // the same
  input  logic                 update_valid_i,  // an UPDATE writes this logit
  input  logic [7:0]           update_logit_i,

  output logic                 squash_valid_o,
  output logic [AddrWidth-1:0] squash_addr_o,
  output logic [Lanes-1:0]     squash_lane_o,   // which lanes hold an element
  output logic [8*Lanes-1:0]   squash_data_o,
  output logic [AddrWidth-1:0] v_addr_o,        // the same in each bank of v

  output logic                 softmax_valid_o,
  output logic [AddrWidth-1:0] softmax_addr_o,
  output logic [7:0]           softmax_data_o
);

  capsacc_pkg::desc_t desc;
  logic               squash, softmax, read_valid, softmax_last;
  logic [Lanes-1:0]   read_lane;

  assign desc    = desc_i;
  assign squash  = desc.kind == capsacc_pkg::StepSquash;
  assign softmax = desc.kind == capsacc_pkg::StepSoftmax;

  capsacc_stream #(.Lanes(Lanes)) u_stream (
    .clk_i, .rst_ni,
    .desc_i,
    .start_i (start_i && (squash || softmax)),
    .valid_o (read_valid),
    .finish_o,
    .addr_o  (raddr_o),
    .lane_o  (read_lane)
  );

  capsacc_unit_write #(.Lanes(Lanes)) u_unit_write (
    .clk_i, .rst_ni,
    .desc_i,
    .start_i,
    .squash_valid_i (squash_valid_o),
    .data_addr_o    (squash_addr_o),
    .lane_o         (squash_lane_o),
    .v_addr_o,
    .softmax_valid_i(softmax_valid_o),
    .softmax_last_i (softmax_last),
    .coupling_addr_o(softmax_addr_o)
  );

  // What comes in, a cycle after it was read, or written by an UPDATE.
  logic             squash_in_q, soft_in_q, update_in_q;
  logic [Lanes-1:0] lane_q;
  logic [7:0]       update_logit_q;

  always_ff @(posedge clk_i) begin
    lane_q         <= read_lane;
    update_logit_q <= update_logit_i;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      squash_in_q <= 1'b0;
      soft_in_q   <= 1'b0;
      update_in_q <= 1'b0;
    end else begin
      squash_in_q <= read_valid && squash;
      soft_in_q   <= read_valid && softmax;
      update_in_q <= update_valid_i && desc.chained_softmax;
    end
  end

  capsacc_squash #(
    .MulFile(MulFile), .Lanes(Lanes), .BeatsWidth(7), .Tables(capsacc_pkg::UnitTables)
  ) u_squash (
    .clk_i, .rst_ni,
    .mul_sel_i    (desc.mul_sel),
    .aligned_i    (mapping_i == capsacc_pkg::MapAligned),
    .signed_i     (mapping_i == capsacc_pkg::MapSigned),
    .beats_i      (desc.beats),
    .table_i      (desc.table_sel),
    .shift_i      (desc.squash_shift),
    .index_shift_i(desc.index_shift),
    .coef_we_i,
    .coef_addr_i  (host_addr_i),
    .coef_data_i  (host_data_i),
    .valid_i      (squash_in_q),
    .lane_i       (lane_q),
    .s_i          (data_i),
    .valid_o      (squash_valid_o),
    .v_o          (squash_data_o)
  );

  capsacc_softmax #(.Tables(capsacc_pkg::UnitTables)) u_softmax (
    .clk_i, .rst_ni,
    .classes_i (desc.classes[8:0]),
    .table_i   (desc.table_sel),
    .exp_we_i,
    .exp_addr_i(host_addr_i[12:0]),
    .exp_data_i(host_data_i[7:0]),
    .valid_i   (update_in_q || soft_in_q),
    .logit_i   (softmax ? (desc.zero_logits ? 8'd0 : logit_i) : update_logit_q),
    .valid_o   (softmax_valid_o),
    .last_o    (softmax_last),
    .coupling_o(softmax_data_o)
  );

  // The rest of the descriptor is for others.
  logic unused_desc;
  assign unused_desc = ^desc;

endmodule

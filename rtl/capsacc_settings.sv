// Settings of a run, written by the host while nothing runs: mapping, sizes, memory, widths of the sums.
//
// Latency: 1.  C counterpart: the last writes of rtl_encode (testbench/encode.c).

module capsacc_settings #(
  parameter int unsigned Depth      = 512,
  parameter int unsigned PsumWidth  = 26,
  parameter int unsigned AccWidth   = 32,
  parameter int unsigned EntryWidth = 4,
  parameter int unsigned RoomWidth  = 15,
  localparam int unsigned DepthWidth = Depth > 1 ? $clog2(Depth) : 1
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 run_we_i,
  input  logic                 widths_we_i,
  input  logic [63:0]          data_i,

  output logic [1:0]           mapping_o,     // capsacc_pkg::mapping_e
  output logic [EntryWidth:0]  entries_o,     // of the prefetch list
  output logic [DepthWidth:0]  depth_o,       // vectors of a block
  output logic [8:0]           beat_bytes_o,
  output logic [RoomWidth-1:0] room_o,        // words of weights
  output logic [PsumWidth-1:0] psum_high_o,   // ones from the sign bit of a partial sum up
  output logic [AccWidth-1:0]  acc_high_o,    // the same of an accumulator
  output logic                 saturate_o     // both; else they wrap
);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      mapping_o    <= capsacc_pkg::MapAligned;
      entries_o    <= '0;
      depth_o      <= (DepthWidth+1)'(Depth);
      beat_bytes_o <= 9'd1;
      room_o       <= '0;
    end else if (run_we_i) begin
      mapping_o    <= data_i[1:0];
      entries_o    <= data_i[8+:EntryWidth+1];
      depth_o      <= data_i[16+:DepthWidth+1];
      beat_bytes_o <= data_i[32+:9];
      room_o       <= RoomWidth'(data_i[63:48]);
    end
  end

  // Bits 5..0: psum_bits - 1, 13..8: acc_bits - 1.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      psum_high_o <= {2'b11, {(PsumWidth-2){1'b0}}};
      acc_high_o  <= {1'b1, {(AccWidth-1){1'b0}}};
      saturate_o  <= 1'b0;
    end else if (widths_we_i) begin
      psum_high_o <= {PsumWidth{1'b1}} << data_i[5:0];
      acc_high_o  <= {AccWidth{1'b1}} << data_i[13:8];
      saturate_o  <= data_i[16];
    end
  end

  logic unused_data;
  assign unused_data = ^data_i;

endmodule

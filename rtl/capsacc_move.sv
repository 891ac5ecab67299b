// LOAD and STORE: a run of bytes between the data buffer and memory, beat_bytes_i a beat.
//
// start_i in cycle t: the request is made in t + 1 and stays until mem_req_ready_i; beats follow in order,
// each with valid and ready.  finish_o with the last beat.
// C counterpart: play_move (sim/cost/timing.c).

module capsacc_move #(
  parameter int unsigned Cols = 4,
  localparam int unsigned AddrWidth = capsacc_pkg::AddrWidth,
  localparam int unsigned DescBits  = 64 * capsacc_pkg::DescWords
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [DescBits-1:0]  desc_i,
  input  logic [8:0]           beat_bytes_i,
  input  logic                 start_i,
  output logic                 finish_o,

  output logic                 mem_req_valid_o,
  input  logic                 mem_req_ready_i,
  output logic                 mem_req_write_o,
  output logic [31:0]          mem_req_addr_o,
  output logic [31:0]          mem_req_bytes_o,
  input  logic                 mem_rvalid_i,
  output logic                 mem_rready_o,
  output logic                 mem_wvalid_o,
  input  logic                 mem_wready_i,

  output logic                 we_o,          // write this beat to the data buffer
  output logic [AddrWidth-1:0] addr_o,        // place of the beat, or of the one to read for the next cycle
  output logic [Cols-1:0]      mask_o         // bytes of the beat
);

  capsacc_pkg::desc_t   desc;
  logic                 store, request_q, moving_q, beat, last;
  logic [31:0]          left_q;
  logic [AddrWidth-1:0] addr_q, next_addr;

  assign desc      = desc_i;
  assign store     = desc.kind == capsacc_pkg::StepStore;
  assign last      = left_q <= 32'(beat_bytes_i);
  assign beat      = moving_q && (store ? mem_wready_i : mem_rvalid_i);
  assign next_addr = addr_q + AddrWidth'(beat_bytes_i);

  assign mem_req_valid_o = request_q;
  assign mem_req_write_o = store;
  assign mem_req_addr_o  = desc.dram_addr;
  assign mem_req_bytes_o = desc.bytes;
  assign mem_rready_o    = moving_q && !store;
  assign mem_wvalid_o    = moving_q && store;

  assign finish_o = beat && last;
  assign we_o     = beat && !store;
  // A beat that leaves was read in the cycle before.
  assign addr_o   = store && beat ? next_addr : addr_q;
  for (genvar c = 0; c < Cols; c++) begin : gen_mask
    assign mask_o[c] = 9'(c) < beat_bytes_i && 32'(c) < left_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      request_q <= 1'b0;
      moving_q  <= 1'b0;
      left_q    <= '0;
      addr_q    <= '0;
    end else if (start_i) begin
      request_q <= 1'b1;
      moving_q  <= 1'b0;
      left_q    <= desc.bytes;
      addr_q    <= store ? desc.in_addr[AddrWidth-1:0] : desc.out_addr[AddrWidth-1:0];
    end else begin
      if (request_q && mem_req_ready_i) begin
        request_q <= 1'b0;
        moving_q  <= 1'b1;
      end
      if (beat) begin
        left_q   <= left_q - 32'(beat_bytes_i);
        addr_q   <= next_addr;
        moving_q <= !last;
      end
    end
  end

  // The rest of the descriptor is for others.
  logic unused_desc;
  assign unused_desc = ^desc;

endmodule

// Weight buffer: words of Cols bytes in the order of the loads, a ring.
//
// Beats from memory (the low beat_bytes_i bytes of mem_data_i) are put together to words; a word can be
// read in the cycle after its last beat.  The reader goes through the words in order and may go back to
// the start of a block of columns (mark_i, rewind_i), whose words then must not have been released.
// Handshake: mem_ready_o is always 1, because room was reserved before the request.
// Latency: rd_en_i in cycle t (only while avail_o), rd_word_o in t + 1.
// C counterpart: struct cas_weight_stream (sim/cost/weight_stream.h).

module capsacc_weights #(
  parameter int unsigned Cols  = 4,
  parameter int unsigned Words = 1024   // a power of two
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              start_i,
  input  logic [8:0]        beat_bytes_i,  // 1..Cols

  input  logic              mem_valid_i,
  output logic              mem_ready_o,
  input  logic [8*Cols-1:0] mem_data_i,

  output logic              avail_o,
  input  logic              rd_en_i,
  input  logic              mark_i,        // the word after this cycle's starts a block
  input  logic              rewind_i,      // the word after this cycle's is the block's first
  output logic [8*Cols-1:0] rd_word_o
);

  localparam int unsigned PtrWidth = $clog2(Words) + 1;

  logic [8*Cols-1:0]   mem [Words];
  logic [8*Cols-1:0]   part_q, word, rd_word_q;
  logic [8:0]          filled_q;
  logic                whole;
  logic [PtrWidth-1:0] in_q, out_q, out_next, mark_q;

  // Only the beat's own bytes may be or-ed in.
  logic [8*Cols-1:0] beat_mask;
  for (genvar c = 0; c < Cols; c++) begin : gen_mask
    assign beat_mask[8*c+:8] = {8{9'(c) < beat_bytes_i}};
  end

  assign whole    = filled_q + beat_bytes_i >= 9'(Cols);
  assign word     = (filled_q == '0 ? '0 : part_q) | ((mem_data_i & beat_mask) << {filled_q, 3'b000});
  assign out_next = out_q + PtrWidth'(rd_en_i);

  assign mem_ready_o = 1'b1;
  assign avail_o     = in_q != out_q;
  assign rd_word_o   = rd_word_q;

  always_ff @(posedge clk_i) begin
    if (mem_valid_i) begin
      part_q <= word;
      if (whole) mem[in_q[PtrWidth-2:0]] <= word;
    end
    rd_word_q <= mem[out_q[PtrWidth-2:0]];
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      filled_q <= '0;
      in_q     <= '0;
      out_q    <= '0;
      mark_q   <= '0;
    end else if (start_i) begin
      filled_q <= '0;
      in_q     <= '0;
      out_q    <= '0;
      mark_q   <= '0;
    end else begin
      if (mem_valid_i) begin
        filled_q <= whole ? '0 : filled_q + beat_bytes_i;
        if (whole) in_q <= in_q + 1'b1;
      end
      out_q <= rewind_i ? mark_q : out_next;
      if (mark_i) mark_q <= out_next;
    end
  end

`ifndef SYNTHESIS
  ReadsWhatIsThere_A: assert property (@(posedge clk_i) disable iff (!rst_ni) rd_en_i |-> avail_o);
`endif

endmodule

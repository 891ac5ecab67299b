// The way of the weights: requests ahead of the array, words as they come, the words of a tile as it loads.
//
// Handshake: a request stays as it is until w_req_ready_i; beats are always taken, because there was room for them
// when they were asked for.  Latency: rd_en_i in cycle t (only while avail_o), rd_word_o in t + 1.
// C counterpart: struct cas_weight_stream (sim/cost/weight_stream.h).

module capsacc_weight_path #(
  parameter int unsigned Rows    = 4,
  parameter int unsigned Cols    = 4,
  parameter int unsigned Entries = 16,
  parameter int unsigned Words   = 1024,  // a power of two
  localparam int unsigned EntryWidth = Entries > 1 ? $clog2(Entries) : 1,
  localparam int unsigned RoomWidth  = $clog2(Words) + 1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  // settings, from the host: capsacc_prefetch
  input  logic                  list_we_i,
  input  logic [EntryWidth-1:0] list_addr_i,
  input  logic [63:0]           list_data_i,
  input  logic [EntryWidth:0]   entries_i,
  input  logic [RoomWidth-1:0]  room_i,
  input  logic [8:0]            beat_bytes_i,

  input  logic                  start_i,       // next cycle is cycle 0

  // memory
  output logic                  w_req_valid_o,
  input  logic                  w_req_ready_i,
  output logic [31:0]           w_req_addr_o,  // in words
  output logic [8:0]            w_req_words_o,
  input  logic                  w_valid_i,
  output logic                  w_ready_o,
  input  logic [8*Cols-1:0]     w_data_i,

  // tiles: capsacc_weights
  output logic                  avail_o,
  input  logic                  rd_en_i,
  input  logic                  mark_i,
  input  logic                  rewind_i,
  input  logic                  release_i,     // words leave the buffer
  input  logic [8:0]            release_words_i,
  output logic [8*Cols-1:0]     rd_word_o
);

  capsacc_prefetch #(.Rows(Rows), .Entries(Entries), .RoomWidth(RoomWidth)) u_prefetch (
    .clk_i, .rst_ni,
    .list_we_i, .list_addr_i, .list_data_i, .entries_i, .room_i, .start_i,
    .release_i, .release_words_i,
    .req_valid_o(w_req_valid_o),
    .req_ready_i(w_req_ready_i),
    .req_addr_o (w_req_addr_o),
    .req_words_o(w_req_words_o)
  );

  capsacc_weights #(.Cols(Cols), .Words(Words)) u_weights (
    .clk_i, .rst_ni,
    .start_i, .beat_bytes_i,
    .mem_valid_i(w_valid_i),
    .mem_ready_o(w_ready_o),
    .mem_data_i (w_data_i),
    .avail_o, .rd_en_i, .mark_i, .rewind_i, .rd_word_o
  );

`ifndef SYNTHESIS
  // Words that were asked for and have not come; that have come and are still needed.
  logic [31:0] asked_q, kept_q;
  logic        word_came;

  assign word_came = w_valid_i && u_weights.whole;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      asked_q <= '0;
      kept_q  <= '0;
    end else if (start_i) begin
      asked_q <= '0;
      kept_q  <= '0;
    end else begin
      asked_q <= asked_q + (w_req_valid_o && w_req_ready_i ? 32'(w_req_words_o) : '0) - 32'(word_came);
      kept_q  <= kept_q + 32'(word_came) - (release_i ? 32'(release_words_i) : '0);
    end
  end

  RequestStays_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
      w_req_valid_o && !w_req_ready_i |=> w_req_valid_o && $stable(w_req_addr_o) && $stable(w_req_words_o));
  WeightsWereAskedFor_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
      w_valid_i |-> asked_q != '0);
  RingHasRoom_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
      word_came && !release_i |-> kept_q < 32'(room_i));
`endif

endmodule

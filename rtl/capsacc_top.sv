// The accelerator: control, walkers, buffers, weight path, array, squash and softmax units.
//
// Use: out of reset and while not running, write program, tables, constants and settings through the host port
// (reset clears the settings, and nothing can be written in it); pulse start_i; done_o pulses after the last step.  Everything that is written to an activation
// buffer appears at the retire ports in the cycle of the write, what is stored at channel a: observation needs
// nothing else (DESIGN.md A9).
//
// Memory port: channel w reads weights, channel a moves activations; requests and beats have valid and
// ready.  A beat is the low beat_bytes bytes of the data.  Words of weights take whole beats each.
// C counterparts: cas_program_lower, cas_timing_run, cas_engine8_run.

module capsacc_top #(
  parameter MulFile = "mul.hex",  // of the view `rom`; others have no use for it
  parameter int unsigned Rows          = 4,
  parameter int unsigned Cols          = 4,
  parameter int unsigned Depth         = 512,
  parameter int unsigned PsumWidth     = 26,
  parameter int unsigned AccWidth      = 32,
  parameter int unsigned DataBytes     = 262144,  // all sizes: powers of two
  parameter int unsigned VotesBytes    = 262144,
  parameter int unsigned LogitsBytes   = 16384,
  parameter int unsigned CouplingBytes = 16384,
  parameter int unsigned VBytes        = 4096,
  parameter int unsigned WeightWords   = 16384,
  parameter int unsigned BiasRows      = 256,
  parameter int unsigned Steps         = 512,
  parameter int unsigned Entries       = 32,
  localparam int unsigned Lanes     = 4,
  localparam int unsigned AddrWidth = capsacc_pkg::AddrWidth
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  // host
  input  logic                  host_we_i,
  input  logic [2:0]            host_sel_i,     // capsacc_pkg::host_e
  input  logic [15:0]           host_addr_i,
  input  logic [63:0]           host_data_i,
  input  logic [15:0]           host_count_i,   // step whose cycles are asked; bit 15: its overflows
  output logic [31:0]           host_count_o,
  input  logic                  start_i,
  output logic                  done_o,
  output logic                  running_o,
  output logic [15:0]           step_o,
  output logic                  step_end_o,

  // memory
  output logic                  w_req_valid_o,
  input  logic                  w_req_ready_i,
  output logic [31:0]           w_req_addr_o,   // in words
  output logic [8:0]            w_req_words_o,
  input  logic                  w_valid_i,
  output logic                  w_ready_o,
  input  logic [8*Cols-1:0]     w_data_i,
  output logic                  a_req_valid_o,
  input  logic                  a_req_ready_i,
  output logic                  a_req_write_o,
  output logic [31:0]           a_req_addr_o,
  output logic [31:0]           a_req_bytes_o,
  input  logic                  a_rvalid_i,
  output logic                  a_rready_o,
  input  logic [8*Cols-1:0]     a_rdata_i,
  output logic                  a_wvalid_o,
  input  logic                  a_wready_i,
  output logic [8*Cols-1:0]     a_wdata_o,

  // retire: a window of a buffer; coupling and v, which may be written in the same cycle as another
  output logic                  ret_valid_o,
  output logic [2:0]            ret_mem_o,      // capsacc_pkg::mem_e
  output logic [AddrWidth-1:0]  ret_addr_o,
  output logic [Cols-1:0]       ret_mask_o,
  output logic [8*Cols-1:0]     ret_data_o,
  output logic                  cpl_valid_o,
  output logic [AddrWidth-1:0]  cpl_addr_o,
  output logic [7:0]            cpl_data_o,
  output logic                  v_valid_o,      // in routing, what a squash also writes to v
  output logic [AddrWidth-1:0]  v_addr_o,       // in each of the Lanes banks
  output logic [Lanes-1:0]      v_mask_o,       // banks that are written
  output logic [8*Lanes-1:0]    v_data_o,

  // the passes, as they are issued: tile after tile
  output logic                  pass_valid_o,
  output logic                  pass_first_o,
  output logic                  pass_last_o,
  output logic [8:0]            pass_rows_o
);

  // A SUM counts a tile's classes, whatever the depth.
  localparam int unsigned AccWords   = Depth > Cols ? Depth : Cols;
  localparam int unsigned DepthWidth = AccWords > 1 ? $clog2(AccWords) : 1;
  localparam int unsigned BiasWidth  = BiasRows > 1 ? $clog2(BiasRows) : 1;
  localparam int unsigned StepWidth  = Steps > 1 ? $clog2(Steps) : 1;
  localparam int unsigned EntryWidth = Entries > 1 ? $clog2(Entries) : 1;
  localparam int unsigned RoomWidth  = $clog2(WeightWords) + 1;
  localparam int unsigned EventWidth = $clog2(Cols * (Rows + 1) + 1);
  localparam int unsigned DescBits   = 64 * capsacc_pkg::DescWords;

  // Host
  logic [7:0]           host_we;  // by capsacc_pkg::host_e
  logic [1:0]           mapping;
  logic [EntryWidth:0]  entries;
  logic [DepthWidth:0]  depth;
  logic [8:0]           beat_bytes;
  logic [RoomWidth-1:0] room;
  logic [PsumWidth-1:0] psum_high;
  logic [AccWidth-1:0]  acc_high;
  logic                 saturate;

  // A pulse while an inference runs is ignored, everywhere.
  logic start;
  assign start = start_i && !running_o;

  assign host_we = host_we_i ? 8'd1 << host_sel_i : '0;

  capsacc_settings #(
    .Depth(AccWords), .PsumWidth(PsumWidth), .AccWidth(AccWidth), .EntryWidth(EntryWidth),
    .RoomWidth(RoomWidth)
  ) u_settings (
    .clk_i, .rst_ni,
    .run_we_i    (host_we[capsacc_pkg::HostSettings]),
    .widths_we_i (host_we[capsacc_pkg::HostWidths]),
    .data_i      (host_data_i),
    .mapping_o   (mapping),
    .entries_o   (entries),
    .depth_o     (depth),
    .beat_bytes_o(beat_bytes),
    .room_o      (room),
    .psum_high_o (psum_high),
    .acc_high_o  (acc_high),
    .saturate_o  (saturate)
  );

  // Control
  logic [DescBits-1:0]   desc_bits;
  capsacc_pkg::desc_t    desc;
  logic                  begin_step, finish;
  logic [StepWidth-1:0]  step;
  logic [EventWidth-1:0] events;  // additions that did not fit
  logic                  conv, votes, sum, update, squash, softmax, maps, on_array, move_kind;

  assign desc      = desc_bits;
  assign conv      = desc.kind == capsacc_pkg::StepConv;
  assign votes     = desc.kind == capsacc_pkg::StepVotes;
  assign sum       = desc.kind == capsacc_pkg::StepSum;
  assign update    = desc.kind == capsacc_pkg::StepUpdate;
  assign squash    = desc.kind == capsacc_pkg::StepSquash;
  assign softmax   = desc.kind == capsacc_pkg::StepSoftmax;
  assign maps      = desc.kind == capsacc_pkg::StepAdd || desc.kind == capsacc_pkg::StepPool;
  assign on_array  = conv | votes | sum | update;
  assign move_kind = !on_array && !squash && !softmax && !maps;
  assign step_o    = 16'(step);

  capsacc_control #(.Rows(Rows), .Cols(Cols), .Steps(Steps), .EventWidth(EventWidth)) u_control (
    .clk_i, .rst_ni,
    .prog_we_i     (host_we[capsacc_pkg::HostProgram]),
    .prog_step_i   (host_addr_i[4+:StepWidth]),
    .prog_word_i   (host_addr_i[3:0]),
    .prog_data_i   (host_data_i),
    .start_i        (start),
    .running_o,
    .done_o,
    .step_o        (step),
    .step_end_o,
    .desc_o        (desc_bits),
    .begin_o       (begin_step),
    .finish_i      (finish),
    .events_i      (events),
    .count_step_i  (host_count_i[StepWidth-1:0]),
    .count_events_i(host_count_i[15]),
    .count_o       (host_count_o)
  );

  // Weights
  logic              weight_avail, weight_mark, weight_rewind, weight_release;
  logic              load_fire, load_loaded, load_first, load_last, take;
  logic [8:0]        load_words;
  logic [Rows-1:0]   load_row_en;
  logic [8*Cols-1:0] weight_word;
  logic [AddrWidth-1:0]     load_addr;
  logic [$clog2(Lanes)-1:0] load_lane;

  capsacc_weight_path #(
    .Rows(Rows), .Cols(Cols), .Entries(Entries), .Words(WeightWords)
  ) u_weight_path (
    .clk_i, .rst_ni,
    .list_we_i      (host_we[capsacc_pkg::HostPrefetch]),
    .list_addr_i    (host_addr_i[EntryWidth-1:0]),
    .list_data_i    (host_data_i),
    .entries_i      (entries),
    .room_i         (room),
    .beat_bytes_i   (beat_bytes),
    .start_i        (start),
    .w_req_valid_o, .w_req_ready_i, .w_req_addr_o, .w_req_words_o,
    .w_valid_i, .w_ready_o, .w_data_i,
    .avail_o        (weight_avail),
    .rd_en_i        (load_fire && (conv || votes)),
    .mark_i         (weight_mark && (conv || votes)),
    .rewind_i       (weight_rewind),
    .release_i      (weight_release),
    .release_words_i(load_words),
    .rd_word_o      (weight_word)
  );

  // Walkers
  logic                  issue_ready, issue_finish, vec_valid, vec_swap, vec_first, vec_last, vec_pop;
  logic [DepthWidth-1:0] vec_acc;
  logic [BiasWidth-1:0]  vec_bias;
  logic [AddrWidth-1:0]  vec_addr, vec_out;
  logic [Rows-1:0]       vec_rows, vec_pad;
  logic [Cols-1:0]       vec_cols;
  logic [8:0]            vec_col_first, vec_col_end;

  assign take = load_loaded && issue_ready;

  capsacc_load_walk #(.Rows(Rows), .Cols(Cols), .Lanes(Lanes)) u_load_walk (
    .clk_i, .rst_ni,
    .desc_i        (desc_bits),
    .start_i       (begin_step && on_array),
    .weight_avail_i(weight_avail),
    .loaded_o      (load_loaded),
    .take_i        (take),
    .fire_o        (load_fire),
    .first_o       (load_first),
    .last_o        (load_last),
    .row_en_o      (load_row_en),
    .addr_o        (load_addr),
    .lane_o        (load_lane),
    .mark_o        (weight_mark),
    .rewind_o      (weight_rewind),
    .release_o     (weight_release),
    .words_o       (load_words)
  );

  capsacc_issue_walk #(
    .Rows(Rows), .Cols(Cols), .DepthWidth(DepthWidth), .BiasWidth(BiasWidth)
  ) u_issue_walk (
    .clk_i, .rst_ni,
    .desc_i     (desc_bits),
    .depth_i    (depth),
    .start_i    (begin_step && on_array),
    .go_i       (take),
    .ready_o    (issue_ready),
    .finish_o   (issue_finish),
    .valid_o    (vec_valid),
    .swap_o     (vec_swap), .first_o(vec_first), .last_o(vec_last), .pop_o(vec_pop),
    .acc_addr_o (vec_acc),
    .bias_o     (vec_bias),
    .addr_o     (vec_addr),
    .rho_o      (pass_rows_o),
    .rows_o     (vec_rows),
    .pad_o      (vec_pad),
    .cols_o     (vec_cols),
    .out_addr_o (vec_out),
    .col_first_o(vec_col_first),
    .col_end_o  (vec_col_end)
  );

  assign pass_valid_o = vec_valid && vec_swap;
  assign pass_first_o = vec_first;
  assign pass_last_o  = vec_last;

  // LOAD, STORE
  logic                 move_finish, move_we;
  logic [AddrWidth-1:0] move_addr;
  logic [Cols-1:0]      move_mask;

  capsacc_move #(.Cols(Cols)) u_move (
    .clk_i, .rst_ni,
    .desc_i         (desc_bits),
    .beat_bytes_i   (beat_bytes),
    .start_i        (begin_step && move_kind),
    .finish_o       (move_finish),
    .mem_req_valid_o(a_req_valid_o),
    .mem_req_ready_i(a_req_ready_i),
    .mem_req_write_o(a_req_write_o),
    .mem_req_addr_o (a_req_addr_o),
    .mem_req_bytes_o(a_req_bytes_o),
    .mem_rvalid_i   (a_rvalid_i),
    .mem_rready_o   (a_rready_o),
    .mem_wvalid_o   (a_wvalid_o),
    .mem_wready_i   (a_wready_i),
    .we_o           (move_we),
    .addr_o         (move_addr),
    .mask_o         (move_mask)
  );

  // Buffers
  logic [8*Rows-1:0]    data_row, votes_row, coupling_row;
  logic [8*Cols-1:0]    data_col, votes_col, logits_old, v_word;
  logic [8*Lanes-1:0]   data_lane;
  logic                 data_we, votes_we, logits_we;
  logic [AddrWidth-1:0] data_waddr;
  logic [Cols-1:0]      data_wmask, out_mask;
  logic [8*Cols-1:0]    data_wdata, logits_new, out_code;
  logic                 early_valid, out_valid;
  logic [AddrWidth-1:0] early_addr, out_addr;
  logic [8:0]           early_first, early_end, out_first, out_end;

  // Squash, softmax
  logic                 units_finish, squash_valid;
  logic [AddrWidth-1:0] units_raddr, squash_addr;

  // ADD, POOL
  logic                 maps_finish, maps_we;
  logic [AddrWidth-1:0] maps_raddr, maps_waddr, data_raddr;
  logic [Cols-1:0]      maps_mask;
  logic [8*Cols-1:0]    maps_data;

  capsacc_maps #(.Cols(Cols)) u_maps (
    .clk_i, .rst_ni,
    .desc_i  (desc_bits),
    .start_i (begin_step),
    .finish_o(maps_finish),
    .raddr_o (maps_raddr),
    .data_i  (data_col),
    .we_o    (maps_we),
    .waddr_o (maps_waddr), .wmask_o(maps_mask), .wdata_o(maps_data)
  );

  assign finish = issue_finish | units_finish | move_finish | maps_finish;

  always_comb begin
    data_raddr = move_addr;
    if (on_array)    data_raddr = vec_addr;
    else if (squash) data_raddr = units_raddr;
    else if (maps)   data_raddr = maps_raddr;
  end

  capsacc_buffers #(
    .Rows(Rows), .Cols(Cols), .Lanes(Lanes), .DataBytes(DataBytes), .VotesBytes(VotesBytes),
    .LogitsBytes(LogitsBytes), .CouplingBytes(CouplingBytes), .VBytes(VBytes)
  ) u_buffers (
    .clk_i,
    .data_raddr_i    (data_raddr),
    .data_row_o      (data_row),
    .data_col_o      (data_col),
    .data_lane_o     (data_lane),
    .data_we_i       (data_we),
    .data_waddr_i    (data_waddr),
    .data_wmask_i    (data_wmask),
    .data_wdata_i    (data_wdata),
    .votes_raddr_i   (update ? vec_addr : load_addr),
    .votes_row_o     (votes_row),
    .votes_col_o     (votes_col),
    .votes_we_i      (votes_we),
    .votes_waddr_i   (out_addr),
    .votes_wmask_i   (out_mask),
    .votes_wdata_i   (out_code),
    .logits_raddr_i  (update ? early_addr : units_raddr),
    .logits_o        (logits_old),
    .logits_we_i     (logits_we),
    .logits_waddr_i  (out_addr),
    .logits_wmask_i  (out_mask),
    .logits_wdata_i  (logits_new),
    .coupling_raddr_i(vec_addr),
    .coupling_o      (coupling_row),
    .coupling_we_i   (cpl_valid_o),
    .coupling_waddr_i(cpl_addr_o),
    .coupling_wdata_i(cpl_data_o),
    .v_raddr_i       (load_addr),
    .v_rlane_i       (load_lane),
    .v_o             (v_word),
    .v_we_i          (v_mask_o & {Lanes{v_valid_o}}),
    .v_waddr_i       (v_addr_o),
    .v_wdata_i       (v_data_o)
  );

  assign a_wdata_o = data_col;

  // Into the array: the walkers' words, a cycle after their addresses.
  logic                  ld_valid_q, ld_first_q, ld_last_q;
  logic [Rows-1:0]       ld_row_en_q, rows_q, pad_q;
  logic [Cols-1:0]       cols_q;
  logic                  vec_valid_q, vec_swap_q, vec_first_q, vec_last_q, vec_pop_q;
  logic [DepthWidth-1:0] vec_acc_q;
  logic [BiasWidth-1:0]  vec_bias_q;
  logic [AddrWidth-1:0]  vec_out_q;
  logic [8:0]            vec_col_first_q, vec_col_end_q;
  logic [8*Cols-1:0]     ld_word;
  logic [8*Rows-1:0]     vec_data;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ld_valid_q  <= 1'b0;
      vec_valid_q <= 1'b0;
    end else begin
      ld_valid_q  <= load_fire;
      vec_valid_q <= vec_valid;
    end
  end
  always_ff @(posedge clk_i) begin
    {ld_first_q, ld_last_q, ld_row_en_q} <= {load_first, load_last, load_row_en};
    {vec_swap_q, vec_first_q, vec_last_q, vec_pop_q} <= {vec_swap, vec_first, vec_last, vec_pop};
    {vec_acc_q, vec_bias_q, vec_out_q} <= {vec_acc, vec_bias, vec_out};
    {vec_col_first_q, vec_col_end_q} <= {vec_col_first, vec_col_end};
    {rows_q, pad_q, cols_q} <= {vec_rows, vec_pad, vec_cols};
  end

  always_comb begin
    ld_word  = weight_word;
    vec_data = data_row;
    if (sum) begin
      ld_word  = votes_col;
      vec_data = desc.constant_coupling ? {Rows{desc.constant}} : coupling_row;
    end else if (update) begin
      ld_word  = v_word;
      vec_data = votes_row;
    end
  end

  logic               sum_valid;  // the array's own bench looks at the sums; here codes are enough
  logic [40*Cols-1:0] sums;

  capsacc_compute #(
    .MulFile(MulFile), .Rows(Rows), .Cols(Cols), .Depth(AccWords), .PsumWidth(PsumWidth), .AccWidth(AccWidth),
    .BiasRows(BiasRows), .TagWidth(AddrWidth + 18)
  ) u_compute (
    .clk_i, .rst_ni,
    .psum_high_i  (psum_high),
    .acc_high_i   (acc_high),
    .saturate_i   (saturate),
    .mul_sel_i    (desc.mul_sel),
    .mapping_i    (mapping),
    .a_signed_i   (desc.a_signed),
    .mult_i       (desc.mult),
    .shift_i      (desc.shift),
    .lo_i         (desc.lo_0 ? 9'sd0 : -9'sd127),
    .hi_i         (desc.hi_255 ? 9'sd255 : 9'sd127),
    .bias_we_i    (host_we[capsacc_pkg::HostBias]),
    .bias_row_i   (host_addr_i[8+:BiasWidth]),
    .bias_col_i   (host_addr_i[7:0]),
    .bias_data_i  (host_data_i[39:0]),
    .ld_valid_i   (ld_valid_q),
    .ld_first_i   (ld_first_q),
    .ld_last_i    (ld_last_q),
    .ld_row_en_i  (ld_row_en_q),
    .ld_word_i    (ld_word),
    .vec_valid_i  (vec_valid_q),
    .vec_swap_i   (vec_swap_q), .vec_first_i(vec_first_q), .vec_last_i(vec_last_q), .vec_pop_i(vec_pop_q),
    .vec_addr_i   (vec_acc_q),
    .vec_bias_i   (vec_bias_q),
    .vec_rows_i   (rows_q),
    .vec_pad_i    (pad_q),
    .vec_cols_i   (cols_q),
    .vec_data_i   (vec_data),
    .vec_tag_i    ({vec_out_q, vec_col_first_q, vec_col_end_q}),
    .sum_valid_o  (sum_valid),
    .sum_o        (sums),
    .events_o     (events),
    .early_valid_o(early_valid),
    .early_tag_o  ({early_addr, early_first, early_end}),
    .out_valid_o  (out_valid),
    .out_tag_o    ({out_addr, out_first, out_end}),
    .out_code_o   (out_code)
  );

  // Out of the array
  for (genvar c = 0; c < Cols; c++) begin : gen_out
    assign out_mask[c] = 9'(c) >= out_first && 9'(c) < out_end;
  end

  capsacc_logits #(.Cols(Cols)) u_logits (
    .zero_i  (desc.zero_logits),
    .delta_i (out_code),
    .old_i   (logits_old),
    .logits_o(logits_new)
  );

  assign votes_we  = out_valid && (votes || (conv && desc.to_votes));
  assign logits_we = out_valid && update;

  always_comb begin
    data_we    = out_valid && ((conv && !desc.to_votes) || sum);
    data_waddr = out_addr;
    data_wmask = out_mask;
    data_wdata = out_code;
    if (squash) begin
      data_we    = squash_valid;
      data_waddr = squash_addr;
      data_wmask = Cols'(v_mask_o);
      data_wdata = (8*Cols)'(v_data_o);
    end else if (maps) begin
      data_we    = maps_we;
      data_waddr = maps_waddr;
      data_wmask = maps_mask;
      data_wdata = maps_data;
    end else if (move_kind) begin
      data_we    = move_we;
      data_waddr = move_addr;
      data_wmask = move_mask;
      data_wdata = a_rdata_i;
    end
  end

  // Squash and softmax
  logic [8*Cols-1:0] chosen;

  assign chosen = logits_new >> {out_first, 3'b000};

  capsacc_units #(.MulFile(MulFile), .Lanes(Lanes)) u_units (
    .clk_i, .rst_ni,
    .desc_i         (desc_bits),
    .mapping_i      (mapping),
    .start_i        (begin_step),
    .finish_o       (units_finish),
    .coef_we_i      (host_we[capsacc_pkg::HostCoef]),
    .exp_we_i       (host_we[capsacc_pkg::HostExp]),
    .table_addr_i   (host_addr_i[14:0]),
    .table_data_i   (host_data_i[15:0]),
    .raddr_o        (units_raddr),
    .data_i         (data_lane),
    .logit_i        (logits_old[7:0]),
    .chained_valid_i(logits_we),
    .chained_logit_i(chosen[7:0]),
    .squash_valid_o (squash_valid),
    .squash_addr_o  (squash_addr),
    .v_addr_o,
    .squash_lane_o  (v_mask_o),
    .squash_data_o  (v_data_o),
    .softmax_valid_o(cpl_valid_o),
    .coupling_addr_o(cpl_addr_o),
    .coupling_o     (cpl_data_o)
  );
  assign v_valid_o = squash_valid & desc.write_v;

  // Retire
  assign ret_valid_o = data_we | votes_we | logits_we;
  assign ret_mem_o   = votes_we ? capsacc_pkg::MemVotes : (update ? capsacc_pkg::MemLogits
                                                               : capsacc_pkg::MemData);
  assign ret_addr_o  = data_waddr;
  assign ret_mask_o  = data_wmask;
  assign ret_data_o  = update ? logits_new : data_wdata;

  // Address bits above the host's memories; the early tag's columns; bytes that no column chose.
  logic unused_rest;
  assign unused_rest = ^{host_addr_i, host_count_i, host_data_i, early_valid, early_first, early_end,
                         chosen[8*Cols-1:8], desc, sum_valid, sums, host_we};

`ifndef SYNTHESIS
  OneResultAtATime_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
      !(out_valid && squash_valid));
  NothingAfterTheEnd_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
      step_end_o |=> !out_valid && !squash_valid && !cpl_valid_o);

  // Channel a: a request stays as it is until it is taken, as does a beat that leaves.
  MoveRequestStays_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
      a_req_valid_o && !a_req_ready_i |=> a_req_valid_o && $stable(a_req_write_o) && $stable(a_req_addr_o) &&
      $stable(a_req_bytes_o));
  StoredBeatStays_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
      a_wvalid_o && !a_wready_i |=> a_wvalid_o && $stable(a_wdata_o));
  OneMoveAtATime_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
      a_rvalid_i || a_wready_i |-> running_o && !a_req_valid_o);

  // The host writes while nothing runs.
  HostWritesIdle_A: assert property (@(posedge clk_i) disable iff (!rst_ni) host_we_i |-> !running_o);
`endif

endmodule

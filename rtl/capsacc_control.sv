// Executes the program: reads a step's descriptor, starts it, waits until its last result can be read, goes
// to the next; counts.
//
// Cycle 0 of a step reads the descriptor; begin_o is in its cycle StepHeader - 1, so that work starts in
// cycle StepHeader.  finish_i (the last vector, read or beat of the step) in cycle t ends the step: the next
// one's cycle 0 is t + 1 + tail, tail being the length of the pipeline that the step goes through.
// C counterpart: play_step (sim/cost/timing.c).

module capsacc_control #(
  parameter int unsigned Rows  = 4,
  parameter int unsigned Cols  = 4,
  parameter int unsigned Steps = 512,
  parameter int unsigned EventWidth = 5,
  localparam int unsigned StepWidth = Steps > 1 ? $clog2(Steps) : 1,
  localparam int unsigned DescBits  = 64 * capsacc_pkg::DescWords
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  // program, from the host: a word of a step's descriptor
  input  logic                   prog_we_i,
  input  logic [StepWidth-1:0]   prog_step_i,
  input  logic [3:0]             prog_word_i,
  input  logic [63:0]            prog_data_i,

  input  logic                   start_i,
  output logic                   running_o,
  output logic                   done_o,      // one cycle, after the last step
  output logic [StepWidth-1:0]   step_o,
  output logic                   step_end_o,  // last cycle of the step
  output logic [DescBits-1:0]    desc_o,
  output logic                   begin_o,
  input  logic                   finish_i,

  // additions that did not fit, in this cycle
  input  logic [EventWidth-1:0]  events_i,

  // of a step, of the last run: cycles, or (count_events_i) additions that did not fit, modulo 2^32
  input  logic [StepWidth-1:0]   count_step_i,
  input  logic                   count_events_i,
  output logic [31:0]            count_o
);

  localparam int unsigned StepHeader = 4;
  localparam int unsigned ColumnTail = 5;
  localparam int unsigned UnitTail   = 14;

  typedef enum logic [1:0] {Idle, Header, Work, Tail} state_e;

  state_e               state_q, state_d;
  logic [StepWidth-1:0] step_q;
  logic [1:0]           header_q;
  logic [15:0]          tail_q, tail, unit_tail;
  logic [31:0]          count_q, events_q;
  logic                 step_end;
  capsacc_pkg::desc_t   desc;

  // One memory a word, so that the host writes words and a step is read at once.
  for (genvar w = 0; w < capsacc_pkg::DescWords; w++) begin : gen_word
    logic [63:0] mem [Steps];
    logic [63:0] read_q;

    always_ff @(posedge clk_i) begin
      read_q <= mem[step_q];
      if (prog_we_i && prog_word_i == 4'(w)) mem[prog_step_i] <= prog_data_i;
    end
    assign desc_o[64*w+:64] = read_q;
  end

  assign desc      = desc_o;
  assign unit_tail = (desc.classes << 1) + 16'(UnitTail);

  always_comb begin
    tail = 16'(Rows + Cols + ColumnTail);
    case (desc.kind)
      capsacc_pkg::StepLoad, capsacc_pkg::StepStore: tail = '0;
      capsacc_pkg::StepSquash:  tail = 16'(desc.beats) + 16'(UnitTail);
      capsacc_pkg::StepSoftmax: tail = unit_tail;
      capsacc_pkg::StepAdd, capsacc_pkg::StepPool: tail = 16'(ColumnTail);
      capsacc_pkg::StepUpdate:  if (desc.chained_softmax) tail = tail + unit_tail;
      default: ;
    endcase
  end

  always_comb begin
    state_d  = state_q;
    step_end = 1'b0;
    case (state_q)
      Idle:    if (start_i) state_d = Header;
      Header:  if (header_q == 2'(StepHeader - 1)) state_d = Work;
      Work: begin
        if (finish_i) begin
          state_d  = Tail;
          step_end = tail == '0;
        end
      end
      default: step_end = tail_q == '0;
    endcase
    if (step_end) state_d = desc.last_step ? Idle : Header;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= Idle;
      step_q   <= '0;
      header_q <= '0;
      tail_q   <= '0;
      count_q  <= '0;
      events_q <= '0;
      done_o   <= 1'b0;
    end else begin
      state_q  <= state_d;
      header_q <= state_q == Header ? header_q + 1'b1 : '0;
      tail_q   <= state_q == Work ? tail - 1'b1 : tail_q - 1'b1;
      count_q  <= step_end || state_q == Idle ? '0 : count_q + 1'b1;
      events_q <= step_end || state_q == Idle ? '0 : events_q + 32'(events_i);
      done_o   <= step_end && desc.last_step;
      if (state_q == Idle) step_q <= '0;
      else if (step_end) step_q <= step_q + 1'b1;
    end
  end

  assign running_o  = state_q != Idle;
  assign step_o     = step_q;
  assign step_end_o = step_end;
  assign begin_o    = state_q == Header && header_q == 2'(StepHeader - 1);

  // Counters
  logic [63:0] counts [Steps];
  logic [63:0] count_read_q;
  logic        count_events_q;

  always_ff @(posedge clk_i) begin
    if (step_end) counts[step_q] <= {events_q, count_q + 1'b1};
    count_read_q   <= counts[count_step_i];
    count_events_q <= count_events_i;
  end
  assign count_o = count_events_q ? count_read_q[63:32] : count_read_q[31:0];

`ifndef SYNTHESIS
  // The sums are ready before a step's results, so the count is.
  NothingToCountAtTheEnd_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
      step_end |-> events_i == '0);
`endif

  // The rest of the descriptor is for others.
  logic unused_desc;
  assign unused_desc = ^desc;

endmodule

// B of the affine mapping by column: sum of 128 - y over the words of a block of columns, framed by the loads,
// waiting in a queue for the block's sums.
//
// A block takes at least a cycle, so no more than Rows + Cols + 8 of them are under way.
// Latency: 1 from the block's last word to the queue; the head is there until pop_i.  C counterpart: b_sum of
// cas_reference_sum (sim/engine/reference.c).

module capsacc_weight_sums #(
  parameter int unsigned Rows  = 4,
  parameter int unsigned Cols  = 4,
  parameter int unsigned Width = 25
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  valid_i,
  input  logic                  first_i,  // word of a block
  input  logic                  last_i,
  input  logic [9*Cols-1:0]     w_i,      // {sign, y} by column
  input  logic                  pop_i,
  output logic [Width*Cols-1:0] head_o
);

  localparam int unsigned QueueWidth = $clog2(Rows + Cols + 8);

  logic [Width*Cols-1:0] b_d, b_q;
  logic [Width*Cols-1:0] queue_mem [2**QueueWidth];
  logic [QueueWidth-1:0] queue_in_q, queue_out_q;
  logic                  push;

  for (genvar c = 0; c < Cols; c++) begin : gen_b
    logic signed [Width-1:0] term;

    assign term                = Width'(128) - Width'(w_i[9*c+:8]);
    assign b_d[Width*c+:Width] = (first_i ? '0 : b_q[Width*c+:Width]) + term;

    logic unused_sign;
    assign unused_sign = w_i[9*c+8];
  end

  assign push   = valid_i & last_i;
  assign head_o = queue_mem[queue_out_q];

  always_ff @(posedge clk_i) begin
    if (valid_i) b_q <= b_d;
    if (push) queue_mem[queue_in_q] <= b_d;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      queue_in_q  <= '0;
      queue_out_q <= '0;
    end else begin
      if (push) queue_in_q <= queue_in_q + 1'b1;
      if (pop_i) queue_out_q <= queue_out_q + 1'b1;
    end
  end

`ifndef SYNTHESIS
  QueueHolds_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
      push && !pop_i |-> QueueWidth'(queue_in_q + 1'b1) != queue_out_q);
  QueueHasOne_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
      pop_i |-> queue_in_q != queue_out_q);
`endif

endmodule

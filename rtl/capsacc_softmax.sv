// Softmax unit: J logits of a capsule to J coupling coefficients; docs/numerics.md section 8.
//
// Three phases of one element a cycle, overlapped over capsules: maximum (while the logits come in),
// exponentials and their sum, division.
// Handshake: valid only; logits one a cycle or with gaps, capsules one after the other.
// Latency: the last logit of a capsule in cycle t gives its first coefficient in cycle t + J + 14
// and its last in t + 2 J + 13.  Settings are constant while capsules are inside.
// C counterpart: cas_softmax_apply (sim/arith/softmax.h).

module capsacc_softmax #(
  parameter int unsigned Tables = 2,   // layers that have an exponential table at the same time
  localparam int unsigned TableWidth = Tables > 1 ? $clog2(Tables) : 1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  // settings of the step
  input  logic [8:0]            classes_i,    // J, 1..256
  input  logic [TableWidth-1:0] table_i,

  // exponential tables, from the host
  input  logic                  exp_we_i,
  input  logic [TableWidth+7:0] exp_addr_i,   // {table, maximum - logit}
  input  logic [7:0]            exp_data_i,

  input  logic                  valid_i,
  input  logic [7:0]            logit_i,      // s8

  output logic                  valid_o,
  output logic                  last_o,       // last class of the capsule
  output logic [7:0]            coupling_o    // u8, Q0.8
);

  logic [8:0] last_class;

  assign last_class = classes_i - 1'b1;

  // Phase 1: maximum.  Logits go to one of two banks, in turn.
  logic signed [7:0] logit, max_q, max, max_group_q;
  logic [8:0]        in_class_q;
  logic              in_bank_q, in_last;
  logic [7:0]        logit_mem [512];

  assign logit   = logit_i;
  assign max     = in_class_q == '0 || logit > max_q ? logit : max_q;
  assign in_last = valid_i && in_class_q == last_class;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      in_class_q <= '0;
      in_bank_q  <= 1'b0;
    end else if (valid_i) begin
      in_class_q <= in_last ? '0 : in_class_q + 1'b1;
      in_bank_q  <= in_bank_q ^ in_last;
    end
  end
  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      max_q                                   <= max;
      logit_mem[{in_bank_q, in_class_q[7:0]}] <= logit_i;
    end
    if (in_last) max_group_q <= max;
  end

  // Phase 2: exponentials.  Read the logit, then the table, then store and add.
  logic       exp_busy_q, exp_bank_q, exp_last;
  logic [8:0] exp_class_q;

  assign exp_last = exp_busy_q && exp_class_q == last_class;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      exp_busy_q  <= 1'b0;
      exp_bank_q  <= 1'b0;
      exp_class_q <= '0;
    end else if (in_last) begin
      exp_busy_q  <= 1'b1;
      exp_bank_q  <= in_bank_q;
      exp_class_q <= '0;
    end else if (exp_busy_q) begin
      exp_busy_q  <= !exp_last;
      exp_class_q <= exp_class_q + 1'b1;
    end
  end

  // read stage r (logit), stage e (exponential)
  logic              r_valid_q, r_last_q, r_first_q, r_bank_q, e_valid_q, e_last_q, e_first_q, e_bank_q;
  logic [7:0]        r_class_q, e_class_q;
  logic signed [7:0] r_logit_q, r_max_q;
  logic [7:0]        distance, e_exp_q;
  logic [7:0]        exp_table [Tables * 256];
  logic [7:0]        exp_mem [512];
  logic [15:0]       sum_q, sum, sum_group_q;
  logic              e_done;

  assign distance = 8'(r_max_q - r_logit_q);
  assign sum      = (e_first_q ? 16'd0 : sum_q) + {8'd0, e_exp_q};
  assign e_done   = e_valid_q && e_last_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      r_valid_q <= 1'b0;
      e_valid_q <= 1'b0;
    end else begin
      r_valid_q <= exp_busy_q;
      e_valid_q <= r_valid_q;
    end
  end
  always_ff @(posedge clk_i) begin
    r_logit_q <= logit_mem[{exp_bank_q, exp_class_q[7:0]}];
    r_max_q   <= max_group_q;
    r_class_q <= exp_class_q[7:0];
    r_first_q <= exp_class_q == '0;
    r_last_q  <= exp_last;
    r_bank_q  <= exp_bank_q;
    e_exp_q   <= exp_table[{table_i, distance}];
    e_class_q <= r_class_q;
    e_first_q <= r_first_q;
    e_last_q  <= r_last_q;
    e_bank_q  <= r_bank_q;
    if (exp_we_i) exp_table[exp_addr_i] <= exp_data_i;
    if (e_valid_q) begin
      sum_q                          <= sum;
      exp_mem[{e_bank_q, e_class_q}] <= e_exp_q;
    end
    if (e_done) sum_group_q <= sum;
  end

  // Phase 3: division, of the bank that phase 2 has just filled.
  logic       div_busy_q, div_bank_q, div_last;
  logic [8:0] div_class_q;
  logic        n_valid_q, num_valid_q;
  logic [7:0]  n_exp_q;
  logic [15:0] n_sum_q, den_q;
  logic [16:0] num_q;

  assign div_last = div_busy_q && div_class_q == last_class;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      div_busy_q  <= 1'b0;
      div_bank_q  <= 1'b0;
      div_class_q <= '0;
      n_valid_q   <= 1'b0;
      num_valid_q <= 1'b0;
    end else begin
      n_valid_q   <= div_busy_q;
      num_valid_q <= n_valid_q;
      if (e_done) begin
        div_busy_q  <= 1'b1;
        div_bank_q  <= e_bank_q;
        div_class_q <= '0;
      end else if (div_busy_q) begin
        div_busy_q  <= !div_last;
        div_class_q <= div_class_q + 1'b1;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    n_exp_q <= exp_mem[{div_bank_q, div_class_q[7:0]}];
    n_sum_q <= sum_group_q;
    num_q   <= {1'b0, n_exp_q, 8'd0} + {2'b00, n_sum_q[15:1]};
    den_q   <= n_sum_q;
  end

  logic       quot_valid;
  logic [8:0] quot;

  capsacc_div #(.NumWidth(17), .DenWidth(16), .QuotWidth(9)) u_div (
    .clk_i,
    .rst_ni,
    .valid_i(num_valid_q),
    .num_i  (num_q),
    .den_i  (den_q),
    .valid_o(quot_valid),
    .quot_o (quot)
  );

  // Which class leaves the divider.
  logic [8:0] out_class_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)         out_class_q <= '0;
    else if (quot_valid) out_class_q <= last_o ? '0 : out_class_q + 1'b1;
  end

  assign valid_o    = quot_valid;
  assign last_o     = quot_valid && out_class_q == last_class;
  assign coupling_o = quot[8] ? 8'd255 : quot[7:0];

`ifndef SYNTHESIS
  PhaseTwoFree_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
      in_last |-> !exp_busy_q || exp_last);
  PhaseThreeFree_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
      e_done |-> !div_busy_q || div_last);
`endif

endmodule

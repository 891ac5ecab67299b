// ADD: one or two maps from the data buffer, each code times a 16-bit constant, their sum shifted, rounded half
// away from zero and clamped.
//
// start_i in cycle t: the first window is read in t + 1, one a cycle, the operands in turn; finish_o with the
// last.  A result is written three cycles after its last operand was read.
// C counterparts: cas_rescale_apply (sim/arith/fixed.h), play_step (sim/cost/timing.c).

module capsacc_add #(
  parameter int unsigned Cols = 4,
  localparam int unsigned AddrWidth = capsacc_pkg::AddrWidth,
  localparam int unsigned DescBits  = 64 * capsacc_pkg::DescWords
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [DescBits-1:0]  desc_i,
  input  logic                 start_i,
  output logic                 finish_o,

  output logic [AddrWidth-1:0] raddr_o,
  input  logic [8*Cols-1:0]    data_i,     // of the address in the cycle before

  output logic                 we_o,
  output logic [AddrWidth-1:0] waddr_o,
  output logic [Cols-1:0]      wmask_o,
  output logic [8*Cols-1:0]    wdata_o
);

  capsacc_pkg::desc_t desc;
  assign desc = desc_i;

  // Walk: window after window, operand after operand
  logic        active_q, second_q, last_operand, last_window;
  logic [31:0] offset_q, left;

  assign left         = desc.bytes - offset_q;
  assign last_window  = left <= 32'(Cols);
  assign last_operand = second_q || !desc.two;
  assign finish_o     = active_q && last_window && last_operand;
  assign raddr_o      = (second_q ? desc.in2_addr[AddrWidth-1:0] : desc.in_addr[AddrWidth-1:0]) +
                        offset_q[AddrWidth-1:0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      second_q <= 1'b0;
      offset_q <= '0;
    end else if (start_i) begin
      active_q <= 1'b1;
      second_q <= 1'b0;
      offset_q <= '0;
    end else if (active_q) begin
      active_q <= !finish_o;
      second_q <= !last_operand;
      if (last_operand) offset_q <= offset_q + 32'(Cols);
    end
  end

  // A window's data, its sum, its codes
  logic                 read_q, whole_q, second_read_q, sum_valid_q, code_valid_q;
  logic [AddrWidth-1:0] addr_1_q, addr_2_q, addr_3_q;
  logic [Cols-1:0]      mask, mask_1_q, mask_2_q, mask_3_q;
  logic [8*Cols-1:0]    first_q, first;

  for (genvar c = 0; c < Cols; c++) begin : gen_mask
    assign mask[c] = 32'(c) < left;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_q       <= 1'b0;
      sum_valid_q  <= 1'b0;
      code_valid_q <= 1'b0;
    end else begin
      read_q       <= active_q;
      sum_valid_q  <= read_q && whole_q;
      code_valid_q <= sum_valid_q;
    end
  end
  always_ff @(posedge clk_i) begin
    {whole_q, second_read_q} <= {last_operand, second_q};
    {addr_1_q, mask_1_q}     <= {desc.out_addr[AddrWidth-1:0] + offset_q[AddrWidth-1:0], mask};
    {addr_2_q, mask_2_q}     <= {addr_1_q, mask_1_q};
    {addr_3_q, mask_3_q}     <= {addr_2_q, mask_2_q};
    if (read_q && !second_read_q) first_q <= data_i;
  end

  assign first   = second_read_q ? first_q : data_i;
  assign we_o    = code_valid_q;
  assign waddr_o = addr_3_q;
  assign wmask_o = mask_3_q;

  for (genvar c = 0; c < Cols; c++) begin : gen_lane
    logic signed [8:0]  a, b;
    logic signed [26:0] sum_q, positive;
    logic [31:0]        magnitude, rounded;
    logic signed [9:0]  code;

    assign a = {desc.a_signed && first[8*c+7], first[8*c+:8]};
    assign b = second_read_q ? {desc.signed2 && data_i[8*c+7], data_i[8*c+:8]} : '0;
    always_ff @(posedge clk_i) begin
      sum_q <= 27'(a) * 27'($signed({1'b0, desc.mult})) + 27'(b) * 27'($signed({1'b0, desc.mult2}));
    end

    assign positive  = sum_q < 0 ? -sum_q : sum_q;
    assign magnitude = {5'd0, positive};
    assign rounded   = (magnitude + (32'd1 << (desc.shift[4:0] - 1'b1))) >> desc.shift[4:0];
    // 511 is beyond every clamp.
    assign code      = (sum_q < 0 ? -10'sd1 : 10'sd1) * $signed({1'b0, rounded > 511 ? 9'd511 : rounded[8:0]});

    logic [7:0] clamped;
    capsacc_clamp #(.Width(10)) u_clamp (
      .x_i   (code),
      .lo_i  (desc.lo_0 ? 9'sd0 : -9'sd127),
      .hi_i  (desc.hi_255 ? 9'sd255 : 9'sd127),
      .code_o(clamped)
    );
    always_ff @(posedge clk_i) wdata_o[8*c+:8] <= clamped;
  end

  // The rest of the descriptor is for others.
  logic unused_desc;
  assign unused_desc = ^desc;

endmodule

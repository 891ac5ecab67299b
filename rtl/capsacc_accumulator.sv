// Accumulators below the array: Depth words in each of Cols columns, addressed by vector.
//
// A word is read, added to and written in consecutive cycles, one vector a cycle, also at the same address
// time after time.  `first` overwrites.  Words have acc_bits, a setting: high_i has ones from bit acc_bits - 1
// up.  Cycle t - 1: addr_i; cycle t: valid_i, first_i, psum_i; over_o says which additions do not fit; cycle
// t + 1: sum_o holds the new word (of any tile; the caller knows which was the last).
// C counterpart: acc = N(acc + psum, acc_bits) of cas_reference_sum (sim/engine/reference.c).

module capsacc_accumulator #(
  parameter int unsigned Cols      = 4,
  parameter int unsigned Depth     = 512,
  parameter int unsigned PsumWidth = 25,
  parameter int unsigned AccWidth  = 32,   // the most acc_bits
  localparam int unsigned AddrWidth = Depth > 1 ? $clog2(Depth) : 1
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic [AccWidth-1:0]       high_i,
  input  logic                      saturate_i,  // else sums wrap
  input  logic [AddrWidth-1:0]      addr_i,
  input  logic                      valid_i,
  input  logic                      first_i,
  input  logic [PsumWidth*Cols-1:0] psum_i,
  output logic [Cols-1:0]           over_o,
  output logic [AccWidth*Cols-1:0]  sum_o
);

  localparam int unsigned SumWidth = (PsumWidth > AccWidth ? PsumWidth : AccWidth) + 1;

  logic [AccWidth*Cols-1:0] mem [Depth];
  logic [AccWidth*Cols-1:0] read_q, sum_d, sum_q;
  logic [AddrWidth-1:0]     addr_q, written_q;
  logic                     was_written_q;
  logic                     bypass;

  // The word that was read was being written in the same cycle.
  assign bypass = was_written_q && written_q == addr_q;

  for (genvar c = 0; c < Cols; c++) begin : gen_col
    logic signed [AccWidth-1:0]  old;
    logic signed [PsumWidth-1:0] psum;
    logic signed [SumWidth-1:0]  sum, sign;
    logic [AccWidth-1:0]         word;
    logic                        over, fill;

    assign old  = bypass ? sum_q[AccWidth*c+:AccWidth] : read_q[AccWidth*c+:AccWidth];
    assign psum = psum_i[PsumWidth*c+:PsumWidth];
    assign sum  = (first_i ? '0 : SumWidth'(old)) + SumWidth'(psum);

    always_comb begin
      word = sum[AccWidth-1:0];
      // In range: all bits from acc_bits - 1 up are the sign.
      sign = {SumWidth{sum[SumWidth-1]}};
      over = |((sum ^ sign) & {{(SumWidth-AccWidth){1'b1}}, high_i});
      fill = saturate_i ? sign[0] : |(word & high_i & ~(high_i << 1));
      if (over) begin
        word = ({AccWidth{fill}} & high_i) | ((saturate_i ? ~sign[AccWidth-1:0] : word) & ~high_i);
      end
    end

    assign sum_d[AccWidth*c+:AccWidth] = word;
    assign over_o[c]                   = over;
  end

  always_ff @(posedge clk_i) begin
    read_q    <= mem[addr_i];
    addr_q    <= addr_i;
    written_q <= addr_q;
    if (valid_i) begin
      mem[addr_q] <= sum_d;
      sum_q       <= sum_d;
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) was_written_q <= 1'b0;
    else         was_written_q <= valid_i;
  end

  assign sum_o = sum_q;

endmodule

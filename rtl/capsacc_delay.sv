// A word, Cycles cycles later: a circular memory in place of a chain of registers.
//
// Latency: Cycles (at least 2).  No reset of the contents: what leaves in the first Cycles cycles has
// no meaning, so a valid bit that travels with the word goes through capsacc_delay_valid.

module capsacc_delay #(
  parameter int unsigned Width  = 8,
  parameter int unsigned Cycles = 2
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [Width-1:0] d_i,
  output logic [Width-1:0] d_o
);

  // The output register is one of the Cycles.
  localparam int unsigned Words = Cycles - 1;
  localparam int unsigned PtrWidth = Words > 1 ? $clog2(Words) : 1;

  logic [Width-1:0]    mem [Words];
  logic [PtrWidth-1:0] ptr_q;
  logic [Width-1:0]    out_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)                            ptr_q <= '0;
    else if (ptr_q == PtrWidth'(Words - 1)) ptr_q <= '0;
    else                                    ptr_q <= ptr_q + 1'b1;
  end

  // Read before write: the word that is overwritten is Words cycles old.
  always_ff @(posedge clk_i) begin
    out_q      <= mem[ptr_q];
    mem[ptr_q] <= d_i;
  end

  assign d_o = out_q;

endmodule

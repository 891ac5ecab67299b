// Byte memory that reads and writes windows: Banks consecutive bytes from any address, one read and one
// write a cycle.  Byte a lies in bank a mod Banks.
//
// Latency: raddr_i in cycle t, rdata_o in t + 1 (the contents before a write of cycle t).  Byte k of a
// window is [8k +: 8].  Addresses wrap at Bytes.
// C counterpart: the buffers of sim/model/program.h.

module capsacc_window #(
  parameter int unsigned Banks = 16,     // a power of two, at least 2
  parameter int unsigned Bytes = 4096,   // a power of two, at least 2 Banks
  localparam int unsigned AddrWidth = $clog2(Bytes)
) (
  input  logic                 clk_i,
  input  logic [AddrWidth-1:0] raddr_i,
  output logic [8*Banks-1:0]   rdata_o,
  input  logic                 we_i,
  input  logic [AddrWidth-1:0] waddr_i,
  input  logic [Banks-1:0]     wmask_i,
  input  logic [8*Banks-1:0]   wdata_i
);

  localparam int unsigned BankWidth = $clog2(Banks);
  localparam int unsigned RowWidth  = AddrWidth - BankWidth;

  logic [BankWidth-1:0] roff, woff, roff_q;
  logic [RowWidth-1:0]  rrow, wrow;
  logic [8*Banks-1:0]   bank_data, wdata;
  logic [Banks-1:0]     wmask;
  logic [16*Banks-1:0]  rdouble, wdouble;
  logic [2*Banks-1:0]   mdouble;

  assign roff = raddr_i[BankWidth-1:0];
  assign rrow = raddr_i[AddrWidth-1:BankWidth];
  assign woff = waddr_i[BankWidth-1:0];
  assign wrow = waddr_i[AddrWidth-1:BankWidth];

  // Byte k of the window goes to bank (k + offset) mod Banks; banks below the offset hold the next row.
  assign wdouble = {wdata_i, wdata_i} << {woff, 3'b000};
  assign mdouble = {wmask_i, wmask_i} << woff;
  assign wdata   = wdouble[16*Banks-1:8*Banks];
  assign wmask   = we_i ? mdouble[2*Banks-1:Banks] : '0;
  assign rdouble = {bank_data, bank_data} >> {roff_q, 3'b000};
  assign rdata_o = rdouble[8*Banks-1:0];

  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    logic [7:0]          mem [Bytes / Banks];
    logic [RowWidth-1:0] rbank, wbank;

    assign rbank = rrow + RowWidth'(BankWidth'(b) < roff);
    assign wbank = wrow + RowWidth'(BankWidth'(b) < woff);

    always_ff @(posedge clk_i) begin
      bank_data[8*b+:8] <= mem[rbank];
      if (wmask[b]) mem[wbank] <= wdata[8*b+:8];
    end
  end

  always_ff @(posedge clk_i) roff_q <= roff;

  // Half of each doubled word is not used.
  logic unused_halves;
  assign unused_halves = ^{wdouble[8*Banks-1:0], mdouble[Banks-1:0], rdouble[16*Banks-1:8*Banks]};

endmodule

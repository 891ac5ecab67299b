// ADD and POOL: steps that make one map of others without the array, a window of the data buffer a cycle.
//
// start_i in cycle t: the first read is in t + 1; finish_o with the last.  Results are written three (ADD) or
// four (POOL) cycles after their last read.
// C counterparts: engine8_elementwise.c, play_step (sim/cost/timing.c).

module capsacc_maps #(
  parameter int unsigned Cols = 4,
  localparam int unsigned AddrWidth = capsacc_pkg::AddrWidth,
  localparam int unsigned DescBits  = 64 * capsacc_pkg::DescWords
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [DescBits-1:0]  desc_i,
  input  logic                 start_i,    // of any step; those of other kinds are ignored
  output logic                 finish_o,

  output logic [AddrWidth-1:0] raddr_o,
  input  logic [8*Cols-1:0]    data_i,     // of the address in the cycle before

  output logic                 we_o,
  output logic [AddrWidth-1:0] waddr_o,
  output logic [Cols-1:0]      wmask_o,
  output logic [8*Cols-1:0]    wdata_o
);

  capsacc_pkg::desc_t   desc;
  logic                 pool, add_finish, add_we, pool_finish, pool_we;
  logic [AddrWidth-1:0] add_raddr, add_waddr, pool_raddr, pool_waddr;
  logic [Cols-1:0]      add_mask, pool_mask;
  logic [8*Cols-1:0]    add_data, pool_data;

  assign desc = desc_i;
  assign pool = desc.kind == capsacc_pkg::StepPool;

  capsacc_add #(.Cols(Cols)) u_add (
    .clk_i, .rst_ni,
    .desc_i,
    .start_i (start_i && desc.kind == capsacc_pkg::StepAdd),
    .finish_o(add_finish),
    .raddr_o (add_raddr),
    .data_i,
    .we_o    (add_we),
    .waddr_o (add_waddr), .wmask_o(add_mask), .wdata_o(add_data)
  );

  capsacc_pool #(.Cols(Cols)) u_pool (
    .clk_i, .rst_ni,
    .desc_i,
    .start_i (start_i && pool),
    .finish_o(pool_finish),
    .raddr_o (pool_raddr),
    .data_i,
    .we_o    (pool_we),
    .waddr_o (pool_waddr), .wmask_o(pool_mask), .wdata_o(pool_data)
  );

  assign finish_o = add_finish | pool_finish;
  assign raddr_o  = pool ? pool_raddr : add_raddr;
  assign we_o     = add_we | pool_we;
  assign waddr_o  = pool ? pool_waddr : add_waddr;
  assign wmask_o  = pool ? pool_mask : add_mask;
  assign wdata_o  = pool ? pool_data : add_data;

  // The rest of the descriptor is for others.
  logic unused_desc;
  assign unused_desc = ^desc;

endmodule

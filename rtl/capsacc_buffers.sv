// The buffers of activations: data, votes, logits, coupling, v, each with one read and one write port.
//
// Layouts: data [h][w][c]; votes [i][j][d]; logits [i][j]; coupling [j][i]; v in Lanes banks, bank l with
// the rows d = l mod Lanes: [d / Lanes][j].
// Latency: addresses in cycle t, windows in t + 1.
// C counterpart: enum cas_buffer (sim/model/program.h), docs/timing.md section 4.

module capsacc_buffers #(
  parameter int unsigned Rows          = 4,
  parameter int unsigned Cols          = 4,
  parameter int unsigned Lanes         = 4,
  parameter int unsigned DataBytes     = 65536,  // all sizes: powers of two
  parameter int unsigned VotesBytes    = 65536,
  parameter int unsigned LogitsBytes   = 4096,
  parameter int unsigned CouplingBytes = 4096,
  parameter int unsigned VBytes        = 1024,   // of all banks
  localparam int unsigned AddrWidth = capsacc_pkg::AddrWidth
) (
  input  logic                   clk_i,

  input  logic [AddrWidth-1:0]   data_raddr_i,
  output logic [8*Rows-1:0]      data_row_o,      // Rows bytes
  output logic [8*Cols-1:0]      data_col_o,      // Cols bytes of the same window
  output logic [8*Lanes-1:0]     data_lane_o,     // Lanes bytes of the same window
  input  logic                   data_we_i,
  input  logic [AddrWidth-1:0]   data_waddr_i,
  input  logic [Cols-1:0]        data_wmask_i,
  input  logic [8*Cols-1:0]      data_wdata_i,

  input  logic [AddrWidth-1:0]   votes_raddr_i,
  output logic [8*Rows-1:0]      votes_row_o,
  output logic [8*Cols-1:0]      votes_col_o,
  input  logic                   votes_we_i,
  input  logic [AddrWidth-1:0]   votes_waddr_i,
  input  logic [Cols-1:0]        votes_wmask_i,
  input  logic [8*Cols-1:0]      votes_wdata_i,

  input  logic [AddrWidth-1:0]   logits_raddr_i,
  output logic [8*Cols-1:0]      logits_o,
  input  logic                   logits_we_i,
  input  logic [AddrWidth-1:0]   logits_waddr_i,
  input  logic [Cols-1:0]        logits_wmask_i,
  input  logic [8*Cols-1:0]      logits_wdata_i,

  input  logic [AddrWidth-1:0]   coupling_raddr_i,
  output logic [8*Rows-1:0]      coupling_o,
  input  logic                   coupling_we_i,
  input  logic [AddrWidth-1:0]   coupling_waddr_i,
  input  logic [7:0]             coupling_wdata_i,

  input  logic [AddrWidth-1:0]     v_raddr_i,     // in the bank
  input  logic [$clog2(Lanes)-1:0] v_rlane_i,
  output logic [8*Cols-1:0]        v_o,
  input  logic [Lanes-1:0]         v_we_i,
  input  logic [AddrWidth-1:0]     v_waddr_i,     // in every bank
  input  logic [8*Lanes-1:0]       v_wdata_i      // one byte a bank
);

  localparam int unsigned Widest = Rows > Cols ? (Rows > Lanes ? Rows : Lanes) : (Cols > Lanes ? Cols : Lanes);
  localparam int unsigned Banks  = 1 << $clog2(Widest);
  localparam int unsigned RBanks = 1 << $clog2(Rows > 1 ? Rows : 2);
  localparam int unsigned CBanks = 1 << $clog2(Cols > 1 ? Cols : 2);

  logic [8*Banks-1:0]  data, votes;
  logic [8*CBanks-1:0] logits;
  logic [8*RBanks-1:0] coupling;

  capsacc_window #(.Banks(Banks), .Bytes(DataBytes)) u_data (
    .clk_i,
    .raddr_i(data_raddr_i[$clog2(DataBytes)-1:0]),
    .rdata_o(data),
    .we_i   (data_we_i),
    .waddr_i(data_waddr_i[$clog2(DataBytes)-1:0]),
    .wmask_i(Banks'(data_wmask_i)),
    .wdata_i((8*Banks)'(data_wdata_i))
  );
  assign data_row_o  = data[8*Rows-1:0];
  assign data_col_o  = data[8*Cols-1:0];
  assign data_lane_o = data[8*Lanes-1:0];

  capsacc_window #(.Banks(Banks), .Bytes(VotesBytes)) u_votes (
    .clk_i,
    .raddr_i(votes_raddr_i[$clog2(VotesBytes)-1:0]),
    .rdata_o(votes),
    .we_i   (votes_we_i),
    .waddr_i(votes_waddr_i[$clog2(VotesBytes)-1:0]),
    .wmask_i(Banks'(votes_wmask_i)),
    .wdata_i((8*Banks)'(votes_wdata_i))
  );
  assign votes_row_o = votes[8*Rows-1:0];
  assign votes_col_o = votes[8*Cols-1:0];

  capsacc_window #(.Banks(CBanks), .Bytes(LogitsBytes)) u_logits (
    .clk_i,
    .raddr_i(logits_raddr_i[$clog2(LogitsBytes)-1:0]),
    .rdata_o(logits),
    .we_i   (logits_we_i),
    .waddr_i(logits_waddr_i[$clog2(LogitsBytes)-1:0]),
    .wmask_i(CBanks'(logits_wmask_i)),
    .wdata_i((8*CBanks)'(logits_wdata_i))
  );
  assign logits_o = logits[8*Cols-1:0];

  capsacc_window #(.Banks(RBanks), .Bytes(CouplingBytes)) u_coupling (
    .clk_i,
    .raddr_i(coupling_raddr_i[$clog2(CouplingBytes)-1:0]),
    .rdata_o(coupling),
    .we_i   (coupling_we_i),
    .waddr_i(coupling_waddr_i[$clog2(CouplingBytes)-1:0]),
    .wmask_i(RBanks'(1)),
    .wdata_i((8*RBanks)'(coupling_wdata_i))
  );
  assign coupling_o = coupling[8*Rows-1:0];

  localparam int unsigned VBankBytes = VBytes / Lanes;
  logic [8*CBanks*Lanes-1:0] v;
  logic [$clog2(Lanes)-1:0]  v_rlane_q;
  logic [8*CBanks-1:0]       v_window;

  for (genvar l = 0; l < Lanes; l++) begin : gen_v
    capsacc_window #(.Banks(CBanks), .Bytes(VBankBytes)) u_v (
      .clk_i,
      .raddr_i(v_raddr_i[$clog2(VBankBytes)-1:0]),
      .rdata_o(v[8*CBanks*l+:8*CBanks]),
      .we_i   (v_we_i[l]),
      .waddr_i(v_waddr_i[$clog2(VBankBytes)-1:0]),
      .wmask_i(CBanks'(1)),
      .wdata_i((8*CBanks)'(v_wdata_i[8*l+:8]))
    );
  end
  always_ff @(posedge clk_i) v_rlane_q <= v_rlane_i;

  always_comb begin
    v_window = '0;
    for (int unsigned l = 0; l < Lanes; l++) begin
      if (32'(v_rlane_q) == l) v_window = v[8*CBanks*l+:8*CBanks];
    end
  end
  assign v_o = v_window[8*Cols-1:0];

  // Windows are wider than what reads them; addresses have room for larger buffers.
  logic unused_rest;
  assign unused_rest = ^{data, votes, logits, coupling, v_window, data_raddr_i, data_waddr_i, votes_raddr_i,
                         votes_waddr_i, logits_raddr_i, logits_waddr_i, coupling_raddr_i,
                         coupling_waddr_i, v_raddr_i, v_waddr_i};

endmodule

// R x C weight-stationary array with skewed edges; docs/timing.md, DESIGN.md A1.
//
// One vector a cycle enters at the left, all rows in the same cycle (the skew is inside); its sums leave at
// the bottom, all columns in the same cycle, R + C - 1 cycles later.  Beside it the next tile's weights load:
// one word (a row of the tile, last row first) a cycle; w_row_en_i says which rows shift with that word:
// row r in load cycles k >= r, for r below the tile's rows.  `swap` comes with the first vector of a tile,
// no earlier than the cycle after its last word.
// Latency: R + C - 1 cycles from vector to sums.  C counterpart: the inner loop (psum) of
// cas_reference_sum (sim/engine/reference.c).

module capsacc_array #(
  parameter MulFile = "mul.hex",  // of the view `rom`; others have no use for it
  parameter int unsigned Rows      = 4,
  parameter int unsigned Cols      = 4,
  parameter int unsigned PsumWidth = 26,  // above the most psum_bits
  localparam int unsigned EventWidth = $clog2(Rows + 1),
  localparam int unsigned ActBits    = capsacc_pkg::ActBits
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic [capsacc_pkg::MulSelWidth-1:0] mul_sel_i,
  input  logic                                mul_signed_i,
  input  logic [PsumWidth-1:0]                psum_high_i,
  input  logic                                saturate_i,

  input  logic [ActBits*Rows-1:0]             a_i,         // capsacc_pkg::act_t by row

  input  logic [Rows-1:0]                     w_row_en_i,
  input  logic [9*Cols-1:0]                   w_i,         // {sign, magnitude} by column

  output logic [PsumWidth*Cols-1:0]           psum_o,
  output logic [EventWidth*Cols-1:0]          events_o     // additions of each sum that did not fit
);

  logic [ActBits*Rows-1:0]    a_skewed;
  logic [9*Cols-1:0]          w_skewed;
  logic [PsumWidth*Cols-1:0]  psum_skewed;
  logic [EventWidth*Cols-1:0] events_skewed;

  capsacc_skew #(.Lanes(Rows), .Width(ActBits), .Reset(1'b1)) u_skew_a (
    .clk_i,
    .rst_ni,
    .d_i(a_i),
    .d_o(a_skewed)
  );
  capsacc_skew #(.Lanes(Cols), .Width(9)) u_skew_w (
    .clk_i,
    .rst_ni,
    .d_i(w_i),
    .d_o(w_skewed)
  );
  capsacc_skew #(.Lanes(Cols), .Width(PsumWidth), .Falling(1'b1)) u_deskew_psum (
    .clk_i,
    .rst_ni,
    .d_i(psum_skewed),
    .d_o(psum_o)
  );
  capsacc_skew #(.Lanes(Cols), .Width(EventWidth), .Falling(1'b1)) u_deskew_events (
    .clk_i,
    .rst_ni,
    .d_i(events_skewed),
    .d_o(events_o)
  );

  for (genvar r = 0; r < Rows; r++) begin : gen_row
    for (genvar c = 0; c < Cols; c++) begin : gen_col
      // What enters from the left and from above.
      logic                        en_in;
      logic [ActBits-1:0]          a_in;
      logic [8:0]                  w_in;
      logic signed [PsumWidth-1:0] psum_in;
      logic [EventWidth-1:0]       events_in;
      // What leaves to the right and below.
      logic                        en;
      logic [ActBits-1:0]          a;
      logic [8:0]                  w;
      logic signed [PsumWidth-1:0] psum;
      logic [EventWidth-1:0]       events;

      if (c == 0) begin : gen_left
        assign a_in  = a_skewed[ActBits*r+:ActBits];
        assign en_in = w_row_en_i[r];
      end else begin : gen_inner
        assign a_in  = gen_row[r].gen_col[c-1].a;
        assign en_in = gen_row[r].gen_col[c-1].en;
      end
      if (r == 0) begin : gen_top
        assign w_in      = w_skewed[9*c+:9];
        assign psum_in   = '0;
        assign events_in = '0;
      end else begin : gen_below
        assign w_in      = gen_row[r-1].gen_col[c].w;
        assign psum_in   = gen_row[r-1].gen_col[c].psum;
        assign events_in = gen_row[r-1].gen_col[c].events;
      end

      capsacc_pe #(.MulFile(MulFile), .PsumWidth(PsumWidth), .EventWidth(EventWidth)) u_pe (
        .clk_i,
        .rst_ni,
        .mul_sel_i,
        .mul_signed_i,
        .psum_high_i,
        .saturate_i,
        .a_i     (a_in),
        .a_o     (a),
        .w_en_i  (en_in),
        .w_en_o  (en),
        .w_i     (w_in),
        .w_o     (w),
        .psum_i  (psum_in),
        .psum_o  (psum),
        .events_i(events_in),
        .events_o(events)
      );

      // The right and the lower edge have no neighbour.
      if (c == Cols - 1) begin : gen_right_edge
        logic unused_right;
        assign unused_right = ^{en, a};
      end
      if (r == Rows - 1) begin : gen_lower_edge
        logic unused_lower;
        assign unused_lower                             = ^w;
        assign psum_skewed[PsumWidth*c+:PsumWidth]      = psum;
        assign events_skewed[EventWidth*c+:EventWidth] = events;
      end
    end
  end

endmodule

// R x C weight-stationary array with skewed edges; docs/timing.md, DESIGN.md A1.
//
// One vector a cycle enters at the left, all rows in the same cycle (the skew is inside); its sums leave at
// the bottom, all columns in the same cycle, R + C - 1 cycles later.  Beside it the next tile's weights load:
// one word (a row of the tile, last row first) a cycle; w_row_en_i says which rows shift with that word:
// row r in load cycles k >= r, for r below the tile's rows.  a_swap_i comes with the first vector of a tile,
// no earlier than the cycle after its last word.
// Latency: R + C - 1 cycles from vector to sums.  C counterpart: the inner loop (psum) of
// cas_reference_sum (sim/engine/reference.c).

module capsacc_array #(
  parameter int unsigned Rows      = 4,
  parameter int unsigned Cols      = 4,
  parameter int unsigned PsumWidth = 25,
  parameter bit          Saturate  = 1'b0
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic [capsacc_pkg::MulSelWidth-1:0] mul_sel_i,

  input  logic                                a_swap_i,
  input  logic [Rows-1:0]                     a_valid_i,
  input  logic [9*Rows-1:0]                   a_i,         // {sign, magnitude} by row

  input  logic [Rows-1:0]                     w_row_en_i,
  input  logic [9*Cols-1:0]                   w_i,         // {sign, magnitude} by column

  output logic [PsumWidth*Cols-1:0]           psum_o
);

  logic [9*Rows-1:0]         a_skewed;
  logic [Rows-1:0]           valid_skewed, swap_skewed;
  logic [9*Cols-1:0]         w_skewed;
  logic [PsumWidth*Cols-1:0] psum_skewed;

  capsacc_skew #(.Lanes(Rows), .Width(9)) u_skew_a (
    .clk_i,
    .rst_ni,
    .d_i(a_i),
    .d_o(a_skewed)
  );
  capsacc_skew #(.Lanes(Rows), .Width(1), .Reset(1'b1)) u_skew_valid (
    .clk_i,
    .rst_ni,
    .d_i(a_valid_i),
    .d_o(valid_skewed)
  );
  capsacc_skew #(.Lanes(Rows), .Width(1), .Reset(1'b1)) u_skew_swap (
    .clk_i,
    .rst_ni,
    .d_i({Rows{a_swap_i}}),
    .d_o(swap_skewed)
  );
  capsacc_skew #(.Lanes(Cols), .Width(9)) u_skew_w (
    .clk_i,
    .rst_ni,
    .d_i(w_i),
    .d_o(w_skewed)
  );
  capsacc_skew #(.Lanes(Cols), .Width(PsumWidth), .Falling(1'b1)) u_deskew (
    .clk_i,
    .rst_ni,
    .d_i(psum_skewed),
    .d_o(psum_o)
  );

  for (genvar r = 0; r < Rows; r++) begin : gen_row
    for (genvar c = 0; c < Cols; c++) begin : gen_col
      // What enters from the left and from above.
      logic                        valid_in, swap_in, sign_in, en_in;
      logic [7:0]                  mag_in;
      logic [8:0]                  w_in;
      logic signed [PsumWidth-1:0] psum_in;
      // What leaves to the right and below.
      logic                        valid, swap, sign, en;
      logic [7:0]                  mag;
      logic [8:0]                  w;
      logic signed [PsumWidth-1:0] psum;

      if (c == 0) begin : gen_left
        assign valid_in = valid_skewed[r];
        assign swap_in  = swap_skewed[r];
        assign sign_in  = a_skewed[9*r+8];
        assign mag_in   = a_skewed[9*r+:8];
        assign en_in    = w_row_en_i[r];
      end else begin : gen_inner
        assign valid_in = gen_row[r].gen_col[c-1].valid;
        assign swap_in  = gen_row[r].gen_col[c-1].swap;
        assign sign_in  = gen_row[r].gen_col[c-1].sign;
        assign mag_in   = gen_row[r].gen_col[c-1].mag;
        assign en_in    = gen_row[r].gen_col[c-1].en;
      end
      if (r == 0) begin : gen_top
        assign w_in    = w_skewed[9*c+:9];
        assign psum_in = '0;
      end else begin : gen_below
        assign w_in    = gen_row[r-1].gen_col[c].w;
        assign psum_in = gen_row[r-1].gen_col[c].psum;
      end

      capsacc_pe #(.PsumWidth(PsumWidth), .Saturate(Saturate)) u_pe (
        .clk_i,
        .rst_ni,
        .mul_sel_i,
        .a_valid_i(valid_in),
        .a_swap_i (swap_in),
        .a_sign_i (sign_in),
        .a_mag_i  (mag_in),
        .a_valid_o(valid),
        .a_swap_o (swap),
        .a_sign_o (sign),
        .a_mag_o  (mag),
        .w_en_i   (en_in),
        .w_en_o   (en),
        .w_i      (w_in),
        .w_o      (w),
        .psum_i   (psum_in),
        .psum_o   (psum)
      );

      // The right and the lower edge have no neighbour.
      if (c == Cols - 1) begin : gen_right_edge
        logic unused_right;
        assign unused_right = ^{valid, swap, sign, en, mag};
      end
      if (r == Rows - 1) begin : gen_lower_edge
        logic unused_lower;
        assign unused_lower                              = ^w;
        assign psum_skewed[PsumWidth*c+:PsumWidth] = psum;
      end
    end
  end

endmodule

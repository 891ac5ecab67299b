// Processing element: activations move right, partial sums and weights move down; two weights, so that the
// next tile loads while the current one is in use.
//
// In the cycle in which `swap` comes with a tile's first activation the PE multiplies by its shadow
// weight, which becomes the active one.  An activation without valid adds nothing (some tables have
// T[0][w] != 0).
// Partial sums have psum_bits, a setting: psum_high_i has ones from bit psum_bits - 1 up.  With each goes the
// number of its additions that did not fit.
// Latency: 1 cycle on every path.  C counterpart: one addition of cas_reference_sum
// (sim/engine/reference.c): psum = N(psum + p, psum_bits).

module capsacc_pe #(
  parameter MulFile = "mul.hex",  // of the view `rom`; others have no use for it
  parameter int unsigned PsumWidth  = 26,  // above the most psum_bits, so that no addition overflows it; at least 18
  parameter int unsigned EventWidth = 3,   // of the events of one sum
  localparam int unsigned ActBits   = capsacc_pkg::ActBits
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic [capsacc_pkg::MulSelWidth-1:0] mul_sel_i,
  input  logic                                mul_signed_i,  // products are int16
  input  logic [PsumWidth-1:0]                psum_high_i,
  input  logic                                saturate_i,    // else sums wrap

  input  logic [ActBits-1:0]                  a_i,           // capsacc_pkg::act_t
  output logic [ActBits-1:0]                  a_o,

  input  logic                                w_en_i,        // shift the shadow weight
  output logic                                w_en_o,        // to the next column, a cycle later
  input  logic [8:0]                          w_i,           // {sign, magnitude}
  output logic [8:0]                          w_o,           // shadow weight, to the row below

  input  logic signed [PsumWidth-1:0]         psum_i,
  output logic signed [PsumWidth-1:0]         psum_o,
  input  logic [EventWidth-1:0]               events_i,
  output logic [EventWidth-1:0]               events_o
);

  capsacc_pkg::act_t           a;
  logic [ActBits-1:0]          a_q;
  logic [8:0]                  shadow_q, active_q;
  logic [15:0]                 product;
  logic signed [PsumWidth-1:0] term, psum_d, psum_q;
  logic [PsumWidth-1:0]        sign;
  logic [EventWidth-1:0]       events_d, events_q;
  logic                        over, fill, w_en_q;

  assign a = a_i;

  capsacc_mul #(.MulFile(MulFile)) u_mul (
    .sel_i(mul_sel_i),
    .a_i  (a.mag),
    .w_i  (a.swap ? shadow_q[7:0] : active_q[7:0]),
    .p_o  (product)
  );

  // One block, because a simulation of 256 of them takes most of its time here.
  always_comb begin
    term = '0;
    if (a.valid) begin
      term = PsumWidth'(product);
      if (mul_signed_i) term = PsumWidth'($signed(term[15:0]));
      if (a.sign ^ (a.swap ? shadow_q[8] : active_q[8])) term = -term;
    end
    psum_d = psum_i + term;
    // In range: all bits from psum_bits - 1 up are the sign.
    sign = {PsumWidth{psum_d[PsumWidth-1]}};
    over = |((psum_d ^ sign) & psum_high_i);
    fill = 1'b0;
    if (over) begin
      fill   = saturate_i ? sign[0] : |(psum_d & psum_high_i & ~(psum_high_i << 1));
      psum_d = ({PsumWidth{fill}} & psum_high_i) | ((saturate_i ? ~sign : psum_d) & ~psum_high_i);
    end
    events_d = events_i + EventWidth'(over);
  end

  always_ff @(posedge clk_i) begin
    psum_q   <= psum_d;
    events_q <= events_d;
    if (a.swap) active_q <= shadow_q;
    if (w_en_i) shadow_q <= w_i;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      a_q    <= '0;
      w_en_q <= 1'b0;
    end else begin
      a_q    <= a_i;
      w_en_q <= w_en_i;
    end
  end

  assign a_o      = a_q;
  assign w_en_o   = w_en_q;
  assign w_o      = shadow_q;
  assign psum_o   = psum_q;
  assign events_o = events_q;

endmodule

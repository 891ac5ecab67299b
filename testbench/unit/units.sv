// All arithmetic units side by side, for testbench/unit/units.cpp.

module units (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic [1:0]  map_mapping_i,
  input  logic        map_signed_i,
  input  logic [7:0]  map_code_i,
  output logic        map_sign_o,
  output logic [7:0]  map_mag_o,

  input  logic [39:0] rq_acc_i,
  input  logic [15:0] rq_mult_i,
  input  logic [6:0]  rq_shift_i,
  input  logic [8:0]  rq_lo_i,
  input  logic [8:0]  rq_hi_i,
  output logic [7:0]  rq_code_o,

  input  logic        sqrt_valid_i,
  input  logic [25:0] sqrt_x_i,
  output logic        sqrt_valid_o,
  output logic [12:0] sqrt_root_o,

  input  logic        div_valid_i,
  input  logic [16:0] div_num_i,
  input  logic [15:0] div_den_i,
  output logic        div_valid_o,
  output logic [8:0]  div_quot_o,

  input  logic [2:0]  sq_sel_i,
  input  logic        sq_aligned_i,
  input  logic        sq_signed_i,
  input  logic [7:0]  sq_beats_i,
  input  logic        sq_table_i,
  input  logic [4:0]  sq_shift_i,
  input  logic [3:0]  sq_index_shift_i,
  input  logic        sq_coef_we_i,
  input  logic [10:0] sq_coef_addr_i,
  input  logic [15:0] sq_coef_data_i,
  input  logic        sq_valid_i,
  input  logic [3:0]  sq_lane_i,
  input  logic [31:0] sq_s_i,
  output logic        sq_valid_o,
  output logic [31:0] sq_v_o,

  input  logic [8:0]  sm_classes_i,
  input  logic        sm_table_i,
  input  logic        sm_exp_we_i,
  input  logic [8:0]  sm_exp_addr_i,
  input  logic [7:0]  sm_exp_data_i,
  input  logic        sm_valid_i,
  input  logic [7:0]  sm_logit_i,
  output logic        sm_valid_o,
  output logic        sm_last_o,
  output logic [7:0]  sm_coupling_o
);

  capsacc_map u_map (
    .mapping_i(map_mapping_i),
    .signed_i (map_signed_i),
    .code_i   (map_code_i),
    .sign_o   (map_sign_o),
    .mag_o    (map_mag_o)
  );

  capsacc_requant u_requant (
    .clk_i,
    .acc_i  (rq_acc_i),
    .mult_i (rq_mult_i),
    .shift_i(rq_shift_i),
    .lo_i   (rq_lo_i),
    .hi_i   (rq_hi_i),
    .code_o (rq_code_o)
  );

  capsacc_isqrt u_isqrt (
    .clk_i,
    .rst_ni,
    .valid_i(sqrt_valid_i),
    .x_i    (sqrt_x_i),
    .valid_o(sqrt_valid_o),
    .root_o (sqrt_root_o)
  );

  capsacc_div u_div (
    .clk_i,
    .rst_ni,
    .valid_i(div_valid_i),
    .num_i  (div_num_i),
    .den_i  (div_den_i),
    .valid_o(div_valid_o),
    .quot_o (div_quot_o)
  );

  capsacc_squash u_squash (
    .clk_i,
    .rst_ni,
    .mul_sel_i    (sq_sel_i),
    .aligned_i    (sq_aligned_i),
    .signed_i     (sq_signed_i),
    .beats_i      (sq_beats_i),
    .table_i      (sq_table_i),
    .shift_i      (sq_shift_i),
    .index_shift_i(sq_index_shift_i),
    .coef_we_i    (sq_coef_we_i),
    .coef_addr_i  (sq_coef_addr_i),
    .coef_data_i  (sq_coef_data_i),
    .valid_i      (sq_valid_i),
    .lane_i       (sq_lane_i),
    .s_i          (sq_s_i),
    .valid_o      (sq_valid_o),
    .v_o          (sq_v_o)
  );

  capsacc_softmax u_softmax (
    .clk_i,
    .rst_ni,
    .classes_i (sm_classes_i),
    .table_i   (sm_table_i),
    .exp_we_i  (sm_exp_we_i),
    .exp_addr_i(sm_exp_addr_i),
    .exp_data_i(sm_exp_data_i),
    .valid_i   (sm_valid_i),
    .logit_i   (sm_logit_i),
    .valid_o   (sm_valid_o),
    .last_o    (sm_last_o),
    .coupling_o(sm_coupling_o)
  );

endmodule

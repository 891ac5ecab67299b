// The modules in dependency levels; each level uses those above it.  A file list of a multiplier view
// (rtl/mul_exact.f, mul_signed.f, mul_rom.f, mul_shared.f) goes with it.
rtl/capsacc_pkg.sv
// level 1: units without parts
rtl/capsacc_clamp.sv
rtl/capsacc_delay.sv
rtl/capsacc_delay_valid.sv
rtl/capsacc_skew.sv
rtl/capsacc_map.sv
rtl/capsacc_isqrt.sv
rtl/capsacc_div.sv
rtl/capsacc_accumulator.sv
rtl/capsacc_window.sv
rtl/capsacc_weights.sv
rtl/capsacc_prefetch.sv
rtl/capsacc_load_walk.sv
rtl/capsacc_issue_walk.sv
rtl/capsacc_stream.sv
rtl/capsacc_unit_write.sv
rtl/capsacc_move.sv
rtl/capsacc_settings.sv
rtl/capsacc_weight_sums.sv
rtl/capsacc_control.sv
// level 2
rtl/capsacc_weight_path.sv
rtl/capsacc_add.sv
rtl/capsacc_logits.sv
rtl/capsacc_pe.sv
rtl/capsacc_requant.sv
rtl/capsacc_softmax.sv
rtl/capsacc_buffers.sv
// level 3
rtl/capsacc_pool.sv
rtl/capsacc_array.sv
rtl/capsacc_squash.sv
// level 4
rtl/capsacc_maps.sv
rtl/capsacc_units.sv
rtl/capsacc_compute.sv
// level 5
rtl/capsacc_top.sv

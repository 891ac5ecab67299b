rtl/mul/rom/capsacc_mul.sv

rtl/mul/exact/capsacc_mul.sv

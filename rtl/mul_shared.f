rtl/mul/shared/capsacc_mul_pkg.sv
rtl/mul/shared/capsacc_mul.sv

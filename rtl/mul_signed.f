rtl/mul/signed/capsacc_mul.sv

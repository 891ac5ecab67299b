# RTL: benches, lint, synthesis.  Included by the Makefile, whose BUILD, LIB and LDLIBS it uses.
RTL_BUILD := $(BUILD)/rtl
VERILATOR_ROOT ?= $(shell verilator -getenv VERILATOR_ROOT 2>/dev/null)
RTL_INC := -I$(VERILATOR_ROOT)/include -I$(VERILATOR_ROOT)/include/vltstd
RTL_CXX := g++ -std=c++17 -O2 -Wall -Wextra -Itestbench -Isim
# Generated C++ is compiled without warnings of ours; -O1 compiles twice as fast as -O3 and is fast
# enough for the unit benches.
RTL_GEN := g++ -std=c++17 -O1 $(RTL_INC) -DVM_COVERAGE=0 -DVM_SC=0 -DVM_TRACE=0 -DVM_TRACE_FST=0 -DVM_TRACE_VCD=0
# `make RTL_BUILD=build/rtl/unique VERILATE_X="--x-assign unique --x-initial unique" ...` is how the tests look
# for registers that are used before they are set.
VERILATE_X ?= --x-assign fast --x-initial fast
VERILATE := verilator -Wall $(VERILATE_X) --assert -y rtl rtl/lint.vlt rtl/capsacc_pkg.sv

.PHONY: rtl-tests synth
rtl-tests: $(RTL_BUILD)/mul $(RTL_BUILD)/units ## build the benches of the RTL

RTL_RUNTIME := $(RTL_BUILD)/verilated.o $(RTL_BUILD)/verilated_threads.o
$(RTL_RUNTIME): $(RTL_BUILD)/%.o: $(VERILATOR_ROOT)/include/%.cpp
	@echo "  compile $(<F)"
	@mkdir -p $(@D)
	$(Q)$(RTL_GEN) -c -o $@ $<

# $(call verilate,NAME,PREFIX,TOP,SOURCES,FLAGS): a model as $(RTL_BUILD)/NAME.a
define verilate
$(RTL_BUILD)/$(1).a: $(4) $(wildcard rtl/*.sv) rtl/lint.vlt
	@echo "  verilate $(1)"
	@rm -rf $(RTL_BUILD)/$(1).v && mkdir -p $(RTL_BUILD)
	$$(Q)$$(VERILATE) --cc --prefix $(2) --top-module $(3) -Mdir $(RTL_BUILD)/$(1).v $(5) $(4)
	$$(Q)cat $(RTL_BUILD)/$(1).v/*.cpp > $(RTL_BUILD)/$(1).v/all.cc
	$$(Q)$$(RTL_GEN) -I$(RTL_BUILD)/$(1).v -c -o $(RTL_BUILD)/$(1).v/all.o $(RTL_BUILD)/$(1).v/all.cc
	$$(Q)rm -f $$@ && ar rcs $$@ $(RTL_BUILD)/$(1).v/all.o
endef
RTL_SHARED := rtl/mul/shared/capsacc_mul_pkg.sv rtl/mul/shared/capsacc_mul.sv
$(eval $(call verilate,mul_exact,Vmul_exact,capsacc_mul,rtl/mul/exact/capsacc_mul.sv,))
$(eval $(call verilate,mul_signed,Vmul_signed,capsacc_mul,rtl/mul/signed/capsacc_mul.sv,))
$(eval $(call verilate,mul_rom,Vmul_rom,capsacc_mul,rtl/mul/rom/capsacc_mul.sv,))
$(eval $(call verilate,mul_shared,Vmul_shared,capsacc_mul,$(RTL_SHARED),))
$(eval $(call verilate,units,Vunits,units,$(RTL_SHARED) testbench/unit/units.sv,))

$(RTL_BUILD)/mul: testbench/unit/mul.cpp testbench/tap.h $(addprefix $(RTL_BUILD)/mul_,exact.a signed.a rom.a shared.a) \
		$(RTL_RUNTIME) $(LIB)
	@echo "  compile $<"
	$(Q)$(RTL_CXX) $(addprefix -I$(RTL_BUILD)/mul_,exact.v signed.v rom.v shared.v) -isystem $(VERILATOR_ROOT)/include \
		-o $@ $< $(filter %.a %.o,$^) -lm -lpthread
$(RTL_BUILD)/units: testbench/unit/units.cpp testbench/tap.h $(RTL_BUILD)/units.a $(RTL_RUNTIME) $(LIB)
	@echo "  compile $<"
	$(Q)$(RTL_CXX) -I$(RTL_BUILD)/units.v -isystem $(VERILATOR_ROOT)/include \
		-o $@ $< $(filter %.a %.o,$^) -lm -lpthread

# The array with its edges, one bench a size.
ARRAYS := 4x4 5x7 8x8 16x8 16x16
define compute_bench
$(eval R_ := $(firstword $(subst x, ,$(1))))
$(eval C_ := $(lastword $(subst x, ,$(1))))
$(call verilate,compute_$(1),Vcompute_$(1),capsacc_compute,$(RTL_SHARED) rtl/capsacc_compute.sv,-GRows=$(R_) -GCols=$(C_) -GDepth=32 -GBiasRows=8)
$(RTL_BUILD)/compute_$(1): testbench/unit/compute.cpp testbench/tap.h testbench/bits.h $(RTL_BUILD)/compute_$(1).a \
		$(RTL_RUNTIME) $(LIB)
	@echo "  compile compute.cpp $(1)"
	$$(Q)$$(RTL_CXX) -I$(RTL_BUILD)/compute_$(1).v -isystem $$(VERILATOR_ROOT)/include -DMODEL=Vcompute_$(1) \
		-DROWS=$(R_) -DCOLS=$(C_) -DHEADER='"Vcompute_$(1).h"' -o $$@ $$< $$(filter %.a %.o,$$^) -lm -lpthread
endef
$(foreach a,$(ARRAYS),$(eval $(call compute_bench,$(a))))
rtl-tests: $(addprefix $(RTL_BUILD)/compute_,$(ARRAYS))

# The whole accelerator in SystemC, one bench a size.  Slow parts at -O3: these benches run for long.  Partial
# sums in whole 32-bit words simulate faster than in 26 bits; their widths are settings below either.
COSIM_C := descriptor encode encode_step check check_regions session session_random
COSIM_OBJ := $(COSIM_C:%=$(RTL_BUILD)/testbench/%.o)
$(RTL_BUILD)/testbench/%.o: testbench/%.c $(BUILD)/flags
	@echo "  compile $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -Itestbench -c -o $@ $<
# The checker is plain C: its test needs no simulator.
CHECK_TEST := $(BUILD)/tests/cosim/test_check
$(CHECK_TEST): tests/cosim/test_check.c $(COSIM_OBJ) $(LIB) $(BUILD)/flags
	@echo "  compile $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -Itestbench -Itests $(ALL_LDFLAGS) -o $@ $< $(COSIM_OBJ) $(LIB) -lcmocka $(LDLIBS)
# Waveforms slow the bench down, so benches that write them are built beside the others, a folder for each format:
# `make RTL_BUILD=build/rtl/vcd RTL_TRACE=vcd build/rtl/vcd/cosim_4x4` is what `capsacc-sim cosim --trace` calls.
RTL_TRACE ?=
COSIM_FLAGS := $(if $(RTL_TRACE),$(if $(filter fst,$(RTL_TRACE)),--trace-fst,--trace))
RTL_TRACE_DEFINES := -DVM_TRACE=$(if $(RTL_TRACE),1,0) -DVM_TRACE_FST=$(if $(filter fst,$(RTL_TRACE)),1,0) \
	-DVM_TRACE_VCD=$(if $(filter vcd,$(RTL_TRACE)),1,0)
RTL_FAST := g++ -std=c++17 -O3 $(RTL_INC) -DVM_COVERAGE=0 -DVM_SC=1 $(RTL_TRACE_DEFINES) -DSC_DISABLE_API_VERSION_CHECK
RTL_SC_RUNTIME := $(patsubst %,$(RTL_BUILD)/sc_%.o,verilated verilated_threads $(RTL_TRACE:%=verilated_%_c))
$(RTL_SC_RUNTIME): $(RTL_BUILD)/sc_%.o: $(VERILATOR_ROOT)/include/%.cpp
	@echo "  compile $(<F) for SystemC"
	@mkdir -p $(@D)
	$(Q)$(RTL_FAST) -c -o $@ $<

define cosim_bench
$(eval R_ := $(firstword $(subst x, ,$(1))))
$(eval C_ := $(lastword $(subst x, ,$(1))))
$(RTL_BUILD)/top_$(1).a: $(RTL_SHARED) $(wildcard rtl/*.sv) rtl/lint.vlt
	@echo "  verilate capsacc_top $(1)"
	@rm -rf $(RTL_BUILD)/top_$(1).v && mkdir -p $(RTL_BUILD)
	$$(Q)$$(VERILATE) $(COSIM_FLAGS) -O3 --sc --prefix Vtop_$(1) --top-module capsacc_top -GRows=$(R_) -GCols=$(C_) -GPsumWidth=32 \
		-Mdir $(RTL_BUILD)/top_$(1).v $(RTL_SHARED) rtl/capsacc_top.sv
	$$(Q)cat $(RTL_BUILD)/top_$(1).v/*.cpp > $(RTL_BUILD)/top_$(1).v/all.cc
	$$(Q)$$(RTL_FAST) -I$(RTL_BUILD)/top_$(1).v -c -o $(RTL_BUILD)/top_$(1).v/all.o $(RTL_BUILD)/top_$(1).v/all.cc
	$$(Q)rm -f $$@ && ar rcs $$@ $(RTL_BUILD)/top_$(1).v/all.o
$(RTL_BUILD)/cosim_$(1): testbench/cosim.cpp testbench/cosim_print.cpp testbench/bench.cpp testbench/cosim_print.h testbench/bench.h testbench/trace.h testbench/dram.h \
		testbench/tap.h testbench/session.h testbench/check.h testbench/encode.h $(RTL_BUILD)/top_$(1).a $(COSIM_OBJ) $(RTL_SC_RUNTIME) $(LIB)
	@echo "  compile cosim $(1)"
	$$(Q)$$(RTL_CXX) -I$(RTL_BUILD)/top_$(1).v -isystem $$(VERILATOR_ROOT)/include -DMODEL=Vtop_$(1) -DROWS=$(R_) -DCOLS=$(C_) \
		$(RTL_TRACE_DEFINES) -DHEADER='"Vtop_$(1).h"' -o $$@ $$(filter %.cpp,$$^) $(COSIM_OBJ) $(RTL_BUILD)/top_$(1).a \
		$(RTL_SC_RUNTIME) $(LIB) -lsystemc $$(ALL_LDFLAGS) $$(LDLIBS)
endef
# One row.
COSIM_EDGES := 1x4
$(foreach a,$(sort $(ARRAYS) $(COSIM_EDGES)),$(eval $(call cosim_bench,$(a))))

.PHONY: cosim
cosim: ## the RTL against the C model on five array sizes: random layers and whole inferences
	@tests/deps.sh build test rtl
	+@$(SUBMAKE) $(BUILD)/capsacc-sim $(addprefix $(RTL_BUILD)/cosim_,$(ARRAYS) $(COSIM_EDGES))
	@COSIM_EDGES="$(COSIM_EDGES)" COSIM_SIZES="$(ARRAYS)" COSIM_UNIQUE=1 tests/run.sh $(BUILD) cosim

synth: ## cells of each module of the RTL, by Yosys: build/rtl/synth.csv
	@tests/deps.sh rtl
	@testbench/synth.sh $(RTL_BUILD)

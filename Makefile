# capsacc-sim: `make run` and `make test` do everything on a fresh Debian 12; `make help` lists the rest.
ifeq ($(origin CC),default)
CC := gcc
endif
# These count on make's command line only: others export such names for purposes of their own.
$(foreach name,V Q CONFIG ARGS ONLY UPDATE,$(if $(filter environment,$(origin $(name))),$(eval undefine $(name))))
V ?= release
comma := ,
BUILD := build$(if $(filter-out release,$(V)),/$(V))
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wvla -Werror
SANITIZE := -fsanitize=address$(comma)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT_release := -O2
OPT_san := -O1 -g $(SANITIZE)
OPT_fuzz := -O1 -g -fsanitize=fuzzer-no-link $(SANITIZE)
OPT := $(or $(OPT_$(V)),$(error V=$(V): use release or san))
# -ffp-contract=off: no machine may fuse a multiply and an add that another one does not.
# CFLAGS and LDFLAGS are the user's own, after these.
ALL_CFLAGS := $(strip -std=c17 $(WARN) $(OPT) -ffp-contract=off -D_POSIX_C_SOURCE=200809L -Isim -MMD -MP $(CFLAGS))
ALL_LDFLAGS := $(filter -fsanitize=address%,$(OPT)) $(LDFLAGS)
LDLIBS := -lyaml -lcjson -lz -lmd -lopenblas -lm -lpthread
PREFIX ?= /usr/local
# The program looks for its files in the folders above itself, so they are kept together.
HOME_DIR := $(DESTDIR)$(PREFIX)/lib/capsacc-sim
CONFIG ?= configs/run/digits.yaml
FUZZ_SECONDS ?= 10
Q ?= @# `make Q=` shows the commands

LIB_SRC := $(filter-out sim/cli/%,$(wildcard sim/*/*.c))
CLI_SRC := $(wildcard sim/cli/*.c)
TEST_SRC := $(wildcard tests/*/test_*.c)
BENCH_SRC := $(filter-out tests/bench/guard.c,$(wildcard tests/bench/*.c))
FUZZ_SRC := $(wildcard tests/fuzz/*.c)
obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(TEST_SRC))
LIB := $(BUILD)/libcapsacc.a

# Sources named for an instruction set get its flags; elsewhere they compile to nothing, and the
# program asks the processor before it calls them.
ifeq ($(shell uname -m),x86_64)
simd = $(if $(filter %_avx2.c,$(1)),-mavx2) \
	$(if $(filter %_avx512.c,$(1)),-mavx512f -mavx512bw -mavx512vl -mavx512vbmi -mavx512vnni)
endif

# The engines are loops over arrays: worth the compiler's vectoriser.
hot = $(if $(filter sim/engine/%,$(1)),$(if $(filter release,$(V)),-O3))

# `make bench` compares with oneDNN where Debian's libdnnl-dev is installed.
ifneq ($(wildcard /usr/include/oneapi/dnnl/dnnl.h),)
$(BUILD)/obj/tests/bench/native.o: ALL_CFLAGS += -DBENCH_DNNL
$(BUILD)/bench: LDLIBS += -ldnnl -lgomp
endif

# Writes the files that the reader of SVHN is tested with.
extra = $(if $(filter tests/unit/test_svhn.c,$(1)),-lmatio)

# As many jobs as there are processors, unless make was told a number.
SUBMAKE = $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

.DEFAULT_GOAL := all
.PRECIOUS: $(BUILD)/fuzz_%
.PHONY: all tests run test lint bench bench-guard check-aarch64 fuzz fuzz-all format install clean help deps FORCE

all: $(BUILD)/capsacc-sim ## build build/capsacc-sim

run: ## install what is missing, build, run CONFIG=configs/run/digits.yaml (ARGS="..." are passed on)
	@tests/deps.sh build
	+@$(SUBMAKE) all
	$(BUILD)/capsacc-sim run $(CONFIG) $(ARGS)

test: ## install what is missing, build, run all tests (ONLY=unit: one folder; V=san: with sanitizers)
	@tests/deps.sh build test rtl
	+@$(SUBMAKE) all tests
	@tests/run.sh $(BUILD) $(ONLY)

tests: $(TESTS) $(LIB) $(BUILD)/make_digits $(BUILD)/bench $(BUILD)/guard ## build the test programs

lint: all ## check the shape of the sources: includes, banned calls, globals, lengths
	@tests/run.sh $(BUILD) lint

bench: ## measure speed (three minutes; the first time it also builds the RTL), write build/bench.json
	@tests/deps.sh build
	@tests/deps.sh bench || echo "make: the limit, oneDNN's convolution, will not be measured"
	+@$(SUBMAKE) all build/bench
	@build/bench
bench-guard: ## count the instructions of fixed work, compare with tests/bench/guard-baseline.txt (UPDATE=1: rewrite it)
	@tests/deps.sh build guard
	+@$(SUBMAKE) build/guard
	@CC="$(CC)" tests/bench/guard.sh $(UPDATE)
check-aarch64: ## compile sim/ for aarch64 with clang; nothing is linked or run
	@tests/deps.sh build aarch64
	@tests/aarch64.sh

fuzz: ## feed the readers malformed input, FUZZ_SECONDS=10 each (clang's libFuzzer)
	@tests/deps.sh build fuzz
	+@$(SUBMAKE) V=fuzz CC=clang fuzz-all
fuzz-all: $(or $(patsubst tests/fuzz/%.c,fuzz-%,$(FUZZ_SRC)),no-fuzz)
no-%:
	@echo "make: there is no tests/$*/*.c in this tree" >&2; exit 2
fuzz-%: $(BUILD)/fuzz_%
	@mkdir -p $(BUILD)/corpus/$*
	$< -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(BUILD)/ -print_final_stats=0 -verbosity=0 \
		$(BUILD)/corpus/$* $(wildcard tests/fuzz/$*)

format: ## format the C sources with clang-format
	clang-format -i $(wildcard sim/*/*.[ch] tests/*/*.[ch])

install: all ## install the program with its models, tables and configurations under PREFIX=/usr/local
	install -Dm755 $(BUILD)/capsacc-sim "$(HOME_DIR)/bin/capsacc-sim"
	find configs models mul8u_lib -type f ! -name '*.py' ! -name '*.pyc' ! -name '*.c' \
		-exec install -Dm644 {} "$(HOME_DIR)/{}" \;
	install -d -m755 "$(DESTDIR)$(PREFIX)/bin"
	ln -sf ../lib/capsacc-sim/bin/capsacc-sim "$(DESTDIR)$(PREFIX)/bin/capsacc-sim"

clean: ## remove everything that was built
	rm -rf build

deps: ## install the Debian packages that building and testing need
	@tests/deps.sh build test

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(filter Makefile %.mk,$(MAKEFILE_LIST))

$(LIB): $(call obj,$(LIB_SRC))
	@echo "  archive $@"
	$(Q)rm -f $@ && ar rcs $@ $^
$(BUILD)/capsacc-sim: $(call obj,$(CLI_SRC)) $(LIB)
	@echo "  link    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/bench: $(call obj,$(BENCH_SRC)) $(LIB)
	@echo "  link    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/guard: $(call obj,tests/bench/guard.c) $(LIB)
	@echo "  link    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/make_digits: $(call obj,models/make_digits.c) $(LIB)
	@echo "  link    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@echo "  compile $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(call hot,$<) $(call simd,$<) $(CFLAGS) -c -o $@ $<
$(BUILD)/tests/%: tests/%.c $(LIB) $(BUILD)/flags
	@echo "  compile $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests $(ALL_LDFLAGS) -o $@ $< $(LIB) -lcmocka $(call extra,$<) $(LDLIBS)
$(BUILD)/fuzz_%: tests/fuzz/%.c $(LIB) $(BUILD)/flags
	@echo "  compile $<"
	$(Q)$(CC) $(ALL_CFLAGS) -Itests -DCAS_LIBFUZZER -fsanitize=fuzzer -o $@ $< $(LIB) $(LDLIBS)

# Changes only when the compiler or its flags do; everything compiled depends on it.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(strip $(CC) $(ALL_CFLAGS) $(LDFLAGS))' | cmp -s - $@ || echo '$(strip $(CC) $(ALL_CFLAGS) $(LDFLAGS))' > $@

include rtl/rtl.mk testbench/tlm/tlm.mk
-include $(shell find $(BUILD)/obj $(BUILD)/tests $(RTL_BUILD)/testbench -name '*.d' 2>/dev/null)

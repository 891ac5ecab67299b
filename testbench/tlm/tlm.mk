# The accelerator as a TLM-2.0 target, its example platform and its test.  Included by the Makefile.
TLM_BUILD := $(BUILD)/tlm
TLM_CXX := g++ -std=c++17 -O2 -Wall -Wextra -Werror -MMD -MP -Itestbench -Itestbench/tlm -Isim -DSC_DISABLE_API_VERSION_CHECK \
	-DSC_INCLUDE_DYNAMIC_PROCESSES $(filter -fsanitize=address%,$(OPT))
.PHONY: tlm
tlm: ## the accelerator as a TLM-2.0 target: build and run the example platform (CONFIG=..., ARGS="...")
	@tests/deps.sh build tlm
	+@$(SUBMAKE) $(TLM_BUILD)/platform
	$(TLM_BUILD)/platform $(CONFIG) $(ARGS)

$(TLM_BUILD)/inference.o: testbench/tlm/inference.c $(BUILD)/flags
	@echo "  compile $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<
$(TLM_BUILD)/%.o: testbench/tlm/%.cpp $(BUILD)/flags
	@echo "  compile $<"
	@mkdir -p $(@D)
	$(Q)$(TLM_CXX) -c -o $@ $<
$(TLM_BUILD)/platform $(TLM_BUILD)/target_test: $(TLM_BUILD)/%: $(TLM_BUILD)/%.o $(TLM_BUILD)/accelerator.o $(TLM_BUILD)/inference.o $(LIB)
	@echo "  link    $@"
	$(Q)g++ $(ALL_LDFLAGS) -o $@ $^ -lsystemc $(LDLIBS)
-include $(wildcard $(TLM_BUILD)/*.d)

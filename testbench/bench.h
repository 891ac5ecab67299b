// The accelerator in SystemC: Verilated top, host, memory; drives one session at a time and pushes what the
// RTL shows into the session's checker.
#ifndef CAPSACC_BENCH_H
#define CAPSACC_BENCH_H

#include <memory>
#include <systemc>
#include <type_traits>

#include HEADER
#include "dram.h"
#include "session.h"
#include "trace.h"

// The C++ type that Verilator gives a port of W bits with --sc.
template <int W> struct Pin {
	using type = typename std::conditional<W == 1, bool, typename std::conditional<W <= 32, uint32_t,
		typename std::conditional<W <= 64, uint64_t, sc_dt::sc_bv<W>>::type>::type>::type;
};

struct RunResult {
	bool finished;
	uint64_t cycles;
	size_t step; // where it was given up
};

class Bench : public sc_core::sc_module {
public:
	Bench(sc_core::sc_module_name name);

	// From the bench's own thread only.
	void reset();
	// Write everything the host writes for a session.
	void configure(const session &s);
	// One inference; stops after `limit` cycles. `random`: back-pressure on the memory port.
	// start_i pulses again in cycle `again`, which must be one of the inference's and change nothing.
	RunResult run(session &s, uint64_t limit, bool random, uint64_t seed, uint64_t again = UINT64_MAX);
	// The same, with waveforms.  False: the file could not be opened, nothing was run.
	bool run_traced(session &s, uint64_t limit, Trace &trace, RunResult &result);
	uint32_t counted_cycles(size_t step);
	// Push what the RTL counted in the last run into the session's checker.
	void count_overflows(session &s);

	uint64_t total_cycles = 0;
	uint64_t refused = 0, withheld = 0; // back-pressure: cycles that a request, a beat had to wait

private:
	void cycle_begin(); // rising edge
	void cycle_end();   // falling edge with the inputs that were set; outputs can be read
	void dump();
	void observe(session &s, Dram &dram, uint64_t cycle, uint64_t &step_begin);
	void observe_writes(session &s, Dram &dram, size_t step);

	Trace *trace_ = nullptr;

	template <int W> using sig = sc_core::sc_signal<typename Pin<W>::type>;

	MODEL top_;
	sig<1> clk_i, rst_ni, host_we_i, start_i, done_o, running_o, step_end_o;
	sig<3> host_sel_i;
	sig<16> host_addr_i, host_count_i, step_o;
	sig<64> host_data_i;
	sig<32> host_count_o;
	sig<1> w_req_valid_o, w_req_ready_i, w_valid_i, w_ready_o;
	sig<32> w_req_addr_o;
	sig<9> w_req_words_o;
	sig<8 * COLS> w_data_i, a_rdata_i, a_wdata_o, ret_data_o;
	sig<1> a_req_valid_o, a_req_ready_i, a_req_write_o, a_rvalid_i, a_rready_o, a_wvalid_o, a_wready_i;
	sig<32> a_req_addr_o, a_req_bytes_o;
	sig<1> ret_valid_o, cpl_valid_o, v_valid_o, pass_valid_o, pass_first_o, pass_last_o;
	sig<3> ret_mem_o;
	sig<24> ret_addr_o, cpl_addr_o, v_addr_o;
	sig<4> v_mask_o;
	sig<32> v_data_o;
	sig<COLS> ret_mask_o;
	sig<8> cpl_data_o;
	sig<9> pass_rows_o;
};

#endif

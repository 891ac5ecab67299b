#include "bench.h"

#include <algorithm>

using sc_core::SC_NS;

template <class T> static void put_bytes(sc_core::sc_signal<T> &signal, const uint8_t *bytes, int count)
{
	T value;

	if constexpr (std::is_integral<T>::value) {
		value = 0;
		for (int i = 0; i < count; i++)
			value |= (T)bytes[i] << 8 * i;
	} else {
		for (int i = 0; i < count; i += 4) {
			sc_dt::sc_digit word = 0;

			for (int k = 0; k < 4 && i + k < count; k++)
				word |= (sc_dt::sc_digit)bytes[i + k] << 8 * k;
			value.set_word(i / 4, word);
		}
	}
	signal.write(value);
}

template <class T> static void get_bytes(const sc_core::sc_signal<T> &signal, uint8_t *bytes, int count)
{
	const T &value = signal.read();

	for (int i = 0; i < count; i++) {
		if constexpr (std::is_integral<T>::value)
			bytes[i] = (uint8_t)(value >> 8 * i);
		else
			bytes[i] = (uint8_t)(value.get_word(i / 4) >> 8 * (i % 4));
	}
}

template <class T> static bool get_bit(const T &value, int index)
{
	if constexpr (std::is_integral<T>::value)
		return value >> index & 1;
	else
		return value.get_word(index / 32) >> index % 32 & 1;
}

Bench::Bench(sc_core::sc_module_name name) : sc_core::sc_module(name), top_("top")
{
#define BIND(port) top_.port(port)
	BIND(clk_i); BIND(rst_ni); BIND(host_we_i); BIND(host_sel_i); BIND(host_addr_i); BIND(host_data_i);
	BIND(host_count_i); BIND(host_count_o); BIND(start_i); BIND(done_o); BIND(running_o); BIND(step_o);
	BIND(step_end_o);
	BIND(w_req_valid_o); BIND(w_req_ready_i); BIND(w_req_addr_o); BIND(w_req_words_o); BIND(w_valid_i);
	BIND(w_ready_o); BIND(w_data_i);
	BIND(a_req_valid_o); BIND(a_req_ready_i); BIND(a_req_write_o); BIND(a_req_addr_o); BIND(a_req_bytes_o);
	BIND(a_rvalid_i); BIND(a_rready_o); BIND(a_rdata_i); BIND(a_wvalid_o); BIND(a_wready_i); BIND(a_wdata_o);
	BIND(ret_valid_o); BIND(ret_mem_o); BIND(ret_addr_o); BIND(ret_mask_o); BIND(ret_data_o);
	BIND(cpl_valid_o); BIND(cpl_addr_o); BIND(cpl_data_o);
	BIND(v_valid_o); BIND(v_addr_o); BIND(v_mask_o); BIND(v_data_o);
	BIND(pass_valid_o); BIND(pass_first_o); BIND(pass_last_o); BIND(pass_rows_o);
#undef BIND
}

void Bench::dump()
{
	if (trace_)
		trace_->dump((uint64_t)(sc_core::sc_time_stamp() / sc_core::sc_time(1, SC_NS)), clk_i.read(),
			running_o.read(), step_o.read());
}

void Bench::cycle_begin()
{
	clk_i.write(true);
	sc_core::wait(5, SC_NS);
	dump();
	total_cycles++;
}

// Inputs change with the falling edge: changing them with the rising one would race with it.
void Bench::cycle_end()
{
	clk_i.write(false);
	sc_core::wait(5, SC_NS);
	dump();
}

void Bench::reset()
{
	rst_ni.write(false);
	host_we_i.write(false);
	start_i.write(false);
	w_valid_i.write(false);
	a_rvalid_i.write(false);
	a_wready_i.write(false);
	for (int i = 0; i < 3; i++) {
		cycle_begin();
		if (i == 2)
			rst_ni.write(true);
		cycle_end();
	}
}

void Bench::configure(const session &s)
{
	for (size_t i = 0; i < s.image.writes; i++) {
		cycle_begin();
		host_we_i.write(true);
		host_sel_i.write(s.image.write[i].sel);
		host_addr_i.write(s.image.write[i].addr);
		host_data_i.write(s.image.write[i].data);
		cycle_end();
	}
	cycle_begin();
	host_we_i.write(false);
	cycle_end();
}

uint32_t Bench::counted_cycles(size_t step)
{
	cycle_begin();
	host_count_i.write((uint32_t)step);
	cycle_end();
	cycle_begin();
	cycle_end();
	return host_count_o.read();
}

void Bench::count_overflows(session &s)
{
	const size_t overflows = 1 << 15; // of host_count_i

	for (size_t i = 0; i < s.program.steps; i++)
		check_overflows(s.check, i, counted_cycles(overflows | i));
}

void Bench::observe(session &s, Dram &dram, uint64_t cycle, uint64_t &step_begin)
{
	size_t step = std::min<size_t>(step_o.read(), s.program.steps - 1); // a broken RTL may run on

	refused += (w_req_valid_o.read() && !w_req_ready_i.read()) + (a_req_valid_o.read() && !a_req_ready_i.read());
	withheld += dram.withheld;
	if (w_req_valid_o.read() && w_req_ready_i.read())
		dram.request_weights(cycle, w_req_addr_o.read(), w_req_words_o.read());
	if (a_req_valid_o.read() && a_req_ready_i.read())
		dram.request_move(cycle, a_req_write_o.read(), a_req_addr_o.read(), a_req_bytes_o.read());
	if (a_rvalid_i.read() && a_rready_o.read())
		dram.read();
	observe_writes(s, dram, step);
	if (pass_valid_o.read())
		check_pass(s.check, step, pass_first_o.read(), pass_last_o.read(), (int)pass_rows_o.read());
	if (step_end_o.read()) {
		check_step_end(s.check, step, cycle + 1 - step_begin);
		step_begin = cycle + 1;
	}
}

void Bench::observe_writes(session &s, Dram &dram, size_t step)
{
	// enum cas_buffer has the same order as capsacc_pkg::mem_e.
	uint8_t mask[Dram::WIDEST], data[Dram::WIDEST];

	if (a_wvalid_o.read() && a_wready_i.read()) {
		get_bytes(a_wdata_o, data, COLS);
		std::memset(mask, 1, dram.beat());
		check_write(s.check, step, CHECK_DRAM, dram.address(), mask, data, dram.beat());
		dram.written(data);
	}
	if (ret_valid_o.read()) {
		get_bytes(ret_data_o, data, COLS);
		for (int c = 0; c < COLS; c++)
			mask[c] = get_bit(ret_mask_o.read(), c);
		check_write(s.check, step, (int)ret_mem_o.read(), ret_addr_o.read(), mask, data, COLS);
	}
	if (cpl_valid_o.read()) {
		mask[0] = 1;
		data[0] = (uint8_t)cpl_data_o.read();
		check_write(s.check, step, CAS_BUF_COUPLING, cpl_addr_o.read(), mask, data, 1);
	}
	if (v_valid_o.read()) {
		// The banks of v one byte each in turn, as check.c has them.
		get_bytes(v_data_o, data, CHECK_V_BANKS);
		for (int l = 0; l < CHECK_V_BANKS; l++)
			mask[l] = get_bit(v_mask_o.read(), l);
		check_write(s.check, step, CAS_BUF_V, (uint64_t)v_addr_o.read() * CHECK_V_BANKS, mask, data, CHECK_V_BANKS);
	}
}

RunResult Bench::run(session &s, uint64_t limit, bool random, uint64_t seed, uint64_t again)
{
	DramTiming timing = {s.accel.dram_beat_bytes, s.accel.dram_cycles_per_beat, s.accel.dram_latency_cycles,
		random};
	Dram dram(timing, COLS, s.image.weights, s.dram, s.program.dram_bytes, seed);
	uint64_t step_begin = 0, cycle = 0;

	cycle_begin();
	start_i.write(true);
	cycle_end();
	for (; cycle < limit; cycle++) {
		cycle_begin();
		start_i.write(cycle == again);
		dram.drive(cycle);
		w_req_ready_i.write(dram.w_req_ready);
		w_valid_i.write(dram.w_valid);
		if (dram.w_valid)
			put_bytes(w_data_i, dram.w_data, COLS);
		a_req_ready_i.write(dram.a_req_ready);
		a_rvalid_i.write(dram.a_rvalid);
		if (dram.a_rvalid)
			put_bytes(a_rdata_i, dram.a_rdata, COLS);
		a_wready_i.write(dram.a_wready);
		cycle_end();
		if (done_o.read())
			return {true, cycle, 0};
		observe(s, dram, cycle, step_begin);
	}
	start_i.write(false);
	w_valid_i.write(false);
	a_rvalid_i.write(false);
	a_wready_i.write(false);
	return {false, cycle, (size_t)step_o.read()};
}

bool Bench::run_traced(session &s, uint64_t limit, Trace &trace, RunResult &result)
{
	if (!trace.open(top_))
		return false;
	trace_ = &trace;
	result = run(s, limit, false, 1);
	trace_ = nullptr;
	return true;
}

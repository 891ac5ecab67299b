// Does the TLM-2.0 target keep its word: registers, refusals, and what an initiator sees at its own time, ahead of
// the kernel's or not?  target_test CONFIG; prints test cases (TAP).
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <systemc>

#include "accelerator.h"
#include "platform.h"
#include "tap.h"

using sc_core::SC_NS;
using sc_core::SC_PS;
using sc_core::SC_ZERO_TIME;
using sc_core::sc_time;
using sc_core::sc_time_stamp;
using namespace capsacc;

// Between the accelerator and memory: notes transfers, and answers late (in the kernel's time) where asked to.
class Watched : public sc_core::sc_module {
public:
	tlm_utils::simple_target_socket<Watched> in;
	tlm_utils::simple_initiator_socket<Watched> out;
	int reads = 0, writes = 0;
	sc_time last, sleep; // when the last transfer came, by the initiator's time

	Watched(sc_core::sc_module_name name) : sc_core::sc_module(name), in("in"), out("out")
	{
		in.register_b_transport(this, &Watched::transport);
	}

private:
	void transport(tlm::tlm_generic_payload &trans, sc_time &delay)
	{
		(trans.is_read() ? reads : writes)++;
		last = sc_time_stamp() + delay;
		if (sleep != SC_ZERO_TIME)
			wait(sleep);
		out->b_transport(trans, delay);
	}
};

class Tester : public sc_core::sc_module {
public:
	tlm_utils::simple_initiator_socket<Tester> target;
	sc_core::sc_signal<bool> irq;

	SC_HAS_PROCESS(Tester);
	Tester(sc_core::sc_module_name name, inference &inference, Accelerator &accelerator, Memory &memory,
		Watched &watched, const uint8_t *pixels)
		: sc_core::sc_module(name), target("target"), irq("irq_signal"), inference_(inference),
		  accelerator_(accelerator), memory_(memory), watched_(watched), pixels_(pixels)
	{
		SC_THREAD(main);
		SC_METHOD(on_irq);
		sensitive << irq.posedge_event();
		dont_initialize();
	}

	static const int IMAGES = 20;
	bool finished = false; // false: what it waited for never came

private:
	void main();
	void on_irq() { raised_ = sc_time_stamp(); rises_++; }
	void registers();
	void refusals();
	void bits();
	void both_sides();
	void ahead();
	void interrupt();
	void busy();
	void bad_memory();
	void late_memory();

	uint32_t read(uint32_t reg, sc_time delay) { return read_word(target, reg, delay); }
	void write(uint32_t reg, uint32_t word, sc_time delay) { write_word(target, reg, word, delay); }
	void start(sc_time delay, uint32_t more = 0) { write(REG_CONTROL, CONTROL_START | more, delay); }
	uint64_t result_at() const { return inference_.image_bytes; }
	void place(int image)
	{
		std::memcpy(memory_.bytes.data(), pixels_ + (size_t)image * inference_.image_bytes, inference_.image_bytes);
		std::fill(memory_.bytes.begin() + (ptrdiff_t)result_at(), memory_.bytes.end(), 0xa5);
	}
	// 1: as the engine says, 0: untouched, -1: something else.
	int result_of(int image)
	{
		std::vector<uint8_t> want(inference_.result_bytes), untouched(inference_.result_bytes, 0xa5);
		const uint8_t *is = memory_.bytes.data() + result_at();

		inference_run(&inference_, pixels_ + (size_t)image * inference_.image_bytes, want.data());
		return !std::memcmp(is, want.data(), want.size()) ? 1 : !std::memcmp(is, untouched.data(), want.size()) ? 0 : -1;
	}

	inference &inference_;
	Accelerator &accelerator_;
	Memory &memory_;
	Watched &watched_;
	const uint8_t *pixels_;
	sc_time raised_;
	int rises_ = 0;
};

void Tester::registers()
{
	Case c("registers: what can be read, what is kept, what cannot be written");
	const struct { uint32_t reg, value; } fixed[] = {
		{REG_ID, ID}, {REG_STATUS, 0}, {REG_ERROR, 0}, {REG_IMAGE_BYTES, (uint32_t)inference_.image_bytes},
		{REG_RESULT_BYTES, (uint32_t)inference_.result_bytes}, {REG_CLASSES, (uint32_t)inference_.classes},
		{REG_ANSWER, UINT32_MAX}, {REG_CYCLES_LO, 0}, {REG_CYCLES_HI, 0}, {REG_COUNT, 0}, {0x3c, 0},
	};
	sc_time delay = SC_ZERO_TIME;

	for (const auto &f : fixed) {
		c.equal(read(f.reg, SC_ZERO_TIME), f.value, "fixed", f.reg);
		write(f.reg, 0x12345678, SC_ZERO_TIME);
		c.equal(read(f.reg, SC_ZERO_TIME), f.value, "fixed, after a write", f.reg);
	}
	for (uint32_t reg = REG_IMAGE_LO; reg <= REG_RESULT_HI; reg += 4)
		write(reg, 0x89abcdef + reg, SC_ZERO_TIME);
	for (uint32_t reg = REG_IMAGE_LO; reg <= REG_RESULT_HI; reg += 4) {
		c.equal(read(reg, SC_ZERO_TIME), 0x89abcdef + reg, "kept", reg);
		write(reg, reg == REG_RESULT_LO ? (uint32_t)result_at() : 0, SC_ZERO_TIME);
	}
	write(REG_CONTROL, CONTROL_IRQ_ENABLE, SC_ZERO_TIME);
	c.equal(read(REG_CONTROL, SC_ZERO_TIME), CONTROL_IRQ_ENABLE, "control");
	write(REG_CONTROL, 0, SC_ZERO_TIME);
	read_word(target, REG_ID, delay);
	c.equal((int64_t)(delay / sc_time(1, SC_PS)), (int64_t)(1e6 / inference_.clock_mhz + 0.5), "one cycle an access");
	c.finish();
}

void Tester::refusals()
{
	Case c("accesses that are not of one aligned word are refused with TLM's own responses");
	uint8_t bytes[8] = {};
	sc_time delay;
	tlm::tlm_generic_payload trans;
	tlm::tlm_dmi dmi;
	const auto is = [&](tlm::tlm_command command, uint64_t address, size_t length) {
		return access(target, command, address, bytes, length, delay);
	};

	c.equal(is(tlm::TLM_READ_COMMAND, REG_ID, 4), tlm::TLM_OK_RESPONSE, "a word");
	c.equal(is(tlm::TLM_READ_COMMAND, REG_ID + 2, 4), tlm::TLM_ADDRESS_ERROR_RESPONSE, "not aligned");
	c.equal(is(tlm::TLM_READ_COMMAND, REGISTERS_BYTES, 4), tlm::TLM_ADDRESS_ERROR_RESPONSE, "beyond the end");
	c.equal(is(tlm::TLM_READ_COMMAND, UINT64_C(1) << 32, 4), tlm::TLM_ADDRESS_ERROR_RESPONSE, "far beyond the end");
	c.equal(is(tlm::TLM_READ_COMMAND, REG_ID, 8), tlm::TLM_BURST_ERROR_RESPONSE, "two words");
	c.equal(is(tlm::TLM_WRITE_COMMAND, REG_CONTROL, 1), tlm::TLM_BURST_ERROR_RESPONSE, "a byte");
	c.equal(is(tlm::TLM_IGNORE_COMMAND, REG_ID, 4), tlm::TLM_COMMAND_ERROR_RESPONSE, "no command");
	trans.set_read();
	trans.set_address(REG_ID);
	trans.set_data_ptr(bytes);
	trans.set_data_length(4);
	trans.set_streaming_width(4);
	c.equal(target->transport_dbg(trans), 4, "debug read");
	c.equal(bytes[0] == 's' && bytes[3] == 'C', 1, "debug reads the word");
	c.equal(target->get_direct_mem_ptr(trans, dmi), 0, "no direct memory");
	trans.set_write();
	c.equal(target->transport_dbg(trans), 0, "debug writes nothing");
	trans.set_byte_enable_ptr(bytes);
	trans.set_byte_enable_length(4);
	target->b_transport(trans, delay);
	c.equal(trans.get_response_status(), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE, "byte enables");
	c.finish(12);
}

void Tester::bits()
{
	Case c("answer, result words and cycles are those of the engine and the cost model");
	std::vector<uint8_t> result(inference_.result_bytes);

	for (int i = 0; i < IMAGES; i++) {
		place(i);
		start(SC_ZERO_TIME);
		c.equal(read(REG_STATUS, SC_ZERO_TIME), STATUS_BUSY, "status while it runs", i);
		wait(accelerator_.latency());
		wait(SC_ZERO_TIME);
		c.equal(read(REG_STATUS, SC_ZERO_TIME), STATUS_DONE, "status", i);
		c.equal(read(REG_ANSWER, SC_ZERO_TIME),
			inference_run(&inference_, pixels_ + (size_t)i * inference_.image_bytes, result.data()), "answer", i);
		c.equal(result_of(i), 1, "result", i);
		c.equal((int64_t)(read(REG_CYCLES_LO, SC_ZERO_TIME) | (uint64_t)read(REG_CYCLES_HI, SC_ZERO_TIME) << 32),
			(int64_t)inference_.cycles, "cycles", i);
		c.equal(read(REG_COUNT, SC_ZERO_TIME), i + 1, "count", i);
	}
	c.finish(6 * IMAGES);
}

// No time passes in the kernel here: all of it is the initiator's own.
void Tester::both_sides()
{
	Case c("an initiator ahead of the kernel sees BUSY up to the last picosecond, then DONE and the result");
	sc_time late(777, SC_NS), before = sc_time_stamp();

	place(1);
	start(late);
	c.equal(watched_.last == sc_time_stamp() + late, 1, "the image is read at the initiator's time");
	c.equal(read(REG_STATUS, late), STATUS_BUSY, "at the start");
	c.equal(read(REG_STATUS, late + accelerator_.latency() - sc_time(1, SC_PS)), STATUS_BUSY, "just before the end");
	c.equal(result_of(1), 0, "no result yet");
	c.equal(read(REG_STATUS, late + accelerator_.latency()), STATUS_DONE, "at the end");
	c.equal(result_of(1), 1, "the result");
	c.equal(watched_.last == sc_time_stamp() + late + accelerator_.latency(), 1, "it is written at the initiator's time");
	c.equal(sc_time_stamp() == before, 1, "the kernel's time stands");
	write(REG_STATUS, STATUS_DONE, late + accelerator_.latency());
	c.equal(read(REG_STATUS, late + accelerator_.latency()), 0, "cleared");
	wait(2 * accelerator_.latency());
	c.finish(9);
}

void Tester::ahead()
{
	Case c("several inferences ahead of the kernel, then one that the kernel ends: each is counted and written once");
	uint32_t count = read(REG_COUNT, SC_ZERO_TIME);
	int writes = watched_.writes;
	sc_time local = SC_ZERO_TIME;

	for (int i = 0; i < 3; i++) {
		place(i);
		start(local);
		local += accelerator_.latency();
		c.equal(read(REG_STATUS, local), STATUS_DONE, "done", i);
		c.equal(result_of(i), 1, "result", i);
	}
	place(3);
	start(local, CONTROL_IRQ_ENABLE);
	sc_time end = sc_time_stamp() + local + accelerator_.latency();
	rises_ = 0;
	wait(irq.posedge_event());
	c.equal(sc_time_stamp() == end, 1, "the pin rises at the end of the fourth");
	c.equal(rises_, 1, "and not before");
	c.equal(result_of(3), 1, "result", 3);
	c.equal(read(REG_COUNT, SC_ZERO_TIME) - count, 4, "count");
	c.equal(watched_.writes - writes, 4, "results written");
	write(REG_STATUS, STATUS_DONE, SC_ZERO_TIME);
	wait(1, SC_NS);
	c.equal(irq.read(), 0, "the pin falls with DONE");
	write(REG_CONTROL, 0, SC_ZERO_TIME);
	c.finish(12);
}

void Tester::interrupt()
{
	Case c("the pin follows the kernel's time, also where the initiator has read DONE ahead of it");
	sc_time end = sc_time_stamp() + accelerator_.latency();

	place(4);
	start(SC_ZERO_TIME, CONTROL_IRQ_ENABLE);
	rises_ = 0;
	c.equal(read(REG_STATUS, accelerator_.latency() + sc_time(5, SC_NS)), STATUS_DONE, "read ahead");
	wait(accelerator_.latency() - sc_time(1, SC_PS));
	c.equal(irq.read(), 0, "low just before the end");
	wait(1, SC_PS);
	wait(SC_ZERO_TIME);
	wait(SC_ZERO_TIME);
	c.equal(irq.read(), 1, "high at the end");
	c.equal(rises_ == 1 && raised_ == end, 1, "once");
	write(REG_CONTROL, 0, SC_ZERO_TIME);
	wait(1, SC_NS);
	c.equal(irq.read(), 0, "low without the enable");
	write(REG_STATUS, STATUS_DONE, SC_ZERO_TIME);
	c.finish(5);
}

void Tester::busy()
{
	Case c("a start while an inference runs is an error that interrupts at once, and that inference goes on");
	uint32_t count = read(REG_COUNT, SC_ZERO_TIME);
	sc_time second = sc_time_stamp() + sc_time(10, SC_NS);

	place(5);
	start(SC_ZERO_TIME, CONTROL_IRQ_ENABLE);
	start(sc_time(10, SC_NS), CONTROL_IRQ_ENABLE);
	rises_ = 0;
	wait(sc_time(9999, SC_PS));
	c.equal(irq.read(), 0, "the pin before the second start");
	wait(1, SC_NS);
	c.equal(irq.read(), 1, "the pin after it");
	c.equal(raised_ == second, 1, "it rose with it");
	c.equal(read(REG_STATUS, sc_time(20, SC_NS)), STATUS_BUSY | STATUS_ERROR, "status");
	c.equal(read(REG_ERROR, sc_time(20, SC_NS)), ERROR_BUSY, "error");
	c.equal(read(REG_STATUS, accelerator_.latency()), STATUS_DONE | STATUS_ERROR, "at the first one's end");
	c.equal(result_of(5), 1, "result");
	c.equal(read(REG_COUNT, accelerator_.latency()) - count, 1, "count");
	write(REG_STATUS, STATUS_DONE | STATUS_ERROR, accelerator_.latency());
	c.equal(read(REG_STATUS, accelerator_.latency()), 0, "cleared");
	wait(2 * accelerator_.latency());
	c.equal(irq.read(), 0, "the pin, cleared");
	c.equal(rises_, 1, "it rose once");
	// Cleared while the inference goes on: the end interrupts on its own.
	place(5);
	start(SC_ZERO_TIME, CONTROL_IRQ_ENABLE);
	start(SC_ZERO_TIME, CONTROL_IRQ_ENABLE);
	sc_time end = sc_time_stamp() + accelerator_.latency();
	wait(1, SC_NS);
	c.equal(irq.read(), 1, "the pin, once more");
	write(REG_STATUS, STATUS_ERROR, SC_ZERO_TIME);
	wait(1, SC_NS);
	c.equal(irq.read(), 0, "ERROR alone is cleared");
	wait(irq.posedge_event());
	c.equal(sc_time_stamp() == end, 1, "DONE raises it at the end");
	write(REG_STATUS, STATUS_DONE, SC_ZERO_TIME);
	write(REG_CONTROL, 0, SC_ZERO_TIME);
	wait(1, SC_NS);
	c.finish(14);
}

void Tester::bad_memory()
{
	Case c("memory that refuses the image or the result is an error that says which, and interrupts");
	uint32_t count = read(REG_COUNT, SC_ZERO_TIME);
	sc_time end;

	write(REG_IMAGE_HI, 1, SC_ZERO_TIME);
	start(SC_ZERO_TIME, CONTROL_IRQ_ENABLE);
	c.equal(read(REG_STATUS, SC_ZERO_TIME), STATUS_ERROR, "image: status");
	c.equal(read(REG_ERROR, SC_ZERO_TIME), ERROR_IMAGE, "image: error");
	wait(1, SC_NS);
	c.equal(irq.read(), 1, "image: the pin");
	write(REG_STATUS, STATUS_ERROR, SC_ZERO_TIME);
	write(REG_IMAGE_HI, 0, SC_ZERO_TIME);
	wait(1, SC_NS);
	c.equal(irq.read(), 0, "image: cleared");
	place(6);
	write(REG_RESULT_LO, (uint32_t)result_at() + 1, SC_ZERO_TIME);
	end = sc_time_stamp() + accelerator_.latency();
	start(SC_ZERO_TIME, CONTROL_IRQ_ENABLE);
	wait(irq.posedge_event());
	c.equal(sc_time_stamp() == end, 1, "result: the pin, at the end");
	c.equal(read(REG_STATUS, SC_ZERO_TIME), STATUS_ERROR, "result: status");
	c.equal(read(REG_ERROR, SC_ZERO_TIME), ERROR_RESULT, "result: error");
	c.equal(read(REG_COUNT, SC_ZERO_TIME), count, "neither is counted");
	write(REG_RESULT_LO, (uint32_t)result_at(), SC_ZERO_TIME);
	write(REG_STATUS, STATUS_ERROR, SC_ZERO_TIME);
	write(REG_CONTROL, 0, SC_ZERO_TIME);
	c.equal(read(REG_STATUS, SC_ZERO_TIME), 0, "cleared");
	wait(1, SC_NS);
	c.finish(9);
}

void Tester::late_memory()
{
	Case c("with a memory that waits, the latency runs from the start, and the pin rises when the result is there");
	sc_time begin = sc_time_stamp();

	watched_.sleep = sc_time(40, SC_NS);
	place(7);
	start(SC_ZERO_TIME, CONTROL_IRQ_ENABLE);
	c.equal(sc_time_stamp() == begin + watched_.sleep, 1, "the start waits for the image");
	wait(irq.posedge_event());
	c.equal(result_of(7), 1, "result");
	c.equal(sc_time_stamp() == begin + accelerator_.latency() + watched_.sleep, 1, "the pin, when the result is there");
	c.equal(read(REG_CYCLES_LO, SC_ZERO_TIME), (int64_t)inference_.cycles, "cycles");
	c.finish(4);
}

void Tester::main()
{
	registers();
	refusals();
	bits();
	write(REG_STATUS, STATUS_DONE, SC_ZERO_TIME);
	both_sides();
	ahead();
	interrupt();
	busy();
	bad_memory();
	late_memory();
	finished = true;
	sc_core::sc_stop();
}

static void run(inference &inference, const uint8_t *pixels)
{
	Case c("every event that was waited for came");
	Accelerator accelerator("accelerator", &inference);
	Memory memory("memory", inference.image_bytes + inference.result_bytes, 10);
	Watched watched("watched");
	Tester tester("tester", inference, accelerator, memory, watched, pixels);

	tester.target.bind(accelerator.registers);
	accelerator.memory.bind(watched.in);
	watched.out.bind(memory.socket);
	accelerator.irq(tester.irq);
	sc_core::sc_start();
	c.equal(tester.finished, 1, "finished");
	c.finish();
}

int main(int argc, char **argv)
{
	setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "DISABLE", 1);
	sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
	return sc_core::sc_elab_and_sim(argc, argv);
}

int sc_main(int argc, char **argv)
{
	inference *inference = nullptr;
	uint8_t *pixels = nullptr, *labels = nullptr;
	cas_err err;
	int status;

	if (argc != 2) {
		std::fprintf(stderr, "usage: target_test CONFIG\n");
		return CAS_INPUT;
	}
	status = inference_open(&inference, argv[1], nullptr, 0, &err);
	if (!status)
		status = inference_images(inference, Tester::IMAGES, &pixels, &labels, &err);
	if (status) {
		std::fprintf(stderr, "target_test: %s\n", err.text);
		return status;
	}
	run(*inference, pixels);
	std::free(pixels);
	std::free(labels);
	inference_close(inference);
	return Case::end();
}

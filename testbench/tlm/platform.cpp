// A small virtual platform: a processor, a memory and the accelerator on a bus.
//
//   platform CONFIG [--images N] [--set KEY=VALUE]... [--quantum NS] [--poll] [--json]
//
// The processor copies images to memory, starts the accelerator, waits for its interrupt (--poll: reads its status)
// and prints answers, cycles and time.  --quantum: how far it may run ahead of the kernel.
// Exit: 0 done, 1 an inference failed, 2 bad input, 3 environment.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <systemc>
#include <tlm_utils/tlm_quantumkeeper.h>

#include "accelerator.h"
#include "platform.h"

using sc_core::sc_time;
using sc_core::SC_NS;
using namespace capsacc;

struct Options {
	const char *file = nullptr;
	std::vector<const char *> sets;
	int images = 10;
	double quantum_ns = 1000;
	bool poll = false, json = false;
};

class Processor : public sc_core::sc_module {
public:
	tlm_utils::simple_initiator_socket<Processor> bus;
	sc_core::sc_in<bool> irq;
	int status = 0;

	SC_HAS_PROCESS(Processor);
	Processor(sc_core::sc_module_name name, const Options &options, const inference &inference, uint8_t *pixels,
		const uint8_t *labels)
		: sc_core::sc_module(name), bus("bus"), irq("irq"), options_(options), inference_(inference),
		  pixels_(pixels), labels_(labels)
	{
		SC_THREAD(main);
		set_stack_size(1 << 18);
	}

private:
	static const uint64_t IMAGE = Bus::MEMORY;

	void main();
	bool infer(int image);
	void wait_for_end();
	void print(int image, uint32_t answer, uint64_t cycles, const std::vector<uint8_t> &result);
	void write(Register reg, uint32_t word) { write_word(bus, Bus::REGISTERS + reg, word, time_); }
	uint32_t read(Register reg) { return read_word(bus, Bus::REGISTERS + reg, time_); }
	// What was added to time_ is kept by the quantum keeper, which waits when it is due.
	void keep_time()
	{
		keeper_.set(time_);
		if (keeper_.need_sync())
			keeper_.sync();
		time_ = keeper_.get_local_time();
	}

	const Options &options_;
	const inference &inference_;
	uint8_t *pixels_;
	const uint8_t *labels_;
	tlm_utils::tlm_quantumkeeper keeper_;
	sc_time time_; // local, ahead of the kernel's
	int correct_ = 0;
};

void Processor::wait_for_end()
{
	if (options_.poll) {
		while (read(REG_STATUS) & STATUS_BUSY) {
			time_ += sc_time(100, SC_NS); // the loop's instructions
			keep_time();
		}
		return;
	}
	// An interrupt comes in the kernel's time.
	keeper_.set(time_);
	keeper_.sync();
	time_ = sc_core::SC_ZERO_TIME;
	if (!irq.read())
		wait(irq.posedge_event());
}

bool Processor::infer(int image)
{
	uint64_t result_address = IMAGE + inference_.image_bytes;
	std::vector<uint8_t> result(read(REG_RESULT_BYTES));

	access(bus, tlm::TLM_WRITE_COMMAND, IMAGE, pixels_ + (size_t)image * inference_.image_bytes,
		read(REG_IMAGE_BYTES), time_);
	write(REG_IMAGE_LO, (uint32_t)IMAGE);
	write(REG_IMAGE_HI, (uint32_t)(IMAGE >> 32));
	write(REG_RESULT_LO, (uint32_t)result_address);
	write(REG_RESULT_HI, (uint32_t)(result_address >> 32));
	write(REG_CONTROL, CONTROL_START | (options_.poll ? 0 : CONTROL_IRQ_ENABLE));
	wait_for_end();
	if (read(REG_STATUS) & STATUS_ERROR) {
		std::fprintf(stderr, "platform: image %d: error %u\n", image, read(REG_ERROR));
		return false;
	}
	access(bus, tlm::TLM_READ_COMMAND, result_address, result.data(), result.size(), time_);
	uint64_t cycles = read(REG_CYCLES_LO) | (uint64_t)read(REG_CYCLES_HI) << 32;
	print(image, read(REG_ANSWER), cycles, result);
	write(REG_STATUS, STATUS_DONE);
	keep_time();
	return true;
}

void Processor::print(int image, uint32_t answer, uint64_t cycles, const std::vector<uint8_t> &result)
{
	double now_ns = (sc_core::sc_time_stamp() + time_) / sc_time(1, SC_NS);

	correct_ += answer == labels_[image];
	if (!options_.json) {
		std::printf("image %d: answer %u, label %u, %llu cycles, at %.3f us\n", image, answer, labels_[image],
			(unsigned long long)cycles, now_ns / 1000);
		return;
	}
	std::printf("%s{\"answer\":%u,\"label\":%u,\"cycles\":%llu,\"at_ns\":%.3f,\"result\":\"", image ? "," : "", answer,
		labels_[image], (unsigned long long)cycles, now_ns);
	for (uint8_t byte : result)
		std::printf("%02x", byte);
	std::printf("\"}");
}

void Processor::main()
{
	tlm_utils::tlm_quantumkeeper::set_global_quantum(sc_time(options_.quantum_ns, SC_NS));
	keeper_.reset();
	if (options_.json)
		std::printf("{\"inferences\":[");
	for (int i = 0; i < options_.images && !status; i++)
		status = !infer(i);
	keeper_.set(time_);
	keeper_.sync();
	if (options_.json)
		std::printf("],\"correct\":%d,\"time_ns\":%.3f}\n", correct_, sc_core::sc_time_stamp() / sc_time(1, SC_NS));
	else
		std::printf("%d of %d right, %.3f us of simulated time\n", correct_, options_.images,
			sc_core::sc_time_stamp() / sc_time(1, sc_core::SC_US));
	sc_core::sc_stop();
}

// A number from `least` on, perhaps a whole one; false if it is none.
static bool number(const char *text, double least, bool whole, double &value)
{
	char *end;

	value = std::strtod(text, &end);
	return *text && !*end && value >= least && value <= 1e9 && (!whole || value == std::floor(value));
}

static bool parse(int argc, char **argv, Options &o)
{
	double value;

	for (int i = 1; i < argc; i++) {
		std::string a = argv[i];

		if (a == "--poll" || a == "--json") {
			(a == "--poll" ? o.poll : o.json) = true;
		} else if (a == "--set" && i + 1 < argc) {
			o.sets.push_back(argv[++i]);
		} else if ((a == "--images" || a == "--quantum") && i + 1 < argc) {
			if (!number(argv[++i], a == "--images", a == "--images", value))
				return false;
			if (a == "--quantum")
				o.quantum_ns = value;
			else
				o.images = (int)value;
		} else if (a[0] == '-' || o.file) {
			return false;
		} else {
			o.file = argv[i];
		}
	}
	return o.file;
}

static int run(const Options &options, inference &inference, uint8_t *pixels, const uint8_t *labels)
{
	const double access_ns = 10;
	Accelerator accelerator("accelerator", &inference);
	Memory memory("memory", inference.image_bytes + inference.result_bytes, access_ns);
	Bus bus("bus");
	Processor processor("processor", options, inference, pixels, labels);
	sc_core::sc_signal<bool> irq("irq");

	processor.bus.bind(bus.in);
	accelerator.memory.bind(bus.in);
	bus.registers.bind(accelerator.registers);
	bus.memory.bind(memory.socket);
	accelerator.irq(irq);
	processor.irq(irq);
	sc_core::sc_start();
	return processor.status;
}

// Standard output is for results.
int main(int argc, char **argv)
{
	setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "DISABLE", 1);
	sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
	return sc_core::sc_elab_and_sim(argc, argv);
}

int sc_main(int argc, char **argv)
{
	Options options;
	inference *inference = nullptr;
	uint8_t *pixels = nullptr, *labels = nullptr;
	cas_err err;
	int status;

	if (!parse(argc, argv, options)) {
		std::fprintf(stderr, "usage: platform CONFIG [--images N] [--set KEY=VALUE]... [--quantum NS] [--poll] [--json]\n");
		return CAS_INPUT;
	}
	status = inference_open(&inference, options.file, options.sets.data(), options.sets.size(), &err);
	if (!status)
		status = inference_images(inference, options.images, &pixels, &labels, &err);
	if (status)
		std::fprintf(stderr, "platform: %s\n", err.text);
	else
		status = run(options, *inference, pixels, labels);
	std::free(pixels);
	std::free(labels);
	inference_close(inference);
	if (std::fflush(stdout) || std::ferror(stdout)) {
		std::fprintf(stderr, "platform: cannot write to standard output\n");
		return CAS_ENV;
	}
	return status;
}

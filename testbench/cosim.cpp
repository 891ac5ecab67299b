// Whole inferences in RTL against the C model.
//
//   cosim random --count N --seed S [--tables T] [--back-pressure] [--resets]
//   cosim config FILE [--images N] [--set KEY=VALUE]... [--json]
//        [--trace FILE [--trace-step NAME] [--trace-cycles N]]
//
// --trace: waveforms of the first image, or of one of its steps, at most N cycles of them (0: all), by a bench
// that was built for them.
// `random` prints test cases (TAP); `config` a table or JSON.  Exit: 0 all equal, 1 some difference, 2 bad
// input, 3 environment.
#include <cerrno>
#include <ctime>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>
#include <vector>

#include "bench.h"

struct Options {
	bool random = false, back_pressure = false, resets = false, json = false, quiet = false;
	int count = 10, tables = 0, images = 1;
	uint64_t seed = 1, trace_cycles = 0;
	const char *file = nullptr, *trace = nullptr, *trace_step = nullptr;
	std::vector<const char *> sets;
};

// No inference here is anywhere near.
static const uint64_t CYCLE_LIMIT = 40000000;

class Driver : public sc_core::sc_module {
public:
	SC_HAS_PROCESS(Driver);
	Driver(sc_core::sc_module_name name, const Options &options, session *first)
		: sc_core::sc_module(name), bench("bench"), options_(options), first_(first)
	{
		SC_THREAD(main);
		set_stack_size(1 << 20);
	}

	int status = 0;
	Bench bench;

private:
	void main();
	void random_sessions();
	void config_session();
	RunResult run_image(session &s, bool first);
	void print(const session &s, uint64_t rtl_cycles, double seconds);

	const Options &options_;
	session *first_;
};

static uint64_t wrong_bytes(const check_step &c)
{
	return c.mismatches + c.missing + c.repeated + c.strays;
}

void Driver::random_sessions()
{
	Case words("random layers: every byte that the RTL writes equals the C model's");
	Case cycles(options_.back_pressure ? "random layers: the program ends under random back-pressure"
	                                   : "random layers: every step takes the model's cycles");
	Case passes("random layers: the passes are those of the program, in order");
	Case counters("random layers: the cycle counters that the host reads say the same");
	Case overflows("random layers: the RTL counts the engine's overflows of every layer");
	Case kinds("random layers: every kind of stimulus occurred");
	uint64_t seen[SESSION_KINDS] = {}, bytes = 0;
	int done = 0;
	Random r(options_.seed);

	for (uint64_t n = 0; done < options_.count && n < 20 * (uint64_t)options_.count; n++) {
		session *s = nullptr;
		cas_err err;
		uint64_t seed = options_.seed * 1000003 + n;
		cas_status st = session_open_random(&s, seed, ROWS, COLS, options_.tables, &err);

		if (st == CAS_INPUT)
			continue; // sizes that do not fit: drawn again
		if (st) {
			std::fprintf(stderr, "cosim: %s\n", err.text);
			status = st;
			return;
		}
		check_begin(s->check, s->pixels, s->dram);
		for (int k = 0; k < SESSION_KINDS; k++)
			seen[k] += session_kinds(s) >> k & 1;
		bench.configure(*s);
		if (options_.resets && r.chance(50)) {
			// In the middle of a layer; then all over again.
			bench.run(*s, (uint64_t)r.range(1, (int64_t)s->model_cycles), options_.back_pressure, seed);
			check_free(s->check);
			s->check = nullptr;
			session_close(s);
			bench.reset();
			if (session_open_random(&s, seed, ROWS, COLS, options_.tables, &err))
				std::abort();
			check_begin(s->check, s->pixels, s->dram);
			bench.configure(*s);
		}
		// A bench that hangs should say so soon.
		uint64_t limit = s->model_cycles * (options_.back_pressure ? 40 : 2) + 10000;
		RunResult result = bench.run(*s, limit, options_.back_pressure, seed);
		check_end(s->check, s->dram);
		for (size_t i = 0; i < s->program.steps; i++) {
			const check_step &c = check_steps(s->check)[i];

			words.equal((int64_t)wrong_bytes(c), 0, s->program.step[i].name, (int64_t)seed, (int64_t)i);
			bytes += c.compared;
			passes.equal((int64_t)c.wrong_passes, 0, s->program.step[i].name, (int64_t)seed, (int64_t)i);
			if (!options_.back_pressure) {
				cycles.equal((int64_t)c.rtl_cycles, (int64_t)c.model_cycles, s->program.step[i].name,
					(int64_t)seed, (int64_t)i);
				counters.equal(bench.counted_cycles(i), (int64_t)c.rtl_cycles, s->program.step[i].name,
					(int64_t)seed, (int64_t)i);
			}
		}
		bench.count_overflows(*s);
		for (int l = 0; l < s->net.layers; l++)
			overflows.equal((int64_t)check_layers(s->check)[l].rtl_overflows,
				(int64_t)check_layers(s->check)[l].model_overflows, s->net.layer[l].name, (int64_t)seed, l);
		if (*check_complaints(s->check))
			std::printf("# %s", check_complaints(s->check));
		cycles.equal(result.finished, 1, "finished", (int64_t)seed);
		if (!result.finished)
			bench.reset();
		session_close(s);
		done++;
	}
	std::printf("# note: %dx%d: %d random networks, %llu bytes compared, %llu cycles\n", ROWS, COLS, done,
		(unsigned long long)bytes, (unsigned long long)bench.total_cycles);
	std::printf("# drawn:");
	for (int k = 0; k < SESSION_KINDS; k++) {
		std::printf(" %s %llu%s", session_kind_name((session_kind)k), (unsigned long long)seen[k],
			k + 1 < SESSION_KINDS ? "," : "\n");
		kinds.equal(seen[k] > 0 || options_.count < 60, 1, session_kind_name((session_kind)k));
	}
	words.finish((uint64_t)options_.count * 3);
	cycles.finish((uint64_t)options_.count);
	passes.finish((uint64_t)options_.count * 3);
	if (!options_.back_pressure)
		counters.finish((uint64_t)options_.count * 3);
	overflows.finish((uint64_t)options_.count);
	kinds.finish();
	status = bytes == 0 || Case::end();
}

void Driver::print(const session &s, uint64_t rtl_cycles, double seconds)
{
	uint64_t compared = 0, wrong = 0, rtl = 0, model = 0, wrong_passes = 0, wrong_overflows = 0;
	const check_step *steps = check_steps(s.check);
	bool json = options_.json;

	std::printf(json ? "{\"images\":%d,\"steps\":[" : "%d image%s\nstep                        words  mismatches"
		"  RTL cycles  model cycles  difference\n", s.images, s.images == 1 ? "" : "s");
	for (size_t i = 0; i < s.program.steps; i++) {
		const check_step &c = steps[i];

		if (json)
			std::printf("%s{\"name\":\"%s\",\"rtl_cycles\":%llu,\"model_cycles\":%llu,\"words_compared\":%llu,"
				"\"mismatches\":%llu,\"passes\":%llu,\"wrong_passes\":%llu}", i ? "," : "", s.program.step[i].name,
				(unsigned long long)c.rtl_cycles, (unsigned long long)c.model_cycles, (unsigned long long)c.compared,
				(unsigned long long)wrong_bytes(c), (unsigned long long)c.passes,
				(unsigned long long)c.wrong_passes);
		else
			std::printf("%-24s %8llu  %10llu  %10llu  %12llu  %10lld\n", s.program.step[i].name,
				(unsigned long long)c.compared, (unsigned long long)wrong_bytes(c),
				(unsigned long long)c.rtl_cycles, (unsigned long long)c.model_cycles,
				(long long)(c.rtl_cycles - c.model_cycles));
		compared += c.compared;
		wrong += wrong_bytes(c);
		rtl += c.rtl_cycles;
		model += c.model_cycles;
		wrong_passes += c.wrong_passes;
	}
	if (json)
		std::printf("],\"overflows\":[");
	for (int l = 0; l < s.net.layers; l++) {
		const check_layer &c = check_layers(s.check)[l];

		wrong_overflows += c.rtl_overflows != c.model_overflows;
		if (json)
			std::printf("%s{\"layer\":\"%s\",\"rtl\":%llu,\"model\":%llu}", l ? "," : "", s.net.layer[l].name,
				(unsigned long long)c.rtl_overflows, (unsigned long long)c.model_overflows);
		else if (c.rtl_overflows || c.model_overflows)
			std::printf("%-24s %llu overflows in the RTL, %llu in the model\n", s.net.layer[l].name,
				(unsigned long long)c.rtl_overflows, (unsigned long long)c.model_overflows);
	}
	if (json)
		std::printf("],\"words_compared\":%llu,\"mismatches\":%llu,\"wrong_passes\":%llu,\"rtl_cycles\":%llu,"
			"\"model_cycles\":%llu,\"rtl_cycles_per_second\":%.0f}\n", (unsigned long long)compared,
			(unsigned long long)wrong, (unsigned long long)wrong_passes, (unsigned long long)rtl,
			(unsigned long long)model, (double)rtl_cycles / seconds);
	else
		std::printf("%-24s %8llu  %10llu  %10llu  %12llu  %10lld\n%.0f RTL cycles a second of processor time\n", "total",
			(unsigned long long)compared, (unsigned long long)wrong, (unsigned long long)rtl,
			(unsigned long long)model, (long long)(rtl - model), (double)rtl_cycles / seconds);
	status = wrong || rtl != model || wrong_passes || wrong_overflows || !compared;
}

// Waveforms are of the first image.
RunResult Driver::run_image(session &s, bool first)
{
	RunResult result = {false, 0};
	std::vector<bool> steps;

	if (!first || !options_.trace)
		return bench.run(s, CYCLE_LIMIT, false, 1);
	for (size_t i = 0; options_.trace_step && i < s.program.steps; i++)
		steps.push_back(!std::strcmp(s.program.step[i].name, options_.trace_step));
	Trace trace(options_.trace, steps, options_.trace_cycles);
	if (!bench.run_traced(s, CYCLE_LIMIT, trace, result) || !trace.commit()) {
		std::fprintf(stderr, "cosim: %s: %s\n", options_.trace, std::strerror(errno));
		status = CAS_ENV;
	} else if (trace.left_out()) {
		std::fprintf(stderr, "cosim: %s ends %llu cycles early; --trace-cycles 0 records all\n", options_.trace,
			(unsigned long long)trace.left_out());
	}
	return result;
}

void Driver::config_session()
{
	session &s = *first_;
	size_t pixels = (size_t)(s.net.input.h * s.net.input.w * s.net.input.c);
	uint64_t cycles = 0;
	std::clock_t begin;
	double seconds = 0;

	bench.configure(s);
	for (int i = 0; i < s.images; i++) {
		RunResult result;

		check_begin(s.check, s.pixels + (size_t)i * pixels, s.dram);
		begin = std::clock();
		result = run_image(s, i == 0);
		if (status)
			return;
		seconds += (double)(std::clock() - begin) / CLOCKS_PER_SEC; // the machine may be shared
		cycles += result.cycles;
		bench.count_overflows(s);
		check_end(s.check, s.dram);
		if (!result.finished) {
			std::fprintf(stderr, "cosim: the RTL did not finish within %llu cycles\n",
				(unsigned long long)CYCLE_LIMIT);
			status = 1;
			return;
		}
	}
	print(s, cycles, seconds);
	if (*check_complaints(s.check))
		std::fprintf(stderr, "%s", check_complaints(s.check));
}

void Driver::main()
{
	bench.reset();
	if (options_.random)
		random_sessions();
	else
		config_session();
	sc_core::sc_stop();
}

static int usage()
{
	std::fprintf(stderr, "usage: cosim random --count N --seed S [--tables T] [--back-pressure] [--resets]\n"
		"       cosim config FILE [--images N] [--set KEY=VALUE]... [--json]\n"
		"              [--trace FILE [--trace-step NAME] [--trace-cycles N]]\n");
	return 2;
}

static bool parse(int argc, char **argv, Options &o)
{
	if (argc < 2)
		return false;
	o.random = !std::strcmp(argv[1], "random");
	if (!o.random && (std::strcmp(argv[1], "config") || argc < 3))
		return false;
	if (!o.random)
		o.file = argv[2];
	for (int i = o.random ? 2 : 3; i < argc; i++) {
		std::string a = argv[i];
		const char *value = i + 1 < argc ? argv[i + 1] : nullptr;

		if (a[0] == '+')
			continue; // the simulator's
		if (a == "--back-pressure")
			o.back_pressure = true;
		else if (a == "--resets")
			o.resets = true;
		else if (a == "--json")
			o.json = true;
		else if (!value)
			return false;
		else if (i++, a == "--count")
			o.count = static_cast<int>(std::strtol(value, nullptr, 10));
		else if (a == "--tables")
			o.tables = static_cast<int>(std::strtol(value, nullptr, 10));
		else if (a == "--images")
			o.images = static_cast<int>(std::strtol(value, nullptr, 10));
		else if (a == "--seed")
			o.seed = std::strtoull(value, nullptr, 10);
		else if (a == "--trace")
			o.trace = value;
		else if (a == "--trace-step")
			o.trace_step = value;
		else if (a == "--trace-cycles")
			o.trace_cycles = std::strtoull(value, nullptr, 10);
		else if (a == "--set")
			o.sets.push_back(value);
		else
			return false;
	}
	return true;
}

// The session that decides the multipliers' tables: the only one, or the first random one that fits.
static cas_status open_first(const Options &o, session **s, cas_err *err)
{
	cas_status st = CAS_INPUT;

	if (!o.random)
		return session_open_config(s, o.file, o.sets.data(), o.sets.size(), o.images, err);
	for (uint64_t n = 0; st == CAS_INPUT && n < 1000; n++)
		st = session_open_random(s, o.seed * 1000003 + n, ROWS, COLS, o.tables, err);
	return st;
}

// Standard output is for results.
int main(int argc, char **argv)
{
	setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "DISABLE", 1);
	sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_DO_NOTHING);
	return sc_core::sc_elab_and_sim(argc, argv);
}

int sc_main(int argc, char **argv)
{
	Options options;
	session *first = nullptr;
	cas_err err;
	char tables[] = "/tmp/capsacc-mul-XXXXXX";
	cas_status st;
	int status;

	if (!parse(argc, argv, options))
		return usage();
	if (options.trace && !VM_TRACE) {
		std::fprintf(stderr, "cosim: this bench was built without waveforms\n");
		return 2;
	}
	st = open_first(options, &first, &err);
	if (!st && (first->accel.rows != ROWS || first->accel.cols != COLS)) {
		std::fprintf(stderr, "cosim: the configuration is for %dx%d, this bench for %dx%d\n", first->accel.rows,
			first->accel.cols, ROWS, COLS);
		return 2;
	}
	if (!st) {
		int fd = mkstemp(tables);

		if (fd >= 0)
			close(fd);
		st = session_write_tables(first, tables, &err);
	}
	if (st) {
		std::fprintf(stderr, "cosim: %s\n", err.text);
		return st;
	}
	std::string plus = std::string("+mul=") + tables;
	std::vector<char *> args(argv, argv + argc);

	args.push_back(&plus[0]);
	Verilated::commandArgs((int)args.size(), args.data());
	Verilated::traceEverOn(options.trace != nullptr);
	{
		Driver driver("driver", options, first);

		sc_core::sc_start(sc_core::SC_ZERO_TIME); // initial blocks have read the tables
		unlink(tables);
		sc_core::sc_start();
		status = driver.status;
	}
	session_close(first);
	return status;
}

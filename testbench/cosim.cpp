// Whole inferences in RTL against the C model.
//
//   cosim random --count N --seed S [--tables T] [--back-pressure] [--resets]
//   cosim config FILE [--images N] [--limit CYCLES] [--set KEY=VALUE]... [--json]
//        [--trace FILE [--trace-step NAME] [--trace-cycles N]]
//
// --trace: waveforms of the first image, or of one of its steps, at most N cycles of them (0: all), by a bench
// that was built for them.  --limit: give an image up after so many cycles; else beyond twice the model's.
// `random` prints test cases (TAP); `config` a table or JSON.  Exit: 0 all equal, 1 some difference, 2 bad
// input, 3 environment.
#include <algorithm>
#include <cerrno>
#include <ctime>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>
#include <vector>

#include "bench.h"
#include "cosim_print.h"

struct Options {
	bool random = false, back_pressure = false, resets = false, json = false, quiet = false;
	int count = 10, tables = 0, images = 1;
	uint64_t seed = 1, trace_cycles = 0, limit = 0;
	const char *file = nullptr, *trace = nullptr, *trace_step = nullptr;
	std::vector<const char *> sets;
};

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
	// Cycles after which an image is given up; far beyond what it takes, unless the RTL is broken.
	uint64_t limit(const session &s) const { return options_.limit ? options_.limit : 2 * s.model_cycles + 100000; }

	const Options &options_;
	session *first_;
};

void Driver::random_sessions()
{
	Case words("random layers: every byte that the RTL writes equals the C model's");
	Case cycles(options_.back_pressure ? "random layers: the program ends under random back-pressure"
	                                   : "random layers: every step takes the model's cycles");
	Case passes("random layers: the passes are those of the program, in order");
	Case counters("random layers: the cycle counters that the host reads say the same");
	Case overflows("random layers: the RTL counts the engine's overflows of every layer");
	Case kinds("random layers: every kind of stimulus occurred");
	uint64_t resets = 0;
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
			resets += !bench.run(*s, (uint64_t)r.range(1, (int64_t)s->model_cycles), options_.back_pressure, seed).finished;
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
		RunResult result = bench.run(*s, limit, options_.back_pressure, seed, (uint64_t)r.range(0, (int64_t)s->model_cycles - 2));
		bench.count_overflows(*s);
		check_end(s->check);
		for (size_t i = 0; i < s->program.steps; i++) {
			const check_step &c = check_steps(s->check)[i];

			words.equal((int64_t)check_wrong_bytes(&c), 0, s->program.step[i].name, (int64_t)seed, (int64_t)i);
			bytes += c.compared;
			passes.equal((int64_t)c.wrong_passes, 0, s->program.step[i].name, (int64_t)seed, (int64_t)i);
			if (!options_.back_pressure) {
				cycles.equal((int64_t)c.rtl_cycles, (int64_t)c.model_cycles, s->program.step[i].name,
					(int64_t)seed, (int64_t)i);
				counters.equal(bench.counted_cycles(i), (int64_t)c.rtl_cycles, s->program.step[i].name,
					(int64_t)seed, (int64_t)i);
			}
		}
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
	std::printf("# %llu resets in the middle, %llu requests and %llu beats held up\n", (unsigned long long)resets,
		(unsigned long long)bench.refused, (unsigned long long)bench.withheld);
	if (options_.resets)
		kinds.equal(resets >= (uint64_t)options_.count / 5, 1, "resets in the middle");
	if (options_.back_pressure)
		kinds.equal(bench.refused && bench.withheld, 1, "back-pressure");
	words.finish((uint64_t)options_.count * 3);
	cycles.finish((uint64_t)options_.count);
	passes.finish((uint64_t)options_.count * 3);
	if (!options_.back_pressure)
		counters.finish((uint64_t)options_.count * 3);
	overflows.finish((uint64_t)options_.count);
	kinds.finish();
	status = bytes == 0 || Case::end();
}

// Waveforms are of the first image.
RunResult Driver::run_image(session &s, bool first)
{
	RunResult result = {false, 0, 0};
	std::vector<bool> steps;

	if (!first || !options_.trace)
		return bench.run(s, limit(s), false, 1);
	for (size_t i = 0; options_.trace_step && i < s.program.steps; i++)
		steps.push_back(!std::strcmp(s.program.step[i].name, options_.trace_step));
	Trace trace(options_.trace, steps, options_.trace_cycles);
	if (!bench.run_traced(s, limit(s), trace, result) || !trace.commit()) {
		std::fprintf(stderr, "cosim: %s: %s\n", options_.trace, std::strerror(errno));
		status = CAS_ENV;
	} else if (trace.left_out()) {
		std::fprintf(stderr, "cosim: %s ends %llu cycles early; --trace-cycles 0 records all\n", options_.trace,
			(unsigned long long)trace.left_out());
	}
	return result;
}

// One image after the other, until one does not end.
void Driver::config_session()
{
	session &s = *first_;
	size_t pixels = (size_t)(s.net.input.h * s.net.input.w * s.net.input.c);
	RunSummary run;

	bench.configure(s);
	while (run.images < s.images && !run.stopped_in) {
		check_begin(s.check, s.pixels + (size_t)run.images * pixels, s.dram);
		std::clock_t begin = std::clock();
		RunResult result = run_image(s, run.images++ == 0);

		if (status)
			return;
		run.seconds += (double)(std::clock() - begin) / CLOCKS_PER_SEC; // the machine may be shared
		run.cycles += result.cycles;
		if (result.finished)
			bench.count_overflows(s);
		else
			run.stopped_in = s.program.step[std::min(result.step, s.program.steps - 1)].name;
		check_end(s.check);
	}
	if (options_.json)
		print_json(s, run);
	else
		print_table(s, run);
	if (run.stopped_in)
		std::fprintf(stderr, "cosim: the RTL did not end image %d within %llu cycles: it was in step %s\n", run.images,
			(unsigned long long)limit(s), run.stopped_in);
	if (*check_complaints(s.check))
		std::fprintf(stderr, "%s", check_complaints(s.check));
	status = run.stopped_in || !check_agrees(s.check);
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
		"       cosim config FILE [--images N] [--limit CYCLES] [--set KEY=VALUE]... [--json]\n"
		"              [--trace FILE [--trace-step NAME] [--trace-cycles N]]\n");
	return 2;
}

// A whole number least..most; false if it is none.
template <class T> static bool number(const char *text, uint64_t least, uint64_t most, T &value)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = std::strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || n < least || n > most)
		return false;
	value = (T)n;
	return true;
}

// Options with a value.
static bool parse_value(const std::string &name, const char *value, Options &o)
{
	if (name == "--count")
		return number(value, 1, 1000000, o.count);
	if (name == "--tables")
		return number(value, 0, 1000000, o.tables);
	if (name == "--images")
		return number(value, 1, 1000000, o.images);
	if (name == "--seed")
		return number(value, 0, UINT64_MAX, o.seed);
	if (name == "--limit")
		return number(value, 1, UINT64_MAX, o.limit);
	if (name == "--trace-cycles")
		return number(value, 0, UINT64_MAX, o.trace_cycles);
	if (name == "--trace")
		o.trace = value;
	else if (name == "--trace-step")
		o.trace_step = value;
	else if (name == "--set")
		o.sets.push_back(value);
	else
		return false;
	return true;
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

		if (a[0] == '+')
			continue; // the simulator's
		if (a == "--back-pressure")
			o.back_pressure = true;
		else if (a == "--resets")
			o.resets = true;
		else if (a == "--json")
			o.json = true;
		else if (i + 1 == argc || !parse_value(a, argv[++i], o))
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
	if (std::fflush(stdout) || std::ferror(stdout)) {
		std::fprintf(stderr, "cosim: cannot write to standard output\n");
		return CAS_ENV;
	}
	return status;
}

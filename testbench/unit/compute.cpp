// The array with its edges, accumulators and lanes: random tiles, every sum, overflow and the cycle of every
// output, against cas_reference_sum / cas_requant and the recurrence of DESIGN.md A1.
// Usage: compute +mul=FILE
//
// Built once for each array size: -DMODEL=Vcompute_RxC -DROWS=R -DCOLS=C -DHEADER="Vcompute_RxC.h".
#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include HEADER
#include "bits.h"
#include "tap.h"

extern "C" {
#include "arith/fixed.h"
#include "arith/product.h"
}

enum { LANE = 40, DEPTH = 32, BIAS_ROWS = 8, TAG = 8, PSUM_BITS = 25, ACC_BITS = 32, RUNS = 48 };

struct tile {
	int rho, m;
	bool first, last;
	int bias_row;
	std::vector<uint8_t> w; // [rho][COLS]
	std::vector<uint8_t> a; // [m][rho]
	std::vector<uint8_t> pad; // [m][rho]: the row reads the code 0
	std::vector<uint8_t> used; // [m][COLS]: the column's sum means something
	uint64_t tau, s;        // start of load, of issue
	std::vector<uint64_t> word_cycle;
};

struct expected {
	int64_t sum[COLS];
	int code[COLS], tag;
};

struct settings {
	int mapping, a_signed;
	int psum_bits, acc_bits, saturate;
	cas_requant rq;
	std::vector<int64_t> bias; // [BIAS_ROWS][COLS]
};

static uint8_t random_code(Random &r, bool is_signed)
{
	int64_t v = r.chance(15) ? 0 : is_signed ? r.range(-127, 127) : r.range(0, 255);

	return (uint8_t)v;
}

// One block of columns and one of vectors: some tiles over K.
static void add_block(std::vector<tile> &tiles, Random &r, const settings &set)
{
	int chunks = (int)r.range(1, 4), m = r.chance(40) ? (int)r.range(1, 3) : (int)r.range(1, DEPTH);

	for (int k = 0; k < chunks; k++) {
		tile t = {};

		t.rho = r.chance(40) ? ROWS : (int)r.range(1, ROWS);
		t.m = m;
		t.first = k == 0;
		t.last = k == chunks - 1;
		t.bias_row = (int)r.range(0, BIAS_ROWS - 1);
		for (int i = 0; i < t.rho * COLS; i++)
			t.w.push_back(random_code(r, true));
		for (int i = 0; i < t.rho * m; i++) {
			t.a.push_back(random_code(r, set.a_signed));
			t.pad.push_back(r.chance(10));
		}
		for (int i = 0; i < COLS * m; i++)
			t.used.push_back(r.chance(80));
		tiles.push_back(t);
	}
}

// s_t >= tau_t + rho_t, s_{t+1} >= s_t + M_t, tau_{t+1} >= s_t; words late at random with `stalls`.
static void schedule(std::vector<tile> &tiles, Random &r, bool stalls)
{
	uint64_t issue = 0, free_at = 0;

	for (tile &t : tiles) {
		uint64_t at = issue + (stalls ? (uint64_t)r.range(0, 3) : 0);

		t.tau = at;
		for (int k = 0; k < t.rho; k++) {
			if (stalls && r.chance(20))
				at += (uint64_t)r.range(1, 5);
			t.word_cycle.push_back(at++);
		}
		issue = at > free_at ? at : free_at;
		if (stalls && r.chance(20))
			issue += (uint64_t)r.range(1, 4);
		t.s = issue;
		free_at = issue + (uint64_t)t.m;
	}
}

// N of docs/numerics.md section 5.
static int64_t narrow(int64_t x, int bits, const settings &set, int &overflows)
{
	int64_t top = (INT64_C(1) << (bits - 1)) - 1;

	if (x >= -top - 1 && x <= top)
		return x;
	overflows++;
	return !set.saturate ? cas_wrap(x, bits) : x < 0 ? -top - 1 : top;
}

// Sums of a block from the table of array products and the corrections, and each vector's overflows, as
// docs/numerics.md 3 to 5 say.
static void expect(const std::vector<tile> &tiles, const settings &set, const uint16_t *table,
	std::map<uint64_t, expected> &out, std::map<uint64_t, int> &overflows)
{
	cas_product_spec spec = {};
	std::unique_ptr<cas_product> product(new cas_product);
	std::vector<int64_t> acc(DEPTH * COLS), corrections(DEPTH * COLS);

	spec.mapping = (cas_product_mapping)set.mapping;
	spec.a_signed = set.a_signed;
	spec.w_signed = 1;
	cas_product_make(product.get(), table, &spec);
	for (const tile &t : tiles)
		for (int m = 0; m < t.m; m++) {
			expected e = {};

			for (int c = 0; c < COLS; c++) {
				int64_t &sum = acc[(size_t)(m * COLS + c)], &rest = corrections[(size_t)(m * COLS + c)];
				int64_t psum = 0;
				int over = 0;

				if (t.first)
					sum = rest = 0;
				for (int row = 0; row < t.rho; row++) {
					uint8_t a = t.pad[(size_t)(m * t.rho + row)] ? 0 : t.a[(size_t)(m * t.rho + row)];
					int pair = a << 8 | t.w[(size_t)(row * COLS + c)];

					psum = narrow(psum + product->array[pair], set.psum_bits, set, over);
					rest += product->value[pair] - product->array[pair];
				}
				sum = narrow(sum + psum, set.acc_bits, set, over);
				overflows[t.s + (uint64_t)m] += t.used[(size_t)(m * COLS + c)] ? over : 0;
				e.sum[c] = sum + rest + set.bias[(size_t)(t.bias_row * COLS + c)];
				e.code[c] = cas_requant_apply(&set.rq, e.sum[c]) & 255;
			}
			e.tag = (int)((t.s + (uint64_t)m) & 255);
			if (t.last)
				out[t.s + (uint64_t)m] = e;
		}
}

class Bench {
public:
	Bench(VerilatedContext *context) : top(new MODEL(context, "compute")) {}
	~Bench() { top->final(); }

	void run(Case &sums, Case &codes, Case &overflows, const std::vector<tile> &tiles, const settings &set,
		const std::map<uint64_t, expected> &want, const std::map<uint64_t, int> &over, Random &r);

	std::unique_ptr<MODEL> top;

private:
	void tick()
	{
		top->clk_i = 1;
		top->eval();
		top->clk_i = 0;
		top->eval();
	}
	void configure(const settings &set);
	void drive(const std::vector<tile> &tiles, uint64_t cycle, Random &r);
	size_t loading_ = 0, issuing_ = 0;
};

void Bench::configure(const settings &set)
{
	top->rst_ni = 0;
	top->ld_valid_i = top->vec_valid_i = top->bias_we_i = 0;
	tick();
	tick();
	top->rst_ni = 1;
	top->psum_high_i = (uint32_t)(((UINT64_C(1) << (PSUM_BITS + 1)) - 1) & UINT64_MAX << (set.psum_bits - 1));
	top->acc_high_i = (uint32_t)(UINT64_MAX << (set.acc_bits - 1));
	top->saturate_i = (uint8_t)set.saturate;
	top->mul_sel_i = 0;
	top->mapping_i = (uint8_t)set.mapping;
	top->a_signed_i = (uint8_t)set.a_signed;
	top->mult_i = (uint16_t)set.rq.mult;
	top->shift_i = (uint8_t)set.rq.shift;
	top->lo_i = (uint16_t)(set.rq.lo & 511);
	top->hi_i = (uint16_t)(set.rq.hi & 511);
	top->bias_we_i = 1;
	for (int i = 0; i < BIAS_ROWS * COLS; i++) {
		top->bias_row_i = (uint8_t)(i / COLS);
		top->bias_col_i = (uint8_t)(i % COLS);
		top->bias_data_i = (uint64_t)set.bias[(size_t)i] & ((UINT64_C(1) << LANE) - 1);
		tick();
	}
	top->bias_we_i = 0;
	loading_ = issuing_ = 0;
}

// Inputs of one cycle; ports that mean nothing get noise.
void Bench::drive(const std::vector<tile> &tiles, uint64_t cycle, Random &r)
{
	top->ld_valid_i = top->vec_valid_i = 0;
	top->ld_first_i = top->ld_last_i = top->vec_swap_i = (uint8_t)(r.next() & 1);
	for (int i = 0; i < COLS; i++) {
		set_bits(top->ld_word_i, (size_t)(8 * i), 8, r.next());
		set_bits(top->vec_cols_i, (size_t)i, 1, r.next());
	}
	for (int i = 0; i < ROWS; i++) {
		set_bits(top->vec_data_i, (size_t)(8 * i), 8, r.next());
		set_bits(top->vec_rows_i, (size_t)i, 1, r.next());
		set_bits(top->ld_row_en_i, (size_t)i, 1, r.next());
	}
	while (loading_ < tiles.size() && cycle > tiles[loading_].word_cycle.back())
		loading_++;
	while (issuing_ < tiles.size() && cycle >= tiles[issuing_].s + (uint64_t)tiles[issuing_].m)
		issuing_++;
	if (loading_ < tiles.size()) {
		const tile &t = tiles[loading_];

		for (int k = 0; k < t.rho; k++) {
			if (t.word_cycle[(size_t)k] != cycle)
				continue;
			top->ld_valid_i = 1;
			top->ld_first_i = t.first && k == 0;
			top->ld_last_i = t.last && k == t.rho - 1;
			for (int row = 0; row < ROWS; row++)
				set_bits(top->ld_row_en_i, (size_t)row, 1, row <= k && row < t.rho);
			for (int c = 0; c < COLS; c++)
				set_bits(top->ld_word_i, (size_t)(8 * c), 8, t.w[(size_t)((t.rho - 1 - k) * COLS + c)]);
		}
	}
	if (issuing_ < tiles.size() && cycle >= tiles[issuing_].s) {
		const tile &t = tiles[issuing_];
		int m = (int)(cycle - t.s);

		top->vec_valid_i = 1;
		top->vec_swap_i = m == 0;
		top->vec_first_i = t.first;
		top->vec_last_i = t.last;
		top->vec_pop_i = t.last && m == t.m - 1;
		top->vec_addr_i = (uint8_t)m;
		top->vec_bias_i = (uint8_t)t.bias_row;
		top->vec_tag_i = (uint8_t)cycle;
		for (int c = 0; c < COLS; c++)
			set_bits(top->vec_cols_i, (size_t)c, 1, t.used[(size_t)(m * COLS + c)]);
		for (int row = 0; row < ROWS; row++) {
			set_bits(top->vec_rows_i, (size_t)row, 1, row < t.rho);
			set_bits(top->vec_pad_i, (size_t)row, 1, row < t.rho && t.pad[(size_t)(m * t.rho + row)]);
			if (row < t.rho)
				set_bits(top->vec_data_i, (size_t)(8 * row), 8, t.a[(size_t)(m * t.rho + row)]);
		}
	}
}

void Bench::run(Case &sums, Case &codes, Case &overflows, const std::vector<tile> &tiles, const settings &set,
	const std::map<uint64_t, expected> &want, const std::map<uint64_t, int> &over, Random &r)
{
	uint64_t end = tiles.back().s + (uint64_t)tiles.back().m + ROWS + COLS + 8;

	configure(set);
	for (uint64_t cycle = 0; cycle < end; cycle++) {
		std::map<uint64_t, expected>::const_iterator sum = want.find(cycle - ROWS - COLS - 2),
			code = want.find(cycle - ROWS - COLS - 4);
		std::map<uint64_t, int>::const_iterator count = over.find(cycle - ROWS - COLS - 1);

		drive(tiles, cycle, r);
		top->eval();
		sums.equal(top->sum_valid_o, sum != want.end(), "a sum in this cycle", (int64_t)cycle);
		overflows.equal(top->events_o, count == over.end() ? 0 : count->second, "cycle", (int64_t)cycle);
		codes.equal(top->out_valid_o, code != want.end(), "codes in this cycle", (int64_t)cycle);
		for (int c = 0; sum != want.end() && c < COLS; c++)
			sums.equal(get_signed(top->sum_o, (size_t)(LANE * c), LANE), sum->second.sum[c], "cycle, column",
				(int64_t)cycle, c);
		for (int c = 0; code != want.end() && c < COLS; c++)
			codes.equal((int64_t)get_bits(top->out_code_o, (size_t)(8 * c), 8), code->second.code[c],
				"cycle, column", (int64_t)cycle, c);
		if (code != want.end())
			codes.equal(top->out_tag_o, code->second.tag, "tag", (int64_t)cycle);
		tick();
	}
}

static settings random_settings(Random &r, int run)
{
	settings s = {};

	s.mapping = run % 4;
	s.a_signed = run / 4 % 2;
	s.psum_bits = r.chance(40) ? PSUM_BITS : (int)r.range(8, 20);
	s.acc_bits = r.chance(40) ? ACC_BITS : (int)r.range(8, 22);
	s.saturate = r.chance(50);
	s.rq.mult = (uint32_t)r.range(1 << 15, 65535);
	s.rq.shift = (int)r.range(20, 34);
	s.rq.lo = r.chance(50) ? 0 : -127;
	s.rq.hi = s.rq.lo ? 127 : 255;
	for (int i = 0; i < BIAS_ROWS * COLS; i++)
		s.bias.push_back(r.range(-2000000, 2000000));
	return s;
}

static std::vector<uint16_t> read_hex(const char *path)
{
	std::vector<uint16_t> table;
	FILE *f = std::fopen(path, "r");
	unsigned value;

	while (f && std::fscanf(f, "%x", &value) == 1)
		table.push_back((uint16_t)value);
	if (f)
		std::fclose(f);
	return table;
}

int main(int argc, char **argv)
{
	VerilatedContext context;
	std::vector<uint16_t> table;
	char name[3][96];
	Random r(ROWS * 1000 + COLS);

	context.commandArgs(argc, argv);
	for (int i = 1; i < argc; i++)
		if (!std::strncmp(argv[i], "+mul=", 5))
			table = read_hex(argv[i] + 5);
	if (table.size() != 65536) {
		std::fprintf(stderr, "compute: +mul=FILE: no table of 65536 products\n");
		return 2;
	}
	std::snprintf(name[0], sizeof name[0], "%dx%d: every sum of random tiles, in its cycle", ROWS, COLS);
	std::snprintf(name[1], sizeof name[1], "%dx%d: every code of random tiles, in its cycle", ROWS, COLS);
	std::snprintf(name[2], sizeof name[2], "%dx%d: every vector's overflows, in its cycle", ROWS, COLS);
	Case sums(name[0]), codes(name[1]), overflows(name[2]);
	int total = 0;
	{
		Bench bench(&context);

		for (int run = 0; run < RUNS; run++) {
			settings set = random_settings(r, run);
			std::vector<tile> tiles;
			std::map<uint64_t, expected> want;
			std::map<uint64_t, int> over;

			for (int block = 0; block < 12; block++)
				add_block(tiles, r, set);
			schedule(tiles, r, r.chance(50));
			expect(tiles, set, table.data(), want, over);
			for (const auto &vector : over)
				total += vector.second;
			bench.run(sums, codes, overflows, tiles, set, want, over, r);
		}
	}
	sums.finish(RUNS * 12 * COLS);
	codes.finish(RUNS * 12 * COLS);
	overflows.equal(total > 1000, 1, "overflows in all", total);
	overflows.finish(RUNS * 12);
	return Case::end();
}

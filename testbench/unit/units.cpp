// The arithmetic units, cycle by cycle, against the C functions that they must equal.
// Usage: units +mul=FILE: two approximate tables, best one whose product of zeros is not 0 and one with negative
// squares (as int16), which the mapping `signed` uses.
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include "Vunits.h"
#include "tap.h"

extern "C" {
#include "arith/fixed.h"
#include "arith/product.h"
#include "arith/softmax.h"
#include "arith/squash.h"
}

static std::unique_ptr<Vunits> top;
static uint64_t cycle;

// One clock.  Inputs are set before, outputs of the cycle are read before.
static void tick()
{
	top->clk_i = 1;
	top->eval();
	top->clk_i = 0;
	top->eval();
	cycle++;
}

static void reset()
{
	top->rst_ni = 0;
	tick();
	tick();
	top->rst_ni = 1;
	top->eval();
}

static void test_map(const uint16_t *table)
{
	Case c("operand mapping gives the table index and the sign of every pair, mapping and signedness");
	std::unique_ptr<cas_product> product(new cas_product);
	int sign[256][2], mag[256][2];

	for (int mapping = 0; mapping < 4; mapping++)
		for (int a_signed = 0; a_signed < 2; a_signed++) {
			cas_product_spec spec = {};

			spec.mapping = (cas_product_mapping)mapping;
			spec.a_signed = a_signed;
			spec.w_signed = 1;
			cas_product_make(product.get(), table, &spec);
			for (int i = 0; i < 512; i++) {
				top->map_mapping_i = (uint8_t)mapping;
				top->map_signed_i = i & 1;
				top->map_code_i = (uint8_t)(i >> 1);
				top->eval();
				sign[i >> 1][i & 1] = top->map_sign_o;
				mag[i >> 1][i & 1] = top->map_mag_o;
			}
			for (int a = 0; a < 256; a++)
				for (int w = 0; w < 256; w++) {
					if ((a_signed && a == 128) || w == 128)
						continue;
					int p = table[mag[a][a_signed] << 8 | mag[w][1]];

					if (mapping == CAS_MAP_SIGNED)
						p = (int16_t)p;
					c.equal(sign[a][a_signed] ^ sign[w][1] ? -p : p, product->array[a << 8 | w],
						"array product", mapping, a, w);
				}
		}
	c.finish(8 * 250 * 250);
}

struct rq_case {
	int64_t acc;
	cas_requant rq;
};

// Values around every rounding boundary, and anywhere.
static rq_case random_rq(Random &r)
{
	rq_case k = {};
	static const int ranges[3][2] = {{-127, 127}, {0, 255}, {0, 127}};
	int which = (int)r.range(0, 2), bits = (int)r.range(1, 38);

	k.rq.mult = (uint32_t)r.range(1 << 15, 65535);
	k.rq.shift = (int)r.range(0, 58);
	k.rq.lo = ranges[which][0];
	k.rq.hi = ranges[which][1];
	if (r.chance(30))
		k.rq.mult = 1 << 15;
	k.acc = r.range(-(INT64_C(1) << bits), INT64_C(1) << bits);
	if (k.rq.shift > 0 && r.chance(60)) {
		// about the half step below a code in reach
		int64_t code = r.range(0, 260);
		__int128 edge = ((__int128)(2 * code + 1) << (k.rq.shift - 1)) / k.rq.mult;

		if (edge < (INT64_C(1) << 38))
			k.acc = ((int64_t)edge + r.range(-1, 1)) * (r.chance(50) ? 1 : -1);
	}
	return k;
}

static void test_requant()
{
	Case c("requantisation equals cas_requant_apply two cycles later, one a cycle");
	Random r(11);
	rq_case line[3] = {};
	const int count = 2000000;

	// The settings that are a step's stay for a while, as they do in the lanes.
	for (int i = 0; i < count; i++) {
		rq_case k = random_rq(r);

		if (i % 4) {
			k.rq.shift = line[0].rq.shift;
			k.rq.lo = line[0].rq.lo;
			k.rq.hi = line[0].rq.hi;
		}
		line[2] = line[1];
		line[1] = line[0];
		line[0] = k;
		top->rq_acc_i = (uint64_t)k.acc & ((UINT64_C(1) << 40) - 1);
		top->rq_mult_i = (uint16_t)k.rq.mult;
		// Stage 2 sees the shift of the sum that entered a cycle ago.
		top->rq_shift_i = (uint8_t)line[1].rq.shift;
		top->rq_lo_i = (uint16_t)line[1].rq.lo & 511;
		top->rq_hi_i = (uint16_t)line[1].rq.hi & 511;
		top->eval();
		if (i >= 2)
			c.equal(top->rq_code_o, (uint8_t)cas_requant_apply(&line[2].rq, line[2].acc), "acc, mult, shift",
				line[2].acc, line[2].rq.mult, line[2].rq.shift);
		tick();
	}
	c.finish(count - 2);
}

static void test_isqrt()
{
	Case c("the square root equals cas_isqrt seven cycles later: below 2^20, and about every square");
	std::vector<uint32_t> xs;
	std::deque<uint32_t> inside;
	Random r(12);

	for (uint32_t x = 0; x < 1u << 20; x++)
		xs.push_back(x);
	for (uint32_t root = 1; root < 8192; root++)
		for (int d = -1; d <= 1; d++)
			xs.push_back((uint32_t)((int64_t)root * root + d));
	for (int i = 0; i < 200000; i++)
		xs.push_back((uint32_t)r.range(0, (1 << 26) - 1));
	for (size_t i = 0; i < xs.size() + 7; i++) {
		top->sqrt_valid_i = i < xs.size();
		top->sqrt_x_i = i < xs.size() ? xs[i] : 0;
		top->eval();
		c.equal(top->sqrt_valid_o, i >= 7, "valid", (int64_t)i);
		if (i >= 7)
			c.equal(top->sqrt_root_o, cas_isqrt(xs[i - 7]), "x", xs[i - 7]);
		tick();
	}
	top->sqrt_valid_i = 0;
	for (int i = 0; i < 10; i++)
		tick();
	c.finish(2 * xs.size());
}

static void test_div()
{
	Case c("the divider is exact nine cycles later on what softmax asks: all e, sums of every size");
	std::deque<uint32_t> want;
	uint64_t asked = 0;

	// Every exponential with every 7th sum: 7 is prime to 256, so all low bits occur.
	for (uint32_t sum = 255; sum <= 65280 || !want.empty(); sum += 7)
		for (uint32_t e = 0; e < 256; e++) {
			bool ask = sum <= 65280;

			top->div_valid_i = ask;
			top->div_num_i = 256 * e + sum / 2;
			top->div_den_i = (uint16_t)(ask ? sum : 1);
			top->eval();
			if (asked >= 9 && !want.empty()) {
				c.equal(top->div_valid_o, 1, "valid", sum, e);
				c.equal(top->div_quot_o, want.front(), "sum, e", sum, e);
				want.pop_front();
			}
			if (ask)
				want.push_back((256 * e + sum / 2) / sum);
			asked++;
			tick();
		}
	top->div_valid_i = 0;
	c.finish(4000000);
}

static void load_coefficients(int table, const cas_squash *squash)
{
	top->sq_coef_we_i = 1;
	for (int i = 0; i < CAS_SQUASH_ENTRIES; i++) {
		top->sq_coef_addr_i = (uint16_t)(table << 10 | i);
		top->sq_coef_data_i = squash->coef[i];
		tick();
	}
	top->sq_coef_we_i = 0;
}

struct squash_setup {
	cas_squash squash;
	int32_t square[128];
	int square_shift, dim, beats;
};

static void set_squash(squash_setup *s, const uint16_t *tables, int mapping, double scale, int dim,
	int slot)
{
	cas_product_spec spec = {};
	cas_err err;

	spec.mapping = (cas_product_mapping)mapping;
	cas_product_squares(tables + (mapping == CAS_MAP_SIGNED ? 65536 : 0), &spec, s->square, &s->square_shift);
	if (cas_squash_make(&s->squash, scale, dim, &err))
		std::abort();
	s->dim = dim;
	s->beats = (dim + 3) / 4;
	load_coefficients(slot, &s->squash);
	top->sq_sel_i = mapping == CAS_MAP_SIGNED;
	top->sq_aligned_i = mapping == CAS_MAP_ALIGNED;
	top->sq_signed_i = mapping == CAS_MAP_SIGNED;
	top->sq_beats_i = (uint8_t)s->beats;
	top->sq_table_i = (uint8_t)slot;
	top->sq_shift_i = (uint8_t)s->squash.shift;
	top->sq_index_shift_i = (uint8_t)s->squash.index_shift;
}

// Stream capsules through the unit; gaps between beats if `gaps`.
static void run_squash(Case &c, const squash_setup &s, const std::vector<int8_t> &codes, bool gaps,
	Random &r)
{
	size_t caps = codes.size() / (size_t)s.dim, in = 0, out = 0, beats = caps * (size_t)s.beats;
	std::vector<int8_t> want(codes.size());
	std::vector<uint64_t> last_in(caps);

	for (size_t i = 0; i < caps; i++)
		cas_squash_apply(&s.squash, s.square, s.square_shift, &codes[i * (size_t)s.dim], s.dim,
			&want[i * (size_t)s.dim]);
	for (uint64_t guard = 0; out < beats && guard < 20 * beats + 1000; guard++) {
		bool give = in < beats && !(gaps && r.chance(20));
		uint32_t word = (uint32_t)r.next(), lanes = 0;

		if (give) {
			size_t cap = in / (size_t)s.beats, first = in % (size_t)s.beats * 4;

			for (size_t l = 0; l < 4 && first + l < (size_t)s.dim; l++) {
				lanes |= 1u << l;
				word = (word & ~(255u << 8 * l)) |
					(uint32_t)(uint8_t)codes[cap * (size_t)s.dim + first + l] << 8 * l;
			}
			last_in[cap] = cycle;
			in++;
		}
		top->sq_valid_i = give;
		top->sq_lane_i = (uint8_t)lanes;
		top->sq_s_i = word;
		top->eval();
		if (top->sq_valid_o) {
			size_t cap = out / (size_t)s.beats, first = out % (size_t)s.beats * 4;

			c.equal((int64_t)(cycle - last_in[cap]), 14 + (int64_t)(first / 4), "cycles to the beat",
				s.dim, (int64_t)first);
			for (size_t l = 0; l < 4 && first + l < (size_t)s.dim; l++)
				c.equal((int8_t)(top->sq_v_o >> 8 * l), want[cap * (size_t)s.dim + first + l],
					"dim, element, s", s.dim, (int64_t)(first + l), codes[cap * (size_t)s.dim + first + l]);
			out++;
		}
		tick();
	}
	top->sq_valid_i = 0;
	c.equal((int64_t)out, (int64_t)beats, "beats out");
}

static void test_squash(const uint16_t *table)
{
	Case all("squash equals cas_squash_apply on every capsule of one and of two elements");
	Case some("squash equals cas_squash_apply on random capsules of 1 to 256 elements, all mappings");
	Random r(13);
	squash_setup s;
	std::vector<int8_t> codes;

	set_squash(&s, table, CAS_MAP_ALIGNED, 0.02, 1, 0);
	for (int a = -127; a <= 127; a++)
		codes.push_back((int8_t)a);
	run_squash(all, s, codes, false, r);
	set_squash(&s, table, CAS_MAP_SIGN_MAGNITUDE, 0.011, 2, 1);
	codes.clear();
	for (int a = -127; a <= 127; a++)
		for (int b = -127; b <= 127; b++) {
			codes.push_back((int8_t)a);
			codes.push_back((int8_t)b);
		}
	run_squash(all, s, codes, false, r);
	all.finish(2 * 255 * 255);
	for (int i = 0; i < 240; i++) {
		static const int dims[] = {1, 3, 4, 5, 8, 16, 17, 33, 64, 255, 256};
		int dim = i < 22 ? dims[i % 11] : (int)r.range(1, r.chance(70) ? 20 : 256);
		int reach = r.chance(50) ? 127 : (int)r.range(1, 127);
		double scale = 0.0005 * (double)r.range(1, 400);

		set_squash(&s, table, (i >> 1) % 4, scale, dim, i & 1);
		codes.clear();
		for (int k = 0; k < dim * (dim > 64 ? 8 : 60); k++)
			codes.push_back((int8_t)r.range(-reach, reach));
		run_squash(some, s, codes, i % 2, r);
	}
	some.finish(200000);
}

static void run_softmax(Case &c, const cas_softmax &softmax, int classes,
	const std::vector<int8_t> &logits, bool gaps, Random &r)
{
	size_t caps = logits.size() / (size_t)classes, in = 0, out = 0;
	std::vector<uint8_t> want(logits.size());
	std::vector<uint64_t> last_in(caps);

	for (size_t i = 0; i < caps; i++)
		cas_softmax_apply(&softmax, &logits[i * (size_t)classes], classes, &want[i * (size_t)classes]);
	top->sm_classes_i = (uint16_t)classes;
	for (uint64_t guard = 0; out < logits.size() && guard < 20 * logits.size() + 2000; guard++) {
		bool give = in < logits.size() && !(gaps && r.chance(20));

		top->sm_valid_i = give;
		top->sm_logit_i = give ? (uint8_t)logits[in] : (uint8_t)r.next();
		if (give)
			last_in[in++ / (size_t)classes] = cycle;
		top->eval();
		if (top->sm_valid_o) {
			size_t j = out % (size_t)classes;

			c.equal((int64_t)(cycle - last_in[out / (size_t)classes]), classes + 14 + (int64_t)j,
				"cycles to the class", classes, (int64_t)j);
			c.equal(top->sm_coupling_o, want[out], "classes, class, logit", classes, (int64_t)j, logits[out]);
			c.equal(top->sm_last_o, j + 1 == (size_t)classes, "last");
			out++;
		}
		tick();
	}
	top->sm_valid_i = 0;
	c.equal((int64_t)out, (int64_t)logits.size(), "coefficients out");
}

static void load_exponentials(int slot, const cas_softmax *softmax)
{
	top->sm_table_i = (uint8_t)slot;
	top->sm_exp_we_i = 1;
	for (int d = 0; d < CAS_SOFTMAX_ENTRIES; d++) {
		top->sm_exp_addr_i = (uint16_t)(slot << 8 | d);
		top->sm_exp_data_i = softmax->exp[d];
		tick();
	}
	top->sm_exp_we_i = 0;
}

static void test_softmax()
{
	Case all("softmax equals cas_softmax_apply on every pair of logits");
	Case some("softmax equals cas_softmax_apply on random logits of 1 to 256 classes");
	Random r(14);
	cas_softmax softmax;
	cas_err err;
	std::vector<int8_t> logits;

	if (cas_softmax_make(&softmax, 0.04, &err))
		std::abort();
	load_exponentials(1, &softmax);
	for (int a = -127; a <= 127; a++)
		for (int b = -127; b <= 127; b++) {
			logits.push_back((int8_t)a);
			logits.push_back((int8_t)b);
		}
	run_softmax(all, softmax, 2, logits, false, r);
	all.finish(2 * 255 * 255);
	for (int i = 0; i < 200; i++) {
		static const int sizes[] = {1, 2, 3, 10, 16, 17, 100, 255, 256};
		int classes = i < 18 ? sizes[i % 9] : (int)r.range(1, r.chance(60) ? 20 : 256);
		int low = (int)r.range(-127, 127), high = (int)r.range(low, 127);

		if (cas_softmax_make(&softmax, 0.001 * (double)r.range(1, 300), &err))
			std::abort();
		load_exponentials(i & 1, &softmax);
		logits.clear();
		for (int k = 0; k < classes * (classes > 64 ? 6 : 40); k++)
			logits.push_back((int8_t)(r.chance(10) ? r.range(-127, 127) : r.range(low, high)));
		run_softmax(some, softmax, classes, logits, i % 2, r);
	}
	some.finish(200000);
}

static void read_hex(const char *path, std::vector<uint16_t> &table)
{
	FILE *f = std::fopen(path, "r");
	unsigned value;

	while (f && std::fscanf(f, "%x", &value) == 1)
		table.push_back((uint16_t)value);
	if (f)
		std::fclose(f);
}

int main(int argc, char **argv)
{
	VerilatedContext context;
	std::vector<uint16_t> table;

	context.commandArgs(argc, argv);
	for (int i = 1; i < argc; i++)
		if (!std::strncmp(argv[i], "+mul=", 5))
			read_hex(argv[i] + 5, table);
	if (table.size() != 2 * 65536) {
		std::fprintf(stderr, "units: +mul=FILE: not two tables of 65536 products\n");
		return 2;
	}
	top.reset(new Vunits(&context, "units"));
	reset();
	test_map(table.data());
	test_requant();
	test_isqrt();
	test_div();
	test_squash(table.data());
	test_softmax();
	top->final();
	top.reset(); /* before its context goes */
	return Case::end();
}

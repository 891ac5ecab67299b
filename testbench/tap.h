// Test cases of the benches, in the form that tests/run.sh reads (TAP).
#ifndef CAPSACC_TAP_H
#define CAPSACC_TAP_H

#include <cinttypes>
#include <cstdio>

// One question, many comparisons.  A case that compared nothing fails.
class Case {
public:
	explicit Case(const char *sentence) : sentence_(sentence) {}

	// Count a comparison; the first few differences are printed.
	bool equal(int64_t got, int64_t want, const char *what, int64_t a = 0, int64_t b = 0, int64_t c = 0)
	{
		compared_++;
		if (got == want)
			return true;
		if (wrong_++ < 5)
			std::printf("# %s (%" PRId64 ", %" PRId64 ", %" PRId64 "): got %" PRId64 ", want %" PRId64 "\n",
				what, a, b, c, got, want);
		return false;
	}

	// Print the verdict; `least`: comparisons that there must have been.
	void finish(uint64_t least = 1)
	{
		bool good = wrong_ == 0 && compared_ >= least;

		number()++;
		bad() += !good;
		std::printf("%sok %d - %s: %" PRIu64 " compared, %" PRIu64 " wrong\n", good ? "" : "not ",
			number(), sentence_, compared_, wrong_);
		if (compared_ < least)
			std::printf("# only %" PRIu64 " of %" PRIu64 " comparisons were made\n", compared_, least);
		std::fflush(stdout);
	}

	// Plan line and exit status.
	static int end()
	{
		std::printf("1..%d\n", number());
		return bad() || !number();
	}

	uint64_t compared() const { return compared_; }
	uint64_t wrong() const { return wrong_; }

private:
	static int &number() { static int n; return n; }
	static int &bad() { static int n; return n; }

	const char *sentence_;
	uint64_t compared_ = 0, wrong_ = 0;
};

// Seeded random numbers (splitmix64); the library's cas_rng is counter-based and for studies.
class Random {
public:
	explicit Random(uint64_t seed) : state_(seed) {}
	uint64_t next()
	{
		uint64_t z = state_ += UINT64_C(0x9e3779b97f4a7c15);

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		return z ^ z >> 31;
	}
	// low..high, both included.
	int64_t range(int64_t low, int64_t high)
	{
		return low + (int64_t)(next() % (uint64_t)(high - low + 1));
	}
	bool chance(int percent) { return range(0, 99) < percent; }

private:
	uint64_t state_;
};

#endif

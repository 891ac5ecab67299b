// Off-chip memory: one data bus, fixed latency, a beat every few cycles; docs/timing.md section 5.
// Plain C++; the bench calls `drive` when a cycle's inputs are set and `sample` at its end.
#ifndef CAPSACC_DRAM_H
#define CAPSACC_DRAM_H

#include <cstdint>
#include <cstring>
#include <deque>

#include "tap.h"

struct DramTiming {
	int beat_bytes, cycles_per_beat, latency;
	bool random; // random gaps and refusals: data must not care, cycles do
};

class Dram {
public:
	enum { WIDEST = 256 };

	Dram(const DramTiming &timing, int cols, const uint8_t *weights, uint8_t *activations, uint64_t size,
		uint64_t seed)
		: t_(timing), cols_(cols), weights_(weights), activations_(activations), size_(size), random_(seed) {}

	// Inputs of the RTL in this cycle.
	bool w_valid = false, w_req_ready = true;
	bool a_rvalid = false, a_wready = false, a_req_ready = true;
	bool withheld = false; // a beat that could have come
	uint8_t w_data[WIDEST] = {}, a_rdata[WIDEST] = {};

	void drive(uint64_t cycle)
	{
		w_valid = a_rvalid = a_wready = false;
		w_req_ready = a_req_ready = !t_.random || random_.chance(60);
		withheld = t_.random && random_.chance(25) && (moving_ || !bursts_.empty());
		if (withheld)
			return;
		if (moving_ && cycle >= a_begin_)
			move();
		else
			fetch(cycle);
	}

	// Outputs of the RTL at the end of the cycle.
	void request_weights(uint64_t cycle, uint32_t word, uint32_t words)
	{
		bursts_.push_back({cycle + (uint64_t)t_.latency, word, words});
	}
	void request_move(uint64_t cycle, bool write, uint32_t addr, uint32_t bytes)
	{
		moving_ = true;
		write_ = write;
		a_begin_ = cycle + (uint64_t)t_.latency;
		a_addr_ = addr;
		a_left_ = bytes;
		a_wait_ = 0;
	}
	void written(const uint8_t *data) // with a_wready: the beat was taken
	{
		if (inside())
			std::memcpy(activations_ + a_addr_, data, beat());
		next_beat();
	}
	void read() { next_beat(); } // with a_rvalid

	// The beat of a LOAD or STORE that is next: where, and its bytes.
	uint64_t address() const { return a_addr_; }
	size_t beat() const { return a_left_ < (uint32_t)t_.beat_bytes ? a_left_ : (size_t)t_.beat_bytes; }

	uint64_t beats = 0;

private:
	struct Burst {
		uint64_t begin;
		uint32_t word, words;
	};

	bool inside() const { return a_addr_ + beat() <= size_; }

	// LOAD and STORE have the bus to themselves.
	void move()
	{
		if (++a_wait_ < t_.cycles_per_beat)
			return;
		a_wait_ = 0;
		if (write_) {
			a_wready = true;
		} else {
			a_rvalid = true;
			std::memset(a_rdata, 0xa5, sizeof a_rdata);
			if (inside())
				std::memcpy(a_rdata, activations_ + a_addr_, beat());
		}
	}

	void next_beat()
	{
		size_t bytes = beat();

		beats++;
		a_addr_ += (uint32_t)bytes;
		a_left_ -= (uint32_t)bytes;
		moving_ = a_left_ > 0;
	}

	void fetch(uint64_t cycle)
	{
		if (bursts_.empty() || cycle < bursts_.front().begin || ++w_wait_ < t_.cycles_per_beat)
			return;
		Burst &b = bursts_.front();
		int left = cols_ - offset_, bytes = left < t_.beat_bytes ? left : t_.beat_bytes;

		w_wait_ = 0;
		w_valid = true;
		beats++;
		std::memset(w_data, 0x5a, sizeof w_data);
		std::memcpy(w_data, weights_ + (size_t)b.word * (size_t)cols_ + (size_t)offset_, (size_t)bytes);
		offset_ += bytes;
		if (offset_ < cols_)
			return;
		offset_ = 0;
		b.word++;
		if (--b.words == 0)
			bursts_.pop_front();
	}

	DramTiming t_;
	int cols_;
	const uint8_t *weights_;
	uint8_t *activations_;
	uint64_t size_;
	Random random_;
	std::deque<Burst> bursts_;
	int offset_ = 0, w_wait_ = 0, a_wait_ = 0;
	bool moving_ = false, write_ = false;
	uint64_t a_begin_ = 0;
	uint32_t a_addr_ = 0, a_left_ = 0;
};

#endif

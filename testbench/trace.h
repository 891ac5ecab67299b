// Waveforms of the RTL, as VCD or FST: whichever this bench was built for (RTL_TRACE in rtl/rtl.mk), or
// neither.  A file appears under its name when it is complete.
#ifndef CAPSACC_TRACE_H
#define CAPSACC_TRACE_H

#include <cstdint>
#include <cstdio>
#include <string>
#include <unistd.h>
#include <vector>

#if VM_TRACE_FST
#include <verilated_fst_c.h>
typedef VerilatedFstC TraceWriter;
#elif VM_TRACE_VCD
#include <verilated_vcd_c.h>
typedef VerilatedVcdC TraceWriter;
#else
struct TraceWriter {
	bool isOpen() const { return false; }
	void open(const char *) {}
	void close() {}
	void dump(uint64_t) {}
	void set_time_unit(const char *) {}
	void set_time_resolution(const char *) {}
};
#endif

class Trace {
public:
	// `steps`: which of the program's to record, by index; empty: all.  `cycles`: how many of theirs; 0: all.
	Trace(const std::string &path, const std::vector<bool> &steps, uint64_t cycles)
		: path_(path), temporary_(path + ".tmp." + std::to_string(getpid())), steps_(steps),
		  room_(cycles ? cycles : UINT64_MAX) {}
	~Trace()
	{
		if (!writer_.isOpen())
			return;
		writer_.close();
		unlink(temporary_.c_str());
	}

	// After elaboration.  False: the file cannot be written; errno says why.
	template <class Top> bool open(Top &top)
	{
#if VM_TRACE
		const int every_level = 99;

		top.trace(&writer_, every_level);
#else
		(void)top;
#endif
		writer_.set_time_unit("1ns");
		writer_.set_time_resolution("1ns");
		writer_.open(temporary_.c_str());
		return writer_.isOpen();
	}

	// The signals as they are, at an edge of the clock.
	void dump(uint64_t time_ns, bool clock, bool running, size_t step)
	{
		if (!running || (!steps_.empty() && (step >= steps_.size() || !steps_[step])))
			return;
		if (left_out_ += clock && !room_; !room_)
			return;
		writer_.dump(time_ns);
		room_ -= !clock;
	}

	// Cycles that there was no room for.
	uint64_t left_out() const { return left_out_; }

	// Complete.  False as above.
	bool commit()
	{
		writer_.close();
		return std::rename(temporary_.c_str(), path_.c_str()) == 0;
	}

private:
	std::string path_, temporary_;
	std::vector<bool> steps_;
	uint64_t room_, left_out_ = 0;
	TraceWriter writer_;
};

#endif

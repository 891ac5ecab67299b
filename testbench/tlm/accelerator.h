// The accelerator as a TLM-2.0 target for virtual platforms: loosely timed, bits from the 8-bit engine, time from
// the cost model.  Register map, timing and limits: docs/tlm.md.
#ifndef CAPSACC_TLM_ACCELERATOR_H
#define CAPSACC_TLM_ACCELERATOR_H

#include <cstdint>
#include <systemc>
#include <tlm.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <vector>

#include "inference.h"

namespace capsacc {

// Byte offsets; 32-bit little-endian words.
enum Register : uint32_t {
	REG_ID = 0x00, REG_CONTROL = 0x04, REG_STATUS = 0x08, REG_ERROR = 0x0c,
	REG_IMAGE_LO = 0x10, REG_IMAGE_HI = 0x14, REG_RESULT_LO = 0x18, REG_RESULT_HI = 0x1c,
	REG_IMAGE_BYTES = 0x20, REG_RESULT_BYTES = 0x24, REG_CLASSES = 0x28, REG_ANSWER = 0x2c,
	REG_CYCLES_LO = 0x30, REG_CYCLES_HI = 0x34, REG_COUNT = 0x38, REGISTERS_BYTES = 0x40
};
const uint32_t ID = 0x43617073; // "Caps"
const uint32_t CONTROL_START = 1, CONTROL_IRQ_ENABLE = 2;
const uint32_t STATUS_BUSY = 1, STATUS_DONE = 2, STATUS_ERROR = 4;
const uint32_t ERROR_NONE = 0, ERROR_BUSY = 1, ERROR_IMAGE = 2, ERROR_RESULT = 3;

class Accelerator : public sc_core::sc_module {
public:
	tlm_utils::simple_target_socket<Accelerator> registers;
	tlm_utils::simple_initiator_socket<Accelerator> memory;
	sc_core::sc_out<bool> irq; // high while CONTROL_IRQ_ENABLE and STATUS_DONE or STATUS_ERROR are set

	SC_HAS_PROCESS(Accelerator);
	// `inference` is borrowed and must outlive the module.
	Accelerator(sc_core::sc_module_name name, inference *inference);

	// Of one inference: its cycles at the configured clock.
	sc_core::sc_time latency() const { return latency_; }

private:
	enum State { IDLE, FETCHING, BUSY, STORING };

	void transport(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay);
	unsigned debug(tlm::tlm_generic_payload &trans);
	uint32_t read(uint32_t offset) const;
	void write(uint32_t offset, uint32_t value, const sc_core::sc_time &delay);
	void start(const sc_core::sc_time &delay);
	void fail(uint32_t error, const sc_core::sc_time &at);
	void settle(const sc_core::sc_time &now);
	void finish();
	void drive_irq();
	bool access(tlm::tlm_command command, uint64_t address, std::vector<uint8_t> &bytes, sc_core::sc_time delay);

	inference *inference_;
	sc_core::sc_time latency_, end_;
	sc_core::sc_time done_at_, error_at_; // since when DONE, ERROR is set
	sc_core::sc_event end_event_, irq_event_;
	std::vector<uint8_t> image_, result_;
	State state_ = IDLE;
	bool done_ = false, irq_enable_ = false;
	uint32_t error_ = ERROR_NONE, answer_ = UINT32_MAX, next_answer_ = 0, count_ = 0;
	uint64_t image_address_ = 0, result_address_ = 0, cycles_ = 0;
};

} // namespace capsacc

#endif

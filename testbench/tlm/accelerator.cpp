#include "accelerator.h"

using sc_core::sc_time;
using sc_core::sc_time_stamp;

namespace capsacc {

Accelerator::Accelerator(sc_core::sc_module_name name, inference *inference)
	: sc_core::sc_module(name), registers("registers"), memory("memory"), irq("irq"), inference_(inference),
	  latency_((double)inference->cycles * 1000 / inference->clock_mhz, sc_core::SC_NS),
	  image_(inference->image_bytes), result_(inference->result_bytes)
{
	registers.register_b_transport(this, &Accelerator::transport);
	registers.register_transport_dbg(this, &Accelerator::debug);
	SC_THREAD(finish);
	SC_METHOD(drive_irq);
	sensitive << irq_event_;
}

// From the kernel's time on; a memory that waited may have let `end` go by.
static sc_time until(const sc_time &end)
{
	return end > sc_time_stamp() ? end - sc_time_stamp() : sc_core::SC_ZERO_TIME;
}

// The memory is read and written on the platform's bus; the bus time is already part of the model's cycles
// (its steps "load input" and "store result"), so what the memory annotates is not added a second time.
bool Accelerator::access(tlm::tlm_command command, uint64_t address, std::vector<uint8_t> &bytes, sc_time delay)
{
	tlm::tlm_generic_payload trans;

	trans.set_command(command);
	trans.set_address(address);
	trans.set_data_ptr(bytes.data());
	trans.set_data_length((unsigned)bytes.size());
	trans.set_streaming_width((unsigned)bytes.size());
	trans.set_byte_enable_ptr(nullptr);
	trans.set_dmi_allowed(false);
	trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
	memory->b_transport(trans, delay);
	return trans.is_response_ok();
}

// At the initiator's local time, which may be ahead of the kernel's by `delay`.
void Accelerator::start(const sc_time &delay)
{
	if (state_ != IDLE) {
		fail(ERROR_BUSY, sc_time_stamp() + delay); // the inference that runs goes on
		return;
	}
	end_ = sc_time_stamp() + delay + latency_;
	done_ = false;
	error_ = ERROR_NONE;
	state_ = FETCHING;
	if (!access(tlm::TLM_READ_COMMAND, image_address_, image_, delay)) {
		fail(ERROR_IMAGE, sc_time_stamp() + delay);
		state_ = IDLE;
		return;
	}
	next_answer_ = (uint32_t)inference_run(inference_, image_.data(), result_.data());
	state_ = BUSY;
	end_event_.notify(until(end_));
}

// The pin has risen with the first error, if there are several.
void Accelerator::fail(uint32_t error, const sc_time &at)
{
	if (error_ == ERROR_NONE)
		error_at_ = at;
	error_ = error;
}

// Finish an inference whose end is not after `now`.  Called by the kernel when it gets there, and before that for
// an initiator that has run ahead: it has to see what there is at its own time.
void Accelerator::settle(const sc_time &now)
{
	if (state_ != BUSY || now < end_)
		return;
	state_ = STORING;
	done_ = access(tlm::TLM_WRITE_COMMAND, result_address_, result_, now - sc_time_stamp());
	if (done_) {
		done_at_ = end_;
		answer_ = next_answer_;
		cycles_ = inference_->cycles;
		count_++;
	} else {
		fail(ERROR_RESULT, end_);
	}
	state_ = IDLE;
	irq_event_.notify(until(end_));
}

void Accelerator::finish()
{
	for (;;) {
		sc_core::wait(end_event_);
		settle(sc_time_stamp());
		// An event keeps only its earliest notification: one for an inference that an initiator ahead of us has
		// started since then may have been lost.
		if (state_ == BUSY)
			end_event_.notify(until(end_));
	}
}

// The pin belongs to the kernel's time, also if an initiator ahead of it has seen the end already.
void Accelerator::drive_irq()
{
	bool cause = done_ || error_ != ERROR_NONE;
	sc_time at = !done_ || (error_ != ERROR_NONE && error_at_ < done_at_) ? error_at_ : done_at_;

	irq.write(cause && irq_enable_ && sc_time_stamp() >= at);
	if (cause && irq_enable_ && sc_time_stamp() < at)
		irq_event_.notify(until(at));
}

uint32_t Accelerator::read(uint32_t offset) const
{
	switch (offset) {
	case REG_ID: return ID;
	case REG_CONTROL: return irq_enable_ ? CONTROL_IRQ_ENABLE : 0;
	case REG_STATUS: return (state_ != IDLE ? STATUS_BUSY : 0) | (done_ ? STATUS_DONE : 0) |
		(error_ ? STATUS_ERROR : 0);
	case REG_ERROR: return error_;
	case REG_IMAGE_LO: return (uint32_t)image_address_;
	case REG_IMAGE_HI: return (uint32_t)(image_address_ >> 32);
	case REG_RESULT_LO: return (uint32_t)result_address_;
	case REG_RESULT_HI: return (uint32_t)(result_address_ >> 32);
	case REG_IMAGE_BYTES: return (uint32_t)inference_->image_bytes;
	case REG_RESULT_BYTES: return (uint32_t)inference_->result_bytes;
	case REG_CLASSES: return (uint32_t)inference_->classes;
	case REG_ANSWER: return answer_;
	case REG_CYCLES_LO: return (uint32_t)cycles_;
	case REG_CYCLES_HI: return (uint32_t)(cycles_ >> 32);
	case REG_COUNT: return count_;
	default: return 0;
	}
}

static void set_half(uint64_t &address, int high, uint32_t value)
{
	address = high ? (address & UINT32_MAX) | (uint64_t)value << 32 : (address & ~(uint64_t)UINT32_MAX) | value;
}

// Writes to what can only be read are ignored.
void Accelerator::write(uint32_t offset, uint32_t value, const sc_time &delay)
{
	switch (offset) {
	case REG_CONTROL:
		irq_enable_ = value & CONTROL_IRQ_ENABLE;
		if (value & CONTROL_START)
			start(delay);
		break;
	case REG_STATUS: // ones clear
		done_ = done_ && !(value & STATUS_DONE);
		error_ = value & STATUS_ERROR ? ERROR_NONE : error_;
		break;
	case REG_IMAGE_LO: set_half(image_address_, 0, value); break;
	case REG_IMAGE_HI: set_half(image_address_, 1, value); break;
	case REG_RESULT_LO: set_half(result_address_, 0, value); break;
	case REG_RESULT_HI: set_half(result_address_, 1, value); break;
	default: break;
	}
	irq_event_.notify(delay);
}

static tlm::tlm_response_status check(const tlm::tlm_generic_payload &trans)
{
	if (trans.get_address() % 4 || trans.get_address() > REGISTERS_BYTES - 4)
		return tlm::TLM_ADDRESS_ERROR_RESPONSE;
	if (trans.get_byte_enable_ptr())
		return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
	if (trans.get_data_length() != 4 || trans.get_streaming_width() < 4)
		return tlm::TLM_BURST_ERROR_RESPONSE;
	return trans.is_read() || trans.is_write() ? tlm::TLM_OK_RESPONSE : tlm::TLM_COMMAND_ERROR_RESPONSE;
}

static uint32_t get_word(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void put_word(uint8_t *bytes, uint32_t word)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(word >> 8 * i);
}

void Accelerator::transport(tlm::tlm_generic_payload &trans, sc_time &delay)
{
	uint32_t offset = (uint32_t)trans.get_address();

	trans.set_response_status(check(trans));
	if (!trans.is_response_ok())
		return;
	settle(sc_time_stamp() + delay);
	if (trans.is_write())
		write(offset, get_word(trans.get_data_ptr()), delay);
	else
		put_word(trans.get_data_ptr(), read(offset));
	// A register is answered in one cycle.
	delay += sc_time(1000 / inference_->clock_mhz, sc_core::SC_NS);
}

// Reads without side effects or time; nothing is written.
unsigned Accelerator::debug(tlm::tlm_generic_payload &trans)
{
	if (check(trans) != tlm::TLM_OK_RESPONSE || !trans.is_read())
		return 0;
	put_word(trans.get_data_ptr(), read((uint32_t)trans.get_address()));
	return 4;
}

} // namespace capsacc

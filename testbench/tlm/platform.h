// What an example platform needs beside the accelerator: a memory, a bus, and a processor's side of it.
#ifndef CAPSACC_TLM_PLATFORM_H
#define CAPSACC_TLM_PLATFORM_H

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <systemc>
#include <tlm.h>
#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <vector>

namespace capsacc {

// Bytes that take some nanoseconds an access and one more for each 4 bytes.
class Memory : public sc_core::sc_module {
public:
	tlm_utils::simple_target_socket<Memory> socket;
	std::vector<uint8_t> bytes;

	Memory(sc_core::sc_module_name name, size_t size_bytes, double access_ns)
		: sc_core::sc_module(name), socket("socket"), bytes(size_bytes), access_ns_(access_ns)
	{
		socket.register_b_transport(this, &Memory::transport);
	}

private:
	void transport(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay)
	{
		uint64_t at = trans.get_address(), length = trans.get_data_length();

		if (at > bytes.size() || length > bytes.size() - at) {
			trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
			return;
		}
		if (trans.get_byte_enable_ptr() || trans.get_streaming_width() < length) {
			trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
			return;
		}
		if (trans.is_read())
			std::copy_n(bytes.begin() + (ptrdiff_t)at, length, trans.get_data_ptr());
		else if (trans.is_write())
			std::copy_n(trans.get_data_ptr(), length, bytes.begin() + (ptrdiff_t)at);
		delay += sc_core::sc_time(access_ns_ + (double)((length + 3) / 4), sc_core::SC_NS);
		trans.set_response_status(tlm::TLM_OK_RESPONSE);
	}

	double access_ns_;
};

// Any number of initiators; two targets, each from an address on.
class Bus : public sc_core::sc_module {
public:
	static const uint64_t REGISTERS = 0x40000000, MEMORY = 0x80000000;

	tlm_utils::multi_passthrough_target_socket<Bus> in;
	tlm_utils::simple_initiator_socket<Bus> registers, memory;

	Bus(sc_core::sc_module_name name)
		: sc_core::sc_module(name), in("in"), registers("registers"), memory("memory")
	{
		in.register_b_transport(this, &Bus::transport);
	}

private:
	void transport(int, tlm::tlm_generic_payload &trans, sc_core::sc_time &delay)
	{
		uint64_t address = trans.get_address();

		if (address < REGISTERS) {
			trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
			return;
		}
		trans.set_address(address - (address < MEMORY ? REGISTERS : MEMORY));
		(address < MEMORY ? registers : memory)->b_transport(trans, delay);
		trans.set_address(address);
	}
};

// The bus as a processor sees it: accesses take its local time, `delay`.
template <class Socket> tlm::tlm_response_status access(Socket &socket, tlm::tlm_command command, uint64_t address,
	uint8_t *bytes, size_t length, sc_core::sc_time &delay)
{
	tlm::tlm_generic_payload trans;

	trans.set_command(command);
	trans.set_address(address);
	trans.set_data_ptr(bytes);
	trans.set_data_length((unsigned)length);
	trans.set_streaming_width((unsigned)length);
	trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
	socket->b_transport(trans, delay);
	return trans.get_response_status();
}

template <class Socket> void write_word(Socket &socket, uint64_t address, uint32_t word, sc_core::sc_time &delay)
{
	uint8_t bytes[4];

	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(word >> 8 * i);
	if (access(socket, tlm::TLM_WRITE_COMMAND, address, bytes, 4, delay) != tlm::TLM_OK_RESPONSE)
		SC_REPORT_FATAL("platform", "a register could not be written");
}

template <class Socket> uint32_t read_word(Socket &socket, uint64_t address, sc_core::sc_time &delay)
{
	uint8_t bytes[4];

	if (access(socket, tlm::TLM_READ_COMMAND, address, bytes, 4, delay) != tlm::TLM_OK_RESPONSE)
		SC_REPORT_FATAL("platform", "a register could not be read");
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

} // namespace capsacc

#endif

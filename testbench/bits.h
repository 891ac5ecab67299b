// Fields of flat ports, whatever C++ type Verilator gave the port.
#ifndef CAPSACC_BITS_H
#define CAPSACC_BITS_H

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "verilated.h"

template <class Port> typename std::enable_if<std::is_integral<Port>::value>::type
set_bits(Port &port, size_t low, size_t width, uint64_t value)
{
	uint64_t mask = width < 64 ? (UINT64_C(1) << width) - 1 : ~UINT64_C(0);

	port = (Port)(((uint64_t)port & ~(mask << low)) | (value & mask) << low);
}

template <class Port> typename std::enable_if<std::is_integral<Port>::value, uint64_t>::type
get_bits(const Port &port, size_t low, size_t width)
{
	uint64_t mask = width < 64 ? (UINT64_C(1) << width) - 1 : ~UINT64_C(0);

	return (uint64_t)port >> low & mask;
}

template <std::size_t Words>
void set_bits(VlWide<Words> &port, size_t low, size_t width, uint64_t value)
{
	for (size_t i = 0; i < width; i++) {
		uint32_t bit = 1u << (low + i) % 32;

		port[(low + i) / 32] = (port[(low + i) / 32] & ~bit) | (value >> i & 1 ? bit : 0);
	}
}

template <std::size_t Words>
uint64_t get_bits(const VlWide<Words> &port, size_t low, size_t width)
{
	uint64_t value = 0;

	for (size_t i = 0; i < width; i++)
		value |= (uint64_t)(port[(low + i) / 32] >> (low + i) % 32 & 1) << i;
	return value;
}

// Two's complement field of `width` bits.
template <class Port> int64_t get_signed(const Port &port, size_t low, size_t width)
{
	return (int64_t)(get_bits(port, low, width) << (64 - width)) >> (64 - width);
}

#endif

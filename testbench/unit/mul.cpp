// The four views of capsacc_mul against the tables, over all 65,536 pairs of each.
// Usage: mul TABLE.bin...; writes mul.hex in the current folder, where the views read it.
#include <cstring>
#include <memory>
#include <vector>

#include "Vmul_exact.h"
#include "Vmul_rom.h"
#include "Vmul_shared.h"
#include "Vmul_signed.h"
#include "tap.h"

extern "C" {
#include "arith/mul8u.h"
}

static bool read_table(const char *path, cas_mul8u *mul)
{
	std::vector<uint8_t> bytes(CAS_MUL8U_BYTES + 1);
	FILE *f = std::fopen(path, "rb");
	size_t got = f ? std::fread(bytes.data(), 1, bytes.size(), f) : 0;

	if (f)
		std::fclose(f);
	if (got != CAS_MUL8U_BYTES)
		return false;
	cas_mul8u_from_bytes(mul, bytes.data());
	return true;
}

static void write_hex(const cas_mul8u *mul)
{
	FILE *f = std::fopen("mul.hex", "w");

	for (int i = 0; i < CAS_MUL8U_PAIRS; i++)
		std::fprintf(f, "%04x\n", mul->product[i]);
	std::fclose(f);
}

// Sweep a freshly made view (its initial block reads mul.hex).
template <class View> static void sweep(Case &c, const cas_mul8u *mul, const char *what)
{
	VerilatedContext context;
	const char *argv[] = {"mul", "+mul=mul.hex"};

	context.commandArgs(2, const_cast<char **>(argv));
	std::unique_ptr<View> view(new View(&context, "view"));

	view->sel_i = 0;
	for (uint32_t i = 0; i < CAS_MUL8U_PAIRS; i++) {
		view->a_i = (uint8_t)(i >> 8);
		view->w_i = (uint8_t)i;
		view->eval();
		c.equal(view->p_o, mul->product[i], what, i >> 8, i & 255);
	}
	view->final();
}

int main(int argc, char **argv)
{
	Case rom("the multiplier with its own table gives every product of every table");
	Case shared("the multiplier with the shared table gives every product of every table");
	Case exact("the exact multiplier gives every product of the exact table");
	Case is_signed("the exact signed multiplier gives every product of the exact signed table");
	Case read("every table could be read");
	std::unique_ptr<cas_mul8u> mul(new cas_mul8u);

	for (int i = 1; i < argc; i++) {
		if (!read.equal(read_table(argv[i], mul.get()), 1, argv[i]))
			continue;
		write_hex(mul.get());
		sweep<Vmul_rom>(rom, mul.get(), argv[i]);
		sweep<Vmul_shared>(shared, mul.get(), argv[i]);
	}
	for (uint32_t i = 0; i < CAS_MUL8U_PAIRS; i++)
		mul->product[i] = (uint16_t)cas_mul8u_exact_at(i);
	sweep<Vmul_exact>(exact, mul.get(), "exact");
	for (uint32_t i = 0; i < CAS_MUL8U_PAIRS; i++)
		mul->product[i] = (uint16_t)cas_mul8s_exact_at(i);
	sweep<Vmul_signed>(is_signed, mul.get(), "exact signed");
	read.finish(36);
	rom.finish(36 * CAS_MUL8U_PAIRS);
	shared.finish(36 * CAS_MUL8U_PAIRS);
	exact.finish(CAS_MUL8U_PAIRS);
	is_signed.finish(CAS_MUL8U_PAIRS);
	return Case::end();
}

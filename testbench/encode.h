/* A lowered network as the RTL's host writes it: descriptors, prefetch list, constants, tables; weights as
 * they lie in DRAM.  The numbers of rtl/capsacc_pkg.sv (desc_t) are repeated here and nowhere else.
 */
#ifndef CAPSACC_ENCODE_H
#define CAPSACC_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "model/program.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of engine/engine8.h, which C++ cannot read. */
struct cas_engine8;
struct cas_tables;

/* host_sel_i of capsacc_top. */
enum rtl_host { RTL_PROGRAM, RTL_PREFETCH, RTL_BIAS, RTL_COEF, RTL_EXP, RTL_SETTINGS, RTL_WIDTHS };

enum { RTL_TABLES = 8 }; /* CAS_RTL_TABLES */

struct rtl_write {
	uint8_t sel;
	uint16_t addr;
	uint64_t data;
};

struct rtl_image {
	size_t writes, write_room;
	struct rtl_write *write;   /* owned */
	uint8_t *weights;          /* owned; words of `cols` bytes in load order */
	size_t weight_bytes;
};

struct rtl_source {
	const struct cas_network *net;
	const struct cas_accel *accel;
	const struct cas_program *program;
	const struct cas_engine8 *engine;  /* planned: requantisation, lane constants, unit tables */
	const struct cas_tables *tables;
	int slots;                         /* multipliers installed: slot[i] is what mul_sel i reads */
	const uint16_t *slot[RTL_TABLES];
};

/* Everything the host writes before an inference.  `image` is overwritten; free with rtl_image_clear.
 * Errors: CAS_INPUT, naming what the RTL does not do (spills, latency 0, lanes, sizes); CAS_ENV. */
cas_status rtl_encode(struct rtl_image *image, const struct rtl_source *source, struct cas_err *err);
void rtl_image_clear(struct rtl_image *image);

#ifdef __cplusplus
}
#endif

#endif

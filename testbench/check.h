/* The reference model behind the bench: runs an image through the 8-bit engine, keeps every tensor, and
 * compares every byte that the RTL writes.  It knows no simulator: events are pushed, verdicts read.
 */
#ifndef CAPSACC_CHECK_H
#define CAPSACC_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "model/program.h"

#ifdef __cplusplus
extern "C" {
#endif

struct cas_engine8; /* of engine/engine8.h, which C++ cannot read */

/* Verdict on one step of the program, over all images. */
struct check_step {
	uint64_t compared, mismatches; /* bytes */
	uint64_t missing, repeated;    /* bytes that were never written, or more than once */
	uint64_t strays;               /* bytes written to where the step has nothing to write */
	uint64_t passes, wrong_passes; /* against cas_program_tile_next, missing and surplus ones too */
	uint64_t rtl_cycles, model_cycles; /* the RTL's of the image that differs most from the model */
	uint64_t wrong_cycles;         /* images in which it took other cycles than the model, or did not end */
};

/* Additions of a layer that did not fit their width (docs/numerics.md section 5), over all images. */
struct check_layer {
	uint64_t rtl_overflows, model_overflows;
	uint64_t wrong_overflows; /* images after which the two differed */
};

struct check;

/* Memories of check_write besides those of enum cas_buffer; v's banks of one byte each lie in turn. */
enum { CHECK_DRAM = CAS_BUFFERS, CHECK_V_BANKS = 4 };

/* All borrowed; must outlive the check.  model_cycles [program->steps].
 * Errors: CAS_ENV. */
cas_status check_new(struct check **out, const struct cas_network *net, const struct cas_accel *accel,
	const struct cas_program *program, const struct cas_engine8 *engine, const uint64_t *model_cycles,
	struct cas_err *err);
void check_free(struct check *check);

/* Begin an image: compute what every step must write.  `dram`: the activations' part of DRAM, program->
 * dram_bytes long in all, into which the input is written as the program wants it. */
void check_begin(struct check *check, const uint8_t *pixels, uint8_t *dram);

/* Events. `memory` as enum cas_buffer; byte k of `data` counts if mask[k]. */
void check_write(struct check *check, size_t step, int memory, uint64_t addr, const uint8_t *mask,
	const uint8_t *data, size_t bytes);
void check_pass(struct check *check, size_t step, int first, int last, int rows);
void check_step_end(struct check *check, size_t step, uint64_t cycles);
/* What the RTL's counter says of a step of the image that has run. */
void check_overflows(struct check *check, size_t step, uint32_t overflows);
/* After the last step, or where the RTL stopped, and after check_overflows: what is missing, and cycles. */
void check_end(struct check *check);

/* All steps and layers together. */
struct check_sum {
	uint64_t compared, wrong; /* bytes: mismatches, missing, repeated, strays */
	uint64_t rtl_cycles, model_cycles, wrong_cycles, wrong_passes;
	uint64_t wrong_overflows; /* over layers and images */
};
struct check_sum check_total(const struct check *check);
/* Bytes of a step that are not as they should be. */
uint64_t check_wrong_bytes(const struct check_step *step);
/* 1 if something was compared and nothing differs: no byte, pass or overflow, and in no image any step's cycles. */
int check_agrees(const struct check *check);

/* What the RTL wrote, by layer and tensor, as a digest of every byte and its place in the tensor; the same for every
 * array size, while partial sums do not overflow.  Returns how many there are. */
enum { CHECK_TENSORS = 10 * CAS_MAX_LAYERS };
struct check_tensor {
	const char *layer, *tensor;
	uint64_t digest;
};
size_t check_tensors(const struct check *check, struct check_tensor all[CHECK_TENSORS]);

/* Class that the engine answered, steps[program->steps], layers[net->layers]. */
int check_answer(const struct check *check);
const struct check_step *check_steps(const struct check *check);
const struct check_layer *check_layers(const struct check *check);
/* The first mismatches as text, one a line; "" if there are none. */
const char *check_complaints(const struct check *check);

#ifdef __cplusplus
}
#endif

#endif

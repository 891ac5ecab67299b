/* The weight buffer and its DRAM port, as a stream of bursts in program order.  Rules: docs/timing.md
 * section 5.  Used by timing.c alone.
 */
#ifndef CAS_COST_WEIGHT_STREAM_H
#define CAS_COST_WEIGHT_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* `count` releases of `words` words each, at first, first + step, ... */
struct cas_releases {
	uint64_t words, first, step, count;
};

struct cas_window {
	uint64_t begin, end;
};

struct cas_weight_stream {
	uint64_t room_words, latency, word_cycles;
	uint64_t reserved, freed;   /* words since the start */
	uint64_t next_request;      /* earliest cycle of the next request */
	uint64_t end;               /* the port is taken up to here, by weights */
	uint64_t peak_words;
	struct cas_releases *queue; /* ring, owned: releases that no request has passed */
	size_t queue_room, queue_first, queue_count;
	struct cas_window *window;  /* owned: the port is LOAD's or STORE's */
	size_t window_room, windows, next_window;
};

/* The stream's state but for what never matters again; two that differ by a shift in time behave alike. */
struct cas_stream_mark {
	uint64_t held, next_request, end;
	struct cas_releases queue;
	size_t queue_count;
	int windows_pending;
};

void cas_weight_stream_init(struct cas_weight_stream *s, uint64_t room_words, uint64_t latency,
	uint64_t word_cycles);
void cas_weight_stream_clear(struct cas_weight_stream *s);

/* Request a burst; *end is the cycle at which its last word is readable. words <= room_words. */
void cas_weight_stream_fetch(struct cas_weight_stream *s, uint64_t words, uint64_t *end);

/* `count` tiles of `words` words are free at `first`, then every `step` cycles; in time's order.
 * Errors: CAS_ENV without memory. */
cas_status cas_weight_stream_release(struct cas_weight_stream *s, struct cas_releases releases,
	struct cas_err *err);

/* The port is taken from `begin` to `end`, after all earlier windows. */
cas_status cas_weight_stream_block(struct cas_weight_stream *s, uint64_t begin, uint64_t end,
	struct cas_err *err);

struct cas_stream_mark cas_weight_stream_mark(const struct cas_weight_stream *s);

/* 1 if `now` is `before`, later by `shift` cycles in every part. */
int cas_stream_mark_shifted(const struct cas_stream_mark *before, const struct cas_stream_mark *now,
	uint64_t shift);

/* Jump `tiles` tiles of `words` words ahead in a steady state of `shift` cycles a tile. */
void cas_weight_stream_skip(struct cas_weight_stream *s, uint64_t tiles, uint64_t words,
	uint64_t shift);

#endif

#include "cost/weight_stream.h"

#include <assert.h>
#include <stdlib.h>

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void cas_weight_stream_init(struct cas_weight_stream *s, uint64_t room_words, uint64_t latency,
	uint64_t word_cycles)
{
	*s = (struct cas_weight_stream){.room_words = room_words, .latency = latency,
		.word_cycles = word_cycles};
}

void cas_weight_stream_clear(struct cas_weight_stream *s)
{
	free(s->queue);
	free(s->window);
	*s = (struct cas_weight_stream){0};
}

/* Take the oldest release; its cycle. */
static uint64_t pop(struct cas_weight_stream *s)
{
	struct cas_releases *r = &s->queue[s->queue_first];
	uint64_t at = r->first;

	s->freed += r->words;
	r->first += r->step;
	if (--r->count == 0) {
		s->queue_first = (s->queue_first + 1) % s->queue_room;
		s->queue_count--;
	}
	return at;
}

/* End of a transfer of `cycles` that may begin at `start`; it pauses in windows. */
static uint64_t transfer(struct cas_weight_stream *s, uint64_t start, uint64_t cycles)
{
	uint64_t end;

	while (s->next_window < s->windows && s->window[s->next_window].end <= start)
		s->next_window++;
	if (s->next_window < s->windows && s->window[s->next_window].begin <= start)
		start = s->window[s->next_window++].end;
	end = start + cycles;
	while (s->next_window < s->windows && s->window[s->next_window].begin < end) {
		end += s->window[s->next_window].end - s->window[s->next_window].begin;
		s->next_window++;
	}
	return end;
}

void cas_weight_stream_fetch(struct cas_weight_stream *s, uint64_t words, uint64_t *end)
{
	uint64_t request = s->next_request;

	assert(words <= s->room_words);
	s->reserved += words;
	while (s->reserved - s->freed > s->room_words) {
		assert(s->queue_count);
		request = max_u64(request, pop(s));
	}
	/* These only matter to the peak, but a request that comes later sees them anyhow. */
	while (s->queue_count && s->queue[s->queue_first].first <= request)
		pop(s);
	s->peak_words = max_u64(s->peak_words, s->reserved - s->freed);
	s->next_request = request + 1;
	s->end = transfer(s, max_u64(request + s->latency, s->end), words * s->word_cycles);
	*end = s->end;
}

static cas_status grow_queue(struct cas_weight_stream *s, struct cas_err *err)
{
	size_t room = s->queue_room ? 2 * s->queue_room : 64;
	struct cas_releases *grown = malloc(room * sizeof *grown);

	if (!grown)
		return cas_err_set(err, CAS_ENV, "out of memory for %zu weight buffer events", room);
	for (size_t i = 0; i < s->queue_count; i++)
		grown[i] = s->queue[(s->queue_first + i) % s->queue_room];
	free(s->queue);
	s->queue = grown;
	s->queue_room = room;
	s->queue_first = 0;
	return CAS_OK;
}

/* Append to the newest entry if the progression goes on. */
static int extend(struct cas_weight_stream *s, const struct cas_releases *more)
{
	struct cas_releases *r;
	uint64_t step;

	if (!s->queue_count)
		return 0;
	r = &s->queue[(s->queue_first + s->queue_count - 1) % s->queue_room];
	step = more->first - (r->first + (r->count - 1) * r->step);
	if (r->words != more->words || (r->count > 1 && r->step != step) ||
	    (more->count > 1 && more->step != step))
		return 0;
	r->step = step;
	r->count += more->count;
	return 1;
}

cas_status cas_weight_stream_release(struct cas_weight_stream *s, struct cas_releases releases,
	struct cas_err *err)
{
	if (extend(s, &releases))
		return CAS_OK;
	if (s->queue_count == s->queue_room) {
		cas_status status = grow_queue(s, err);

		if (status)
			return status;
	}
	s->queue[(s->queue_first + s->queue_count++) % s->queue_room] = releases;
	return CAS_OK;
}

cas_status cas_weight_stream_block(struct cas_weight_stream *s, uint64_t begin, uint64_t end,
	struct cas_err *err)
{
	if (s->windows == s->window_room) {
		size_t room = s->window_room ? 2 * s->window_room : 16;
		struct cas_window *grown = realloc(s->window, room * sizeof *grown);

		if (!grown)
			return cas_err_set(err, CAS_ENV, "out of memory for %zu transfers", room);
		s->window = grown;
		s->window_room = room;
	}
	s->window[s->windows++] = (struct cas_window){begin, end};
	return CAS_OK;
}

struct cas_stream_mark cas_weight_stream_mark(const struct cas_weight_stream *s)
{
	struct cas_stream_mark m = {.held = s->reserved - s->freed, .next_request = s->next_request,
		.end = s->end, .queue_count = s->queue_count,
		.windows_pending = s->next_window < s->windows};

	if (s->queue_count)
		m.queue = s->queue[s->queue_first];
	return m;
}

int cas_stream_mark_shifted(const struct cas_stream_mark *before, const struct cas_stream_mark *now,
	uint64_t shift)
{
	if (now->windows_pending || before->windows_pending || now->queue_count != before->queue_count ||
	    now->queue_count > 1 || now->held != before->held ||
	    now->next_request != before->next_request + shift || now->end != before->end + shift)
		return 0;
	if (now->queue_count == 0)
		return 1;
	return now->queue.words == before->queue.words && now->queue.count == before->queue.count &&
		now->queue.first == before->queue.first + shift &&
		(now->queue.count == 1 || (now->queue.step == shift && before->queue.step == shift));
}

void cas_weight_stream_skip(struct cas_weight_stream *s, uint64_t tiles, uint64_t words,
	uint64_t shift)
{
	s->reserved += tiles * words;
	s->freed += tiles * words;
	s->next_request += tiles * shift;
	s->end += tiles * shift;
	if (s->queue_count)
		s->queue[s->queue_first].first += tiles * shift;
}

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

enum { BAR_CHARACTERS = 30 };

/* Redraws a second: enough to look alive. */
static const double redraw_s = 0.1;

/* What a signal handler may touch. */
static volatile sig_atomic_t interrupted;

static void note_signal(int number)
{
	(void)number;
	interrupted = 1;
}

const volatile sig_atomic_t *cas_cli_catch_signals(void)
{
	struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART | (int)SA_RESETHAND};
	struct sigaction before;

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* Under nohup a closed terminal means nothing. */
	if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
	return &interrupted;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void erase(void)
{
	fprintf(stderr, "\r\033[K");
}

static void draw(void *ctx, const char *stage, size_t done, size_t total)
{
	struct cas_progress_bar *bar = ctx;
	double time = now(), left;
	int full = total ? (int)((double)done / (double)total * BAR_CHARACTERS) : 0;

	if (!bar->on)
		return;
	if (!bar->stage || strcmp(bar->stage, stage)) {
		bar->stage = stage;
		bar->began = time;
		bar->drawn = 0;
	}
	if (time - bar->drawn < redraw_s && done < total)
		return;
	bar->drawn = time;
	left = done ? (time - bar->began) / (double)done * (double)(total - done) : 0;
	erase();
	fprintf(stderr, "%-14s [%.*s%*s] %zu of %zu, %.0f s left", stage, full,
		"##############################", BAR_CHARACTERS - full, "", done, total, left);
	fflush(stderr);
}

void cas_progress_start(struct cas_progress_bar *bar, int quiet, struct cas_progress *progress)
{
	*bar = (struct cas_progress_bar){.on = !quiet && isatty(STDERR_FILENO)};
	*progress = (struct cas_progress){.fn = draw, .ctx = bar, .stop = cas_cli_catch_signals()};
}

void cas_progress_end(struct cas_progress_bar *bar)
{
	if (bar->on && bar->stage)
		erase();
	bar->on = 0;
}

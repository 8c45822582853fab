/* nbtctl stats --watch: what has been counted, and how fast it goes on. Pure, but for the stream.
 */
#ifndef TOOLS_WATCH_H
#define TOOLS_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define WATCH_COUNTERS 512
#define WATCH_NAME_MAX 96

struct watch_counter {
	char name[WATCH_NAME_MAX];
	int64_t value, before;
	bool has_before; /* it was in the last sample, too */
	bool has_moved;  /* since the first one */
};

/* Zeroed: nothing was seen. */
struct watch {
	struct watch_counter counters[WATCH_COUNTERS];
	size_t count;
	uint64_t sampled_ms, elapsed_ms; /* since the sample before; 0: there was none */
};

/* A sample begins, and has these values. What is too much is left out. */
void watch_begin(struct watch *w, uint64_t now_ms);
void watch_take(struct watch *w, const char *name, int64_t value);

/*
 * A head, and a line for each counter: what came per second, and the total. lines: that there are;
 * then those come first that have moved, and those that are not zero; 0: all that are not zero.
 * columns: where lines are cut; 0: nowhere.
 */
void watch_print(const struct watch *w, const char *title, size_t lines, size_t columns, FILE *to);

#endif

#include "tools/watch.h"

#include <inttypes.h>
#include <string.h>

#define HEAD_LINES 2

void watch_begin(struct watch *w, uint64_t now_ms)
{
	w->elapsed_ms = w->count > 0 ? now_ms - w->sampled_ms : 0;
	w->sampled_ms = now_ms;
	for (size_t i = 0; i < w->count; i++) {
		w->counters[i].before = w->counters[i].value;
		w->counters[i].has_before = true;
	}
}

/* Found or added; NULL: there is no room. */
static struct watch_counter *counter(struct watch *w, const char *name)
{
	for (size_t i = 0; i < w->count; i++)
		if (strcmp(w->counters[i].name, name) == 0)
			return &w->counters[i];
	if (w->count == WATCH_COUNTERS)
		return NULL;
	snprintf(w->counters[w->count].name, WATCH_NAME_MAX, "%s", name);
	return &w->counters[w->count++];
}

void watch_take(struct watch *w, const char *name, int64_t value)
{
	struct watch_counter *c = counter(w, name);

	if (c == NULL)
		return;
	c->value = value;
	c->has_moved |= c->has_before && value != c->before;
}

static void print_counter(const struct watch *w, const struct watch_counter *c, FILE *to)
{
	double rate = 0;

	if (w->elapsed_ms > 0 && c->has_before)
		rate = (double)(c->value - c->before) * 1000 / (double)w->elapsed_ms;
	if (c->has_moved)
		fprintf(to, "%12.1f ", rate);
	else
		fprintf(to, "%12s ", "");
	fprintf(to, "%14" PRId64 "  %s\n", c->value, c->name);
}

/* How much of it is worth a line: 2: it has moved, 1: it is something. */
static int rank(const struct watch_counter *c)
{
	return c->has_moved ? 2 : c->value != 0;
}

/* The least rank that is shown, and how many of that rank. */
static int least_rank(const struct watch *w, size_t lines, size_t *room)
{
	*room = lines > HEAD_LINES ? lines - HEAD_LINES : 0;
	for (int least = 2; least > 0; least--) {
		size_t count = 0;

		for (size_t i = 0; i < w->count; i++)
			count += rank(&w->counters[i]) == least;
		if (count >= *room)
			return least;
		*room -= count;
	}
	return 0;
}

void watch_print(const struct watch *w, const char *title, size_t lines, FILE *to)
{
	size_t room = w->count;
	int least = lines > 0 ? least_rank(w, lines, &room) : 1;

	fprintf(to, "%s\n%12s %14s\n", title, "per second", "total");
	for (size_t i = 0; i < w->count; i++) {
		const struct watch_counter *c = &w->counters[i];

		if (rank(c) == 0 || rank(c) < least || (rank(c) == least && room == 0))
			continue;
		room -= rank(c) == least;
		print_counter(w, c, to);
	}
}

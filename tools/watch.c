#include "tools/watch.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define HEAD_LINES     2
#define WATCH_LINE_MAX 320

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

/* A line, cut where the screen ends. */
__attribute__((format(printf, 3, 4))) static void print_line(FILE *to, size_t columns,
							     const char *format, ...)
{
	char line[WATCH_LINE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	fprintf(to, "%.*s\n", columns > 0 && columns < sizeof(line) ? (int)columns : -1, line);
}

/* The longest total has room. */
static int total_width(const struct watch *w)
{
	int width = (int)strlen("total");

	for (size_t i = 0; i < w->count; i++) {
		int len = snprintf(NULL, 0, "%" PRId64, w->counters[i].value);

		width = len > width ? len : width;
	}
	return width;
}

static void print_counter(const struct watch *w, const struct watch_counter *c, int width,
			  size_t columns, FILE *to)
{
	double rate = 0;
	char text[32] = "";

	if (w->elapsed_ms > 0 && c->has_before)
		rate = (double)(c->value - c->before) * 1000 / (double)w->elapsed_ms;
	if (c->has_moved)
		snprintf(text, sizeof(text), "%.1f", rate);
	print_line(to, columns, "%10s %*" PRId64 "  %s", text, width, c->value, c->name);
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

void watch_print(const struct watch *w, const char *title, size_t lines, size_t columns, FILE *to)
{
	size_t room = w->count;
	int least = lines > 0 ? least_rank(w, lines, &room) : 1, width = total_width(w);

	print_line(to, columns, "%s", title);
	print_line(to, columns, "per second %*s", width, "total");
	for (size_t i = 0; i < w->count; i++) {
		const struct watch_counter *c = &w->counters[i];

		if (rank(c) == 0 || rank(c) < least || (rank(c) == least && room == 0))
			continue;
		room -= rank(c) == least;
		print_counter(w, c, width, columns, to);
	}
}

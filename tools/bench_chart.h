/* Bars of what was measured beside its limit, as SVG. Pure. */
#ifndef TOOLS_BENCH_CHART_H
#define TOOLS_BENCH_CHART_H

#include <stddef.h>

struct bench_bars {
	const char *what;   /* the row, and what its two bars are: borrowed */
	const char *limit;  /* "bare responder"; NULL: there is no limit, one bar */
	const char *server; /* "nbnsd" */
	const char *unit;   /* behind the values: "us of CPU per request" */
	double limit_value, server_value;
};

#define BENCH_CHART_ROWS 8

struct bench_chart {
	const char *title; /* borrowed */
	size_t count;
	struct bench_bars rows[BENCH_CHART_ROWS];
};

/* Beyond BENCH_CHART_ROWS it is left out. */
void bench_chart_add(struct bench_chart *chart, const struct bench_bars *bars);

/*
 * Writes the drawing, for light and dark screens, and terminates it. Rows with one unit have one
 * scale: the longest bar of them has the whole width. Returns how many bytes it has without the
 * NUL, as snprintf() does; it is cut where size is smaller.
 */
size_t bench_chart_svg(const struct bench_chart *chart, char *out, size_t size);

#endif

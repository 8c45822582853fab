/* What a daemon counts and measures, by name: as rows of "nbtctl stats", and as text for
 * Prometheus. */
#ifndef COMMON_METRICS_H
#define COMMON_METRICS_H

#include <stdbool.h>
#include <stdint.h>

struct ctl_request;
struct stats;
struct udp_counters;

#define METRIC_LABELS 2

struct metric {
	const char *name; /* "query.received" */
	const char *help; /* one sentence without a dot; NULL: the name says it */
	bool is_gauge;    /* may become less; else it counts since the start */
	bool is_info;     /* only its labels say something: for Prometheus, and no row */
	const char *label[METRIC_LABELS], *label_value[METRIC_LABELS]; /* NULL: none */
	uint64_t value;
};

typedef void metrics_each_fn(void *ctx, const struct metric *metric);

/* A daemon's. */
struct metrics {
	const char *daemon; /* "nbnsd" */
	/* Calls each() for all; those of one name one after the other. */
	void (*walk)(void *walk_ctx, metrics_each_fn *each, void *ctx);
	void *walk_ctx;
};

/* For a walk: who is called. */
struct metrics_visitor {
	metrics_each_fn *each;
	void *ctx;
};

void metrics_gauge(const struct metrics_visitor *to, const char *name, const char *help,
		   uint64_t value);
void metrics_counter(const struct metrics_visitor *to, const char *name, const char *help,
		     uint64_t value);
void metrics_stats(const struct metrics_visitor *to, const struct stats *stats);
void metrics_udp(const struct metrics_visitor *to, const struct udp_counters *udp);
void metrics_build(const struct metrics_visitor *to); /* version */

/* All in Prometheus' text format, line by line without "\n". */
typedef void metrics_line_fn(void *ctx, const char *line);
void metrics_text(const struct metrics *metrics, metrics_line_fn *line, void *ctx);

/* The control command "stats". */
void metrics_command(const struct metrics *metrics, struct ctl_request *rq, int argc, char **argv);
/* --watch is taken by nbtctl, which asks again and again. */
#define METRICS_COMMAND(run)                                                                       \
	{                                                                                          \
		"stats", "[--prometheus] [--watch]",                                               \
			"what is counted since the start, and measured now", false, run            \
	}

#endif

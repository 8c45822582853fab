/* Everything that nbnsd counts and measures, by name: for nbtctl, and as text for Prometheus. */
#ifndef NBNSD_METRICS_H
#define NBNSD_METRICS_H

#include <stdbool.h>
#include <stdint.h>

struct nbnsd;

#define METRIC_LABELS 2

struct metric {
	const char *name; /* "query.received" */
	const char *help; /* one sentence without a dot; NULL: the name says it */
	bool is_gauge;    /* may become less; else it counts since the start */
	const char *label[METRIC_LABELS], *label_value[METRIC_LABELS]; /* NULL: none */
	uint64_t value;
};

/* Those of one name come one after the other. */
typedef void metrics_each_fn(void *ctx, const struct metric *metric);
void metrics_walk(const struct nbnsd *nbnsd, metrics_each_fn *each, void *ctx);

/* The same in Prometheus' text format, line by line without "\n". */
typedef void metrics_line_fn(void *ctx, const char *line);
void metrics_text(const struct nbnsd *nbnsd, metrics_line_fn *line, void *ctx);

#endif

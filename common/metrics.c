#include "common/metrics.h"

#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/ctl.h"
#include "common/ctl_args.h"
#include "common/stats.h"
#include "common/udp.h"

#define LINE_LEN 512

static void say(const struct metrics_visitor *to, const char *name, const char *help, bool is_gauge,
		uint64_t value)
{
	const struct metric metric = {
		.name = name, .help = help, .is_gauge = is_gauge, .value = value
	};

	to->each(to->ctx, &metric);
}

void metrics_gauge(const struct metrics_visitor *to, const char *name, const char *help,
		   uint64_t value)
{
	say(to, name, help, true, value);
}

void metrics_counter(const struct metrics_visitor *to, const char *name, const char *help,
		     uint64_t value)
{
	say(to, name, help, false, value);
}

void metrics_stats(const struct metrics_visitor *to, const struct stats *stats)
{
	for (size_t i = 0; i < stats->count; i++)
		say(to, stats->names[i], NULL, false, stats->values[i]);
}

void metrics_udp(const struct metrics_visitor *to, const struct udp_counters *udp)
{
	metrics_counter(to, "udp.received", "Packets received", udp->received);
	metrics_counter(to, "udp.truncated", "Packets received that were too long", udp->truncated);
	metrics_counter(to, "udp.sent", "Packets sent", udp->sent);
	metrics_counter(to, "udp.send-dropped", "Packets not sent because the socket was full",
			udp->send_dropped);
	metrics_counter(to, "udp.send-failed", "Packets not sent because of another error",
			udp->send_failed);
	metrics_counter(to, "udp.receive-dropped",
			"Packets that the kernel dropped because we were late",
			udp->receive_dropped);
}

void metrics_build(const struct metrics_visitor *to)
{
	const struct metric build = {
		.name = "build.info",
		.help = "Always 1, with the version as label",
		.is_gauge = true,
		.is_info = true,
		.label = { "version" },
		.label_value = { PACKAGE_VERSION },
		.value = 1,
	};

	to->each(to->ctx, &build);
}

/*
 * Prometheus.
 */

struct text {
	const char *daemon;
	metrics_line_fn *line;
	void *ctx;
	char last[LINE_LEN]; /* the name whose head has been said */
};

/* "query.received" is nbnsd_query_received_total. */
static void make_name(char name[LINE_LEN], const char *daemon, const struct metric *metric)
{
	snprintf(name, LINE_LEN, "%.32s_%.200s%s", daemon, metric->name,
		 metric->is_gauge ? "" : "_total");
	for (char *p = name; *p != '\0'; p++)
		if (*p == '.' || *p == '-')
			*p = '_';
}

static void say_head(struct text *text, const char *name, const struct metric *metric)
{
	char line[2 * LINE_LEN];

	if (metric->help != NULL)
		snprintf(line, sizeof(line), "# HELP %s %s.", name, metric->help);
	else
		snprintf(line, sizeof(line), "# HELP %s Events of this kind: %s.", name,
			 metric->name);
	text->line(text->ctx, line);
	snprintf(line, sizeof(line), "# TYPE %s %s", name, metric->is_gauge ? "gauge" : "counter");
	text->line(text->ctx, line);
}

static void print_labels(char *out, size_t size, const struct metric *metric)
{
	size_t len = 0;

	out[0] = '\0';
	for (int i = 0; i < METRIC_LABELS && metric->label[i] != NULL; i++)
		len += (size_t)snprintf(out + len, size - len, "%c%s=\"%s\"", i == 0 ? '{' : ',',
					metric->label[i], metric->label_value[i]);
	if (len > 0)
		snprintf(out + len, size - len, "}");
}

static void say_sample(void *ctx, const struct metric *metric)
{
	struct text *text = ctx;
	char name[LINE_LEN], labels[128], line[2 * LINE_LEN];

	make_name(name, text->daemon, metric);
	if (strcmp(name, text->last) != 0)
		say_head(text, name, metric);
	memcpy(text->last, name, sizeof(text->last));
	print_labels(labels, sizeof(labels), metric);
	snprintf(line, sizeof(line), "%s%s %" PRIu64, name, labels, metric->value);
	text->line(text->ctx, line);
}

void metrics_text(const struct metrics *metrics, metrics_line_fn *line, void *ctx)
{
	struct text text = { metrics->daemon, line, ctx, "" };

	metrics->walk(metrics->walk_ctx, say_sample, &text);
}

/*
 * nbtctl.
 */

/* Labels are parts of the name: "names.unique.active". */
static void say_row(void *ctx, const struct metric *metric)
{
	char name[128];
	int len = snprintf(name, sizeof(name), "%.60s", metric->name);

	if (metric->is_info) /* its name would be another with each version */
		return;
	for (int i = 0; i < METRIC_LABELS && metric->label[i] != NULL; i++)
		len += snprintf(name + len, sizeof(name) - (size_t)len, ".%.30s",
				metric->label_value[i]);
	ctl_row(ctx, json_pack("{s:s, s:I}", "counter", name, "value", (json_int_t)metric->value));
}

static void say_line(void *ctx, const char *line)
{
	ctl_row(ctx, json_pack("{s:s}", "text", line));
}

void metrics_command(const struct metrics *metrics, struct ctl_request *rq, int argc, char **argv)
{
	const char *prometheus = NULL;
	const struct ctl_option options[] = { { "--prometheus", true, &prometheus },
					      { .name = NULL } };

	if (!ctl_read_args(rq, options, &argc, argv, 0, 0))
		return;
	if (prometheus != NULL)
		metrics_text(metrics, say_line, rq);
	else
		metrics->walk(metrics->walk_ctx, say_row, rq);
	ctl_end(rq);
}

/* Control commands: what is counted and measured. */
#include "nbnsd/commands.h"

#include <stdio.h>

#include "common/ctl_args.h"
#include "nbnsd/command_rows.h"
#include "nbnsd/metrics.h"
#include "nbnsd/nbnsd.h"

/* Labels are parts of the name: "names.unique.active". */
static void say_metric(void *ctx, const struct metric *metric)
{
	char name[128];
	json_t *row = json_object();
	int len = snprintf(name, sizeof(name), "%s", metric->name);

	for (int i = 0; i < METRIC_LABELS && metric->label[i] != NULL; i++)
		len += snprintf(name + len, sizeof(name) - (size_t)len, ".%s",
				metric->label_value[i]);
	command_set(row, "counter", json_string(name));
	command_set(row, "value", json_integer((json_int_t)metric->value));
	ctl_row(ctx, row);
}

static void say_line(void *ctx, const char *line)
{
	ctl_row(ctx, json_pack("{s:s}", "text", line));
}

static void run_stats(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	const char *prometheus = NULL;
	const struct ctl_option options[] = { { "--prometheus", true, &prometheus },
					      { .name = NULL } };

	if (!ctl_read_args(rq, options, &argc, argv, 0, 0))
		return;
	if (prometheus != NULL)
		metrics_text(daemon, say_line, rq);
	else
		metrics_walk(daemon, say_metric, rq);
	ctl_end(rq);
}

const struct ctl_command commands_stats[] = {
	{ "stats", "[--prometheus]", "what is counted since the start, and measured now", false,
	  run_stats },
	{ .name = NULL },
};

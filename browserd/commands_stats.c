/* Control commands: what is counted and measured. */
#include "browserd/commands.h"

#include "browserd/metrics.h"

static void run_stats(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	const struct metrics metrics = metrics_of(daemon);

	metrics_command(&metrics, rq, argc, argv);
}

const struct ctl_command commands_stats[] = {
	METRICS_COMMAND(run_stats),
	{ "browse stats", "[--prometheus] [--watch]", "the same as stats", false, run_stats },
	{ .name = NULL },
};

/* Control commands: what happens to names, and what happened to those that two wanted. */
#include "nbnsd/control/commands.h"

#include <errno.h>
#include <stdlib.h>

#include "nbnsd/control/event_rows.h"
#include "nbnsd/control/watching.h"
#include "nbnsd/nbnsd.h"

static void run_events(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	(void)argv;
	if (argc > 0)
		ctl_fail(rq, CTL_MISUSE, "events takes no arguments");
	else
		watching_follow(daemon, rq);
}

/*
 * Conflicts, the oldest first.
 */

struct walk {
	const struct nbnsd *nbnsd;
	uint64_t number;
};

static bool more_conflicts(void *ctx, struct ctl_request *rq)
{
	struct walk *walk = ctx;

	for (int i = 0; i < 50; i++) {
		const struct conflict *conflict =
			conflicts_from(service_conflicts(walk->nbnsd->service), walk->number);

		if (conflict == NULL)
			return false;
		ctl_row(rq, conflict_row(conflict));
		walk->number = conflict->number + 1;
	}
	return true;
}

static void run_conflicts(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	const struct nbnsd *nbnsd = daemon;
	const struct conflicts *conflicts = service_conflicts(nbnsd->service);
	struct walk *walk;

	(void)argv;
	if (argc > 0) {
		ctl_fail(rq, CTL_MISUSE, "conflicts takes no arguments");
		return;
	}
	if (conflicts_max(conflicts) == 0) {
		ctl_fail(rq, CTL_FAILED, "conflicts are not remembered: conflict-history is 0");
		return;
	}
	walk = calloc(1, sizeof(*walk));
	if (walk == NULL) {
		ctl_fail(rq, CTL_FAILED, "out of memory");
		return;
	}
	walk->nbnsd = nbnsd;
	ctl_start_stream(rq, &(struct ctl_stream){ more_conflicts, free, walk });
}

const struct ctl_command commands_events[] = {
	{ "events", "", "follow what happens to names, from now on", false, run_events },
	{ "conflicts", "", "who took whose name, when, and what came of it", false, run_conflicts },
	{ .name = NULL },
};

/* Control commands: counters. */
#include "nbnsd/commands.h"

#include "common/local_server.h"
#include "common/stats.h"
#include "nbnsd/clients.h"
#include "nbnsd/nbnsd.h"

static void add_counters(struct ctl_request *rq, const struct stats *stats)
{
	for (size_t i = 0; i < stats->count; i++)
		ctl_row(rq, json_pack("{s:s, s:I}", "counter", stats->names[i], "value",
				      (json_int_t)stats->values[i]));
}

static void run_stats(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct nbnsd *nbnsd = daemon;

	(void)argv;
	if (argc > 0) {
		ctl_fail(rq, CTL_MISUSE, "stats takes no arguments");
		return;
	}
	add_counters(rq, service_stats(nbnsd->service));
	add_counters(rq, resolver_stats(service_resolver(nbnsd->service)));
	add_counters(rq, clients_stats(nbnsd->clients));
	if (nbnsd->name_sock != NULL)
		add_counters(rq, local_server_stats(nbnsd->name_sock));
	ctl_end(rq);
}

const struct ctl_command commands_stats[] = {
	{ "stats", "", "counters since the start", false, run_stats },
	{ .name = NULL },
};

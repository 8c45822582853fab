/* Control commands: what is counted and measured. */
#include "nbddd/commands.h"

#include "common/ctl_args.h"
#include "common/local_server.h"
#include "common/network.h"
#include "nbddd/nbddd.h"

static void say(struct ctl_request *rq, const char *name, uint64_t value)
{
	ctl_row(rq, json_pack("{s:s, s:I}", "counter", name, "value", (json_int_t)value));
}

static void say_stats(void *ctx, const struct stats *stats)
{
	for (size_t i = 0; i < stats->count; i++)
		say(ctx, stats->names[i], stats->values[i]);
}

static void say_gauges(struct nbddd *nbddd, struct ctl_request *rq)
{
	const struct dgram_gauges now = dgram_gauges(nbddd->service);

	say(rq, "fragments.incomplete", now.incomplete);
	say(rq, "fragments.bytes", now.incomplete_bytes);
	say(rq, "names.held", now.names);
	say(rq, "names.subscriptions", now.subscriptions);
	say(rq, "node.routes", now.routes);
	say(rq, "node.waiting", now.waiting);
	say(rq, "distribution.waiting", now.distributing);
	say(rq, "distribution.waiting-bytes", now.distributing_bytes);
}

static void say_packets(const struct nbddd *nbddd, struct ctl_request *rq)
{
	const struct udp_counters udp = sockets_counters(network_sockets(nbddd->network));

	say(rq, "udp.received", udp.received);
	say(rq, "udp.truncated", udp.truncated);
	say(rq, "udp.sent", udp.sent);
	say(rq, "udp.send-dropped", udp.send_dropped);
	say(rq, "udp.send-failed", udp.send_failed);
	say(rq, "udp.receive-dropped", udp.receive_dropped);
}

static void run_stats(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct nbddd *nbddd = daemon;
	const struct ctl_option options[] = { { .name = NULL } };

	if (!ctl_read_args(rq, options, &argc, argv, 0, 0))
		return;
	dgram_each_stats(nbddd->service, say_stats, rq);
	say_gauges(nbddd, rq);
	say_packets(nbddd, rq);
	if (nbddd->datagram_sock != NULL)
		say_stats(rq, local_server_stats(nbddd->datagram_sock));
	ctl_end(rq);
}

const struct ctl_command commands_stats[] = {
	{ "stats", "", "what is counted since the start, and measured now", false, run_stats },
	{ .name = NULL },
};

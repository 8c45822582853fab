#include "nbddd/metrics.h"

#include <arpa/inet.h>

#include "common/local_server.h"
#include "common/loop.h"
#include "common/metrics_http.h"
#include "common/network.h"
#include "common/stats.h"
#include "nbddd/nbddd.h"

static void walk_build(const struct nbddd *nbddd, const struct metrics_visitor *to)
{
	metrics_build(to);
	metrics_gauge(to, "uptime.seconds", "Seconds since the start",
		      (loop_env(nbddd->loop).now_ms - nbddd->started_ms) / 1000);
}

static void walk_gauges(const struct nbddd *nbddd, const struct metrics_visitor *to)
{
	const struct dgram_gauges now = dgram_gauges(nbddd->service);

	metrics_gauge(to, "fragments.incomplete", "Datagrams of which fragments are missing",
		      now.incomplete);
	metrics_gauge(to, "fragments.bytes", "Memory that they take", now.incomplete_bytes);
	metrics_gauge(to, "names.held", "Names whose datagrams programs of this host want",
		      now.names);
	metrics_gauge(to, "names.subscriptions", "Programs that want them, for each name",
		      now.subscriptions);
	metrics_gauge(to, "node.routes", "Names of which it is known where datagrams go",
		      now.routes);
	metrics_gauge(to, "node.waiting", "Datagrams that wait until that is known", now.waiting);
	metrics_gauge(to, "node.waiting-bytes", "Memory that they take", now.waiting_bytes);
	metrics_gauge(to, "distribution.waiting",
		      "Datagrams and queries that wait until members are known, or to leave",
		      now.distributing);
	metrics_gauge(to, "distribution.waiting-bytes", "Memory that they take",
		      now.distributing_bytes);
}

static void say_stats(void *ctx, const struct stats *stats)
{
	metrics_stats(ctx, stats);
}

/*
 * The relay's peers: samples of one name stand together.
 */

struct peers {
	const struct metrics_visitor *to;
	struct metric metric;
	uint64_t (*value)(const struct relay_peer *peer);
};

static void say_peer(void *ctx, const struct relay_peer *peer)
{
	struct peers *peers = ctx;
	char address[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &peer->address, address, sizeof(address));
	peers->metric.label[0] = "peer";
	peers->metric.label_value[0] = address;
	peers->metric.value = peers->value(peer);
	peers->to->each(peers->to->ctx, &peers->metric);
}

static void walk_peers(const struct nbddd *nbddd, const struct metrics_visitor *to,
		       const char *name, const char *help,
		       uint64_t (*value)(const struct relay_peer *peer))
{
	struct peers peers = { .to = to, .metric = { .name = name, .help = help }, .value = value };

	dgram_each_peer(nbddd->service, say_peer, &peers);
}

static uint64_t handed(const struct relay_peer *peer)
{
	return peer->handed;
}

static uint64_t taken(const struct relay_peer *peer)
{
	return peer->taken;
}

static uint64_t unreachable(const struct relay_peer *peer)
{
	return peer->unreachable;
}

static void walk(void *ctx, metrics_each_fn *each, void *each_ctx)
{
	const struct nbddd *nbddd = ctx;
	struct metrics_visitor to = { each, each_ctx };
	const struct udp_counters udp = sockets_counters(network_sockets(nbddd->network));

	walk_build(nbddd, &to);
	walk_gauges(nbddd, &to);
	dgram_each_stats(nbddd->service, say_stats, &to);
	walk_peers(nbddd, &to, "relay.peer.handed", "Datagrams handed to the relay", handed);
	walk_peers(nbddd, &to, "relay.peer.taken", "Datagrams that it handed us", taken);
	walk_peers(nbddd, &to, "relay.peer.unreachable", "ICMP errors about it", unreachable);
	metrics_udp(&to, &udp);
	if (nbddd->datagram_sock != NULL)
		metrics_stats(&to, local_server_stats(nbddd->datagram_sock));
}

struct metrics metrics_of(struct nbddd *nbddd)
{
	return (struct metrics){ .daemon = "nbddd", .walk = walk, .walk_ctx = nbddd };
}

int metrics_start(void *ctx)
{
	struct nbddd *nbddd = ctx;
	const struct metrics metrics = metrics_of(nbddd);
	int ret = metrics_http_open(&nbddd->metrics_http, nbddd->loop, &metrics,
				    METRICS_HTTP_PATIENCE_MS);

	return ret == 0 ? metrics_apply(nbddd) : ret;
}

int metrics_apply(void *ctx)
{
	const struct nbddd *nbddd = ctx;

	metrics_http_listen(nbddd->metrics_http, (uint16_t)nbddd->settings.nbddd.metrics_port);
	return 0;
}

void metrics_stop(void *ctx)
{
	struct nbddd *nbddd = ctx;

	metrics_http_close(nbddd->metrics_http);
	nbddd->metrics_http = NULL;
}

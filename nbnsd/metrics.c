#include "nbnsd/metrics.h"

#include <arpa/inet.h>

#include "common/array.h"
#include "common/local_server.h"
#include "common/loop.h"
#include "common/metrics_http.h"
#include "common/network.h"
#include "common/stats.h"
#include "nbnsd/backups.h"
#include "nbnsd/clients.h"
#include "nbnsd/control/command_rows.h"
#include "nbnsd/control/watching.h"
#include "nbnsd/nbnsd.h"
#include "nbnsd/partners/partners.h"
#include "nbnsd/partners_edge.h"
#include "nbnsd/store/store.h"
#include "nbnsd/streams.h"

static void walk_build(const struct nbnsd *nbnsd, const struct metrics_visitor *to)
{
	const struct nbt_env env = loop_env(nbnsd->loop);

	metrics_build(to);
	metrics_gauge(to, "uptime.seconds", "Seconds since the start",
		      service_uptime_ms(nbnsd->service, &env) / 1000);
}

static void walk_names(const struct nbnsd *nbnsd, const struct metrics_visitor *to)
{
	struct metric metric = { .name = "names",
				 .help = "Names in the database, by kind and state",
				 .is_gauge = true,
				 .label = { "kind", "state" } };

	for (uint8_t kind = 0; kind < RECORD_KINDS; kind++)
		for (uint8_t state = 0; state < RECORD_STATES; state++) {
			metric.label_value[0] = command_kinds[kind];
			metric.label_value[1] = command_states[state];
			metric.value = registry_count_of(nbnsd->registry, kind, state);
			to->each(to->ctx, &metric);
		}
	metrics_gauge(to, "members", "Members of all normal groups",
		      registry_member_total(nbnsd->registry));
	metrics_gauge(to, "names.memory.bytes", "Memory that the names take",
		      registry_memory(nbnsd->registry));
	metrics_counter(to, "sweep.passes", "Passes over all names that aged them",
			service_passes(nbnsd->service));
}

static void walk_store(const struct nbnsd *nbnsd, const struct metrics_visitor *to)
{
	struct store_counters counters;

	if (nbnsd->store == NULL)
		return;
	counters = store_counters(nbnsd->store);
	metrics_counter(to, "store.commits", "Transactions of the database", counters.commits);
	metrics_counter(to, "store.batches", "Batches of changes in them", counters.batches);
	metrics_counter(to, "store.changes", "Changes in the batches", counters.changes);
	metrics_counter(to, "store.failures", "Tries of a transaction that failed",
			counters.failures);
	metrics_gauge(to, "store.pending", "Batches that wait for the disk",
		      store_pending(nbnsd->store));
	metrics_gauge(to, "store.trouble", "1 while the database cannot be written",
		      !service_is_storing(nbnsd->service));
}

static void walk_backups(const struct nbnsd *nbnsd, const struct metrics_visitor *to)
{
	int64_t last_s;
	bool trouble;

	if (backups_stats(nbnsd) == NULL)
		return;
	backups_state(nbnsd, &last_s, &trouble);
	metrics_stats(to, backups_stats(nbnsd));
	metrics_gauge(to, "backup.last.seconds",
		      "When the newest backup was made by itself, in seconds since 1970; 0: never",
		      (uint64_t)last_s);
	metrics_gauge(to, "backup.trouble", "1 while backups fail", trouble);
}

static void walk_hook(const struct nbnsd *nbnsd, const struct metrics_visitor *to)
{
	if (watching_stats(nbnsd) == NULL)
		return;
	metrics_stats(to, watching_stats(nbnsd));
	metrics_gauge(to, "hook.waiting", "Calls of the hook that wait for those before them",
		      watching_waiting(nbnsd));
}

static uint64_t failures(const struct nbnsd *nbnsd, const struct partner_view *view, size_t i)
{
	(void)nbnsd;
	(void)i;
	return view->failures;
}

static uint64_t behind(const struct nbnsd *nbnsd, const struct partner_view *view, size_t i)
{
	(void)view;
	return partners_behind(nbnsd->partners, i);
}

static uint64_t last_pull_s(const struct nbnsd *nbnsd, const struct partner_view *view, size_t i)
{
	const struct nbt_env env = loop_env(nbnsd->loop);

	(void)i;
	if (view->last_pull_ms == NBT_NEVER)
		return 0;
	return (uint64_t)env.wall_s - (env.now_ms - view->last_pull_ms) / 1000;
}

/* Of partners that are pulled from. */
static const struct partner_gauge {
	const char *name, *help;
	uint64_t (*value)(const struct nbnsd *nbnsd, const struct partner_view *view, size_t i);
} partner_gauges[] = {
	{ "replication.partner.failures",
	  "Pulls from the partner that failed since the last that went well", failures },
	{ "replication.partner.behind", "Versions that the partner has and we do not", behind },
	{ "replication.partner.pulled.seconds",
	  "When the last pull went well, in seconds since 1970; 0: none did since the start",
	  last_pull_s },
};

/* Whoever is in trouble with one is told by its address. */
static void walk_partner(const struct nbnsd *nbnsd, const struct metrics_visitor *to,
			 const struct partner_gauge *gauge, size_t i)
{
	char address[INET_ADDRSTRLEN];
	struct partner_view view;

	partners_view(nbnsd->partners, i, &view);
	if (!view.pull || inet_ntop(AF_INET, &view.address, address, sizeof(address)) == NULL)
		return;
	to->each(to->ctx, &(struct metric){ .name = gauge->name,
					    .help = gauge->help,
					    .is_gauge = true,
					    .label = { "partner" },
					    .label_value = { address },
					    .value = gauge->value(nbnsd, &view, i) });
}

static void walk_partners(const struct nbnsd *nbnsd, const struct metrics_visitor *to)
{
	struct stats discovery;

	if (nbnsd->partners == NULL)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(partner_gauges); i++)
		for (size_t j = 0; j < partners_count(nbnsd->partners); j++)
			walk_partner(nbnsd, to, &partner_gauges[i], j);
	metrics_gauge(to, "replication.recovering",
		      "1 while partners are asked for what a lost database held",
		      partners_is_recovering(nbnsd->partners));
	metrics_stats(to, partners_stats(nbnsd->partners));
	if (partners_edge_discovery_stats(nbnsd, &discovery))
		metrics_stats(to, &discovery);
}

static void walk_sockets(const struct nbnsd *nbnsd, const struct metrics_visitor *to)
{
	const struct udp_counters udp = sockets_counters(network_sockets(nbnsd->network));

	metrics_udp(to, &udp);
}

/* Between two databases there may be no service. */
static void walk(void *ctx, metrics_each_fn *each, void *each_ctx)
{
	const struct nbnsd *nbnsd = ctx;
	const struct metrics_visitor to = { each, each_ctx };

	if (nbnsd->service == NULL)
		return;
	walk_build(nbnsd, &to);
	walk_names(nbnsd, &to);
	walk_store(nbnsd, &to);
	walk_backups(nbnsd, &to);
	walk_sockets(nbnsd, &to);
	metrics_stats(&to, service_stats(nbnsd->service));
	metrics_stats(&to, resolver_stats(service_resolver(nbnsd->service)));
	metrics_stats(&to, streams_stats(nbnsd->streams));
	metrics_stats(&to, clients_stats(nbnsd->clients));
	if (nbnsd->name_sock != NULL)
		metrics_stats(&to, local_server_stats(nbnsd->name_sock));
	walk_hook(nbnsd, &to);
	walk_partners(nbnsd, &to);
}

struct metrics metrics_of(struct nbnsd *nbnsd)
{
	return (struct metrics){ .daemon = "nbnsd", .walk = walk, .walk_ctx = nbnsd };
}

int metrics_start(void *ctx)
{
	struct nbnsd *nbnsd = ctx;
	const struct metrics metrics = metrics_of(nbnsd);
	int ret = metrics_http_open(&nbnsd->metrics_http, nbnsd->loop, &metrics,
				    METRICS_HTTP_PATIENCE_MS);

	return ret == 0 ? metrics_apply(nbnsd) : ret;
}

int metrics_apply(void *ctx)
{
	const struct nbnsd *nbnsd = ctx;

	metrics_http_listen(nbnsd->metrics_http, (uint16_t)nbnsd->settings.nbnsd.metrics_port);
	return 0;
}

void metrics_stop(void *ctx)
{
	struct nbnsd *nbnsd = ctx;

	metrics_http_close(nbnsd->metrics_http);
	nbnsd->metrics_http = NULL;
}

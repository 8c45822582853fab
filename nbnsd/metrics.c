#include "config.h"

#include "nbnsd/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/local_server.h"
#include "common/loop.h"
#include "common/stats.h"
#include "nbnsd/backups.h"
#include "nbnsd/clients.h"
#include "nbnsd/command_rows.h"
#include "nbnsd/nbnsd.h"
#include "common/network.h"
#include "nbnsd/store.h"
#include "nbnsd/streams.h"
#include "nbnsd/watching.h"

#define LINE_LEN 512

struct walk {
	metrics_each_fn *each;
	void *ctx;
};

static void say(const struct walk *walk, const char *name, const char *help, bool is_gauge,
		uint64_t value)
{
	const struct metric metric = {
		.name = name, .help = help, .is_gauge = is_gauge, .value = value
	};

	walk->each(walk->ctx, &metric);
}

static void say_counters(const struct walk *walk, const struct stats *stats)
{
	for (size_t i = 0; i < stats->count; i++)
		say(walk, stats->names[i], NULL, false, stats->values[i]);
}

static void walk_build(const struct nbnsd *nbnsd, const struct walk *walk)
{
	const struct nbt_env env = loop_env(nbnsd->loop);
	const struct metric build = {
		.name = "build.info",
		.help = "Always 1, with the version as label",
		.is_gauge = true,
		.label = { "version" },
		.label_value = { PACKAGE_VERSION },
		.value = 1,
	};

	walk->each(walk->ctx, &build);
	say(walk, "uptime.seconds", "Seconds since the start", true,
	    service_uptime_ms(nbnsd->service, &env) / 1000);
}

static void walk_names(const struct nbnsd *nbnsd, const struct walk *walk)
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
			walk->each(walk->ctx, &metric);
		}
	say(walk, "members", "Members of all normal groups", true,
	    registry_member_total(nbnsd->registry));
	say(walk, "names.memory.bytes", "Memory that the names take", true,
	    registry_memory(nbnsd->registry));
	say(walk, "sweep.passes", "Passes over all names that aged them", false,
	    service_passes(nbnsd->service));
}

static void walk_store(const struct nbnsd *nbnsd, const struct walk *walk)
{
	struct store_counters counters;

	if (nbnsd->store == NULL)
		return;
	counters = store_counters(nbnsd->store);
	say(walk, "store.commits", "Transactions of the database", false, counters.commits);
	say(walk, "store.batches", "Batches of changes in them", false, counters.batches);
	say(walk, "store.changes", "Changes in the batches", false, counters.changes);
	say(walk, "store.failures", "Tries of a transaction that failed", false, counters.failures);
	say(walk, "store.pending", "Batches that wait for the disk", true,
	    store_pending(nbnsd->store));
	say(walk, "store.trouble", "1 while the database cannot be written", true,
	    !service_is_storing(nbnsd->service));
}

static void walk_backups(const struct nbnsd *nbnsd, const struct walk *walk)
{
	int64_t last_s;
	bool trouble;

	if (backups_stats(nbnsd) == NULL)
		return;
	backups_state(nbnsd, &last_s, &trouble);
	say_counters(walk, backups_stats(nbnsd));
	say(walk, "backup.last.seconds",
	    "When the newest backup was made by itself, in seconds since 1970; 0: never", true,
	    (uint64_t)last_s);
	say(walk, "backup.trouble", "1 while backups fail", true, trouble);
}

static void walk_sockets(const struct nbnsd *nbnsd, const struct walk *walk)
{
	const struct udp_counters udp = sockets_counters(network_sockets(nbnsd->network));

	say(walk, "udp.received", "Packets received", false, udp.received);
	say(walk, "udp.truncated", "Packets received that were too long", false, udp.truncated);
	say(walk, "udp.sent", "Packets sent", false, udp.sent);
	say(walk, "udp.send-dropped", "Packets not sent because the socket was full", false,
	    udp.send_dropped);
	say(walk, "udp.send-failed", "Packets not sent because of another error", false,
	    udp.send_failed);
	say(walk, "udp.receive-dropped", "Packets that the kernel dropped because we were late",
	    false, udp.receive_dropped);
}

void metrics_walk(const struct nbnsd *nbnsd, metrics_each_fn *each, void *ctx)
{
	const struct walk walk = { each, ctx };

	walk_build(nbnsd, &walk);
	walk_names(nbnsd, &walk);
	walk_store(nbnsd, &walk);
	walk_backups(nbnsd, &walk);
	walk_sockets(nbnsd, &walk);
	say_counters(&walk, service_stats(nbnsd->service));
	say_counters(&walk, resolver_stats(service_resolver(nbnsd->service)));
	say_counters(&walk, streams_stats(nbnsd->streams));
	say_counters(&walk, clients_stats(nbnsd->clients));
	if (nbnsd->name_sock != NULL)
		say_counters(&walk, local_server_stats(nbnsd->name_sock));
	if (watching_stats(nbnsd) != NULL)
		say_counters(&walk, watching_stats(nbnsd));
}

/*
 * Prometheus.
 */

struct text {
	metrics_line_fn *line;
	void *ctx;
	char last[LINE_LEN]; /* the name whose head has been said */
};

/* "query.received" is nbnsd_query_received_total. */
static void make_name(char name[LINE_LEN], const struct metric *metric)
{
	snprintf(name, LINE_LEN, "nbnsd_%.200s%s", metric->name, metric->is_gauge ? "" : "_total");
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

	make_name(name, metric);
	if (strcmp(name, text->last) != 0)
		say_head(text, name, metric);
	memcpy(text->last, name, sizeof(text->last));
	print_labels(labels, sizeof(labels), metric);
	snprintf(line, sizeof(line), "%s%s %" PRIu64, name, labels, metric->value);
	text->line(text->ctx, line);
}

void metrics_text(const struct nbnsd *nbnsd, metrics_line_fn *line, void *ctx)
{
	struct text text = { line, ctx, "" };

	metrics_walk(nbnsd, say_sample, &text);
}

/* Control commands: this host's own names, and what it remembers of others. */
#include "nbnsd/control/commands.h"

#include "common/ctl_args.h"
#include "common/loop.h"
#include "nbnsd/control/command_rows.h"
#include "nbnsd/name_sock.h"
#include "nbnsd/nbnsd.h"

static const struct ctl_option no_options[] = { { .name = NULL } };

/*
 * The name cache.
 */

static json_t *addresses_of(const struct name_cache_entry *entry)
{
	json_t *list = json_array();

	for (size_t i = 0; i < entry->count; i++)
		(void)json_array_append_new(list, command_address(entry->list[i].address));
	return list;
}

static const char *kind_of(const struct name_cache_entry *entry)
{
	if (entry->count == 0)
		return "none";
	return entry->list[0].flags & NBT_NB_GROUP ? "group" : "unique";
}

/* Who was asked, told by who answered. */
static const char *asked_by(const struct node *node, const struct name_cache_entry *entry)
{
	return node_uses_server(node, entry->from) ? "server" : "broadcast";
}

static void run_cache_list(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct nbnsd *nbnsd = daemon;
	const struct resolver *resolver = service_resolver(nbnsd->service);
	const struct node *node = service_node(nbnsd->service);
	const uint64_t now_ms = loop_env(nbnsd->loop).now_ms;
	const struct name_cache_entry *entry;
	size_t cursor = 0;

	if (!ctl_read_args(rq, no_options, &argc, argv, 0, 0))
		return;
	while ((entry = resolver_cache_next(resolver, &cursor, now_ms)) != NULL) {
		json_t *row = command_name_row(&entry->name, &entry->scope);

		command_set(row, "kind", json_string(kind_of(entry)));
		command_set(row, "addresses", addresses_of(entry));
		command_set(row, "from", command_address(entry->from));
		command_set(row, "by", json_string(asked_by(node, entry)));
		command_set(row, "seconds",
			    json_integer((json_int_t)((entry->until_ms - now_ms) / 1000)));
		ctl_row(rq, row);
	}
	ctl_end(rq);
}

static void run_cache_flush(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct nbnsd *nbnsd = daemon;

	if (!ctl_read_args(rq, no_options, &argc, argv, 0, 0))
		return;
	resolver_flush(service_resolver(nbnsd->service));
	if (name_sock_load_lmhosts(nbnsd) < 0) {
		ctl_fail(rq, CTL_FAILED, "forgotten, but %s cannot be used: see the log",
			 nbnsd->settings.nbnsd.lmhosts);
		return;
	}
	ctl_end(rq);
}

/*
 * Own names.
 */

static const char *const states[] = {
	[NODE_NOT_OURS] = "releasing",
	[NODE_CLAIMING] = "claiming",
	[NODE_HELD] = "held",
	[NODE_IN_CONFLICT] = "conflict",
};

static void run_own_list(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct nbnsd *nbnsd = daemon;
	const struct node *node = service_node(nbnsd->service);
	struct node_own own;
	uint64_t cursor = 0;

	if (!ctl_read_args(rq, no_options, &argc, argv, 0, 0))
		return;
	while (node_own_next(node, &cursor, &own)) {
		json_t *row = command_name_row(&own.name, &own.scope);

		command_set(row, "kind", json_string(own.is_group ? "group" : "unique"));
		command_set(row, "state", json_string(states[own.hold]));
		command_set(row, "interface", command_address(own.interface));
		command_set(row, "registered", json_boolean(own.is_registered));
		command_set(row, "client", json_integer(own.client));
		ctl_row(rq, row);
	}
	ctl_end(rq);
}

static void run_own_refresh(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct nbnsd *nbnsd = daemon;
	const struct nbt_env env = loop_env(nbnsd->loop);
	size_t count;

	if (!ctl_read_args(rq, no_options, &argc, argv, 0, 0))
		return;
	count = node_refresh(service_node(nbnsd->service), &env);
	ctl_row(rq, json_pack("{s:I}", "refreshing", (json_int_t)count));
	ctl_end(rq);
}

const struct ctl_command commands_node[] = {
	{ "cache list", "", "what is remembered of other hosts' names", false, run_cache_list },
	{ "cache flush", "", "forgets it, and reads LMHOSTS again", true, run_cache_flush },
	{ "own list", "", "names of this host, on each interface", false, run_own_list },
	{ "own refresh", "", "releases them at the name server and registers them again", true,
	  run_own_refresh },
	{ .name = NULL },
};

/* Control commands: this host's own names, and what it remembers of others. */
#include "nbnsd/commands.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "common/charset.h"
#include "common/loop.h"
#include "nbnsd/name_sock.h"
#include "nbnsd/nbnsd.h"

/*
 * Rows.
 */

static json_t *address_of(struct in_addr address)
{
	char text[INET_ADDRSTRLEN];

	return json_string(inet_ntop(AF_INET, &address, text, sizeof(text)));
}

/* A row that begins with the name; NULL: out of memory. */
static json_t *row_of(const struct nbt_name *name, const struct nbt_scope *scope)
{
	char text[CHARSET_TEXT_MAX], raw[2 * NBT_NAME_LEN + 1], suffix[3];
	char scope_text[NBT_SCOPE_TEXT_MAX];

	for (size_t i = 0; i < NBT_NAME_LEN; i++)
		snprintf(raw + 2 * i, 3, "%02x", name->bytes[i]);
	snprintf(suffix, sizeof(suffix), "%02X", nbt_name_suffix(name));
	return json_pack("{s:s, s:s, s:s, s:s}", "name", charset_name_text(name, text), "suffix",
			 suffix, "raw", raw, "scope",
			 nbt_scope_print(scope, scope_text, sizeof(scope_text)));
}

static void set(json_t *row, const char *key, json_t *value)
{
	(void)json_object_set_new(row, key, value); /* without a row the request fails anyway */
}

static bool has_arguments(struct ctl_request *rq, const char *command, int argc)
{
	if (argc > 0)
		ctl_fail(rq, CTL_MISUSE, "%s takes no arguments", command);
	return argc > 0;
}

/*
 * The name cache.
 */

static json_t *addresses_of(const struct name_cache_entry *entry)
{
	json_t *list = json_array();

	for (size_t i = 0; i < entry->count; i++)
		(void)json_array_append_new(list, address_of(entry->list[i].address));
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

	(void)argv;
	if (has_arguments(rq, "cache list", argc))
		return;
	while ((entry = resolver_cache_next(resolver, &cursor, now_ms)) != NULL) {
		json_t *row = row_of(&entry->name, &entry->scope);

		set(row, "kind", json_string(kind_of(entry)));
		set(row, "addresses", addresses_of(entry));
		set(row, "from", address_of(entry->from));
		set(row, "by", json_string(asked_by(node, entry)));
		set(row, "seconds", json_integer((json_int_t)((entry->until_ms - now_ms) / 1000)));
		ctl_row(rq, row);
	}
	ctl_end(rq);
}

static void run_cache_flush(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct nbnsd *nbnsd = daemon;

	(void)argv;
	if (has_arguments(rq, "cache flush", argc))
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

	(void)argv;
	if (has_arguments(rq, "own list", argc))
		return;
	while (node_own_next(node, &cursor, &own)) {
		json_t *row = row_of(&own.name, &own.scope);

		set(row, "kind", json_string(own.is_group ? "group" : "unique"));
		set(row, "state", json_string(states[own.hold]));
		set(row, "interface", address_of(own.interface));
		set(row, "registered", json_boolean(own.is_registered));
		set(row, "client", json_integer(own.client));
		ctl_row(rq, row);
	}
	ctl_end(rq);
}

static void run_own_refresh(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct nbnsd *nbnsd = daemon;
	const struct nbt_env env = loop_env(nbnsd->loop);
	size_t count;

	(void)argv;
	if (has_arguments(rq, "own refresh", argc))
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

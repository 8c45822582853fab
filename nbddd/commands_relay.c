/* Control commands: the relay role's peers, and whose datagrams it has relayed lately. */
#include "nbddd/commands.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "common/charset.h"
#include "common/ctl_args.h"
#include "common/loop.h"
#include "nbddd/nbddd.h"

struct listing {
	struct ctl_request *rq;
	uint64_t now_ms;
};

/* null: never. */
static json_t *ms_since(const struct listing *listing, uint64_t at_ms)
{
	return at_ms > 0 ? json_integer((json_int_t)(listing->now_ms - at_ms)) : json_null();
}

static void say_peer(void *ctx, const struct relay_peer *peer)
{
	const struct listing *listing = ctx;
	char address[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &peer->address, address, sizeof(address));
	ctl_row(listing->rq, json_pack("{s:s, s:I, s:I, s:I, s:o}", "address", address, "handed",
				       (json_int_t)peer->handed, "taken", (json_int_t)peer->taken,
				       "unreachable", (json_int_t)peer->unreachable, "last_ms_ago",
				       ms_since(listing, peer->last_ms)));
}

static void run_peers(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct nbddd *nbddd = daemon;
	const struct ctl_option options[] = { { .name = NULL } };
	struct listing listing = { rq, loop_env(nbddd->loop).now_ms };

	if (!ctl_read_args(rq, options, &argc, argv, 0, 0))
		return;
	dgram_each_peer(nbddd->service, say_peer, &listing);
	ctl_end(rq);
}

static void say_flow(void *ctx, const struct originator *from)
{
	const struct listing *listing = ctx;
	char name[CHARSET_TEXT_MAX], group[CHARSET_TEXT_MAX], scope[NBT_SCOPE_TEXT_MAX];
	char address[INET_ADDRSTRLEN], suffix[3], group_suffix[3];

	inet_ntop(AF_INET, &from->address.sin_addr, address, sizeof(address));
	snprintf(suffix, sizeof(suffix), "%02X", nbt_name_suffix(&from->name));
	snprintf(group_suffix, sizeof(group_suffix), "%02X", nbt_name_suffix(&from->destination));
	ctl_row(listing->rq,
		json_pack("{s:s, s:s, s:o, s:s, s:s, s:s, s:s, s:I, s:o}", "name",
			  charset_name_text(&from->name, name), "suffix", suffix, "raw",
			  commands_raw_name(&from->name), "scope",
			  nbt_scope_print(&from->scope, scope, sizeof(scope)), "address", address,
			  "group", charset_name_text(&from->destination, group), "group_suffix",
			  group_suffix, "datagrams", (json_int_t)from->datagrams, "last_ms_ago",
			  ms_since(listing, from->at_ms)));
}

static void run_flows(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct nbddd *nbddd = daemon;
	const struct ctl_option options[] = { { .name = NULL } };
	const struct nbt_env env = loop_env(nbddd->loop);
	struct listing listing = { rq, env.now_ms };

	if (!ctl_read_args(rq, options, &argc, argv, 0, 0))
		return;
	dgram_each_flow(nbddd->service, &env, say_flow, &listing);
	ctl_end(rq);
}

const struct ctl_command commands_relay[] = {
	{ "datagrams peers", "", "relays that datagrams are handed to, and what came of them",
	  false, run_peers },
	{ "datagrams flows", "", "whose datagrams were relayed lately, and to which group", false,
	  run_flows },
	{ .name = NULL },
};

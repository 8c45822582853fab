/* Control commands: what this host is where, and orders of the administrator. */
#include "browserd/commands.h"

#include <arpa/inet.h>
#include <string.h>

#include "browserd/browserd.h"
#include "browserd/command_rows.h"
#include "browserd/exporting.h"
#include "common/ctl_args.h"
#include "common/loop.h"

struct listing {
	struct ctl_request *rq;
	uint64_t now_ms;
	const char *export; /* who gives the lists to SMB clients */
};

static void say_role(void *ctx, const struct browser_role_view *view)
{
	const struct listing *listing = ctx;

	ctl_row(listing->rq,
		json_pack("{s:o, s:o, s:s, s:b, s:o, s:o, s:I, s:s}", "workgroup",
			  command_text(view->workgroup), "interface",
			  command_address(view->interface), "role", browser_role_name(view->role),
			  "electing", view->is_electing, "master", command_text(view->master),
			  "master_address", command_address(view->master_address), "since_ms_ago",
			  (json_int_t)(listing->now_ms - view->since_ms), "export",
			  listing->export));
}

static void run_roles(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	static const struct ctl_option options[] = { { .name = NULL } };
	const struct browserd *browserd = daemon;
	struct listing listing = { rq, loop_env(browserd->loop).now_ms,
				   exporting_state(browserd->exporting) };

	if (!ctl_read_args(rq, options, &argc, argv, 0, 0))
		return;
	browser_each_role(browserd->service, say_role, &listing);
	ctl_end(rq);
}

/* null: never. */
static json_t *ms_ago(const struct listing *listing, uint64_t at_ms)
{
	return at_ms != 0 ? json_integer((json_int_t)(listing->now_ms - at_ms)) : json_null();
}

static const char *peer_role(const struct browser_sync_view *view)
{
	return view->is_neighbour       ? "neighbour"
	       : view->is_domain_master ? "domain master"
					: "local master";
}

static void say_peer(void *ctx, const struct browser_sync_view *view)
{
	const struct listing *listing = ctx;
	bool is_due = view->due_ms != NBT_NEVER && view->due_ms > listing->now_ms;

	ctl_row(listing->rq,
		json_pack("{s:o, s:o, s:o, s:s, s:b, s:o, s:o, s:o, s:I, s:i}", "workgroup",
			  command_text(view->workgroup), "name", command_text(view->name),
			  "address", command_address(view->address), "role", peer_role(view),
			  "at_once", view->is_quick, "known_ms_ago",
			  ms_ago(listing, view->since_ms), "announced_ms_ago",
			  ms_ago(listing, view->heard_ms), "synced_ms_ago",
			  ms_ago(listing, view->whole_ms), "next_in_ms",
			  is_due ? (json_int_t)(view->due_ms - listing->now_ms) : (json_int_t)0,
			  "failures", (int)view->failures));
}

static void run_peers(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	static const struct ctl_option options[] = { { .name = NULL } };
	const struct browserd *browserd = daemon;
	struct listing listing = { .rq = rq, .now_ms = loop_env(browserd->loop).now_ms };

	if (!ctl_read_args(rq, options, &argc, argv, 0, 0))
		return;
	browser_each_sync(browserd->service, say_peer, &listing);
	ctl_end(rq);
}

/* nobody: what to say when no role can do it. */
static void run_order(const struct browserd *browserd, struct ctl_request *rq, int argc,
		      char **argv, enum browser_order order, const char *nobody)
{
	static const struct ctl_option options[] = { { .name = NULL } };
	const struct nbt_env env = loop_env(browserd->loop);
	char workgroup[NBT_NAME_LEN];
	size_t count;

	if (!ctl_read_args(rq, options, &argc, argv, 0, 1) ||
	    (argc == 1 && !command_workgroup(rq, argv[0], workgroup)))
		return;
	count = browser_order(browserd->service, order, argc == 1 ? workgroup : NULL, &env);
	if (count == 0) {
		ctl_fail(rq, CTL_FAILED, "%s; see \"nbtctl browse roles\"", nobody);
		return;
	}
	ctl_row(rq, json_pack("{s:I}", "roles", (json_int_t)count));
	ctl_end(rq);
}

static void run_elect(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	run_order(daemon, rq, argc, argv, BROWSER_ELECT, "this host stands in no election there");
}

static void run_pull(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	run_order(daemon, rq, argc, argv, BROWSER_PULL,
		  "this host has nobody to fetch lists from there, or does so already");
}

static void run_announce(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	run_order(daemon, rq, argc, argv, BROWSER_ANNOUNCE, "this host has no role there");
}

const struct ctl_command commands_roles[] = {
	{ "browse roles", "", "what this host is, for each workgroup in each subnet", false,
	  run_roles },
	{ "browse peers", "",
	  "the browsers of other subnets: whose lists are fetched, and when last", false,
	  run_peers },
	{ "browse elect", "[WORKGROUP]", "begins an election, in which this host stands", true,
	  run_elect },
	{ "browse pull", "[WORKGROUP]",
	  "fetches now: a backup its master's lists, masters those of other subnets", true,
	  run_pull },
	{ "browse announce", "[WORKGROUP]", "announces this host, and what it is, now", true,
	  run_announce },
	{ .name = NULL },
};

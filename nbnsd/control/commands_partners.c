/* Control commands: partners in replication, and having them do something now. */
#include "nbnsd/control/commands.h"

#include <arpa/inet.h>
#include <errno.h>

#include "common/ctl_args.h"
#include "common/loop.h"
#include "nbnsd/control/command_rows.h"
#include "nbnsd/control/event_rows.h"
#include "nbnsd/nbnsd.h"
#include "nbnsd/partners/partners.h"

static const struct ctl_option no_options[] = { { .name = NULL } };

static const char *const states[] = {
	[PARTNER_IDLE] = "idle",       [PARTNER_CONNECTING] = "connecting",
	[PARTNER_PULLING] = "pulling", [PARTNER_PUSHING] = "pushing",
	[PARTNER_FAILING] = "failing",
};

static const char *roles_of(const struct partner_view *view)
{
	if (view->pull && view->push)
		return "both";
	return view->pull ? "pull" : "push";
}

static json_t *error_time(const struct partner_view *view, const struct nbt_env *env)
{
	if (view->last_error_ms == NBT_NEVER)
		return json_null();
	return row_time(env->wall_s - (int64_t)((env->now_ms - view->last_error_ms) / 1000));
}

static void say_partner(const struct nbnsd *nbnsd, struct ctl_request *rq, size_t i)
{
	const struct nbt_env env = loop_env(nbnsd->loop);
	json_t *row = json_object();
	struct partner_view view;

	partners_view(nbnsd->partners, i, &view);
	command_set(row, "partner", command_address(view.address));
	command_set(row, "roles", json_string(roles_of(&view)));
	command_set(row, "discovered", json_boolean(view.is_discovered));
	command_set(row, "state", json_string(states[view.state]));
	command_set(row, "connected", json_boolean(view.is_persistent));
	command_set(row, "pulled", command_since(view.last_pull_ms, &env));
	command_set(row, "next_pull", command_until(view.next_pull_ms, &env));
	command_set(row, "pushed", command_since(view.last_push_ms, &env));
	command_set(row, "behind", json_integer((json_int_t)partners_behind(nbnsd->partners, i)));
	command_set(row, "pulled_records", json_integer((json_int_t)view.pulled_records));
	command_set(row, "served_records", json_integer((json_int_t)view.served_records));
	command_set(row, "failures", json_integer(view.failures));
	command_set(row, "last_error",
		    *view.last_error != '\0' ? json_string(view.last_error) : json_null());
	command_set(row, "last_error_at", error_time(&view, &env));
	ctl_row(rq, row);
}

static void run_partners(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	const struct nbnsd *nbnsd = daemon;
	size_t count = nbnsd->partners != NULL ? partners_count(nbnsd->partners) : 0;

	if (!ctl_read_args(rq, no_options, &argc, argv, 0, 0))
		return;
	for (size_t i = 0; i < count; i++)
		say_partner(nbnsd, rq, i);
	ctl_end(rq);
}

/*
 * Now.
 */

static bool replicates(const struct nbnsd *nbnsd, struct ctl_request *rq)
{
	if (nbnsd->partners == NULL)
		ctl_fail(rq, CTL_FAILED, "there is no replication: see partners in nbt.conf(5)");
	return nbnsd->partners != NULL;
}

/* 0.0.0.0: all. */
static bool read_partner(struct ctl_request *rq, int argc, char **argv, struct in_addr *partner)
{
	partner->s_addr = INADDR_ANY;
	return argc == 0 || command_read_address(rq, argv[0], partner);
}

static void fail(struct ctl_request *rq, const char *what, struct in_addr partner)
{
	char text[INET_ADDRSTRLEN];

	if (partner.s_addr == INADDR_ANY)
		ctl_fail(rq, CTL_FAILED, "there is no partner %s", what);
	else
		ctl_fail(rq, CTL_FAILED, "%s is no partner %s",
			 inet_ntop(AF_INET, &partner, text, sizeof(text)), what);
}

static void run_pull(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct nbnsd *nbnsd = daemon;
	const struct nbt_env env = loop_env(nbnsd->loop);
	struct in_addr partner;

	if (!ctl_read_args(rq, no_options, &argc, argv, 0, 1) || !replicates(nbnsd, rq) ||
	    !read_partner(rq, argc, argv, &partner))
		return;
	if (partners_pull(nbnsd->partners, partner, &env) < 0)
		fail(rq, "to pull from", partner);
	else
		ctl_end(rq);
}

static void run_push(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	const char *propagate = NULL;
	const struct ctl_option options[] = {
		{ .name = "--propagate", .is_flag = true, .value = &propagate },
		{ .name = NULL },
	};
	struct nbnsd *nbnsd = daemon;
	struct in_addr partner;

	if (!ctl_read_args(rq, options, &argc, argv, 0, 1) || !replicates(nbnsd, rq) ||
	    !read_partner(rq, argc, argv, &partner))
		return;
	if (partners_push(nbnsd->partners, partner, propagate != NULL) < 0)
		fail(rq, "to push to", partner);
	else
		ctl_end(rq);
}

static void run_replicate(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct nbnsd *nbnsd = daemon;
	const struct nbt_env env = loop_env(nbnsd->loop);
	const struct in_addr all = { INADDR_ANY };
	int pulled, pushed;

	if (!ctl_read_args(rq, no_options, &argc, argv, 0, 0) || !replicates(nbnsd, rq))
		return;
	pulled = partners_pull(nbnsd->partners, all, &env);
	pushed = partners_push(nbnsd->partners, all, false);
	if (pulled < 0 && pushed < 0)
		fail(rq, "to replicate with", all);
	else
		ctl_end(rq);
}

static void run_verify(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct nbnsd *nbnsd = daemon;
	const struct nbt_env env = loop_env(nbnsd->loop);
	struct in_addr owner;
	int ret;

	if (!ctl_read_args(rq, no_options, &argc, argv, 0, 1) || !replicates(nbnsd, rq) ||
	    !read_partner(rq, argc, argv, &owner))
		return;
	ret = partners_verify(nbnsd->partners, owner, &env);
	if (ret == -ENOENT)
		ctl_fail(rq, CTL_FAILED, "no name here was registered at %s",
			 argc > 0 ? argv[0] : "another server");
	else if (ret == -EHOSTUNREACH)
		ctl_fail(rq, CTL_FAILED, "there is no partner to ask about it");
	else if (ret == -EBUSY)
		ctl_fail(rq, CTL_FAILED, "a verification is running already");
	else if (ret < 0)
		ctl_fail(rq, CTL_FAILED, "out of memory");
	else
		ctl_end(rq);
}

const struct ctl_command commands_partners[] = {
	{ "partners", "", "the servers that names are replicated with, and how far that is", false,
	  run_partners },
	{ "pull", "[ADDRESS]", "fetch what is new from this partner now, or from all", true,
	  run_pull },
	{ "push", "[--propagate] [ADDRESS]",
	  "notify this partner now, or all, and perhaps have it notify others", true, run_push },
	{ "replicate", "", "pull from all partners and push to all", true, run_replicate },
	{ "replicate verify", "[ADDRESS]",
	  "ask whether names registered at this server, or any other, are still there", true,
	  run_verify },
	{ .name = NULL },
};

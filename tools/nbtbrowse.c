/* nbtbrowse: the network neighbourhood as a tree: workgroups, servers, shares. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/array.h"
#include "common/charset.h"
#include "common/loop.h"
#include "tools/doctor.h"
#include "tools/nbtbrowse.h"

#define OPT(member) offsetof(struct browse_options, member)

static const struct tool_option nbtbrowse_options[] = {
	{ 'D', "domains", NULL, "show the workgroups only", TOOL_FLAG, OPT(workgroups_only), 0,
	  NULL },
	{ 'S', "servers", NULL, "show workgroups and servers, no shares", TOOL_FLAG, OPT(no_shares),
	  0, NULL },
	{ 'B', "broadcast", "ADDRESS", "ask this broadcast address", TOOL_CHOICE, OPT(target), 0,
	  NULL },
	{ 'U', "unicast", "HOST", "ask this name server instead of the subnets", TOOL_CHOICE,
	  OPT(target), 0, NULL },
	{ 'c', "config", "FILE", "read this nbt.conf, not that of this host", TOOL_STRING,
	  OPT(conf), 0, NULL },
	{ 'w', "workgroup", "NAME", "begin with the masters of this workgroup, too (nbt.conf's)",
	  TOOL_STRING, OPT(workgroup), 0, NULL },
	{ 0, "netbios-scope", "SCOPE", "the scope of all names (nbt.conf's)", TOOL_STRING,
	  OPT(scope), 0, NULL },
	{ 'm', "master", "HOST", "begin with the lists of this host", TOOL_STRING, OPT(master), 0,
	  NULL },
	{ 'n', "name", "NAME", "call others by this name (nbt.conf's, or the host's)", TOOL_STRING,
	  OPT(name), 0, NULL },
	{ 0, "user", "NAME", "come as this guest, who has no password (nobody)", TOOL_STRING,
	  OPT(user), 0, NULL },
	{ 't', "timeout", "SECONDS", "wait so long for an answer (5)", TOOL_NUMBER, OPT(timeout_s),
	  3600, NULL },
	{ 0, "at-once", "NUMBER", "hosts that are asked at the same time (16)", TOOL_NUMBER,
	  OPT(at_once), 256, NULL },
	{ 0, "json", NULL, "print a JSON object", TOOL_FLAG, OPT(json), 0, NULL },
	{ 0, "doctor", NULL, "look for faults of the network, and say what to do", TOOL_FLAG,
	  OPT(doctor), 0, NULL },
	{ 0, "dot", NULL, "draw subnets, masters, and whose lists come to whom, for Graphviz",
	  TOOL_FLAG, OPT(dot), 0, NULL },
	{ 0, "svg", NULL, "the same as a picture in SVG", TOOL_FLAG, OPT(svg), 0, NULL },
};

static const struct tool_example nbtbrowse_examples[] = {
	{ "the whole neighbourhood", "nbtbrowse" },
	{ "the servers of a workgroup, by way of a name server", "nbtbrowse -S -U 10.1.0.5 PLANT" },
	{ "what is wrong with the network", "nbtbrowse --doctor" },
	{ "a picture of its subnets and masters", "nbtbrowse --svg >network.svg" },
};

static const struct tool nbtbrowse = {
	.name = "nbtbrowse",
	.arguments = "[WORKGROUP... | //HOST]",
	.help = "Show the network neighbourhood: workgroups, their servers, their shares.",
	.examples = nbtbrowse_examples,
	.example_count = ARRAY_SIZE(nbtbrowse_examples),
	.misuse = TOOL_MISUSE,
	.options = nbtbrowse_options,
	.option_count = ARRAY_SIZE(nbtbrowse_options),
};

/*
 * The walk.
 */

static void begin(struct browse *b, const struct walk_action *action)
{
	if (action->what == WALK_PULL)
		pull_begin(b, action);
	else
		find_begin(b, action);
}

/* After whatever has happened. */
static void turn(void *ctx, const struct nbt_env *env)
{
	struct browse *b = ctx;
	struct walk_action action;

	do {
		while (walk_next(b->walk, &action, env->now_ms))
			begin(b, &action);
	} while (find_settle(b));
	loop_set_deadline(b->loop, find_deadline(b));
	if (walk_is_over(b->walk))
		loop_stop(b->loop);
}

static void wake(void *ctx, const struct nbt_env *env)
{
	find_wake(ctx, env);
}

static bool walk(struct browse *b)
{
	const struct nbt_env env = loop_env(b->loop);

	b->walk = walk_create(&b->plan, env.now_ms);
	if (b->walk == NULL)
		return false;
	turn(b, &env);
	return loop_run(b->loop) == 0;
}

/*
 * The start.
 */

static bool prepare(struct browse *b, char *const *words, size_t count)
{
	static const struct loop_events events = { .turn = turn, .deadline = wake };

	if (b->options.timeout_s == 0 || b->options.at_once == 0) {
		fprintf(stderr, "nbtbrowse: --timeout and --at-once begin at 1\n");
		return false;
	}
	if (count > 1 && plan_host_of(words[0]) != NULL) {
		(void)tool_misuse(&nbtbrowse, words[1], "only one //HOST at a time");
		return false;
	}
	if (!plan_make(b, words, count))
		return false;
	if (loop_create(&b->loop, &events, b) == 0 && find_open(b) == 0)
		return true;
	perror("nbtbrowse");
	return false;
}

static bool lacks_smb1(const struct browse *b)
{
	const struct tree *tree = walk_tree(b->walk);

	for (size_t i = 0; i < tree->workgroup_count; i++)
		if (strstr(tree->workgroups[i]->failure, "SMB1") != NULL)
			return true;
	return false;
}

/* What is wrong with the host that was named, and what to do. */
static void complain(const struct browse *b)
{
	const char *complaint = walk_complaint(b->walk);

	if (*complaint != '\0')
		fprintf(stderr, "nbtbrowse: %s: %s\n", b->plan.host, complaint);
	if (b->options.json)
		return;
	if (lacks_smb1(b))
		fprintf(stderr,
			"nbtbrowse: lists of servers are had by SMB1 only: of a browserd, or of an smbd "
			"with \"server min protocol = NT1\"\n");
	if (b->plan.only_host && *complaint == '\0' && !walk_is_found(b->walk))
		fprintf(stderr,
			"nbtbrowse: %s: nothing is had from it: it is off, serves no files, or a firewall lets "
			"no TCP 139 and 445 through; \"nbtscan\" shows whether it answers to NetBIOS\n",
			b->plan.host);
}

static int say(const struct browse *b)
{
	(b->options.json ? say_json : say_tree)(b);
	complain(b);
	if (!walk_has_master(b->walk) && !b->options.json && !b->plan.only_host)
		fprintf(stderr,
			"nbtbrowse: no browser has answered; \"nbtbrowse --doctor\" looks for the "
			"reason\n");
	return walk_is_found(b->walk) ? TOOL_OK : TOOL_NOT_FOUND;
}

static int see_doctor(const struct browse_options *o, char *const *words, size_t count)
{
	struct doctor_options doctor = { .workgroups = (const char *const *)words,
					 .workgroup_count = count,
					 .conf = o->conf,
					 .name = o->name,
					 .workgroup = o->workgroup,
					 .scope = o->scope,
					 .timeout_s = o->timeout_s,
					 .at_once = o->at_once,
					 .form = o->json  ? DOCTOR_JSON
						 : o->dot ? DOCTOR_DOT
						 : o->svg ? DOCTOR_SVG
							  : DOCTOR_TEXT };

	if (o->doctor + o->dot + o->svg > 1 || (o->json && !o->doctor) || o->target.letter == 'B' ||
	    o->master != NULL || o->workgroups_only || o->no_shares || o->timeout_s == 0 ||
	    o->at_once == 0 || (count > 0 && plan_host_of(words[0]) != NULL))
		return tool_misuse(
			&nbtbrowse, NULL,
			"--doctor, --dot and --svg go one at a time, with -U, -w and WORKGROUP, but not "
			"with -B, -m, -D, -S or //HOST; only --doctor has --json");
	if (o->target.letter == 0 || netif_resolve(o->target.argument, &doctor.server))
		return doctor_run(&doctor);
	fprintf(stderr, "nbtbrowse: %s: its address is not found; name an address as 10.1.0.5\n",
		o->target.argument);
	return DOCTOR_CANNOT_LOOK;
}

int main(int argc, char **argv)
{
	static struct browse b = { .options = { .timeout_s = 5, .at_once = 16 } };
	int first, status;

	if (!tool_read_options(&nbtbrowse, argc, argv, &b.options, &first, &status))
		return status;
	if (b.options.doctor || b.options.dot || b.options.svg)
		return see_doctor(&b.options, argv + first, (size_t)(argc - first));
	status = TOOL_MISUSE;
	if (prepare(&b, argv + first, (size_t)(argc - first))) {
		if (walk(&b))
			status = say(&b);
		else
			perror("nbtbrowse");
	}
	pull_close(&b);
	find_close(&b);
	walk_destroy(b.walk);
	loop_destroy(b.loop);
	plan_free(&b);
	return status;
}

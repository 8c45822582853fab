/* Control commands: the groups of which members are remembered. */
#include "nbddd/commands.h"

#include <stdio.h>

#include "common/charset.h"
#include "common/ctl_args.h"
#include "common/loop.h"
#include "nbddd/nbddd.h"

struct listing {
	struct ctl_request *rq;
	uint64_t now_ms;
};

static void say_group(void *ctx, const struct nbt_name *name, const struct nbt_scope *scope,
		      const struct members_list *list, uint64_t expires_ms)
{
	const struct listing *listing = ctx;
	char name_text[CHARSET_TEXT_MAX], scope_text[NBT_SCOPE_TEXT_MAX], suffix[3];

	if (expires_ms <= listing->now_ms)
		return;
	snprintf(suffix, sizeof(suffix), "%02X", nbt_name_suffix(name));
	ctl_row(listing->rq,
		json_pack("{s:s, s:s, s:s, s:I, s:b, s:I}", "name",
			  charset_name_text(name, name_text), "suffix", suffix, "scope",
			  nbt_scope_print(scope, scope_text, sizeof(scope_text)), "members",
			  (json_int_t)list->count, "whole", list->is_whole, "expires-ms",
			  (json_int_t)(expires_ms - listing->now_ms)));
}

static void run_groups(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct nbddd *nbddd = daemon;
	const struct ctl_option options[] = { { .name = NULL } };
	struct listing listing = { rq, loop_env(nbddd->loop).now_ms };

	if (!ctl_read_args(rq, options, &argc, argv, 0, 0))
		return;
	dgram_each_group(nbddd->service, say_group, &listing);
	ctl_end(rq);
}

const struct ctl_command commands_groups[] = {
	{ "datagrams groups", "", "groups of which members are remembered, and how many", false,
	  run_groups },
	{ .name = NULL },
};

/* Control commands: the groups of which members are remembered. */
#include "nbddd/commands.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/charset.h"
#include "common/ctl_args.h"
#include "common/loop.h"
#include "nbddd/nbddd.h"

struct listing {
	struct ctl_request *rq;
	uint64_t now_ms;
	const struct nbt_name *name; /* this one, and its members, too; NULL: all */
	int suffix;                  /* -1: any */
};

static bool is_wanted(const struct listing *listing, const struct nbt_name *name)
{
	if (listing->name == NULL)
		return true;
	return memcmp(listing->name->bytes, name->bytes, NBT_NAME_LEN - 1) == 0 &&
	       (listing->suffix < 0 || listing->suffix == nbt_name_suffix(name));
}

json_t *commands_raw_name(const struct nbt_name *name)
{
	char raw[2 * NBT_NAME_LEN + 1];

	for (size_t i = 0; i < NBT_NAME_LEN; i++)
		snprintf(raw + 2 * i, 3, "%02x", name->bytes[i]);
	return json_string(raw);
}

static json_t *addresses(const struct members_list *list)
{
	json_t *array = json_array();
	char text[INET_ADDRSTRLEN];

	for (size_t i = 0; i < list->count; i++) {
		inet_ntop(AF_INET, &list->items[i], text, sizeof(text));
		json_array_append_new(array, json_string(text));
	}
	return array;
}

static void say_group(void *ctx, const struct nbt_name *name, const struct nbt_scope *scope,
		      const struct members_list *list, uint64_t expires_ms)
{
	const struct listing *listing = ctx;
	char text[CHARSET_TEXT_MAX], scope_text[NBT_SCOPE_TEXT_MAX], suffix[3];
	json_t *row;

	if (expires_ms <= listing->now_ms || !is_wanted(listing, name))
		return;
	snprintf(suffix, sizeof(suffix), "%02X", nbt_name_suffix(name));
	row = json_pack("{s:s, s:s, s:o, s:s, s:I, s:b, s:I}", "name",
			charset_name_text(name, text), "suffix", suffix, "raw",
			commands_raw_name(name), "scope",
			nbt_scope_print(scope, scope_text, sizeof(scope_text)), "members",
			(json_int_t)list->count, "whole", list->is_whole, "expires_in_ms",
			(json_int_t)(expires_ms - listing->now_ms));
	if (row != NULL && listing->name != NULL)
		json_object_set_new(row, "addresses", addresses(list));
	ctl_row(listing->rq, row);
}

static void run_groups(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct nbddd *nbddd = daemon;
	const struct ctl_option options[] = { { .name = NULL } };
	struct listing listing = { .rq = rq, .now_ms = loop_env(nbddd->loop).now_ms, .suffix = -1 };
	struct nbt_name name;

	if (!ctl_read_args(rq, options, &argc, argv, 0, 1))
		return;
	if (argc == 1 && !charset_read_name(&name, argv[0], &listing.suffix)) {
		ctl_fail(
			rq, CTL_MISUSE,
			"\"%s\" is no name: 1 to 15 characters, and a suffix as in FRED<20> or FRED#20",
			argv[0]);
		return;
	}
	listing.name = argc == 1 ? &name : NULL;
	dgram_each_group(nbddd->service, say_group, &listing);
	ctl_end(rq);
}

const struct ctl_command commands_groups[] = {
	{ "datagrams groups", "[NAME]",
	  "groups of which members are remembered, and how many; of one, which", false,
	  run_groups },
	{ .name = NULL },
};

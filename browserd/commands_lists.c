/* Control commands: the browse lists. */
#include "browserd/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "browserd/browserd.h"
#include "browserd/command_rows.h"
#include "browserd/text.h"
#include "common/array.h"
#include "common/ctl_args.h"
#include "common/loop.h"

#define SLICE 64 /* rows per turn */

/* The lists change meanwhile: it goes on behind the entry that was said last. */
struct walk {
	const struct browserd *browserd;
	enum lists_kind kind;
	bool has_workgroup, has_begun;
	char workgroup[NBT_NAME_LEN];       /* only this one */
	char last[2][NBT_BROWSE_NAME_SIZE]; /* workgroup and name */
	struct ctl_request *rq;
	size_t said; /* this turn */
	uint64_t now_ms;
};

static const char *const origins[] = {
	[LISTS_SELF] = "self",
	[LISTS_HEARD] = "heard",
	[LISTS_PULLED] = "pulled",
};

static const char *browser_of(uint32_t type)
{
	static const struct {
		uint32_t bit;
		const char *word;
	} words[] = {
		{ NBT_SV_DOMAIN_MASTER, "domain master" },
		{ NBT_SV_MASTER_BROWSER, "master" },
		{ NBT_SV_BACKUP_BROWSER, "backup" },
		{ NBT_SV_POTENTIAL_BROWSER, "potential" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (type & words[i].bit)
			return words[i].word;
	return "";
}

/* null: never. */
static json_t *ms_until(const struct walk *walk, uint64_t at_ms)
{
	if (at_ms == NBT_NEVER)
		return json_null();
	return json_integer(at_ms > walk->now_ms ? (json_int_t)(at_ms - walk->now_ms) : 0);
}

static json_t *server_row(const struct walk *walk, const struct lists_view *view)
{
	const struct lists_record *record = view->record;
	char version[sizeof("255.255")];

	snprintf(version, sizeof(version), "%u.%u", record->os_major, record->os_minor);
	return json_pack("{s:o, s:o, s:o, s:s, s:o, s:s, s:s, s:o, s:o, s:o}", "name",
			 command_text(record->name), "workgroup", command_text(record->workgroup),
			 "type", json_sprintf("0x%08x", (unsigned)record->type), "browser",
			 browser_of(record->type), "comment", command_text(record->comment),
			 "version", version, "source", origins[view->source.origin], "address",
			 command_address(view->source.address), "interface",
			 command_address(view->source.interface), "expires_in_ms",
			 ms_until(walk, view->expires_ms));
}

static json_t *workgroup_row(const struct walk *walk, const struct lists_view *view)
{
	const struct lists_record *record = view->record;

	return json_pack("{s:o, s:o, s:o, s:s, s:o, s:o, s:o}", "workgroup",
			 command_text(record->name), "master", command_text(record->comment),
			 "type", json_sprintf("0x%08x", (unsigned)record->type), "source",
			 origins[view->source.origin], "address",
			 command_address(view->source.address), "interface",
			 command_address(view->source.interface), "expires_in_ms",
			 ms_until(walk, view->expires_ms));
}

static bool was_said(const struct walk *walk, const struct lists_record *record)
{
	int order = text_compare(record->workgroup, walk->last[0]);

	if (order == 0)
		order = text_compare(record->name, walk->last[1]);
	return walk->has_begun && order <= 0;
}

static bool say_entry(void *ctx, const struct lists_view *view)
{
	struct walk *walk = ctx;

	if (was_said(walk, view->record))
		return true;
	if (walk->said++ == SLICE)
		return false;
	ctl_row(walk->rq,
		walk->kind == LISTS_SERVERS ? server_row(walk, view) : workgroup_row(walk, view));
	memcpy(walk->last[0], view->record->workgroup, sizeof(walk->last[0]));
	memcpy(walk->last[1], view->record->name, sizeof(walk->last[1]));
	walk->has_begun = true;
	return true;
}

static bool more(void *ctx, struct ctl_request *rq)
{
	struct walk *walk = ctx;

	walk->rq = rq;
	walk->said = 0;
	walk->now_ms = loop_env(walk->browserd->loop).now_ms;
	lists_each(browser_lists(walk->browserd->service), walk->kind,
		   walk->has_workgroup ? walk->workgroup : NULL, NULL, say_entry, walk);
	return walk->said > SLICE;
}

static void start_walk(struct browserd *browserd, struct ctl_request *rq, enum lists_kind kind,
		       const char *workgroup)
{
	struct walk *walk = calloc(1, sizeof(*walk));

	if (walk == NULL) {
		ctl_fail(rq, CTL_FAILED, "out of memory");
		return;
	}
	walk->browserd = browserd;
	walk->kind = kind;
	walk->has_workgroup = workgroup != NULL;
	if (workgroup != NULL)
		strcpy(walk->workgroup, workgroup);
	ctl_start_stream(rq, &(struct ctl_stream){ more, free, walk });
}

static void run_servers(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	static const struct ctl_option options[] = { { .name = NULL } };
	char workgroup[NBT_NAME_LEN];

	if (ctl_read_args(rq, options, &argc, argv, 0, 1) &&
	    (argc == 0 || command_workgroup(rq, argv[0], workgroup)))
		start_walk(daemon, rq, LISTS_SERVERS, argc == 1 ? workgroup : NULL);
}

static void run_workgroups(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	static const struct ctl_option options[] = { { .name = NULL } };

	if (ctl_read_args(rq, options, &argc, argv, 0, 0))
		start_walk(daemon, rq, LISTS_WORKGROUPS, NULL);
}

const struct ctl_command commands_lists[] = {
	{ "browse servers", "[WORKGROUP]", "the servers in the browse lists, and who told of them",
	  false, run_servers },
	{ "browse workgroups", "", "the workgroups in the browse lists, and their masters", false,
	  run_workgroups },
	{ .name = NULL },
};

/* Control commands: names that an administrator adds and takes away. */
#include "nbnsd/control/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/array.h"
#include "common/charset.h"
#include "common/ctl_args.h"
#include "common/loop.h"
#include "nbnsd/control/command_rows.h"
#include "nbnsd/control/control_wait.h"
#include "nbnsd/nbnsd.h"
#include "nbnsd/service/intake.h"

#define NODE_TYPE_P 1 /* of static names, unless another is said */

static json_t *change_row(const struct record *record, const char *change)
{
	json_t *row = command_name_row(&record->name, &record->scope);

	command_set(row, "change", json_string_nocheck(change));
	return row;
}

/* The kind of the record there; -1: there is none. */
static int kind_there(const struct nbnsd *nbnsd, const struct record *record)
{
	uint32_t id = registry_find(nbnsd->registry, &record->name, &record->scope);
	struct registry_brief brief;

	if (id == REGISTRY_NONE)
		return -1;
	registry_peek(nbnsd->registry, id, &brief);
	return brief.kind;
}

/* Without its own names this host could not be found. */
static void refuse_own(struct ctl_request *rq, const struct nbt_name *name)
{
	char text[CHARSET_PRINT_MAX];

	ctl_fail(rq, CTL_FAILED, "%s is a name of this host, see own list: nothing is changed",
		 charset_print_name(name, text));
}

/*
 * names add: static names, by the kinds of the console of WINS (name-service.md section 12).
 */

static const struct {
	const char *name;
	uint8_t kind;
	uint8_t suffix_count, suffixes[3]; /* when none is said */
	bool takes_suffix;
	uint8_t least, most; /* addresses */
} kinds[] = {
	{ "unique", RECORD_UNIQUE, 3, { 0x00, 0x03, 0x20 }, true, 1, 1 },
	{ "group", RECORD_GROUP, 1, { 0x1e }, true, 0, 0 },
	{ "domain", RECORD_SPECIAL_GROUP, 1, { 0x1c }, false, 1, RECORD_MAX_ADDRESSES },
	{ "internet", RECORD_SPECIAL_GROUP, 1, { 0x20 }, true, 1, RECORD_MAX_ADDRESSES },
	{ "multihomed", RECORD_MULTIHOMED, 3, { 0x00, 0x03, 0x20 }, true, 1, RECORD_MAX_ADDRESSES },
};

static const char *const kind_names[] = { "unique",   "group",      "domain",
					  "internet", "multihomed", NULL };

/* The records of one mapping: one for each suffix. */
struct mapping {
	struct record record;
	uint8_t suffix_count, suffixes[3];
};

static bool read_suffixes(struct ctl_request *rq, const char *text, size_t kind,
			  struct mapping *mapping)
{
	int suffix = COMMAND_NO_SUFFIX;

	if (!command_read_name(rq, text, &mapping->record.name, &suffix))
		return false;
	mapping->suffix_count = kinds[kind].suffix_count;
	memcpy(mapping->suffixes, kinds[kind].suffixes, sizeof(mapping->suffixes));
	if (suffix == COMMAND_NO_SUFFIX)
		return true;
	if (!kinds[kind].takes_suffix && suffix != kinds[kind].suffixes[0]) {
		ctl_fail(rq, CTL_MISUSE, "a %s has the suffix <%02X>", kinds[kind].name,
			 kinds[kind].suffixes[0]);
		return false;
	}
	mapping->suffix_count = 1;
	mapping->suffixes[0] = (uint8_t)suffix;
	return true;
}

static bool add_address(struct ctl_request *rq, const char *text, struct record *record)
{
	struct record_address *entry = &record->address[record->address_count];

	*entry = (struct record_address){ .owner = OWNER_SELF, .expiry = LEASE_FOREVER };
	if (!command_read_address(rq, text, &entry->address))
		return false;
	for (size_t i = 0; i < record->address_count; i++)
		if (record->address[i].address.s_addr == entry->address.s_addr) {
			ctl_fail(rq, CTL_MISUSE, "%s is there twice", text);
			return false;
		}
	record->address_count++;
	return true;
}

static bool read_addresses(struct ctl_request *rq, int argc, char **argv, size_t kind,
			   struct record *record)
{
	if (argc < kinds[kind].least || argc > kinds[kind].most) {
		if (kinds[kind].most == 0)
			ctl_fail(rq, CTL_MISUSE, "a group has no address of its own");
		else if (kinds[kind].most == 1)
			ctl_fail(rq, CTL_MISUSE, "%s: one address", kinds[kind].name);
		else
			ctl_fail(rq, CTL_MISUSE, "%s: %d to %d addresses", kinds[kind].name,
				 kinds[kind].least, kinds[kind].most);
		return false;
	}
	for (int i = 0; i < argc; i++)
		if (!add_address(rq, argv[i], record))
			return false;
	return true;
}

/* By the rules of imports: others would be there, and not be found. */
static bool is_kept(struct ctl_request *rq, struct mapping *mapping)
{
	struct record *record = &mapping->record;
	char text[CHARSET_PRINT_MAX];

	for (size_t i = 0; i < mapping->suffix_count; i++) {
		record->name.bytes[NBT_NAME_LEN - 1] = mapping->suffixes[i];
		if (record->name.bytes[0] != '*' && !intake_is_refused(record, true))
			continue;
		ctl_fail(rq, CTL_MISUSE, "no name server keeps %s as %s name",
			 charset_print_name(&record->name, text), command_kinds[record->kind]);
		return false;
	}
	return true;
}

/* Active names of others stay, unless the administrator says that he means it. */
static bool is_free(const struct nbnsd *nbnsd, struct ctl_request *rq, struct mapping *mapping)
{
	struct record *record = &mapping->record;
	char text[CHARSET_PRINT_MAX];
	struct registry_brief brief;

	for (size_t i = 0; i < mapping->suffix_count; i++) {
		uint32_t id;

		record->name.bytes[NBT_NAME_LEN - 1] = mapping->suffixes[i];
		id = registry_find(nbnsd->registry, &record->name, &record->scope);
		if (id == REGISTRY_NONE)
			continue;
		registry_peek(nbnsd->registry, id, &brief);
		if (brief.state != RECORD_ACTIVE)
			continue;
		ctl_fail(rq, CTL_FAILED,
			 "%s is there already, as %s name; --replace puts this in its place",
			 charset_print_name(&record->name, text), command_kinds[brief.kind]);
		return false;
	}
	return true;
}

/* This host would lose its name; of a group it is a member like any. */
static bool takes_own(const struct nbnsd *nbnsd, struct ctl_request *rq, struct mapping *mapping)
{
	struct record *record = &mapping->record;

	for (size_t i = 0; i < mapping->suffix_count; i++) {
		record->name.bytes[NBT_NAME_LEN - 1] = mapping->suffixes[i];
		if (!node_claims(service_node(nbnsd->service), &record->name, &record->scope) ||
		    (record->kind == RECORD_GROUP && kind_there(nbnsd, record) == RECORD_GROUP))
			continue;
		refuse_own(rq, &record->name);
		return true;
	}
	return false;
}

static void put(struct nbnsd *nbnsd, struct ctl_request *rq, struct mapping *mapping)
{
	struct record *record = &mapping->record;
	json_t *rows = json_array();

	for (size_t i = 0; i < mapping->suffix_count; i++) {
		bool is_new;

		record->name.bytes[NBT_NAME_LEN - 1] = mapping->suffixes[i];
		is_new = registry_find(nbnsd->registry, &record->name, &record->scope) ==
			 REGISTRY_NONE;
		if (service_put(nbnsd->service, record) < 0) {
			json_decref(rows);
			ctl_fail(rq, CTL_FAILED, "out of memory after %zu of %u names", i,
				 (unsigned)mapping->suffix_count);
			return;
		}
		(void)json_array_append_new(rows,
					    change_row(record, is_new ? "added" : "replaced"));
	}
	control_answer_when_stored(nbnsd, rq, rows);
}

static bool read_node_type(struct ctl_request *rq, const char *word, struct record *record)
{
	int type = NODE_TYPE_P;

	if (word != NULL)
		type = ctl_read_name(rq, "a node type", word, command_node_types);
	record->node_type = (uint8_t)type;
	return type >= 0;
}

static void run_add(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	const char *kind_word = "unique", *scope_word = NULL, *type_word = NULL, *replace = NULL;
	const struct ctl_option options[] = {
		{ "--kind", false, &kind_word },
		{ "--scope", false, &scope_word },
		{ "--node-type", false, &type_word },
		{ "--replace", true, &replace },
		{ .name = NULL },
	};
	struct mapping mapping = { .record = { .is_static = true, .expiry = LEASE_FOREVER } };
	struct nbnsd *nbnsd = daemon;
	int kind;

	if (!control_can_change(nbnsd, rq) ||
	    !ctl_read_args(rq, options, &argc, argv, 1, 1 + RECORD_MAX_ADDRESSES))
		return;
	kind = ctl_read_name(rq, "a kind", kind_word, kind_names);
	if (kind < 0 || !read_suffixes(rq, argv[0], (size_t)kind, &mapping) ||
	    !command_read_scope(rq, scope_word, &mapping.record.scope) ||
	    !read_node_type(rq, type_word, &mapping.record) ||
	    !read_addresses(rq, argc - 1, argv + 1, (size_t)kind, &mapping.record))
		return;
	mapping.record.kind = kinds[kind].kind;
	if (is_kept(rq, &mapping) && !takes_own(nbnsd, rq, &mapping) &&
	    (replace != NULL || is_free(nbnsd, rq, &mapping)))
		put(nbnsd, rq, &mapping);
}

/*
 * names delete, names tombstone
 */

struct removal {
	const char *change;
	int (*remove)(struct nbnsd *nbnsd, const struct record *record);
};

static int delete (struct nbnsd *nbnsd, const struct record *record)
{
	return service_delete(nbnsd->service, &record->name, &record->scope);
}

static int tombstone(struct nbnsd *nbnsd, const struct record *record)
{
	const struct nbt_env env = loop_env(nbnsd->loop);

	return service_tombstone(nbnsd->service, &record->name, &record->scope, &env);
}

/* Names with their suffixes; none is taken away when one is not there. */
static bool read_removed(const struct nbnsd *nbnsd, struct ctl_request *rq, const char *text,
			 struct record *record)
{
	int suffix = COMMAND_NO_SUFFIX, kind;

	if (!command_read_name(rq, text, &record->name, &suffix))
		return false;
	if (suffix == COMMAND_NO_SUFFIX) {
		ctl_fail(rq, CTL_MISUSE,
			 "say which one, as %s<20>: names show %s tells which there are", text,
			 text);
		return false;
	}
	record->name.bytes[NBT_NAME_LEN - 1] = (uint8_t)suffix;
	kind = kind_there(nbnsd, record);
	if (kind < 0)
		ctl_fail(rq, CTL_FAILED, "%s is not registered", text);
	else if (kind != RECORD_GROUP && command_is_own(nbnsd, record))
		refuse_own(rq, &record->name);
	else
		return true;
	return false;
}

static void run_removal(void *daemon, struct ctl_request *rq, int argc, char **argv,
			const struct removal *removal)
{
	const char *scope_word = NULL;
	const struct ctl_option options[] = { { "--scope", false, &scope_word }, { .name = NULL } };
	struct nbnsd *nbnsd = daemon;
	struct record record;
	json_t *rows;

	if (!control_can_change(nbnsd, rq) ||
	    !ctl_read_args(rq, options, &argc, argv, 1, argc > 0 ? argc : 1) ||
	    !command_read_scope(rq, scope_word, &record.scope))
		return;
	for (int i = 0; i < argc; i++)
		if (!read_removed(nbnsd, rq, argv[i], &record))
			return;
	rows = json_array();
	for (int i = 0; i < argc; i++) {
		int suffix = COMMAND_NO_SUFFIX, ret;

		(void)charset_read_name(&record.name, argv[i], &suffix);
		ret = removal->remove(nbnsd, &record);
		if (ret == -ENOENT)
			continue; /* it was named twice */
		if (ret < 0) {
			json_decref(rows);
			ctl_fail(rq, CTL_FAILED, "out of memory after %d of %d names", i, argc);
			return;
		}
		(void)json_array_append_new(rows, change_row(&record, removal->change));
	}
	control_answer_when_stored(nbnsd, rq, rows);
}

static void run_delete(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	static const struct removal removal = { "deleted", delete };

	run_removal(daemon, rq, argc, argv, &removal);
}

static void run_tombstone(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	static const struct removal removal = { "tombstoned", tombstone };

	run_removal(daemon, rq, argc, argv, &removal);
}

const struct ctl_command commands_change[] = {
	{ "names add",
	  "[--kind unique|group|domain|internet|multihomed] [--scope SCOPE] [--node-type B|P|M|H] "
	  "[--replace] NAME[<XX>] [ADDRESS]...",
	  "add static names; unique and multihomed without suffix: <00>, <03> and <20>", true,
	  run_add },
	{ "names delete", "[--scope SCOPE] NAME<XX>...", "take names away from this server only",
	  true, run_delete },
	{ "names tombstone", "[--scope SCOPE] NAME<XX>...",
	  "take names away from this server and its replication partners", true, run_tombstone },
	{ .name = NULL },
};

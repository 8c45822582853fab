/* Control command: records that come from another name server, see intake.h. */
#include "nbnsd/commands.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ctl_args.h"
#include "common/log.h"
#include "common/loop.h"
#include "nbnsd/command_rows.h"
#include "nbnsd/control_wait.h"
#include "nbnsd/intake.h"
#include "nbnsd/nbnsd.h"

#define RECORDS_MAX 200 /* of a request: the loop is not held for longer */

static const struct {
	const char *change, *why;
} says[] = {
	[INTAKE_ADD] = { "added", NULL },
	[INTAKE_REPLACE] = { "replaced", NULL },
	[INTAKE_JOIN] = { "joined", NULL },
	[INTAKE_MERGE] = { "joined", NULL },
	[INTAKE_SAME] = { "present", NULL },
	[INTAKE_KEEP] = { "kept", "the name is in use here (--replace takes it all the same)" },
	[INTAKE_OWN] = { "kept", "it is a name of this host" },
	[INTAKE_REFUSE] = { "refused", "no name server keeps it, or the configuration refuses it" },
};

/*
 * A record as a line: "RAW KIND NODE LEASE ADDRESSES [SCOPE]", with the 16 bytes of the name in
 * hexadecimal, "static" or the rest of the lease in seconds, and addresses with commas, or "-".
 */

static bool read_raw(const char *word, struct nbt_name *name)
{
	if (word == NULL || strlen(word) != 2 * NBT_NAME_LEN)
		return false;
	for (size_t i = 0; i < NBT_NAME_LEN; i++) {
		const char digits[3] = { word[2 * i], word[2 * i + 1], '\0' };

		if (strspn(digits, "0123456789abcdefABCDEF") != 2)
			return false;
		name->bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return true;
}

/* The place of the word in the list, which ends with NULL, or -1. */
static int place_of(const char *word, const char *const *list)
{
	for (int i = 0; word != NULL && list[i] != NULL; i++)
		if (strcmp(word, list[i]) == 0)
			return i;
	return -1;
}

static bool read_lease(const char *word, struct intake *intake)
{
	unsigned long seconds;
	char *end;

	if (word == NULL)
		return false;
	intake->record.is_static = strcmp(word, "static") == 0;
	if (intake->record.is_static)
		return true;
	seconds = strtoul(word, &end, 10);
	intake->remaining_s = seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
	return word[0] >= '0' && word[0] <= '9' && *end == '\0';
}

static bool read_addresses(char *word, struct record *record)
{
	char *next, *text;

	if (word == NULL)
		return false;
	record->address_count = 0;
	if (strcmp(word, "-") == 0)
		return true;
	for (text = strtok_r(word, ",", &next); text != NULL; text = strtok_r(NULL, ",", &next)) {
		if (record->address_count == RECORD_MAX_ADDRESSES ||
		    inet_pton(AF_INET, text, &record->address[record->address_count++].address) !=
			    1)
			return false;
	}
	return true;
}

static bool read_record(char *word, struct intake *intake)
{
	struct record *record = &intake->record;
	char *next;
	int kind, node_type;

	if (!read_raw(strtok_r(word, " ", &next), &record->name))
		return false;
	kind = place_of(strtok_r(NULL, " ", &next), command_kinds);
	node_type = place_of(strtok_r(NULL, " ", &next), command_node_types);
	if (kind < 0 || node_type < 0 || !read_lease(strtok_r(NULL, " ", &next), intake) ||
	    !read_addresses(strtok_r(NULL, " ", &next), record))
		return false;
	record->kind = (uint8_t)kind;
	record->node_type = (uint8_t)node_type;
	return nbt_scope_from_text(&record->scope, next != NULL ? next : "") == NBT_OK;
}

/*
 * names import
 */

static json_t *row_of(enum intake_verdict verdict)
{
	json_t *row = json_object();

	command_set(row, "change", json_string_nocheck(says[verdict].change));
	command_set(row, "why",
		    says[verdict].why != NULL ? json_string_nocheck(says[verdict].why)
					      : json_null());
	return row;
}

static bool is_own(const struct nbnsd *nbnsd, const struct record *record)
{
	return node_holds(service_node(nbnsd->service), (struct in_addr){ INADDR_ANY },
			  &record->name, &record->scope);
}

/* false: the request has been failed. */
static bool take_in(struct nbnsd *nbnsd, struct ctl_request *rq, int number, char *word,
		    struct intake *intake, json_t *rows)
{
	const struct nbt_env env = loop_env(nbnsd->loop);
	enum intake_verdict verdict;
	int ret;

	if (number > RECORDS_MAX) {
		ctl_fail(rq, CTL_MISUSE, "more than %d records", RECORDS_MAX);
		return false;
	}
	if (!read_record(word, intake)) {
		ctl_fail(rq, CTL_MISUSE,
			 "record %d is not understood; a record is RAW KIND NODE LEASE ADDRESSES "
			 "[SCOPE]",
			 number);
		return false;
	}
	intake->is_own = is_own(nbnsd, &intake->record);
	ret = service_take_in(nbnsd->service, intake, &env, &verdict);
	if (ret < 0) {
		ctl_fail(rq, CTL_FAILED, "record %d: %s", number,
			 ret == -EINVAL ? "its kind has another number of addresses"
					: "out of memory");
		return false;
	}
	(void)json_array_append_new(rows, row_of(verdict));
	return true;
}

/* Who, and from where; once for all requests of an import. */
static void log_source(const struct ctl_request *rq, const char *source)
{
	char text[200];
	uid_t uid;

	(void)ctl_asker(rq, &uid);
	snprintf(text, sizeof(text), "%s", source);
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ')
			*p = '?';
	log_info("user %u imports names from %s", (unsigned)uid, text);
}

static void run_import(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	const char *replace = NULL, *trial = NULL, *source = NULL;
	const struct ctl_option options[] = { { "--replace", true, &replace },
					      { "--dry-run", true, &trial },
					      { "--from", false, &source },
					      { .name = NULL } };
	struct nbnsd *nbnsd = daemon;
	struct intake intake = { .allow_proxy_names = nbnsd->settings.nbnsd.allow_proxy_names };
	int number = 0;
	json_t *rows;
	char *next;

	if (!control_can_change(nbnsd, rq) || !ctl_read_args(rq, options, &argc, argv, 1, 1))
		return;
	if (source != NULL && trial == NULL)
		log_source(rq, source);
	intake.replace = replace != NULL;
	intake.is_trial = trial != NULL;
	rows = json_array();
	for (char *word = strtok_r(argv[0], "\n", &next); word != NULL;
	     word = strtok_r(NULL, "\n", &next))
		if (!take_in(nbnsd, rq, ++number, word, &intake, rows)) {
			json_decref(rows);
			return;
		}
	control_answer_when_stored(nbnsd, rq, rows);
}

const struct ctl_command commands_intake[] = {
	{ "names import", "[--replace] [--dry-run] [--from TEXT] RECORDS",
	  "for nbtctl import: records of another name server, a line each", false, run_import },
	{ .name = NULL },
};

/* Control command: records that come from another name server, see intake.h. */
#include "nbnsd/control/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/ctl_args.h"
#include "common/log.h"
#include "common/loop.h"
#include "nbnsd/control/command_rows.h"
#include "nbnsd/control/control_wait.h"
#include "nbnsd/nbnsd.h"
#include "nbnsd/service/intake.h"

#define RECORDS_MAX 100 /* of a request: the loop is not held for longer than a millisecond */

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
	if (!intake_read(word, intake)) {
		ctl_fail(rq, CTL_MISUSE,
			 "record %d is not understood; a record is RAW KIND NODE LEASE ADDRESSES "
			 "[SCOPE]",
			 number);
		return false;
	}
	intake->is_own = command_is_own(nbnsd, &intake->record);
	ret = service_take_in(nbnsd->service, intake, &env, &verdict);
	if (ret < 0) {
		ctl_fail(rq, CTL_FAILED, "record %d: %s; those before it are taken", number,
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
	for (char *word = strtok_r(argv[0], "|", &next); word != NULL;
	     word = strtok_r(NULL, "|", &next))
		if (!take_in(nbnsd, rq, ++number, word, &intake, rows)) {
			json_decref(rows);
			return;
		}
	control_answer_when_stored(nbnsd, rq, rows);
}

const struct ctl_command commands_intake[] = {
	{ "names import", "[--replace] [--dry-run] [--from TEXT] RECORDS",
	  "for nbtctl import: records of another name server, with | between them", false,
	  run_import },
	{ .name = NULL },
};

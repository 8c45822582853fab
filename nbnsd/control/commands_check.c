/*
 * Control commands: whether memory, database and counters say the same.
 *
 * The ids are gone through in slices: what the database has is read in the store's thread, and held
 * against the registry when it comes. The registry is ahead of the database by what is not
 * committed yet, so a slice that differs is read again, each time after all changes made by then
 * are committed.
 */
#include "nbnsd/control/commands.h"

#include <stdlib.h>
#include <string.h>

#include "common/ctl_args.h"
#include "nbnsd/control/command_rows.h"
#include "nbnsd/control/control_wait.h"
#include "nbnsd/nbnsd.h"
#include "nbnsd/store/store.h"

#define TRIES        6   /* of a slice; names that change each time are not that many */
#define PROBLEMS_MAX 200 /* that are told */

struct check {
	struct nbnsd *nbnsd;
	struct ctl_request *rq;
	uint32_t first; /* of the slice */
	int tries;      /* of it */
	size_t problems, names, members;
};

/*
 * One record.
 */

static bool same_addresses(const struct record *a, const struct record *b, bool with_leases)
{
	if (a->address_count != b->address_count)
		return false;
	for (size_t i = 0; i < a->address_count; i++)
		if (a->address[i].address.s_addr != b->address[i].address.s_addr ||
		    a->address[i].owner.s_addr != b->address[i].owner.s_addr ||
		    (with_leases && a->address[i].expiry != b->address[i].expiry))
			return false;
	return true;
}

/* NULL: there is none. A renewal is written later: until then leases may differ. */
static const char *difference(const struct record *memory, const struct record *disk, bool is_saved)
{
	if (!nbt_name_equal(&memory->name, &disk->name) ||
	    !nbt_scope_equal(&memory->scope, &disk->scope))
		return "another name has its id in the database";
	if (memory->kind != disk->kind || memory->state != disk->state ||
	    memory->is_static != disk->is_static)
		return "its kind or state is another in the database";
	if (memory->owner.s_addr != disk->owner.s_addr || memory->version != disk->version)
		return "its owner or version is another in the database";
	if (!same_addresses(memory, disk, is_saved))
		return "its addresses are others in the database";
	if (is_saved && memory->expiry != disk->expiry)
		return "its lease is another in the database";
	return NULL;
}

static const char *compare(const struct nbnsd *nbnsd, uint32_t id, const struct record *memory,
			   const struct store_row *disk)
{
	bool is_group = memory->kind == RECORD_GROUP;
	size_t members = is_group ? registry_member_count(nbnsd->registry, id) : 0;

	if (!disk->exists)
		return "it is not in the database";
	if (!disk->is_sound)
		return "its row in the database is damaged";
	if (members != disk->members)
		return "the database has another number of members";
	return difference(memory, &disk->record, !registry_is_unsaved(nbnsd->registry, id));
}

/* NULL: the id is sound. *record: of whom it is told. */
static const char *find_problem(const struct nbnsd *nbnsd, uint32_t id,
				const struct store_row *disk, struct record *record)
{
	const char *problem;

	if (registry_has(nbnsd->registry, id)) {
		registry_get(nbnsd->registry, id, record);
		problem = service_find_fault(nbnsd->service, id);
		return problem != NULL ? problem : compare(nbnsd, id, record, disk);
	}
	memset(record, 0, sizeof(*record));
	if (disk->exists && disk->is_sound)
		*record = disk->record;
	if (disk->exists)
		return "it is in the database only";
	return disk->members > 0 ? "members of a group that is not there" : NULL;
}

/*
 * A slice.
 */

static void tell(struct check *check, const struct record *record, const char *problem)
{
	json_t *row;

	if (check->problems++ >= PROBLEMS_MAX)
		return;
	row = command_name_row(&record->name, &record->scope);
	command_set(row, "problem", json_string(problem));
	ctl_row(check->rq, row);
}

/* Whether all is well; otherwise, the last time, what is not. */
static bool look_through(struct check *check, const struct store_found *found, bool is_last)
{
	const struct nbnsd *nbnsd = check->nbnsd;
	struct record record = { .address_count = 0 };
	bool is_well = true;

	for (uint32_t i = 0; i < STORE_READ_MAX; i++) {
		const char *problem =
			find_problem(nbnsd, check->first + i, &found->row[i], &record);

		is_well &= problem == NULL;
		if (problem != NULL && is_last)
			tell(check, &record, problem);
	}
	if (found->beyond > 0 && is_last)
		tell(check, &(struct record){ .kind = 0 }, "rows with higher ids than there are");
	return is_well && found->beyond == 0;
}

static void count_slice(struct check *check)
{
	const struct registry *registry = check->nbnsd->registry;
	struct registry_brief brief;

	for (uint32_t i = 0; i < STORE_READ_MAX; i++) {
		if (!registry_has(registry, check->first + i))
			continue;
		registry_peek(registry, check->first + i, &brief);
		check->names++;
		if (brief.kind == RECORD_GROUP)
			check->members += registry_member_count(registry, check->first + i);
	}
}

/*
 * All slices, and the counters.
 */

static void finish(struct check *check)
{
	struct ctl_request *rq = check->rq;

	if (!registry_counts_agree(check->nbnsd->registry))
		tell(check, &(struct record){ .kind = 0 },
		     "the numbers of names and members are not those of what there is");
	if (check->problems == 0) {
		ctl_row(rq, json_pack("{s:I, s:I, s:i}", "names", (json_int_t)check->names,
				      "members", (json_int_t)check->members, "problems", 0));
		ctl_end(rq);
	} else {
		ctl_fail(rq, CTL_FAILED, "%zu problems in %zu names", check->problems,
			 check->names);
	}
	free(check);
}

static void end_early(struct check *check, const char *why)
{
	ctl_fail(check->rq, CTL_FAILED, "%s", why);
	free(check);
}

static void read_slice(struct check *check);

static void read_again(struct nbnsd *nbnsd, struct ctl_request *rq, void *ctx)
{
	(void)nbnsd;
	(void)rq;
	read_slice(ctx);
}

static void wait_and_read_again(struct check *check)
{
	const struct control_wait wait = {
		.is_over = service_is_committed,
		.number = service_batch(check->nbnsd->service),
		.end = read_again,
		.release = free,
		.ctx = check,
	};

	control_wait(check->nbnsd, check->rq, &wait);
}

static void on_found(void *ctx, const struct store_found *found, const char *error)
{
	struct check *check = ctx;
	bool is_last = ++check->tries == TRIES;

	if (found == NULL || ctl_is_gone(check->rq)) {
		end_early(check, error != NULL ? error : "nobody hears this");
		return;
	}
	if (!look_through(check, found, is_last) && !is_last) {
		wait_and_read_again(check);
		return;
	}
	count_slice(check);
	check->tries = 0;
	check->first += STORE_READ_MAX;
	if (check->first < registry_bound(check->nbnsd->registry) + STORE_READ_MAX)
		read_slice(check);
	else
		finish(check);
}

/* The last slice is behind all ids. */
static void read_slice(struct check *check)
{
	bool is_last = check->first >= registry_bound(check->nbnsd->registry);
	uint32_t last = is_last ? UINT32_MAX : check->first + STORE_READ_MAX - 1;

	if (check->nbnsd->store == NULL)
		end_early(check, "nbnsd stops");
	else if (store_read(check->nbnsd->store, check->first, last, on_found, check) < 0)
		end_early(check, "out of memory");
}

static void run_check(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	static const struct ctl_option options[] = { { .name = NULL } };
	struct check *check;

	if (!control_can_change(daemon, rq) || !ctl_read_args(rq, options, &argc, argv, 0, 0))
		return;
	check = calloc(1, sizeof(*check));
	if (check == NULL) {
		ctl_fail(rq, CTL_FAILED, "out of memory");
		return;
	}
	check->nbnsd = daemon;
	check->rq = rq;
	read_slice(check);
}

const struct ctl_command commands_check[] = {
	{ "check", "", "hold names in memory, in the database and the counters against each other",
	  false, run_check },
	{ .name = NULL },
};

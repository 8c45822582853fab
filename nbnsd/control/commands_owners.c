/* Control commands: whose records are here. */
#include "nbnsd/control/commands.h"

#include <stdlib.h>

#include "common/ctl_args.h"
#include "nbnsd/control/command_rows.h"
#include "nbnsd/nbnsd.h"

#define SLICE      2000 /* records per turn */
#define ROWS       50
#define OWNERS_MAX 4096 /* more are not counted; partners are some dozens */

struct owner {
	struct in_addr address;
	uint64_t highest;
	uint64_t counts[RECORD_STATES];
};

struct owners_walk {
	const struct nbnsd *nbnsd;
	uint32_t id;        /* the next record */
	size_t count, said; /* owners */
	struct owner *owners;
};

static void free_walk(void *ctx)
{
	struct owners_walk *walk = ctx;

	free(walk->owners);
	free(walk);
}

/* Most are our own, which is the first one. NULL: no room for one more. */
static struct owner *owner_of(struct owners_walk *walk, struct in_addr address)
{
	struct owner *owners = walk->owners;

	for (size_t i = 0; i < walk->count; i++)
		if (owners[i].address.s_addr == address.s_addr)
			return &owners[i];
	if (walk->count == OWNERS_MAX)
		return NULL;
	owners = reallocarray(owners, walk->count + 1, sizeof(*owners));
	if (owners == NULL)
		return NULL;
	walk->owners = owners;
	owners[walk->count] = (struct owner){ .address = address };
	return &owners[walk->count++];
}

static void count_record(struct owners_walk *walk)
{
	struct owner *owner;
	struct record record;

	if (!registry_has(walk->nbnsd->registry, walk->id))
		return;
	registry_get(walk->nbnsd->registry, walk->id, &record);
	owner = owner_of(walk, record.owner);
	if (owner == NULL)
		return;
	owner->counts[record.state]++;
	if (record.version > owner->highest)
		owner->highest = record.version;
}

static void say_owner(struct ctl_request *rq, const struct owner *owner)
{
	json_t *row = json_object();
	uint64_t total = 0;

	command_set(row, "owner", command_owner(owner->address));
	command_set(row, "highest_version", json_integer((json_int_t)owner->highest));
	for (size_t i = 0; i < RECORD_STATES; i++) {
		command_set(row, command_states[i], json_integer((json_int_t)owner->counts[i]));
		total += owner->counts[i];
	}
	command_set(row, "total", json_integer((json_int_t)total));
	ctl_row(rq, row);
}

static bool owners_more(void *ctx, struct ctl_request *rq)
{
	struct owners_walk *walk = ctx;
	uint32_t bound = registry_bound(walk->nbnsd->registry);

	ctl_wake_stream(rq);
	for (size_t i = 0; i < SLICE && walk->id < bound; i++, walk->id++)
		count_record(walk);
	if (walk->id < bound)
		return true;
	for (size_t i = 0; i < ROWS && walk->said < walk->count; i++)
		say_owner(rq, &walk->owners[walk->said++]);
	return walk->said < walk->count;
}

static void run_owners(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	static const struct ctl_option options[] = { { .name = NULL } };
	struct owners_walk *walk;

	if (!ctl_read_args(rq, options, &argc, argv, 0, 0))
		return;
	walk = calloc(1, sizeof(*walk));
	if (walk == NULL || owner_of(walk, OWNER_SELF) == NULL) {
		free(walk);
		ctl_fail(rq, CTL_FAILED, "out of memory");
		return;
	}
	walk->nbnsd = daemon;
	walk->owners[0].highest = service_next_version(walk->nbnsd->service) - 1;
	ctl_start_stream(rq, &(struct ctl_stream){ owners_more, free_walk, walk });
}

const struct ctl_command commands_owners[] = {
	{ "owners", "", "the servers at which the names are registered, and how many of each state",
	  false, run_owners },
	{ .name = NULL },
};

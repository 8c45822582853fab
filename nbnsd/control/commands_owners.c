/* Control commands: the servers at which names were registered, and what becomes of one that is
 * gone. */
#include "nbnsd/control/commands.h"

#include <errno.h>
#include <stdlib.h>

#include "common/ctl_args.h"
#include "common/loop.h"
#include "nbnsd/control/command_rows.h"
#include "nbnsd/control/control_wait.h"
#include "nbnsd/control/lag.h"
#include "nbnsd/nbnsd.h"
#include "nbnsd/registry/owners.h"
#include "nbnsd/service/replicas.h"

#define SLICE 2000 /* records per turn */
#define ROWS  50

static const struct ctl_option no_options[] = { { .name = NULL } };

struct owners_walk {
	const struct nbnsd *nbnsd;
	uint32_t id;     /* the next record */
	uint32_t bound;  /* numbers of owners are below; who comes later is not counted */
	uint32_t number; /* the next owner to be said */
	uint64_t (*counts)[RECORD_STATES]; /* by number */
};

static void free_walk(void *ctx)
{
	struct owners_walk *walk = ctx;

	free(walk->counts);
	free(walk);
}

static void count_record(struct owners_walk *walk)
{
	const struct registry *registry = walk->nbnsd->registry;
	struct record record;
	uint32_t number;

	if (!registry_has(registry, walk->id))
		return;
	registry_get(registry, walk->id, &record);
	number = registry_owner_find(registry, record.owner);
	if (number < walk->bound)
		walk->counts[number][record.state]++;
}

static uint64_t highest_of(const struct nbnsd *nbnsd, const struct registry_owner *owner)
{
	if (owner->address.s_addr == OWNER_SELF.s_addr)
		return service_next_version(nbnsd->service) - 1;
	return service_version_known(nbnsd->service, owner->address);
}

static void say_owner(struct owners_walk *walk, struct ctl_request *rq, uint32_t number)
{
	const struct nbt_env env = loop_env(walk->nbnsd->loop);
	struct registry_owner owner;
	struct lag lag;
	json_t *row;
	uint64_t total = 0, highest;

	if (!registry_owner_get(walk->nbnsd->registry, number, &owner))
		return;
	row = json_object();
	highest = highest_of(walk->nbnsd, &owner);
	lag = lag_of_owner(walk->nbnsd->partners, owner.address, highest);
	command_set(row, "owner", command_owner(owner.address));
	command_set(row, "highest_version", json_integer((json_int_t)highest));
	command_set(row, "behind", json_integer((json_int_t)lag.behind));
	command_set(row, "age", command_since(lag.asked_ms, &env));
	for (size_t i = 0; i < RECORD_STATES; i++) {
		command_set(row, command_states[i],
			    json_integer((json_int_t)walk->counts[number][i]));
		total += walk->counts[number][i];
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
	for (size_t i = 0; i < ROWS && walk->number < walk->bound; i++)
		say_owner(walk, rq, walk->number++);
	return walk->number < walk->bound;
}

static void run_owners(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct owners_walk *walk;
	struct nbnsd *nbnsd = daemon;

	if (!ctl_read_args(rq, no_options, &argc, argv, 0, 0))
		return;
	walk = calloc(1, sizeof(*walk));
	if (walk != NULL) {
		walk->nbnsd = nbnsd;
		walk->bound = registry_owner_bound(nbnsd->registry);
		walk->counts = calloc(walk->bound + 1, sizeof(*walk->counts));
	}
	if (walk == NULL || walk->counts == NULL) {
		free(walk);
		ctl_fail(rq, CTL_FAILED, "out of memory");
		return;
	}
	ctl_start_stream(rq, &(struct ctl_stream){ owners_more, free_walk, walk });
}

/*
 * A server that is gone.
 */

static bool is_over(const struct service *service, uint64_t number)
{
	(void)number;
	return !service_is_at_owners(service);
}

/* What it changed is to be on the disk, too. */
static void end_work(struct nbnsd *nbnsd, struct ctl_request *rq, void *ctx)
{
	control_answer_when_stored(nbnsd, rq, ctx);
}

static void release_rows(void *ctx)
{
	json_decref(ctx);
}

static void fail(struct ctl_request *rq, int ret, const char *owner)
{
	if (ret == -ENOENT)
		ctl_fail(rq, CTL_FAILED, "no name here was registered at %s", owner);
	else if (ret == -EINVAL)
		ctl_fail(rq, CTL_FAILED, "%s is this server", owner);
	else
		ctl_fail(rq, CTL_FAILED, "out of memory");
}

static void work(struct nbnsd *nbnsd, struct ctl_request *rq, int argc, char **argv,
		 int (*begin)(struct service *service, struct in_addr owner), const char *change)
{
	struct control_wait wait = { .is_over = is_over, .end = end_work, .release = release_rows };
	struct in_addr owner;
	json_t *row;
	int ret;

	if (!control_can_change(nbnsd, rq) || !ctl_read_args(rq, no_options, &argc, argv, 1, 1) ||
	    !command_read_address(rq, argv[0], &owner))
		return;
	ret = begin(nbnsd->service, owner);
	if (ret < 0) {
		fail(rq, ret, argv[0]);
		return;
	}
	row = json_object();
	command_set(row, "owner", command_owner(owner));
	command_set(row, "change", json_string(change));
	wait.ctx = json_pack("[o]", row);
	control_wait(nbnsd, rq, &wait);
}

static void run_delete(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	work(daemon, rq, argc, argv, service_forget_owner, "deleted");
}

static void run_bury(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	work(daemon, rq, argc, argv, service_bury_owner, "tombstoned");
}

const struct ctl_command commands_owners[] = {
	{ "owners", "", "the servers at which the names are registered, and how many of each state",
	  false, run_owners },
	{ "owners delete", "ADDRESS", "forget all names that were registered there, on this server",
	  true, run_delete },
	{ "owners tombstone", "ADDRESS",
	  "delete all names that were registered there; to be given on each server", true,
	  run_bury },
	{ .name = NULL },
};

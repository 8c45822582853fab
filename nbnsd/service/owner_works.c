/* What is done to all records of an owner, a slice at a time, which waits until the store has the
 * last: those that a verification missed go, an owner is forgotten, or buried. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nbnsd/registry/id_set.h"
#include "nbnsd/registry/owners.h"
#include "nbnsd/replication/translate.h"
#include "nbnsd/service/replicas.h"
#include "nbnsd/service/replicas_inner.h"

#define SLICE 500

enum work_type { WORK_VERIFY, WORK_FORGET, WORK_FORGET_MEMBERS, WORK_BURY };

struct owner_work {
	enum work_type type;
	struct in_addr owner;   /* as in the registry */
	uint64_t next, highest; /* versions that are not done yet */
	bool has_deleted;
	uint32_t id; /* the next record whose members are looked at */
	struct service_verification *verification;
	struct owner_work *behind;
};

struct service_verification {
	struct service *service;
	struct replica_question question;
	struct replica_roll roll;
	struct id_set seen;
	bool has_failed;
};

static void free_work(struct owner_work *work)
{
	if (work->verification != NULL) {
		id_set_free(&work->verification->seen);
		free(work->verification);
	}
	free(work);
}

void owner_works_destroy(struct service *service)
{
	struct owner_work *work;

	while ((work = service->replication.works) != NULL) {
		service->replication.works = work->behind;
		free_work(work);
	}
}

static int add(struct service *service, const struct owner_work *work)
{
	struct owner_work *copy = malloc(sizeof(*copy)), **last = &service->replication.works;

	if (copy == NULL)
		return -ENOMEM;
	*copy = *work;
	while (*last != NULL)
		last = &(*last)->behind;
	*last = copy;
	return 0;
}

/*
 * Verification.
 */

uint64_t service_verify_highest(struct service *service, struct in_addr owner)
{
	struct in_addr address = translate_owner_in(owner, service->settings.replication_address);
	uint32_t number = registry_owner_find(service->registry, address), id;
	struct registry_owner found;
	struct registry_brief brief;

	if (number == OWNER_NUMBER_SELF || !registry_owner_get(service->registry, number, &found) ||
	    !registry_version_last(service->registry, number, &id))
		return 0;
	if (id == REGISTRY_NONE)
		return found.offered;
	registry_peek(service->registry, id, &brief);
	return brief.version > found.offered ? brief.version : found.offered;
}

void replicas_set_due(struct service *service, struct in_addr owner)
{
	(void)id_set_add(&service->replication.to_verify,
			 registry_owner_find(service->registry, owner));
}

bool service_owner_to_verify(struct service *service, struct in_addr *owner)
{
	struct id_set *due = &service->replication.to_verify;
	struct registry_owner found;

	for (uint32_t i = 0; i < registry_owner_bound(service->registry); i++) {
		if (!id_set_has(due, i))
			continue;
		due->bits[i / 8] &= (uint8_t) ~(1U << i % 8);
		if (!registry_owner_get(service->registry, i, &found))
			continue;
		*owner = found.address;
		return true;
	}
	return false;
}

struct service_verification *service_verify(struct service *service, struct in_addr owner,
					    uint64_t highest)
{
	struct in_addr address = translate_owner_in(owner, service->settings.replication_address);
	struct service_verification *verification;

	if (registry_owner_find(service->registry, address) == OWNER_NONE ||
	    address.s_addr == OWNER_SELF.s_addr)
		return NULL;
	verification = calloc(1, sizeof(*verification));
	if (verification == NULL)
		return NULL;
	verification->service = service;
	verification->question = (struct replica_question){ .owner = owner, .max = highest };
	verification->roll =
		(struct replica_roll){ .owner = address, .highest = highest, .is_empty = true };
	return verification;
}

enum replica_check service_verify_record(struct service_verification *verification,
					 const struct nbt_replica *replica,
					 const struct nbt_env *env)
{
	struct context ctx = service_context(verification->service, NULL, env);
	const struct registry *registry = ctx.service->registry;
	enum replica_check check = replicas_receive(&ctx, replica, &verification->question, true);
	uint32_t id;

	verification->roll.is_empty = false;
	if (check != REPLICA_PASSED)
		return check;
	id = registry_find(registry, &replica->name, &replica->scope);
	if (id != REGISTRY_NONE && !id_set_add(&verification->seen, id))
		verification->has_failed = true;
	return check;
}

void service_verify_end(struct service_verification *verification, bool is_whole, bool is_by_owner)
{
	struct owner_work work = { .type = WORK_VERIFY,
				   .owner = verification->roll.owner,
				   .highest = verification->roll.highest,
				   .verification = verification };

	verification->roll.is_whole = is_whole && !verification->has_failed;
	verification->roll.is_by_owner = is_by_owner;
	if (!verification->roll.is_whole || add(verification->service, &work) < 0) {
		id_set_free(&verification->seen);
		free(verification);
	}
}

/*
 * One record.
 */

void replicas_insist(struct context *ctx, uint32_t id, const struct record *record)
{
	const struct outcome_terms terms = replicas_terms(ctx);
	struct record ours;

	outcome_of(&ours, REPLICA_INSIST, record, record, &terms);
	count(ctx, STAT_REPLICA_INSISTED);
	if (service_keep(ctx->service, id, &ours) == REGISTRY_NONE)
		count(ctx, STAT_DROP_MEMORY);
}

static void verify(struct context *ctx, struct owner_work *work, uint32_t id)
{
	struct service *service = ctx->service;
	struct record record;

	if (id_set_has(&work->verification->seen, id))
		return;
	registry_get(service->registry, id, &record);
	if (!replica_is_withdrawn(&record, &work->verification->roll))
		return;
	/* We had it, and third servers may have it as ours. If it lives it is refreshed somewhere
	 * within a lease. Two servers that took each other's record at once have each other's. */
	if (record.changed_hands) {
		replicas_insist(ctx, id, &record);
		return;
	}
	count(ctx, STAT_REPLICA_WITHDRAWN);
	work->has_deleted = true;
	if (service_remove(service, id) < 0)
		count(ctx, STAT_DROP_MEMORY);
}

static void forget(struct context *ctx, uint32_t id)
{
	if (service_remove(ctx->service, id) < 0)
		count(ctx, STAT_DROP_MEMORY);
}

static void bury(struct context *ctx, uint32_t id)
{
	if (service_bury(ctx, id) < 0)
		count(ctx, STAT_DROP_MEMORY);
}

/* An owner's own members in the lists of others. Nobody left: it is released. */
static void forget_members(struct context *ctx, struct in_addr owner, uint32_t id)
{
	const struct terms terms = service_terms(ctx);
	struct service *service = ctx->service;
	struct registry_brief brief;
	struct record record;
	uint8_t kept = 0;

	registry_peek(service->registry, id, &brief);
	if (brief.state != RECORD_ACTIVE ||
	    (brief.kind != RECORD_SPECIAL_GROUP && brief.kind != RECORD_MULTIHOMED))
		return;
	registry_get(service->registry, id, &record);
	for (size_t i = 0; i < record.address_count; i++)
		if (record.address[i].owner.s_addr != owner.s_addr)
			record.address[kept++] = record.address[i];
	if (kept == record.address_count)
		return;
	record.address_count = kept;
	if (kept == 0) {
		record.state = RECORD_RELEASED;
		record.is_static = record.is_of_file = false;
		record.expiry = terms.now + terms.extinction_s;
	}
	if (service_keep(service, id, &record) == REGISTRY_NONE)
		count(ctx, STAT_DROP_MEMORY);
}

/*
 * Slices.
 */

static bool is_waiting(const struct service *service)
{
	return !service->storing || service->committed < service->replication.work_batch;
}

/* When it waits for the store, the store wakes us. */
uint64_t owner_works_deadline(const struct service *service)
{
	return service->replication.works != NULL && !is_waiting(service) ? 0 : NBT_NEVER;
}

/* Returns whether there is more. */
static bool slice_of_versions(struct context *ctx, struct owner_work *work)
{
	struct registry *registry = ctx->service->registry;
	uint32_t number = registry_owner_find(registry, work->owner), id, next;
	struct registry_brief brief;

	if (number == OWNER_NONE || !registry_version_from(registry, number, work->next, &id))
		return false;
	for (int i = 0; i < SLICE && id != REGISTRY_NONE; i++, id = next) {
		next = registry_version_next(registry, id);
		registry_peek(registry, id, &brief);
		if (brief.version > work->highest)
			return false;
		work->next = brief.version;
		if (work->type == WORK_VERIFY)
			verify(ctx, work, id);
		else if (work->type == WORK_FORGET)
			forget(ctx, id);
		else
			bury(ctx, id);
	}
	work->next += work->type == WORK_VERIFY;
	return id != REGISTRY_NONE;
}

static bool slice_of_members(struct context *ctx, struct owner_work *work)
{
	const struct registry *registry = ctx->service->registry;

	for (int i = 0; i < 2 * SLICE && work->id < registry_bound(registry); i++, work->id++)
		if (registry_has(registry, work->id))
			forget_members(ctx, work->owner, work->id);
	return work->id < registry_bound(registry);
}

static void forget_owner(struct service *service, struct in_addr owner)
{
	const struct owner_row row = { .owner = owner };

	(void)changes_note(service->collecting, CHANGE_OWNER, &row, sizeof(row));
	replicas_forget_offers(service, owner);
	registry_owner_forget(service->registry, owner);
}

/* Others may have the names that went, in records that were no match for those: the next pulls
 * bring all that there is. */
void replicas_ask_others(struct service *service, struct in_addr but)
{
	struct registry_owner owner;

	for (uint32_t i = 0; i < registry_owner_bound(service->registry); i++) {
		if (i == OWNER_NUMBER_SELF || !registry_owner_get(service->registry, i, &owner) ||
		    owner.address.s_addr == but.s_addr)
			continue;
		marks_rewind(service, owner.address);
	}
}

/* Whether the work is done. */
static bool work_on(struct context *ctx, struct owner_work *work)
{
	if (work->type == WORK_FORGET_MEMBERS) {
		if (slice_of_members(ctx, work))
			return false;
		/* What came meanwhile did not stay. */
		forget_owner(ctx->service, work->owner);
		replicas_ask_others(ctx->service, work->owner);
		return true;
	}
	if (slice_of_versions(ctx, work))
		return false;
	if (work->has_deleted)
		replicas_ask_others(ctx->service, work->owner);
	if (work->type != WORK_FORGET)
		return true;
	work->type = WORK_FORGET_MEMBERS;
	return false;
}

void owner_works_slice(struct context *ctx)
{
	struct service *service = ctx->service;
	struct owner_work *work = service->replication.works;

	if (work == NULL || is_waiting(service))
		return;
	if (work_on(ctx, work)) {
		service->replication.works = work->behind;
		free_work(work);
	}
	if (changes_count(service->collecting) > 0)
		service->replication.work_batch = service->batch;
}

bool service_is_at_owners(const struct service *service)
{
	return service->replication.works != NULL;
}

/*
 * The administrator.
 */

static int begin(struct service *service, enum work_type type, struct in_addr owner)
{
	struct owner_work work = { .type = type, .highest = UINT64_MAX };
	uint32_t last;

	work.owner = translate_owner_in(owner, service->settings.replication_address);
	if (work.owner.s_addr == OWNER_SELF.s_addr)
		return -EINVAL;
	if (registry_owner_find(service->registry, work.owner) == OWNER_NONE)
		return -ENOENT;
	if (type == WORK_BURY) {
		struct registry_brief brief = { .version = 0 };

		registry_version_last(service->registry,
				      registry_owner_find(service->registry, work.owner), &last);
		if (last != REGISTRY_NONE)
			registry_peek(service->registry, last, &brief);
		work.highest = brief.version;
	}
	return add(service, &work);
}

int service_forget_owner(struct service *service, struct in_addr owner)
{
	return begin(service, WORK_FORGET, owner);
}

int service_bury_owner(struct service *service, struct in_addr owner)
{
	return begin(service, WORK_BURY, owner);
}

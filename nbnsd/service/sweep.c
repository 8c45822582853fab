/*
 * The sweep: records age (name-service.md 5.3), renewals that are not on disk yet get there. It
 * passes over all records once per period, a slice per tick, and waits while the store is behind.
 */
#include "nbnsd/replication/outcome.h"
#include "nbnsd/service/replicas_inner.h"

#define TICK_MS   1000
#define SLICE     1000 /* records per tick, if that makes the pass in time */
#define BEHIND_MS 10   /* in a hurry, while the store is behind */

static uint64_t period_ms(const struct service *service)
{
	const struct service_settings *settings = &service->settings;
	uint32_t period_s = settings->renewal_s / SERVICE_STAMP_PART;

	if (settings->scavenge_s < period_s)
		period_s = settings->scavenge_s;
	return period_s > 0 ? period_s * UINT64_C(1000) : TICK_MS;
}

void sweep_start(struct service *service, uint64_t now_ms)
{
	service->sweep = (struct sweep){ .began_ms = now_ms, .due_ms = now_ms + TICK_MS };
}

static void keep(struct context *ctx, uint32_t id, const struct record *record)
{
	if (service_keep(ctx->service, id, record) == REGISTRY_NONE)
		count(ctx, STAT_DROP_MEMORY);
}

/*
 * Addresses and members whose lease is over.
 */

/* Returns false when the budget is used up before the last member. */
static bool sweep_members(struct context *ctx, uint32_t id, size_t *budget)
{
	struct service *service = ctx->service;
	struct in_addr member;
	lease_time expiry;

	while (*budget > 0) {
		if (!registry_member_next(service->registry, id, &service->sweep.member_cursor,
					  &member, &expiry))
			return true;
		--*budget;
		if (expiry > ctx->now)
			continue;
		if (!changes_member_delete(service->collecting, id, member)) {
			count(ctx, STAT_DROP_MEMORY);
			continue;
		}
		registry_member_remove(service->registry, id, member);
		if (service->watched)
			telling_member(service, id, member, NAME_LEAVE);
		count(ctx, STAT_SWEEP_ADDRESS);
	}
	return false;
}

/* A static record keeps those that the administrator gave it, and whose server is another one only
 * that server can miss. */
static void sweep_addresses(struct context *ctx, uint32_t id)
{
	const struct terms terms = service_terms(ctx);
	struct record record;
	size_t dropped;

	registry_get(ctx->service->registry, id, &record);
	dropped = successor_drop_expired(&record, &terms);
	if (dropped == 0)
		return;
	stats_add(&ctx->service->stats, STAT_SWEEP_ADDRESS, dropped);
	if (record.address_count == 0) {
		successor_release(&record, &terms);
		count(ctx, STAT_SWEEP_RELEASED);
	}
	keep(ctx, id, &record);
}

/*
 * Records.
 */

static void delete_record(struct context *ctx, uint32_t id)
{
	struct service *service = ctx->service;

	if (!changes_delete(service->collecting, id)) {
		count(ctx, STAT_DROP_MEMORY);
		return;
	}
	if (service->watched)
		telling_gone(service, id);
	registry_remove(service->registry, id);
	if (service->audit != NULL)
		audit_forget(service->audit, id);
	count(ctx, STAT_SWEEP_DELETED);
}

static void age(struct context *ctx, uint32_t id, enum registrar_ageing ageing)
{
	const struct terms terms = service_terms(ctx);
	struct record record;

	if (ageing == AGEING_NONE)
		return;
	if (ageing == AGEING_DELETE) {
		delete_record(ctx, id);
		return;
	}
	registry_get(ctx->service->registry, id, &record);
	if (ageing == AGEING_RELEASE)
		successor_release(&record, &terms);
	else
		successor_tombstone(&record, &terms);
	count(ctx, ageing == AGEING_RELEASE ? STAT_SWEEP_RELEASED : STAT_SWEEP_TOMBSTONE);
	keep(ctx, id, &record);
}

/* Those of other servers. */
static void age_replica(struct context *ctx, uint32_t id, enum replica_ageing ageing)
{
	const struct outcome_terms terms = replicas_terms(ctx);
	struct service *service = ctx->service;
	struct record record;

	switch (ageing) {
	case REPLICA_LASTS:
		break;
	case REPLICA_VERIFY:
		registry_get(service->registry, id, &record);
		replicas_set_due(service, record.owner);
		break;
	case REPLICA_BURY:
		registry_get(service->registry, id, &record);
		outcome_bury(&record, &terms);
		count(ctx, STAT_SWEEP_TOMBSTONE);
		keep(ctx, id, &record);
		break;
	case REPLICA_DELETE:
		delete_record(ctx, id);
		break;
	}
}

static bool may_delete(const struct context *ctx)
{
	const struct service *service = ctx->service;

	return ctx->env->now_ms - service->start_ms >=
	       service->settings.deletion_uptime_s * UINT64_C(1000);
}

static void write_renewal(struct context *ctx, uint32_t id)
{
	struct service *service = ctx->service;
	struct record record;

	registry_get(service->registry, id, &record);
	if (!changes_put(service->collecting, id, &record)) {
		count(ctx, STAT_DROP_MEMORY);
		return;
	}
	registry_set_saved(service->registry, id);
	if (service->watched)
		telling_renewal(service, &record);
	count(ctx, STAT_SWEEP_WRITTEN);
}

/* A list in which there are members of other servers: only those can miss them. */
static bool lists_others(const struct registry *registry, uint32_t id)
{
	struct record record;

	registry_get(registry, id, &record);
	for (size_t i = 0; i < record.address_count; i++)
		if (record.address[i].owner.s_addr != OWNER_SELF.s_addr)
			return true;
	return false;
}

static enum registrar_ageing ageing_of(const struct context *ctx, uint32_t id,
				       const struct registry_brief *brief)
{
	enum registrar_ageing ageing =
		registrar_age(brief->state, true, brief->expiry, ctx->now, may_delete(ctx));

	if (ageing == AGEING_RELEASE && brief->kind == RECORD_SPECIAL_GROUP &&
	    lists_others(ctx->service->registry, id))
		return AGEING_NONE;
	return ageing;
}

/* Returns false when the budget is used up before it is done. */
static bool sweep_record(struct context *ctx, uint32_t id, size_t *budget)
{
	struct registry *registry = ctx->service->registry;
	struct registry_brief brief;

	registry_peek(registry, id, &brief);
	if (brief.kind == RECORD_GROUP && !sweep_members(ctx, id, budget))
		return false;
	if (brief.state == RECORD_ACTIVE &&
	    (brief.kind == RECORD_SPECIAL_GROUP || brief.kind == RECORD_MULTIHOMED)) {
		sweep_addresses(ctx, id);
		registry_peek(registry, id, &brief);
	}
	if (brief.is_owned)
		age(ctx, id, ageing_of(ctx, id, &brief));
	else
		age_replica(ctx, id,
			    replica_age(brief.state, brief.expiry, ctx->now, may_delete(ctx)));
	if (registry_has(registry, id) && registry_is_unsaved(registry, id))
		write_renewal(ctx, id);
	return true;
}

static size_t slice_size(const struct service *service)
{
	size_t needed =
		registry_bound(service->registry) * (size_t)TICK_MS / period_ms(service) + 1;

	return needed > SLICE ? needed : SLICE;
}

/* Returns whether the pass is over. */
static bool sweep_on(struct context *ctx)
{
	struct registry *registry = ctx->service->registry;
	struct sweep *sweep = &ctx->service->sweep;

	for (size_t budget = slice_size(ctx->service); budget > 0; budget--) {
		if (sweep->position >= registry_bound(registry))
			return true;
		if (registry_has(registry, sweep->position) &&
		    !sweep_record(ctx, sweep->position, &budget))
			return false;
		sweep->position++;
		sweep->member_cursor = 0;
	}
	return false;
}

static bool is_hurried(const struct sweep *sweep)
{
	return sweep->passes < sweep->hurried;
}

static uint64_t next_pass_ms(const struct service *service, uint64_t now_ms)
{
	uint64_t due_ms = service->sweep.began_ms + period_ms(service);

	return due_ms > now_ms + TICK_MS ? due_ms : now_ms + TICK_MS;
}

void sweep_slice(struct context *ctx)
{
	struct service *service = ctx->service;
	struct sweep *sweep = &service->sweep;
	uint64_t now_ms = ctx->env->now_ms;

	if (now_ms < sweep->due_ms)
		return;
	if (!service->storing || service->committed < sweep->batch) {
		sweep->due_ms = now_ms + (is_hurried(sweep) ? BEHIND_MS : TICK_MS);
		return;
	}
	if (sweep->position == 0 && sweep->member_cursor == 0)
		sweep->began_ms = now_ms;
	if (sweep_on(ctx)) {
		sweep->position = 0;
		sweep->passes++;
		sweep->due_ms = next_pass_ms(service, now_ms);
	} else {
		sweep->due_ms = now_ms + TICK_MS;
	}
	if (is_hurried(sweep))
		sweep->due_ms = now_ms;
	if (changes_count(service->collecting) > 0)
		sweep->batch = service->batch;
}

/* A pass under way begins anew, unless somebody else waits for it: then it is the one after it. */
uint64_t service_scavenge(struct service *service, const struct nbt_env *env)
{
	struct sweep *sweep = &service->sweep;
	bool is_waited_for = is_hurried(sweep);

	sweep->hurried = sweep->passes + (is_waited_for ? 2 : 1);
	sweep->due_ms = env->now_ms;
	if (!is_waited_for)
		sweep->position = sweep->member_cursor = 0;
	return sweep->hurried;
}

uint64_t service_passes(const struct service *service)
{
	return service->sweep.passes;
}

void sweep_set_settings(struct service *service)
{
	struct sweep *sweep = &service->sweep;

	if (sweep->due_ms > sweep->began_ms + period_ms(service))
		sweep->due_ms = sweep->began_ms + period_ms(service);
}

void service_save_renewals(struct service *service)
{
	struct context ctx = { .service = service };

	for (uint32_t id = 0; id < registry_bound(service->registry); id++)
		if (registry_has(service->registry, id) &&
		    registry_is_unsaved(service->registry, id))
			write_renewal(&ctx, id);
}

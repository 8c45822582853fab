/* Replicas: checked, decided by replica.h, kept; and what is offered to partners. */
#include "nbnsd/service/replicas.h"

#include <stdlib.h>
#include <string.h>

#include "nbnsd/registry/owners.h"
#include "nbnsd/replication/doubt.h"
#include "nbnsd/replication/outcome.h"
#include "nbnsd/replication/translate.h"
#include "nbnsd/replication/untold.h"
#include "nbnsd/service/replicas_inner.h"

/* What was loaded is committed. */
static void offer_all(struct registry *registry)
{
	struct registry_owner owner;
	struct registry_brief brief;
	uint32_t last;

	if (registry_version_last(registry, OWNER_NUMBER_SELF, &last) && last != REGISTRY_NONE) {
		registry_peek(registry, last, &brief);
		registry_owner_see(registry, OWNER_SELF, brief.version);
	}
	for (uint32_t i = 0; i < registry_owner_bound(registry); i++)
		if (registry_owner_get(registry, i, &owner))
			registry_owner_offer(registry, owner.address, owner.highest);
}

static bool lists_ours(const struct record *record)
{
	for (size_t i = 0; i < record->address_count; i++)
		if (record->address[i].owner.s_addr == OWNER_SELF.s_addr)
			return true;
	return false;
}

static bool is_others_list(const struct registry_brief *brief)
{
	return !brief->is_owned && !brief->is_static && brief->state == RECORD_ACTIVE &&
	       (brief->kind == RECORD_SPECIAL_GROUP || brief->kind == RECORD_MULTIHOMED);
}

/* What was to be told when we ended, and others' lists with members of ours: whether their server
 * knows was to be seen. */
static void insist_on_untold(struct service *service, const struct nbt_env *env)
{
	struct context ctx = service_context(service, NULL, env);
	struct registry_brief brief;
	struct record record;

	for (uint32_t id = 0; id < registry_bound(service->registry); id++) {
		if (!registry_has(service->registry, id))
			continue;
		registry_peek(service->registry, id, &brief);
		if (!brief.is_untold && !is_others_list(&brief))
			continue;
		registry_get(service->registry, id, &record);
		if (record.is_untold || lists_ours(&record))
			insist_later(&ctx, id, &record);
	}
}

bool replicas_create(struct service *service, const struct nbt_env *env)
{
	if (!rivals_create(service, env))
		return false;
	offer_all(service->registry);
	insist_on_untold(service, env);
	return true;
}

void replicas_destroy(struct service *service)
{
	rivals_destroy(service);
	demands_destroy(service);
	doubts_destroy(service);
	owner_works_destroy(service);
	free(service->replication.offers);
	free(service->replication.told);
	free(service->replication.news_due);
	id_set_free(&service->replication.to_verify);
}

bool replicas_set_settings(struct service *service)
{
	return rivals_set_settings(service);
}

/*
 * What there is.
 */

static struct in_addr self_of(const struct service *service)
{
	return service->settings.replication_address;
}

static bool row_of(const struct service *service, uint32_t number, struct nbt_owner_versions *row)
{
	struct registry_owner owner;

	if (!registry_owner_get(service->registry, number, &owner) ||
	    (owner.offered == 0 && number != OWNER_NUMBER_SELF))
		return false;
	*row = (struct nbt_owner_versions){ .owner = translate_owner_out(owner.address,
									 self_of(service)),
					    .max = owner.offered,
					    .min = owner.offered > 0 };
	return true;
}

size_t service_versions(const struct service *service, struct nbt_owner_versions *rows, size_t size)
{
	struct nbt_owner_versions row;
	size_t count = 0;

	for (uint32_t i = 0; i < registry_owner_bound(service->registry); i++) {
		if (!row_of(service, i, &row))
			continue;
		if (count < size)
			rows[count] = row;
		count++;
	}
	return count;
}

uint64_t service_version_of(const struct service *service, struct in_addr owner)
{
	const struct in_addr address = translate_owner_in(owner, self_of(service));
	struct registry_owner found;

	if (!registry_owner_get(service->registry, registry_owner_find(service->registry, address),
				&found))
		return 0;
	return found.highest;
}

uint64_t service_version_known(const struct service *service, struct in_addr owner)
{
	const struct in_addr address = translate_owner_in(owner, self_of(service));
	struct registry_owner found;

	if (!registry_owner_get(service->registry, registry_owner_find(service->registry, address),
				&found))
		return 0;
	return found.highest > found.offered ? found.highest : found.offered;
}

struct service_news service_news(const struct service *service)
{
	return service->replication.news;
}

/* A gap, since partners may hold newer ones than those that could be asked. */
#define RECOVERY_GAP 1000

bool service_raise_version(struct service *service, uint64_t seen)
{
	if (seen > INT64_MAX - RECOVERY_GAP - 1)
		return false;
	if (seen >= service->next_version)
		service->next_version = seen + 1 + RECOVERY_GAP;
	return true;
}

/*
 * What follows from a verdict.
 */

struct outcome_terms replicas_terms(const struct context *ctx)
{
	const struct service_settings *settings = &ctx->service->settings;

	return (struct outcome_terms){ .now = ctx->now,
				       .renewal_s = settings->renewal_s,
				       .verify_s = settings->verify_s,
				       .extinction_s = settings->extinction_s,
				       .extinction_timeout_s = settings->extinction_timeout_s,
				       .version = ctx->service->next_version };
}

/* A group that has gone has no members. */
static uint32_t keep(struct context *ctx, uint32_t id, const struct record *record)
{
	struct service *service = ctx->service;

	if (id != REGISTRY_NONE && record->kind == RECORD_GROUP && record->state != RECORD_ACTIVE) {
		if (service_remove(service, id) < 0)
			return REGISTRY_NONE;
		id = REGISTRY_NONE;
	}
	return service_keep(service, id, record);
}

static void note(struct context *ctx, enum replica_verdict verdict)
{
	static const enum service_stat stats[] = {
		[REPLICA_IGNORE] = STAT_REPLICA_KEPT,
		[REPLICA_INSIST] = STAT_REPLICA_INSISTED,
		[REPLICA_TAKE] = STAT_REPLICA_TAKEN,
		[REPLICA_EVICT] = STAT_REPLICA_TAKEN,
		[REPLICA_MERGE] = STAT_REPLICA_MERGED,
		[REPLICA_MERGE_OURS] = STAT_REPLICA_MERGED,
		[REPLICA_JOIN] = STAT_REPLICA_MERGED,
		[REPLICA_DEMAND] = STAT_REPLICA_KEPT,
		[REPLICA_CHALLENGE] = STAT_REPLICA_ASKING,
	};

	count(ctx, stats[verdict]);
}

/* A live host of ours that the replica is about: for the administrator. */
static void note_unasked(struct context *ctx, enum replica_verdict verdict,
			 const struct record *existing, const struct record *replica)
{
	bool is_host = existing != NULL &&
		       (existing->kind == RECORD_UNIQUE || existing->kind == RECORD_MULTIHOMED);

	if (existing == NULL || !record_is_owned(existing) || existing->state != RECORD_ACTIVE ||
	    replica->state != RECORD_ACTIVE || existing->kind == replica->kind)
		return;
	if (verdict == REPLICA_EVICT)
		replicas_note_conflict(ctx, replica, existing, CONFLICT_LOST);
	else if (verdict == REPLICA_IGNORE && existing->is_static)
		replicas_note_conflict(ctx, replica, existing, CONFLICT_STATIC);
	else if (verdict == REPLICA_IGNORE && !is_host)
		replicas_note_conflict(ctx, replica, existing, CONFLICT_GROUP);
}

void replicas_note_conflict(struct context *ctx, const struct record *replica,
			    const struct record *existing, enum conflict_outcome outcome)
{
	bool is_group = replica->kind == RECORD_GROUP || replica->kind == RECORD_SPECIAL_GROUP;
	const struct claim claim = {
		.name = replica->name,
		.scope = replica->scope,
		.nb_flags = is_group ? NBT_NB_GROUP : 0,
		.address =
			replica->address_count > 0 ? replica->address[0].address : replica->owner,
	};

	service_note_conflict(ctx, &claim, outcome, existing);
}

static void demand_all(struct context *ctx, const struct record *of)
{
	for (size_t i = 0; i < of->address_count; i++)
		demands_add(ctx, of, of->address[i].address, 0);
}

/* Who has asked for the owner's versions up to this one does not ask again. */
bool replicas_is_offered(const struct service *service, const struct record *replica)
{
	struct registry_owner owner;

	return registry_owner_get(service->registry,
				  registry_owner_find(service->registry, replica->owner), &owner) &&
	       replica->version <= owner.offered;
}

static bool was_recovered(const struct service *service, const struct record *record)
{
	return record != NULL && record_is_owned(record) &&
	       record->version < service->replication.recovered_below;
}

static bool is_to_be_told(const struct context *ctx, enum replica_verdict verdict,
			  const struct record *existing, const struct record *after,
			  const struct record *replica)
{
	const struct untold_facts facts = {
		.is_offered = replicas_is_offered(ctx->service, after),
		.was_recovered = was_recovered(ctx->service, existing),
		.is_between = ctx->service->settings.is_between_partners,
	};

	return untold_follows(verdict, existing, after, replica, &facts);
}

void replicas_carry_out(struct context *ctx, uint32_t id, enum replica_verdict verdict,
			const struct record *existing, const struct record *replica)
{
	const struct outcome_terms terms = replicas_terms(ctx);
	struct record after;

	note(ctx, verdict);
	if (verdict == REPLICA_IGNORE && doubt_follows(verdict, existing, replica))
		doubts_add(ctx, id, existing, replica);
	if (!replica_is_change(verdict))
		return;
	outcome_of(&after, verdict, existing, replica, &terms);
	after.is_untold = is_to_be_told(ctx, verdict, existing, &after, replica);
	id = keep(ctx, id, &after);
	if (id == REGISTRY_NONE) {
		count(ctx, STAT_DROP_MEMORY);
		return;
	}
	if (verdict == REPLICA_EVICT)
		demand_all(ctx, existing);
	if (doubt_follows(verdict, existing, replica))
		doubts_add(ctx, id, &after, existing);
	if (after.is_untold)
		insist_later(ctx, id, &after);
}

static bool is_living_group(const struct record *record)
{
	return record != NULL && record->kind == RECORD_GROUP && record->state == RECORD_ACTIVE;
}

void replicas_decide(struct context *ctx, const struct record *replica, bool is_verifying)
{
	struct service *service = ctx->service;
	const struct replica_rules rules = { service->settings.migrate, is_verifying };
	uint32_t id = registry_find(service->registry, &replica->name, &replica->scope);
	const struct record *existing = NULL;
	enum replica_verdict verdict;
	struct record record;

	if (id != REGISTRY_NONE) {
		registry_get(service->registry, id, &record);
		existing = &record;
	}
	if (is_verifying && is_living_group(existing) && record_is_owned(existing) &&
	    is_living_group(replica) && !record_is_owned(replica))
		return; /* decided when it came first; two that verify at once would change records
			 */
	verdict = replica_decide(existing, replica, &rules);
	if (verdict == REPLICA_CHALLENGE) {
		note(ctx, verdict);
		rivals_add(ctx, replica);
		return;
	}
	note_unasked(ctx, verdict, existing, replica);
	replicas_carry_out(ctx, id, verdict, existing, replica);
}

/*
 * Records come in.
 */

enum replica_check replicas_receive(struct context *ctx, const struct nbt_replica *in,
				    const struct replica_question *question, bool is_verifying)
{
	const struct in_addr self = self_of(ctx->service);
	struct replica_question asked = *question;
	enum replica_check check;
	struct record replica;

	asked.owner = translate_owner_in(question->owner, self);
	asked.allow_proxy_names = ctx->service->settings.allow_proxy_names;
	translate_in(&replica, in, question->owner, self);
	check = replica_check(&replica, &asked);
	count(ctx, check == REPLICA_PASSED ? STAT_REPLICA_RECEIVED : STAT_REPLICA_REFUSED);
	if (check != REPLICA_PASSED)
		return check;
	if (record_is_owned(&replica) &&
	    replica.version >= ctx->service->replication.recovered_below)
		ctx->service->replication.recovered_below = replica.version + 1;
	replicas_decide(ctx, &replica, is_verifying);
	return check;
}

enum replica_check service_replica(struct service *service, const struct nbt_replica *replica,
				   const struct replica_question *question,
				   const struct nbt_env *env)
{
	struct context ctx = service_context(service, NULL, env);

	return replicas_receive(&ctx, replica, question, false);
}

/*
 * What is due.
 */

uint64_t replicas_deadline(const struct service *service)
{
	uint64_t due_ms = nbt_earlier(insist_deadline(service), owner_works_deadline(service));

	return nbt_earlier(nbt_earlier(due_ms, rivals_deadline(service)),
			   demands_deadline(service));
}

void replicas_slice(struct context *ctx)
{
	insist_slice(ctx);
	owner_works_slice(ctx);
}

bool replicas_carry_on(struct context *ctx)
{
	return rivals_carry_on(ctx) || demands_carry_on(ctx);
}

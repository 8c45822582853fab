/* What follows when the owners of what is in doubt have answered. */
#include "nbnsd/replication/doubt.h"
#include "nbnsd/service/doubts_inner.h"

#define OLD_PULLS           2 /* intervals of pulls in which servers must have heard each other */
#define OLD_PULLS_OF_GROUPS 48

static struct doubt_facts facts_of(const struct context *ctx, const struct doubt *doubt,
				   const struct record *record)
{
	uint64_t old_ms;
	struct doubt_facts facts = {
		.exists = record != NULL,
		.is_active = record != NULL && record->state == RECORD_ACTIVE,
		.is_there = doubt->held.answer == IS_THERE,
		.are_groups = record != NULL && record->kind == RECORD_GROUP,
	};

	for (size_t i = 0; i < doubt->rival_count; i++) {
		if (doubt->rival[i].answer != IS_THERE)
			continue;
		facts.has_rival = true;
		facts.are_groups &= doubt->rival[i].record->kind == RECORD_GROUP &&
				    doubt->rival[i].record->state == RECORD_ACTIVE;
		facts.has_live_rival |= doubt->rival[i].record->state == RECORD_ACTIVE;
	}
	old_ms = UINT64_C(1000) * ctx->service->settings.longest_pull_s *
		 (facts.are_groups ? OLD_PULLS_OF_GROUPS : OLD_PULLS);
	facts.is_old = ctx->env->now_ms - doubt->since_ms >= old_ms;
	return facts;
}

static bool is_same(const struct doubt *doubt, const struct record *record)
{
	if (record == NULL)
		return doubt->held.version == 0;
	return record->owner.s_addr == doubt->held.owner.s_addr &&
	       record->version == doubt->held.version;
}

/* What is left of a list that its owner does not have: the members that registered here. */
static bool keep_ours(struct record *record)
{
	uint8_t kept = 0;

	if (record->kind != RECORD_SPECIAL_GROUP)
		return false;
	for (size_t i = 0; i < record->address_count; i++)
		if (record->address[i].owner.s_addr == OWNER_SELF.s_addr)
			record->address[kept++] = record->address[i];
	if (kept > 0)
		record->address_count = kept;
	return kept > 0;
}

/* Its server may never tell its end: partners that have it by us hear it from us. */
static bool has_heirs(const struct context *ctx, const struct record *record)
{
	return ctx->service->settings.is_between_partners && record->kind != RECORD_GROUP &&
	       replicas_is_offered(ctx->service, record);
}

static void bury(struct context *ctx, uint32_t id, struct record *record)
{
	const struct outcome_terms terms = replicas_terms(ctx);

	outcome_bury(record, &terms);
	replicas_insist(ctx, id, record);
}

static void withdraw(struct context *ctx, uint32_t id, struct record *record)
{
	struct service *service = ctx->service;

	if (keep_ours(record) || record->changed_hands) {
		replicas_insist(ctx, id, record);
		return;
	}
	if (has_heirs(ctx, record)) {
		count(ctx, STAT_REPLICA_WITHDRAWN);
		bury(ctx, id, record);
		replicas_ask_others(service, OWNER_SELF);
		return;
	}
	count(ctx, STAT_REPLICA_WITHDRAWN);
	if (service_remove(service, id) < 0)
		count(ctx, STAT_DROP_MEMORY);
	/* Also its owner, if it was asked by way of another: who may have hidden the record. */
	replicas_ask_others(service, OWNER_SELF);
}

/* yield: the first one takes the record's place, whatever the tables say. */
static void yield_to(struct context *ctx, uint32_t id, struct record *record,
		     const struct record *rival)
{
	enum replica_verdict verdict = REPLICA_TAKE;

	if (rival->kind == RECORD_SPECIAL_GROUP && keep_ours(record)) {
		record->owner = OWNER_SELF;
		verdict = REPLICA_MERGE_OURS;
	}
	replicas_carry_out(ctx, id, verdict, record, rival);
}

static void decide(struct context *ctx, const struct doubt *doubt, struct record *record,
		   bool yield)
{
	for (size_t i = 0; i < doubt->rival_count; i++) {
		const struct record *rival = doubt->rival[i].record;

		if (doubt->rival[i].answer != IS_THERE)
			continue;
		if (yield)
			yield_to(ctx, doubt->id, record, rival);
		else
			replicas_decide(ctx, rival, false);
		yield = false;
	}
}

static void carry_out(struct context *ctx, const struct doubt *doubt, enum doubt_outcome outcome,
		      struct record *record)
{
	switch (outcome) {
	case DOUBT_DECIDE:
	case DOUBT_YIELD:
		decide(ctx, doubt, record, outcome == DOUBT_YIELD);
		break;
	case DOUBT_WITHDRAW:
		withdraw(ctx, doubt->id, record);
		break;
	case DOUBT_INSIST:
		replicas_insist(ctx, doubt->id, record);
		break;
	case DOUBT_OVER:
	case DOUBT_STAYS:
		break;
	}
}

static void wait_on(struct context *ctx, struct doubt *doubt, bool is_same)
{
	doubts_forget_answers(doubt);
	if (is_same)
		doubt->pause_ms *= 2;
	doubts_set_due(ctx, doubt, doubt->pause_ms);
}

void doubts_settle(struct context *ctx, size_t number)
{
	struct doubts *doubts = doubts_of(ctx->service);
	struct doubt doubt = doubts->doubt[number];
	struct record buffer, *record = NULL;
	struct doubt_facts facts;
	enum doubt_outcome outcome;

	if (doubts_get_record(ctx->service, &doubt, &buffer))
		record = &buffer;
	facts = facts_of(ctx, &doubt, record);
	outcome = doubt_settle(&facts);
	if (!is_same(&doubt, record) || outcome == DOUBT_STAYS) {
		wait_on(ctx, &doubts->doubt[number], outcome == DOUBT_STAYS);
		return;
	}
	doubts->doubt[number] = doubts->doubt[--doubts->count];
	for (size_t i = 0; i < doubt.rival_count; i++)
		marks_write(ctx->service, doubt.rival[i].owner);
	carry_out(ctx, &doubt, outcome, record);
	doubts_forget_answers(&doubt);
}

/* Carries out what the registrar decides about a registration or refresh (name-service.md 7). */
#include "nbnsd/service/service_inner.h"

#include "nbnsd/service/reply.h"

/*
 * Answers.
 */

static enum service_stat stat_of(const struct claim *claim, enum nbt_rcode rcode)
{
	bool is_release = claim->opcode == NBT_OP_RELEASE;

	switch (rcode) {
	case NBT_RCODE_OK:
		return is_release ? STAT_RELEASED : STAT_CLAIM_POSITIVE;
	case NBT_RCODE_ACT_ERR:
		return is_release ? STAT_RELEASE_REFUSED : STAT_CLAIM_CONFLICT;
	default:
		return STAT_CLAIM_REFUSED;
	}
}

void claim_answer(struct context *ctx, const struct claim *claim, enum nbt_rcode rcode)
{
	if (claim_is_own(claim)) {
		own_claim_answered(ctx, claim, rcode);
		return;
	}
	count(ctx, stat_of(claim, rcode));
	reply_claim(service_post(ctx, claim->socket, claim->source, claim->source_port), claim,
		    rcode, ctx->service->settings.renewal_s);
}

void request_answer(struct context *ctx, const struct request *rq, enum nbt_rcode rcode)
{
	claim_answer(ctx, rq->claim, rcode);
	if (rq->waiter != WAITING_NONE)
		waiting_remove(ctx->service->waiting, rq->waiter);
}

/* The client asks again. */
void request_drop(struct context *ctx, const struct request *rq, enum service_stat why)
{
	count(ctx, why);
	if (rq->waiter != WAITING_NONE)
		waiting_remove(ctx->service->waiting, rq->waiter);
}

/* It waits for a batch; if there is no room for it, it is dropped. */
static bool hold(struct context *ctx, struct request *rq, uint32_t id, uint64_t batch,
		 enum waiting_for what)
{
	struct waiting *waiting = ctx->service->waiting;

	if (rq->waiter == WAITING_NONE)
		rq->waiter = waiting_add(waiting, rq->claim);
	if (rq->waiter != WAITING_NONE && waiting_hold(waiting, rq->waiter, id, batch, what))
		return true;
	request_drop(ctx, rq, STAT_DROP_BUSY);
	return false;
}

/* The batch that must be committed before what is known of the record is acknowledged; 0: none. */
static uint64_t batch_of(const struct service *service, uint32_t id)
{
	uint64_t batch = waiting_batch_of(service->waiting, id);

	if (service->unheld > batch && service->unheld > service->committed)
		return service->unheld;
	return batch;
}

void request_confirm(struct context *ctx, struct request *rq, uint32_t id, bool is_change)
{
	struct service *service = ctx->service;
	uint64_t batch = is_change ? service->batch : batch_of(service, id);

	if (service->audit != NULL && rq->claim->opcode != NBT_OP_RELEASE)
		audit_registered(service->audit, rq->claim->source, id);
	if (batch == 0)
		request_answer(ctx, rq, NBT_RCODE_OK);
	else if (!hold(ctx, rq, id, batch, WAITING_FOR_POSITIVE) && is_change)
		service->unheld = batch;
}

bool request_can_change(struct context *ctx, const struct request *rq)
{
	const struct service *service = ctx->service;

	if (!service->storing || service->recovering)
		request_drop(ctx, rq, STAT_DROP_STORE);
	else if (rq->waiter == WAITING_NONE && waiting_is_full(service->waiting))
		request_drop(ctx, rq, STAT_DROP_BUSY);
	else
		return true;
	return false;
}

/*
 * Members of normal groups.
 */

/* Leases of members end at multiples of a sixteenth of the renewal interval: a refresh writes to
 * the disk only when it gets into the next one. */
static lease_time member_lease(const struct context *ctx)
{
	uint32_t renewal_s = ctx->service->settings.renewal_s;
	uint32_t step = renewal_s >= 16 ? renewal_s / 16 : 1;

	return (ctx->now + renewal_s + step - 1) / step * step;
}

/* Nothing is done without need. false: out of memory. The store first: what only it knows was told
 * to nobody. */
static bool put_member(struct context *ctx, uint32_t id, struct in_addr address)
{
	struct service *service = ctx->service;
	lease_time lease = member_lease(ctx);

	if (registry_member_lease(service->registry, id, address) == lease)
		return true;
	return changes_member_put(service->collecting, id, address, lease) &&
	       registry_member_put(service->registry, id, address, lease) != MEMBER_NO_MEMORY;
}

/* A member registers again, or one more. The record's lease follows the latest member. */
static void join(struct context *ctx, struct request *rq)
{
	struct registry *registry = ctx->service->registry;
	struct registry_brief brief;
	bool is_new = !registry_member_has(registry, rq->id, rq->claim->address);

	if (is_new && !request_can_change(ctx, rq))
		return;
	if (!put_member(ctx, rq->id, rq->claim->address)) {
		request_drop(ctx, rq, STAT_DROP_MEMORY);
		return;
	}
	registry_peek(registry, rq->id, &brief);
	if (!brief.is_static && brief.expiry < member_lease(ctx))
		registry_renew(registry, rq->id, claim_node_type(rq->claim), member_lease(ctx));
	if (is_new && ctx->service->watched)
		telling_member(ctx->service, rq->id, rq->claim->address, NAME_JOIN);
	request_confirm(ctx, rq, rq->id, is_new);
}

/*
 * What each verdict means.
 */

void request_put(struct context *ctx, struct request *rq, struct record *record)
{
	uint32_t id;

	if (!request_can_change(ctx, rq))
		return;
	if (record->kind == RECORD_GROUP && record->state == RECORD_ACTIVE)
		record->expiry = member_lease(ctx);
	id = service_keep(ctx->service, rq->id, record);
	if (id == REGISTRY_NONE) {
		request_drop(ctx, rq, STAT_DROP_MEMORY);
		return;
	}
	if (record->kind == RECORD_GROUP && record->state == RECORD_ACTIVE &&
	    !put_member(ctx, id, rq->claim->address)) {
		ctx->service->unheld = ctx->service->batch;
		request_drop(ctx, rq, STAT_DROP_MEMORY);
		return;
	}
	request_confirm(ctx, rq, id, true);
}

static void carry_out_new(struct context *ctx, struct request *rq)
{
	const struct terms terms = service_terms(ctx);
	struct record record;

	successor_new(&record, rq->claim, registrar_kind(&rq->facts, rq->claim), &terms);
	request_put(ctx, rq, &record);
}

/* Only time stamps have changed: the sweep will write them. */
static void keep_unsaved(struct context *ctx, struct request *rq, const struct record *record)
{
	struct registry *registry = ctx->service->registry;

	if (!registry_replace(registry, rq->id, record)) {
		request_drop(ctx, rq, STAT_DROP_MEMORY);
		return;
	}
	registry_set_unsaved(registry, rq->id);
	request_confirm(ctx, rq, rq->id, false);
}

static void carry_out_renew(struct context *ctx, struct request *rq)
{
	const struct terms terms = service_terms(ctx);
	struct registry *registry = ctx->service->registry;
	struct record record;

	if (rq->address_count == 1) {
		registry_renew(registry, rq->id, claim_node_type(rq->claim),
			       terms.now + terms.renewal_s);
		request_confirm(ctx, rq, rq->id, false);
		return;
	}
	registry_get(registry, rq->id, &record);
	if (successor_renew(&record, rq->claim, &terms))
		request_put(ctx, rq, &record);
	else
		keep_unsaved(ctx, rq, &record);
}

static void carry_out_take(struct context *ctx, struct request *rq)
{
	const struct terms terms = service_terms(ctx);
	struct record record;

	if (rq->facts.is_owned && rq->facts.kind == RECORD_GROUP) {
		join(ctx, rq);
		return;
	}
	registry_get(ctx->service->registry, rq->id, &record);
	successor_renew(&record, rq->claim, &terms);
	request_put(ctx, rq, &record);
}

static void carry_out_merge(struct context *ctx, struct request *rq)
{
	const struct terms terms = service_terms(ctx);
	struct record record;

	registry_get(ctx->service->registry, rq->id, &record);
	if (successor_merge(&record, rq->claim, &terms))
		request_put(ctx, rq, &record);
	else
		keep_unsaved(ctx, rq, &record);
}

/* 5 s, and 4 s for each address that is asked (name-service.md 7.3). Whoever is ahead may have to
 * be asked as well. */
static void post_wack(struct context *ctx, const struct claim *claim, uint32_t addresses,
		      uint32_t ahead)
{
	if (claim_is_own(claim))
		return; /* it has all the time there is */
	count(ctx, STAT_WACK);
	reply_wack(service_post(ctx, claim->socket, claim->source, claim->source_port), claim,
		   5 + 4 * addresses + (5 + 4) * ahead);
}

#define CLAIMS_PER_CHALLENGE 8 /* further ones are dropped; the client asks again */

/* The challenge about the record: the one that runs, or a new one. */
static struct challenge *get_challenge(struct context *ctx, const struct request *rq)
{
	struct challenges *challenges = &ctx->service->challenges;
	uint32_t number = challenges_find(challenges, rq->id);
	struct record record;

	if (number == CHALLENGE_NONE) {
		registry_get(ctx->service->registry, rq->id, &record);
		number = challenges_begin(challenges, rq->id, &record, rq->claim->socket,
					  rq->claim->id, ctx->env);
		if (number == CHALLENGE_NONE)
			return NULL;
		count(ctx, STAT_CHALLENGE);
	}
	if (challenges_at(challenges, number)->waiting.count == CLAIMS_PER_CHALLENGE)
		return NULL;
	return challenges_at(challenges, number);
}

static void contest(struct context *ctx, struct request *rq, bool is_told)
{
	struct waiting *waiting = ctx->service->waiting;
	struct challenge *challenge = get_challenge(ctx, rq);

	if (challenge == NULL) {
		request_drop(ctx, rq, STAT_DROP_BUSY);
		return;
	}
	waiting_append(waiting, &challenge->waiting, rq->waiter);
	if (!is_told)
		post_wack(ctx, rq->claim, challenge->address_count, challenge->waiting.count - 1);
}

/* Who has not been told yet that the name is his would say that it is not. */
static void wait_for_owner(struct context *ctx, struct request *rq, uint64_t batch, bool is_told)
{
	if (!is_told)
		post_wack(ctx, rq->claim, rq->address_count, 1);
	hold(ctx, rq, rq->id, batch, WAITING_FOR_DECISION);
}

static void carry_out_challenge(struct context *ctx, struct request *rq)
{
	struct waiting *waiting = ctx->service->waiting;
	uint64_t batch = waiting_batch_of(waiting, rq->id);
	bool is_told = rq->waiter != WAITING_NONE; /* clients take one WACK only */

	if (rq->address_count == 0) { /* nobody to ask: a replica may be like that */
		carry_out_new(ctx, rq);
		return;
	}
	if (!request_can_change(ctx, rq))
		return;
	if (!is_told)
		rq->waiter = waiting_add(waiting, rq->claim);
	if (rq->waiter == WAITING_NONE)
		request_drop(ctx, rq, STAT_DROP_MEMORY);
	else if (batch != 0)
		wait_for_owner(ctx, rq, batch, is_told);
	else
		contest(ctx, rq, is_told);
}

static void carry_out_conflict(struct context *ctx, struct request *rq)
{
	request_answer(ctx, rq, NBT_RCODE_ACT_ERR);
}

static void (*const carry_out[])(struct context *ctx, struct request *rq) = {
	[VERDICT_NEW] = carry_out_new,
	[VERDICT_RENEW] = carry_out_renew,
	[VERDICT_TAKE] = carry_out_take,
	[VERDICT_MERGE] = carry_out_merge,
	[VERDICT_KEEP] = join, /* a static group; who is in it is remembered */
	[VERDICT_CHALLENGE] = carry_out_challenge,
	[VERDICT_CONFLICT] = carry_out_conflict,
};

/*
 * Decisions.
 */

static bool lists(const struct record *record, struct in_addr address)
{
	for (size_t i = 0; i < record->address_count; i++)
		if (record->address[i].address.s_addr == address.s_addr)
			return true;
	return false;
}

void request_set_facts(const struct context *ctx, struct request *rq)
{
	const struct registry *registry = ctx->service->registry;
	struct registry_brief brief;
	struct record record;

	rq->id = registry_find(registry, &rq->claim->name, &rq->claim->scope);
	rq->facts = (struct registrar_facts){ .exists = rq->id != REGISTRY_NONE };
	if (!rq->facts.exists)
		return;
	registry_peek(registry, rq->id, &brief);
	rq->facts.kind = brief.kind;
	rq->facts.state = brief.state;
	rq->facts.is_static = brief.is_static;
	rq->facts.is_owned = brief.is_owned;
	rq->address_count = brief.address_count;
	if (brief.address_count == 1) {
		rq->facts.lists_address = brief.address.s_addr == rq->claim->address.s_addr;
		rq->facts.lists_source = brief.address.s_addr == rq->claim->source.s_addr;
	} else if (brief.address_count > 1) {
		registry_get(registry, rq->id, &record);
		rq->facts.lists_address = lists(&record, rq->claim->address);
		rq->facts.lists_source = lists(&record, rq->claim->source);
	}
}

/* Refused without asking anybody. */
static void note_refusal(struct context *ctx, const struct request *rq)
{
	enum conflict_outcome outcome = CONFLICT_REFUSED;
	struct record record;

	if (rq->facts.is_static)
		outcome = CONFLICT_STATIC;
	else if (rq->facts.kind == RECORD_GROUP || rq->facts.kind == RECORD_SPECIAL_GROUP)
		outcome = CONFLICT_GROUP;
	registry_get(ctx->service->registry, rq->id, &record);
	service_note_conflict(ctx, rq->claim, outcome, &record);
}

void request_carry_out(struct context *ctx, struct request *rq, enum registrar_verdict verdict)
{
	carry_out[verdict](ctx, rq);
}

void request_decide(struct context *ctx, struct request *rq)
{
	enum registrar_verdict verdict;

	request_set_facts(ctx, rq);
	verdict = registrar_decide(&rq->facts, rq->claim, ctx->service->settings.migrate);
	if (verdict == VERDICT_CONFLICT)
		note_refusal(ctx, rq);
	request_carry_out(ctx, rq, verdict);
}

/* Releases (name-service.md 9). */
#include "nbnsd/service/replicas_inner.h"

/* A replica's members are another server's; what is known is who registered it last. */
static bool is_member(const struct context *ctx, uint32_t id, struct in_addr address)
{
	const struct registry *registry = ctx->service->registry;
	struct record record;

	if (registry_member_count(registry, id) > 0)
		return registry_member_has(registry, id, address);
	registry_get(registry, id, &record);
	return record.registered_by.s_addr == address.s_addr;
}

static void release_nothing(struct context *ctx, struct request *rq)
{
	request_confirm(ctx, rq, rq->id, false);
}

static void release_refused(struct context *ctx, struct request *rq)
{
	request_answer(ctx, rq, NBT_RCODE_ACT_ERR);
}

/* A tombstone of another server's record may never reach that one: who is between us does not pass
 * it on. Then the name lives on there. */
static void doubt_end(struct context *ctx, uint32_t id, const struct record *before,
		      const struct record *after)
{
	if (!record_is_owned(before) && after->state == RECORD_TOMBSTONE &&
	    before->kind != RECORD_GROUP)
		doubts_add(ctx, id, after, before);
}

static void release_record(struct context *ctx, struct request *rq)
{
	const struct terms terms = service_terms(ctx);
	struct record record, before;

	registry_get(ctx->service->registry, rq->id, &record);
	before = record;
	successor_release(&record, &terms);
	request_put(ctx, rq, &record);
	doubt_end(ctx, rq->id, &before, &record);
}

/* Nobody is left who registered here; of another server's group others may be there, whom that one
 * knows. */
static bool is_over(const struct context *ctx, uint32_t group)
{
	const struct registry *registry = ctx->service->registry;
	struct registry_brief brief;

	if (registry_member_count(registry, group) > 0)
		return false;
	registry_peek(registry, group, &brief);
	return brief.is_owned || !service_replicates(ctx->service);
}

static void release_member(struct context *ctx, struct request *rq)
{
	struct registry *registry = ctx->service->registry;

	if (!request_can_change(ctx, rq))
		return;
	if (!changes_member_delete(ctx->service->collecting, rq->id, rq->claim->address)) {
		request_drop(ctx, rq, STAT_DROP_MEMORY);
		return;
	}
	registry_member_remove(registry, rq->id, rq->claim->address);
	if (ctx->service->watched)
		telling_member(ctx->service, rq->id, rq->claim->address, NAME_LEAVE);
	if (is_over(ctx, rq->id))
		release_record(ctx, rq);
	else
		request_confirm(ctx, rq, rq->id, true);
}

static void release_address(struct context *ctx, struct request *rq)
{
	const struct terms terms = service_terms(ctx);
	struct record record, before;

	registry_get(ctx->service->registry, rq->id, &record);
	before = record;
	successor_release_address(&record, rq->claim->address, &terms);
	request_put(ctx, rq, &record);
	doubt_end(ctx, rq->id, &before, &record);
}

static void (*const carry_out_release[])(struct context *ctx, struct request *rq) = {
	[RELEASE_NOTHING] = release_nothing, [RELEASE_REFUSED] = release_refused,
	[RELEASE_RECORD] = release_record,   [RELEASE_MEMBER] = release_member,
	[RELEASE_ADDRESS] = release_address,
};

void releases_decide(struct context *ctx, const struct claim *claim)
{
	struct request rq = { .claim = claim, .waiter = WAITING_NONE };
	const struct registrar_rules rules = {
		.allow_proxy_names = true,
		.keep_master_names = ctx->service->settings.keep_master_names,
	};

	if (registrar_check(claim, &rules) == CHECK_CONFIRM) {
		claim_answer(ctx, claim, NBT_RCODE_OK);
		return;
	}
	request_set_facts(ctx, &rq);
	if (rq.facts.exists && rq.facts.kind == RECORD_GROUP) {
		rq.facts.lists_address = is_member(ctx, rq.id, claim->address);
		rq.facts.lists_source = is_member(ctx, rq.id, claim->source);
	}
	carry_out_release[registrar_decide_release(&rq.facts)](ctx, &rq);
}

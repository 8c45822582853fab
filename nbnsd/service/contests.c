/* Challenges as the service runs them: their questions, their answers, what follows
 * (name-service.md 7.3). */
#include "nbnsd/service/replicas_inner.h"
#include "nbnsd/service/reply.h"

/* Rule 6: whatever changed the record while its owner was asked had a reason. */
static bool is_unchanged(const struct service *service, const struct challenge *challenge,
			 struct record *record)
{
	if (!registry_has(service->registry, challenge->record))
		return false;
	registry_get(service->registry, challenge->record, record);
	return record->version == challenge->version &&
	       record->owner.s_addr == challenge->owner.s_addr &&
	       nbt_name_equal(&record->name, &challenge->name) &&
	       nbt_scope_equal(&record->scope, &challenge->scope);
}

/* record: as it is, if it is there. */
static void note_outcome(struct context *ctx, const struct claim *claim,
			 enum registrar_testimony testimony, bool is_unchanged,
			 const struct record *record)
{
	static const enum conflict_outcome outcomes[] = {
		[TESTIMONY_NONE] = CONFLICT_LOST,
		[TESTIMONY_HELD] = CONFLICT_HELD,
		[TESTIMONY_JOINED] = CONFLICT_JOINED,
	};

	if (is_unchanged)
		service_note_conflict(ctx, claim, outcomes[testimony], record);
	else
		service_note_conflict(ctx, claim, CONFLICT_CHANGED, NULL);
}

/* The challenge is over. Who waited behind its claimant is decided anew. */
static void settle(struct context *ctx, uint32_t number, enum registrar_testimony testimony,
		   const struct nbt_address *named, size_t named_count)
{
	struct service *service = ctx->service;
	struct challenge *challenge = challenges_at(&service->challenges, number);
	const struct terms terms = service_terms(ctx);
	struct request rq = { .waiter = waiting_take(service->waiting, &challenge->waiting) };
	enum registrar_verdict verdict = VERDICT_CONFLICT;
	struct record record;
	bool unchanged = is_unchanged(service, challenge, &record);

	rq.claim = waiting_claim(service->waiting, rq.waiter);
	if (unchanged)
		verdict = registrar_settle(testimony, rq.claim);
	if (unchanged && testimony == TESTIMONY_NONE)
		count(ctx, STAT_CHALLENGE_LOST);
	note_outcome(ctx, rq.claim, testimony, unchanged, &record);
	waiting_join(service->waiting, &service->again, &challenge->waiting);
	challenges_end(&service->challenges, number);

	request_set_facts(ctx, &rq);
	if (verdict == VERDICT_ADOPT) {
		successor_adopt(&record, rq.claim, registrar_kind(&rq.facts, rq.claim), named,
				named_count, &terms);
		request_put(ctx, &rq, &record);
		return;
	}
	request_carry_out(ctx, &rq, verdict);
}

static bool reaches(const struct served_socket *socket, struct in_addr owner)
{
	return socket->address.s_addr != INADDR_ANY &&
	       (!is_loopback(socket->address) || is_loopback(owner));
}

/* The socket that the claim came in on, if the owner can hear from it: a claim by 127.0.0.1 must
 * not make him seem silent. */
static uint16_t socket_to(const struct service *service, const struct challenge *challenge,
			  struct in_addr owner)
{
	if (reaches(&service->sockets[challenge->socket], owner))
		return challenge->socket;
	for (size_t i = 0; i < service->socket_count; i++)
		if (reaches(&service->sockets[i], owner))
			return (uint16_t)i;
	return challenge->socket;
}

/* What we would answer to the question. No packet of ours reaches ourselves. */
static bool ask_ourselves(struct context *ctx, const struct challenge *challenge,
			  struct in_addr owner)
{
	const struct service *service = ctx->service;
	struct incoming in = { .from = { .sin_family = AF_INET, .sin_addr = owner } };
	struct nbt_address list[RECORD_MAX_ADDRESSES];
	uint8_t rdata[sizeof(list)];
	struct nbt_packet response;
	size_t list_count;

	if (!node_holds(service->node, owner, &challenge->name, &challenge->scope))
		return false;
	while (service->sockets[in.socket].address.s_addr != owner.s_addr)
		in.socket++;
	list_count = node_addresses(service->node, in.socket, &challenge->name, &challenge->scope,
				    list, RECORD_MAX_ADDRESSES);
	nbt_address_write(rdata, list, list_count);
	nbt_make_response(&response, NBT_OP_QUERY, challenge->id, NBT_FLAG_AA, NBT_RCODE_OK,
			  &challenge->name, &challenge->scope, NBT_TYPE_NB, 0, rdata,
			  (uint16_t)(list_count * NBT_ADDRESS_LEN));
	contests_receive(ctx, &in, &response);
	return true;
}

void contests_ask(struct context *ctx, const struct challenge *challenge)
{
	struct in_addr owner = challenge->address[challenge->asked];
	uint16_t socket = socket_to(ctx->service, challenge, owner);

	if (ask_ourselves(ctx, challenge, owner))
		return;
	reply_challenge(service_post(ctx, socket, owner, htons(NBT_NAME_PORT)), challenge);
}

/* One thing that is due; one packet at most. */
static bool carry_on(struct context *ctx)
{
	struct service *service = ctx->service;
	struct request rq = { .waiter = waiting_take(service->waiting, &service->again) };
	uint32_t number;

	if (rq.waiter != WAITING_NONE) {
		rq.claim = waiting_claim(service->waiting, rq.waiter);
		request_decide(ctx, &rq);
		return true;
	}
	switch (challenges_step(&service->challenges, ctx->env, &number)) {
	case CHALLENGE_ASK:
		contests_ask(ctx, challenges_at(&service->challenges, number));
		return true;
	case CHALLENGE_LOST:
		settle(ctx, number, TESTIMONY_NONE, NULL, 0);
		return true;
	case CHALLENGE_WAIT:
		break;
	}
	return false;
}

bool contests_carry_on(struct context *ctx)
{
	while (ctx->out->count < OUTBOX_SIZE)
		if (!carry_on(ctx))
			return false;
	return true;
}

uint64_t contests_deadline(const struct service *service)
{
	return service->again.count > 0 ? 0 : challenges_deadline(&service->challenges);
}

/*
 * Answers of those who were asked.
 */

static struct in_addr claimant_of(const struct service *service, uint32_t number)
{
	uint32_t first = challenges_at(&service->challenges, number)->waiting.first - 1;

	return waiting_claim(service->waiting, first)->address;
}

#define NAMED_MAX (OUTGOING_MAX / NBT_ADDRESS_LEN)

static void hear(struct context *ctx, uint32_t number, const struct nbt_record *testimony)
{
	struct in_addr claimant = claimant_of(ctx->service, number);
	size_t named_count = nbt_record_address_count(testimony);
	struct nbt_address named[NAMED_MAX];
	bool joined = false;

	if (named_count > NAMED_MAX)
		named_count = NAMED_MAX;
	for (size_t i = 0; i < named_count; i++) {
		named[i] = nbt_record_address(testimony, i);
		joined |= named[i].address.s_addr == claimant.s_addr;
	}
	count(ctx, joined ? STAT_CHALLENGE_JOINED : STAT_CHALLENGE_HELD);
	settle(ctx, number, joined ? TESTIMONY_JOINED : TESTIMONY_HELD, named, named_count);
}

void contests_receive(struct context *ctx, const struct incoming *in,
		      const struct nbt_packet *packet)
{
	uint32_t number;

	count(ctx, STAT_RESPONSE);
	switch (challenges_answer(&ctx->service->challenges, in->from.sin_addr, packet, ctx->env,
				  &number)) {
	case CHALLENGE_POSITIVE:
		hear(ctx, number, &packet->record[0]);
		break;
	case CHALLENGE_NEGATIVE:
		break;
	case CHALLENGE_STRAY:
		if (!rivals_receive(ctx, in, packet))
			count(ctx, STAT_DROP_RESPONSE);
		break;
	}
}

/* Registrations, refreshes and releases as they come in (name-service.md 6, 11). */
#include "nbnsd/service/service_inner.h"

#include "nbnsd/service/reply.h"

/* Section 11: more wait than should. A positive answer with a short TTL, and nothing is stored: the
 * client will be back at half of it. */
static bool answer_burst(struct context *ctx, const struct claim *claim)
{
	struct service *service = ctx->service;
	uint32_t limit = service->settings.burst_limit;

	if (limit == 0 || waiting_count(service->waiting) < limit) {
		service->burst = 0;
		return false;
	}
	count(ctx, STAT_CLAIM_BURST);
	reply_claim(service_post(ctx, claim->socket, claim->source, claim->source_port), claim,
		    NBT_RCODE_OK, 300 * (service->burst / 100 % 10 + 1));
	service->burst++;
	return true;
}

static void registration(struct context *ctx, const struct claim *claim)
{
	struct service *service = ctx->service;
	struct request rq = { .claim = claim, .waiter = WAITING_NONE };
	const struct registrar_rules rules = {
		.allow_proxy_names = service->settings.allow_proxy_names,
		.keep_master_names = service->settings.keep_master_names,
	};

	if (!may(ctx, MAY_REGISTER)) {
		service_refuse(ctx, claim->source, MAY_REGISTER, STAT_REFUSED_REGISTER);
		claim_answer(ctx, claim, NBT_RCODE_RFS_ERR);
		return;
	}
	switch (registrar_check(claim, &rules)) {
	case CHECK_CONFIRM:
		claim_answer(ctx, claim, NBT_RCODE_OK);
		break;
	case CHECK_REFUSE:
		claim_answer(ctx, claim, NBT_RCODE_RFS_ERR);
		break;
	case CHECK_FAIL:
		claim_answer(ctx, claim, NBT_RCODE_SRV_ERR);
		break;
	case CHECK_PASSED:
		if (!answer_burst(ctx, claim))
			request_decide(ctx, &rq);
		break;
	}
}

/* C3. */
static bool is_well_formed(const struct nbt_packet *packet)
{
	const struct nbt_record *record =
		&packet->record[packet->answer_count + packet->authority_count];

	return packet->question_count == 1 && packet->question[0].klass == NBT_CLASS_IN &&
	       packet->additional_count > 0 && record->of.type == NBT_TYPE_NB &&
	       nbt_record_address_count(record) > 0;
}

static void read_claim(const struct incoming *in, const struct nbt_packet *packet,
		       struct claim *claim)
{
	const struct nbt_record *record =
		&packet->record[packet->answer_count + packet->authority_count];
	const struct nbt_address first = nbt_record_address(record, 0);

	*claim = (struct claim){
		.name = packet->question[0].name,
		.scope = packet->question[0].scope,
		.opcode = packet->opcode,
		.id = packet->id,
		.flags_word = nbt_packet_flags_word(packet),
		.nb_flags = first.flags,
		.address = first.address,
		.source = in->from.sin_addr,
		.source_port = in->from.sin_port,
		.socket = in->socket,
	};
}

static bool is_ours(const struct service *service, struct in_addr address)
{
	if (address.s_addr == INADDR_ANY)
		return false;
	for (size_t i = 0; i < service->socket_count; i++)
		if (service->sockets[i].address.s_addr == address.s_addr)
			return true;
	return false;
}

static enum own_claimant claimant_of(const struct service *service, const struct claim *claim,
				     enum own_sent sent)
{
	if (is_ours(service, claim->address) ||
	    (sent == SENT_BROADCAST && is_ours(service, claim->source)))
		return CLAIMANT_US;
	return node_uses_server(service->node, claim->source) ? CLAIMANT_SERVER : CLAIMANT_OTHER;
}

static void decide_by_database(struct context *ctx, const struct claim *claim)
{
	if (!ctx->service->settings.server)
		count(ctx, STAT_DROP_NOT_OURS);
	else if (waiting_has(ctx->service->waiting, claim)) /* C12 */
		count(ctx, STAT_DROP_REPEATED);
	else if (claim->opcode == NBT_OP_RELEASE)
		releases_decide(ctx, claim);
	else
		registration(ctx, claim);
}

/* Only what the node has a part in costs more than finding that out. */
static enum own_claim decide_as_node(struct context *ctx, const struct claim *claim,
				     enum own_sent sent)
{
	struct node *node = ctx->service->node;
	const struct node_found found = node_find(node, claim->socket, &claim->name, &claim->scope);
	enum own_claimant claimant = CLAIMANT_OTHER;

	if (found.hold != NODE_NOT_OURS)
		claimant = claimant_of(ctx->service, claim, sent);
	if (found.hold == NODE_CLAIMING && sent == SENT_BROADCAST && claimant != CLAIMANT_US &&
	    node_outdoes(node, claim, ctx->env))
		return OWN_CLAIM_DEFEND;
	return own_decide_claim(&found, node_type_of(node), claim, sent, claimant);
}

static void note(struct context *ctx, const struct claim *claim)
{
	if (ctx->service->audit != NULL && claim->opcode != NBT_OP_RELEASE)
		audit_claimed(ctx->service->audit, claim->source, claim_node_type(claim),
			      ctx->env->wall_s);
}

void claims_receive(struct context *ctx, const struct incoming *in, const struct nbt_packet *packet)
{
	enum own_claim decision;
	struct claim claim;

	if (!is_well_formed(packet)) {
		count(ctx, STAT_DROP_MALFORMED);
		return;
	}
	read_claim(in, packet, &claim);
	if (in->to_broadcast)
		lookups_forget(ctx, &claim.name, &claim.scope);
	decision = decide_as_node(ctx, &claim, sent_how(in, packet));
	if (decision == OWN_CLAIM_IGNORE) {
		count(ctx, STAT_DROP_NOT_OURS);
		return;
	}
	if (!service_take_answer(ctx, in))
		return;
	if (decision == OWN_CLAIM_YIELD)
		node_yield(ctx->service->node, &claim, ctx->env);
	note(ctx, &claim);
	if (decision == OWN_CLAIM_DEFEND && claim.opcode != NBT_OP_RELEASE)
		service_note_conflict(ctx, &claim, CONFLICT_OWN, NULL);
	if (decision == OWN_CLAIM_NOT_OURS)
		decide_by_database(ctx, &claim);
	else
		claim_answer(ctx, &claim,
			     decision == OWN_CLAIM_DEFEND ? NBT_RCODE_ACT_ERR : NBT_RCODE_OK);
}

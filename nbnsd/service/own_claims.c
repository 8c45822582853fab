/* This host's own names as the service carries them out: the node's packets, and its claims at the
 * registrar, which are claims like those of anybody (DESIGN: never a packet to ourselves). */
#include <string.h>

#include "nbnsd/service/service_inner.h"

/* Who has a name that was refused, as far as one address can tell. */
static struct in_addr holder_of(const struct service *service, const struct claim *claim)
{
	uint32_t id = registry_find(service->registry, &claim->name, &claim->scope);
	struct registry_brief brief = { .address_count = 0 };

	if (id != REGISTRY_NONE)
		registry_peek(service->registry, id, &brief);
	return brief.address_count > 0 ? brief.address : (struct in_addr){ 0 };
}

void own_claim_answered(struct context *ctx, const struct claim *claim, enum nbt_rcode rcode)
{
	struct service *service = ctx->service;
	struct in_addr who = { 0 };

	if (rcode != NBT_RCODE_OK)
		who = holder_of(service, claim);
	node_registered(service->node, claim, rcode, service->settings.renewal_s, who, ctx->env);
}

static void register_own(struct context *ctx, const struct claim *claim)
{
	struct request rq = { .claim = claim, .waiter = WAITING_NONE };
	/* The administrator may call his host WPAD. */
	const struct registrar_rules rules = {
		.allow_proxy_names = true,
		.keep_master_names = ctx->service->settings.keep_master_names,
	};

	if (claim->opcode == NBT_OP_RELEASE) {
		releases_decide(ctx, claim);
		return;
	}
	switch (registrar_check(claim, &rules)) {
	case CHECK_CONFIRM:
		own_claim_answered(ctx, claim, NBT_RCODE_OK);
		break;
	case CHECK_REFUSE:
		own_claim_answered(ctx, claim, NBT_RCODE_RFS_ERR);
		break;
	case CHECK_FAIL:
		own_claim_answered(ctx, claim, NBT_RCODE_SRV_ERR);
		break;
	case CHECK_PASSED:
		request_decide(ctx, &rq);
		break;
	}
}

static void send_own(struct context *ctx, const struct node_step *step)
{
	const struct sockaddr_in *to = &step->packet->to;
	struct outgoing *out = service_post(ctx, step->socket, to->sin_addr, to->sin_port);

	out->is_broadcast = step->is_broadcast;
	out->len = (uint16_t)step->packet->len;
	memcpy(out->bytes, step->packet->bytes, step->packet->len);
	count(ctx, STAT_OWN_SENT);
}

bool own_claims_carry_on(struct context *ctx)
{
	struct node_step step;

	if (ctx->service->recovering)
		return false;
	while (ctx->out->count < OUTBOX_SIZE) {
		switch (node_step(ctx->service->node, &step, ctx->env)) {
		case NODE_SEND:
			send_own(ctx, &step);
			break;
		case NODE_REGISTER:
			register_own(ctx, &step.claim);
			break;
		case NODE_WAIT:
			return false;
		}
	}
	return true;
}

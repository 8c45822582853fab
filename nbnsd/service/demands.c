/* Release demands: who has lost a name to a replica is told to give it up (digest section 3). They
 * wait here until their hosts may be sent something. */
#include <stdlib.h>

#include "nbnsd/service/replicas_inner.h"
#include "nbnsd/service/reply.h"

#define DEMANDS_MAX 10000
#define ONT_SHIFT   13

struct demand {
	struct nbt_name name;
	struct nbt_scope scope;
	uint8_t node_type;
	bool is_group;
	struct in_addr address; /* that gives it up, and is told */
	uint64_t not_before_ms;
};

void demands_destroy(struct service *service)
{
	free(service->replication.demands.demand);
}

static bool reserve(struct demands *demands)
{
	size_t space = demands->space == 0 ? 16 : 2 * demands->space;
	struct demand *demand;

	if (demands->count < demands->space)
		return true;
	if (demands->count >= DEMANDS_MAX)
		return false;
	demand = realloc(demands->demand, space * sizeof(*demand));
	if (demand == NULL)
		return false;
	demands->demand = demand;
	demands->space = space;
	return true;
}

static bool is_host(struct in_addr address)
{
	uint32_t number = ntohl(address.s_addr);

	return number != INADDR_ANY && number != INADDR_BROADCAST && !IN_MULTICAST(number);
}

void demands_add(struct context *ctx, const struct record *of, struct in_addr address,
		 uint32_t pause_ms)
{
	struct demands *demands = &ctx->service->replication.demands;

	if (!is_host(address) || !nbt_scope_is_valid(&of->scope))
		return;
	if (!reserve(demands)) {
		count(ctx, STAT_DEMAND_DROPPED);
		return;
	}
	demands->demand[demands->count++] = (struct demand){
		.name = of->name,
		.scope = of->scope,
		.node_type = of->node_type,
		.is_group = of->kind == RECORD_GROUP || of->kind == RECORD_SPECIAL_GROUP,
		.address = address,
		.not_before_ms = ctx->env->now_ms + pause_ms,
	};
}

static struct claim claim_of(const struct context *ctx, const struct demand *demand)
{
	return (struct claim){
		.name = demand->name,
		.scope = demand->scope,
		.opcode = NBT_OP_RELEASE,
		.id = (uint16_t)(nbt_env_random(ctx->env, UINT16_MAX + 1u) & ~1u),
		.nb_flags = (uint16_t)((demand->is_group ? NBT_NB_GROUP : 0) |
				       demand->node_type << ONT_SHIFT),
		.address = demand->address,
	};
}

static bool is_ours(const struct service *service, struct in_addr address, uint16_t *socket)
{
	for (size_t i = 0; i < service->socket_count; i++)
		if (service->sockets[i].address.s_addr == address.s_addr) {
			*socket = (uint16_t)i;
			return true;
		}
	return false;
}

/* No packet of ours reaches ourselves. */
static void send_demand(struct context *ctx, const struct demand *demand)
{
	struct claim claim = claim_of(ctx, demand);

	count(ctx, STAT_DEMAND_SENT);
	if (is_ours(ctx->service, demand->address, &claim.socket))
		node_yield(ctx->service->node, &claim, ctx->env);
	else
		reply_demand(service_post(ctx, rivals_socket_for(ctx->service, demand->address),
					  demand->address, htons(NBT_NAME_PORT)),
			     &claim);
}

/* Those that have to wait, or whose hosts have been sent enough for now, stay. */
bool demands_carry_on(struct context *ctx)
{
	struct demands *demands = &ctx->service->replication.demands;
	size_t kept = 0, i = 0;

	if (demands->count == 0 || ctx->env->now_ms < demands->due_ms)
		return false;
	for (; i < demands->count && ctx->out->count < OUTBOX_SIZE; i++) {
		if (ctx->env->now_ms >= demands->demand[i].not_before_ms &&
		    rivals_may_send_to(ctx, demands->demand[i].address))
			send_demand(ctx, &demands->demand[i]);
		else
			demands->demand[kept++] = demands->demand[i];
	}
	if (i == demands->count) {
		demands->count = kept;
		demands->due_ms = ctx->env->now_ms + RIVALS_PAUSE_MS;
		return false;
	}
	for (; i < demands->count; i++)
		demands->demand[kept++] = demands->demand[i];
	demands->count = kept;
	return true;
}

uint64_t demands_deadline(const struct service *service)
{
	const struct demands *demands = &service->replication.demands;

	return demands->count > 0 ? demands->due_ms : NBT_NEVER;
}

/* What a place sends and hears: one exchange of libnbt after the other, or a claim at the registrar
 * of this process. */
#include <stdlib.h>

#include "nbnsd/node/node_inner.h"

#define ASK_MS    10000 /* the registrar says nothing: its store is in trouble */
#define MEMORY_MS 1000

static const struct served_socket *socket_of(const struct node *node, const struct place *place)
{
	return &node->sockets[place->socket];
}

/* The server that is asked to refresh: the primary, and when it has been silent for its share of
 * the time, the next, and so on. */
static size_t server_for(const struct node *node, const struct place *place,
			 const struct nbt_env *env)
{
	uint64_t share = node_smaller(node->settings.refresh_share, place->ttl_ms / 4);

	if (place->silent_since_ms == 0 || share == 0)
		return 0;
	return (size_t)((env->now_ms - place->silent_since_ms) / share) %
	       node->settings.server_count;
}

static void grant(struct node *node, struct place *place, uint32_t ttl_s)
{
	uint64_t ttl_ms = (uint64_t)ttl_s * 1000;

	place->ttl_ms = ttl_ms > node->settings.refresh_min ? ttl_ms : node->settings.refresh_min;
}

/* The exchange has ended. */
static void conclude(struct node *node, struct own_name *name, struct place *place,
		     struct in_addr who, const struct nbt_env *env)
{
	const struct nbt_claim *exchange = place->exchange;
	enum outcome outcome = OUTCOME_SILENT;

	place->rcode = NBT_RCODE_SRV_ERR;
	place->who.s_addr = INADDR_ANY;
	if (exchange->exchange.result == NBT_OK) {
		outcome = OUTCOME_OK;
		grant(node, place, exchange->granted_ttl);
	} else if (exchange->exchange.result == NBT_ENEGATIVE) {
		outcome = OUTCOME_REFUSED;
		place->rcode = exchange->exchange.rcode;
		place->who = who;
	}
	place_proceed(node, name, place, outcome, env);
}

/* Several of our addresses have this unique name (MS-NBTE 3.1.4.1). */
static bool is_multihomed(const struct own_name *name)
{
	return !name->is_group && name->places != NULL && name->places->next != NULL;
}

static bool is_release(const struct place *place)
{
	return place->task == TASK_RELEASE || place->task == TASK_GIVE_BACK;
}

static enum nbt_opcode opcode_of(const struct own_name *name, const struct place *place)
{
	switch (place->task) {
	case TASK_RELEASE:
	case TASK_GIVE_BACK:
		return NBT_OP_RELEASE;
	case TASK_REFRESH:
		return NBT_OP_REFRESH;
	default:
		return place->stage == STAGE_NBNS && is_multihomed(name) ? NBT_OP_MULTIHOMED
									 : NBT_OP_REGISTRATION;
	}
}

/* Before the end there is less time. */
static struct nbt_timers unicast_timers(const struct node *node)
{
	struct nbt_timers timers = node->settings.unicast;

	if (node->is_stopping && timers.tries > 1) {
		timers.tries = 2;
		timers.timeout_ms = timers.timeout_ms / 2 + 1;
	}
	return timers;
}

static void address_servers(const struct node *node, const struct place *place,
			    struct nbt_request *to, const struct nbt_env *env)
{
	size_t first = place->task == TASK_REFRESH ? server_for(node, place, env) : 0;

	to->servers = node->servers + first;
	to->server_count = place->task == TASK_REFRESH ? 1 : node->settings.server_count;
	to->timers = unicast_timers(node);
}

static unsigned start_exchange(struct node *node, struct own_name *name, struct place *place,
			       const struct nbt_env *env)
{
	const struct served_socket *socket = socket_of(node, place);
	const struct sockaddr_in subnet = { .sin_family = AF_INET,
					    .sin_port = htons(node->settings.port),
					    .sin_addr = socket->broadcast };
	struct nbt_claim_request request = {
		.to = { .id = place->id, .name = name->name, .scope = name->scope },
		.opcode = opcode_of(name, place),
		.ttl = is_release(place) ? 0 : node->settings.proposed_ttl,
		.address = { node_nb_flags(node, name->is_group), socket->address },
	};

	if (place->stage == STAGE_BROADCAST) {
		request.to.broadcast = true;
		request.to.servers = &subnet; /* copied when the exchange begins */
		request.to.server_count = 1;
		request.to.timers = node->settings.broadcast;
	} else {
		address_servers(node, place, &request.to, env);
	}
	return nbt_claim_start(place->exchange, &request, env);
}

static void make_claim(const struct node *node, const struct own_name *name,
		       const struct place *place, struct claim *claim)
{
	const struct in_addr address = socket_of(node, place)->address;

	*claim = (struct claim){
		.name = name->name,
		.scope = name->scope,
		.opcode = (uint8_t)opcode_of(name, place),
		.id = place->id,
		.nb_flags = node_nb_flags(node, name->is_group),
		.address = address,
		.source = address,
		.socket = place->socket,
	};
}

/* What needs no packet. */
static bool is_settled_at_once(const struct node *node, const struct place *place,
			       enum outcome *outcome)
{
	const struct node_settings *settings = &node->settings;

	if (place->stage == STAGE_BROADCAST) {
		*outcome = OUTCOME_OK;
		return socket_of(node, place)->broadcast.s_addr == INADDR_ANY;
	}
	if (settings->is_server) { /* what is ours stays ours over a restart */
		*outcome = OUTCOME_OK;
		return node->is_stopping;
	}
	*outcome = OUTCOME_SILENT;
	return settings->server_count == 0;
}

static enum node_step_type ask_registrar(struct node *node, struct own_name *name,
					 struct place *place, struct node_step *step,
					 const struct nbt_env *env)
{
	make_claim(node, name, place, &step->claim);
	if (place->task == TASK_RELEASE) {
		place_proceed(node, name, place, OUTCOME_OK, env);
	} else {
		place->is_asked = true;
		place_be_due(node, place, env->now_ms + ASK_MS);
	}
	return NODE_REGISTER;
}

/* After a step of the exchange. */
static enum node_step_type carry_out(struct place *place, unsigned todo, struct node_step *step,
				     const struct nbt_env *env)
{
	place->due_ms = todo & NBT_TODO_DONE ? env->now_ms
					     : nbt_exchange_deadline(&place->exchange->exchange);
	if ((todo & NBT_TODO_SEND) == 0)
		return NODE_WAIT;
	step->socket = place->socket;
	step->is_broadcast = place->stage == STAGE_BROADCAST;
	step->packet = &place->exchange->exchange.out;
	return NODE_SEND;
}

static enum node_step_type start_stage(struct node *node, struct own_name *name,
				       struct place *place, struct node_step *step,
				       const struct nbt_env *env)
{
	enum outcome outcome;

	place->id = (uint16_t)nbt_env_random(env, 1u << 16);
	if (is_settled_at_once(node, place, &outcome)) {
		place->rcode = NBT_RCODE_SRV_ERR;
		place->who.s_addr = INADDR_ANY;
		place_proceed(node, name, place, outcome, env);
		return NODE_WAIT;
	}
	if (place->stage == STAGE_NBNS && node->settings.is_server)
		return ask_registrar(node, name, place, step, env);
	place->exchange = malloc(sizeof(*place->exchange));
	if (place->exchange == NULL) {
		place->due_ms = env->now_ms + MEMORY_MS;
		return NODE_WAIT;
	}
	return carry_out(place, start_exchange(node, name, place, env), step, env);
}

static enum node_step_type step_once(struct node *node, struct own_name *name, struct place *place,
				     struct node_step *step, const struct nbt_env *env)
{
	if (place->task == TASK_NONE) {
		place_next_task(node, name, place, env);
	} else if (place->stage == STAGE_NONE) {
		place_settle_locally(node, name, place, env);
	} else if (place->is_asked) {
		place->rcode = NBT_RCODE_SRV_ERR;
		place->who.s_addr = INADDR_ANY;
		place_proceed(node, name, place, OUTCOME_SILENT, env);
	} else if (place->exchange == NULL) {
		return start_stage(node, name, place, step, env);
	} else if (nbt_exchange_deadline(&place->exchange->exchange) == NBT_NEVER) {
		conclude(node, name, place, place->exchange->exchange.asked.sin_addr, env);
	} else {
		return carry_out(place, nbt_exchange_wake(&place->exchange->exchange, env), step,
				 env);
	}
	return NODE_WAIT;
}

enum node_step_type place_step(struct node *node, struct own_name *name, struct place *place,
			       struct node_step *step, const struct nbt_env *env)
{
	while (place->state != PLACE_OVER && place->due_ms <= env->now_ms) {
		enum node_step_type type = step_once(node, name, place, step, env);

		if (type != NODE_WAIT)
			return type;
	}
	return NODE_WAIT;
}

/*
 * What others say.
 */

bool place_response(struct node *node, struct own_name *name, struct place *place,
		    const struct sockaddr_in *from, const struct nbt_packet *packet,
		    const struct nbt_env *env)
{
	struct nbt_claim *exchange = place->exchange;
	unsigned todo;

	if (exchange == NULL || exchange->exchange.request.id != packet->id)
		return false;
	todo = nbt_exchange_packet(&exchange->exchange, packet, from, env);
	if (todo & NBT_TODO_DONE)
		conclude(node, name, place, from->sin_addr, env);
	else
		place_be_due(node, place, nbt_exchange_deadline(&exchange->exchange));
	return true;
}

void place_registered(struct node *node, struct own_name *name, struct place *place,
		      enum nbt_rcode rcode, uint32_t ttl, struct in_addr who,
		      const struct nbt_env *env)
{
	if (rcode == NBT_RCODE_OK)
		grant(node, place, ttl);
	place->rcode = (uint8_t)rcode;
	place->who = who;
	place_proceed(node, name, place, rcode == NBT_RCODE_OK ? OUTCOME_OK : OUTCOME_REFUSED, env);
}

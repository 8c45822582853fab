/* One name on one interface: the procedures of the node types, one exchange after the other
 * (name-service.md 4.1). */
#include <stdlib.h>

#include "nbnsd/node_inner.h"

#define ASK_MS    10000 /* the registrar says nothing: its store is in trouble */
#define MEMORY_MS 1000

/*
 * Procedures.
 */

enum outcome { OUTCOME_OK, OUTCOME_REFUSED, OUTCOME_SILENT, OUTCOMES };
enum next { NEXT_HOLD, NEXT_FAIL, NEXT_NBNS, NEXT_BROADCAST, NEXT_END };

#define HOLD      NEXT_HOLD
#define FAIL      NEXT_FAIL
#define NBNS      NEXT_NBNS
#define BROADCAST NEXT_BROADCAST
#define END       NEXT_END

struct procedure {
	uint8_t first;             /* enum stage */
	uint8_t next[2][OUTCOMES]; /* enum next, by stage: name server, broadcast */
};

/* A name that needs no packet: "*" and its like, or a P node's of the subnet. */
enum { NODE_LOCAL = NODE_H + 1, NODE_KINDS };

/* clang-format off */
static const struct procedure registering[NODE_KINDS] = {
	/*                                 at the name server        by broadcast
	 *                                 ok    refused silent      ok    refused  silent */
	[NODE_B]     = { STAGE_BROADCAST, { { HOLD, FAIL, FAIL },      { HOLD, FAIL, HOLD } } },
	[NODE_P]     = { STAGE_NBNS,      { { HOLD, FAIL, FAIL },      { HOLD, FAIL, HOLD } } },
	[NODE_M]     = { STAGE_BROADCAST, { { HOLD, FAIL, FAIL },      { NBNS, FAIL, NBNS } } },
	[NODE_H]     = { STAGE_NBNS,      { { HOLD, FAIL, BROADCAST }, { HOLD, FAIL, HOLD } } },
	[NODE_LOCAL] = { .first = STAGE_NONE },
};

/* M: only on success; H: only without (RFC 1001 section 15.4.3, MS-NBTE 3.1.7). */
static const struct procedure releasing[NODE_KINDS] = {
	[NODE_B]     = { STAGE_BROADCAST, { { END,  END, END },              { END, END, END } } },
	[NODE_P]     = { STAGE_NBNS,      { { END,  END, END },              { END, END, END } } },
	[NODE_M]     = { STAGE_NBNS,      { { BROADCAST, END, END },         { END, END, END } } },
	[NODE_H]     = { STAGE_NBNS,      { { END, BROADCAST, BROADCAST },   { END, END, END } } },
	[NODE_LOCAL] = { .first = STAGE_NONE },
};
/* clang-format on */

/* A refresh, or a question for a name server: silence changes nothing. */
static const struct procedure renewing = { STAGE_NBNS,
					   { { HOLD, FAIL, HOLD }, { HOLD, FAIL, HOLD } } };

#undef HOLD
#undef FAIL
#undef NBNS
#undef BROADCAST
#undef END

/* By broadcast only if nobody wants more. */
static bool is_broadcast_only(const struct own_name *name)
{
	for (const struct holder *holder = name->holders; holder != NULL; holder = holder->next)
		if (!holder->claim.broadcast_only)
			return false;
	return name->holders != NULL;
}

static unsigned kind_of(const struct node *node, const struct own_name *name,
			const struct place *place)
{
	if (name->name.bytes[0] == '*')
		return NODE_LOCAL;
	if (place->is_of_subnet)
		return node->settings.type == NODE_P ? NODE_LOCAL : NODE_B;
	return node->settings.type;
}

static const struct procedure *procedure_of(const struct node *node, const struct own_name *name,
					    const struct place *place)
{
	unsigned kind = kind_of(node, name, place);

	switch (place->task) {
	case TASK_RELEASE:
		return &releasing[kind];
	case TASK_REGISTER:
		return &registering[kind];
	default:
		return &renewing;
	}
}

/*
 * Transitions.
 */

static void be_due(struct node *node, struct place *place, uint64_t when_ms)
{
	place->due_ms = when_ms;
	node_touch(node, when_ms);
}

static void end_exchange(struct place *place)
{
	free(place->exchange);
	place->exchange = NULL;
	place->is_asked = false;
}

static void end_task(struct place *place)
{
	end_exchange(place);
	place->task = TASK_NONE;
	place->due_ms = NBT_NEVER;
}

static void begin(struct node *node, struct own_name *name, struct place *place, enum task task,
		  const struct nbt_env *env)
{
	end_exchange(place);
	place->task = (uint8_t)task;
	place->stage = procedure_of(node, name, place)->first;
	be_due(node, place, env->now_ms);
}

static const struct service_socket *socket_of(const struct node *node, const struct place *place)
{
	return &node->sockets[place->socket];
}

struct place *place_create(struct node *node, struct own_name *name, uint16_t socket,
			   const struct nbt_env *env)
{
	struct place *place = calloc(1, sizeof(*place));

	if (place == NULL)
		return NULL;
	place->socket = socket;
	place_claim(node, name, place, env);
	return place;
}

void place_destroy(struct place *place)
{
	free(place->exchange);
	free(place);
}

void place_claim(struct node *node, struct own_name *name, struct place *place,
		 const struct nbt_env *env)
{
	place->state = PLACE_CLAIMING;
	place->is_of_subnet = is_broadcast_only(name);
	place->is_registered = false;
	begin(node, name, place, TASK_REGISTER, env);
}

/* What an NBNS may be about to grant is released, too. */
static bool has_something_to_release(const struct place *place)
{
	return place->state == PLACE_HELD ||
	       (place->state == PLACE_CLAIMING && place->stage == STAGE_NBNS);
}

void place_release(struct node *node, struct own_name *name, struct place *place,
		   const struct nbt_env *env)
{
	if (place->state == PLACE_RELEASING || place->state == PLACE_OVER)
		return;
	if (has_something_to_release(place)) {
		place->state = PLACE_RELEASING;
		begin(node, name, place, TASK_RELEASE, env);
	} else {
		end_task(place);
		place->state = PLACE_OVER;
		node_touch(node, env->now_ms);
	}
}

static bool uses_nbns(const struct node *node, const struct own_name *name,
		      const struct place *place)
{
	unsigned kind = kind_of(node, name, place);

	return kind == NODE_P || kind == NODE_M || kind == NODE_H;
}

void place_restart(struct node *node, struct own_name *name, struct place *place,
		   const struct nbt_env *env)
{
	switch ((enum place_state)place->state) {
	case PLACE_CLAIMING:
		place_claim(node, name, place, env);
		break;
	case PLACE_HELD:
		end_task(place);
		place->silent_since_ms = 0;
		if (!uses_nbns(node, name, place))
			place->is_registered = false;
		be_due(node, place, env->now_ms);
		break;
	case PLACE_RELEASING:
		begin(node, name, place, TASK_RELEASE, env);
		break;
	default: /* nothing is under way */
		break;
	}
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* As Windows 2000 does it, but so that the next server has its turn while the lease lasts. */
static uint64_t retry_after(const struct node *node, const struct place *place)
{
	uint64_t retry = node->settings.refresh_retry;

	return place->is_registered ? smaller(retry, place->ttl_ms / 8) : retry;
}

/* The server that is asked to refresh: the primary, and when it has been silent for its share of
 * the time, the next, and so on. */
static size_t server_for(const struct node *node, const struct place *place,
			 const struct nbt_env *env)
{
	uint64_t share = smaller(node->settings.refresh_share, place->ttl_ms / 4);

	if (place->silent_since_ms == 0 || share == 0)
		return 0;
	return (size_t)((env->now_ms - place->silent_since_ms) / share) %
	       node->settings.server_count;
}

static void hold(struct node *node, struct own_name *name, struct place *place, bool is_granted,
		 const struct nbt_env *env)
{
	end_task(place);
	place->state = PLACE_HELD;
	if (is_granted) {
		place->is_registered = true;
		place->silent_since_ms = 0;
		be_due(node, place, env->now_ms + place->ttl_ms / 2);
	} else if (uses_nbns(node, name, place)) {
		if (place->silent_since_ms == 0)
			place->silent_since_ms = env->now_ms;
		be_due(node, place, env->now_ms + retry_after(node, place));
	}
	node_settle(node, name);
}

void place_lose(struct node *node, struct own_name *name, struct place *place, uint8_t rcode,
		struct in_addr who, const struct nbt_env *env)
{
	end_task(place);
	place->state = place->state == PLACE_HELD ? PLACE_IN_CONFLICT : PLACE_REFUSED;
	place->is_registered = false;
	place->rcode = rcode;
	place->who = who;
	node_settle(node, name);
	if (place->state != PLACE_OVER && node_tries_again(name))
		be_due(node, place, env->now_ms + node->settings.claim_retry);
}

/* A stage is over. */
static void proceed(struct node *node, struct own_name *name, struct place *place,
		    enum outcome outcome, const struct nbt_env *env)
{
	const struct procedure *procedure = procedure_of(node, name, place);
	enum next next = (enum next)procedure->next[place->stage][outcome];

	end_exchange(place);
	switch (next) {
	case NEXT_NBNS:
	case NEXT_BROADCAST:
		place->stage = next == NEXT_NBNS ? STAGE_NBNS : STAGE_BROADCAST;
		be_due(node, place, env->now_ms);
		break;
	case NEXT_HOLD:
		hold(node, name, place, place->stage == STAGE_NBNS && outcome == OUTCOME_OK, env);
		break;
	case NEXT_FAIL:
		place_lose(node, name, place, place->rcode, place->who, env);
		break;
	case NEXT_END:
		end_task(place);
		place->state = PLACE_OVER;
		node_touch(node, env->now_ms);
		break;
	}
}

/*
 * Exchanges.
 */

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
	proceed(node, name, place, outcome, env);
}

/* Several of our addresses have this unique name (MS-NBTE 3.1.4.1). */
static bool is_multihomed(const struct own_name *name)
{
	return !name->is_group && name->places != NULL && name->places->next != NULL;
}

static enum nbt_opcode opcode_of(const struct own_name *name, const struct place *place)
{
	switch (place->task) {
	case TASK_RELEASE:
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
	const struct service_socket *socket = socket_of(node, place);
	const struct sockaddr_in subnet = { .sin_family = AF_INET,
					    .sin_port = htons(node->settings.port),
					    .sin_addr = socket->broadcast };
	struct nbt_claim_request request = {
		.to = { .id = place->id, .name = name->name, .scope = name->scope },
		.opcode = opcode_of(name, place),
		.ttl = place->task == TASK_RELEASE ? 0 : node->settings.proposed_ttl,
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
		proceed(node, name, place, OUTCOME_OK, env);
	} else {
		place->is_asked = true;
		be_due(node, place, env->now_ms + ASK_MS);
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
		proceed(node, name, place, outcome, env);
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

/* Its time has come while nothing was going on. */
static void next_task(struct node *node, struct own_name *name, struct place *place,
		      const struct nbt_env *env)
{
	if (place->state != PLACE_HELD)
		place_claim(node, name, place, env);
	else if (uses_nbns(node, name, place))
		begin(node, name, place, place->is_registered ? TASK_REFRESH : TASK_POLL, env);
	else
		place->due_ms = NBT_NEVER;
}

/* A task that takes no packets at all. */
static void settle_locally(struct node *node, struct own_name *name, struct place *place,
			   const struct nbt_env *env)
{
	bool is_release = place->task == TASK_RELEASE;

	end_task(place);
	if (is_release) {
		place->state = PLACE_OVER;
		node_touch(node, env->now_ms);
	} else {
		place->state = PLACE_HELD;
		node_settle(node, name);
	}
}

static enum node_step_type step_once(struct node *node, struct own_name *name, struct place *place,
				     struct node_step *step, const struct nbt_env *env)
{
	if (place->task == TASK_NONE) {
		next_task(node, name, place, env);
	} else if (place->stage == STAGE_NONE) {
		settle_locally(node, name, place, env);
	} else if (place->is_asked) {
		place->rcode = NBT_RCODE_SRV_ERR;
		place->who.s_addr = INADDR_ANY;
		proceed(node, name, place, OUTCOME_SILENT, env);
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
		be_due(node, place, nbt_exchange_deadline(&exchange->exchange));
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
	proceed(node, name, place, rcode == NBT_RCODE_OK ? OUTCOME_OK : OUTCOME_REFUSED, env);
}

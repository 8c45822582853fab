/* One name on one interface: the procedures of the node types, one exchange after the other
 * (name-service.md 4.1). */
#include <stdlib.h>

#include "nbnsd/node/node_inner.h"

/*
 * Procedures.
 */

enum next { NEXT_HOLD, NEXT_FAIL, NEXT_NBNS, NEXT_BROADCAST, NEXT_REGISTER, NEXT_END };

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

/* Whatever the name server thinks of the release, its answer to what follows counts. */
static const struct procedure giving_back = {
	STAGE_NBNS, { { NEXT_REGISTER, NEXT_REGISTER, NEXT_REGISTER }, { 0 } }
};

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
	case TASK_GIVE_BACK:
		return &giving_back;
	default:
		return &renewing;
	}
}

/*
 * Transitions.
 */

void place_be_due(struct node *node, struct place *place, uint64_t when_ms)
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
	place_be_due(node, place, env->now_ms);
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
		place_be_due(node, place, env->now_ms);
		break;
	case PLACE_RELEASING:
		begin(node, name, place, TASK_RELEASE, env);
		break;
	default: /* nothing is under way */
		break;
	}
}

/* As Windows 2000 does it, but so that the next server has its turn while the lease lasts. */
static uint64_t retry_after(const struct node *node, const struct place *place)
{
	uint64_t retry = node->settings.refresh_retry;

	return place->is_registered ? node_smaller(retry, place->ttl_ms / 8) : retry;
}

static void hold(struct node *node, struct own_name *name, struct place *place, bool is_granted,
		 const struct nbt_env *env)
{
	end_task(place);
	place->state = PLACE_HELD;
	if (is_granted) {
		place->is_registered = true;
		place->silent_since_ms = 0;
		place_be_due(node, place, env->now_ms + place->ttl_ms / 2);
	} else if (uses_nbns(node, name, place)) {
		if (place->silent_since_ms == 0)
			place->silent_since_ms = env->now_ms;
		place_be_due(node, place, env->now_ms + retry_after(node, place));
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
		place_be_due(node, place, env->now_ms + node->settings.claim_retry);
}

/* A stage is over. */
void place_proceed(struct node *node, struct own_name *name, struct place *place,
		   enum outcome outcome, const struct nbt_env *env)
{
	const struct procedure *procedure = procedure_of(node, name, place);
	enum next next = (enum next)procedure->next[place->stage][outcome];

	end_exchange(place);
	switch (next) {
	case NEXT_NBNS:
	case NEXT_BROADCAST:
		place->stage = next == NEXT_NBNS ? STAGE_NBNS : STAGE_BROADCAST;
		place_be_due(node, place, env->now_ms);
		break;
	case NEXT_HOLD:
		hold(node, name, place, place->stage == STAGE_NBNS && outcome == OUTCOME_OK, env);
		break;
	case NEXT_REGISTER:
		place->is_registered = false;
		begin(node, name, place, TASK_POLL, env);
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

void place_next_task(struct node *node, struct own_name *name, struct place *place,
		     const struct nbt_env *env)
{
	if (place->state != PLACE_HELD)
		place_claim(node, name, place, env);
	else if (uses_nbns(node, name, place))
		begin(node, name, place, place->is_registered ? TASK_REFRESH : TASK_POLL, env);
	else
		place->due_ms = NBT_NEVER;
}

/* The registrar of this process has the name as we have it. */
void place_renew(struct node *node, struct own_name *name, struct place *place,
		 const struct nbt_env *env)
{
	if (place->state == PLACE_HELD && place->is_registered && !node->settings.is_server)
		begin(node, name, place, TASK_GIVE_BACK, env);
	else
		place_be_due(node, place, env->now_ms);
}

void place_settle_locally(struct node *node, struct own_name *name, struct place *place,
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

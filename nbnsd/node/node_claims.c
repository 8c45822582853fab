/* Clients of the node: their claims, what becomes of them, and the events that tell. */
#include <stdlib.h>

#include "nbnsd/node/node_inner.h"

/*
 * Events.
 */

/* What was not taken off yet and is not true any more is replaced. */
static void put_event(struct node *node, struct holder *holder, enum node_event_type type,
		      uint8_t rcode, struct in_addr who)
{
	bool is_undecided = holder->has_event && holder->event.type == NODE_DECIDED;

	holder->event = (struct node_event){ .type = is_undecided ? NODE_DECIDED : type,
					     .claim = holder->claim,
					     .rcode = rcode,
					     .who = who };
	if (holder->has_event)
		return;
	holder->has_event = true;
	holder->next_event = NULL;
	*node->last_event = holder;
	node->last_event = &holder->next_event;
}

bool node_next_event(struct node *node, struct node_event *event)
{
	struct holder *holder = node->first_event;

	if (holder == NULL)
		return false;
	*event = holder->event;
	node->first_event = holder->next_event;
	if (node->first_event == NULL)
		node->last_event = &node->first_event;
	holder->has_event = false;
	if (holder->is_over)
		free(holder);
	return true;
}

static void drop_event(struct node *node, struct holder *holder)
{
	struct holder **link = &node->first_event;

	if (!holder->has_event)
		return;
	while (*link != holder)
		link = &(*link)->next_event;
	*link = holder->next_event;
	if (*link == NULL)
		node->last_event = link;
	holder->has_event = false;
}

/* Each request of a client gets an answer, also the one whose claim ends undecided. */
static void answer_undecided(struct node *node, const struct holder *holder)
{
	static const struct in_addr nobody = { 0 };
	bool is_answered = holder->state != HOLDER_UNDECIDED &&
			   !(holder->has_event && holder->event.type == NODE_DECIDED);
	struct holder *told;

	if (is_answered || holder->claim.client == NODE_CONFIGURATION)
		return;
	told = calloc(1, sizeof(*told));
	if (told == NULL)
		return;
	told->claim = holder->claim;
	told->is_over = true;
	put_event(node, told, NODE_DECIDED, NBT_RCODE_NAM_ERR, nobody);
}

/*
 * Decisions about claims.
 */

static bool is_wish_of(const struct node *node, const struct holder *holder, uint16_t socket)
{
	struct in_addr interface = holder->claim.interface;

	return interface.s_addr == INADDR_ANY ||
	       interface.s_addr == node->sockets[socket].address.s_addr;
}

static bool is_wanted(const struct node *node, const struct own_name *name, uint16_t socket)
{
	for (const struct holder *holder = name->holders; holder != NULL; holder = holder->next)
		if (is_wish_of(node, holder, socket))
			return true;
	return false;
}

/* What the interfaces of a claim say together. */
struct standing {
	bool is_held, is_open;
	uint8_t rcode; /* of those who said no */
	struct in_addr who;
};

static struct standing standing_of(const struct node *node, const struct own_name *name,
				   const struct holder *holder)
{
	struct standing standing = { .rcode = NBT_RCODE_OK };
	bool is_alone = true;

	for (const struct place *place = name->places; place != NULL; place = place->next) {
		if (!is_wish_of(node, holder, place->socket) || place->state == PLACE_OVER)
			continue;
		is_alone = false;
		standing.is_held |= place->state == PLACE_HELD;
		standing.is_open |= place->state == PLACE_CLAIMING;
		if (standing.rcode != NBT_RCODE_OK && standing.rcode != NBT_RCODE_SRV_ERR)
			continue; /* a refusal says more than silence */
		standing.rcode = place->rcode;
		standing.who = place->who;
	}
	if (is_alone && node->sockets == NULL)
		standing.is_open = true;
	else if (is_alone) /* nobody is there who could have it */
		standing.is_held = true;
	return standing;
}

static void decide(struct node *node, struct holder *holder, enum holder_state state,
		   const struct standing *standing)
{
	static const struct in_addr nobody = { 0 };
	bool is_regained = holder->state != HOLDER_UNDECIDED;

	holder->state = (uint8_t)state;
	if (state == HOLDER_POSITIVE) {
		put_event(node, holder, NODE_DECIDED, NBT_RCODE_OK, nobody);
		holder->event.is_regained = is_regained;
	} else {
		put_event(node, holder, state == HOLDER_LOST ? NODE_LOST : NODE_DECIDED,
			  standing->rcode, standing->who);
	}
}

/* Whether the holder's claim has ended with it. */
static bool settle_holder(struct node *node, const struct own_name *name, struct holder *holder)
{
	const struct standing standing = standing_of(node, name, holder);
	bool is_configured = holder->claim.client == NODE_CONFIGURATION;

	if (standing.is_open)
		return false;
	if (standing.is_held) {
		if (holder->state == HOLDER_UNDECIDED ||
		    (is_configured && holder->state != HOLDER_POSITIVE))
			decide(node, holder, HOLDER_POSITIVE, &standing);
	} else if (holder->state == HOLDER_UNDECIDED) {
		decide(node, holder, HOLDER_NEGATIVE, &standing);
		return !is_configured;
	} else if (holder->state == HOLDER_POSITIVE) {
		decide(node, holder, HOLDER_LOST, &standing);
	}
	return false;
}

void node_settle(struct node *node, struct own_name *name)
{
	struct holder **link = &name->holders;

	while (*link != NULL) {
		struct holder *holder = *link;

		if (settle_holder(node, name, holder)) {
			holder->is_over = true; /* its event is left */
			*link = holder->next;
			node_touch(node, 0); /* the name may be nobody's */
		} else {
			link = &holder->next;
		}
	}
}

/* A client whose claim has failed on all its interfaces may claim again by itself. */
bool node_tries_again(const struct own_name *name)
{
	for (const struct holder *holder = name->holders; holder != NULL; holder = holder->next)
		if (holder->claim.client == NODE_CONFIGURATION || holder->state != HOLDER_LOST)
			return true;
	return false;
}

static void append_place(struct own_name *name, struct place *place)
{
	struct place **link = &name->places;

	while (*link != NULL)
		link = &(*link)->next;
	*link = place;
}

/* Places where the name is wanted, and no others. */
void node_bring_in_line(struct node *node, struct own_name *name, const struct nbt_env *env)
{
	for (size_t i = 0; i < node->socket_count; i++) {
		uint16_t socket = (uint16_t)i;
		bool wanted =
			node_is_claimed_on(&node->sockets[i]) && is_wanted(node, name, socket);
		struct place *place = node_find_place(name, socket);

		if (place == NULL && wanted) {
			place = place_create(node, name, socket, env);
			if (place == NULL)
				continue; /* out of memory: when interfaces change, or it is claimed
					   */
			append_place(name, place);
		} else if (place != NULL && wanted && place->state == PLACE_RELEASING) {
			place_claim(node, name, place, env);
		} else if (place != NULL && !wanted) {
			place_release(node, name, place, env);
		}
	}
}

/*
 * Clients.
 */

static struct holder *find_holder(const struct own_name *name, uint32_t client,
				  struct in_addr interface)
{
	struct holder *holder = name->holders;

	while (holder != NULL && (holder->claim.client != client ||
				  holder->claim.interface.s_addr != interface.s_addr))
		holder = holder->next;
	return holder;
}

static bool is_of_configuration(const struct own_name *name)
{
	for (const struct holder *holder = name->holders; holder != NULL; holder = holder->next)
		if (holder->claim.client == NODE_CONFIGURATION)
			return true;
	return false;
}

/* Groups are shared, unique names are not; those of the configuration are everybody's. */
static bool may_share(const struct own_name *name, const struct node_claim *claim)
{
	if (name->holders == NULL)
		return true; /* it is being released */
	if (name->is_group != claim->is_group)
		return false;
	if (name->is_group || is_of_configuration(name) || claim->client == NODE_CONFIGURATION)
		return true;
	return name->holders->claim.client == claim->client;
}

static bool has_interface(const struct node *node, struct in_addr interface)
{
	for (size_t i = 0; i < node->socket_count; i++)
		if (node->sockets[i].address.s_addr == interface.s_addr)
			return true;
	return interface.s_addr == INADDR_ANY;
}

static struct holder *add_holder(struct own_name *name, const struct node_claim *claim)
{
	struct holder *holder = calloc(1, sizeof(*holder));

	if (holder == NULL)
		return NULL;
	holder->claim = *claim;
	holder->next = name->holders;
	name->holders = holder;
	return holder;
}

/* The claim again: where the name was refused or lost it is claimed anew. */
static void claim_again(struct node *node, struct own_name *name, struct holder *holder,
			const struct nbt_env *env)
{
	for (struct place *place = name->places; place != NULL; place = place->next)
		if (is_wish_of(node, holder, place->socket) &&
		    (place->state == PLACE_REFUSED || place->state == PLACE_IN_CONFLICT))
			place_claim(node, name, place, env);
}

/* What was the subnet's only is now for the name server, too. */
static void widen(struct node *node, struct own_name *name, const struct nbt_env *env)
{
	for (struct place *place = name->places; place != NULL; place = place->next) {
		if (!place->is_of_subnet || place->state == PLACE_RELEASING)
			continue;
		place->is_of_subnet = false;
		if (place->task == TASK_NONE && place->state == PLACE_HELD)
			place->due_ms = env->now_ms;
		node_touch(node, env->now_ms);
	}
}

static enum nbt_rcode hold_name(struct node *node, struct own_name *name,
				const struct node_claim *claim, const struct nbt_env *env)
{
	struct holder *holder = find_holder(name, claim->client, claim->interface);

	name->is_group = claim->is_group;
	if (holder == NULL)
		holder = add_holder(name, claim);
	if (holder == NULL)
		return NBT_RCODE_SRV_ERR;
	if (holder->claim.token != claim->token) /* with the same it is the same request */
		answer_undecided(node, holder);
	drop_event(node, holder);
	holder->claim = *claim;
	holder->state = HOLDER_UNDECIDED;
	if (!claim->broadcast_only)
		widen(node, name, env);
	node_bring_in_line(node, name, env);
	claim_again(node, name, holder, env);
	node_settle(node, name);
	return NBT_RCODE_OK;
}

enum nbt_rcode node_claim(struct node *node, const struct node_claim *claim,
			  const struct nbt_env *env)
{
	struct own_name *name = node_find_name(node, &claim->name, &claim->scope);
	enum nbt_rcode rcode;

	if (node->is_stopping || !has_interface(node, claim->interface))
		return NBT_RCODE_SRV_ERR;
	if (name != NULL && !may_share(name, claim))
		return NBT_RCODE_ACT_ERR;
	if (name == NULL)
		name = node_add_name(node, claim);
	if (name == NULL)
		return NBT_RCODE_SRV_ERR;
	rcode = hold_name(node, name, claim, env);
	node_touch(node, env->now_ms); /* what nobody claims is taken away */
	return rcode;
}

void node_remove_holder(struct node *node, struct own_name *name, struct holder *holder)
{
	struct holder **link = &name->holders;

	while (*link != holder)
		link = &(*link)->next;
	*link = holder->next;
	drop_event(node, holder);
	free(holder);
}

bool node_release(struct node *node, uint32_t client, struct in_addr interface,
		  const struct nbt_name *name, const struct nbt_scope *scope,
		  const struct nbt_env *env)
{
	struct own_name *own = node_find_name(node, name, scope);
	struct holder *holder = own != NULL ? find_holder(own, client, interface) : NULL;

	if (holder == NULL)
		return false;
	answer_undecided(node, holder);
	node_remove_holder(node, own, holder);
	node_bring_in_line(node, own, env);
	node_touch(node, env->now_ms);
	return true;
}

void node_client_renewed(struct node *node, uint32_t client, uint32_t token,
			 const struct nbt_env *env)
{
	for (uint32_t i = 0; i < node->count; i++) {
		struct own_name *name = node->names[i];
		struct holder *holder = name->holders, *next;

		for (; holder != NULL; holder = next) {
			next = holder->next;
			if (holder->claim.client == client && holder->claim.token != token)
				node_remove_holder(node, name, holder);
		}
		node_bring_in_line(node, name, env);
	}
	node_touch(node, env->now_ms);
}

void node_client_gone(struct node *node, uint32_t client, const struct nbt_env *env)
{
	for (uint32_t i = 0; i < node->count; i++) {
		struct own_name *name = node->names[i];
		struct holder *holder = name->holders, *next;

		for (; holder != NULL; holder = next) {
			next = holder->next;
			if (holder->claim.client == client)
				node_remove_holder(node, name, holder);
		}
		node_bring_in_line(node, name, env);
	}
	/* Its events, too: nobody is there to hear of them. */
	for (struct holder *holder = node->first_event, *next; holder != NULL; holder = next) {
		next = holder->next_event;
		if (holder->claim.client != client)
			continue;
		drop_event(node, holder);
		free(holder);
	}
	node_touch(node, env->now_ms);
}

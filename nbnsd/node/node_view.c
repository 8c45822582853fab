/* What the node has, for those who ask, and what others on the network have to say to it. */
#include "nbnsd/node/node_inner.h"

/*
 * What is held.
 */

static enum node_hold hold_of(const struct place *place)
{
	static const enum node_hold holds[] = {
		[PLACE_CLAIMING] = NODE_CLAIMING,  [PLACE_HELD] = NODE_HELD,
		[PLACE_REFUSED] = NODE_CLAIMING,   [PLACE_IN_CONFLICT] = NODE_IN_CONFLICT,
		[PLACE_RELEASING] = NODE_NOT_OURS, [PLACE_OVER] = NODE_NOT_OURS,
	};

	return holds[place->state];
}

/* The best there is of all interfaces; with none at all it is held, as there is nobody else. */
static enum node_hold hold_anywhere(const struct own_name *name)
{
	enum node_hold best = NODE_NOT_OURS;

	if (name->holders == NULL)
		return NODE_NOT_OURS;
	if (name->places == NULL)
		return NODE_HELD;
	for (const struct place *place = name->places; place != NULL; place = place->next) {
		enum node_hold hold = hold_of(place);

		if (hold == NODE_HELD)
			return NODE_HELD;
		if (best == NODE_NOT_OURS)
			best = hold;
	}
	return best;
}

static enum node_hold hold_on(const struct node *node, const struct own_name *name, uint16_t socket)
{
	const struct place *place;

	if (node_is_loopback(node->sockets[socket].address))
		return hold_anywhere(name);
	place = node_find_place(name, socket);
	return place != NULL ? hold_of(place) : NODE_NOT_OURS;
}

struct node_found node_find(const struct node *node, uint16_t socket, const struct nbt_name *name,
			    const struct nbt_scope *scope)
{
	const struct own_name *own = node_find_name(node, name, scope);
	struct node_found found = { .hold = NODE_NOT_OURS };

	if (own == NULL)
		return found;
	found.hold = hold_on(node, own, socket);
	found.is_group = own->is_group;
	for (const struct place *place = own->places; place != NULL; place = place->next)
		found.in_conflict |= place->state == PLACE_IN_CONFLICT;
	return found;
}

bool node_holds(const struct node *node, struct in_addr interface, const struct nbt_name *name,
		const struct nbt_scope *scope)
{
	const struct own_name *own = node_find_name(node, name, scope);

	if (own == NULL)
		return false;
	if (interface.s_addr == INADDR_ANY)
		return hold_anywhere(own) == NODE_HELD;
	for (size_t i = 0; i < node->socket_count; i++)
		if (node->sockets[i].address.s_addr == interface.s_addr)
			return hold_on(node, own, (uint16_t)i) == NODE_HELD;
	return false;
}

uint64_t node_claim_retry(const struct node *node)
{
	return node->settings.claim_retry;
}

enum node_type node_type_of(const struct node *node)
{
	return node->settings.type;
}

uint16_t node_nb_flags(const struct node *node, bool is_group)
{
	return (uint16_t)((is_group ? NBT_NB_GROUP : 0) | node->settings.type << 13);
}

/*
 * For the administrator.
 */

static const struct place *nth_place(const struct own_name *name, uint32_t number)
{
	const struct place *place = name->places;

	while (place != NULL && number-- > 0)
		place = place->next;
	return place;
}

static void describe(const struct node *node, const struct own_name *name,
		     const struct place *place, struct node_own *out)
{
	*out = (struct node_own){
		.name = name->name,
		.scope = name->scope,
		.is_group = name->is_group,
		.hold = place != NULL ? hold_of(place) : hold_anywhere(name),
		.is_registered = place != NULL && place->is_registered,
		.client = name->holders != NULL ? name->holders->claim.client : NODE_CONFIGURATION,
	};
	if (place != NULL)
		out->interface = node->sockets[place->socket].address;
}

/* The cursor is the number of the name, and of its place. */
bool node_own_next(const struct node *node, uint64_t *cursor, struct node_own *out)
{
	uint64_t index = *cursor >> 32, number = *cursor & UINT32_MAX;

	for (; index < node->count; index++, number = 0) {
		const struct own_name *name = node->names[index];
		const struct place *place = nth_place(name, (uint32_t)number);

		if (place == NULL && number > 0)
			continue;
		describe(node, name, place, out);
		*cursor = index << 32 | (number + 1);
		return true;
	}
	return false;
}

static bool can_be_refreshed(const struct place *place)
{
	return place->task == TASK_NONE && place->due_ms != NBT_NEVER &&
	       (place->state == PLACE_HELD || place->state == PLACE_REFUSED);
}

size_t node_refresh(struct node *node, const struct nbt_env *env)
{
	size_t count = 0;

	for (uint32_t i = 0; i < node->count; i++)
		for (struct place *place = node->names[i]->places; place != NULL;
		     place = place->next) {
			if (!can_be_refreshed(place))
				continue;
			place_renew(node, node->names[i], place, env);
			count++;
		}
	return count;
}

/*
 * For those who ask.
 */

/* A claim that is not decided counts: an NBNS that asks whether another address of ours may join is
 * told that it may. */
static bool is_told(const struct place *place)
{
	return place->state == PLACE_HELD || place->state == PLACE_CLAIMING;
}

size_t node_addresses(const struct node *node, uint16_t socket, const struct nbt_name *name,
		      const struct nbt_scope *scope, struct nbt_address *out, size_t limit)
{
	const struct own_name *own = node_find_name(node, name, scope);
	const struct place *asked = own != NULL ? node_find_place(own, socket) : NULL;
	const struct place *place = own != NULL ? own->places : NULL;
	const uint16_t flags = node_nb_flags(node, own != NULL && own->is_group);
	size_t count = 0;

	if (asked != NULL)
		out[count++] = (struct nbt_address){ flags, node->sockets[socket].address };
	for (; place != NULL && count < limit; place = place->next)
		if (place != asked && is_told(place))
			out[count++] =
				(struct nbt_address){ flags, node->sockets[place->socket].address };
	if (count == 0) /* on loopback there is nothing else */
		out[count++] = (struct nbt_address){ flags, node->sockets[socket].address };
	return count;
}

size_t node_status_names(const struct node *node, uint16_t socket, const struct nbt_scope *scope,
			 struct nbt_status_name *out, size_t limit)
{
	size_t count = 0;

	for (uint32_t i = 0; i < node->count && count < limit; i++) {
		const struct own_name *name = node->names[i];
		enum node_hold hold = hold_on(node, name, socket);

		if (!nbt_scope_equal(&name->scope, scope) ||
		    (hold != NODE_HELD && hold != NODE_IN_CONFLICT))
			continue;
		out[count++] = (struct nbt_status_name){
			.name = name->name,
			.flags = node_nb_flags(node, name->is_group) | NBT_STATUS_ACTIVE,
		};
		if (hold == NODE_IN_CONFLICT)
			out[count - 1].flags |= NBT_STATUS_CONFLICT;
	}
	return count;
}

/*
 * The network.
 */

bool node_claims(const struct node *node, const struct nbt_name *name,
		 const struct nbt_scope *scope)
{
	const struct own_name *own = node_find_name(node, name, scope);

	return own != NULL && own->holders != NULL;
}

bool node_uses_server(const struct node *node, struct in_addr address)
{
	for (size_t i = 0; i < node->settings.server_count; i++)
		if (node->servers[i].sin_addr.s_addr == address.s_addr)
			return !node->settings.is_server;
	return false;
}

static bool is_on_subnet(const struct served_socket *socket, struct in_addr address)
{
	return socket->netmask.s_addr != 0 &&
	       (address.s_addr & socket->netmask.s_addr) ==
		       (socket->address.s_addr & socket->netmask.s_addr);
}

/* Believed of an NBNS that we use, and of the subnet (name-service.md 4.2). */
static bool may_demand(const struct node *node, uint16_t socket, struct in_addr from)
{
	return node_uses_server(node, from) || is_on_subnet(&node->sockets[socket], from);
}

static bool is_conflict_demand(const struct nbt_packet *packet)
{
	return packet->opcode == NBT_OP_REGISTRATION && packet->rcode == NBT_RCODE_CFT_ERR;
}

bool node_response(struct node *node, uint16_t socket, const struct sockaddr_in *from,
		   const struct nbt_packet *packet, const struct nbt_env *env)
{
	const struct nbt_question *of = &packet->record[0].of;
	struct own_name *name;
	struct place *place;

	if (packet->answer_count == 0)
		return false;
	name = node_find_name(node, &of->name, &of->scope);
	place = name != NULL ? node_find_place(name, socket) : NULL;
	if (place == NULL)
		return false;
	if (place_response(node, name, place, from, packet, env))
		return true;
	if (!is_conflict_demand(packet) || place->state != PLACE_HELD ||
	    !may_demand(node, socket, from->sin_addr))
		return false;
	place_lose(node, name, place, packet->rcode, from->sin_addr, env);
	return true;
}

bool node_outdoes(struct node *node, const struct claim *claim, const struct nbt_env *env)
{
	struct own_name *name = node_find_name(node, &claim->name, &claim->scope);
	struct place *place = name != NULL ? node_find_place(name, claim->socket) : NULL;

	if (place == NULL || place->state != PLACE_CLAIMING || place->stage != STAGE_BROADCAST ||
	    (name->is_group && claim_is_group(claim)))
		return false;
	if (ntohl(node->sockets[claim->socket].address.s_addr) < ntohl(claim->address.s_addr))
		return true;
	place_lose(node, name, place, NBT_RCODE_ACT_ERR, claim->address, env);
	return false;
}

void node_yield(struct node *node, const struct claim *claim, const struct nbt_env *env)
{
	struct own_name *name = node_find_name(node, &claim->name, &claim->scope);
	struct place *place = name != NULL ? node_find_place(name, claim->socket) : NULL;

	if (place != NULL && place->state == PLACE_HELD)
		place_lose(node, name, place, NBT_RCODE_CFT_ERR, claim->source, env);
}

void node_registered(struct node *node, const struct claim *claim, enum nbt_rcode rcode,
		     uint32_t ttl, struct in_addr who, const struct nbt_env *env)
{
	struct own_name *name = node_find_name(node, &claim->name, &claim->scope);
	struct place *place = name != NULL ? node_find_place(name, claim->socket) : NULL;

	if (place != NULL && place->is_asked && place->id == claim->id)
		place_registered(node, name, place, rcode, ttl, who, env);
}

/* Finding out where the datagrams to a name go: name discovery, DATAGRAM QUERY, members. */
#include <string.h>

#include "nbddd/members.h"
#include "nbddd/node_inner.h"

/*
 * The table.
 */

static bool is_ready(const struct route *route)
{
	return route->way != WAY_UNKNOWN && route->first == NULL;
}

static void end_route(struct node *node, struct route *route)
{
	route->in_use = false;
	node->route_count--;
}

static struct route *find(struct node *node, const struct nbt_datagram *datagram, bool is_group)
{
	for (size_t i = 0; i < ROUTES_MAX; i++) {
		struct route *route = &node->routes[i];

		if (route->in_use && route->is_group == is_group &&
		    nbt_name_equal(&route->name, &datagram->destination) &&
		    nbt_scope_equal(&route->scope, &datagram->destination_scope))
			return route;
	}
	return NULL;
}

/* A free place, or that of the route which was not used for the longest time. */
static struct route *find_place(struct node *node)
{
	struct route *oldest = NULL;

	for (size_t i = 0; i < ROUTES_MAX; i++) {
		struct route *route = &node->routes[i];

		if (!route->in_use)
			return route;
		if (is_ready(route) && (oldest == NULL || route->order < oldest->order))
			oldest = route;
	}
	if (oldest != NULL)
		end_route(node, oldest);
	return oldest;
}

void routes_forget(struct node *node, struct in_addr host)
{
	for (size_t i = 0; i < ROUTES_MAX; i++) {
		struct route *route = &node->routes[i];

		if (route->in_use && (route->way == WAY_OWNER || route->way == WAY_NBDD) &&
		    is_ready(route) && route->address.s_addr == host.s_addr)
			end_route(node, route);
	}
}

void node_unreachable(struct node *node, struct in_addr host)
{
	routes_forget(node, host);
}

static void settle(struct node *node, struct route *route, enum way way, struct in_addr address,
		   const struct nbt_env *env)
{
	route->way = way;
	route->address = address;
	route->due_ms = NBT_NEVER;
	route->expires_ms = env->now_ms + node->service->settings.node.route_ms;
	node_send_waiting(node, route, env);
}

static const struct in_addr nobody;

/*
 * Groups.
 */

static void told_members(void *ctx, uint32_t token, const struct members_list *list,
			 const struct nbt_env *env)
{
	struct node *node = ctx;

	node_send_to_members(node, &node->routes[token], list, env);
}

void route_ask_members(struct node *node, struct route *route, const struct nbt_env *env)
{
	static const struct members_list none;
	uint32_t token = (uint32_t)(route - node->routes);

	if (!members_ask(node->service->members, &route->name, &route->scope, told_members, node,
			 token, env))
		node_send_to_members(node, route, &none, env);
}

static void ask_nbdd(struct node *node, struct route *route, const struct nbt_env *env)
{
	struct dgram_service *s = node->service;
	struct nbt_datagram query = { .type = NBT_DGM_QUERY_REQUEST,
				      .flags = NBT_DGM_FLAG_FIRST,
				      .id = route->query_id,
				      .source_port = s->settings.port,
				      .destination = route->name,
				      .destination_scope = route->scope };
	struct sockaddr_in to = dgram_peer(s, s->settings.node.nbdds.items[route->nbdd]);
	uint16_t socket;

	if (dgram_socket_towards(s, to.sin_addr, &socket)) {
		query.source_address = s->sockets[socket].address;
		dgram_send_packet(s, socket, &to, &query);
		node_count(node, NODE_QUERIES);
	}
	route->tries++;
	route->due_ms = env->now_ms + s->settings.node.query_ms;
}

/* The next NBDD; without one the members themselves, RFC 1002 section 5.3.2. */
static void ask_next_nbdd(struct node *node, struct route *route, const struct nbt_env *env)
{
	const struct dgram_addresses *nbdds = &node->service->settings.node.nbdds;
	uint16_t socket;

	if (route->nbdd >= nbdds->count) {
		settle(node, route, WAY_MEMBERS, nobody, env);
		return;
	}
	if (dgram_find_socket(node->service, nbdds->items[route->nbdd], &socket)) {
		settle(node, route, WAY_SELF, nobody, env);
		return;
	}
	route->tries = 0;
	route->query_id = dgram_next_id(node->service);
	ask_nbdd(node, route, env);
}

static bool goes_to_nbdd(const struct dgram_service *s)
{
	switch (s->settings.node.group_sends) {
	case DGRAM_GROUPS_BROADCAST:
		return false;
	case DGRAM_GROUPS_NBDD:
		return true;
	case DGRAM_GROUPS_AUTO:
		break;
	}
	return s->settings.node_type == DGRAM_NODE_P ||
	       (s->settings.node_type != DGRAM_NODE_B && s->settings.node.nbdds.count > 0);
}

static void begin_group(struct node *node, struct route *route, const struct nbt_env *env)
{
	const struct dgram_settings *settings = &node->service->settings;

	if (!goes_to_nbdd(node->service))
		settle(node, route, WAY_BROADCAST, nobody, env);
	else if (settings->server && settings->node.nbdds.count == 0)
		settle(node, route, WAY_SELF, nobody, env);
	else
		ask_next_nbdd(node, route, env);
}

/*
 * Names.
 */

/* The address in a subnet of ours, if there is one: it is the nearest. */
static struct in_addr choose_address(const struct dgram_service *s, const struct nbt_record *record)
{
	struct in_addr first = nbt_record_address(record, 0).address;

	for (size_t i = 0; i < nbt_record_address_count(record); i++) {
		struct in_addr address = nbt_record_address(record, i).address;

		for (size_t j = 0; j < s->socket_count; j++)
			if (s->sockets[j].address.s_addr != INADDR_ANY &&
			    ((s->sockets[j].address.s_addr ^ address.s_addr) &
			     s->sockets[j].netmask.s_addr) == 0)
				return address;
	}
	return first;
}

/* What a program took for a unique name may be a group: RFC 1002 section 5.3.1 looks at what name
 * discovery says. */
static void told_name(void *ctx, uint32_t token, const struct look_up_answer *answer,
		      const struct nbt_env *env)
{
	struct node *node = ctx;
	struct route *route = &node->routes[token];
	const struct nbt_record *record = answer->packet != NULL && answer->packet->answer_count > 0
						  ? &answer->packet->record[0]
						  : NULL;
	struct in_addr address;

	if (answer->rcode != NBT_RCODE_OK || record == NULL ||
	    nbt_record_address_count(record) == 0) {
		settle(node, route, WAY_NOWHERE, nobody, env);
		route->expires_ms = env->now_ms; /* nbnsd remembers it, if that is right */
		return;
	}
	address = choose_address(node->service, record);
	if ((nbt_record_address(record, 0).flags & NBT_NB_GROUP) != 0 ||
	    dgram_is_broadcast(node->service, address))
		begin_group(node, route, env);
	else
		settle(node, route, WAY_OWNER, address, env);
	/* The master may be another host a moment later. */
	if (nbt_name_suffix(&route->name) == NBT_SUFFIX_LMB && route->way == WAY_OWNER)
		route->expires_ms = env->now_ms;
}

static void begin_unique(struct node *node, struct route *route, const struct nbt_env *env)
{
	const struct nbt_local_query query = { .name = route->name, .scope = route->scope };

	if (!dgram_look_up(node->service, &query, told_name, node,
			   (uint32_t)(route - node->routes)))
		end_route(node, route);
	(void)env;
}

static struct route *begin(struct node *node, const struct nbt_datagram *datagram, bool is_group,
			   const struct nbt_env *env)
{
	struct route *route = find_place(node);

	if (route == NULL)
		return NULL;
	*route = (struct route){ .in_use = true,
				 .is_group = is_group,
				 .name = datagram->destination,
				 .scope = datagram->destination_scope,
				 .due_ms = NBT_NEVER };
	route->last = &route->first;
	node->route_count++;
	if (is_group)
		begin_group(node, route, env);
	else
		begin_unique(node, route, env);
	return route->in_use ? route : NULL;
}

struct route *route_to(struct node *node, const struct nbt_datagram *datagram,
		       const struct nbt_env *env)
{
	bool is_group = datagram->type != NBT_DGM_DIRECT_UNIQUE;
	struct route *route = find(node, datagram, is_group);

	if (route != NULL && is_ready(route) && route->expires_ms <= env->now_ms) {
		end_route(node, route);
		route = NULL;
	}
	if (route == NULL)
		route = begin(node, datagram, is_group, env);
	if (route != NULL)
		route->order = ++node->last_order;
	return route;
}

/*
 * Answers and time.
 */

static struct route *asked_with(struct node *node, const struct dgram_packet *packet)
{
	const struct dgram_addresses *nbdds = &node->service->settings.node.nbdds;

	for (size_t i = 0; i < ROUTES_MAX; i++) {
		struct route *route = &node->routes[i];

		if (route->in_use && route->due_ms != NBT_NEVER &&
		    route->query_id == packet->datagram->id && route->nbdd < nbdds->count &&
		    nbdds->items[route->nbdd].s_addr == packet->in->from.sin_addr.s_addr &&
		    nbt_name_equal(&route->name, &packet->datagram->destination) &&
		    nbt_scope_equal(&route->scope, &packet->datagram->destination_scope))
			return route;
	}
	return NULL;
}

void node_receive_response(struct dgram_service *s, const struct dgram_packet *packet,
			   const struct nbt_env *env)
{
	struct node *node = s->node;
	struct route *route = asked_with(node, packet);

	if (route == NULL) {
		dgram_count(s, DGRAM_UNEXPECTED);
		return;
	}
	if (packet->datagram->type == NBT_DGM_POSITIVE_RESPONSE) {
		settle(node, route, WAY_NBDD, packet->in->from.sin_addr, env);
		return;
	}
	node_count(node, NODE_NBDD_REFUSED);
	settle(node, route, WAY_MEMBERS, nobody, env);
}

static void query_due(struct node *node, struct route *route, const struct nbt_env *env)
{
	const struct dgram_node_settings *settings = &node->service->settings.node;

	if (route->tries < settings->query_tries && route->nbdd < settings->nbdds.count) {
		ask_nbdd(node, route, env);
		return;
	}
	node_count(node, NODE_NBDD_SILENT);
	route->nbdd++;
	ask_next_nbdd(node, route, env);
}

uint64_t node_deadline(const struct node *node)
{
	uint64_t due_ms = NBT_NEVER;

	for (size_t i = 0; i < ROUTES_MAX; i++)
		if (node->routes[i].in_use)
			due_ms = nbt_earlier(due_ms, node->routes[i].due_ms);
	return due_ms;
}

void node_wake(struct node *node, const struct nbt_env *env)
{
	for (size_t i = 0; i < ROUTES_MAX; i++)
		if (node->routes[i].in_use && node->routes[i].due_ms <= env->now_ms)
			query_due(node, &node->routes[i], env);
}

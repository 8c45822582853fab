#include "nbddd/node.h"

#include <stdlib.h>
#include <string.h>

#include "nbddd/copies.h"
#include "nbddd/members.h"
#include "nbddd/node_inner.h"
#include "nbddd/subscribers.h"

static const char *const stat_names[] = { NODE_STATS(STATS_NAME) };

/*
 * Create and destroy.
 */

struct node *node_create(struct dgram_service *service, uint64_t secret)
{
	struct node *node = calloc(1, sizeof(*node));

	if (node == NULL)
		return NULL;
	node->shares = shares_create(service->settings.node.waiting, secret);
	if (node->shares == NULL) {
		free(node);
		return NULL;
	}
	node->service = service;
	node->stats = (struct stats){ stat_names, node->counters, NODE_STAT_COUNT };
	return node;
}

/* What it takes of the memory. */
static size_t size_of(const struct nbt_datagram *datagram)
{
	return sizeof(struct waiting) + datagram->data_len;
}

static struct waiting *take_waiting(struct node *node, struct route *route)
{
	struct waiting *waiting = route->first;

	if (waiting == NULL)
		return NULL;
	route->first = waiting->next;
	if (route->first == NULL)
		route->last = &route->first;
	node->waiting_count--;
	node->waiting_bytes -= size_of(&waiting->datagram);
	shares_remove(node->shares, waiting->send.client, size_of(&waiting->datagram));
	return waiting;
}

void node_destroy(struct node *node)
{
	struct waiting *waiting;

	if (node == NULL)
		return;
	for (size_t i = 0; i < ROUTES_MAX; i++)
		while ((waiting = take_waiting(node, &node->routes[i])) != NULL)
			free(waiting);
	shares_destroy(node->shares);
	free(node);
}

struct stats *node_stats(struct node *node)
{
	return &node->stats;
}

size_t node_routes(const struct node *node)
{
	return node->route_count;
}

size_t node_waiting(const struct node *node)
{
	return node->waiting_count;
}

size_t node_waiting_bytes(const struct node *node)
{
	return node->waiting_bytes;
}

/*
 * Packets.
 */

/* A datagram of a program on its way out. */
struct leaving {
	struct node *node;
	const struct node_send *send;
	const struct nbt_env *env;
	uint8_t type;
	uint16_t id;
	bool is_distributed; /* by ourselves: no NBDD among the members is to do it again */
	struct nbt_datagram datagram; /* as it left last */
	uint16_t socket;              /* by which it left last */
	size_t len;                   /* of node->bytes; 0: it has not left yet */
};

/* H nodes say what Windows says. */
static uint8_t node_flags(const struct dgram_service *s)
{
	static const uint8_t flags[] = {
		[DGRAM_NODE_B] = 0x00,
		[DGRAM_NODE_P] = 0x04,
		[DGRAM_NODE_M] = 0x08,
		[DGRAM_NODE_H] = 0x0C,
	};

	return NBT_DGM_FLAG_FIRST | flags[s->settings.node_type];
}

static struct leaving begin(struct node *node, const struct node_send *send,
			    const struct nbt_env *env)
{
	return (struct leaving){ .node = node,
				 .send = send,
				 .env = env,
				 .type = send->datagram->type,
				 .id = dgram_next_id(node->service) };
}

/* Makes the bytes of the datagram as it leaves by this socket. */
static bool encode(struct leaving *leaving, uint16_t socket)
{
	const struct dgram_service *s = leaving->node->service;
	struct nbt_datagram *datagram = &leaving->datagram;

	if (leaving->len > 0 && leaving->socket == socket)
		return true;
	*datagram = *leaving->send->datagram;
	datagram->type = leaving->type;
	datagram->flags = node_flags(s);
	if (leaving->is_distributed)
		datagram->flags |= NBT_DGM_SNT; /* as an NBDD */
	datagram->id = leaving->id;
	datagram->source_address = s->sockets[socket].address;
	datagram->source_port = s->settings.port;
	leaving->socket = socket;
	if (nbt_datagram_encode(datagram, leaving->node->bytes, sizeof(leaving->node->bytes),
				&leaving->len) == NBT_OK)
		return true;
	leaving->len = 0;
	return false;
}

static void transmit(struct leaving *leaving, uint16_t socket, const struct sockaddr_in *to,
		     bool is_broadcast)
{
	if (encode(leaving, socket))
		dgram_transmit(leaving->node->service, socket, to, is_broadcast,
			       leaving->node->bytes, leaving->len);
}

/* An error that comes back is for this program. to: who may send it; 0.0.0.0: anybody. */
static void remember(const struct leaving *leaving, struct in_addr to)
{
	struct sent *sent = &leaving->node->sent[leaving->id % SENT_MAX];

	*sent = (struct sent){ .client = leaving->send->client,
			       .id = leaving->id,
			       .client_id = leaving->send->datagram->id,
			       .to = to };
}

/* The socket by which a program wants it to leave. */
static bool find_socket(const struct leaving *leaving, struct in_addr to, uint16_t *socket)
{
	const struct dgram_service *s = leaving->node->service;

	if (leaving->send->interface.s_addr != INADDR_ANY)
		return dgram_find_socket(s, leaving->send->interface, socket);
	return dgram_socket_towards(s, to, socket);
}

/* One of our addresses for what does not leave: one that others know, if there is any. */
static bool find_own(const struct leaving *leaving, uint16_t *socket)
{
	static const struct in_addr somewhere;
	const struct in_addr localhost = { htonl(INADDR_LOOPBACK) };

	return find_socket(leaving, somewhere, socket) || find_socket(leaving, localhost, socket);
}

/* What this host itself does with it. */
static void send_here(struct leaving *leaving, bool by_broadcast, bool for_members)
{
	struct dgram_arrival arrival = { .to_broadcast = by_broadcast, .for_members = for_members };
	struct dgram_service *s = leaving->node->service;
	uint16_t socket = leaving->socket;

	if (leaving->len == 0 && (!find_own(leaving, &socket) || !encode(leaving, socket))) {
		node_count(leaving->node, NODE_NO_WAY);
		return;
	}
	arrival.datagram = &leaving->datagram;
	arrival.bytes = leaving->node->bytes;
	arrival.len = leaving->len;
	arrival.socket = leaving->socket;
	arrival.from = dgram_peer(s, s->sockets[leaving->socket].address);
	arrival.from_client = leaving->send->client;
	arrival.by_one_socket = leaving->send->interface.s_addr != INADDR_ANY;
	stages_run(s, &arrival, leaving->env);
}

/*
 * Ways.
 */

static void send_broadcast(struct leaving *leaving)
{
	static const struct in_addr anybody;
	const struct in_addr only = leaving->send->interface;
	const struct dgram_service *s = leaving->node->service;

	for (size_t i = 0; i < s->socket_count; i++) {
		const struct served_socket *socket = &s->sockets[i];
		const struct sockaddr_in to = dgram_peer(s, socket->broadcast);

		if (socket->address.s_addr == INADDR_ANY ||
		    socket->broadcast.s_addr == INADDR_ANY ||
		    (only.s_addr != INADDR_ANY && only.s_addr != socket->address.s_addr))
			continue;
		transmit(leaving, (uint16_t)i, &to, true);
	}
	remember(leaving, anybody);
	node_count(leaving->node, NODE_BROADCAST);
	send_here(leaving, true, false);
}

static void send_to_host(struct leaving *leaving, struct in_addr address, uint16_t port)
{
	struct sockaddr_in to = dgram_peer(leaving->node->service, address);
	uint16_t socket;

	if (port != 0)
		to.sin_port = htons(port);
	if (dgram_find_socket(leaving->node->service, address, &socket)) {
		node_count(leaving->node, NODE_HERE);
		send_here(leaving, false, false);
		return;
	}
	if (!find_socket(leaving, address, &socket)) {
		node_count(leaving->node, NODE_NO_WAY);
		return;
	}
	remember(leaving, address);
	transmit(leaving, socket, &to, false);
	node_count(leaving->node, NODE_UNICAST);
}

/* The members are somebody else's to find; those on this host are ours. */
static void send_to_nbdd(struct leaving *leaving, struct in_addr nbdd)
{
	static const struct in_addr anybody;
	const struct sockaddr_in to = dgram_peer(leaving->node->service, nbdd);
	uint16_t socket;

	if (!find_socket(leaving, nbdd, &socket)) {
		node_count(leaving->node, NODE_NO_WAY);
		return;
	}
	remember(leaving, anybody);
	transmit(leaving, socket, &to, false);
	node_count(leaving->node, NODE_NBDD);
	send_here(leaving, false, false);
}

static bool is_way_to_some(const struct dgram_service *s, uint16_t socket,
			   const struct members_list *list)
{
	uint16_t towards;

	for (size_t i = 0; i < list->count; i++)
		if (dgram_socket_towards(s, list->items[i], &towards) && towards == socket)
			return true;
	return false;
}

static void send_copies(struct leaving *leaving, uint16_t socket, enum copies_way way,
			const struct members_list *list)
{
	const struct dgram_service *s = leaving->node->service;
	const struct copies_job job = { .bytes = leaving->node->bytes,
					.len = encode(leaving, socket) ? leaving->len : 0,
					.sender = s->sockets[socket].address,
					.socket = socket,
					.way = way };

	if (job.len > 0)
		(void)copies_send(s->copies, &job, list, leaving->env);
}

/* The source address is that of the socket: each has copies of its own. */
static void send_to_members(struct leaving *leaving, const struct members_list *list)
{
	static const struct in_addr anybody;
	const struct dgram_service *s = leaving->node->service;
	const struct in_addr only = leaving->send->interface;
	uint16_t socket;

	if (only.s_addr == INADDR_ANY) {
		for (size_t i = 0; i < s->socket_count; i++)
			if (is_way_to_some(s, (uint16_t)i, list))
				send_copies(leaving, (uint16_t)i, COPIES_TOWARDS, list);
	} else if (dgram_find_socket(s, only, &socket)) {
		send_copies(leaving, socket, COPIES_BY_SOCKET, list);
	}
	remember(leaving, anybody);
	node_count(leaving->node, NODE_MEMBERS);
	send_here(leaving, false, false);
}

static void tell_nobody_has_it(struct node *node, const struct node_send *send)
{
	static const struct in_addr ourselves;

	node_count(node, NODE_NO_NAME);
	dgram_tell_error(node->service, send->client, send->datagram->id, NBT_DGM_ERR_DESTINATION,
			 ourselves);
}

/* A datagram to a unique name that is a group is one to a group. */
static void go(struct node *node, const struct route *route, const struct node_send *send,
	       const struct nbt_env *env)
{
	struct leaving leaving = begin(node, send, env);

	if (route->way != WAY_OWNER && leaving.type == NBT_DGM_DIRECT_UNIQUE)
		leaving.type = NBT_DGM_DIRECT_GROUP;
	switch (route->way) {
	case WAY_BROADCAST:
		send_broadcast(&leaving);
		break;
	case WAY_OWNER:
		send_to_host(&leaving, route->address, 0);
		break;
	case WAY_NBDD:
		send_to_nbdd(&leaving, route->address);
		break;
	case WAY_SELF:
		leaving.is_distributed = true;
		node_count(node, NODE_NBDD);
		send_here(&leaving, false, true);
		break;
	case WAY_NOWHERE:
	case WAY_UNKNOWN:
	case WAY_MEMBERS:
		tell_nobody_has_it(node, send);
		break;
	}
}

void node_send_waiting(struct node *node, struct route *route, const struct nbt_env *env)
{
	struct waiting *waiting;

	if (route->way == WAY_MEMBERS && route->first != NULL) {
		route_ask_members(node, route, env);
		return;
	}
	while (route->way != WAY_MEMBERS && (waiting = take_waiting(node, route)) != NULL) {
		go(node, route, &waiting->send, env);
		free(waiting);
	}
}

void node_send_to_members(struct node *node, struct route *route, const struct members_list *list,
			  const struct nbt_env *env)
{
	struct waiting *waiting;

	while ((waiting = take_waiting(node, route)) != NULL) {
		struct leaving leaving = begin(node, &waiting->send, env);

		if (leaving.type == NBT_DGM_DIRECT_UNIQUE)
			leaving.type = NBT_DGM_DIRECT_GROUP;
		leaving.is_distributed = true;
		send_to_members(&leaving, list);
		free(waiting);
	}
}

/*
 * Programs.
 */

/* Whether there is room, for this program, too. */
static bool has_room(struct node *node, const struct node_send *send)
{
	const struct dgram_node_settings *settings = &node->service->settings.node;
	const struct share share = shares_of(node->shares, send->client);
	const size_t size = size_of(send->datagram);

	if (node->waiting_count >= settings->waiting ||
	    node->waiting_bytes + size > settings->waiting_bytes) {
		node_count(node, NODE_TOO_MANY);
		return false;
	}
	if (share.count == 0 || (share.count < settings->waiting / 4 &&
				 share.bytes + size <= settings->waiting_bytes / 4))
		return true;
	node_count(node, NODE_SHARE);
	return false;
}

static bool keep(struct node *node, struct route *route, const struct node_send *send)
{
	const struct nbt_datagram *datagram = send->datagram;
	const size_t size = size_of(datagram);
	struct waiting *waiting;

	if (!has_room(node, send))
		return false;
	waiting = malloc(size);
	if (waiting == NULL) {
		node_count(node, NODE_NO_WAY);
		return false;
	}
	waiting->next = NULL;
	waiting->send = *send;
	waiting->datagram = *datagram;
	waiting->send.datagram = &waiting->datagram;
	waiting->datagram.data = waiting->data;
	memcpy(waiting->data, datagram->data, datagram->data_len);
	*route->last = waiting;
	route->last = &waiting->next;
	node->waiting_count++;
	node->waiting_bytes += size;
	shares_add(node->shares, send->client, size);
	return true;
}

static void send_by_name(struct node *node, const struct node_send *send, const struct nbt_env *env)
{
	struct route *route = route_to(node, send->datagram, env);
	bool is_asking = route != NULL && route->first != NULL;

	if (route != NULL && route->way != WAY_UNKNOWN && route->way != WAY_MEMBERS)
		go(node, route, send, env);
	else if (route == NULL)
		node_count(node, NODE_TOO_MANY);
	else if (keep(node, route, send) && route->way == WAY_MEMBERS && !is_asking)
		route_ask_members(node, route, env);
}

static void send_to_peer(struct leaving *leaving)
{
	const struct node_send *send = leaving->send;
	const struct dgram_service *s = leaving->node->service;
	const struct sockaddr_in to = dgram_peer(s, send->peer);
	uint16_t socket;

	if (!dgram_is_broadcast(s, send->peer)) {
		send_to_host(leaving, send->peer, send->peer_port);
		return;
	}
	if (send->peer.s_addr == htonl(INADDR_BROADCAST) ||
	    !find_socket(leaving, send->peer, &socket)) {
		send_broadcast(leaving);
		return;
	}
	transmit(leaving, socket, &to, true);
	node_count(leaving->node, NODE_BROADCAST);
	send_here(leaving, true, false);
}

static void look_for_owner(void *ctx, const struct subscriber *subscriber)
{
	bool *is_here = ctx;

	*is_here |= !subscriber->claim->is_group;
}

/* Of a group there are members elsewhere, whatever the program takes it for. */
static bool is_here(const struct node *node, const struct nbt_datagram *datagram,
		    struct in_addr interface)
{
	bool found = false;

	if (datagram->type == NBT_DGM_DIRECT_UNIQUE)
		(void)subscribers_each(node->service->subscribers, &datagram->destination,
				       &datagram->destination_scope, interface, look_for_owner,
				       &found);
	return found;
}

void node_send(struct node *node, const struct node_send *send, const struct nbt_env *env)
{
	struct leaving leaving;

	if (send->peer.s_addr == INADDR_ANY && !send->by_broadcast &&
	    !is_here(node, send->datagram, send->interface)) {
		send_by_name(node, send, env);
		return;
	}
	leaving = begin(node, send, env);
	if (send->by_broadcast) {
		send_broadcast(&leaving);
	} else if (send->peer.s_addr != INADDR_ANY) {
		send_to_peer(&leaving);
	} else {
		node_count(node, NODE_HERE);
		send_here(&leaving, false, false);
	}
}

/* RFC 1002 section 5.3.3. That the name server may be wrong is for nbnsd to find out. */
void node_receive_error(struct dgram_service *s, const struct dgram_packet *packet,
			const struct nbt_env *env)
{
	struct node *node = s->node;
	const struct nbt_datagram *error = packet->datagram;
	const struct in_addr from = packet->in->from.sin_addr;
	struct sent *sent = &node->sent[error->id % SENT_MAX];

	(void)env;
	dgram_count(s, DGRAM_ERRORS_RECEIVED);
	if (sent->client == 0 || sent->id != error->id ||
	    (sent->to.s_addr != INADDR_ANY && sent->to.s_addr != from.s_addr))
		return;
	if (sent->to.s_addr != INADDR_ANY)
		routes_forget(node, from);
	dgram_tell_error(s, sent->client, sent->client_id, error->error_code, from);
	sent->client = 0;
}

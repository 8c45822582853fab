#include "nbddd/peers.h"

#include <stdlib.h>

#include "nbddd/service_inner.h"

#define PEERS_MAX 256

struct peers {
	const struct dgram_service *service;
	size_t count;
	struct relay_peer items[PEERS_MAX]; /* all that were peers so far */
};

struct peers *peers_create(const struct dgram_service *service)
{
	struct peers *peers = calloc(1, sizeof(*peers));

	if (peers != NULL)
		peers->service = service;
	return peers;
}

void peers_destroy(struct peers *peers)
{
	free(peers);
}

bool peers_have(const struct peers *peers, struct in_addr address)
{
	const struct dgram_addresses *list = &peers->service->settings.peers;

	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].s_addr == address.s_addr)
			return true;
	return false;
}

/*
 * What is counted.
 */

/* Its number in the table; count: it is not there. */
static size_t find(const struct peers *peers, struct in_addr address)
{
	size_t i = 0;

	while (i < peers->count && peers->items[i].address.s_addr != address.s_addr)
		i++;
	return i;
}

/* NULL: no peer, or there were too many. */
static struct relay_peer *find_or_add(struct peers *peers, struct in_addr address)
{
	size_t found = find(peers, address);

	if (!peers_have(peers, address) || found == PEERS_MAX)
		return NULL;
	if (found == peers->count)
		peers->items[peers->count++] = (struct relay_peer){ .address = address };
	return &peers->items[found];
}

void peers_handed(struct peers *peers, struct in_addr address)
{
	struct relay_peer *peer = find_or_add(peers, address);

	if (peer != NULL)
		peer->handed++;
}

void peers_taken(struct peers *peers, struct in_addr address, uint64_t now_ms)
{
	struct relay_peer *peer = find_or_add(peers, address);

	if (peer == NULL)
		return;
	peer->taken++;
	peer->last_ms = now_ms;
}

void peers_unreachable(struct peers *peers, struct in_addr address)
{
	struct relay_peer *peer = find_or_add(peers, address);

	if (peer != NULL)
		peer->unreachable++;
}

void peers_each(const struct peers *peers, relay_peer_fn *each, void *ctx)
{
	const struct dgram_addresses *list = &peers->service->settings.peers;

	for (size_t i = 0; i < list->count; i++) {
		const struct relay_peer unknown = { .address = list->items[i] };
		size_t found = find(peers, list->items[i]);

		each(ctx, found < peers->count ? &peers->items[found] : &unknown);
	}
}

/*
 * Subnets.
 */

bool peers_in_subnet(const struct served_socket *socket, struct in_addr address)
{
	return ((socket->address.s_addr ^ address.s_addr) & socket->netmask.s_addr) == 0;
}

bool peers_can_broadcast(const struct served_socket *socket)
{
	return socket->address.s_addr != INADDR_ANY && socket->broadcast.s_addr != INADDR_ANY;
}

bool peers_on_duty(const struct peers *peers, const struct served_socket *socket)
{
	const struct dgram_addresses *list = &peers->service->settings.peers;

	for (size_t i = 0; i < list->count; i++)
		if (peers_in_subnet(socket, list->items[i]) &&
		    ntohl(list->items[i].s_addr) < ntohl(socket->address.s_addr))
			return false;
	return true;
}

static bool is_in_our_subnets(const struct dgram_service *s, struct in_addr address)
{
	for (size_t i = 0; i < s->socket_count; i++)
		if (peers_can_broadcast(&s->sockets[i]) && peers_in_subnet(&s->sockets[i], address))
			return true;
	return false;
}

bool peers_near(const struct peers *peers, uint16_t socket, struct in_addr address)
{
	const struct dgram_service *s = peers->service;
	const struct dgram_addresses *list = &s->settings.peers;
	const struct in_addr netmask = s->sockets[socket].netmask;

	for (size_t i = 0; i < list->count; i++)
		if (((list->items[i].s_addr ^ address.s_addr) & netmask.s_addr) == 0)
			return true;
	return is_in_our_subnets(s, address);
}

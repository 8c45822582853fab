/*
 * The peers of the relay role: the addresses of all relays, what went to each and came from it, and
 * what they say about subnets: where there is a relay, and whether it is ours to broadcast. Pure.
 */
#ifndef NBDDD_PEERS_H
#define NBDDD_PEERS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct dgram_service;
struct peers;
struct served_socket;

/* service is borrowed, and has the list. NULL: out of memory. */
struct peers *peers_create(const struct dgram_service *service);
void peers_destroy(struct peers *peers); /* NULL is fine */

bool peers_have(const struct peers *peers, struct in_addr address);

/* What is counted. An address that is no peer's, or one too many, is not. */
void peers_handed(struct peers *peers, struct in_addr address);
void peers_taken(struct peers *peers, struct in_addr address, uint64_t now_ms);
void peers_unreachable(struct peers *peers, struct in_addr address);

/* For the administrator. */
struct relay_peer {
	struct in_addr address;
	uint64_t handed, taken;
	uint64_t unreachable; /* ICMP that said so */
	uint64_t last_ms;     /* when it handed us something last; 0: never */
};
typedef void relay_peer_fn(void *ctx, const struct relay_peer *peer);
void peers_each(const struct peers *peers, relay_peer_fn *each, void *ctx);

/*
 * Subnets.
 */

bool peers_in_subnet(const struct served_socket *socket, struct in_addr address);
bool peers_can_broadcast(const struct served_socket *socket);

/* Of the relays in the socket's subnet, the one with the lowest address does the work: whether that
 * is this host. */
bool peers_on_duty(const struct peers *peers, const struct served_socket *socket);

/* Whether there is a relay in the subnet of this address, which is taken to be as large as that of
 * the socket where it is none of ours. */
bool peers_near(const struct peers *peers, uint16_t socket, struct in_addr address);

#endif

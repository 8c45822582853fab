/*
 * The relay role: brings subnets together whose machines know no NBDD, as Windows and Samba. It
 * hears the group broadcasts of its subnets and hands them to the relays of others ("peers"), which
 * broadcast them on theirs, and by the distributor to members that no relay is near to. Pure.
 *
 * Header, names and scope stay as they came: the source is the originator, RFC 1002 section 4.4.1.
 * Samba answers to where the packet came from, which is the relay: such an answer goes on to the
 * originator.
 *
 * What keeps datagrams from going round:
 * - A broadcast counts as its sender's own only if the source of its header is who sent it, in our
 *   subnet, and no peer. All others are of relays, and are not relayed.
 * - What a peer hands us goes to our subnets and not to other relays: each relay has all others
 *   among its peers. It has a mark, which is taken away: copies of an NBDD come from peers, too.
 * - In a subnet with several relays the one with the lowest address broadcasts.
 * - A datagram goes once to each subnet, and once to the peers; that is remembered for a while.
 */
#ifndef NBDDD_RELAY_H
#define NBDDD_RELAY_H

#include "common/stats.h"
#include "nbddd/originators.h"
#include "nbddd/peers.h"
#include "nbddd/stages.h"

struct dgram_service;
struct relay;

/* service is borrowed; secret: of its hash table. NULL: out of memory. */
struct relay *relay_create(struct dgram_service *service, uint64_t secret);
void relay_destroy(struct relay *relay); /* NULL is fine */

/* The stages; they pass everything where the role is off. The first one relays, and ends what came
 * before; it goes before delivery. The second one sends answers on. */
enum stage_verdict relay_stage(struct dgram_service *service, const struct dgram_arrival *arrival,
			       const struct nbt_env *env);
enum stage_verdict relay_reply_stage(struct dgram_service *service,
				     const struct dgram_arrival *arrival,
				     const struct nbt_env *env);

#define RELAY_STATS(X)                                                                             \
	X(RELAY_HEARD, "relay.heard")         /* broadcasts that are relayed */                    \
	X(RELAY_HANDED, "relay.handed")       /* copies to peers */                                \
	X(RELAY_TAKEN, "relay.taken")         /* datagrams that peers handed us */                 \
	X(RELAY_BROADCAST, "relay.broadcast") /* datagrams broadcast on a subnet */                \
	X(RELAY_REPLIES, "relay.replies")     /* sent on to the originator */                      \
	X(RELAY_AGAIN, "relay.again")         /* came before, and ended here */                    \
	X(RELAY_OF_RELAY, "relay.of-relay")   /* a relay's broadcasts, left alone */               \
	X(RELAY_NOT_LOCAL, "relay.not-local") /* broadcasts of a host that is not in the subnet */ \
	X(RELAY_NOT_WANTED, "relay.not-configured") /* other groups or suffixes */                 \
	X(RELAY_UNREACHABLE, "relay.unreachable")   /* ICMP that said so of a peer */              \
	X(RELAY_STRANGER, "relay.not-a-peer")       /* handed to us by somebody else */

struct stats *relay_stats(struct relay *relay);

/* A packet to this address could not be delivered. It is sent to as before: a relay that is back is
 * needed at once. */
void relay_unreachable(struct relay *relay, struct in_addr address);

/* Whether who is there hears what was heard by this socket: in a subnet of ours, or near a peer. */
bool relay_reaches(const struct relay *relay, uint16_t socket, struct in_addr address);

/* For the administrator: what went to a peer and came from it, and whose answers are sent on. */
void relay_each_peer(const struct relay *relay, relay_peer_fn *each, void *ctx);
void relay_each_flow(const struct relay *relay, uint64_t now_ms, originators_fn *each, void *ctx);

#endif

/*
 * The datagram service as one machine without sockets or clock: packets and messages of programs
 * in; packets, messages, claims and look-ups out, by the functions of struct dgram_sinks. Pure.
 *
 * A datagram that came in, from the network or from a program, is made whole and goes through the
 * stages of stages.h, which is where to look for what becomes of it.
 */
#ifndef NBDDD_SERVICE_H
#define NBDDD_SERVICE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/datagram.h>
#include <nbt/env.h>
#include <nbt/local.h>

#include "common/local_core.h"
#include "common/packets.h"
#include "common/stats.h"
#include "nbddd/members.h"
#include "nbddd/reassembly.h"
#include "nbddd/relay.h"

struct access_list; /* common/access.h */
struct dgram_service;

enum dgram_node_type { DGRAM_NODE_B, DGRAM_NODE_P, DGRAM_NODE_M, DGRAM_NODE_H };

/* How the node sends datagrams to groups. */
enum dgram_group_sends {
	DGRAM_GROUPS_AUTO, /* B: by broadcast; P: to an NBDD; M, H: to an NBDD if there is one */
	DGRAM_GROUPS_BROADCAST, /* always by broadcast */
	DGRAM_GROUPS_NBDD       /* always to an NBDD */
};

/* Rules of the access list: what a source may do. */
enum dgram_rule {
	MAY_SEND,       /* datagrams to us; nothing is taken from others */
	MAY_DISTRIBUTE, /* have datagrams distributed to the members of groups */
	DGRAM_RULES
};

struct dgram_addresses {
	const struct in_addr *items;
	size_t count;
};

struct dgram_node_settings {
	struct dgram_addresses nbdds;
	enum dgram_group_sends group_sends;
	uint64_t query_ms; /* DATAGRAM QUERY: wait for an answer */
	unsigned query_tries;
	uint64_t route_ms;    /* how long it is remembered where datagrams go */
	size_t waiting;       /* datagrams for which that is being found out, at most */
	size_t waiting_bytes; /* the memory that they take, at most */
};

/* What is asked of name servers. */
struct dgram_members_settings {
	struct dgram_addresses servers; /* that are asked beside those of name_servers */
	size_t groups;                  /* remembered, at most */
	uint64_t remember_ms;           /* so long a released member may still get datagrams */
	uint64_t wait_ms;               /* for the slowest name server */
	uint64_t retry_ms;              /* one that was silent is left out for so long */
};

struct dgram_server_settings {
	uint32_t limit;           /* datagrams per second and source; 0: no limit */
	size_t waiting;           /* datagrams and queries until members are known, at most; a
				   * source may have a quarter. As many may wait to leave */
	size_t bytes;             /* of them, in the same manner: twice so many in all */
	uint64_t duplicate_ms;    /* how long it is remembered which datagrams came */
	uint64_t query_memory_ms; /* how long who has asked may send as an NBDD does */
	size_t slice;             /* packets that leave in one turn of the loop, about */
	uint64_t backoff_ms;      /* a member that cannot be reached gets nothing for so long */
};

/* What is relayed, and what is remembered of it. */
struct dgram_relay_settings {
	const char *const *groups; /* names without suffix; group_count 0: any */
	size_t group_count;
	bool suffixes[256];
	uint64_t memory_ms; /* how long it is remembered where a datagram has been */
	uint64_t reply_ms;  /* how long answers to its originator are sent on */
	size_t datagrams;   /* remembered, about; each counts for every place it has been at */
	size_t originators; /* remembered, at most */
};

#define DGRAM_IP_UDP_LEN 28 /* of each packet, beside what is ours */

struct dgram_settings {
	enum dgram_node_type node_type;
	bool server, relay; /* roles */
	uint16_t port;
	size_t packet_max;                   /* bytes of UDP in a packet; OUTGOING_MAX at most */
	const struct access_list *access;    /* of enum dgram_rule, borrowed; NULL: nobody may */
	struct dgram_addresses peers;        /* relays */
	struct dgram_addresses name_servers; /* other than our own */
	struct dgram_node_settings node;
	struct dgram_members_settings members;
	struct dgram_server_settings distribution;
	struct dgram_relay_settings relaying;
	uint32_t error_limit; /* DATAGRAM ERROR packets per second and source; 0: no limit */
	struct reassembly_settings reassembly;
	size_t names, clients; /* of programs */
};

/* Where things go; called from within the functions below. Bytes are valid during the call. */
struct dgram_sinks {
	/* A packet to the network, by a socket of the table. */
	void (*send)(void *ctx, uint16_t socket, const struct sockaddr_in *to, bool is_broadcast,
		     const uint8_t *bytes, size_t len);
	/* A datagram for a program, a whole message. false: it does not read, and loses it. */
	bool (*deliver)(void *ctx, uint32_t client, const uint8_t *message, size_t len);
	/* Any other message for a program. */
	void (*answer)(void *ctx, uint32_t client, const uint8_t *message, size_t len);
	/* To nbnsd, as local_claim() and its sisters of common/local.h. */
	bool (*claim)(void *ctx, const struct nbt_local_claim *claim);
	void (*release)(void *ctx, const struct nbt_local_claim *claim);
	bool (*look_up)(void *ctx, const struct nbt_local_query *query, uint32_t token);
	/* To the name server query->peer by TCP; the answer comes as if nbnsd had said it. */
	bool (*look_up_by_tcp)(void *ctx, const struct nbt_local_query *query, uint32_t token);
};

/* sinks is copied, ctx is its functions'. NULL: out of memory. */
struct dgram_service *dgram_create(const struct dgram_settings *settings,
				   const struct dgram_sinks *sinks, void *ctx,
				   const struct nbt_env *env);
void dgram_destroy(struct dgram_service *service); /* NULL is fine */

/* Other settings, for what comes from now on; roles and bounds (reassembly, names, clients,
 * waiting) stay as they are. Borrowed as the first ones were. */
void dgram_set_settings(struct dgram_service *service, const struct dgram_settings *settings);

/* Replaces the table of sockets; numbers keep their meaning. Borrowed. */
void dgram_set_sockets(struct dgram_service *service, const struct served_socket *sockets,
		       size_t count);

/* Replaces the rules. Borrowed. */
void dgram_set_access(struct dgram_service *service, const struct access_list *access);

/* One packet from the network. Packets of our own are dropped before: see sockets.h. */
void dgram_receive(struct dgram_service *service, const struct incoming *in,
		   const struct nbt_env *env);

/* A message of a program on datagram.sock, numbered from 1. false: it cannot be answered, end the
 * connection. */
bool dgram_message(struct dgram_service *service, uint32_t client, const uint8_t *bytes, size_t len,
		   const struct nbt_env *env);

/* The connection has ended. */
void dgram_client_gone(struct dgram_service *service, uint32_t client);

/* What nbnsd said. */
void dgram_names_event(struct dgram_service *service, const struct local_event *event,
		       const struct nbt_env *env);

/* A packet to this address could not be delivered: ICMP unreachable. */
void dgram_unreachable(struct dgram_service *service, struct in_addr address,
		       const struct nbt_env *env);

/* Copies wait for the next turn: better nothing new is taken until they have left. */
bool dgram_is_busy(const struct dgram_service *service);

/* When dgram_wake() wants to be called next, or NBT_NEVER. */
uint64_t dgram_deadline(const struct dgram_service *service);
void dgram_wake(struct dgram_service *service, const struct nbt_env *env);

#define DGRAM_STATS(X)                                                                             \
	X(DGRAM_RECEIVED, "datagrams.received") /* packets */                                      \
	X(DGRAM_NOT_ALLOWED, "datagrams.not-allowed")                                              \
	X(DGRAM_MALFORMED, "datagrams.malformed")                                                  \
	X(DGRAM_P_BROADCAST, "datagrams.broadcast-ignored") /* by a P node */                      \
	X(DGRAM_DELIVERED, "datagrams.delivered")           /* to a program */                     \
	X(DGRAM_LOST, "datagrams.lost")                     /* a program did not read */           \
	X(DGRAM_NOT_WANTED, "datagrams.not-wanted")         /* no program wants the name */        \
	X(DGRAM_PACKETS, "datagrams.packets")               /* to the network, of any kind */      \
	X(DGRAM_ERRORS_SENT, "errors.sent")                                                        \
	X(DGRAM_ERRORS_LIMITED, "errors.limited")                                                  \
	X(DGRAM_ERRORS_RECEIVED, "errors.received")                                                \
	X(DGRAM_UNEXPECTED, "responses.unexpected") /* to no query of ours */                      \
	X(DGRAM_REQUESTS_WRONG, "clients.wrong")    /* answered with an error */                   \
	X(DGRAM_HOPELESS, "clients.hopeless")       /* the connection was ended */                 \
	X(DGRAM_LOOK_UPS, "look-ups")               /* asked of nbnsd */                           \
	X(DGRAM_LOOK_UPS_FULL, "look-ups.too-many")

/* Counters of all parts: calls each() with one table after the other. */
void dgram_each_stats(struct dgram_service *service,
		      void (*each)(void *ctx, const struct stats *stats), void *ctx);

/* The groups of which members are remembered; see members.h. */
void dgram_each_group(const struct dgram_service *service, members_group_fn *each, void *ctx);

/* The relay role's peers, and whose datagrams it has relayed lately; see relay.h. Nothing without
 * the role. */
void dgram_each_peer(const struct dgram_service *service, relay_peer_fn *each, void *ctx);
void dgram_each_flow(const struct dgram_service *service, const struct nbt_env *env,
		     originators_fn *each, void *ctx);

/* What there is now, for the administrator. */
struct dgram_gauges {
	size_t incomplete, incomplete_bytes; /* datagrams in reassembly */
	size_t names, subscriptions;
	size_t routes, waiting, waiting_bytes;
	size_t distributing, distributing_bytes; /* datagrams until all copies have left */
};
struct dgram_gauges dgram_gauges(const struct dgram_service *service);

#endif

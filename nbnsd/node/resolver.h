/*
 * Look-ups for programs of this host, in the order of its node type (RFC 1001 section 15.3,
 * name-service.md 4.1): own names, name cache, database, name servers, broadcasts, LMHOSTS. Pure.
 *
 * Those who ask are numbered by the caller. Answers are drained by resolver_next_answer(), also
 * those that were there at once; packets by resolver_step().
 */
#ifndef NBNSD_NODE_RESOLVER_H
#define NBNSD_NODE_RESOLVER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/env.h>
#include <nbt/exchange.h>
#include <nbt/packet.h>

#include "nbnsd/node/name_cache.h"
#include "nbnsd/node/node.h"

struct resolver;
struct stats;

#define RESOLVER_SERVERS_MAX   16
#define RESOLVER_ADDRESSES_MAX 250 /* no packet brings more */

/* What is there without asking anybody. Each returns the number of entries; 0: not there. */
struct resolver_sources {
	/* This host's own names on an interface; 0.0.0.0: on any. */
	size_t (*own)(void *ctx, struct in_addr interface, const struct nbt_name *name,
		      const struct nbt_scope *scope, struct nbt_address *list, size_t limit);
	/* The database of the NBNS that we are; NULL: we are none. */
	size_t (*database)(void *ctx, const struct nbt_name *name, const struct nbt_scope *scope,
			   struct nbt_address *list, size_t limit, const struct nbt_env *env);
	/* LMHOSTS: the entries to be preloaded only, or all; NULL: there is none. */
	size_t (*lmhosts)(void *ctx, bool preloaded, const struct nbt_name *name,
			  struct nbt_address *list, size_t limit);
	void *ctx;
};

/* Copied, with the servers; durations in milliseconds. */
struct resolver_settings {
	enum node_type type;
	const struct in_addr *servers; /* the primary first; RESOLVER_SERVERS_MAX are used */
	size_t server_count;
	uint16_t port; /* of nodes and servers; 0: NBT_NAME_PORT */
	struct nbt_timers broadcast, unicast;
	uint32_t conflict_ms;     /* how long a second owner may speak up */
	uint64_t server_retry_ms; /* a server that was silent is asked last for so long */
	uint64_t cache_ms, negative_cache_ms;
	uint8_t ids;       /* enum resolver_ids */
	size_t per_client; /* questions of one client at a time; 0: as many as there is room for */
	struct resolver_sources sources;
};

/* The two lowest bits of transaction ids, by who asks: all queries leave by the same sockets.
 * Challenges have the even ones. */
enum resolver_ids { RESOLVER_IDS_CLIENTS = 1, RESOLVER_IDS_PROXY = 3, RESOLVER_IDS_MASK = 3 };

/* NULL: out of memory. */
struct resolver *resolver_create(const struct resolver_settings *settings,
				 const struct nbt_env *env);

/* Other settings for what is asked from now on; what is remembered stays, see resolver_flush(). */
void resolver_set_settings(struct resolver *resolver, const struct resolver_settings *settings);

void resolver_destroy(struct resolver *resolver); /* NULL is fine */

/* The addresses that this host has now. Borrowed until the next call. */
void resolver_set_sockets(struct resolver *resolver, const struct served_socket *sockets,
			  size_t count);

/*
 * Questions.
 */

enum resolver_way {
	RESOLVE_AS_NODE,   /* as the node type has it */
	RESOLVE_LOCAL,     /* own names only */
	RESOLVE_BROADCAST, /* own names, then the subnet or subnets; nothing is remembered */
	RESOLVE_NBNS,      /* our database, then name servers: what only they know */
	RESOLVE_PEER,      /* a query to one address */
	RESOLVE_STATUS,    /* a node status request to one address */
	RESOLVER_WAYS
};

struct resolver_question {
	enum resolver_way way;
	struct nbt_name name;
	struct nbt_scope scope;
	struct in_addr interface; /* our address to ask from; 0.0.0.0: any */
	struct in_addr peer;      /* RESOLVE_PEER and _STATUS */
	uint16_t peer_port;       /* 0: that of the settings */
	bool recursion;           /* RESOLVE_PEER: RD */
	uint16_t leave_free;      /* so many look-ups at a time are for others */
};

/*
 * Asks. Who asks what is being asked already waits for the same answer. NBT_RCODE_OK: an answer
 * will come, maybe at once; NBT_RCODE_SRV_ERR: too many at a time, or no such interface.
 */
enum nbt_rcode resolver_ask(struct resolver *resolver, const struct resolver_question *question,
			    uint32_t client, uint32_t token, const struct nbt_env *env);

/* The client wants no answers any more. */
void resolver_client_gone(struct resolver *resolver, uint32_t client);

struct resolver_answer {
	uint32_t client, token;
	const struct resolver_question *question;
	/* OK; NAM_ERR: there is no such name; SRV_ERR: somebody who should know was silent, or
	 * nothing could be sent. RESOLVE_PEER and _STATUS: what the peer said. */
	uint8_t rcode;
	uint16_t flags; /* RESOLVE_PEER: AA, TC and RA of the peer; else TC if some are missing */
	struct in_addr from; /* who answered; 0.0.0.0: nobody had to */
	size_t count;
	const struct nbt_address *list;
	const struct nbt_node_status *status; /* RESOLVE_STATUS, with rcode OK */
};

/* Takes the next answer off; what it points to is valid until the next call of the resolver. */
bool resolver_next_answer(struct resolver *resolver, struct resolver_answer *answer);
bool resolver_has_answer(const struct resolver *resolver);

/*
 * The network.
 */

struct resolver_packet {
	uint16_t socket;
	bool is_broadcast;
	const struct nbt_outgoing *packet; /* until the next call of the resolver */
};

/* The next packet that is due; false: nothing is. */
bool resolver_step(struct resolver *resolver, struct resolver_packet *packet,
		   const struct nbt_env *env);
uint64_t resolver_deadline(const struct resolver *resolver);

/* A response to a query or a node status request; false: it is nothing that we wait for. */
bool resolver_response(struct resolver *resolver, const struct sockaddr_in *from,
		       const struct nbt_packet *packet, const struct nbt_env *env);

/*
 * The name cache.
 */

/* The name has been released or overwritten by its owner (RFC 1002 section 5.1.1.5). */
void resolver_forget(struct resolver *resolver, const struct nbt_name *name,
		     const struct nbt_scope *scope);
void resolver_flush(struct resolver *resolver);

/* As name_cache_next(); way is an enum resolver_way. */
const struct name_cache_entry *resolver_cache_next(const struct resolver *resolver, size_t *cursor,
						   uint64_t now_ms);

#define RESOLVER_STATS(X)                                                                          \
	X(RESOLVER_QUESTIONS, "resolver.questions")                                                \
	X(RESOLVER_SHARED, "resolver.shared") /* were being asked already */                       \
	X(RESOLVER_BUSY, "resolver.busy")     /* refused: too many */                              \
	X(RESOLVER_POSITIVE, "resolver.positive")                                                  \
	X(RESOLVER_NEGATIVE, "resolver.negative")                                                  \
	X(RESOLVER_SILENT, "resolver.silent")                                                      \
	X(RESOLVER_FROM_OWN, "resolver.from-own")                                                  \
	X(RESOLVER_FROM_CACHE, "resolver.from-cache")                                              \
	X(RESOLVER_FROM_DATABASE, "resolver.from-database")                                        \
	X(RESOLVER_FROM_NBNS, "resolver.from-nbns")                                                \
	X(RESOLVER_FROM_BROADCAST, "resolver.from-broadcast")                                      \
	X(RESOLVER_FROM_LMHOSTS, "resolver.from-lmhosts")                                          \
	X(RESOLVER_FROM_PEER, "resolver.from-peer")                                                \
	X(RESOLVER_CONFLICT, "resolver.conflict") /* two owners of a unique name on a subnet */    \
	X(RESOLVER_SENT, "resolver.sent")

struct stats *resolver_stats(struct resolver *resolver);

#endif

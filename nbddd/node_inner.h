/* The insides of the node role: for node.c and routes.c only. */
#ifndef NBDDD_NODE_INNER_H
#define NBDDD_NODE_INNER_H

#include "nbddd/node.h"
#include "nbddd/service_inner.h"
#include "nbddd/shares.h"

enum node_stat { NODE_STATS(STATS_ENUM) NODE_STAT_COUNT };

/* Where the datagrams to a name go. */
enum way {
	WAY_UNKNOWN,   /* it is being found out */
	WAY_NOWHERE,   /* nobody has the name */
	WAY_BROADCAST, /* on each subnet */
	WAY_OWNER,     /* to the address of who has the name */
	WAY_NBDD,      /* to the address of an NBDD */
	WAY_SELF,      /* we are the NBDD */
	WAY_MEMBERS    /* to each member; who they are is asked every time, members.h remembers */
};

/* A datagram that waits for its way. */
struct waiting {
	struct waiting *next;
	struct node_send send; /* its datagram is the one below */
	struct nbt_datagram datagram;
	uint8_t data[];
};

struct route {
	bool in_use;
	bool is_group;
	struct nbt_name name;
	struct nbt_scope scope;
	enum way way;
	struct in_addr address; /* of the owner, of the NBDD */
	uint64_t expires_ms;    /* of a way that is known */
	uint64_t order;         /* of its last use */

	/* A DATAGRAM QUERY under way. */
	size_t nbdd; /* which of them is asked */
	unsigned tries;
	uint16_t query_id;
	uint64_t due_ms; /* NBT_NEVER: none is */

	struct waiting *first, **last;
};

#define ROUTES_MAX 256

/* What was sent, for errors that come back. */
struct sent {
	uint32_t client; /* 0: none */
	uint16_t id, client_id;
	struct in_addr to; /* 0.0.0.0: whoever gets it may complain */
};

#define SENT_MAX 1024

struct node {
	struct dgram_service *service;
	struct route routes[ROUTES_MAX];
	size_t route_count, waiting_count, waiting_bytes;
	struct shares *shares; /* of what waits, by program */
	uint64_t last_order;
	struct sent sent[SENT_MAX]; /* a ring, by id */
	struct stats stats;
	uint64_t counters[NODE_STAT_COUNT];
	uint8_t bytes[NBT_LOCAL_MESSAGE_MAX]; /* of the datagram that is being sent */
};

static inline void node_count(struct node *node, enum node_stat counter)
{
	stats_count(&node->stats, counter);
}

/*
 * routes.c: finding out the way.
 */

/* The route to a name: one that is known, or is begun now. NULL: too many are being found out. */
struct route *route_to(struct node *node, const struct nbt_datagram *datagram,
		       const struct nbt_env *env);

/* Asks for the members; they come by node_send_to_members(). */
void route_ask_members(struct node *node, struct route *route, const struct nbt_env *env);

/* What an error says about the ways to a host: to an owner, or to an NBDD. */
void routes_forget(struct node *node, struct in_addr host);

/*
 * node.c: what goes that way.
 */

/* The way is known: what waited goes. */
void node_send_waiting(struct node *node, struct route *route, const struct nbt_env *env);

struct members_list;
void node_send_to_members(struct node *node, struct route *route, const struct members_list *list,
			  const struct nbt_env *env);

#endif

/* What the files of the node share: names, who claims them, and what each interface has of them. */
#ifndef NBNSD_NODE_NODE_INNER_H
#define NBNSD_NODE_NODE_INNER_H

#include "nbnsd/node/node.h"
#include "nbnsd/service/service.h"

enum place_state {
	PLACE_CLAIMING,
	PLACE_HELD,
	PLACE_REFUSED,
	PLACE_IN_CONFLICT, /* was held: no defence, no answers (RFC 1001 section 15.1.3.5) */
	PLACE_RELEASING,
	PLACE_OVER /* to be taken away */
};

/* What a place is doing on the network. */
enum task {
	TASK_NONE, /* waiting for its time */
	TASK_REGISTER,
	TASK_POLL, /* held by broadcast only: is there a name server by now? */
	TASK_REFRESH,
	TASK_GIVE_BACK, /* the name server is told to release it; then it is registered again */
	TASK_RELEASE,
	TASK_COUNT
};

enum stage { STAGE_NBNS, STAGE_BROADCAST, STAGE_NONE };

/* One name on one interface. */
struct place {
	struct place *next;
	uint16_t socket;
	uint8_t state;      /* enum place_state */
	uint8_t task;       /* enum task */
	uint8_t stage;      /* enum stage */
	bool is_asked;      /* the registrar, and has not answered */
	bool is_registered; /* an NBNS has granted it */
	bool is_of_subnet;  /* claimed by broadcast only */
	uint16_t id;        /* of the transaction */
	uint8_t rcode;      /* why it is refused, or in conflict */
	struct in_addr who;
	uint64_t due_ms;
	uint64_t ttl_ms;            /* granted */
	uint64_t silent_since_ms;   /* no answer to refreshes; 0: there was one */
	struct nbt_claim *exchange; /* NULL: none runs */
};

/* A client's claim. */
enum holder_state { HOLDER_UNDECIDED, HOLDER_POSITIVE, HOLDER_NEGATIVE, HOLDER_LOST };

struct holder {
	struct holder *next;       /* of the same name */
	struct holder *next_event; /* in the node's queue */
	struct node_claim claim;
	uint8_t state;           /* enum holder_state */
	bool has_event, is_over; /* over: only its event is left */
	struct node_event event;
};

struct own_name {
	struct own_name *next; /* with the same hash */
	uint32_t index;        /* in the node's array */
	struct nbt_name name;
	struct nbt_scope scope;
	bool is_group;
	struct holder *holders;
	struct place *places;
};

#define NODE_BUCKETS   1024 /* a power of two */
#define NODE_NAMES_MAX 4096

struct node {
	struct node_settings settings;
	struct sockaddr_in *servers;
	const struct served_socket *sockets;
	size_t socket_count;
	bool is_stopping;
	uint32_t generation; /* of the configuration; the token of its claims */

	struct own_name *bucket[NODE_BUCKETS];
	struct own_name **names;
	uint32_t count, space;

	struct holder *first_event, **last_event;

	/* A pass over all names, in steps: the next one to look at, and what was found so far. */
	uint32_t cursor;
	uint64_t due_ms, next_ms;
};

static inline bool node_is_loopback(struct in_addr address)
{
	return ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* One on which names are claimed: nobody else is on loopback. */
static inline bool node_is_claimed_on(const struct served_socket *socket)
{
	return socket->address.s_addr != INADDR_ANY && !node_is_loopback(socket->address);
}

/* node.c */

/* NULL: out of memory, or too many. */
struct own_name *node_add_name(struct node *node, const struct node_claim *claim);

/* What the interface has of it, or NULL. */
struct place *node_find_place(const struct own_name *name, uint16_t socket);

/* The node has something to do at that time. */
void node_touch(struct node *node, uint64_t when_ms);

struct own_name *node_find_name(const struct node *node, const struct nbt_name *name,
				const struct nbt_scope *scope);

/* node_claims.c */

/* The name is claimed on the interfaces where somebody wants it, and released on others. */
void node_bring_in_line(struct node *node, struct own_name *name, const struct nbt_env *env);

void node_remove_holder(struct node *node, struct own_name *name, struct holder *holder);

/* A place has changed its state: what follows for those who claim the name. */
void node_settle(struct node *node, struct own_name *name);

/* The client's claims with another token end. */
void node_client_renewed(struct node *node, uint32_t client, uint32_t token,
			 const struct nbt_env *env);

/* Whether a place that was refused shall be claimed again by itself. */
bool node_tries_again(const struct own_name *name);

static inline uint64_t node_smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* node_place.c */

/* Begins to claim a name on an interface; NULL: out of memory. */
struct place *place_create(struct node *node, struct own_name *name, uint16_t socket,
			   const struct nbt_env *env);
void place_destroy(struct place *place);

void place_claim(struct node *node, struct own_name *name, struct place *place,
		 const struct nbt_env *env);
void place_release(struct node *node, struct own_name *name, struct place *place,
		   const struct nbt_env *env);

/* The node type or its servers are others: what is under way begins again, what is held is told to
 * the servers. */
void place_restart(struct node *node, struct own_name *name, struct place *place,
		   const struct nbt_env *env);

/* Somebody else has it. */
void place_lose(struct node *node, struct own_name *name, struct place *place, uint8_t rcode,
		struct in_addr who, const struct nbt_env *env);

/* How a stage of a task ended, and what follows. */
enum outcome { OUTCOME_OK, OUTCOME_REFUSED, OUTCOME_SILENT, OUTCOMES };
void place_proceed(struct node *node, struct own_name *name, struct place *place,
		   enum outcome outcome, const struct nbt_env *env);

/* Its time has come while nothing was going on. */
void place_next_task(struct node *node, struct own_name *name, struct place *place,
		     const struct nbt_env *env);

/* A task that takes no packets at all. */
void place_settle_locally(struct node *node, struct own_name *name, struct place *place,
			  const struct nbt_env *env);

/* Now, and not when its time comes: what is held is released at the name server and registered
 * again, what was refused is claimed. It is ours throughout. */
void place_renew(struct node *node, struct own_name *name, struct place *place,
		 const struct nbt_env *env);

void place_be_due(struct node *node, struct place *place, uint64_t when_ms);

/* node_exchange.c */

/* A response to this place's exchange; false: it is none. */
bool place_response(struct node *node, struct own_name *name, struct place *place,
		    const struct sockaddr_in *from, const struct nbt_packet *packet,
		    const struct nbt_env *env);

/* The registrar's answer. */
void place_registered(struct node *node, struct own_name *name, struct place *place,
		      enum nbt_rcode rcode, uint32_t ttl, struct in_addr who,
		      const struct nbt_env *env);

/* What is due now; once NODE_WAIT comes back, it waits until its due_ms. */
enum node_step_type place_step(struct node *node, struct own_name *name, struct place *place,
			       struct node_step *step, const struct nbt_env *env);

#endif

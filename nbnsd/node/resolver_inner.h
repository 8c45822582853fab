/* What the files of the resolver share: look-ups, who waits for them, exchanges that they run. */
#ifndef NBNSD_NODE_RESOLVER_INNER_H
#define NBNSD_NODE_RESOLVER_INNER_H

#include "common/stats.h"
#include "nbnsd/node/resolver.h"
#include "nbnsd/service/service.h"

#define LOOKUPS   128
#define EXCHANGES 256  /* a look-up by broadcast runs one per subnet */
#define ASKERS    1024 /* who waits */

enum resolver_stat { RESOLVER_STATS(STATS_ENUM) RESOLVER_STAT_COUNT };

/* Where an answer may come from. */
enum source {
	SOURCE_END,
	SOURCE_OWN,       /* own names, unique or group */
	SOURCE_OWN_NAME,  /* unique ones only: a group has others, too */
	SOURCE_PRELOADED, /* LMHOSTS, #PRE */
	SOURCE_CACHE,
	SOURCE_DATABASE,
	SOURCE_NBNS,
	SOURCE_BROADCAST,
	SOURCE_LMHOSTS,
	SOURCE_PEER,
	SOURCE_STATUS,
	SOURCES
};

struct asker {
	struct asker *next;
	uint32_t client, token;
};

struct lookup {
	const uint8_t *order; /* of enum source; NULL: the slot is free */
	struct resolver_question question;
	struct asker *askers;
	uint8_t source;        /* that is being asked, or has answered */
	bool is_decided;       /* exchanges may still look for conflicts */
	bool was_asked;        /* anybody on the network */
	bool in_conflict;      /* not to be remembered */
	bool is_silent;        /* some server was */
	uint64_t decide_ms;    /* members of a group are gathered until then */
	uint64_t believe_ms;   /* for so long the answer may be remembered */
	size_t running;        /* exchanges */
	struct exchange *told; /* holds the node status of the answer */

	uint8_t rcode;
	uint16_t flags;
	struct in_addr from;
	size_t count;
	struct nbt_address list[RESOLVER_ADDRESSES_MAX];
};

struct exchange {
	union {
		struct nbt_exchange x; /* the first member of both */
		struct nbt_query query;
		struct nbt_status status;
	} of;
	struct lookup *lookup; /* NULL: the slot is free */
	uint16_t socket;
	bool is_over, has_packet;
	size_t silent;                        /* servers known to be */
	uint8_t number[RESOLVER_SERVERS_MAX]; /* of the servers, in the settings */
	struct sockaddr_in servers[RESOLVER_SERVERS_MAX];
};

struct resolver {
	struct resolver_settings settings;
	struct in_addr servers[RESOLVER_SERVERS_MAX];
	struct name_cache *cache;
	const struct served_socket *sockets;
	size_t socket_count;
	uint64_t silent_until[RESOLVER_SERVERS_MAX];

	struct lookup lookups[LOOKUPS];
	struct exchange exchanges[EXCHANGES];
	struct asker askers[ASKERS];
	struct asker *free_askers;
	size_t exchanges_used, lookups_used;

	struct stats stats;
	uint64_t counters[RESOLVER_STAT_COUNT];
};

static inline void resolver_count(struct resolver *resolver, enum resolver_stat counter)
{
	stats_count(&resolver->stats, counter);
}

/* resolver_order.c */

/* Where this question's answer is looked for, ended by SOURCE_END. */
const uint8_t *resolver_order(const struct resolver *resolver,
			      const struct resolver_question *question);
enum resolver_stat resolver_source_stat(enum source source);

/* Goes on to the next source; without one there is no such name. */
void lookup_advance(struct resolver *resolver, struct lookup *lookup, const struct nbt_env *env);

/* resolver.c */
void lookup_decide(struct resolver *resolver, struct lookup *lookup, enum nbt_rcode rcode,
		   const struct nbt_env *env);

/* Adds entries that are not there yet. */
void lookup_add(struct lookup *lookup, const struct nbt_address *list, size_t count);

/* Nobody waits for it, and nothing runs: gives it back. */
void lookup_settle(struct resolver *resolver, struct lookup *lookup);

/* resolver_ask.c: each begins to ask; false: there is nobody, or no room. */
bool exchange_nbns(struct resolver *resolver, struct lookup *lookup, const struct nbt_env *env);
bool exchange_broadcast(struct resolver *resolver, struct lookup *lookup,
			const struct nbt_env *env);
bool exchange_peer(struct resolver *resolver, struct lookup *lookup, const struct nbt_env *env);
void exchange_free(struct resolver *resolver, struct exchange *exchange);

/* Whether it is an address of this host. */
bool resolver_has_address(const struct resolver *resolver, struct in_addr address);

#endif

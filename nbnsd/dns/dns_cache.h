/*
 * What DNS says about names that the database does not have (name-service.md 10), and who waits for
 * it to say something. Clients that ask for the same name share one query. Everything is bounded:
 * names kept, queries under way, clients that wait, and how long. Pure: it asks DNS nothing itself,
 * the edge takes the queries and brings the results.
 */
#ifndef NBNSD_DNS_DNS_CACHE_H
#define NBNSD_DNS_DNS_CACHE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include <nbt/packet.h>

#include "nbnsd/registry/hash.h"
#include "nbnsd/registry/record.h"

#define DNS_NAME_SIZE 16 /* 15 characters and NUL */
#define DNS_NONE      UINT32_MAX

struct dns_limits {
	uint32_t names;       /* kept; 0: no DNS */
	uint32_t queries;     /* under way */
	uint64_t timeout_ms;  /* then a client is told that the name is unknown */
	uint64_t positive_ms; /* what is found is kept so long, or for its TTL if that is shorter */
	uint64_t negative_ms; /* and what is not found */
};

struct dns_cache;

/* NULL: out of memory. */
struct dns_cache *dns_cache_create(const struct dns_limits *limits, const struct hash_key *key);
void dns_cache_destroy(struct dns_cache *cache); /* NULL is fine */

/*
 * The name to look up: suffixes 00 and 20 only, without the padding, word for word; letters,
 * digits, "-", "_" and "." only, and no numbers or addresses, which look like names but are none.
 * false: this name is not for DNS.
 */
bool dns_name(const struct nbt_name *name, char out[DNS_NAME_SIZE]);

/* A client that waits: what its answer needs. */
struct dns_waiter {
	struct sockaddr_in from;
	uint16_t socket, id;
	struct nbt_question question;
};

/* What is known: no addresses: there are none, or DNS does not answer. */
struct dns_addresses {
	size_t count;
	struct in_addr address[RECORD_MAX_ADDRESSES];
};

enum dns_verdict {
	DNS_KNOWN,    /* *out says it */
	DNS_WAIT,     /* the client is among those who wait */
	DNS_REPEATED, /* it was before: this is a retransmission */
	DNS_BUSY      /* too much is under way: it can't be found out */
};
enum dns_verdict dns_cache_ask(struct dns_cache *cache, const char *name,
			       const struct dns_waiter *waiter, uint64_t now_ms,
			       struct dns_addresses *out);

/* The next query to send: its number, with the name; DNS_NONE: there is none. Each must come to
 * dns_cache_result() once, however late. */
uint32_t dns_cache_take_query(struct dns_cache *cache, char name[DNS_NAME_SIZE]);

/* failed: nobody answered, or with nonsense; that is kept for a short time only. */
void dns_cache_result(struct dns_cache *cache, uint32_t number, const struct dns_addresses *found,
		      uint32_t ttl_s, bool failed, uint64_t now_ms);

/* When dns_cache_take_due() wants to be called: 0: now; or NBT_NEVER. */
uint64_t dns_cache_deadline(const struct dns_cache *cache);

/* A client to be answered now. false: there is none. */
bool dns_cache_take_due(struct dns_cache *cache, uint64_t now_ms, struct dns_waiter *waiter,
			struct dns_addresses *out);

#endif

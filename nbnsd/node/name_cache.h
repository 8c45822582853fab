/*
 * Answers of the network that this host remembers for a while (RFC 1001 section 15.3.1; Windows'
 * name cache), bounded: a new one takes the place of the one that would have ended first. Pure.
 */
#ifndef NBNSD_NODE_NAME_CACHE_H
#define NBNSD_NODE_NAME_CACHE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/packet.h>

#include "nbnsd/registry/hash.h"

#define NAME_CACHE_ENTRIES   1024
#define NAME_CACHE_ADDRESSES 25

struct name_cache;

struct name_cache_entry {
	struct nbt_name name;
	struct nbt_scope scope;
	uint8_t way;       /* how it was asked for; the same name asked for otherwise is another */
	uint8_t count;     /* of addresses; 0: there is no such name */
	uint64_t until_ms; /* it is believed before that */
	struct in_addr from; /* who said so */
	struct nbt_address list[NAME_CACHE_ADDRESSES];
};

/* key: secret of its hash. NULL: out of memory. */
struct name_cache *name_cache_create(const struct hash_key *key);
void name_cache_destroy(struct name_cache *cache); /* NULL is fine */

/* Valid until the next call that changes something; NULL: nothing is remembered. */
const struct name_cache_entry *name_cache_find(const struct name_cache *cache, uint8_t way,
					       const struct nbt_name *name,
					       const struct nbt_scope *scope, uint64_t now_ms);

void name_cache_put(struct name_cache *cache, const struct name_cache_entry *entry,
		    uint64_t now_ms);

/* However it was asked for. */
void name_cache_forget(struct name_cache *cache, const struct nbt_name *name,
		       const struct nbt_scope *scope);
void name_cache_flush(struct name_cache *cache);

/* Walks what is remembered: start with *cursor 0; NULL at the end. */
const struct name_cache_entry *name_cache_next(const struct name_cache *cache, size_t *cursor,
					       uint64_t now_ms);

#endif

/* The scopes in use, each kept once and known by a number; 0 is no scope. Pure. */
#ifndef NBNSD_REGISTRY_SCOPES_H
#define NBNSD_REGISTRY_SCOPES_H

#include <nbt/name.h>

#include "nbnsd/registry/hash.h"
#include "nbnsd/registry/slab.h"
#include "nbnsd/registry/table.h"

#define SCOPES_UNKNOWN UINT32_MAX

struct scopes {
	struct hash_key key;
	struct slab slab;
	struct table table;
};

void scopes_init(struct scopes *scopes, const struct hash_key *key);
void scopes_free(struct scopes *scopes);

/* The number of a scope, or SCOPES_UNKNOWN. */
uint32_t scopes_find(const struct scopes *scopes, const struct nbt_scope *scope);

/* The number of a scope that gets one more user; SCOPES_UNKNOWN: out of memory. */
uint32_t scopes_take(struct scopes *scopes, const struct nbt_scope *scope);

/* One user less. */
void scopes_give(struct scopes *scopes, uint32_t number);

void scopes_get(const struct scopes *scopes, uint32_t number, struct nbt_scope *out);
size_t scopes_memory(const struct scopes *scopes); /* bytes */

#endif

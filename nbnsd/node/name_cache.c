/* Sets of eight: an entry is in the set that its name hashes to, or nowhere. */
#include "nbnsd/node/name_cache.h"

#include <stdlib.h>
#include <string.h>

#define SET  8
#define SETS (NAME_CACHE_ENTRIES / SET)

struct name_cache {
	struct hash_key key;
	struct name_cache_entry entries[NAME_CACHE_ENTRIES]; /* until_ms 0: none */
};

struct name_cache *name_cache_create(const struct hash_key *key)
{
	struct name_cache *cache = calloc(1, sizeof(*cache));

	if (cache != NULL)
		cache->key = *key;
	return cache;
}

void name_cache_destroy(struct name_cache *cache)
{
	free(cache);
}

/* Entries of all ways and scopes of a name are in one set. */
static size_t set_of(const struct name_cache *cache, const struct nbt_name *name)
{
	return hash_bytes(&cache->key, name->bytes, sizeof(name->bytes)) % SETS * SET;
}

static bool is_about(const struct name_cache_entry *entry, const struct nbt_name *name,
		     const struct nbt_scope *scope)
{
	return entry->until_ms != 0 && nbt_name_equal(&entry->name, name) &&
	       nbt_scope_equal(&entry->scope, scope);
}

const struct name_cache_entry *name_cache_find(const struct name_cache *cache, uint8_t way,
					       const struct nbt_name *name,
					       const struct nbt_scope *scope, uint64_t now_ms)
{
	const struct name_cache_entry *set = &cache->entries[set_of(cache, name)];

	for (size_t i = 0; i < SET; i++)
		if (is_about(&set[i], name, scope) && set[i].way == way)
			return now_ms < set[i].until_ms ? &set[i] : NULL;
	return NULL;
}

/* The one about the same, else the one that ends first; an empty one has ended long ago. */
static struct name_cache_entry *place_for(struct name_cache_entry *set,
					  const struct name_cache_entry *entry)
{
	struct name_cache_entry *first = set;

	for (size_t i = 0; i < SET; i++) {
		if (is_about(&set[i], &entry->name, &entry->scope) && set[i].way == entry->way)
			return &set[i];
		if (set[i].until_ms < first->until_ms)
			first = &set[i];
	}
	return first;
}

void name_cache_put(struct name_cache *cache, const struct name_cache_entry *entry, uint64_t now_ms)
{
	if (entry->until_ms > now_ms)
		*place_for(&cache->entries[set_of(cache, &entry->name)], entry) = *entry;
}

void name_cache_forget(struct name_cache *cache, const struct nbt_name *name,
		       const struct nbt_scope *scope)
{
	struct name_cache_entry *set = &cache->entries[set_of(cache, name)];

	for (size_t i = 0; i < SET; i++)
		if (is_about(&set[i], name, scope))
			set[i].until_ms = 0;
}

void name_cache_flush(struct name_cache *cache)
{
	for (size_t i = 0; i < NAME_CACHE_ENTRIES; i++)
		cache->entries[i].until_ms = 0;
}

const struct name_cache_entry *name_cache_next(const struct name_cache *cache, size_t *cursor,
					       uint64_t now_ms)
{
	while (*cursor < NAME_CACHE_ENTRIES) {
		const struct name_cache_entry *entry = &cache->entries[(*cursor)++];

		if (now_ms < entry->until_ms)
			return entry;
	}
	return NULL;
}

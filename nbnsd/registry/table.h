/*
 * An open-addressing hash table from 32 bits of a hash to numbers (of slab elements). What is
 * equal is for the caller to say: it walks the numbers that have the hash it looks for. Growth is
 * spread over what follows, so that no insertion takes long. Pure.
 */
#ifndef NBNSD_REGISTRY_TABLE_H
#define NBNSD_REGISTRY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_NONE UINT32_MAX

/* index is one more than the number, so that zeroed memory is an empty table. */
struct table_slot {
	uint32_t hash, index;
};

struct table_array {
	struct table_slot *slot;
	uint32_t mask; /* number of slots, a power of two, less one */
};

struct table {
	struct table_array now;
	struct table_array
		old;    /* while it grows: what is being moved to now; else one empty slot */
	uint32_t moved; /* slots of old that have been */
	uint32_t count;
};

/* Nothing is allocated yet. */
void table_init(struct table *table);
void table_free(struct table *table);

/* The number must not be there. false: out of memory, nothing changed. */
bool table_insert(struct table *table, uint32_t hash, uint32_t number);

/* While it grows every look-up walks two arrays. Brings the growth forward by what one insertion
 * does, for whom no insertions may follow. */
void table_settle(struct table *table);

/* The number must be there, with this hash. */
void table_remove(struct table *table, uint32_t hash, uint32_t number);

size_t table_memory(const struct table *table); /* bytes */

struct table_walk {
	const struct table_array *array;
	uint32_t position;
};

#define TABLE_DELETED UINT32_MAX /* as index, in old only */

/* The next number with this hash; it may come twice while the table grows. */
static inline uint32_t table_next(const struct table *table, uint32_t hash, struct table_walk *walk)
{
	for (;;) {
		const struct table_slot *slot = &walk->array->slot[walk->position];

		walk->position = (walk->position + 1) & walk->array->mask;
		if (slot->index == 0 && walk->array == &table->old)
			return TABLE_NONE;
		if (slot->index == 0)
			*walk = (struct table_walk){ &table->old, hash & table->old.mask };
		else if (slot->hash == hash && slot->index != TABLE_DELETED)
			return slot->index - 1;
	}
}

static inline void table_prefetch(const struct table *table, uint32_t hash)
{
	__builtin_prefetch(&table->now.slot[hash & table->now.mask]);
}

static inline uint32_t table_first(const struct table *table, uint32_t hash,
				   struct table_walk *walk)
{
	*walk = (struct table_walk){ &table->now, hash & table->now.mask };
	return table_next(table, hash, walk);
}

#endif

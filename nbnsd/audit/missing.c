#include "nbnsd/audit/missing.h"

#include <stdlib.h>
#include <string.h>

#include "nbnsd/audit/askers.h"
#include "nbnsd/registry/pages.h"

/* What a look-up reads first; one cache line. Ranks are at least the numbers of queries. */
struct set {
	uint32_t tag[MISSING_WAYS];
	uint32_t rank[MISSING_WAYS]; /* 0: free */
};

struct missing {
	struct hash_key key;
	uint64_t forgotten;
	struct set *sets;
	struct missing_name *names;
};

_Static_assert(sizeof(struct set) == 64, "a cache line");
_Static_assert(sizeof(struct missing_name) == 64, "a cache line");

#define SETS_SIZE  (MISSING_SETS * sizeof(struct set))
#define NAMES_SIZE (MISSING_MAX * sizeof(struct missing_name))

struct missing *missing_create(const struct hash_key *key)
{
	struct missing *missing = calloc(1, sizeof(*missing));

	if (missing == NULL)
		return NULL;
	missing->key = *key;
	missing->sets = pages_get(SETS_SIZE);
	missing->names = pages_get(NAMES_SIZE);
	if (missing->sets == NULL || missing->names == NULL) {
		missing_destroy(missing);
		return NULL;
	}
	return missing;
}

void missing_destroy(struct missing *missing)
{
	if (missing == NULL)
		return;
	pages_free(missing->sets, SETS_SIZE);
	pages_free(missing->names, NAMES_SIZE);
	free(missing);
}

/* Where a name is: a set, and the tag by which its ways are told apart. */
struct spot {
	struct set *set;
	struct missing_name *names; /* of the set */
	uint32_t number, tag;
};

/* Two rounds of multiplication: a table for statistics need not stand against more. */
static struct spot spot_of(const struct missing *missing, const struct nbt_name *name)
{
	uint64_t word[2], hash;
	uint32_t number;

	memcpy(word, name->bytes, sizeof(word));
	hash = (word[0] ^ missing->key.k0) * 0x9E3779B97F4A7C15U;
	hash = (hash ^ hash >> 32 ^ word[1] ^ missing->key.k1) * 0xD6E8FEB86659FD93U;
	hash = (hash ^ hash >> 32) * 0xD6E8FEB86659FD93U;
	number = (uint32_t)(hash >> 32) % MISSING_SETS;
	return (struct spot){ &missing->sets[number], &missing->names[number * MISSING_WAYS],
			      number, (uint32_t)hash };
}

/* The way of the name; MISSING_WAYS: it is not there. */
static uint32_t way_of(const struct spot *spot, const struct nbt_name *name)
{
	for (uint32_t way = 0; way < MISSING_WAYS; way++)
		if (spot->set->tag[way] == spot->tag && spot->set->rank[way] != 0 &&
		    nbt_name_equal(&spot->names[way].name, name))
			return way;
	return MISSING_WAYS;
}

static uint32_t lowest(const struct set *set)
{
	uint32_t found = 0;

	for (uint32_t way = 1; way < MISSING_WAYS; way++)
		if (set->rank[way] < set->rank[found])
			found = way;
	return found;
}

/* The way that its tag promises, or that will be replaced. */
static uint32_t likely_way(const struct spot *spot)
{
	for (uint32_t way = 0; way < MISSING_WAYS; way++)
		if (spot->set->tag[way] == spot->tag)
			return way;
	return lowest(spot->set);
}

void missing_expect(const struct missing *missing, const struct nbt_name *const *names,
		    size_t count)
{
	struct spot spots[MISSING_EXPECT_MAX];

	for (size_t i = 0; i < count; i++) {
		spots[i] = spot_of(missing, names[i]);
		__builtin_prefetch(spots[i].set);
	}
	for (size_t i = 0; i < count; i++)
		__builtin_prefetch(&spots[i].names[likely_way(&spots[i])]);
}

static void replace(struct missing *missing, struct missing_name *place,
		    const struct nbt_name *name, uint32_t now_s)
{
	if (place->queries != 0)
		missing->forgotten++;
	*place = (struct missing_name){ .name = *name,
					.first_s = now_s,
					.generation = (place->generation + 1) & 0xffffff };
}

uint32_t missing_note(struct missing *missing, const struct nbt_name *name, uint32_t client,
		      uint32_t now_s)
{
	const struct spot spot = spot_of(missing, name);
	uint32_t way = way_of(&spot, name);
	struct missing_name *place;

	if (way == MISSING_WAYS) {
		way = lowest(spot.set);
		spot.set->tag[way] = spot.tag;
		replace(missing, &spot.names[way], name, now_s);
	}
	if (spot.set->rank[way] != UINT32_MAX)
		spot.set->rank[way]++;
	place = &spot.names[way];
	place->queries++;
	place->last_s = now_s;
	place->is_unsaved = true;
	askers_note(place->clients, MISSING_CLIENTS, client);
	return spot.number * MISSING_WAYS + way;
}

struct missing_name *missing_at(const struct missing *missing, uint32_t place)
{
	return &missing->names[place];
}

uint32_t missing_find(const struct missing *missing, const struct nbt_name *name)
{
	const struct spot spot = spot_of(missing, name);
	uint32_t way = way_of(&spot, name);

	return way == MISSING_WAYS ? MISSING_NONE : spot.number * MISSING_WAYS + way;
}

bool missing_load(struct missing *missing, uint32_t place, const struct missing_name *saved)
{
	const struct spot spot = spot_of(missing, &saved->name);
	uint32_t way = place % MISSING_WAYS;
	struct set *set = spot.set;

	if (place / MISSING_WAYS != spot.number || set->rank[way] != 0 || saved->queries == 0 ||
	    way_of(&spot, &saved->name) != MISSING_WAYS)
		return false;
	set->tag[way] = spot.tag;
	set->rank[way] = saved->queries < UINT32_MAX ? (uint32_t)saved->queries : UINT32_MAX;
	missing->names[place] = *saved;
	missing->names[place].generation = 1;
	return true;
}

uint64_t missing_forgotten(const struct missing *missing)
{
	return missing->forgotten;
}

size_t missing_memory(void)
{
	return sizeof(struct missing) + SETS_SIZE + NAMES_SIZE;
}

#include "nbnsd/missing.h"

#include <stdlib.h>
#include <string.h>

#include "nbnsd/askers.h"
#include "nbnsd/pages.h"

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

/* Where in the table: a set, and the tag by which its ways are told apart. */
static struct set *set_of(const struct missing *missing, const struct nbt_name *name,
			  uint32_t *number, uint32_t *tag)
{
	uint64_t hash = hash_bytes(&missing->key, name->bytes, NBT_NAME_LEN);

	*number = (uint32_t)(hash >> 32) % MISSING_SETS;
	*tag = (uint32_t)hash;
	return &missing->sets[*number];
}

void missing_expect(const struct missing *missing, const struct nbt_name *name)
{
	uint32_t number, tag;

	__builtin_prefetch(set_of(missing, name, &number, &tag));
}

/* The way of the name; MISSING_WAYS: it is not there. */
static uint32_t way_of(const struct missing *missing, const struct set *set, uint32_t number,
		       uint32_t tag, const struct nbt_name *name)
{
	const struct missing_name *names = &missing->names[number * MISSING_WAYS];

	for (uint32_t way = 0; way < MISSING_WAYS; way++)
		if (set->tag[way] == tag && set->rank[way] != 0 &&
		    nbt_name_equal(&names[way].name, name))
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
	uint32_t number, tag;
	struct set *set = set_of(missing, name, &number, &tag);
	uint32_t way = way_of(missing, set, number, tag, name);
	struct missing_name *place;

	if (way == MISSING_WAYS) {
		way = lowest(set);
		set->tag[way] = tag;
		replace(missing, &missing->names[number * MISSING_WAYS + way], name, now_s);
	}
	if (set->rank[way] != UINT32_MAX)
		set->rank[way]++;
	place = &missing->names[number * MISSING_WAYS + way];
	place->queries++;
	place->last_s = now_s;
	place->is_unsaved = true;
	askers_note(place->clients, MISSING_CLIENTS, client);
	return number * MISSING_WAYS + way;
}

struct missing_name *missing_at(const struct missing *missing, uint32_t place)
{
	return &missing->names[place];
}

uint32_t missing_find(const struct missing *missing, const struct nbt_name *name)
{
	uint32_t number, tag;
	const struct set *set = set_of(missing, name, &number, &tag);
	uint32_t way = way_of(missing, set, number, tag, name);

	return way == MISSING_WAYS ? MISSING_NONE : number * MISSING_WAYS + way;
}

bool missing_load(struct missing *missing, uint32_t place, const struct missing_name *saved)
{
	uint32_t way = place % MISSING_WAYS, number, tag;
	struct set *set = set_of(missing, &saved->name, &number, &tag);

	if (place / MISSING_WAYS != number || set->rank[way] != 0 || saved->queries == 0 ||
	    way_of(missing, set, number, tag, &saved->name) != MISSING_WAYS)
		return false;
	set->tag[way] = tag;
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

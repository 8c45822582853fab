#include "nbnsd/registry/owners.h"

#include <stdlib.h>

#include "nbnsd/registry/registry_inner.h"

#define FIRST_SPACE 4
#define PATIENCE    32

static struct owner *owner_at(const struct registry *registry, uint32_t number)
{
	return &registry->owners.owner[number];
}

static uint64_t version_of(const struct registry *registry, uint32_t id)
{
	return registry_entry(registry, id)->version;
}

/*
 * Who they are.
 */

static const struct owner nobody = { .first = REGISTRY_NONE,
				     .last = REGISTRY_NONE,
				     .finger = REGISTRY_NONE,
				     .stray = REGISTRY_NONE };

bool owners_init(struct registry *registry)
{
	registry->owners = (struct owners){ .patience = PATIENCE };
	table_init(&registry->owners.by_address);
	return owners_take(registry, OWNER_SELF) == OWNER_NUMBER_SELF;
}

void owners_free(struct registry *registry)
{
	free(registry->owners.owner);
	table_free(&registry->owners.by_address);
}

static uint32_t hash_of(const struct registry *registry, struct in_addr address)
{
	return (uint32_t)hash_bytes(&registry->key, &address, sizeof(address));
}

static uint32_t find(const struct registry *registry, uint32_t hash, struct in_addr address)
{
	struct table_walk walk;
	uint32_t number = table_first(&registry->owners.by_address, hash, &walk);

	while (number != TABLE_NONE && owner_at(registry, number)->address.s_addr != address.s_addr)
		number = table_next(&registry->owners.by_address, hash, &walk);
	return number == TABLE_NONE ? OWNER_NONE : number;
}

uint32_t registry_owner_find(const struct registry *registry, struct in_addr address)
{
	return find(registry, hash_of(registry, address), address);
}

static uint32_t find_room(struct owners *owners)
{
	uint32_t number = 0, space = owners->space == 0 ? FIRST_SPACE : 2 * owners->space;
	struct owner *owner;

	while (number < owners->bound && owners->owner[number].is_used)
		number++;
	if (number == OWNERS_MAX)
		return OWNER_NONE;
	if (number < owners->space)
		return number;
	owner = realloc(owners->owner, space * sizeof(*owner));
	if (owner == NULL)
		return OWNER_NONE;
	owners->owner = owner;
	owners->space = space;
	return number;
}

static uint32_t add(struct registry *registry, uint32_t hash, struct in_addr address)
{
	struct owners *owners = &registry->owners;
	uint32_t number = find_room(owners);

	if (number == OWNER_NONE || !table_insert(&owners->by_address, hash, number))
		return OWNER_NONE;
	owners->owner[number] = nobody;
	owners->owner[number].address = address;
	owners->owner[number].is_used = true;
	if (number == owners->bound)
		owners->bound++;
	return number;
}

uint32_t owners_take(struct registry *registry, struct in_addr address)
{
	uint32_t hash, number;

	if (address.s_addr == OWNER_SELF.s_addr && registry->owners.bound > 0)
		return OWNER_NUMBER_SELF;
	hash = hash_of(registry, address);
	number = find(registry, hash, address);
	return number != OWNER_NONE ? number : add(registry, hash, address);
}

uint32_t registry_owner_bound(const struct registry *registry)
{
	return registry->owners.bound;
}

bool registry_owner_get(const struct registry *registry, uint32_t number,
			struct registry_owner *out)
{
	const struct owner *owner;

	if (number >= registry->owners.bound || !owner_at(registry, number)->is_used)
		return false;
	owner = owner_at(registry, number);
	*out = (struct registry_owner){ owner->address, owner->highest, owner->offered,
					owner->count };
	return true;
}

static bool raise(struct registry *registry, struct in_addr address, uint64_t highest,
		  uint64_t offered)
{
	uint32_t number = owners_take(registry, address);
	struct owner *owner;

	if (number == OWNER_NONE)
		return false;
	owner = owner_at(registry, number);
	if (owner->highest < highest)
		owner->highest = highest;
	if (owner->offered < offered)
		owner->offered = offered;
	return true;
}

bool registry_owner_see(struct registry *registry, struct in_addr address, uint64_t highest)
{
	return raise(registry, address, highest, 0);
}

bool registry_owner_offer(struct registry *registry, struct in_addr address, uint64_t offered)
{
	return raise(registry, address, 0, offered);
}

bool registry_owner_load(struct registry *registry, const struct owner_row *row)
{
	return raise(registry, row->owner, row->highest, row->offered);
}

void registry_owner_rewind(struct registry *registry, struct in_addr address)
{
	uint32_t number = registry_owner_find(registry, address);

	if (number != OWNER_NONE)
		owner_at(registry, number)->highest = 0;
}

void registry_owner_forget(struct registry *registry, struct in_addr address)
{
	uint32_t hash = hash_of(registry, address), number = find(registry, hash, address);

	if (number == OWNER_NONE)
		return;
	owner_at(registry, number)->highest = owner_at(registry, number)->offered = 0;
	if (number == OWNER_NUMBER_SELF || owner_at(registry, number)->count > 0)
		return;
	owner_at(registry, number)->is_used = false;
	table_remove(&registry->owners.by_address, hash, number);
}

/*
 * The lists.
 */

/* Behind this one; REGISTRY_NONE: as the first. */
static void link_behind(struct registry *registry, struct owner *owner, uint32_t id,
			uint32_t previous)
{
	struct entry *entry = registry_entry(registry, id);

	entry->previous = previous;
	entry->next =
		previous != REGISTRY_NONE ? registry_entry(registry, previous)->next : owner->first;
	entry->flags &= (uint8_t)~ENTRY_STRAY;
	if (previous != REGISTRY_NONE)
		registry_entry(registry, previous)->next = id;
	else
		owner->first = id;
	if (entry->next != REGISTRY_NONE)
		registry_entry(registry, entry->next)->previous = id;
	else
		owner->last = id;
}

static void link_as_stray(struct registry *registry, struct owner *owner, uint32_t id)
{
	struct entry *entry = registry_entry(registry, id);

	entry->previous = REGISTRY_NONE;
	entry->next = owner->stray;
	entry->flags |= ENTRY_STRAY;
	if (owner->stray != REGISTRY_NONE)
		registry_entry(registry, owner->stray)->previous = id;
	owner->stray = id;
	owner->stray_count++;
}

static uint64_t distance(const struct registry *registry, uint32_t id, uint64_t version)
{
	uint64_t other = version_of(registry, id);

	return other > version ? other - version : version - other;
}

static uint32_t nearest(const struct registry *registry, const struct owner *owner,
			uint64_t version)
{
	const uint32_t ids[] = { owner->finger, owner->first };
	uint32_t found = owner->last;

	for (size_t i = 0; i < 2; i++)
		if (ids[i] != REGISTRY_NONE &&
		    distance(registry, ids[i], version) < distance(registry, found, version))
			found = ids[i];
	return found;
}

/* Sets *id to the last one with a version up to this, REGISTRY_NONE if there is none. false: not
 * found in so many steps. */
static bool seek(const struct registry *registry, const struct owner *owner, uint64_t version,
		 uint64_t steps, uint32_t *id)
{
	uint32_t next;

	*id = REGISTRY_NONE;
	if (owner->first == REGISTRY_NONE || version_of(registry, owner->first) > version)
		return true;
	for (*id = nearest(registry, owner, version); version_of(registry, *id) > version;
	     *id = registry_entry(registry, *id)->previous)
		if (steps-- == 0)
			return false;
	for (;;) {
		next = registry_entry(registry, *id)->next;
		if (next == REGISTRY_NONE || version_of(registry, next) > version)
			return true;
		if (steps-- == 0)
			return false;
		*id = next;
	}
}

/* Almost always it is the last one, which has the highest version. */
void owners_enter(struct registry *registry, uint32_t id)
{
	uint64_t version = version_of(registry, id);
	struct owner *owner = owner_at(registry, registry_entry(registry, id)->owner);
	uint32_t previous = owner->last;

	owner->count++;
	if (previous == REGISTRY_NONE || version_of(registry, previous) <= version ||
	    (registry->owners.patience > 0 &&
	     seek(registry, owner, version, registry->owners.patience, &previous)))
		link_behind(registry, owner, id, previous);
	else
		link_as_stray(registry, owner, id);
}

void owners_leave(struct registry *registry, uint32_t id)
{
	struct entry *entry = registry_entry(registry, id);
	struct owner *owner = owner_at(registry, entry->owner);
	bool is_stray = entry->flags & ENTRY_STRAY;

	owner->count--;
	owner->stray_count -= is_stray;
	if (owner->finger == id)
		owner->finger = entry->previous;
	if (entry->next != REGISTRY_NONE)
		registry_entry(registry, entry->next)->previous = entry->previous;
	else if (!is_stray)
		owner->last = entry->previous;
	if (entry->previous != REGISTRY_NONE)
		registry_entry(registry, entry->previous)->next = entry->next;
	else if (is_stray)
		owner->stray = entry->next;
	else
		owner->first = entry->next;
	entry->flags &= (uint8_t)~ENTRY_STRAY;
}

/*
 * Strays.
 */

struct stray {
	uint64_t version;
	uint32_t id;
};

static int compare(const void *a, const void *b)
{
	const struct stray *x = a, *y = b;

	return (x->version > y->version) - (x->version < y->version);
}

/* Both from the highest version down, so that no more is walked than up to the lowest stray. */
static bool settle(struct registry *registry, struct owner *owner)
{
	uint32_t count = owner->stray_count, id = owner->stray, place = owner->last;
	struct stray *strays;

	if (count == 0)
		return true;
	strays = malloc(count * sizeof(*strays));
	if (strays == NULL)
		return false;
	for (uint32_t i = 0; i < count; i++, id = registry_entry(registry, id)->next)
		strays[i] = (struct stray){ version_of(registry, id), id };
	qsort(strays, count, sizeof(*strays), compare);
	owner->stray = REGISTRY_NONE;
	owner->stray_count = 0;
	for (uint32_t i = count; i > 0; i--) {
		while (place != REGISTRY_NONE &&
		       version_of(registry, place) > strays[i - 1].version)
			place = registry_entry(registry, place)->previous;
		link_behind(registry, owner, strays[i - 1].id, place);
	}
	free(strays);
	return true;
}

bool registry_settle(struct registry *registry)
{
	bool done = true;

	registry->owners.patience = PATIENCE;
	for (uint32_t i = 0; i < registry->owners.bound; i++)
		done &= settle(registry, owner_at(registry, i));
	return done;
}

/*
 * Walks.
 */

bool registry_version_from(struct registry *registry, uint32_t number, uint64_t version,
			   uint32_t *id)
{
	struct owner *owner = owner_at(registry, number);

	*id = REGISTRY_NONE;
	if (!settle(registry, owner))
		return false;
	if (version > 0)
		seek(registry, owner, version - 1, UINT64_MAX, id);
	owner->finger = *id;
	*id = *id != REGISTRY_NONE ? registry_entry(registry, *id)->next : owner->first;
	return true;
}

uint32_t registry_version_next(const struct registry *registry, uint32_t id)
{
	return registry_entry(registry, id)->next;
}

bool registry_version_last(struct registry *registry, uint32_t number, uint32_t *id)
{
	bool done = settle(registry, owner_at(registry, number));

	*id = owner_at(registry, number)->last;
	return done;
}

uint32_t registry_version_before(const struct registry *registry, uint32_t id)
{
	return registry_entry(registry, id)->previous;
}

/*
 * Whether all of it is right.
 */

static bool list_agrees(const struct registry *registry, uint32_t number, uint32_t first,
			bool is_stray, uint32_t *count)
{
	uint32_t previous = REGISTRY_NONE;

	for (uint32_t id = first; id != REGISTRY_NONE; id = registry_entry(registry, id)->next) {
		const struct entry *entry = registry_entry(registry, id);

		if (++*count > registry->entries.count || (entry->flags & ENTRY_USED) == 0 ||
		    entry->owner != number || entry->previous != previous ||
		    ((entry->flags & ENTRY_STRAY) != 0) != is_stray)
			return false;
		if (!is_stray && previous != REGISTRY_NONE &&
		    version_of(registry, previous) > entry->version)
			return false;
		previous = id;
	}
	return is_stray || previous == owner_at(registry, number)->last;
}

bool owners_agree(const struct registry *registry)
{
	size_t total = 0;

	for (uint32_t i = 0; i < registry->owners.bound; i++) {
		const struct owner *owner = owner_at(registry, i);
		uint32_t count = 0, strays = 0;

		if (!list_agrees(registry, i, owner->first, false, &count) ||
		    !list_agrees(registry, i, owner->stray, true, &strays) ||
		    count + strays != owner->count || strays != owner->stray_count)
			return false;
		total += owner->count;
	}
	return total == registry->entries.count;
}

size_t owners_memory(const struct registry *registry)
{
	return registry->owners.space * sizeof(struct owner) +
	       table_memory(&registry->owners.by_address);
}

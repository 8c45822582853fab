#include "nbnsd/registry/registry.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "nbnsd/registry/owners.h"
#include "nbnsd/registry/registry_inner.h"

static const uint8_t block_space[BLOCK_CLASSES] = { 4, 10, RECORD_MAX_ADDRESSES };

struct registry *registry_create(const uint8_t key[16])
{
	struct registry *registry = malloc(sizeof(*registry));

	if (registry == NULL)
		return NULL;
	memcpy(&registry->key, key, sizeof(registry->key));
	slab_init(&registry->entries, sizeof(struct entry));
	for (size_t i = 0; i < BLOCK_CLASSES; i++)
		slab_init(&registry->blocks[i], block_space[i] * sizeof(struct record_address));
	table_init(&registry->by_name);
	scopes_init(&registry->scopes, &registry->key);
	members_init(&registry->members, &registry->key);
	memset(registry->counts, 0, sizeof(registry->counts));
	if (!owners_init(registry)) {
		registry_destroy(registry);
		return NULL;
	}
	return registry;
}

void registry_destroy(struct registry *registry)
{
	if (registry == NULL)
		return;
	slab_free(&registry->entries);
	for (size_t i = 0; i < BLOCK_CLASSES; i++)
		slab_free(&registry->blocks[i]);
	table_free(&registry->by_name);
	scopes_free(&registry->scopes);
	members_free(&registry->members);
	owners_free(registry);
	free(registry);
}

static struct entry *entry_at(const struct registry *registry, uint32_t id)
{
	struct entry *entry = registry_entry(registry, id);

	assert(entry->flags & ENTRY_USED);
	return entry;
}

static uint32_t hash_of(const struct registry *registry, const struct nbt_name *name,
			uint32_t scope)
{
	struct {
		struct nbt_name name;
		uint64_t scope;
	} hashed = { *name, scope };

	return (uint32_t)hash_bytes(&registry->key, &hashed,
				    scope == 0 ? sizeof(hashed.name) : sizeof(hashed));
}

static uint32_t find(const struct registry *registry, uint32_t hash, const struct nbt_name *name,
		     uint32_t scope)
{
	struct table_walk walk;
	uint32_t id = table_first(&registry->by_name, hash, &walk);

	for (; id != TABLE_NONE; id = table_next(&registry->by_name, hash, &walk)) {
		const struct entry *entry = slab_at(&registry->entries, id);

		if (entry->scope == scope &&
		    memcmp(entry->name.bytes, name->bytes, NBT_NAME_LEN) == 0)
			return id;
	}
	return REGISTRY_NONE;
}

uint32_t registry_find(const struct registry *registry, const struct nbt_name *name,
		       const struct nbt_scope *scope)
{
	uint32_t number = scopes_find(&registry->scopes, scope);

	if (number == SCOPES_UNKNOWN)
		return REGISTRY_NONE;
	return find(registry, hash_of(registry, name, number), name, number);
}

/* One after the other each look-up would wait for its slot, and then for its record. */
void registry_expect(struct registry *registry, const struct nbt_name *names, uint32_t *ids,
		     size_t count)
{
	uint32_t hash[REGISTRY_EXPECT_MAX];
	struct table_walk walk;

	for (size_t i = 0; i < count; i++) {
		table_settle(&registry->by_name);
		hash[i] = hash_of(registry, &names[i], 0);
		table_prefetch(&registry->by_name, hash[i]);
	}
	for (size_t i = 0; i < count; i++) {
		ids[i] = table_first(&registry->by_name, hash[i], &walk);
		if (ids[i] != REGISTRY_NONE)
			__builtin_prefetch(slab_at(&registry->entries, ids[i]));
	}
}

void registry_peek(const struct registry *registry, uint32_t id, struct registry_brief *out)
{
	const struct entry *entry = entry_at(registry, id);

	*out = (struct registry_brief){
		.kind = entry->kind,
		.state = entry->state,
		.node_type = entry->node_type,
		.address_count = entry->address_count,
		.is_static = entry->flags & ENTRY_STATIC,
		.is_of_file = entry->flags & ENTRY_OF_FILE,
		.is_untold = entry->flags & ENTRY_UNTOLD,
		.is_owned = entry->owner == OWNER_NUMBER_SELF,
		.address = entry->of.address.address,
		.expiry = entry->expiry,
		.version = entry->version,
	};
}

/*
 * Addresses.
 */

/* The class of block that so many addresses need; BLOCK_CLASSES: none. */
static size_t block_class(unsigned count)
{
	size_t class = 0;

	if (count <= 1)
		return BLOCK_CLASSES;
	while (count > block_space[class])
		class ++;
	return class;
}

static struct record_address *addresses_of(const struct registry *registry, struct entry *entry)
{
	size_t class = block_class(entry->address_count);

	if (class == BLOCK_CLASSES)
		return &entry->of.address;
	return slab_at(&registry->blocks[class], entry->of.block);
}

static void drop_addresses(struct registry *registry, struct entry *entry)
{
	size_t class = block_class(entry->address_count);

	if (class < BLOCK_CLASSES)
		slab_give(&registry->blocks[class], entry->of.block);
	if (entry->kind == RECORD_GROUP)
		members_remove_all(&registry->members, &entry->of.members);
	memset(&entry->of, 0, sizeof(entry->of));
	entry->address_count = 0;
}

/* Makes room for the record's addresses in place of those that are there; a group that stays one
 * keeps its members. */
static bool make_room(struct registry *registry, struct entry *entry, const struct record *record)
{
	size_t class = block_class(record->address_count);
	uint32_t block = 0;

	if (entry->kind == RECORD_GROUP && record->kind == RECORD_GROUP)
		return true;
	if (class < BLOCK_CLASSES) {
		block = slab_take(&registry->blocks[class]);
		if (block == SLAB_NONE)
			return false;
	}
	drop_addresses(registry, entry);
	entry->of.block = block;
	entry->address_count = record->address_count;
	return true;
}

static void set_owner(struct registry *registry, uint32_t id, uint32_t owner, uint64_t version)
{
	struct entry *entry = registry_entry(registry, id);
	bool is_there = entry->flags & ENTRY_USED;

	if (is_there && entry->owner == owner && entry->version == version)
		return;
	if (is_there)
		owners_leave(registry, id);
	entry->owner = (uint16_t)owner;
	entry->version = version;
	owners_enter(registry, id);
}

static uint8_t flags_of(const struct record *record)
{
	uint8_t flags = ENTRY_USED;

	if (record->is_static)
		flags |= ENTRY_STATIC;
	if (record->changed_hands)
		flags |= ENTRY_CHANGED;
	if (record->is_untold)
		flags |= ENTRY_UNTOLD;
	if (record->is_static && record->is_of_file)
		flags |= ENTRY_OF_FILE;
	return flags;
}

/* Everything but name and scope. */
static bool fill(struct registry *registry, uint32_t id, const struct record *record)
{
	struct entry *entry = registry_entry(registry, id);
	uint32_t owner = owners_take(registry, record->owner);

	assert(record->address_count <= RECORD_MAX_ADDRESSES);
	assert(record->kind != RECORD_GROUP || record->address_count == 0);
	if (owner == OWNER_NONE || !make_room(registry, entry, record))
		return false;
	if (entry->flags & ENTRY_USED)
		registry->counts[entry->kind][entry->state]--;
	registry->counts[record->kind][record->state]++;

	memcpy(addresses_of(registry, entry), record->address,
	       record->address_count * sizeof(record->address[0]));
	set_owner(registry, id, owner, record->version);
	entry->registered_by = record->registered_by;
	entry->expiry = record->expiry;
	entry->kind = record->kind;
	entry->state = record->state;
	entry->node_type = record->node_type;
	entry->flags = flags_of(record) | (entry->flags & ENTRY_STRAY);
	return true;
}

void registry_get(const struct registry *registry, uint32_t id, struct record *out)
{
	struct entry *entry = entry_at(registry, id);

	out->name = entry->name;
	scopes_get(&registry->scopes, entry->scope, &out->scope);
	out->kind = entry->kind;
	out->state = entry->state;
	out->node_type = entry->node_type;
	out->is_static = entry->flags & ENTRY_STATIC;
	out->is_of_file = entry->flags & ENTRY_OF_FILE;
	out->changed_hands = entry->flags & ENTRY_CHANGED;
	out->is_untold = entry->flags & ENTRY_UNTOLD;
	out->owner = registry->owners.owner[entry->owner].address;
	out->version = entry->version;
	out->expiry = entry->expiry;
	out->registered_by = entry->registered_by;
	out->address_count = entry->address_count;
	memcpy(out->address, addresses_of(registry, entry),
	       entry->address_count * sizeof(out->address[0]));
}

/*
 * Records come and go.
 */

/* Makes the new entry id this record, or gives it back. */
static bool enter(struct registry *registry, uint32_t id, const struct record *record)
{
	struct entry *entry = registry_entry(registry, id);
	uint32_t scope = scopes_take(&registry->scopes, &record->scope);

	if (scope == SCOPES_UNKNOWN)
		goto no_scope;
	entry->name = record->name;
	entry->scope = scope;
	if (!fill(registry, id, record))
		goto no_room;
	if (table_insert(&registry->by_name, hash_of(registry, &record->name, scope), id))
		return true;

	owners_leave(registry, id);
	registry->counts[entry->kind][entry->state]--;
	drop_addresses(registry, entry);
no_room:
	scopes_give(&registry->scopes, scope);
no_scope:
	entry->flags = 0;
	slab_give(&registry->entries, id);
	return false;
}

uint32_t registry_add(struct registry *registry, const struct record *record)
{
	uint32_t id;

	if (registry_count(registry) >= REGISTRY_MAX)
		return REGISTRY_NONE;
	id = slab_take(&registry->entries);
	if (id == SLAB_NONE || !enter(registry, id, record))
		return REGISTRY_NONE;
	return id;
}

int registry_load(struct registry *registry, uint32_t id, const struct record *record)
{
	if (id >= REGISTRY_MAX)
		return -EINVAL;
	if (id < registry->entries.bound ||
	    registry_find(registry, &record->name, &record->scope) != REGISTRY_NONE)
		return -EEXIST;
	registry->owners.patience = 0; /* until registry_settle() */
	if (!slab_take_at(&registry->entries, id) || !enter(registry, id, record))
		return -ENOMEM;
	return 0;
}

bool registry_replace(struct registry *registry, uint32_t id, const struct record *record)
{
	assert(registry_has(registry, id));
	return fill(registry, id, record);
}

void registry_renew(struct registry *registry, uint32_t id, uint8_t node_type, lease_time expiry)
{
	struct entry *entry = entry_at(registry, id);

	assert(entry->address_count <= 1);
	entry->node_type = node_type;
	entry->expiry = expiry;
	if (entry->address_count == 1)
		entry->of.address.expiry = expiry;
	entry->flags |= ENTRY_UNSAVED;
}

void registry_remove(struct registry *registry, uint32_t id)
{
	struct entry *entry = entry_at(registry, id);

	table_remove(&registry->by_name, hash_of(registry, &entry->name, entry->scope), id);
	owners_leave(registry, id);
	registry->counts[entry->kind][entry->state]--;
	drop_addresses(registry, entry);
	scopes_give(&registry->scopes, entry->scope);
	entry->flags = 0;
	slab_give(&registry->entries, id);
}

bool registry_is_unsaved(const struct registry *registry, uint32_t id)
{
	return entry_at(registry, id)->flags & ENTRY_UNSAVED;
}

void registry_set_unsaved(struct registry *registry, uint32_t id)
{
	entry_at(registry, id)->flags |= ENTRY_UNSAVED;
}

void registry_set_saved(struct registry *registry, uint32_t id)
{
	entry_at(registry, id)->flags &= (uint8_t)~ENTRY_UNSAVED;
}

size_t registry_count(const struct registry *registry)
{
	return registry->entries.count;
}

size_t registry_count_of(const struct registry *registry, uint8_t kind, uint8_t state)
{
	return registry->counts[kind][state];
}

size_t registry_member_total(const struct registry *registry)
{
	return registry->members.slab.count;
}

uint32_t registry_bound(const struct registry *registry)
{
	return registry->entries.bound;
}

bool registry_has(const struct registry *registry, uint32_t id)
{
	const struct entry *entry;

	if (id >= registry->entries.bound)
		return false;
	entry = slab_at(&registry->entries, id);
	return entry->flags & ENTRY_USED;
}

/*
 * Members of normal groups.
 */

static struct member_list *members_of(const struct registry *registry, uint32_t group)
{
	struct entry *entry = entry_at(registry, group);

	assert(entry->kind == RECORD_GROUP);
	return &entry->of.members;
}

enum registry_member_change registry_member_put(struct registry *registry, uint32_t group,
						struct in_addr address, lease_time expiry)
{
	return members_put(&registry->members, group, members_of(registry, group), address, expiry);
}

int registry_member_load(struct registry *registry, uint32_t group, struct in_addr address,
			 lease_time expiry)
{
	if (!registry_has(registry, group) || entry_at(registry, group)->kind != RECORD_GROUP)
		return -ENOENT;
	if (registry_member_has(registry, group, address))
		return -EEXIST;
	return registry_member_put(registry, group, address, expiry) == MEMBER_ADDED ? 0 : -ENOMEM;
}

bool registry_member_remove(struct registry *registry, uint32_t group, struct in_addr address)
{
	return members_remove(&registry->members, group, members_of(registry, group), address);
}

bool registry_member_has(const struct registry *registry, uint32_t group, struct in_addr address)
{
	return members_has(&registry->members, group, address);
}

lease_time registry_member_lease(const struct registry *registry, uint32_t group,
				 struct in_addr address)
{
	return members_lease(&registry->members, group, address);
}

size_t registry_member_count(const struct registry *registry, uint32_t group)
{
	return members_of(registry, group)->count;
}

bool registry_member_next(const struct registry *registry, uint32_t group, uint32_t *cursor,
			  struct in_addr *address, lease_time *expiry)
{
	return members_next(&registry->members, group, members_of(registry, group), cursor, address,
			    expiry);
}

bool registry_counts_agree(const struct registry *registry)
{
	size_t counts[RECORD_KINDS][RECORD_STATES] = { { 0 } }, count = 0, members = 0;

	for (uint32_t id = 0; id < registry->entries.bound; id++) {
		const struct entry *entry = slab_at(&registry->entries, id);

		if ((entry->flags & ENTRY_USED) == 0)
			continue;
		count++;
		counts[entry->kind][entry->state]++;
		if (entry->kind == RECORD_GROUP)
			members += registry_member_count(registry, id);
	}
	return count == registry_count(registry) && members == registry_member_total(registry) &&
	       memcmp(counts, registry->counts, sizeof(counts)) == 0 && owners_agree(registry);
}

size_t registry_memory(const struct registry *registry)
{
	size_t sum = sizeof(*registry) + slab_memory(&registry->entries) +
		     table_memory(&registry->by_name) + scopes_memory(&registry->scopes) +
		     members_memory(&registry->members) + owners_memory(registry);

	for (size_t i = 0; i < BLOCK_CLASSES; i++)
		sum += slab_memory(&registry->blocks[i]);
	return sum;
}

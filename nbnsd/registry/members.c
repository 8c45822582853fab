#include "nbnsd/registry/members.h"

/* Links are one more than a number; 0 is the end. The group is not the first word, which the slab
 * has when the member is gone: a walk that comes back sees that it is. */
struct member {
	uint32_t next, previous;
	uint32_t group;
	struct in_addr address;
	lease_time expiry;
};

#define CURSOR_END UINT32_MAX

void members_init(struct members *members, const struct hash_key *key)
{
	members->key = *key;
	slab_init(&members->slab, sizeof(struct member));
	table_init(&members->table);
}

void members_free(struct members *members)
{
	slab_free(&members->slab);
	table_free(&members->table);
}

static struct member *linked(const struct members *members, uint32_t link)
{
	return slab_at(&members->slab, link - 1);
}

static uint32_t hash_of(const struct members *members, uint32_t group, struct in_addr address)
{
	const uint32_t words[2] = { group, address.s_addr };

	return (uint32_t)hash_bytes(&members->key, words, sizeof(words));
}

/* The member's link, or 0. */
static uint32_t find(const struct members *members, uint32_t hash, uint32_t group,
		     struct in_addr address)
{
	struct table_walk walk;
	uint32_t number = table_first(&members->table, hash, &walk);

	for (; number != TABLE_NONE; number = table_next(&members->table, hash, &walk)) {
		const struct member *member = slab_at(&members->slab, number);

		if (member->group == group && member->address.s_addr == address.s_addr)
			return number + 1;
	}
	return 0;
}

bool members_has(const struct members *members, uint32_t group, struct in_addr address)
{
	return find(members, hash_of(members, group, address), group, address) != 0;
}

lease_time members_lease(const struct members *members, uint32_t group, struct in_addr address)
{
	uint32_t link = find(members, hash_of(members, group, address), group, address);

	return link != 0 ? linked(members, link)->expiry : 0;
}

static bool add(struct members *members, uint32_t hash, struct member_list *list,
		const struct member *member)
{
	uint32_t number = slab_take(&members->slab);

	if (number == SLAB_NONE)
		return false;
	if (!table_insert(&members->table, hash, number)) {
		slab_give(&members->slab, number);
		return false;
	}
	*(struct member *)slab_at(&members->slab, number) = *member;
	if (member->next != 0)
		linked(members, member->next)->previous = number + 1;
	list->first = number + 1;
	list->count++;
	return true;
}

enum registry_member_change members_put(struct members *members, uint32_t group,
					struct member_list *list, struct in_addr address,
					lease_time expiry)
{
	const struct member added = {
		.next = list->first, .group = group, .address = address, .expiry = expiry
	};
	uint32_t hash = hash_of(members, group, address);
	uint32_t link = find(members, hash, group, address);

	if (link == 0)
		return add(members, hash, list, &added) ? MEMBER_ADDED : MEMBER_NO_MEMORY;
	linked(members, link)->expiry = expiry;
	return MEMBER_RENEWED;
}

static void remove_linked(struct members *members, struct member_list *list, uint32_t link)
{
	struct member *member = linked(members, link);

	if (member->next != 0)
		linked(members, member->next)->previous = member->previous;
	if (member->previous != 0)
		linked(members, member->previous)->next = member->next;
	else
		list->first = member->next;
	list->count--;
	table_remove(&members->table, hash_of(members, member->group, member->address), link - 1);
	member->group = REGISTRY_NONE;
	slab_give(&members->slab, link - 1);
}

bool members_remove(struct members *members, uint32_t group, struct member_list *list,
		    struct in_addr address)
{
	uint32_t link = find(members, hash_of(members, group, address), group, address);

	if (link == 0)
		return false;
	remove_linked(members, list, link);
	return true;
}

void members_remove_all(struct members *members, struct member_list *list)
{
	while (list->first != 0)
		remove_linked(members, list, list->first);
}

bool members_next(const struct members *members, uint32_t group, const struct member_list *list,
		  uint32_t *cursor, struct in_addr *address, lease_time *expiry)
{
	uint32_t link = *cursor == 0 ? list->first : *cursor;
	const struct member *member;

	if (link == 0 || link == CURSOR_END)
		return false;
	member = linked(members, link);
	if (member->group != group)
		return false;
	*address = member->address;
	*expiry = member->expiry;
	*cursor = member->next != 0 ? member->next : CURSOR_END;
	return true;
}

size_t members_memory(const struct members *members)
{
	return slab_memory(&members->slab) + table_memory(&members->table);
}

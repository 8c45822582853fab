#include "nbnsd/service/answer.h"

#include <string.h>

/* Table 8.1. Static records are active. */
static const uint8_t table[4][3] = {
	[RECORD_UNIQUE] = { [RECORD_ACTIVE] = ANSWER_ADDRESSES },
	[RECORD_MULTIHOMED] = { [RECORD_ACTIVE] = ANSWER_ADDRESSES },
	/* In any state: Samba's WINS tests, after Windows, want it so. */
	[RECORD_GROUP] = { ANSWER_GROUP, ANSWER_GROUP, ANSWER_GROUP },
	[RECORD_SPECIAL_GROUP] = { [RECORD_ACTIVE] = ANSWER_ADDRESSES },
};

static bool is_over(lease_time expiry, bool is_owned, lease_time now)
{
	return is_owned && expiry != LEASE_FOREVER && expiry <= now;
}

enum answer answer_decide(const struct registry_brief *record, uint8_t suffix, bool keeps_masters,
			  lease_time now)
{
	uint8_t state = record->state;

	/* Each subnet has its own local master (MS-NBTE, footnote 3). */
	if (suffix == NBT_SUFFIX_LMB && !keeps_masters)
		return ANSWER_NEGATIVE;
	/* The sweep will see it sooner or later. */
	if (state == RECORD_ACTIVE && is_over(record->expiry, record->is_owned, now))
		state = RECORD_RELEASED;
	return (enum answer)table[record->kind][state];
}

uint16_t answer_nb_flags(uint8_t kind, uint8_t node_type)
{
	bool is_group = kind == RECORD_GROUP || kind == RECORD_SPECIAL_GROUP;

	return is_group ? NBT_NB_GROUP : (uint16_t)(node_type << 13);
}

static bool is_ours(const struct record_address *address)
{
	return address->owner.s_addr == OWNER_SELF.s_addr;
}

static bool goes_before(const struct record_address *a, const struct record_address *b)
{
	if (is_ours(a) != is_ours(b))
		return is_ours(a);
	return a->expiry > b->expiry;
}

/* By insertion: stable, and there are 25 at most. */
size_t answer_addresses(const struct record *record, lease_time now,
			struct nbt_address out[RECORD_MAX_ADDRESSES])
{
	const struct record_address *sorted[RECORD_MAX_ADDRESSES];
	uint16_t flags = answer_nb_flags(record->kind, record->node_type);
	size_t count = 0;

	for (size_t i = 0; i < record->address_count; i++) {
		const struct record_address *entry = &record->address[i];
		size_t place = count;

		if (is_over(entry->expiry, is_ours(entry), now))
			continue;
		for (; place > 0 && goes_before(entry, sorted[place - 1]); place--)
			sorted[place] = sorted[place - 1];
		sorted[place] = entry;
		count++;
	}
	for (size_t i = 0; i < count; i++)
		out[i] = (struct nbt_address){ flags, sorted[i]->address };
	return count;
}

size_t answer_lead(struct nbt_address *list, size_t count, size_t max, struct in_addr leader)
{
	struct nbt_address first = { list[0].flags, leader };
	size_t place = 0;

	while (place < count && list[place].address.s_addr != leader.s_addr)
		place++;
	if (place == count && count < max)
		count++;
	else if (place == count)
		place = count - 1;
	memmove(list + 1, list, place * sizeof(*list));
	list[0] = first;
	return count;
}

bool answer_is_all_masters(const struct nbt_name *name)
{
	static const struct nbt_name by_space = { "*              \x1B" };
	static const struct nbt_name by_nul = { "*\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x1B" };

	return nbt_name_suffix(name) == NBT_SUFFIX_DMB &&
	       (memcmp(name->bytes, by_space.bytes, NBT_NAME_LEN) == 0 ||
		memcmp(name->bytes, by_nul.bytes, NBT_NAME_LEN) == 0);
}

bool answer_is_everybody(const struct nbt_name *name)
{
	static const struct nbt_name wildcard = { "*" };

	return memcmp(name->bytes, wildcard.bytes, NBT_NAME_LEN) == 0;
}

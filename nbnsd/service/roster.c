#include "nbnsd/service/roster.h"

#include <stdlib.h>
#include <string.h>

#include "nbnsd/service/answer.h"

struct roster {
	size_t limit, count;
	bool is_cut;
	uint32_t next_record; /* of the walk through a scope */

	/* Places of the addresses in the list, one more each; a hash table with open addressing,
	 * at most half full. 0: free. */
	uint16_t *places;
	uint32_t mask;
	uint8_t rdata[]; /* the list */
};
_Static_assert(ROSTER_MAX < UINT16_MAX, "see places");

struct roster *roster_create(size_t limit)
{
	struct roster *roster = malloc(sizeof(*roster) + limit * NBT_ADDRESS_LEN);
	size_t slots = 16;

	if (roster == NULL)
		return NULL;
	while (slots < 2 * limit)
		slots *= 2;
	*roster = (struct roster){ .limit = limit, .mask = (uint32_t)slots - 1 };
	roster->places = calloc(slots, sizeof(*roster->places));
	if (roster->places == NULL) {
		free(roster);
		return NULL;
	}
	return roster;
}

void roster_destroy(struct roster *roster)
{
	if (roster == NULL)
		return;
	free(roster->places);
	free(roster);
}

void roster_clear(struct roster *roster)
{
	memset(roster->places, 0, (roster->mask + 1U) * sizeof(*roster->places));
	roster->count = 0;
	roster->is_cut = false;
	roster->next_record = 0;
}

static bool is_at(const struct roster *roster, uint16_t place, struct in_addr address)
{
	const uint8_t *entry = roster->rdata + (place - 1U) * (size_t)NBT_ADDRESS_LEN;

	return memcmp(entry + 2, &address, sizeof(address)) == 0;
}

static void add(struct roster *roster, struct in_addr address)
{
	const struct nbt_address entry = { NBT_NB_GROUP, address };
	uint32_t slot = (address.s_addr * UINT32_C(0x9E3779B1) >> 15) & roster->mask;

	for (; roster->places[slot] != 0; slot = (slot + 1) & roster->mask)
		if (is_at(roster, roster->places[slot], address))
			return;
	if (roster->count == roster->limit) {
		roster->is_cut = true;
		return;
	}
	nbt_address_write(roster->rdata + roster->count * NBT_ADDRESS_LEN, &entry, 1);
	roster->places[slot] = (uint16_t)++roster->count;
}

void roster_add_group(struct roster *roster, const struct registry *registry, uint32_t group,
		      lease_time now)
{
	struct in_addr address;
	lease_time expiry;
	uint32_t cursor = 0;

	while (!roster->is_cut && registry_member_next(registry, group, &cursor, &address, &expiry))
		if (expiry > now)
			add(roster, address);
}

/* A record: what it would be answered with, and of a normal group the members. */
static void add_record(struct roster *roster, const struct registry *registry, uint32_t id,
		       const struct record *record, lease_time now)
{
	struct nbt_address list[RECORD_MAX_ADDRESSES];
	size_t count;

	if (record->state != RECORD_ACTIVE)
		return;
	if (record->kind == RECORD_GROUP) {
		roster_add_group(roster, registry, id, now);
		return;
	}
	if (record_is_owned(record) && record->expiry <= now)
		return;
	count = answer_addresses(record, now, list);
	for (size_t i = 0; i < count; i++)
		add(roster, list[i].address);
}

bool roster_add_scope(struct roster *roster, const struct registry *registry,
		      const struct nbt_scope *scope, lease_time now, uint32_t records)
{
	uint32_t bound = registry_bound(registry);
	struct record record;

	for (; records > 0 && roster->next_record < bound && !roster->is_cut; records--) {
		uint32_t id = roster->next_record++;

		if (!registry_has(registry, id))
			continue;
		registry_get(registry, id, &record);
		if (nbt_scope_equal(&record.scope, scope))
			add_record(roster, registry, id, &record, now);
	}
	return roster->is_cut || roster->next_record >= bound;
}

size_t roster_count(const struct roster *roster)
{
	return roster->count;
}

bool roster_is_cut(const struct roster *roster)
{
	return roster->is_cut;
}

const uint8_t *roster_rdata(const struct roster *roster)
{
	return roster->rdata;
}

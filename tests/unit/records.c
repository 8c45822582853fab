#include "records.h"

#include <stdio.h>

#include "support.h"

/* xorshift64*, Vigna 2016. */
uint32_t lots_draw(struct lots *lots, uint32_t below)
{
	lots->state ^= lots->state >> 12;
	lots->state ^= lots->state << 25;
	lots->state ^= lots->state >> 27;
	return (uint32_t)((lots->state * 0x2545f4914f6cdd1dU) >> 32) % below;
}

void record_set_name(struct record *record, uint32_t number)
{
	static const char *const scopes[] = { "A.EXAMPLE", "B.EXAMPLE", "C", "D.D.D",
					      "LONGER.SCOPE" };
	char text[16];

	snprintf(text, sizeof(text), "NAME%u", number / 2);
	record->name = name_of(text);
	record->name.bytes[NBT_NAME_LEN - 1] = number % 2 == 0 ? 0x20 : 0x00;
	record->scope.len = 0;
	if (number % 3 == 0)
		record->scope = scope_of(scopes[number / 3 % ARRAY_SIZE(scopes)]);
}

static struct in_addr draw_address(struct lots *lots)
{
	return (struct in_addr){ lots_draw(lots, UINT32_MAX) + 1 };
}

static struct in_addr draw_owner(struct lots *lots)
{
	return lots_draw(lots, 2) == 0
		       ? OWNER_SELF
		       : (struct in_addr){ htonl(0xF0010000U + lots_draw(lots, 500)) };
}

static lease_time draw_expiry(struct lots *lots)
{
	return lots_draw(lots, 8) == 0 ? LEASE_FOREVER : lots_draw(lots, 1000000);
}

static uint8_t draw_address_count(struct lots *lots, uint8_t kind)
{
	switch (kind) {
	case RECORD_UNIQUE:
		return 1;
	case RECORD_GROUP:
		return 0;
	default:
		return (uint8_t)lots_draw(lots, RECORD_MAX_ADDRESSES + 1);
	}
}

void record_draw(struct record *record, struct lots *lots)
{
	record->kind = (uint8_t)lots_draw(lots, 4);
	record->state = (uint8_t)lots_draw(lots, 3);
	record->node_type = (uint8_t)lots_draw(lots, 4);
	record->is_static = lots_draw(lots, 5) == 0;
	record->changed_hands = !record->is_static && lots_draw(lots, 8) == 0;
	record->is_untold = !record->is_static && lots_draw(lots, 8) == 0;
	record->is_of_file = record->is_static && lots_draw(lots, 2) == 0;
	record->owner = draw_owner(lots);
	record->version = (uint64_t)lots_draw(lots, UINT32_MAX) << 32 | lots_draw(lots, UINT32_MAX);
	record->version >>= lots_draw(lots, 64);
	record->expiry = draw_expiry(lots);
	record->registered_by = draw_address(lots);
	record->address_count = draw_address_count(lots, record->kind);
	for (unsigned i = 0; i < record->address_count; i++)
		record->address[i] = (struct record_address){ draw_address(lots), draw_owner(lots),
							      draw_expiry(lots) };
}

#define assert_member(what, got, want, member)                                                     \
	do {                                                                                       \
		if ((got)->member != (want)->member)                                               \
			fail_msg("%s: " #member " is %llu, wanted %llu", (what),                   \
				 (unsigned long long)(got)->member,                                \
				 (unsigned long long)(want)->member);                              \
	} while (0)

void assert_record(const char *what, const struct record *got, const struct record *want)
{
	assert_true(nbt_name_equal(&got->name, &want->name));
	assert_true(nbt_scope_equal(&got->scope, &want->scope));
	assert_member(what, got, want, kind);
	assert_member(what, got, want, state);
	assert_member(what, got, want, node_type);
	assert_member(what, got, want, is_static);
	assert_member(what, got, want, is_of_file);
	assert_member(what, got, want, changed_hands);
	assert_member(what, got, want, is_untold);
	assert_member(what, got, want, owner.s_addr);
	assert_member(what, got, want, version);
	assert_member(what, got, want, expiry);
	assert_member(what, got, want, registered_by.s_addr);
	assert_member(what, got, want, address_count);
	for (unsigned i = 0; i < want->address_count; i++) {
		assert_member(what, &got->address[i], &want->address[i], address.s_addr);
		assert_member(what, &got->address[i], &want->address[i], owner.s_addr);
		assert_member(what, &got->address[i], &want->address[i], expiry);
	}
}

/* The records that follow from verdicts: state, time stamps, owner and version, address lists. */
#include "support.h"

#include <arpa/inet.h>

#include "nbnsd/service/successor.h"

static const struct terms terms = { .now = 1000,
				    .renewal_s = 600,
				    .extinction_s = 400,
				    .extinction_timeout_s = 500,
				    .version = 77 };

/* 10.0.0.n */
static struct in_addr address_of(unsigned n)
{
	return (struct in_addr){ htonl(0x0A000000u + n) };
}

static const struct in_addr partner = { 0x0900000A }; /* some other server */

static struct claim claim_by(unsigned n, uint8_t opcode, uint16_t nb_flags)
{
	return (struct claim){ .name = name_of("FRED<20>"),
			       .opcode = opcode,
			       .nb_flags = nb_flags,
			       .address = address_of(n),
			       .source = address_of(n) };
}

/* A record with addresses 10.0.0.1 to 10.0.0.count, the oldest first. */
static struct record record_with(uint8_t kind, uint8_t count, struct in_addr owner)
{
	struct record record = { .name = name_of("FRED<20>"),
				 .kind = kind,
				 .state = RECORD_ACTIVE,
				 .owner = owner,
				 .version = 5,
				 .expiry = 1100u + count,
				 .registered_by = address_of(1),
				 .address_count = count };

	for (uint8_t i = 0; i < count; i++)
		record.address[i] = (struct record_address){ .address = address_of(i + 1u),
							     .owner = owner,
							     .expiry = 1101u + i };
	return record;
}

/* Fails unless the record has exactly these addresses 10.0.0.n, in this order; ends with 0. */
static void assert_addresses(const struct record *record, const unsigned *want)
{
	size_t i = 0;

	for (; want[i] != 0; i++) {
		assert_true(i < record->address_count);
		assert_int_equal(record->address[i].address.s_addr, address_of(want[i]).s_addr);
	}
	assert_int_equal(record->address_count, i);
}

#define assert_lists(record, ...) assert_addresses((record), (const unsigned[]){ __VA_ARGS__, 0 })

static void assert_ours(const struct record *record)
{
	assert_true(record_is_owned(record));
	assert_int_equal(record->version, 77);
}

static void new_record_is_the_claimants(void **state)
{
	struct claim claim = claim_by(2, NBT_OP_MULTIHOMED, NBT_NB_H);
	struct record record = record_with(RECORD_UNIQUE, 1, partner);

	(void)state;
	record.is_static = true;
	record.state = RECORD_TOMBSTONE;
	assert_true(successor_new(&record, &claim, RECORD_MULTIHOMED, &terms));
	assert_ours(&record);
	assert_int_equal(record.kind, RECORD_MULTIHOMED);
	assert_int_equal(record.state, RECORD_ACTIVE);
	assert_int_equal(record.node_type, 3);
	assert_false(record.is_static);
	assert_int_equal(record.expiry, 1600);
	assert_int_equal(record.registered_by.s_addr, address_of(2).s_addr);
	assert_lists(&record, 2);
	assert_int_equal(record.address[0].expiry, 1600);
	assert_int_equal(record.address[0].owner.s_addr, OWNER_SELF.s_addr);
}

static void new_normal_group_has_no_address(void **state)
{
	struct claim claim = claim_by(2, NBT_OP_REGISTRATION, NBT_NB_GROUP);
	struct record record;

	(void)state;
	assert_true(successor_new(&record, &claim, RECORD_GROUP, &terms));
	assert_int_equal(record.address_count, 0);
	assert_int_equal(record.registered_by.s_addr, address_of(2).s_addr);
}

static void renewal_keeps_the_version(void **state)
{
	struct claim claim = claim_by(2, NBT_OP_REFRESH, NBT_NB_M);
	struct record record = record_with(RECORD_MULTIHOMED, 3, OWNER_SELF);

	(void)state;
	assert_false(successor_renew(&record, &claim, &terms));
	assert_int_equal(record.version, 5);
	assert_int_equal(record.node_type, 2);
	assert_int_equal(record.expiry, 1600);
	assert_int_equal(record.address[0].expiry, 1101);
	assert_int_equal(record.address[1].expiry, 1600);
	assert_int_equal(record.address[2].expiry, 1103);
}

static void renewal_takes_a_replica(void **state)
{
	struct claim claim = claim_by(1, NBT_OP_REFRESH, NBT_NB_H);
	struct record record = record_with(RECORD_UNIQUE, 1, partner);

	(void)state;
	assert_true(successor_renew(&record, &claim, &terms));
	assert_ours(&record);
	assert_int_equal(record.address[0].owner.s_addr, OWNER_SELF.s_addr);
}

static void renewal_makes_a_static_record_dynamic(void **state)
{
	struct claim claim = claim_by(1, NBT_OP_REFRESH, NBT_NB_H);
	struct record record = record_with(RECORD_MULTIHOMED, 2, OWNER_SELF);

	(void)state;
	record.is_static = true;
	record.expiry = record.address[0].expiry = record.address[1].expiry = LEASE_FOREVER;
	assert_true(successor_renew(&record, &claim, &terms));
	assert_ours(&record);
	assert_false(record.is_static);
	assert_int_equal(record.expiry, 1600);
	assert_int_equal(record.address[1].expiry, 1600);
}

static void merge_adds_an_address(void **state)
{
	struct claim claim = claim_by(9, NBT_OP_REGISTRATION, NBT_NB_GROUP);
	struct record record = record_with(RECORD_SPECIAL_GROUP, 2, partner);

	(void)state;
	assert_true(successor_merge(&record, &claim, &terms));
	assert_ours(&record);
	assert_lists(&record, 1, 2, 9);
	assert_int_equal(record.address[0].owner.s_addr, partner.s_addr);
	assert_int_equal(record.address[2].owner.s_addr, OWNER_SELF.s_addr);
	assert_int_equal(record.expiry, 1600);
}

static void merge_renews_an_address(void **state)
{
	struct claim claim = claim_by(1, NBT_OP_REGISTRATION, NBT_NB_GROUP);
	struct record record = record_with(RECORD_SPECIAL_GROUP, 2, OWNER_SELF);

	(void)state;
	assert_false(successor_merge(&record, &claim, &terms));
	assert_int_equal(record.version, 5);
	assert_lists(&record, 1, 2);
	assert_int_equal(record.address[0].expiry, 1600);
}

static void merge_takes_another_servers_address(void **state)
{
	struct claim claim = claim_by(1, NBT_OP_REGISTRATION, NBT_NB_GROUP);
	struct record record = record_with(RECORD_SPECIAL_GROUP, 2, OWNER_SELF);

	(void)state;
	record.address[0].owner = partner;
	assert_true(successor_merge(&record, &claim, &terms));
	assert_ours(&record);
	assert_int_equal(record.address[0].owner.s_addr, OWNER_SELF.s_addr);
}

static void merge_forgets_expired_addresses(void **state)
{
	struct claim claim = claim_by(9, NBT_OP_REGISTRATION, NBT_NB_GROUP);
	struct record record = record_with(RECORD_SPECIAL_GROUP, 3, OWNER_SELF);

	(void)state;
	record.address[1].expiry = 1000;
	assert_true(successor_merge(&record, &claim, &terms));
	assert_lists(&record, 1, 3, 9);
}

/* How long another server's addresses live is for that server to say. */
static void merge_keeps_addresses_of_a_replica(void **state)
{
	struct claim claim = claim_by(9, NBT_OP_REGISTRATION, NBT_NB_GROUP);
	struct record record = record_with(RECORD_SPECIAL_GROUP, 2, partner);

	(void)state;
	record.address[0].expiry = 1000;
	assert_true(successor_merge(&record, &claim, &terms));
	assert_lists(&record, 1, 2, 9);
}

static void full_list_loses_its_oldest_replica(void **state)
{
	struct claim claim = claim_by(99, NBT_OP_REGISTRATION, NBT_NB_GROUP);
	struct record record = record_with(RECORD_SPECIAL_GROUP, 25, OWNER_SELF);

	(void)state;
	record.address[11].owner = record.address[17].owner = partner;
	record.address[17].expiry = 1002;
	assert_true(successor_merge(&record, &claim, &terms));
	assert_int_equal(record.address_count, 25);
	assert_int_equal(record.address[17].address.s_addr, address_of(19).s_addr);
	assert_int_equal(record.address[24].address.s_addr, address_of(99).s_addr);
}

static void full_list_of_ours_loses_its_oldest(void **state)
{
	struct claim claim = claim_by(99, NBT_OP_REGISTRATION, NBT_NB_GROUP);
	struct record record = record_with(RECORD_SPECIAL_GROUP, 25, OWNER_SELF);

	(void)state;
	record.address[0].expiry = 1500; /* renewed since */
	assert_true(successor_merge(&record, &claim, &terms));
	assert_int_equal(record.address_count, 25);
	assert_int_equal(record.address[0].address.s_addr, address_of(1).s_addr);
	assert_int_equal(record.address[1].address.s_addr, address_of(3).s_addr);
	assert_int_equal(record.address[24].address.s_addr, address_of(99).s_addr);
}

static struct record static_group(uint8_t count)
{
	struct record record = record_with(RECORD_SPECIAL_GROUP, count, OWNER_SELF);

	record.is_static = true;
	record.expiry = LEASE_FOREVER;
	for (uint8_t i = 0; i < count; i++)
		record.address[i].expiry = LEASE_FOREVER;
	return record;
}

static void static_group_takes_dynamic_members(void **state)
{
	struct claim claim = claim_by(9, NBT_OP_REGISTRATION, NBT_NB_GROUP);
	struct record record = static_group(2);

	(void)state;
	assert_true(successor_merge(&record, &claim, &terms));
	assert_lists(&record, 1, 2, 9);
	assert_true(record.is_static);
	assert_int_equal(record.expiry, LEASE_FOREVER);
	assert_int_equal(record.address[2].expiry, 1600);

	/* Again, later: a new lease, no new version. */
	record.address[2].expiry = 1001;
	record.version = 5;
	assert_false(successor_merge(&record, &claim, &terms));
	assert_int_equal(record.version, 5);
	assert_int_equal(record.address[2].expiry, 1600);
}

static void static_members_stay(void **state)
{
	struct claim listed = claim_by(1, NBT_OP_REGISTRATION, NBT_NB_GROUP);
	struct claim claim = claim_by(99, NBT_OP_REGISTRATION, NBT_NB_GROUP);
	struct record record = static_group(25);

	(void)state;
	assert_false(successor_merge(&record, &listed, &terms));
	assert_int_equal(record.address[0].expiry, LEASE_FOREVER);
	assert_false(successor_merge(&record, &claim, &terms));
	assert_int_equal(record.address_count, 25);
	assert_int_equal(record.address[24].address.s_addr, address_of(25).s_addr);
}

static void adoption(void **state)
{
	static const struct {
		const char *what;
		unsigned have, claimant, named[3], want[4];
		enum record_kind kind;
	} rows[] = {
		{ "one more", 1, 9, { 1, 9 }, { 1, 9 }, RECORD_MULTIHOMED },
		{ "one is dropped", 2, 9, { 1, 9 }, { 1, 9 }, RECORD_MULTIHOMED },
		{ "none is left", 2, 9, { 9 }, { 9 }, RECORD_UNIQUE },
		{ "others of the answer are not taken",
		  1,
		  9,
		  { 1, 8, 9 },
		  { 1, 9 },
		  RECORD_MULTIHOMED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct claim claim = claim_by(rows[i].claimant, NBT_OP_REGISTRATION, NBT_NB_H);
		struct record record =
			record_with(RECORD_UNIQUE, (uint8_t)rows[i].have, OWNER_SELF);
		struct nbt_address named[3];
		size_t count = 0;

		for (; count < 3 && rows[i].named[count] != 0; count++)
			named[count] =
				(struct nbt_address){ NBT_NB_H, address_of(rows[i].named[count]) };
		record.state = RECORD_RELEASED;
		assert_true(successor_adopt(&record, &claim, RECORD_UNIQUE, named, count, &terms));
		assert_ours(&record);
		assert_addresses(&record, rows[i].want);
		assert_int_equal(record.kind, rows[i].kind);
		assert_int_equal(record.state, RECORD_ACTIVE);
		assert_int_equal(record.expiry, 1600);
	}
}

static void adoption_of_a_static_record(void **state)
{
	struct claim claim = claim_by(9, NBT_OP_REGISTRATION, NBT_NB_H);
	const struct nbt_address named[] = { { 0, address_of(1) }, { 0, address_of(9) } };
	struct record record = static_group(1);

	(void)state;
	record.kind = RECORD_UNIQUE;
	assert_true(successor_adopt(&record, &claim, RECORD_UNIQUE, named, 2, &terms));
	assert_false(record.is_static);
	assert_int_equal(record.address[0].expiry, 1600);
}

static void release_of_an_own_record(void **state)
{
	struct record record = record_with(RECORD_UNIQUE, 1, OWNER_SELF);

	(void)state;
	assert_false(successor_release(&record, &terms));
	assert_int_equal(record.state, RECORD_RELEASED);
	assert_int_equal(record.expiry, 1400);
	assert_int_equal(record.version, 5);
}

static void release_of_a_replica(void **state)
{
	struct record record = record_with(RECORD_UNIQUE, 1, partner);

	(void)state;
	assert_true(successor_release(&record, &terms));
	assert_ours(&record);
	assert_int_equal(record.state, RECORD_TOMBSTONE);
	assert_int_equal(record.expiry, 1900);
}

static void release_of_one_address(void **state)
{
	struct record record = record_with(RECORD_MULTIHOMED, 2, OWNER_SELF);

	(void)state;
	assert_false(successor_release_address(&record, address_of(1), &terms));
	assert_lists(&record, 2);
	assert_int_equal(record.state, RECORD_ACTIVE);
	assert_int_equal(record.expiry, 1600);
	assert_int_equal(record.version, 5);

	assert_false(successor_release_address(&record, address_of(2), &terms));
	assert_int_equal(record.state, RECORD_RELEASED);
	assert_int_equal(record.expiry, 1400);
}

static void release_of_one_address_of_a_replica(void **state)
{
	struct record record = record_with(RECORD_MULTIHOMED, 2, partner);

	(void)state;
	assert_true(successor_release_address(&record, address_of(1), &terms));
	assert_ours(&record);
	assert_int_equal(record.state, RECORD_ACTIVE);

	record = record_with(RECORD_MULTIHOMED, 1, partner);
	assert_true(successor_release_address(&record, address_of(1), &terms));
	assert_int_equal(record.state, RECORD_TOMBSTONE);
	assert_int_equal(record.expiry, 1900);
}

static void tombstone(void **state)
{
	struct record record = record_with(RECORD_UNIQUE, 1, OWNER_SELF);

	(void)state;
	record.state = RECORD_RELEASED;
	assert_true(successor_tombstone(&record, &terms));
	assert_ours(&record);
	assert_int_equal(record.state, RECORD_TOMBSTONE);
	assert_int_equal(record.expiry, 1500);
}

static void expired_addresses_are_dropped(void **state)
{
	struct record record = record_with(RECORD_SPECIAL_GROUP, 4, OWNER_SELF);

	struct terms later = terms;

	(void)state;
	later.now = 1102;
	record.address[2].expiry = LEASE_FOREVER;
	assert_int_equal(successor_drop_expired(&record, &later), 2);
	assert_lists(&record, 3, 4);
	assert_int_equal(record.version, 5);
	assert_int_equal(successor_drop_expired(&record, &later), 0);
}

static void addresses_of_other_servers_do_not_expire(void **state)
{
	struct record record = record_with(RECORD_SPECIAL_GROUP, 4, OWNER_SELF);
	struct terms later = terms;

	(void)state;
	later.now = 5000;
	record.address[0].owner = record.address[1].owner = partner;
	assert_int_equal(successor_drop_expired(&record, &later), 2);
	assert_lists(&record, 1, 2);
	assert_int_equal(record.version, 5);
}

/* Those who are left have time to refresh where they registered. */
static void a_list_without_ours_gets_a_lease(void **state)
{
	struct record record = record_with(RECORD_MULTIHOMED, 2, OWNER_SELF);
	struct terms later = terms;

	(void)state;
	later.now = 5000;
	record.address[1].owner = partner;
	assert_int_equal(successor_drop_expired(&record, &later), 1);
	assert_int_equal(record.expiry, 5600);
}

/* Who leaves is told by a new version, where there are partners, or the list was another server's.
 */
static void partners_hear_who_has_left(void **state)
{
	struct terms telling = terms;
	struct record record = record_with(RECORD_SPECIAL_GROUP, 4, OWNER_SELF);

	(void)state;
	telling.now = 1102;
	telling.tells_who_left = true;
	assert_int_equal(successor_drop_expired(&record, &telling), 2);
	assert_int_equal(record.version, 77);
	telling.version = 78;
	assert_true(successor_release_address(&record, address_of(3), &telling));
	assert_int_equal(record.version, 78);
	assert_false(successor_release_address(&record, address_of(9), &telling));
	assert_false(successor_release_address(&record, address_of(4), &telling)); /* released */
	assert_int_equal(record.version, 78);

	record = record_with(RECORD_SPECIAL_GROUP, 4, OWNER_SELF);
	record.owner = partner;
	telling = terms;
	telling.now = 1102;
	assert_int_equal(successor_drop_expired(&record, &telling), 2);
	assert_ours(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_record_is_the_claimants),
		cmocka_unit_test(new_normal_group_has_no_address),
		cmocka_unit_test(renewal_keeps_the_version),
		cmocka_unit_test(renewal_takes_a_replica),
		cmocka_unit_test(renewal_makes_a_static_record_dynamic),
		cmocka_unit_test(merge_adds_an_address),
		cmocka_unit_test(merge_renews_an_address),
		cmocka_unit_test(merge_takes_another_servers_address),
		cmocka_unit_test(merge_forgets_expired_addresses),
		cmocka_unit_test(merge_keeps_addresses_of_a_replica),
		cmocka_unit_test(full_list_loses_its_oldest_replica),
		cmocka_unit_test(full_list_of_ours_loses_its_oldest),
		cmocka_unit_test(static_group_takes_dynamic_members),
		cmocka_unit_test(static_members_stay),
		cmocka_unit_test(adoption),
		cmocka_unit_test(adoption_of_a_static_record),
		cmocka_unit_test(release_of_an_own_record),
		cmocka_unit_test(release_of_a_replica),
		cmocka_unit_test(release_of_one_address),
		cmocka_unit_test(release_of_one_address_of_a_replica),
		cmocka_unit_test(tombstone),
		cmocka_unit_test(expired_addresses_are_dropped),
		cmocka_unit_test(addresses_of_other_servers_do_not_expire),
		cmocka_unit_test(a_list_without_ours_gets_a_lease),
		cmocka_unit_test(partners_hear_who_has_left),
	};

	return cmocka_run_group_tests_name("successor", tests, NULL, NULL);
}

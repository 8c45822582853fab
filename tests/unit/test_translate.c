/* Records as messages have them, and back. */
#include "nbnsd/replication/translate.h"

#include "replica_text.h"
#include "support.h"

static const struct in_addr self = { 0x6400000A };

static struct in_addr outside(char letter)
{
	return letter == 'C' ? self : server_of(letter);
}

/* What goes out, by its members. */
static void check_what_goes_out(void **state)
{
	static const struct {
		const char *record;
		uint8_t type, state, count;
		char owner[2];
		const char *address[2];
	} rows[] = {
		{ "C U active c1", 0, 0, 1, "", { "c1" } },
		{ "B U tombstone b1", 0, 2, 1, "", { "b1" } },
		{ "B S active b1 c2(C)", 2, 0, 2, "BC", { "b1", "c2" } },
		{ "C M active c1 a2(A)", 3, 0, 2, "CA", { "c1", "a2" } },
		{ "C S tombstone", 2, 2, 0, "", { NULL } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct record record = record_read(rows[i].record);
		struct nbt_replica out;

		record.node_type = 2;
		translate_out(&out, &record, self);
		assert_true(nbt_name_equal(&out.name, &record.name));
		assert_int_equal(out.type, rows[i].type);
		assert_int_equal(out.state, rows[i].state);
		assert_int_equal(out.node, 2);
		assert_int_equal(out.version, 10);
		assert_int_equal(out.member_count, rows[i].count);
		for (size_t j = 0; j < rows[i].count; j++) {
			struct in_addr owner = { INADDR_ANY };

			if (rows[i].owner[0] != '\0')
				owner = outside(rows[i].owner[j]);
			assert_int_equal(out.member[j].owner.s_addr, owner.s_addr);
			assert_int_equal(out.member[j].address.s_addr,
					 address_read(rows[i].address[j]).s_addr);
		}
	}
}

static void check_records_without_an_address(void **state)
{
	struct record group = record_read("C G active"), unique = record_read("C U tombstone");
	struct nbt_replica out;

	(void)state;
	translate_out(&out, &group, self);
	assert_int_equal(out.member_count, 1);
	assert_int_equal(out.member[0].address.s_addr, INADDR_BROADCAST);
	translate_out(&out, &unique, self);
	assert_int_equal(out.member_count, 1);
	assert_int_equal(out.member[0].address.s_addr, INADDR_ANY);
}

/* What comes back, by whom it is sent as: a group has no members there. */
static void check_the_way_back(void **state)
{
	static const struct {
		const char *record, *back;
	} rows[] = {
		{ "B:77 U active b1", "B:77 U active b1(B)" },
		{ "C:5 U active c1", "C:5 U active c1(C)" },
		{ "B:1 U active static b1", "B:1 U active static b1(B)" },
		{ "B:2 G active", "B:2 G active" },
		{ "B:3 S active b1 c2(C) x3(X)", "B:3 S active b1(B) c2(C) x3(X)" },
		{ "C:4 M tombstone c1 b2(B)", "C:4 M tombstone c1(C) b2(B)" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct record record = record_read(rows[i].record), back;
		struct nbt_replica wire;

		translate_out(&wire, &record, self);
		translate_in(&back, &wire, translate_owner_out(record.owner, self), self);
		assert_replica(rows[i].record, &back, rows[i].back);
		assert_int_equal(back.node_type, record.node_type);
	}
}

/* It means nothing, but its owner and our partners are to see the same. */
static void check_the_address_of_a_group(void **state)
{
	struct nbt_replica wire = { .type = NBT_REPLICA_GROUP,
				    .version = 10,
				    .member_count = 1,
				    .member = { { .address = address_read("b1") } } };
	struct nbt_replica out;
	struct record back;

	(void)state;
	translate_in(&back, &wire, server_of('B'), self);
	assert_int_equal(back.address_count, 0);
	translate_out(&out, &back, self);
	assert_int_equal(out.member_count, 1);
	assert_int_equal(out.member[0].address.s_addr, address_read("b1").s_addr);
	back.owner = OWNER_SELF; /* who registered last is nobody's business */
	translate_out(&out, &back, self);
	assert_int_equal(out.member[0].address.s_addr, INADDR_BROADCAST);
}

static void check_an_address_counts_once(void **state)
{
	struct nbt_replica wire = { .type = NBT_REPLICA_SPECIAL,
				    .version = 10,
				    .member_count = 30 };
	struct record back;

	(void)state;
	for (size_t i = 0; i < 30; i++)
		wire.member[i] = (struct nbt_replica_member){ server_of('B'), address_read("b1") };
	translate_in(&back, &wire, server_of('B'), self);
	assert_int_equal(back.address_count, 1);
	for (size_t i = 0; i < 30; i++)
		wire.member[i].address.s_addr = htonl(0x0A000001U + (uint32_t)i);
	translate_in(&back, &wire, server_of('B'), self);
	assert_int_equal(back.address_count, RECORD_MAX_ADDRESSES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_what_goes_out),
		cmocka_unit_test(check_records_without_an_address),
		cmocka_unit_test(check_the_way_back),
		cmocka_unit_test(check_the_address_of_a_group),
		cmocka_unit_test(check_an_address_counts_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

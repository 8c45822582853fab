/* What the database says to queries: table 8.1, the order of addresses, the two odd ones. */
#include "support.h"

#include <arpa/inet.h>

#include "nbnsd/service/answer.h"

#define NOW       1000

#define NEGATIVE  ANSWER_NEGATIVE
#define GROUP     ANSWER_GROUP
#define ADDRESSES ANSWER_ADDRESSES

/* clang-format off */
static const struct {
	const char *what;
	struct registry_brief record;
	uint8_t suffix;
	enum answer want[3]; /* active, released, tombstone */
} rows[] = {
{ "<1D>, any kind", { .kind = RECORD_GROUP, .expiry = 2000 }, 0x1D, { NEGATIVE, NEGATIVE, NEGATIVE } },
{ "<1D>, unique", { .kind = RECORD_UNIQUE, .expiry = 2000 }, 0x1D, { NEGATIVE, NEGATIVE, NEGATIVE } },
{ "unique", { .kind = RECORD_UNIQUE, .expiry = 2000 }, 0x20, { ADDRESSES, NEGATIVE, NEGATIVE } },
{ "multihomed", { .kind = RECORD_MULTIHOMED, .expiry = 2000 }, 0x20, { ADDRESSES, NEGATIVE, NEGATIVE } },
{ "normal group", { .kind = RECORD_GROUP, .expiry = 2000 }, 0x1E, { GROUP, GROUP, GROUP } },
{ "special group", { .kind = RECORD_SPECIAL_GROUP, .expiry = 2000 }, 0x1C, { ADDRESSES, NEGATIVE, NEGATIVE } },
{ "static", { .kind = RECORD_UNIQUE, .is_static = true, .is_owned = true, .expiry = LEASE_FOREVER }, 0x20,
  { ADDRESSES, NEGATIVE, NEGATIVE } },
{ "owned, over", { .kind = RECORD_UNIQUE, .is_owned = true, .expiry = NOW }, 0x20, { NEGATIVE, NEGATIVE, NEGATIVE } },
{ "owned, nearly over", { .kind = RECORD_UNIQUE, .is_owned = true, .expiry = NOW + 1 }, 0x20,
  { ADDRESSES, NEGATIVE, NEGATIVE } },
{ "replica, over", { .kind = RECORD_UNIQUE, .expiry = NOW }, 0x20, { ADDRESSES, NEGATIVE, NEGATIVE } },
{ "group, over", { .kind = RECORD_GROUP, .is_owned = true, .expiry = NOW }, 0x1E, { GROUP, GROUP, GROUP } },
};
/* clang-format on */

static void table_8_1(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (uint8_t s = 0; s < 3; s++) {
			struct registry_brief record = rows[i].record;

			record.state = s;
			if (answer_decide(&record, rows[i].suffix, false, NOW) != rows[i].want[s])
				fail_msg("%s, state %u", rows[i].what, s);
		}
}

/* Where names of masters are kept, <1D> is as any. */
static void kept_master_names(void **state)
{
	struct registry_brief record = { .kind = RECORD_UNIQUE, .is_owned = true, .expiry = 2000 };

	(void)state;
	assert_int_equal(answer_decide(&record, NBT_SUFFIX_LMB, true, NOW), ANSWER_ADDRESSES);
	record.state = RECORD_RELEASED;
	assert_int_equal(answer_decide(&record, NBT_SUFFIX_LMB, true, NOW), ANSWER_NEGATIVE);
}

static void flags_of_entries(void **state)
{
	(void)state;
	assert_int_equal(answer_nb_flags(RECORD_UNIQUE, 3), 0x6000);
	assert_int_equal(answer_nb_flags(RECORD_MULTIHOMED, 2), 0x4000);
	assert_int_equal(answer_nb_flags(RECORD_GROUP, 3), 0x8000);
	assert_int_equal(answer_nb_flags(RECORD_SPECIAL_GROUP, 1), 0x8000);
}

/* 10.0.0.n */
static struct in_addr address_of(unsigned n)
{
	return (struct in_addr){ htonl(0x0A000000u + n) };
}

static const struct in_addr partner = { 0x0900000A };

/* Section 8.3: which addresses 10.0.0.n, in which order. */
static const struct {
	const char *what;
	struct {
		lease_time expiry;
		bool is_ours;
	} stored[4];
	unsigned count, want[5];
} orders[] = {
	{ "as stored", { { 1100, true }, { 1100, true }, { 1100, true } }, 3, { 1, 2, 3 } },
	{ "the newest first", { { 1100, true }, { 1101, true }, { 1102, true } }, 3, { 3, 2, 1 } },
	{ "ours first",
	  { { 1500, false }, { 1100, true }, { 1400, false }, { 1200, true } },
	  4,
	  { 4, 2, 1, 3 } },
	{ "without what is over",
	  { { NOW, true }, { NOW, false }, { NOW + 1, true } },
	  3,
	  { 3, 2 } },
	{ "none is left", { { NOW, true }, { NOW - 1, true } }, 2, { 0 } },
	{ "static ones stay", { { LEASE_FOREVER, true }, { 1100, true } }, 2, { 1, 2 } },
};

static void order_of_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		struct record record = { .kind = RECORD_SPECIAL_GROUP,
					 .address_count = (uint8_t)orders[i].count };
		struct nbt_address list[RECORD_MAX_ADDRESSES];
		size_t found, n;

		for (n = 0; n < orders[i].count; n++)
			record.address[n] = (struct record_address){
				.address = address_of((unsigned)n + 1),
				.owner = orders[i].stored[n].is_ours ? OWNER_SELF : partner,
				.expiry = orders[i].stored[n].expiry,
			};
		found = answer_addresses(&record, NOW, list);
		for (n = 0; orders[i].want[n] != 0; n++)
			if (n >= found ||
			    list[n].address.s_addr != address_of(orders[i].want[n]).s_addr)
				fail_msg("%s: place %zu", orders[i].what, n);
		if (found != n)
			fail_msg("%s: %zu addresses", orders[i].what, found);
	}
}

static void leader_of_a_list(void **state)
{
	static const struct {
		const char *what;
		size_t count, max;
		unsigned leader, want[5];
	} cases[] = {
		{ "one more", 2, 4, 9, { 9, 1, 2 } },
		{ "the last of them", 3, 4, 3, { 3, 1, 2 } },
		{ "one between", 3, 3, 2, { 2, 1, 3 } },
		{ "the first already", 3, 4, 1, { 1, 2, 3 } },
		{ "a full list", 3, 3, 9, { 9, 1, 2 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nbt_address list[4];
		size_t found, n;

		for (n = 0; n < cases[i].count; n++)
			list[n] = (struct nbt_address){ NBT_NB_GROUP, address_of((unsigned)n + 1) };
		found = answer_lead(list, cases[i].count, cases[i].max,
				    address_of(cases[i].leader));
		for (n = 0; cases[i].want[n] != 0; n++)
			if (list[n].address.s_addr != address_of(cases[i].want[n]).s_addr ||
			    list[n].flags != NBT_NB_GROUP)
				fail_msg("%s: place %zu", cases[i].what, n);
		if (found != n)
			fail_msg("%s: %zu addresses", cases[i].what, found);
	}
}

static void question_for_all_masters(void **state)
{
	static const struct {
		struct nbt_name name;
		bool want;
	} names[] = {
		{ { "*              \x1B" }, true },
		{ { "*\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x1B" }, true },
		{ { "*              \x1C" }, false },
		{ { "*LAB           \x1B" }, false },
		{ { "* \0\0\0\0\0\0\0\0\0\0\0\0\0\x1B" }, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (answer_is_all_masters(&names[i].name) != names[i].want)
			fail_msg("name %zu", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_8_1),        cmocka_unit_test(kept_master_names),
		cmocka_unit_test(flags_of_entries), cmocka_unit_test(order_of_addresses),
		cmocka_unit_test(leader_of_a_list), cmocka_unit_test(question_for_all_masters),
	};

	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}

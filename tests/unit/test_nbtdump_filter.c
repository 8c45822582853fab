/* Which packets are wanted. */
#include "nbtdump_packets.h"
#include "support.h"

#include "tools/nbtdump_filter.h"

static const struct nbt_scope no_scope;

/* A query for FRED<20> from 10.0.0.1 to 10.0.0.255. */
static const struct dump_packet *query(void)
{
	const struct nbt_name name = name_of("FRED<20>");
	struct nbt_packet p;

	nbt_make_query(&p, 1, NBT_FLAG_RD | NBT_FLAG_B, &name, &no_scope, NBT_TYPE_NB);
	return packet_of_name(&p, 1, 255, 0);
}

/* "office" and its master, told to all masters by 10.0.0.3. */
static const struct dump_packet *domain_announcement(void)
{
	const struct nbt_browse f = { .opcode = NBT_BROWSE_DOMAIN_ANNOUNCEMENT,
				      .name = "office",
				      .comment = "BOSS",
				      .server_type = NBT_SV_DOMAIN_ENUM };

	return packet_of_frame(&f, "BOSS<00>", "<01><02>__MSBROWSE__<02><01>", 3, 255, 0);
}

enum which { NAME, WORKGROUP, HOST, KIND };

static bool (*const readers[])(struct dump_filter *filter, const char *text) = {
	[NAME] = dump_filter_name,
	[WORKGROUP] = dump_filter_workgroup,
	[HOST] = dump_filter_host,
	[KIND] = dump_filter_kinds,
};

static void test_one_at_a_time(void **state)
{
	static const struct {
		enum which which;
		const char *text;
		bool query, announcement;
	} rows[] = {
		{ NAME, "FRED", true, false },
		{ NAME, "fred#20", true, false },
		{ NAME, "FRED<20>", true, false },
		{ NAME, "FRED#00", false, false },
		{ NAME, "FRE", false, false },
		{ NAME, "F*", true, false },
		{ NAME, "*", true, true },
		{ NAME, "boss", false, true },
		{ NAME, "OFFICE", false, true },
		{ WORKGROUP, "OFFICE", false, true },
		{ WORKGROUP, "FRED", false, false },
		{ HOST, "10.0.0.1", true, false },
		{ HOST, "10.0.0.3", false, true },
		{ HOST, "10.0.0.255", true, true },
		{ HOST, "10.0.0.0/24", true, true },
		{ HOST, "10.0.0.0/31", true, false },
		{ HOST, "0.0.0.0/0", true, true },
		{ HOST, "10.1.0.0/16", false, false },
		{ KIND, "query", true, false },
		{ KIND, "name", true, false },
		{ KIND, "browse", false, true },
		{ KIND, "election", false, false },
		{ KIND, "election,announcement", false, true },
		{ KIND, "query,datagram", true, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dump_filter filter = { .kinds = 0 };

		assert_true(dump_filter_is_open(&filter));
		assert_true(readers[rows[i].which](&filter, rows[i].text));
		assert_false(dump_filter_is_open(&filter));
		if (dump_filter_wants(&filter, query()) != rows[i].query ||
		    dump_filter_wants(&filter, domain_announcement()) != rows[i].announcement)
			fail_msg("%s", rows[i].text);
	}
}

static void test_all_must_match(void **state)
{
	struct dump_filter filter = { .kinds = 0 };

	(void)state;
	assert_true(dump_filter_wants(&filter, query()));
	assert_true(dump_filter_name(&filter, "FRED"));
	assert_true(dump_filter_host(&filter, "10.0.0.1"));
	assert_true(dump_filter_wants(&filter, query()));
	assert_true(dump_filter_kinds(&filter, "release"));
	assert_false(dump_filter_wants(&filter, query()));
}

static void test_what_is_no_filter(void **state)
{
	static const struct {
		enum which which;
		const char *text;
	} rows[] = {
		{ NAME, "" },           { WORKGROUP, "" },       { WORKGROUP, "OFFICE#1B" },
		{ HOST, "10.0.0" },     { HOST, "10.0.0.0/33" }, { HOST, "10.0.0.0/x" },
		{ HOST, "10.0.0.0/" },  { HOST, "fred" },        { KIND, "" },
		{ KIND, "query,nope" }, { KIND, "quer" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dump_filter filter = { .kinds = 0 };

		if (readers[rows[i].which](&filter, rows[i].text))
			fail_msg("%s", rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_all_must_match),
		cmocka_unit_test(test_what_is_no_filter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

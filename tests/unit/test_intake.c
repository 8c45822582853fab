/* Records of other name servers beside those that are here. */
#include "nbns.h"

#include <errno.h>
#include <stdio.h>

#include "nbnsd/registry/registry.h"
#include "nbnsd/service/intake.h"

#define U RECORD_UNIQUE
#define G RECORD_GROUP
#define S RECORD_SPECIAL_GROUP
#define M RECORD_MULTIHOMED

/*
 * Decisions.
 */

static const struct decision {
	const char *what;
	struct intake_facts here;
	uint8_t kind;
	bool is_static;
	enum intake_verdict want, replacing;
} decisions[] = {
	{ "the name is not here", { .exists = false }, U, false, INTAKE_ADD, INTAKE_ADD },
	{ "nor is the static one", { .exists = false }, U, true, INTAKE_ADD, INTAKE_ADD },
	{ "a released name",
	  { true, U, RECORD_RELEASED, false, false, false },
	  U,
	  false,
	  INTAKE_REPLACE,
	  INTAKE_REPLACE },
	{ "a released name with the same address",
	  { true, U, RECORD_RELEASED, false, false, true },
	  U,
	  false,
	  INTAKE_REPLACE,
	  INTAKE_REPLACE },
	{ "a tombstone of a group",
	  { true, G, RECORD_TOMBSTONE, false, false, false },
	  U,
	  false,
	  INTAKE_REPLACE,
	  INTAKE_REPLACE },
	{ "an active name",
	  { true, U, RECORD_ACTIVE, false, false, false },
	  U,
	  false,
	  INTAKE_KEEP,
	  INTAKE_REPLACE },
	{ "an active name with the same address",
	  { true, U, RECORD_ACTIVE, false, false, true },
	  U,
	  false,
	  INTAKE_SAME,
	  INTAKE_SAME },
	{ "a static name with the same address",
	  { true, U, RECORD_ACTIVE, true, false, true },
	  U,
	  false,
	  INTAKE_SAME,
	  INTAKE_SAME },
	{ "an active name that shall be static",
	  { true, U, RECORD_ACTIVE, false, false, true },
	  U,
	  true,
	  INTAKE_KEEP,
	  INTAKE_REPLACE },
	{ "a static name",
	  { true, U, RECORD_ACTIVE, true, false, false },
	  U,
	  false,
	  INTAKE_KEEP,
	  INTAKE_REPLACE },
	{ "a name that has become multihomed",
	  { true, U, RECORD_ACTIVE, false, false, false },
	  M,
	  false,
	  INTAKE_KEEP,
	  INTAKE_REPLACE },
	{ "a group of that name",
	  { true, G, RECORD_ACTIVE, false, false, true },
	  U,
	  false,
	  INTAKE_KEEP,
	  INTAKE_REPLACE },
	{ "members of a group",
	  { true, G, RECORD_ACTIVE, false, false, false },
	  G,
	  false,
	  INTAKE_JOIN,
	  INTAKE_JOIN },
	{ "members of a static group",
	  { true, G, RECORD_ACTIVE, true, false, false },
	  G,
	  false,
	  INTAKE_JOIN,
	  INTAKE_JOIN },
	{ "members that are there",
	  { true, G, RECORD_ACTIVE, false, false, true },
	  G,
	  false,
	  INTAKE_SAME,
	  INTAKE_SAME },
	{ "a group that shall be static",
	  { true, G, RECORD_ACTIVE, false, false, false },
	  G,
	  true,
	  INTAKE_KEEP,
	  INTAKE_REPLACE },
	{ "domain controllers",
	  { true, S, RECORD_ACTIVE, false, false, false },
	  S,
	  false,
	  INTAKE_MERGE,
	  INTAKE_MERGE },
	{ "static ones among static ones",
	  { true, S, RECORD_ACTIVE, true, false, false },
	  S,
	  true,
	  INTAKE_MERGE,
	  INTAKE_MERGE },
	{ "a list that somebody has made stays his",
	  { true, S, RECORD_ACTIVE, true, false, false },
	  S,
	  false,
	  INTAKE_KEEP,
	  INTAKE_REPLACE },
	{ "a name of this host",
	  { true, U, RECORD_ACTIVE, false, true, false },
	  U,
	  false,
	  INTAKE_OWN,
	  INTAKE_OWN },
	{ "that it has released",
	  { true, U, RECORD_RELEASED, false, true, false },
	  U,
	  true,
	  INTAKE_OWN,
	  INTAKE_OWN },
};

static void what_is_here_wins(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(decisions); i++) {
		const struct decision *d = &decisions[i];
		const struct record record = { .kind = d->kind, .is_static = d->is_static };

		if (intake_decide(&d->here, &record, false) != d->want)
			fail_msg("%s", d->what);
		if (intake_decide(&d->here, &record, true) != d->replacing)
			fail_msg("%s, with --replace", d->what);
	}
}

/* Whatever meets, there is a rule. */
static void every_pair_is_decided(void **state)
{
	(void)state;
	for (uint8_t here = U; here <= M; here++)
		for (uint8_t kind = U; kind <= M; kind++)
			for (int how = 0; how < 4; how++) {
				const struct intake_facts facts = { true,    here,  RECORD_ACTIVE,
								    how & 1, false, false };
				const struct record record = { .kind = kind,
							       .is_static = (how & 2) != 0 };

				assert_int_not_equal(intake_decide(&facts, &record, true),
						     INTAKE_KEEP);
			}
}

/*
 * Records as lines.
 */

#define FRED "46524544202020202020202020202020" /* without the suffix 20 that it ends with */

static const struct line {
	const char *text;
	bool is_record;
} lines[] = {
	{ FRED " unique H 3600 10.0.0.9", true },
	{ FRED " unique H static 10.0.0.9", true },
	{ FRED " group B 0 -", true },
	{ FRED " internet P 1 10.0.0.8,10.0.0.9 EXAMPLE.ORG", true },
	{ FRED " multihomed M 99999999999999999999 10.0.0.9", true },
	{ FRED " unique H 3600", false },
	{ FRED " unique H -1 10.0.0.9", false },
	{ FRED " unique H 3600s 10.0.0.9", false },
	{ FRED " unique X 3600 10.0.0.9", false },
	{ FRED " single H 3600 10.0.0.9", false },
	{ FRED " unique H 3600 10.0.0", false },
	{ FRED " unique H 3600 10.0.0.9 ..", false },
	{ FRED "20 unique H 3600 10.0.0.9", false },
	{ "4652454420202020202020202020202x unique H 3600 10.0.0.9", false },
	{ "FRED unique H 3600 10.0.0.9", false },
	{ FRED " unique H 3600 1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5,1.1.1.6,1.1.1.7,1.1.1.8,"
	       "1.1.2.1,1.1.2.2,1.1.2.3,1.1.2.4,1.1.2.5,1.1.2.6,1.1.2.7,1.1.2.8,1.1.3.1,1.1.3.2,"
	       "1.1.3.3,1.1.3.4,1.1.3.5,1.1.3.6,1.1.3.7,1.1.3.8,1.1.3.9,1.1.3.10",
	  false },
	{ "", false },
};

static struct intake read_line(const char *text, bool want)
{
	struct intake intake = { .replace = false };
	char line[1024];

	strcpy(line, text);
	if (intake_read(line, &intake) != want)
		fail_msg("%s: a record, or not", text);
	return intake;
}

static void lines_are_read(void **state)
{
	struct intake intake;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		read_line(lines[i].text, lines[i].is_record);
	intake = read_line(lines[3].text, true);
	assert_memory_equal(intake.record.name.bytes, "FRED            ", NBT_NAME_LEN);
	assert_int_equal(intake.record.kind, RECORD_SPECIAL_GROUP);
	assert_int_equal(intake.record.node_type, 1);
	assert_int_equal(intake.record.address_count, 2);
	assert_int_equal(intake.remaining_s, 1);
	assert_int_equal(nbt_scope_length(&intake.record.scope), strlen("EXAMPLE.ORG"));
	assert_int_equal(read_line(lines[4].text, true).remaining_s, UINT32_MAX);
}

/*
 * Carried out.
 */

#define HEX_FRED_20 FRED
#define HEX_LAB_1E  "4c41422020202020202020202020201e"
#define HEX_LAB_1C  "4c41422020202020202020202020201c"
#define HEX_LAB_1D  "4c41422020202020202020202020201d"
#define HEX_WPAD    "57504144202020202020202020202000"

static enum intake_verdict take(struct nbns *ns, const char *line, bool replace)
{
	struct intake intake = read_line(line, true);
	enum intake_verdict verdict;

	intake.replace = replace;
	assert_int_equal(service_take_in(ns->service, &intake, &ns->env, &verdict), 0);
	nbns_pass_ms(ns, 0);
	return verdict;
}

static lease_time lease_left(struct nbns *ns, const char *name)
{
	return record_named(ns, name).expiry - service_lease_now(ns->service, &ns->env);
}

static void a_name_is_ours_and_stays_over_a_restart(void **state)
{
	struct nbns *ns = nbns_run();
	uint64_t version = service_next_version(ns->service);

	(void)state;
	assert_int_equal(take(ns, HEX_FRED_20 " unique H 1 10.0.0.9", false), INTAKE_ADD);
	assert_true(
		record_is_owned(&(struct record){ .owner = record_named(ns, "FRED<20>").owner }));
	assert_int_equal(record_named(ns, "FRED<20>").version, version);
	assert_int_equal(record_named(ns, "FRED<20>").node_type, 3);
	nbns_restart(ns);
	expect_lists(ns, "FRED<20>", "10.0.0.9");
	nbns_free(ns);
}

/* Its owner may not know yet that his name server is another. */
static void a_lease_is_what_is_left_but_a_renewal_interval_at_least(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	take(ns, HEX_FRED_20 " unique H 1 10.0.0.9", false);
	assert_int_equal(lease_left(ns, "FRED<20>"), ns->settings.renewal_s);
	take(ns, HEX_FRED_20 " unique H 1000000 10.0.0.8", true);
	assert_int_equal(lease_left(ns, "FRED<20>"), 1000000);
	take(ns, HEX_FRED_20 " unique H 4294967295 10.0.0.7", true);
	assert_int_equal(record_named(ns, "FRED<20>").expiry, LEASE_FOREVER - 1);
	take(ns, HEX_FRED_20 " unique H static 10.0.0.6", true);
	assert_int_equal(record_named(ns, "FRED<20>").expiry, LEASE_FOREVER);
	nbns_free(ns);
}

static void an_owner_refreshes_what_was_taken_in(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	take(ns, HEX_FRED_20 " unique H 1 10.0.0.1", false);
	claim(ns, &ns->a, REFRESH, "FRED<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	nbns_free(ns);
}

static void a_name_in_use_is_kept(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	assert_int_equal(take(ns, HEX_FRED_20 " unique H 1 10.0.0.9", false), INTAKE_KEEP);
	expect_lists(ns, "FRED<20>", "10.0.0.1");
	assert_int_equal(take(ns, HEX_FRED_20 " unique H 1 10.0.0.1", false), INTAKE_SAME);
	assert_int_equal(take(ns, HEX_FRED_20 " unique H 1 10.0.0.9", true), INTAKE_REPLACE);
	expect_lists(ns, "FRED<20>", "10.0.0.9");
	nbns_free(ns);
}

static void members_join_a_group(void **state)
{
	struct nbns *ns = nbns_run();
	const struct in_addr first = { htonl(0x0a000009) }, second = { htonl(0x0a000001) };
	struct record group;
	uint32_t id;

	(void)state;
	assert_int_equal(take(ns, HEX_LAB_1E " group H 1 10.0.0.9", false), INTAKE_ADD);
	assert_int_equal(take(ns, HEX_LAB_1E " group H 9000000 10.0.0.9,10.0.0.1", false),
			 INTAKE_JOIN);
	group = record_named(ns, "LAB<1E>");
	id = registry_find(ns->registry, &group.name, &group.scope);
	assert_int_equal(registry_member_count(ns->registry, id), 2);
	assert_true(registry_member_has(ns->registry, id, first));
	assert_int_equal(registry_member_lease(ns->registry, id, second), group.expiry);
	assert_int_equal(lease_left(ns, "LAB<1E>"), 9000000);
	assert_int_equal(take(ns, HEX_LAB_1E " group H 1 -", false), INTAKE_SAME);
	nbns_free(ns);
}

static void controllers_join_a_list(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	assert_int_equal(take(ns, HEX_LAB_1C " internet H 1 10.0.0.8,10.0.0.9", false), INTAKE_ADD);
	assert_int_equal(take(ns, HEX_LAB_1C " internet H 1 10.0.0.9,10.0.0.7", false),
			 INTAKE_MERGE);
	assert_int_equal(record_named(ns, "LAB<1C>").address_count, 3);
	nbns_free(ns);
}

static void a_full_list_takes_no_more(void **state)
{
	struct nbns *ns = nbns_run();
	char line[1024], *at = line + sprintf(line, "%s internet H 1 10.1.0.1", HEX_LAB_1C);

	(void)state;
	for (int i = 2; i <= RECORD_MAX_ADDRESSES; i++)
		at += sprintf(at, ",10.1.0.%d", i);
	assert_int_equal(take(ns, line, false), INTAKE_ADD);
	assert_int_equal(take(ns, HEX_LAB_1C " internet H 1 10.0.0.9", false), INTAKE_MERGE);
	assert_int_equal(record_named(ns, "LAB<1C>").address_count, RECORD_MAX_ADDRESSES);
	nbns_free(ns);
}

static void names_that_no_server_keeps_are_refused(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	assert_int_equal(take(ns, HEX_LAB_1D " unique H 1 10.0.0.9", false), INTAKE_REFUSE);
	assert_int_equal(take(ns, HEX_LAB_1D " unique H static 10.0.0.9", false), INTAKE_REFUSE);
	assert_int_equal(take(ns, HEX_LAB_1C " unique H 1 10.0.0.9", false), INTAKE_REFUSE);
	assert_int_equal(take(ns, HEX_LAB_1E " unique H 1 10.0.0.9", false), INTAKE_REFUSE);
	assert_int_equal(take(ns, HEX_FRED_20 " unique H 1 0.0.0.0", false), INTAKE_REFUSE);
	assert_int_equal(take(ns, HEX_WPAD " unique H 1 10.0.0.9", false), INTAKE_REFUSE);
	assert_int_equal(take(ns, HEX_WPAD " unique H static 10.0.0.9", false), INTAKE_ADD);
	nbns_free(ns);
}

static void a_trial_changes_nothing(void **state)
{
	struct nbns *ns = nbns_run();
	struct intake intake = read_line(HEX_FRED_20 " unique H 1 10.0.0.9", true);
	enum intake_verdict verdict;

	(void)state;
	intake.is_trial = true;
	assert_int_equal(service_take_in(ns->service, &intake, &ns->env, &verdict), 0);
	assert_int_equal(verdict, INTAKE_ADD);
	assert_false(has_record(ns, "FRED<20>"));
	nbns_free(ns);
}

static void more_addresses_than_the_kind_has(void **state)
{
	struct nbns *ns = nbns_run();
	struct intake intake = read_line(HEX_FRED_20 " unique H 1 10.0.0.8,10.0.0.9", true);
	enum intake_verdict verdict;

	(void)state;
	assert_int_equal(service_take_in(ns->service, &intake, &ns->env, &verdict), -EINVAL);
	assert_false(has_record(ns, "FRED<20>"));
	nbns_free(ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_here_wins),
		cmocka_unit_test(every_pair_is_decided),
		cmocka_unit_test(lines_are_read),
		cmocka_unit_test(a_name_is_ours_and_stays_over_a_restart),
		cmocka_unit_test(a_lease_is_what_is_left_but_a_renewal_interval_at_least),
		cmocka_unit_test(an_owner_refreshes_what_was_taken_in),
		cmocka_unit_test(a_name_in_use_is_kept),
		cmocka_unit_test(members_join_a_group),
		cmocka_unit_test(controllers_join_a_list),
		cmocka_unit_test(a_full_list_takes_no_more),
		cmocka_unit_test(names_that_no_server_keeps_are_refused),
		cmocka_unit_test(a_trial_changes_nothing),
		cmocka_unit_test(more_addresses_than_the_kind_has),
	};

	return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}

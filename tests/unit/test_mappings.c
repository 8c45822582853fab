/* Static mappings in the database: what a new list adds, changes and takes away, and what it leaves
 * alone. */
#include "nbns.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "nbnsd/service/statics.h"

static int read_text(void *ctx, const char *path, const char **text, size_t *len)
{
	(void)path;
	*text = ctx;
	*len = strlen(ctx);
	return 0;
}

static struct statics *statics_of(const char *text)
{
	const struct lmhosts_source source = { .read = read_text,
					       .ctx = (void *)(uintptr_t)text,
					       .extended = true };
	struct statics *statics = statics_create();
	struct lmhosts_reader reader;
	struct lmhosts_entry entry;
	char error[LMHOSTS_ERROR_MAX];

	lmhosts_open(&reader, &source, "/s");
	while (lmhosts_next(&reader, &entry, error) == LMHOSTS_ENTRY)
		assert_int_equal(statics_add(statics, &entry, error), 0);
	lmhosts_close(&reader);
	assert_int_equal(statics_finish(statics, error), 0);
	return statics;
}

/* The list replaces the one before; returns what it did. */
static struct statics_report set(struct nbns *ns, const char *text)
{
	struct statics *statics = statics_of(text);
	struct statics_report report = { 0 };
	bool is_done = false;

	service_set_statics(ns->service, statics);
	for (int i = 0; i < 1000 && !is_done; i++) {
		nbns_pass_ms(ns, 1);
		is_done = service_statics_done(ns->service, &report);
	}
	assert_true(is_done);
	assert_false(service_statics_done(ns->service, &report));
	service_set_statics(ns->service, NULL);
	statics_destroy(statics);
	return report;
}

/* "added changed removed left" */
#define expect_report(ns, text, want)                                                              \
	do {                                                                                       \
		struct statics_report report_ = set((ns), (text));                                 \
		char got_[80];                                                                     \
		snprintf(got_, sizeof(got_), "%zu %zu %zu %zu", report_.added, report_.changed,    \
			 report_.removed, report_.left);                                           \
		if (strcmp(got_, (want)) != 0)                                                     \
			fail_msg("line %d: %s, wanted %s", __LINE__, got_, (want));                \
	} while (0)

static void put(struct nbns *ns, const char *name, enum record_kind kind, const char *addresses)
{
	struct record record = record_of(ns, name, kind, addresses);

	record.is_static = true;
	record.expiry = LEASE_FOREVER;
	for (size_t i = 0; i < record.address_count; i++)
		record.address[i].expiry = LEASE_FOREVER;
	assert_int_equal(service_put(ns->service, &record), 0);
}

static void a_list_is_brought_in(void **state)
{
	struct nbns *ns = nbns_run();
	uint64_t version;

	(void)state;
	expect_report(ns, "10.0.1.1 A\n10.0.1.2 B#20\n10.0.1.3 G #NG\n10.0.1.4 D#1C", "6 0 0 0");
	assert_true(record_named(ns, "A<20>").is_static);
	expect_lists(ns, "A<03>", "10.0.1.1");
	expect_lists(ns, "D<1C>", "10.0.1.4");
	assert_int_equal(record_named(ns, "G<1E>").kind, RECORD_GROUP);
	version = version_of(ns, "B<20>");

	expect_report(ns, "10.0.1.1 A\n10.0.1.2 B#20\n10.0.1.3 G #NG\n10.0.1.4 D#1C", "0 0 0 0");
	assert_int_equal(version_of(ns, "B<20>"), version);

	expect_report(ns, "10.0.1.1 A\n10.0.1.9 B#20\n10.0.1.5 C#20", "1 1 2 0");
	expect_lists(ns, "B<20>", "10.0.1.9");
	assert_true(version_of(ns, "B<20>") > version);
	assert_int_equal(record_named(ns, "D<1C>").state, RECORD_TOMBSTONE);
	assert_false(record_named(ns, "D<1C>").is_static);

	query(ns, &ns->a, NBT_FLAG_RD, "A<20>");
	expect_addresses(ns, &ns->a, 0, "10.0.1.1");
	claim(ns, &ns->a, REGISTER, "A<20>", UNIQUE);
	expect_conflict(ns, &ns->a);
	claim(ns, &ns->a, REGISTER, "D<1C>", GROUP); /* a tombstone is free */
	expect_positive(ns, &ns->a);
	nbns_free(ns);
}

static void what_the_administrator_added_stays(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	put(ns, "HERS<20>", RECORD_UNIQUE, "10.0.2.1");
	expect_report(ns, "10.0.1.1 A#20", "1 0 0 0");
	expect_report(ns, "", "0 0 1 0");
	expect_lists(ns, "HERS<20>", "10.0.2.1");
	assert_true(record_named(ns, "HERS<20>").is_static);
	nbns_free(ns);
}

static void what_is_registered_gives_way(void **state)
{
	struct nbns *ns = nbns_run();
	struct statics_report report;

	(void)state;
	claim(ns, &ns->a, REGISTER, "A<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	report = set(ns, "10.0.1.1 A#20");
	assert_int_equal(report.changed, 1);
	assert_int_equal(report.replaced, 1);
	assert_memory_equal(report.named[0].bytes, "A              \x20", NBT_NAME_LEN);
	expect_lists(ns, "A<20>", "10.0.1.1");
	nbns_free(ns);
}

static void with_migrate_it_does_not(void **state)
{
	struct nbns *ns = nbns_new();

	(void)state;
	ns->settings.migrate = true;
	nbns_start(ns);
	claim(ns, &ns->a, REGISTER, "A<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	expect_report(ns, "10.0.1.1 A#20", "0 0 0 1");
	expect_lists(ns, "A<20>", "10.0.0.1");
	nbns_free(ns);
}

static void names_of_this_host_are_left_out(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	nbns_pass(ns, 10); /* they are claimed */
	expect_report(ns, "10.0.1.1 OFFICE1\n10.0.1.1 A#20", "1 0 0 3");
	nbns_free(ns);
}

static void who_joined_an_internet_group_keeps_his_lease(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	expect_report(ns, "10.0.1.1 D#1C", "1 0 0 0");
	claim(ns, &ns->a, REGISTER, "D<1C>", GROUP);
	expect_positive(ns, &ns->a);
	expect_lists(ns, "D<1C>", "10.0.1.1 10.0.0.1");
	expect_report(ns, "10.0.1.1 D#1C", "0 0 0 0");
	expect_report(ns, "10.0.1.2 D#1C", "0 1 0 0");
	expect_lists(ns, "D<1C>", "10.0.1.2 10.0.0.1");
	expect_report(ns, "", "0 0 1 0");
	expect_lists(ns, "D<1C>", "10.0.0.1");
	assert_int_equal(record_named(ns, "D<1C>").state, RECORD_ACTIVE);
	assert_false(record_named(ns, "D<1C>").is_static);
	nbns_free(ns);
}

static void members_of_a_normal_group_stay(void **state)
{
	struct nbns *ns = nbns_run();
	const struct nbt_name name = name_of("G<1E>");
	const struct nbt_scope none = { 0 };
	uint32_t id;

	(void)state;
	expect_report(ns, "10.0.1.1 G #NG", "1 0 0 0");
	claim(ns, &ns->a, REGISTER, "G<1E>", GROUP);
	expect_positive(ns, &ns->a);
	expect_report(ns, "", "0 0 1 0");
	id = registry_find(ns->registry, &name, &none);
	assert_true(registry_member_has(ns->registry, id, ns->a.address));
	assert_int_equal(record_named(ns, "G<1E>").state, RECORD_ACTIVE);
	assert_false(record_named(ns, "G<1E>").is_static);
	nbns_free(ns);
}

static void a_long_list_goes_in_slices(void **state)
{
	struct nbns *ns = nbns_run();
	char text[40000] = "";
	size_t len = 0;
	struct statics *statics;
	struct statics_report report;

	(void)state;
	for (int i = 0; i < 1000; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "10.0.%d.%d N%d#20\n",
					1 + i / 200, 1 + i % 200, i);
	statics = statics_of(text);
	nbns_commit(ns);
	ns->stalled = true;
	service_set_statics(ns->service, statics);
	nbns_pass_ms(ns, 100);
	assert_true(registry_count(ns->registry) < 500); /* it waits for the store */
	query(ns, &ns->a, NBT_FLAG_RD, "NOBODY<20>");
	expect_negative(ns, &ns->a); /* which holds up nobody */
	ns->stalled = false;
	nbns_commit(ns);
	nbns_pass_ms(ns, 100);
	assert_true(service_statics_done(ns->service, &report));
	assert_int_equal(report.added, 1000);
	service_set_statics(ns->service, NULL);
	statics_destroy(statics);
	nbns_free(ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_brought_in),
		cmocka_unit_test(what_the_administrator_added_stays),
		cmocka_unit_test(what_is_registered_gives_way),
		cmocka_unit_test(with_migrate_it_does_not),
		cmocka_unit_test(names_of_this_host_are_left_out),
		cmocka_unit_test(who_joined_an_internet_group_keeps_his_lease),
		cmocka_unit_test(members_of_a_normal_group_stay),
		cmocka_unit_test(a_long_list_goes_in_slices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

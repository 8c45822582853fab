/* Texts to addresses, each one once. */
#include "tools/scan_targets.h"

#include <arpa/inet.h>

#include "support.h"

static uint32_t number_of(const char *text)
{
	struct in_addr address;

	assert_int_equal(inet_pton(AF_INET, text, &address), 1);
	return ntohl(address.s_addr);
}

/* A text, and the range that it is; first NULL: the error. */
static const struct row {
	const char *text, *first, *last;
	enum targets_error want;
} rows[] = {
	{ "10.0.0.1", "10.0.0.1", "10.0.0.1", TARGETS_OK },
	{ "0.0.0.0", "0.0.0.0", "0.0.0.0", TARGETS_OK },
	{ "255.255.255.255", "255.255.255.255", "255.255.255.255", TARGETS_OK },
	{ "10.0.0.7/24", "10.0.0.0", "10.0.0.255", TARGETS_OK },
	{ "10.0.0.7/32", "10.0.0.7", "10.0.0.7", TARGETS_OK },
	{ "10.0.0.7/31", "10.0.0.6", "10.0.0.7", TARGETS_OK },
	{ "10.1.2.3/8", "10.0.0.0", "10.255.255.255", TARGETS_OK },
	{ "10.0.0.25-137", "10.0.0.25", "10.0.0.137", TARGETS_OK },
	{ "10.0.0.25-25", "10.0.0.25", "10.0.0.25", TARGETS_OK },
	{ "10.0.0.25-10.0.3.1", "10.0.0.25", "10.0.3.1", TARGETS_OK },
	{ "10.1.2.3/7", NULL, NULL, TARGETS_TOO_MANY },
	{ "10.1.2.3/0", NULL, NULL, TARGETS_TOO_MANY },
	{ "0.0.0.0-255.255.255.255", NULL, NULL, TARGETS_TOO_MANY },
	{ "", NULL, NULL, TARGETS_NO_ADDRESS },
	{ "host", NULL, NULL, TARGETS_NO_ADDRESS },
	{ "10.0.0", NULL, NULL, TARGETS_NO_ADDRESS },
	{ "10.0.0.256", NULL, NULL, TARGETS_NO_ADDRESS },
	{ "10.0.0.1 ", NULL, NULL, TARGETS_NO_ADDRESS },
	{ "10.0.0.1/", NULL, NULL, TARGETS_NO_ADDRESS },
	{ "10.0.0.1/33", NULL, NULL, TARGETS_NO_ADDRESS },
	{ "10.0.0.1/-1", NULL, NULL, TARGETS_NO_ADDRESS },
	{ "10.0.0.1/8x", NULL, NULL, TARGETS_NO_ADDRESS },
	{ "10.0.0.1/4294967304", NULL, NULL, TARGETS_NO_ADDRESS },
	{ "10.0.0.1-", NULL, NULL, TARGETS_NO_ADDRESS },
	{ "10.0.0.2-1", NULL, NULL, TARGETS_NO_ADDRESS },
	{ "10.0.0.2-256", NULL, NULL, TARGETS_NO_ADDRESS },
	{ "10.0.0.2-10.0.0.1", NULL, NULL, TARGETS_NO_ADDRESS },
	{ "1000.100.100.100.100", NULL, NULL, TARGETS_NO_ADDRESS },
};

static void texts_are_ranges(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct targets targets = { 0 };
		enum targets_error got = targets_add(&targets, rows[i].text);

		if (got != rows[i].want)
			fail_msg("%s: %d, wanted %d", rows[i].text, got, rows[i].want);
		assert_int_equal(targets.range_count, got == TARGETS_OK);
		if (got == TARGETS_OK && (targets.ranges[0].first != number_of(rows[i].first) ||
					  targets.ranges[0].last != number_of(rows[i].last)))
			fail_msg("%s: another range", rows[i].text);
		targets_free(&targets);
	}
}

static void add_all(struct targets *targets, const char *const *texts)
{
	for (; *texts != NULL; texts++)
		assert_int_equal(targets_add(targets, *texts), TARGETS_OK);
}

static void each_address_comes_once(void **state)
{
	static const char *const texts[] = { "10.0.1.0/30", "10.0.0.3",   "10.0.0.1-3",
					     "10.0.0.2-5",  "10.0.1.1",   "10.0.0.9",
					     "10.0.1.4",    "10.0.0.1-2", NULL };
	static const char *const want[] = { "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4",
					    "10.0.0.5", "10.0.0.9", "10.0.1.0", "10.0.1.1",
					    "10.0.1.2", "10.0.1.3", "10.0.1.4" };
	struct targets targets = { 0 };
	uint32_t index;

	(void)state;
	add_all(&targets, texts);
	assert_true(targets_settle(&targets));
	assert_int_equal(targets.count, ARRAY_SIZE(want));
	for (uint32_t i = 0; i < targets.count; i++) {
		struct in_addr address = targets_at(&targets, i);

		assert_int_equal(ntohl(address.s_addr), number_of(want[i]));
		assert_true(targets_find(&targets, address, &index));
		assert_int_equal(index, i);
	}
	targets_free(&targets);
}

static void others_are_not_found(void **state)
{
	static const char *const texts[] = { "10.0.0.2-5", "10.0.0.9", NULL };
	static const char *const others[] = { "0.0.0.0",  "10.0.0.1",  "10.0.0.6",
					      "10.0.0.8", "10.0.0.10", "255.255.255.255" };
	struct targets targets = { 0 };
	uint32_t index;

	(void)state;
	add_all(&targets, texts);
	assert_true(targets_settle(&targets));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(targets_find(&targets, (struct in_addr){ htonl(number_of(others[i])) },
					  &index));
	targets_free(&targets);
	assert_false(targets_find(&targets, (struct in_addr){ 0 }, &index));
}

static void all_together_are_bounded(void **state)
{
	static const char *const texts[] = { "10.0.0.0/8", "10.1.0.0/16", NULL };
	struct targets targets = { 0 };

	(void)state;
	add_all(&targets, texts);
	assert_true(targets_settle(&targets));
	assert_int_equal(targets.count, TARGETS_MAX);
	assert_int_equal(targets_add(&targets, "11.0.0.0"), TARGETS_OK);
	assert_false(targets_settle(&targets));
	targets_free(&targets);
}

static void the_last_addresses_of_all(void **state)
{
	static const char *const texts[] = { "255.255.255.254-255", "255.255.255.255", "0.0.0.0-1",
					     NULL };
	struct targets targets = { 0 };
	uint32_t index;

	(void)state;
	add_all(&targets, texts);
	assert_true(targets_settle(&targets));
	assert_int_equal(targets.count, 4);
	assert_true(targets_find(&targets, (struct in_addr){ INADDR_BROADCAST }, &index));
	assert_int_equal(index, 3);
	targets_free(&targets);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_ranges),
		cmocka_unit_test(each_address_comes_once),
		cmocka_unit_test(others_are_not_found),
		cmocka_unit_test(all_together_are_bounded),
		cmocka_unit_test(the_last_addresses_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Complete lists of addresses. */
#include "support.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "nbnsd/service/roster.h"
#include "records.h"

#define NOW 1000

static struct registry *registry_new(void)
{
	static const uint8_t key[16] = "unpredictable";
	struct registry *registry = registry_create(key);

	assert_non_null(registry);
	return registry;
}

/* Active, with these addresses; of a normal group they become members. */
static uint32_t add(struct registry *registry, const char *name, const char *scope,
		    enum record_kind kind, const char *addresses)
{
	struct record record = { .name = name_of(name),
				 .scope = scope_of(scope),
				 .kind = (uint8_t)kind,
				 .state = RECORD_ACTIVE,
				 .expiry = NOW + 1 };
	char copy[256], *rest = copy;
	struct in_addr members[16];
	size_t count = 0;
	uint32_t id;

	snprintf(copy, sizeof(copy), "%s", addresses);
	for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL; count++)
		members[count].s_addr = inet_addr(word);
	for (size_t i = 0; kind != RECORD_GROUP && i < count; i++)
		record.address[record.address_count++] =
			(struct record_address){ .address = members[i], .expiry = NOW + 1 };
	id = registry_add(registry, &record);
	assert_int_not_equal(id, REGISTRY_NONE);
	for (size_t i = 0; kind == RECORD_GROUP && i < count; i++)
		assert_int_equal(registry_member_put(registry, id, members[i], NOW + 1),
				 MEMBER_ADDED);
	return id;
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The list as text, sorted. */
static void expect_list(const struct roster *roster, const char *wanted, const char *what)
{
	struct nbt_record record = { .rdata = roster_rdata(roster),
				     .rdata_len =
					     (uint16_t)(roster_count(roster) * NBT_ADDRESS_LEN) };
	char texts[32][INET_ADDRSTRLEN], got[512] = "", *words[32];
	size_t count = roster_count(roster);

	assert_true(count <= ARRAY_SIZE(texts));
	for (size_t i = 0; i < count; i++) {
		struct nbt_address entry = nbt_record_address(&record, i);

		assert_int_equal(entry.flags, NBT_NB_GROUP);
		inet_ntop(AF_INET, &entry.address, texts[i], sizeof(texts[i]));
		words[i] = texts[i];
	}
	qsort(words, count, sizeof(words[0]), compare_words);
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(got);

		snprintf(got + len, sizeof(got) - len, "%s%s", len > 0 ? " " : "", words[i]);
	}
	if (strcmp(got, wanted) != 0)
		fail_msg("%s: \"%s\", wanted \"%s\"", what, got, wanted);
}

static void group_lists_members_whose_leases_last(void **state)
{
	struct registry *registry = registry_new();
	struct roster *roster = roster_create(10);
	uint32_t group = add(registry, "LAB<00>", "", RECORD_GROUP, "10.0.0.1 10.0.0.2 10.0.0.3");

	(void)state;
	assert_non_null(roster);
	assert_int_equal(
		registry_member_put(registry, group, (struct in_addr){ htonl(0x0A000002) }, NOW),
		MEMBER_RENEWED);
	roster_add_group(roster, registry, group, NOW);
	expect_list(roster, "10.0.0.1 10.0.0.3", "over at its last second");
	roster_add_group(roster, registry, group, NOW - 1);
	expect_list(roster, "10.0.0.1 10.0.0.2 10.0.0.3", "nobody twice");
	roster_clear(roster);
	assert_int_equal(roster_count(roster), 0);
	assert_false(roster_is_cut(roster));
	roster_destroy(roster);
	roster_destroy(NULL);
	registry_destroy(registry);
}

static void scope_lists_everybody_active(void **state)
{
	struct registry *registry = registry_new();
	struct roster *roster = roster_create(20);
	struct nbt_scope none = { .len = 0 }, scope = scope_of("X");
	struct record record;
	uint32_t id;

	(void)state;
	add(registry, "A<20>", "", RECORD_UNIQUE, "10.0.0.1");
	add(registry, "A<00>", "", RECORD_UNIQUE, "10.0.0.1"); /* the same host */
	add(registry, "B<00>", "", RECORD_MULTIHOMED, "10.0.0.2 10.0.1.2");
	add(registry, "LAB<00>", "", RECORD_GROUP, "10.0.0.1 10.0.0.3");
	add(registry, "LAB<1C>", "", RECORD_SPECIAL_GROUP, "10.0.0.4 10.0.0.1");
	add(registry, "FAR<00>", "X", RECORD_UNIQUE, "10.9.0.1");
	id = add(registry, "GONE<00>", "", RECORD_UNIQUE, "10.0.0.5");
	registry_get(registry, id, &record);
	record.state = RECORD_RELEASED;
	assert_true(registry_replace(registry, id, &record));
	id = add(registry, "OVER<00>", "", RECORD_UNIQUE, "10.0.0.6");
	registry_renew(registry, id, 0, NOW);

	assert_true(roster_add_scope(roster, registry, &none, NOW, 1000));
	expect_list(roster, "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.1.2", "at once");

	roster_clear(roster);
	while (!roster_add_scope(roster, registry, &none, NOW, 1))
		if (registry_has(registry, id))
			registry_remove(registry, id); /* it may change meanwhile */
	expect_list(roster, "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.1.2", "step by step");

	roster_clear(roster);
	assert_true(roster_add_scope(roster, registry, &scope, NOW, 1000));
	expect_list(roster, "10.9.0.1", "a scope of its own");
	roster_destroy(roster);
	registry_destroy(registry);
}

static void lists_have_a_limit(void **state)
{
	struct registry *registry = registry_new();
	uint32_t group = add(registry, "LAB<00>", "", RECORD_GROUP, "");
	struct roster *exact = roster_create(ROSTER_MAX), *small = roster_create(3);
	struct nbt_scope none = { .len = 0 };

	(void)state;
	for (uint32_t i = 0; i < ROSTER_MAX; i++)
		registry_member_put(registry, group,
				    (struct in_addr){ htonl(0x0A000000 + i * 256) }, NOW + 1);
	roster_add_group(exact, registry, group, NOW);
	assert_int_equal(roster_count(exact), ROSTER_MAX);
	assert_false(roster_is_cut(exact));
	registry_member_put(registry, group, (struct in_addr){ htonl(0x0B000000) }, NOW + 1);
	roster_clear(exact);
	assert_true(roster_add_scope(exact, registry, &none, NOW, 1));
	assert_int_equal(roster_count(exact), ROSTER_MAX);
	assert_true(roster_is_cut(exact));
	roster_add_group(small, registry, group, NOW);
	assert_int_equal(roster_count(small), 3);
	assert_true(roster_is_cut(small));
	roster_destroy(exact);
	roster_destroy(small);
	registry_destroy(registry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(group_lists_members_whose_leases_last),
		cmocka_unit_test(scope_lists_everybody_active),
		cmocka_unit_test(lists_have_a_limit),
	};

	return cmocka_run_group_tests_name("roster", tests, NULL, NULL);
}

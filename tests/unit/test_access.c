/* Networks and lists of them. */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/access.h"

static struct in_addr address(const char *text)
{
	struct in_addr in;

	assert_int_equal(inet_pton(AF_INET, text, &in), 1);
	return in;
}

static struct access_network network(const char *text)
{
	struct access_network out;

	if (access_network_parse(&out, text) < 0)
		fail_msg("%s is no network", text);
	return out;
}

static void networks_make_the_round_trip(void **state)
{
	static const struct {
		const char *text, *printed;
	} cases[] = {
		{ "10.0.0.0/8", "10.0.0.0/8" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "255.255.255.254/31", "255.255.255.254/31" },
		{ "255.255.255.255/32", "255.255.255.255" },
		{ "10.1.2.3", "10.1.2.3" },
		{ "128.0.0.0/01", "128.0.0.0/1" },
		{ "private", "private" },
	};
	char buf[ACCESS_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct access_network n = network(cases[i].text);

		assert_string_equal(access_network_print(&n, buf), cases[i].printed);
	}
}

static void what_is_no_network_is_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"10",
		"10.0.0",
		"10.0.0.0.0",
		"10.0.0.256",
		"10.0.0.0/",
		"10.0.0.0/33",
		"10.0.0.0/-1",
		"10.0.0.0/8 ",
		"10.0.0.0/+8",
		"10.0.0.1/8",
		"1.0.0.0/0",
		"/8",
		" 10.0.0.0/8",
		"10.0.0.0/8/8",
		"Private",
		"localhost",
		"::1",
		"10.0.0.0/008",
		"100000000000000000000.0.0.0/8",
	};
	struct access_network out;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (access_network_parse(&out, cases[i]) != -EINVAL)
			fail_msg("\"%s\" was accepted", cases[i]);
}

static void network_holds_its_addresses(void **state)
{
	static const struct {
		const char *network, *address;
		bool holds;
	} cases[] = {
		{ "10.1.0.0/16", "10.1.0.0", true },      { "10.1.0.0/16", "10.1.255.255", true },
		{ "10.1.0.0/16", "10.0.255.255", false }, { "10.1.0.0/16", "10.2.0.0", false },
		{ "10.1.2.3", "10.1.2.3", true },         { "10.1.2.3", "10.1.2.2", false },
		{ "0.0.0.0/0", "255.255.255.255", true }, { "private", "192.168.1.1", true },
		{ "private", "192.169.0.0", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct access_network n = network(cases[i].network);

		if (access_network_holds(&n, address(cases[i].address)) != cases[i].holds)
			fail_msg("%s in %s", cases[i].address, cases[i].network);
	}
}

/* "10.0.0.0/8 private": the list of the row, as the configuration would have it. */
static struct access_list *list_of(const char *words, const struct access_network *own,
				   size_t own_count)
{
	struct access_network networks[16];
	char copy[256], *rest = copy;
	size_t count = 0;

	snprintf(copy, sizeof(copy), "%s", words);
	for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL;)
		networks[count++] = network(word);
	return access_list_create(&(struct access_rule){ networks, count }, 1, own, own_count);
}

static const struct list_case {
	const char *list, *address;
	bool allowed;
} list_cases[] = {
	{ "", "10.0.0.1", false },
	{ "0.0.0.0/0", "0.0.0.0", true },
	{ "0.0.0.0/0", "255.255.255.255", true },
	{ "0.0.0.0/8 0.0.0.0/9", "0.200.0.1", true },     /* before the first there is nothing */
	{ "10.0.0.0/8 10.1.0.0/16", "10.200.0.1", true }, /* one inside the other */
	{ "10.1.0.0/16 10.0.0.0/8", "10.200.0.1", true },
	{ "10.1.0.0/16 10.0.0.0/8", "10.0.0.0", true },
	{ "10.0.0.0/9 10.128.0.0/9", "10.127.255.255", true }, /* side by side */
	{ "10.0.0.0/9 10.128.0.0/9", "10.128.0.0", true },
	{ "10.0.0.0/9 10.128.0.0/9", "11.0.0.0", false },
	{ "10.0.0.0/24 10.0.2.0/24", "10.0.1.0", false }, /* a gap */
	{ "10.0.0.0/24 10.0.2.0/24", "10.0.2.0", true },
	{ "10.0.0.0/24 10.0.2.0/24", "9.255.255.255", false },
	{ "0.0.0.0/1 128.0.0.0/1 255.255.255.255", "255.255.255.255", true },
	{ "0.0.0.0 0.0.0.0/32", "0.0.0.1", false },
	{ "private", "127.0.0.1", true },
	{ "private", "10.255.255.255", true },
	{ "private", "172.15.255.255", false },
	{ "private", "172.16.0.0", true },
	{ "private", "172.31.255.255", true },
	{ "private", "172.32.0.0", false },
	{ "private", "192.168.255.255", true },
	{ "private", "169.254.0.1", true },
	{ "private", "100.64.0.1", false },
	{ "private", "198.51.100.7", true }, /* of an own interface */
	{ "private", "198.51.101.0", false },
	{ "private 203.0.113.9", "203.0.113.9", true },
	{ "203.0.113.9", "198.51.100.7", false }, /* own networks come with "private" only */
};

static void lists_allow_their_networks(void **state)
{
	struct access_network own = network("198.51.100.0/24");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(list_cases); i++) {
		const struct list_case *c = &list_cases[i];
		struct access_list *list = list_of(c->list, &own, 1);

		assert_non_null(list);
		if (access_rights(list, address(c->address)) != c->allowed)
			fail_msg("%s in \"%s\"", c->address, c->list);
		access_list_destroy(list);
	}
	access_list_destroy(NULL);
}

/* Against the plain definition, for many rules whose networks overlap. */
static void lists_agree_with_their_networks(void **state)
{
	uint32_t x = 1;

	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		struct access_network n[8];
		/* The second rule is empty, the last two share networks. */
		const struct access_rule rules[] = {
			{ n, 3 }, { n, 0 }, { n + 3, 5 }, { n + 2, 4 }
		};
		struct access_list *list;

		for (size_t i = 0; i < ARRAY_SIZE(n); i++) {
			x = x * 1664525 + 1013904223;
			n[i].bits = (unsigned char)(28 + (x >> 24) % 5);
			n[i].is_private = false;
			n[i].address.s_addr = htonl((x >> 8 & 0xFF) & ~0U << (32 - n[i].bits));
		}
		list = access_list_create(rules, ARRAY_SIZE(rules), NULL, 0);
		assert_non_null(list);
		for (uint32_t host = 0; host < 300; host++) {
			struct in_addr in = { htonl(host) };
			uint32_t rights = 0;

			for (size_t r = 0; r < ARRAY_SIZE(rules); r++)
				for (size_t i = 0; i < rules[r].count; i++)
					if (access_network_holds(&rules[r].networks[i], in))
						rights |= 1U << r;
			assert_int_equal(access_rights(list, in), rights);
		}
		access_list_destroy(list);
	}
}

/* "private" in one rule says nothing about another. */
static void rules_are_apart(void **state)
{
	const struct access_network own = network("198.51.100.0/24");
	const struct access_network one = network("127.0.0.1"), private = network("private");
	const struct access_rule rules[] = { { &private, 1 }, { &one, 1 }, { NULL, 0 } };
	struct access_list *list = access_list_create(rules, ARRAY_SIZE(rules), &own, 1);

	(void)state;
	assert_non_null(list);
	assert_int_equal(access_rights(list, address("127.0.0.1")), 3);
	assert_int_equal(access_rights(list, address("127.0.0.2")), 1);
	assert_int_equal(access_rights(list, address("198.51.100.9")), 1);
	assert_int_equal(access_rights(list, address("203.0.113.1")), 0);
	assert_int_equal(access_rights(list, address("255.255.255.255")), 0);
	access_list_destroy(list);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_make_the_round_trip),
		cmocka_unit_test(what_is_no_network_is_refused),
		cmocka_unit_test(network_holds_its_addresses),
		cmocka_unit_test(lists_allow_their_networks),
		cmocka_unit_test(lists_agree_with_their_networks),
		cmocka_unit_test(rules_are_apart),
	};

	return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}

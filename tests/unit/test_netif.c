/* How close addresses are, and how hosts are resolved. */
#include "support.h"

#include <arpa/inet.h>

#include "tools/netif.h"

static struct in_addr address(const char *text)
{
	struct in_addr in;

	assert_int_equal(inet_pton(AF_INET, text, &in), 1);
	return in;
}

static const struct closeness {
	const char *address;
	unsigned want;
} cases[] = {
	{ "10.99.0.255", 32 + 32 },   { "10.99.0.254", 31 + 32 }, { "10.99.0.128", 25 + 32 },
	{ "10.99.0.21", 24 + 32 },    { "172.1.2.3", 8 + 32 },    { "10.99.200.1", 16 },
	{ "10.98.1.1", 15 },          { "127.0.0.1", 1 },         { "192.168.1.1", 1 },
	{ "172.255.255.1", 24 + 32 },
};

static void closeness(void **state)
{
	const struct netif list[] = {
		{ "eth0", address("10.99.0.11"), address("255.255.255.0"), address("10.99.0.255") },
		{ "eth1", address("172.1.0.1"), address("255.0.0.0"), address("172.255.255.255") },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned got = netif_closeness(list, ARRAY_SIZE(list), address(cases[i].address));

		if (got != cases[i].want)
			fail_msg("%s: %u, wanted %u", cases[i].address, got, cases[i].want);
	}
	assert_int_equal(netif_closeness(NULL, 0, address("10.0.0.1")), 0);
}

static const struct host {
	const char *host, *address; /* NULL: it has none */
} hosts[] = {
	{ "10.0.0.1", "10.0.0.1" }, { "10.1", "10.0.0.1" }, { "localhost", "127.0.0.1" },
	{ "0.0.0.0", "0.0.0.0" },   { "", NULL },           { "::1", NULL },
};

static void hosts_are_resolved(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		struct in_addr got;

		if (netif_resolve(hosts[i].host, &got) != (hosts[i].address != NULL))
			fail_msg("%s: resolved, or not", hosts[i].host);
		assert_int_equal(
			got.s_addr,
			address(hosts[i].address != NULL ? hosts[i].address : "0.0.0.0").s_addr);
	}
}

/* Whatever this host has: none of it is a loopback address. */
static void interfaces_can_broadcast(void **state)
{
	struct netif list[NETIF_MAX];
	size_t count = netif_read(list);

	(void)state;
	assert_true(count <= NETIF_MAX);
	for (size_t i = 0; i < count; i++) {
		assert_int_not_equal(ntohl(list[i].address.s_addr) >> 24, 127);
		assert_int_not_equal(list[i].name[0], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closeness),
		cmocka_unit_test(hosts_are_resolved),
		cmocka_unit_test(interfaces_can_broadcast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

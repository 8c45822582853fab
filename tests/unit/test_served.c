/* Which addresses are served, for hosts of several kinds. */
#include "support.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "common/served.h"

#define UP       true
#define DOWN     false
#define NO_BCAST "0.0.0.0"

struct host_iface {
	const char *name;
	unsigned ifindex;
	const char *address, *netmask, *broadcast;
	bool is_up, is_loopback;
};

static const struct host_iface office[] = {
	{ "lo", 1, "127.0.0.1", "255.0.0.0", NO_BCAST, UP, true },
	{ "eth0", 2, "10.1.0.5", "255.255.0.0", "10.1.255.255", UP, false },
	{ "eth1", 3, "10.2.0.5", "255.255.0.0", "10.2.255.255", UP, false },
	{ "eth1", 3, "10.2.0.6", "255.255.0.0", "10.2.255.255", UP, false },
	{ "eth2", 4, "10.3.0.5", "255.255.0.0", "10.3.255.255", DOWN, false },
	{ "eth3", 5, "10.1.0.5", "255.255.0.0", "10.1.255.255", UP, false },
	{ "docker0", 6, "172.17.0.1", "255.255.0.0", "172.17.255.255", UP, false },
};

static const struct host_iface lonely[] = {
	{ "lo", 1, "127.0.0.1", "255.0.0.0", "127.255.255.255", UP, true },
};

static const struct host_iface asleep[] = {
	{ "lo", 1, "127.0.0.1", "255.0.0.0", NO_BCAST, DOWN, true },
};

#define NAMES(...)     ((const char *const[]){ __VA_ARGS__, NULL })
#define ADDRESSES(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define HOST(host)     host, ARRAY_SIZE(host)

static const struct served_case {
	const char *what;
	const struct host_iface *host;
	size_t count;
	const char *const *interfaces;
	const char *const *listen;
	const char *want; /* "interface address broadcast", each with a comma behind */
} cases[] = {
	{ "by default all that can broadcast, and 127.0.0.1; each address and subnet once",
	  HOST(office), NULL, NULL,
	  "lo 127.0.0.1 0.0.0.0,eth0 10.1.0.5 10.1.255.255,eth1 10.2.0.5 10.2.255.255,"
	  "eth1 10.2.0.6 0.0.0.0," },
	{ "interfaces by name, and 127.0.0.1", HOST(office), NAMES("eth0"), NULL,
	  "lo 127.0.0.1 0.0.0.0,eth0 10.1.0.5 10.1.255.255," },
	{ "a container bridge when it is named", HOST(office), NAMES("docker0"), NULL,
	  "lo 127.0.0.1 0.0.0.0,docker0 172.17.0.1 172.17.255.255," },
	{ "one address of an interface hears the subnet's broadcasts", HOST(office),
	  NAMES("10.2.0.6"), NULL, "lo 127.0.0.1 0.0.0.0,eth1 10.2.0.6 10.2.255.255," },
	{ "listen names all, in its order; not 127.0.0.1", HOST(office), NULL,
	  ADDRESSES("10.2.0.5", "10.1.0.5"),
	  "eth1 10.2.0.5 10.2.255.255,eth0 10.1.0.5 10.1.255.255," },
	{ "listen goes before interfaces", HOST(office), NAMES("eth0"), ADDRESSES("10.2.0.5"),
	  "eth1 10.2.0.5 10.2.255.255," },
	{ "an address in listen twice", HOST(office), NULL, ADDRESSES("10.1.0.5", "10.1.0.5"),
	  "eth0 10.1.0.5 10.1.255.255," },
	{ "any loopback address can be listened on", HOST(office), NULL, ADDRESSES("127.0.0.9"),
	  "lo 127.0.0.9 0.0.0.0," },
	{ "listen on what is not there or down", HOST(office), NULL,
	  ADDRESSES("10.9.0.1", "10.3.0.5"), "" },
	{ "an interface that is not there", HOST(office), NAMES("eth9"), NULL,
	  "lo 127.0.0.1 0.0.0.0," },
	{ "a host without network", HOST(lonely), NULL, NULL, "lo 127.0.0.1 0.0.0.0," },
	{ "a host that is not up", HOST(asleep), NULL, NULL, "" },
	{ "a host without anything", office, 0, NULL, NULL, "" },
};

static struct in_addr address_of(const char *text)
{
	struct in_addr address;

	assert_int_equal(inet_pton(AF_INET, text, &address), 1);
	return address;
}

static void make_ifaces(struct iface *out, const struct host_iface *host, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		out[i] = (struct iface){ .ifindex = host[i].ifindex,
					 .address = address_of(host[i].address),
					 .netmask = address_of(host[i].netmask),
					 .broadcast = address_of(host[i].broadcast),
					 .is_up = host[i].is_up,
					 .is_loopback = host[i].is_loopback };
		snprintf(out[i].name, sizeof(out[i].name), "%s", host[i].name);
	}
}

static void print(char *out, size_t size, const struct served_list *list)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < list->count; i++) {
		char address[INET_ADDRSTRLEN], broadcast[INET_ADDRSTRLEN];

		inet_ntop(AF_INET, &list->items[i].address, address, sizeof(address));
		inet_ntop(AF_INET, &list->items[i].broadcast, broadcast, sizeof(broadcast));
		used += (size_t)snprintf(out + used, size - used, "%s %s %s,",
					 list->items[i].interface, address, broadcast);
		assert_true(used < size);
	}
}

static void hosts_and_wishes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct served_case *c = &cases[i];
		struct iface ifaces[ARRAY_SIZE(office)];
		struct in_addr listen[4];
		struct served_wish wish = { .interfaces = c->interfaces, .listen = listen };
		struct served_list got;
		char text[512];

		make_ifaces(ifaces, c->host, c->count);
		while (c->listen != NULL && c->listen[wish.listen_count] != NULL) {
			listen[wish.listen_count] = address_of(c->listen[wish.listen_count]);
			wish.listen_count++;
		}
		assert_int_equal(
			served_choose(&got, &(struct iface_list){ ifaces, c->count }, &wish), 0);
		print(text, sizeof(text), &got);
		if (strcmp(text, c->want) != 0)
			fail_msg("%s: %s", c->what, text);
		served_list_free(&got);
	}
}

static void an_address_is_found(void **state)
{
	struct served items[] = { { .address = address_of("10.0.0.1") },
				  { .address = address_of("10.0.0.2") } };
	const struct served_list list = { items, ARRAY_SIZE(items) };

	(void)state;
	assert_ptr_equal(served_find(&list, address_of("10.0.0.2")), &items[1]);
	assert_null(served_find(&list, address_of("10.0.0.3")));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_and_wishes),
		cmocka_unit_test(an_address_is_found),
	};

	return cmocka_run_group_tests_name("served", tests, NULL, NULL);
}

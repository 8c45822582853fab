/* What the list of relays says about subnets, and what is counted of each. */
#include "support.h"

#include <arpa/inet.h>

#include "nbddd/peers.h"
#include "nbddd/service_inner.h"

#define MANY 300

static struct in_addr list[MANY];
static struct served_socket sockets[3];
static struct dgram_service service;

static struct in_addr ip(const char *text)
{
	struct in_addr address;

	assert_int_equal(inet_pton(AF_INET, text, &address), 1);
	return address;
}

static struct in_addr number(uint32_t address)
{
	return (struct in_addr){ htonl(address) };
}

/* Two subnets of ours, with these peers. */
static struct peers *start(const char *const *addresses)
{
	size_t count = 0;
	struct peers *peers;

	for (; addresses[count] != NULL; count++)
		list[count] = ip(addresses[count]);
	sockets[0] =
		(struct served_socket){ .address = ip("127.0.0.1"), .netmask = ip("255.0.0.0") };
	sockets[1] = (struct served_socket){ .address = ip("10.1.0.5"),
					     .netmask = ip("255.255.255.0"),
					     .broadcast = ip("10.1.0.255") };
	sockets[2] = (struct served_socket){ .address = ip("10.2.0.5"),
					     .netmask = ip("255.255.0.0"),
					     .broadcast = ip("10.2.255.255") };
	service.sockets = sockets;
	service.socket_count = ARRAY_SIZE(sockets);
	service.settings.peers = (struct dgram_addresses){ list, count };
	peers = peers_create(&service);
	assert_non_null(peers);
	return peers;
}

struct duty {
	const char *what;
	const char *peers[4];
	bool first, second; /* subnet */
};

static const struct duty duties[] = {
	{ "alone", { NULL }, true, true },
	{ "peers elsewhere", { "10.3.0.1", "9.0.0.1" }, true, true },
	{ "a lower one in the first subnet", { "10.1.0.4" }, false, true },
	{ "a higher one there", { "10.1.0.200" }, true, true },
	{ "a lower one in the second subnet, which is larger", { "10.2.0.4" }, true, false },
	{ "addresses are numbers, first byte first", { "10.1.0.40", "10.2.1.1" }, true, true },
	{ "the list has our own addresses, too", { "10.1.0.5", "10.2.0.5" }, true, true },
};

static void the_lowest_is_on_duty(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(duties); i++) {
		struct peers *peers = start(duties[i].peers);

		if (peers_on_duty(peers, &sockets[1]) != duties[i].first ||
		    peers_on_duty(peers, &sockets[2]) != duties[i].second)
			fail_msg("%s", duties[i].what);
		peers_destroy(peers);
	}
}

struct near {
	const char *what;
	const char *address;
	uint16_t socket;
	bool is_near;
};

static const struct near nears[] = {
	{ "in the subnet itself", "10.1.0.77", 1, true },
	{ "in our other subnet", "10.2.7.7", 1, true },
	{ "in that of a peer", "10.3.0.77", 1, true },
	{ "beside it, as far as the size of the first subnet goes", "10.3.1.77", 1, false },
	{ "but not by the size of the second one", "10.3.1.77", 2, true },
	{ "elsewhere", "10.4.0.1", 1, false },
	{ "the host itself is no subnet", "127.0.0.9", 1, false },
};

static void where_there_is_a_relay(void **state)
{
	static const char *const far[] = { "10.3.0.5", NULL };
	struct peers *peers = start(far);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nears); i++)
		if (peers_near(peers, nears[i].socket, ip(nears[i].address)) != nears[i].is_near)
			fail_msg("%s", nears[i].what);
	peers_destroy(peers);
}

static void sum(void *ctx, const struct relay_peer *peer)
{
	struct relay_peer *all = ctx;

	all->handed += peer->handed;
	all->taken += peer->taken;
	all->unreachable += peer->unreachable;
	all->last_ms += peer->last_ms;
}

static void each_is_counted(void **state)
{
	static const char *const far[] = { "10.3.0.5", NULL };
	struct peers *peers = start(far);
	struct relay_peer all = { 0 };

	(void)state;
	assert_true(peers_have(peers, ip("10.3.0.5")));
	assert_false(peers_have(peers, ip("10.3.0.6")));
	for (uint32_t i = 0; i < MANY; i++)
		peers_handed(peers, number(0x0B000000 + i)); /* strangers take no room */
	peers_handed(peers, ip("10.3.0.5"));
	peers_handed(peers, ip("10.3.0.6"));
	peers_taken(peers, ip("10.3.0.5"), 7);
	peers_taken(peers, ip("10.3.0.6"), 8);
	peers_unreachable(peers, ip("10.3.0.5"));
	peers_unreachable(peers, ip("10.3.0.6"));
	peers_each(peers, sum, &all);
	assert_int_equal(all.handed, 1);
	assert_int_equal(all.taken, 1);
	assert_int_equal(all.unreachable, 1);
	assert_int_equal(all.last_ms, 7);
	peers_destroy(peers);
}

/* Also of those that a reload brought. */
static void more_than_are_counted(void **state)
{
	static const char *const none[] = { NULL };
	struct peers *peers = start(none);
	struct relay_peer all = { 0 };

	(void)state;
	for (uint32_t i = 0; i < MANY; i++)
		list[i] = number(0x0A030000 + i);
	service.settings.peers.count = MANY;
	for (uint32_t i = 0; i < MANY; i++) {
		assert_true(peers_have(peers, list[i]));
		peers_handed(peers, list[i]);
	}
	peers_each(peers, sum, &all);
	assert_int_equal(all.handed, 256);
	peers_destroy(peers);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lowest_is_on_duty),
		cmocka_unit_test(where_there_is_a_relay),
		cmocka_unit_test(each_is_counted),
		cmocka_unit_test(more_than_are_counted),
	};

	return cmocka_run_group_tests_name("peers", tests, NULL, NULL);
}

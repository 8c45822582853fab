/* Interfaces: which are meant by the configuration, and what the kernel has. */
#include "support.h"

#include <arpa/inet.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/iface.h"
#include "common/loop.h"

#define NO_WORDS                                                                                   \
	{                                                                                          \
		NULL                                                                               \
	}
#define DOWN     1
#define NO_BCAST 2
#define LOOPBACK 4

static struct in_addr address(const char *text)
{
	struct in_addr in;

	assert_int_equal(inet_pton(AF_INET, text, &in), 1);
	return in;
}

static struct iface iface_of(const char *name, const char *text, unsigned flags)
{
	struct iface iface = { .ifindex = 1,
			       .address = address(text),
			       .netmask = address("255.255.255.0"),
			       .is_up = !(flags & DOWN),
			       .is_loopback = (flags & LOOPBACK) != 0 };

	snprintf(iface.name, sizeof(iface.name), "%s", name);
	if (!(flags & NO_BCAST))
		iface.broadcast = address("10.1.0.255");
	return iface;
}

static const struct selection_case {
	const char *what, *name, *address;
	unsigned flags;
	const char *wanted[3];
	bool selected;
} selection_cases[] = {
	{ "by default", "eth0", "10.1.0.5", 0, NO_WORDS, true },
	{ "a bridge of the administrator's", "br0", "10.1.0.5", 0, NO_WORDS, true },
	{ "a VLAN", "eth0.12", "10.1.0.5", 0, NO_WORDS, true },
	{ "down", "eth0", "10.1.0.5", DOWN, NO_WORDS, false },
	{ "loopback", "lo", "127.0.0.1", NO_BCAST | LOOPBACK, NO_WORDS, false },
	{ "point to point", "ppp0", "10.1.0.5", NO_BCAST, NO_WORDS, false },
	{ "docker's bridge", "docker0", "172.17.0.1", 0, NO_WORDS, false },
	{ "a docker network", "br-0123456789ab", "172.18.0.1", 0, NO_WORDS, false },
	{ "veth", "veth1a2b3c", "169.254.1.1", 0, NO_WORDS, false },
	{ "CNI", "cni0", "10.244.0.1", 0, NO_WORDS, false },
	{ "libvirt", "virbr0", "192.168.122.1", 0, NO_WORDS, false },
	{ "LXC", "lxcbr0", "10.0.3.1", 0, NO_WORDS, false },
	{ "podman", "podman0", "10.88.0.1", 0, NO_WORDS, false },
	{ "named", "eth0", "10.1.0.5", 0, { "eth0" }, true },
	{ "another named", "eth0", "10.1.0.5", 0, { "eth1" }, false },
	{ "second word", "eth0", "10.1.0.5", 0, { "eth1", "eth0" }, true },
	{ "name is no prefix", "eth01", "10.1.0.5", 0, { "eth0" }, false },
	{ "named and down", "eth0", "10.1.0.5", DOWN, { "eth0" }, false },
	{ "container bridge by name", "docker0", "172.17.0.1", 0, { "docker0" }, true },
	{ "container bridge by network", "docker0", "172.17.0.1", 0, { "172.16.0.0/12" }, true },
	{ "loopback by name", "lo", "127.0.0.1", NO_BCAST | LOOPBACK, { "lo" }, true },
	{ "by address", "eth0", "10.1.0.5", 0, { "10.1.0.5" }, true },
	{ "by another address", "eth0", "10.1.0.5", 0, { "10.1.0.6" }, false },
	{ "by network", "eth0", "10.1.0.5", 0, { "10.1.0.0/16" }, true },
	{ "by another network", "eth0", "10.1.0.5", 0, { "10.2.0.0/16" }, false },
	{ "a word that is nothing", "eth0", "10.1.0.5", 0, { "10.1.0.5/16" }, false },
};

static void configuration_selects_interfaces(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(selection_cases); i++) {
		const struct selection_case *c = &selection_cases[i];
		struct iface iface = iface_of(c->name, c->address, c->flags);

		if (iface_is_selected(&iface, c->wanted) != c->selected)
			fail_msg("%s", c->what);
	}
}

static void network_of_an_interface(void **state)
{
	struct iface iface = iface_of("eth0", "10.1.0.5", 0);
	struct access_network network;
	char text[ACCESS_TEXT_MAX];

	(void)state;
	network = iface_network(&iface);
	assert_string_equal(access_network_print(&network, text), "10.1.0.0/24");
	assert_true(access_network_holds(&network, address("10.1.0.77")));
}

static void kernel_has_a_loopback_interface(void **state)
{
	struct iface_list list;
	bool seen = false;

	(void)state;
	assert_int_equal(iface_list_read(&list), 0);
	for (size_t i = 0; i < list.count; i++) {
		const struct iface *iface = &list.items[i];

		assert_int_equal(iface->ifindex, if_nametoindex(iface->name));
		if (!iface->is_loopback || iface->address.s_addr != htonl(INADDR_LOOPBACK))
			continue;
		seen = true;
		assert_int_equal(iface->netmask.s_addr, htonl(0xFF000000));
		assert_int_equal(iface->broadcast.s_addr, 0);
		assert_true(iface->is_up);
	}
	iface_list_free(&list);
	assert_null(list.items);
	if (!seen)
		skip();
}

/*
 * Watching, in a network namespace of this test's own, whose loopback interface is down at first.
 */
#define TOO_LONG 20000 /* ms; only a test that fails waits so long */

struct watched {
	struct loop *loop;
	unsigned changes;
	bool late;
};

static void on_change(void *ctx)
{
	struct watched *watched = ctx;

	watched->changes++;
	loop_stop(watched->loop);
}

static void on_deadline(void *ctx, const struct nbt_env *env)
{
	struct watched *watched = ctx;

	(void)env;
	watched->late = true;
	loop_stop(watched->loop);
}

static const struct loop_events events = { .deadline = on_deadline };

static void bring_loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	close(fd);
}

static void change_is_told(void **state)
{
	struct watched watched = { .changes = 0 };
	struct iface_watch *watch;
	struct iface_list list;

	(void)state;
	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		skip();
	assert_int_equal(loop_create(&watched.loop, &events, &watched), 0);
	loop_set_deadline(watched.loop, loop_env(watched.loop).now_ms + TOO_LONG);
	assert_int_equal(iface_watch_open(&watch, watched.loop, on_change, &watched), 0);
	bring_loopback_up();
	loop_run(watched.loop);
	assert_int_equal(watched.changes, 1); /* one for the interface and its address */
	assert_false(watched.late);
	assert_int_equal(iface_list_read(&list), 0);
	assert_int_equal(list.count, 1);
	iface_list_free(&list);
	iface_watch_close(watch);
	iface_watch_close(NULL);
	loop_destroy(watched.loop);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(configuration_selects_interfaces),
		cmocka_unit_test(network_of_an_interface),
		cmocka_unit_test(kernel_has_a_loopback_interface),
		cmocka_unit_test(change_is_told),
	};

	return cmocka_run_group_tests_name("iface", tests, NULL, NULL);
}

/* UDP sockets on loopback: batches, errors, broadcasts. */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/loop.h"
#include "common/udp.h"

#define TOO_LONG 20000 /* ms; only a test that fails waits so long */

struct fixture {
	struct loop *loop;
	struct udp *server, *client;
	size_t wanted; /* packets that end the test */
	size_t packets, batches, truncated;
	size_t last_len, largest_batch;
	struct sockaddr_in last_peer;
	unsigned last_ifindex;
	bool out_of_order, echo, close_server, hold_server, late;
	struct sockaddr_in unreachable; /* told of last */
	size_t unreachable_count;
};

static void on_deadline(void *ctx, const struct nbt_env *env)
{
	struct fixture *f = ctx;

	(void)env;
	f->late = true;
	loop_stop(f->loop);
}

static const struct loop_events events = { .deadline = on_deadline };

static void look_at(struct fixture *f, const struct udp_packet *packet)
{
	uint32_t number = 0;

	if (packet->len >= sizeof(number)) {
		memcpy(&number, packet->bytes, sizeof(number));
		if (number != f->packets)
			f->out_of_order = true;
	}
	f->packets++;
	f->truncated += packet->truncated;
	f->last_len = packet->len;
	f->last_peer = packet->peer;
	f->last_ifindex = packet->ifindex;
}

static void on_packets(void *ctx, const struct udp_packet *packets, size_t count,
		       const struct nbt_env *env)
{
	struct fixture *f = ctx;

	assert_true(count >= 1 && count <= UDP_BATCH);
	assert_true(env->now_ms > 0);
	f->batches++;
	if (count > f->largest_batch)
		f->largest_batch = count;
	for (size_t i = 0; i < count; i++)
		look_at(f, &packets[i]);
	if (f->echo)
		assert_int_equal(udp_send_batch(f->server, packets, count), 0);
	if (f->close_server) {
		udp_close(f->server);
		f->server = NULL;
		look_at(f, &packets[count - 1]); /* still valid */
	}
	if (f->hold_server)
		udp_hold(f->server, true);
	if (f->packets >= f->wanted)
		loop_stop(f->loop);
}

static void ignore_packets(void *ctx, const struct udp_packet *packets, size_t count,
			   const struct nbt_env *env)
{
	(void)ctx;
	(void)packets;
	(void)count;
	(void)env;
}

static struct sockaddr_in at(const char *address, in_port_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };

	assert_int_equal(inet_pton(AF_INET, address, &in.sin_addr), 1);
	return in;
}

static int setup(void **state)
{
	static struct fixture f;
	struct sockaddr_in local = at("127.0.0.1", 0);

	f = (struct fixture){ .wanted = 1 };
	*state = &f;
	assert_int_equal(loop_create(&f.loop, &events, &f), 0);
	loop_set_deadline(f.loop, loop_env(f.loop).now_ms + TOO_LONG);
	assert_int_equal(udp_open(&f.server, f.loop, UDP_ADDRESS, &local, on_packets, &f), 0);
	assert_int_equal(udp_open(&f.client, f.loop, UDP_ADDRESS, &local, ignore_packets, &f), 0);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	udp_close(f->server);
	udp_close(f->client);
	udp_close(NULL);
	loop_destroy(f->loop);
	return f->late ? -1 : 0;
}

#define MANY 1000

/* count numbered packets of four bytes to the server. */
static void make_packets(const struct fixture *f, struct udp_packet *packets, uint32_t *numbers,
			 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		numbers[i] = (uint32_t)i;
		packets[i] = (struct udp_packet){ .bytes = (const uint8_t *)&numbers[i],
						  .len = sizeof(numbers[i]),
						  .peer = udp_local(f->server) };
	}
}

static void batches_arrive_whole_and_in_order(void **state)
{
	struct fixture *f = *state;
	static struct udp_packet packets[MANY];
	static uint32_t numbers[MANY];
	struct sockaddr_in client = udp_local(f->client);

	make_packets(f, packets, numbers, 100);
	f->wanted = 100;
	assert_int_equal(udp_send_batch(f->client, packets, 100), 0);
	loop_run(f->loop);
	assert_int_equal(f->packets, 100);
	assert_false(f->out_of_order);
	assert_int_equal(f->batches, 2);
	assert_int_equal(f->largest_batch, UDP_BATCH);
	assert_int_equal(f->last_len, 4);
	assert_int_equal(f->last_peer.sin_port, client.sin_port);
	assert_int_equal(f->last_ifindex, 0);
	assert_int_equal(udp_counters(f->server).received, 100);
	assert_int_equal(udp_counters(f->client).sent, 100);
}

static void reading_gives_others_their_turn(void **state)
{
	struct fixture *f = *state;
	static struct udp_packet packets[MANY];
	static uint32_t numbers[MANY];

	make_packets(f, packets, numbers, MANY);
	assert_int_equal(udp_send_batch(f->client, packets, MANY), 0);
	f->wanted = 1; /* stop at once: the turn goes on, but not for ever */
	loop_run(f->loop);
	assert_true(f->packets < MANY);
	f->wanted = MANY;
	loop_run(f->loop);
	assert_int_equal(f->packets, MANY);
	assert_false(f->out_of_order);
}

static void packets_can_be_answered_from_the_callback(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in server = udp_local(f->server);

	f->echo = true;
	assert_int_equal(udp_send(f->client, &server, (const uint8_t *)"\0\0\0\0", 4), 0);
	loop_run(f->loop);
	assert_int_equal(f->packets, 1);
	assert_int_equal(udp_counters(f->server).sent, 1);
}

static void long_packets_are_marked(void **state)
{
	struct fixture *f = *state;
	static const uint8_t bytes[UDP_PACKET_MAX + 1];
	struct sockaddr_in server = udp_local(f->server);

	assert_int_equal(udp_send(f->client, &server, bytes, UDP_PACKET_MAX), 0);
	loop_run(f->loop);
	assert_int_equal(f->truncated, 0);
	f->wanted = 2;
	assert_int_equal(udp_send(f->client, &server, bytes, sizeof(bytes)), 0);
	loop_run(f->loop);
	assert_int_equal(f->truncated, 1);
	assert_int_equal(f->last_len, UDP_PACKET_MAX);
	assert_int_equal(udp_counters(f->server).truncated, 1);
}

/* A packet of 65,507 bytes is the longest that there is; loopback has it in two. */
static void large_sockets_take_and_send_everything(void **state)
{
	struct fixture *f = *state;
	static const uint8_t bytes[65507];
	const struct sockaddr_in local = at("127.0.0.1", 0);
	struct sockaddr_in server;
	struct udp *sender;

	udp_close(f->server);
	assert_int_equal(udp_open_large(&f->server, f->loop, UDP_ADDRESS, &local, on_packets, f),
			 0);
	assert_int_equal(udp_open_large(&sender, f->loop, UDP_ADDRESS, &local, ignore_packets, f),
			 0);
	server = udp_local(f->server);
	assert_int_equal(udp_send(sender, &server, bytes, sizeof(bytes)), 0);
	loop_run(f->loop);
	assert_int_equal(f->packets, 1);
	assert_int_equal(f->last_len, sizeof(bytes));
	assert_int_equal(f->truncated, 0);
	udp_close(sender);
}

static void packet_that_cannot_go_does_not_hold_up_the_others(void **state)
{
	struct fixture *f = *state;
	struct udp_packet packets[3];
	uint32_t numbers[3];

	make_packets(f, packets, numbers, 3);
	numbers[2] = 1;
	packets[1].peer.sin_port = 0; /* EINVAL */
	f->wanted = 2;
	assert_int_equal(udp_send_batch(f->client, packets, 3), -EINVAL);
	loop_run(f->loop);
	assert_false(f->out_of_order);
	assert_int_equal(udp_counters(f->client).sent, 2);
	assert_int_equal(udp_counters(f->client).send_failed, 1);
}

static void on_unreachable(void *ctx, const struct sockaddr_in *peer)
{
	struct fixture *f = ctx;

	f->unreachable = *peer;
	f->unreachable_count++;
	loop_stop(f->loop);
}

/* A port that nobody has: the kernel answers on loopback at once. */
static struct sockaddr_in nobody(const struct fixture *f)
{
	const struct sockaddr_in any = at("127.0.0.1", 0);
	struct sockaddr_in address;
	struct udp *udp;

	assert_int_equal(udp_open(&udp, f->loop, UDP_ADDRESS, &any, ignore_packets, NULL), 0);
	address = udp_local(udp);
	udp_close(udp);
	return address;
}

static void who_cannot_be_reached_is_told(void **state)
{
	struct fixture *f = *state;
	const struct sockaddr_in to = nobody(f);

	assert_int_equal(udp_watch_unreachable(f->server, on_unreachable), 0);
	assert_int_equal(udp_send(f->server, &to, (const uint8_t *)"x", 1), 0);
	loop_run(f->loop);
	assert_int_equal(f->unreachable_count, 1);
	assert_int_equal(f->unreachable.sin_port, to.sin_port);
	assert_int_equal(f->unreachable.sin_addr.s_addr, to.sin_addr.s_addr);
}

/* The kernel reports an ICMP error at the next send, whoever that is for. */
static void an_icmp_error_costs_no_packet(void **state)
{
	struct fixture *f = *state;
	const struct sockaddr_in to = nobody(f);
	struct udp_packet packets[10];
	uint32_t numbers[10];

	assert_int_equal(udp_watch_unreachable(f->client, on_unreachable), 0);
	make_packets(f, packets, numbers, 10);
	f->wanted = 10;
	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(udp_send(f->client, &to, (const uint8_t *)"x", 1), 0);
		assert_int_equal(udp_send_batch(f->client, &packets[i], 1), 0);
	}
	while (f->packets < 10 && !f->late)
		loop_run(f->loop);
	assert_false(f->out_of_order);
	assert_int_equal(udp_counters(f->client).send_failed, 0);
}

static void kernel_drops_are_counted(void **state)
{
	struct fixture *f = *state;
	static struct udp_packet packets[MANY];
	static uint32_t numbers[MANY];
	struct udp_counters counters;

	make_packets(f, packets, numbers, MANY);
	do {
		assert_int_equal(udp_send_batch(f->client, packets, MANY), 0);
		counters = udp_counters(f->server);
	} while (counters.receive_dropped == 0);
	assert_int_equal(counters.received, 0);
	assert_true(counters.receive_dropped <= MANY);
}

static void socket_can_be_closed_in_its_callback(void **state)
{
	struct fixture *f = *state;
	static struct udp_packet packets[MANY];
	static uint32_t numbers[MANY];

	make_packets(f, packets, numbers, 100);
	f->close_server = true;
	assert_int_equal(udp_send_batch(f->client, packets, 100), 0);
	loop_run(f->loop);
	assert_int_equal(f->batches, 1);
	assert_null(f->server);
}

/* Long enough for what is there to be received. */
static void run_for_a_moment(struct fixture *f)
{
	loop_set_deadline(f->loop, loop_env(f->loop).now_ms + 10);
	loop_run(f->loop);
	f->late = false;
	loop_set_deadline(f->loop, loop_env(f->loop).now_ms + TOO_LONG);
}

static void what_comes_while_it_is_held_waits(void **state)
{
	struct fixture *f = *state;
	static struct udp_packet packets[MANY];
	static uint32_t numbers[MANY];

	make_packets(f, packets, numbers, 100);
	f->wanted = 100;
	udp_hold(f->server, true);
	assert_int_equal(udp_send_batch(f->client, packets, 100), 0);
	run_for_a_moment(f);
	assert_int_equal(f->packets, 0);
	udp_hold(f->server, false);
	loop_run(f->loop);
	assert_int_equal(f->packets, 100);
	assert_false(f->out_of_order);
}

static void held_in_its_callback_it_hands_over_no_more(void **state)
{
	struct fixture *f = *state;
	static struct udp_packet packets[MANY];
	static uint32_t numbers[MANY];

	make_packets(f, packets, numbers, 100);
	f->hold_server = true;
	assert_int_equal(udp_send_batch(f->client, packets, 100), 0);
	loop_run(f->loop);
	run_for_a_moment(f);
	assert_int_equal(f->packets, UDP_BATCH);
	f->hold_server = false;
	f->wanted = 100;
	udp_hold(f->server, false);
	loop_run(f->loop);
	assert_int_equal(f->packets, 100);
}

static void errors_of_opening_are_told_apart(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in taken = udp_local(f->server), foreign = at("192.0.2.77", 0);
	struct udp *udp;

	assert_int_equal(udp_open(&udp, f->loop, UDP_ADDRESS, &taken, on_packets, f), -EADDRINUSE);
	assert_null(udp);
	assert_int_equal(udp_open(&udp, f->loop, UDP_ADDRESS, &foreign, on_packets, f),
			 -EADDRNOTAVAIL);
}

/* As another host does. */
static void send_broadcast(const struct msghdr *header)
{
	int one = 1, fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)), 0);
	assert_int_equal(sendmsg(fd, header, 0), 1);
	close(fd);
}

static void subnet_broadcasts_reach_every_socket_on_them(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in local = at("127.255.255.255", 0);
	struct iovec bytes = { (void *)(uintptr_t) "x", 1 };
	const struct msghdr header = {
		.msg_name = &local, .msg_namelen = sizeof(local), .msg_iov = &bytes, .msg_iovlen = 1
	};
	struct udp *one, *two;

	assert_int_equal(udp_open(&one, f->loop, UDP_BROADCAST, &local, on_packets, f), 0);
	local = udp_local(one);
	assert_int_equal(udp_open(&two, f->loop, UDP_BROADCAST, &local, on_packets, f), 0);
	f->wanted = 2;
	send_broadcast(&header);
	loop_run(f->loop);
	assert_int_equal(f->packets, 2);
	udp_close(one);
	udp_close(two);
}

/* To 255.255.255.255 by the loopback interface, whatever the routes say. */
static void send_limited_broadcast(unsigned ifindex, in_port_t port)
{
	struct sockaddr_in everyone = at("255.255.255.255", 0);
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct in_pktinfo))] = { 0 };
	struct in_pktinfo info = { .ipi_ifindex = (int)ifindex };
	struct iovec bytes = { (void *)(uintptr_t) "x", 1 };
	struct msghdr header = { .msg_name = &everyone,
				 .msg_namelen = sizeof(everyone),
				 .msg_iov = &bytes,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control) };
	struct cmsghdr *first = CMSG_FIRSTHDR(&header);

	everyone.sin_port = port;
	first->cmsg_level = IPPROTO_IP;
	first->cmsg_type = IP_PKTINFO;
	first->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(first), &info, sizeof(info));
	send_broadcast(&header);
}

/* Neither before nor after one that was meant. */
static void only_what_is_meant_goes_to_a_broadcast_address(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in everyone = at("127.255.255.255", udp_local(f->server).sin_port);
	const struct udp_packet packet = { (const uint8_t *)"x", 1, everyone, 0, false };

	assert_int_equal(udp_send(f->client, &everyone, (const uint8_t *)"x", 1), -EACCES);
	assert_int_equal(udp_counters(f->client).send_failed, 1);
	assert_int_equal(udp_send_broadcast(f->client, &packet), 0);
	assert_int_equal(udp_counters(f->client).sent, 1);
	assert_int_equal(udp_send(f->client, &everyone, (const uint8_t *)"x", 1), -EACCES);
}

static void limited_broadcasts_name_their_interface(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in local = at("255.255.255.255", 0);
	unsigned loopback = if_nametoindex("lo");
	struct udp *everyone;

	if (loopback == 0)
		skip();
	assert_int_equal(udp_open(&everyone, f->loop, UDP_LIMITED_BROADCAST, &local, on_packets, f),
			 0);
	for (size_t i = 1; i <= 2; i++) {
		f->wanted = i;
		f->last_ifindex = 0;
		send_limited_broadcast(loopback, udp_local(everyone).sin_port);
		loop_run(f->loop);
		assert_int_equal(f->packets, i);
		assert_int_equal(f->last_ifindex, loopback);
	}
	udp_close(everyone);
}

/* Of a group only what comes by an interface that was joined. */
static void groups_are_joined_and_left(void **state)
{
	struct fixture *f = *state;
	const struct sockaddr_in server = udp_local(f->server);
	struct sockaddr_in local = at("239.255.77.1", 0);
	struct udp_packet packet = { .bytes = (const uint8_t *)"group", .len = 5 };
	unsigned loopback = if_nametoindex("lo");
	struct udp *group;

	if (loopback == 0)
		skip();
	assert_int_equal(udp_open(&group, f->loop, UDP_GROUP, &local, on_packets, f), 0);
	packet.peer = udp_local(group);
	assert_int_equal(udp_join(group, loopback), 0);
	assert_int_equal(udp_join(group, loopback), -EADDRINUSE);
	assert_int_equal(udp_send_multicast(f->client, &packet, loopback, 1), 0);
	loop_run(f->loop);
	assert_int_equal(f->last_len, 5);
	assert_int_equal(udp_leave(group, loopback), 0);
	assert_int_equal(udp_leave(group, loopback), -EADDRNOTAVAIL);
	assert_int_equal(udp_send_multicast(f->client, &packet, loopback, 1), 0);
	assert_int_equal(udp_send(f->client, &server, (const uint8_t *)"x", 1), 0);
	loop_run(f->loop);
	assert_int_equal(f->last_len, 1);
	assert_int_equal(f->packets, 2);
	udp_close(group);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
	static const struct CMUnitTest tests[] = {
		TEST(batches_arrive_whole_and_in_order),
		TEST(reading_gives_others_their_turn),
		TEST(packets_can_be_answered_from_the_callback),
		TEST(long_packets_are_marked),
		TEST(large_sockets_take_and_send_everything),
		TEST(packet_that_cannot_go_does_not_hold_up_the_others),
		TEST(who_cannot_be_reached_is_told),
		TEST(an_icmp_error_costs_no_packet),
		TEST(kernel_drops_are_counted),
		TEST(socket_can_be_closed_in_its_callback),
		TEST(what_comes_while_it_is_held_waits),
		TEST(held_in_its_callback_it_hands_over_no_more),
		TEST(errors_of_opening_are_told_apart),
		TEST(subnet_broadcasts_reach_every_socket_on_them),
		TEST(only_what_is_meant_goes_to_a_broadcast_address),
		TEST(limited_broadcasts_name_their_interface),
		TEST(groups_are_joined_and_left),
	};

	return cmocka_run_group_tests_name("udp", tests, NULL, NULL);
}

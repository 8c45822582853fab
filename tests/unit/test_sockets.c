/* The sockets of a service, on loopback addresses that stand for those of interfaces. */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/sockets.h"

#define TOO_LONG 20000 /* ms; only a test that fails waits so long */

struct fixture {
	struct loop *loop;
	struct sockets *sockets;
	struct sockets_options options;
	char error[SOCKETS_ERROR_MAX];
	size_t received;
	struct incoming last;
	uint8_t last_byte;
};

static void on_packets(void *ctx, const struct incoming *in, size_t count,
		       const struct nbt_env *env)
{
	struct fixture *f = ctx;

	(void)env;
	for (size_t i = 0; i < count; i++) {
		f->received++;
		f->last = in[i];
		f->last_byte = in[i].bytes[0];
		loop_stop(f->loop);
	}
}

static void on_deadline(void *ctx, const struct nbt_env *env)
{
	struct fixture *f = ctx;

	(void)env;
	loop_stop(f->loop);
}

/* A UDP port that is free on all addresses now. */
static uint16_t free_port(void)
{
	struct sockaddr_in local = { .sin_family = AF_INET };
	socklen_t len = sizeof(local);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(bind(fd, (const struct sockaddr *)&local, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&local, &len), 0);
	close(fd);
	return ntohs(local.sin_port);
}

static int set_up(void **state)
{
	static const struct loop_events events = { .deadline = on_deadline };
	static struct fixture f;

	f = (struct fixture){ .options = { .port = free_port(),
					   .doing = "answering",
					   .receive = on_packets,
					   .ctx = &f } };
	*state = &f;
	return loop_create(&f.loop, &events, &f);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sockets_close(f->sockets);
	loop_destroy(f->loop);
	return 0;
}

static struct in_addr address_of(const char *text)
{
	struct in_addr address;

	assert_int_equal(inet_pton(AF_INET, text, &address), 1);
	return address;
}

/* Addresses of a host, NULL-terminated, each on an interface of its own. */
#define ADDRESSES(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define ADDRESSES_MAX  4

static struct iface_list host_with(const char *const *addresses)
{
	static struct iface ifaces[ADDRESSES_MAX];
	struct iface_list list = { ifaces, 0 };

	for (; addresses[list.count] != NULL; list.count++) {
		ifaces[list.count] = (struct iface){ .ifindex = (unsigned)list.count + 100,
						     .address = address_of(addresses[list.count]),
						     .broadcast = address_of("127.255.255.255"),
						     .is_up = true };
		snprintf(ifaces[list.count].name, IF_NAMESIZE, "eth%zu", list.count);
	}
	return list;
}

static int try_open(struct fixture *f, const char *const *addresses)
{
	const struct iface_list host = host_with(addresses);

	return sockets_open(&f->sockets, f->loop, &f->options, &host, f->error);
}

static void open_on(struct fixture *f, const char *const *addresses)
{
	if (try_open(f, addresses) < 0)
		fail_msg("%s", f->error);
}

static void change_to(struct fixture *f, const char *const *addresses)
{
	const struct iface_list host = host_with(addresses);

	sockets_update(f->sockets, &host);
}

/* The table as text, "127.1.0.1 0.0.0.0 " */
static void assert_table(const struct fixture *f, const char *want)
{
	char text[128] = "";
	size_t count, used = 0;
	const struct served_socket *table = sockets_table(f->sockets, &count);

	for (size_t i = 0; i < count; i++) {
		char address[INET_ADDRSTRLEN];

		inet_ntop(AF_INET, &table[i].address, address, sizeof(address));
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s ", address);
	}
	assert_string_equal(text, want);
}

static int client_on(const char *address)
{
	const struct sockaddr_in local = { .sin_family = AF_INET, .sin_addr = address_of(address) };
	const struct timeval patience = { .tv_sec = TOO_LONG / 1000 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(bind(fd, (const struct sockaddr *)&local, sizeof(local)), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	return fd;
}

static void send_byte(const struct fixture *f, int client, const char *to, uint8_t byte)
{
	const struct sockaddr_in peer = { .sin_family = AF_INET,
					  .sin_port = htons(f->options.port),
					  .sin_addr = address_of(to) };

	assert_int_equal(sendto(client, &byte, 1, 0, (const struct sockaddr *)&peer, sizeof(peer)),
			 1);
}

/* Runs until a packet came. */
static void await_packet(struct fixture *f)
{
	size_t before = f->received;

	loop_set_deadline(f->loop, loop_env(f->loop).now_ms + TOO_LONG);
	assert_int_equal(loop_run(f->loop), 0);
	assert_int_equal(f->received, before + 1);
}

static void post(struct outbox *out, uint16_t socket, const struct sockaddr_in *to, uint8_t byte)
{
	struct outgoing *packet = &out->packet[out->count++];

	packet->socket = socket;
	packet->to = *to;
	packet->len = 1;
	packet->bytes[0] = byte;
}

static uint8_t receive_byte(int client, struct sockaddr_in *from)
{
	socklen_t len = sizeof(*from);
	uint8_t byte;

	assert_int_equal(recvfrom(client, &byte, 1, 0, (struct sockaddr *)from, &len), 1);
	return byte;
}

static void a_packet_comes_with_its_socket_and_sender(void **state)
{
	struct fixture *f = *state;
	int client = client_on("127.1.0.9");

	open_on(f, ADDRESSES("127.1.0.1", "127.1.0.2"));
	send_byte(f, client, "127.1.0.2", 'x');
	await_packet(f);
	assert_int_equal(f->last.socket, 1);
	assert_int_equal(f->last.len, 1);
	assert_int_equal(f->last_byte, 'x');
	assert_false(f->last.to_broadcast);
	assert_int_equal(f->last.from.sin_addr.s_addr, address_of("127.1.0.9").s_addr);
	close(client);
}

static void answers_leave_by_the_socket_asked(void **state)
{
	static struct outbox out;
	struct fixture *f = *state;
	int client = client_on("127.1.0.9");
	struct sockaddr_in from;

	out.count = 0;
	open_on(f, ADDRESSES("127.1.0.1", "127.1.0.2"));
	send_byte(f, client, "127.1.0.1", 'x');
	await_packet(f);
	post(&out, 1, &f->last.from, 'a');
	post(&out, 1, &f->last.from, 'b');
	post(&out, 0, &f->last.from, 'c');
	sockets_send(f->sockets, &out);
	assert_int_equal(receive_byte(client, &from), 'a');
	assert_int_equal(from.sin_addr.s_addr, address_of("127.1.0.2").s_addr);
	assert_int_equal(receive_byte(client, &from), 'b');
	assert_int_equal(receive_byte(client, &from), 'c');
	assert_int_equal(from.sin_addr.s_addr, address_of("127.1.0.1").s_addr);
	assert_int_equal(ntohs(from.sin_port), f->options.port);
	close(client);
}

/* What comes from an address of ours is an echo only if it comes from our port, too. */
static void an_echo_is_dropped(void **state)
{
	static struct outbox out;
	struct fixture *f = *state;
	int client = client_on("127.1.0.1");
	const struct sockaddr_in own = { .sin_family = AF_INET,
					 .sin_port = htons(f->options.port),
					 .sin_addr = address_of("127.1.0.2") };

	out.count = 0;
	open_on(f, ADDRESSES("127.1.0.1", "127.1.0.2"));
	post(&out, 0, &own, 'e');
	sockets_send(f->sockets, &out);
	send_byte(f, client, "127.1.0.2", 'x');
	await_packet(f);
	assert_int_equal(f->last_byte, 'x');
	close(client);
}

static void a_number_belongs_to_its_address(void **state)
{
	struct fixture *f = *state;

	open_on(f, ADDRESSES("127.1.0.1", "127.1.0.2"));
	assert_table(f, "127.1.0.1 127.1.0.2 ");
	change_to(f, ADDRESSES("127.1.0.2"));
	assert_table(f, "0.0.0.0 127.1.0.2 ");
	change_to(f, ADDRESSES("127.1.0.3", "127.1.0.2"));
	assert_table(f, "0.0.0.0 127.1.0.2 127.1.0.3 ");
	change_to(f, ADDRESSES("127.1.0.1", "127.1.0.2"));
	assert_table(f, "127.1.0.1 127.1.0.2 0.0.0.0 ");
}

static void an_answer_for_an_address_that_went_is_dropped(void **state)
{
	static struct outbox out;
	struct fixture *f = *state;
	int client = client_on("127.1.0.9");
	struct sockaddr_in from;

	out.count = 0;
	open_on(f, ADDRESSES("127.1.0.1", "127.1.0.2"));
	send_byte(f, client, "127.1.0.1", 'x');
	await_packet(f);
	change_to(f, ADDRESSES("127.1.0.2"));
	post(&out, 0, &f->last.from, 'a');
	post(&out, 1, &f->last.from, 'b');
	sockets_send(f->sockets, &out);
	assert_int_equal(receive_byte(client, &from), 'b');
	close(client);
}

static void an_address_that_came_back_hears(void **state)
{
	struct fixture *f = *state;
	int client = client_on("127.1.0.9");

	open_on(f, ADDRESSES("127.1.0.1"));
	change_to(f, ADDRESSES("127.1.0.2"));
	change_to(f, ADDRESSES("127.1.0.1"));
	send_byte(f, client, "127.1.0.1", 'x');
	await_packet(f);
	assert_int_equal(f->last.socket, 0);
	close(client);
}

/* Those that are there, and those that come meanwhile. */
static void all_are_held_until_they_are_not(void **state)
{
	struct fixture *f = *state;
	int client = client_on("127.1.0.9");

	open_on(f, ADDRESSES("127.1.0.1"));
	sockets_hold(f->sockets, true);
	change_to(f, ADDRESSES("127.1.0.1", "127.1.0.2"));
	send_byte(f, client, "127.1.0.1", 'x');
	send_byte(f, client, "127.1.0.2", 'y');
	loop_set_deadline(f->loop, loop_env(f->loop).now_ms + 10);
	assert_int_equal(loop_run(f->loop), 0);
	assert_int_equal(f->received, 0);
	sockets_hold(f->sockets, false);
	while (f->received < 2) {
		size_t before = f->received;

		loop_set_deadline(f->loop, loop_env(f->loop).now_ms + TOO_LONG);
		assert_int_equal(loop_run(f->loop), 0);
		assert_true(f->received > before);
	}
	close(client);
}

static void a_port_that_is_taken_stops_the_start_with_a_sentence(void **state)
{
	struct fixture *f = *state;
	const struct sockaddr_in taken = { .sin_family = AF_INET,
					   .sin_port = htons(f->options.port),
					   .sin_addr = address_of("127.1.0.2") };
	int other = socket(AF_INET, SOCK_DGRAM, 0);
	char want[64];

	assert_int_equal(bind(other, (const struct sockaddr *)&taken, sizeof(taken)), 0);
	assert_int_equal(try_open(f, ADDRESSES("127.1.0.1", "127.1.0.2")), -EADDRINUSE);
	assert_null(f->sockets);
	snprintf(want, sizeof(want), "UDP port %u of 127.1.0.2 is taken by ",
		 (unsigned)f->options.port);
	if (strstr(f->error, want) != f->error)
		fail_msg("%s", f->error);
	close(other);
}

static void a_port_that_is_taken_later_does_not_stop_the_others(void **state)
{
	struct fixture *f = *state;
	const struct sockaddr_in taken = { .sin_family = AF_INET,
					   .sin_port = htons(f->options.port),
					   .sin_addr = address_of("127.1.0.2") };
	int other = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(bind(other, (const struct sockaddr *)&taken, sizeof(taken)), 0);
	open_on(f, ADDRESSES("127.1.0.1"));
	change_to(f, ADDRESSES("127.1.0.1", "127.1.0.2", "127.1.0.3"));
	assert_table(f, "127.1.0.1 0.0.0.0 127.1.0.3 ");
	close(other);
	change_to(f, ADDRESSES("127.1.0.1", "127.1.0.2", "127.1.0.3"));
	assert_table(f, "127.1.0.1 127.1.0.2 127.1.0.3 ");
}

static void port_0_means_not_served(void **state)
{
	struct fixture *f = *state;

	f->options.port = 0;
	open_on(f, ADDRESSES("127.1.0.1"));
	assert_table(f, "");
	change_to(f, ADDRESSES("127.1.0.1"));
	assert_table(f, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_packet_comes_with_its_socket_and_sender),
		TEST(answers_leave_by_the_socket_asked),
		TEST(an_echo_is_dropped),
		TEST(a_number_belongs_to_its_address),
		TEST(an_answer_for_an_address_that_went_is_dropped),
		TEST(an_address_that_came_back_hears),
		TEST(all_are_held_until_they_are_not),
		TEST(a_port_that_is_taken_stops_the_start_with_a_sentence),
		TEST(a_port_that_is_taken_later_does_not_stop_the_others),
		TEST(port_0_means_not_served),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests_name("sockets", tests, NULL, NULL);
}

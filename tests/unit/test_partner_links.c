/* The connections of replication, over loopback: two servers with the machine of partners each, and
 * strangers that are only sockets. */
#include "waiting.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nbnsd/partner_links.h"
#include "replication_fake.h"

#define ONE     0x7f000002U /* 127.0.0.2 */
#define TWO     0x7f000003U
#define SOURCE  0x7f000101U /* 127.0.1.1, of the first stranger */
#define RECORDS 300
#define MANY    70 /* more than may be parting */
#define PARTING 64

struct server {
	struct replication_settings settings;
	struct partner_settings partner;
	struct service service;
	struct partners *partners;
	struct partner_links *links;
};

/* Who connects to the first server, starts, and asks for its map. */
struct stranger {
	int fd;
	uint8_t in[256];
	size_t len;
	bool has_asked, is_over, was_reset;
};

struct fixture {
	struct waiting waiting;
	int reserved; /* the port */
	uint16_t port;
	struct server one, two;
	struct stranger stranger[MANY];
	size_t stranger_count;
};

static struct in_addr host(uint32_t address)
{
	return (struct in_addr){ htonl(address) };
}

static void serve(struct fixture *f, struct server *server, uint32_t own, uint32_t partner)
{
	const struct nbt_env env = loop_env(f->waiting.loop);
	const struct partner_links_options options = { host(own), f->port };
	const struct partners_start start = { .is_empty = false };
	struct partners_sinks sinks;

	server->settings = (struct replication_settings){ .address = host(own),
							  .port = f->port,
							  .retry_s = 30,
							  .request_timeout_s = 60,
							  .start_timeout_s = 30,
							  .message_timeout_s = 60,
							  .idle_timeout_s = 120,
							  .round_wait_s = 5,
							  .slice = 100,
							  .partners = &server->partner,
							  .partner_count = 1 };
	server->partner =
		(struct partner_settings){ .address = host(partner), .pull = true, .push = true };
	fake_create(&server->service, host(own));
	assert_int_equal(partner_links_open(&server->links, f->waiting.loop, &options), 0);
	sinks = partner_links_sinks(server->links);
	server->partners =
		partners_create(&server->settings, &server->service, &sinks, &start, &env);
	assert_non_null(server->partners);
	partner_links_begin(server->links, server->partners);
}

static int begin(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	waiting_open(&f->waiting, f);
	f->reserved = take_port(&f->port);
	serve(f, &f->one, ONE, TWO);
	serve(f, &f->two, TWO, ONE);
	*state = f;
	return 0;
}

static int finish(void **state)
{
	struct fixture *f = *state;

	partners_destroy(f->one.partners);
	partners_destroy(f->two.partners);
	partner_links_close(f->one.links);
	partner_links_close(f->two.links);
	for (size_t i = 0; i < f->stranger_count; i++)
		close(f->stranger[i].fd);
	close(f->reserved);
	waiting_close(&f->waiting);
	free(f);
	return 0;
}

static void turn(struct fixture *f)
{
	const struct nbt_env env = loop_env(f->waiting.loop);

	partners_turn(f->one.partners, &env);
	partners_turn(f->two.partners, &env);
}

/*
 * Strangers.
 */

static void send_message(const struct stranger *s, const struct nbt_replication *message)
{
	uint8_t bytes[64];
	size_t len;

	assert_int_equal(nbt_replication_encode(message, bytes, sizeof(bytes), &len), NBT_OK);
	assert_int_equal(send(s->fd, bytes, len, MSG_NOSIGNAL), len);
}

/* The length of the message at the front, or 0, if it is not whole yet. */
static size_t message_of(const struct stranger *s, struct nbt_replication *out)
{
	size_t len;

	if (nbt_replication_frame(s->in, s->len, NBT_REPL_LENGTH_SHORT, &len) != NBT_OK ||
	    len > s->len)
		return 0;
	assert_int_equal(nbt_replication_decode(out, s->in, len), NBT_OK);
	return len;
}

static void connect_stranger(struct fixture *f, uint32_t source)
{
	const struct nbt_replication start = {
		.type = NBT_REPL_START_REQUEST, .handle = 77, .major = 2, .minor = 5
	};
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr = host(source) };
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_addr = host(ONE),
				  .sin_port = htons(f->port) };
	struct stranger *s = &f->stranger[f->stranger_count++];

	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(s->fd, (const struct sockaddr *)&from, sizeof(from)), 0);
	assert_int_equal(connect(s->fd, (const struct sockaddr *)&to, sizeof(to)), 0);
	send_message(s, &start);
}

/* More than is read at a time: what is unread when a connection is closed makes the kernel reset
 * it, and forget what was sent. */
static void send_more(const struct stranger *s)
{
	static const uint8_t more[200000];

	assert_true(send(s->fd, more, sizeof(more), MSG_NOSIGNAL | MSG_DONTWAIT) > 0);
}

static void look_at(struct stranger *s)
{
	struct nbt_replication answer = { 0 };
	ssize_t got = recv(s->fd, s->in + s->len, sizeof(s->in) - s->len, MSG_DONTWAIT);

	if (got > 0)
		s->len += (size_t)got;
	s->is_over |= got == 0;
	s->was_reset |= got < 0 && errno == ECONNRESET;
	if (s->has_asked || message_of(s, &answer) == 0)
		return;
	s->has_asked = true;
	send_message(s, &(struct nbt_replication){ .destination = answer.handle,
						   .type = NBT_REPL_MESSAGE,
						   .opcode = NBT_REPL_MAP_REQUEST });
	send_more(s);
}

static bool are_all_over(void *ctx)
{
	struct fixture *f = ctx;
	bool are = true;

	turn(f);
	for (size_t i = 0; i < f->stranger_count; i++) {
		if (!f->stranger[i].is_over)
			look_at(&f->stranger[i]);
		are &= f->stranger[i].is_over;
	}
	return are;
}

static size_t open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

/*
 * The tests.
 */

static bool has_all(void *ctx)
{
	struct fixture *f = ctx;

	turn(f);
	return fake_count(&f->two.service, host(ONE)) == RECORDS;
}

static void what_one_has_the_other_gets(void **state)
{
	struct fixture *f = *state;
	const struct nbt_env env = loop_env(f->waiting.loop);

	for (uint64_t version = 1; version <= RECORDS; version++)
		fake_add(&f->one.service, host(ONE), "MANY", version);
	assert_int_equal(partners_pull(f->two.partners, host(ONE), &env), 0);
	wait_until(&f->waiting, has_all);
}

/* The machine has closed it at once. */
static void a_stranger_hears_that_it_is_one(void **state)
{
	struct fixture *f = *state;
	struct stranger *s = &f->stranger[0];
	struct nbt_replication stop;
	size_t len;

	connect_stranger(f, SOURCE);
	wait_until(&f->waiting, are_all_over);
	len = message_of(s, &stop); /* the response to its start */
	s->len -= len;
	memmove(s->in, s->in + len, s->len);
	assert_int_equal(message_of(s, &stop), s->len);
	assert_int_equal(stop.type, NBT_REPL_STOP);
	assert_int_equal(stop.reason, NBT_REPL_REASON_ERROR);
	assert_false(s->was_reset);
}

static bool is_third_over(void *ctx)
{
	struct fixture *f = ctx;

	turn(f);
	look_at(&f->stranger[2]);
	return f->stranger[2].is_over;
}

static void a_third_one_of_a_stranger_is_turned_away(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < 3; i++)
		connect_stranger(f, SOURCE);
	wait_until(&f->waiting, is_third_over);
	assert_int_equal(f->stranger[2].len, 0);
}

/* Who has heard the end, and does not close, has no more than so many. */
static void connections_that_have_ended_are_bounded(void **state)
{
	struct fixture *f = *state;
	size_t before = open_files();

	for (uint32_t i = 0; i < MANY; i++) {
		connect_stranger(f, SOURCE + i);
		wait_until(&f->waiting, are_all_over);
	}
	assert_true(open_files() - before <= MANY + PARTING); /* in time they go, too */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_one_has_the_other_gets, begin, finish),
		cmocka_unit_test_setup_teardown(a_stranger_hears_that_it_is_one, begin, finish),
		cmocka_unit_test_setup_teardown(a_third_one_of_a_stranger_is_turned_away, begin,
						finish),
		cmocka_unit_test_setup_teardown(connections_that_have_ended_are_bounded, begin,
						finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

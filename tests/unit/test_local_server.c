/* The server of a local socket, with clients that behave and clients that don't. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/local_server.h"
#include "common/loop.h"

#define TOO_LONG  20000 /* ms; only a test that fails waits so long */
#define QUEUE_MAX 100000

struct fixture {
	char directory[64];
	struct sockaddr_un address;
	struct loop *loop;
	struct local_server *server;
	struct loop_timer *look; /* at what the test waits for */
	bool (*done)(struct fixture *f);
	bool late;
	bool for_everybody;
	size_t messages, closed, looks;
	uint32_t last, gone; /* clients */
	size_t last_len;
	int peers[8];
};

/* "!": ends the connection; else it is sent back. */
static bool on_message(void *ctx, uint32_t client, const uint8_t *bytes, size_t len,
		       const struct nbt_env *env)
{
	struct fixture *f = ctx;

	assert_true(env->now_ms > 0);
	f->messages++;
	f->last = client;
	f->last_len = len;
	if (bytes[0] == '!')
		return false;
	local_server_send(f->server, client, bytes, len);
	return true;
}

static void on_closed(void *ctx, uint32_t client, const struct nbt_env *env)
{
	struct fixture *f = ctx;

	(void)env;
	f->closed++;
	f->gone = client;
}

static const struct local_server_events server_events = { on_message, on_closed };

static void on_deadline(void *ctx, const struct nbt_env *env)
{
	struct fixture *f = ctx;

	(void)env;
	f->late = true;
	loop_stop(f->loop);
}

static void on_look(void *ctx, const struct nbt_env *env)
{
	struct fixture *f = ctx;

	(void)env;
	if (f->done(f))
		loop_stop(f->loop);
}

static const struct loop_events events = { .deadline = on_deadline };

static int open_server(struct fixture *f, struct local_server **out)
{
	const struct local_server_options options = {
		.socket = { .directory = f->directory,
			    .name = "test.sock",
			    .group = "nobody-else",
			    .everybody = f->for_everybody },
		.connections = 4,
		.queue_max = QUEUE_MAX,
		.offer_max = QUEUE_MAX / 2,
	};

	return local_server_open(out, f->loop, &options, &server_events, f);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	strcpy(f->directory, "/tmp/nbt-test-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	f->address.sun_family = AF_UNIX;
	snprintf(f->address.sun_path, sizeof(f->address.sun_path), "%s/test.sock", f->directory);
	assert_int_equal(loop_create(&f->loop, &events, f), 0);
	assert_int_equal(loop_timer_open(&f->look, f->loop, on_look, f), 0);
	loop_set_deadline(f->loop, loop_env(f->loop).now_ms + TOO_LONG);
	for (size_t i = 0; i < ARRAY_SIZE(f->peers); i++)
		f->peers[i] = -1;
	assert_int_equal(open_server(f, &f->server), 0);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(f->peers); i++)
		if (f->peers[i] >= 0)
			close(f->peers[i]);
	local_server_close(f->server);
	loop_timer_close(f->look);
	loop_destroy(f->loop);
	assert_int_equal(rmdir(f->directory), 0); /* nothing is left in it */
	free(f);
	return 0;
}

static void wait_for(struct fixture *f, bool (*done)(struct fixture *f))
{
	f->done = done;
	loop_timer_set(f->look, 0, 1);
	assert_int_equal(loop_run(f->loop), 0);
	loop_timer_set(f->look, NBT_NEVER, 0);
	assert_false(f->late);
}

static void connect_peer(struct fixture *f, size_t i)
{
	f->peers[i] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_true(f->peers[i] >= 0);
	assert_int_equal(
		connect(f->peers[i], (const struct sockaddr *)&f->address, sizeof(f->address)), 0);
}

static uint64_t counter(const struct fixture *f, const char *name)
{
	const struct stats *stats = local_server_stats(f->server);

	for (size_t i = 0; i < stats->count; i++)
		if (strcmp(stats->names[i], name) == 0)
			return stats->values[i];
	fail_msg("no counter %s", name);
	return 0;
}

static ssize_t receive(const struct fixture *f, size_t i, char *buf, size_t size)
{
	return recv(f->peers[i], buf, size, MSG_DONTWAIT);
}

static bool one_message(struct fixture *f)
{
	return f->messages == 1;
}

static bool three_messages(struct fixture *f)
{
	return f->messages == 3;
}

static bool ten_looks(struct fixture *f)
{
	return f->looks++ == 10;
}

static bool one_closed(struct fixture *f)
{
	return f->closed == 1;
}

static void messages_keep_their_borders(void **state)
{
	struct fixture *f = *state;
	char buf[16];

	connect_peer(f, 0);
	assert_int_equal(send(f->peers[0], "one", 3, 0), 3);
	assert_int_equal(send(f->peers[0], "four", 4, 0), 4);
	assert_int_equal(send(f->peers[0], "x", 1, 0), 1);
	wait_for(f, three_messages);
	assert_int_equal(receive(f, 0, buf, sizeof(buf)), 3);
	assert_int_equal(receive(f, 0, buf, sizeof(buf)), 4);
	assert_int_equal(receive(f, 0, buf, sizeof(buf)), 1);
	assert_int_equal(f->last, 1);
}

/* Of who is there and of who comes meanwhile; what it is sent goes out. */
static void what_is_said_while_it_is_held_waits(void **state)
{
	struct fixture *f = *state;
	char buf[16];

	connect_peer(f, 0);
	assert_int_equal(send(f->peers[0], "one", 3, 0), 3);
	wait_for(f, one_message);
	assert_int_equal(receive(f, 0, buf, sizeof(buf)), 3);
	local_server_hold(f->server, true);
	connect_peer(f, 1);
	assert_int_equal(send(f->peers[0], "two", 3, 0), 3);
	assert_int_equal(send(f->peers[1], "three", 5, 0), 5);
	local_server_send(f->server, 1, (const uint8_t *)"news", 4);
	f->looks = 0;
	wait_for(f, ten_looks);
	assert_int_equal(f->messages, 1);
	assert_int_equal(receive(f, 0, buf, sizeof(buf)), 4);
	local_server_hold(f->server, false);
	wait_for(f, three_messages);
}

static void who_connected_is_known(void **state)
{
	struct local_server_peer peer;
	struct fixture *f = *state;

	connect_peer(f, 0);
	assert_int_equal(send(f->peers[0], "x", 1, 0), 1);
	wait_for(f, one_message);
	assert_true(local_server_peer(f->server, 1, &peer));
	assert_int_equal(peer.pid, getpid());
	assert_int_equal(peer.uid, getuid());
	assert_false(local_server_peer(f->server, 2, &peer));
}

static void an_end_is_told_and_no_number_comes_twice(void **state)
{
	struct fixture *f = *state;

	connect_peer(f, 0);
	assert_int_equal(send(f->peers[0], "x", 1, 0), 1);
	close(f->peers[0]);
	f->peers[0] = -1;
	wait_for(f, one_closed);
	assert_int_equal(f->messages, 1); /* what was said before is heard */
	assert_int_equal(f->gone, 1);
	f->messages = 0;
	connect_peer(f, 0);
	assert_int_equal(send(f->peers[0], "x", 1, 0), 1);
	wait_for(f, one_message);
	assert_int_equal(f->last, 2);
	local_server_send(f->server, 1, (const uint8_t *)"x", 1); /* to nobody */
}

/* Who leaves without having read his answers has said it all the same. */
static void who_does_not_wait_for_answers_is_heard(void **state)
{
	struct fixture *f = *state;

	connect_peer(f, 0);
	assert_int_equal(send(f->peers[0], "x", 1, 0), 1);
	wait_for(f, one_message);
	for (int i = 0; i < 3; i++)
		assert_int_equal(send(f->peers[0], "y", 1, 0), 1);
	close(f->peers[0]); /* ECONNRESET */
	f->peers[0] = -1;
	wait_for(f, one_closed);
	assert_int_equal(f->messages, 4);
	assert_int_equal(counter(f, "local.failed"), 0);
}

static void what_is_refused_ends_the_connection(void **state)
{
	struct fixture *f = *state;
	char buf[16];

	connect_peer(f, 0);
	assert_int_equal(send(f->peers[0], "!", 1, 0), 1);
	assert_int_equal(send(f->peers[0], "x", 1, 0), 1);
	wait_for(f, one_closed);
	assert_int_equal(f->messages, 1);
	assert_int_equal(counter(f, "local.refused"), 1);
	assert_true(receive(f, 0, buf, sizeof(buf)) <= 0);
}

static void long_messages(void **state)
{
	static char big[LOCAL_SERVER_MESSAGE_MAX + 1];
	struct fixture *f = *state;

	connect_peer(f, 0);
	connect_peer(f, 1);
	big[0] = 'x';
	assert_int_equal(send(f->peers[0], big, sizeof(big) - 1, 0), sizeof(big) - 1);
	wait_for(f, one_message);
	assert_int_equal(f->last_len, LOCAL_SERVER_MESSAGE_MAX);
	assert_int_equal(receive(f, 0, big, sizeof(big)), LOCAL_SERVER_MESSAGE_MAX);
	assert_int_equal(send(f->peers[1], big, sizeof(big), 0), sizeof(big));
	wait_for(f, one_closed);
	assert_int_equal(f->gone, 2);
	assert_int_equal(counter(f, "local.too-long"), 1);
}

static bool one_answer_each(struct fixture *f)
{
	char buf[16];

	return f->closed == 1 && receive(f, 1, buf, sizeof(buf)) == 1;
}

/* Who does not read is closed; another is served meanwhile. */
static void a_slow_client_holds_up_nobody(void **state)
{
	struct fixture *f = *state;
	static uint8_t big[30000];

	connect_peer(f, 0);
	connect_peer(f, 1);
	assert_int_equal(send(f->peers[0], "x", 1, 0), 1);
	wait_for(f, one_message);
	for (unsigned i = 0; i < 1000 && counter(f, "local.slow") == 0; i++)
		local_server_send(f->server, 1, big, sizeof(big));
	assert_int_equal(counter(f, "local.slow"), 1);
	assert_int_equal(f->closed, 0); /* told from the loop */
	assert_int_equal(send(f->peers[1], "x", 1, 0), 1);
	wait_for(f, one_answer_each);
	assert_int_equal(f->gone, 1);
}

/* What is only offered is lost instead, and what must be told still has room. */
static void an_offer_may_be_lost(void **state)
{
	struct fixture *f = *state;
	static uint8_t big[30000];
	unsigned lost = 0;

	connect_peer(f, 0);
	assert_int_equal(send(f->peers[0], "x", 1, 0), 1);
	wait_for(f, one_message);
	for (unsigned i = 0; i < 1000 && lost == 0; i++)
		lost += !local_server_offer(f->server, 1, big, sizeof(big));
	assert_int_equal(lost, 1);
	assert_int_equal(counter(f, "local.lost"), 1);
	local_server_send(f->server, 1, big, sizeof(big));
	assert_int_equal(counter(f, "local.slow"), 0);
	assert_false(local_server_offer(f->server, 99, big, 1));
	assert_int_equal(counter(f, "local.lost"), 1);
}

static size_t left_to_read;

static bool has_read_all(struct fixture *f)
{
	static char buf[30000];

	while (left_to_read > 0 && receive(f, 0, buf, sizeof(buf)) == (ssize_t)sizeof(buf))
		left_to_read--;
	return left_to_read == 0;
}

static void what_waits_is_sent_in_order(void **state)
{
	struct fixture *f = *state;
	static uint8_t big[30000];
	char buf[16];

	connect_peer(f, 0);
	assert_int_equal(send(f->peers[0], "x", 1, 0), 1);
	wait_for(f, one_message);
	assert_int_equal(receive(f, 0, buf, sizeof(buf)), 1);
	for (left_to_read = 0; left_to_read < 1000; left_to_read++) {
		uint64_t sent = counter(f, "local.sent");

		local_server_send(f->server, 1, big, sizeof(big));
		if (counter(f, "local.sent") == sent) {
			left_to_read++; /* it waits */
			break;
		}
	}
	local_server_send(f->server, 1, big, sizeof(big));
	left_to_read++;
	wait_for(f, has_read_all);
	assert_int_equal(f->closed, 0);
}

static bool two_too_many(struct fixture *f)
{
	return counter(f, "local.too-many") == 2;
}

static void connections_are_bounded(void **state)
{
	struct fixture *f = *state;
	char buf[16];

	for (size_t i = 0; i < 6; i++)
		connect_peer(f, i);
	wait_for(f, two_too_many);
	assert_int_equal(counter(f, "local.accepted"), 4);
	assert_int_equal(receive(f, 5, buf, sizeof(buf)), 0);
	close(f->peers[0]);
	f->peers[0] = -1;
	wait_for(f, one_closed);
	connect_peer(f, 6);
	assert_int_equal(send(f->peers[6], "x", 1, 0), 1);
	wait_for(f, one_message);
}

static struct rlimit limit;
static unsigned looks;

static bool is_served_again(struct fixture *f)
{
	if (++looks == 20) {
		assert_int_equal(counter(f, "local.accepted"), 0);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	}
	return f->messages == 1;
}

static void without_descriptors_it_waits(void **state)
{
	struct rlimit none;
	struct fixture *f = *state;

	if (is_in_valgrind())
		skip();
	connect_peer(f, 0);
	assert_int_equal(send(f->peers[0], "x", 1, 0), 1);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	wait_for(f, is_served_again);
}

static void a_living_server_is_not_replaced(void **state)
{
	struct fixture *f = *state;
	struct local_server *second;
	struct stat before, after;

	assert_int_equal(stat(f->address.sun_path, &before), 0);
	assert_int_equal(open_server(f, &second), -EADDRINUSE);
	assert_null(second);
	assert_int_equal(stat(f->address.sun_path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	connect_peer(f, 0);
}

static void a_dead_one_is(void **state)
{
	struct fixture *f = *state;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	local_server_close(f->server);
	f->server = NULL;
	assert_int_equal(bind(fd, (const struct sockaddr *)&f->address, sizeof(f->address)), 0);
	close(fd);
	assert_int_equal(access(f->address.sun_path, F_OK), 0);
	assert_int_equal(open_server(f, &f->server), 0);
	connect_peer(f, 0);
	assert_int_equal(send(f->peers[0], "x", 1, 0), 1);
	wait_for(f, one_message);
}

#define STRANGER 64999

/* Who connects is who he is then. */
static void connect_stranger(struct fixture *f, size_t i, uid_t user)
{
	assert_int_equal(seteuid(user), 0);
	connect_peer(f, i);
	assert_int_equal(seteuid(0), 0);
}

/* Two of four connections are theirs at most, and one is one user's. */
static void strangers_do_not_keep_members_out(void **state)
{
	struct fixture *f = *state;
	char buf[16];

	if (geteuid() != 0)
		skip();
	local_server_close(f->server);
	f->for_everybody = true;
	assert_int_equal(chmod(f->directory, 0755), 0);
	assert_int_equal(open_server(f, &f->server), 0);
	for (size_t i = 0; i < 4; i++)
		connect_stranger(f, i, (uid_t)(STRANGER + i / 2));
	wait_for(f, two_too_many);
	assert_int_equal(receive(f, 1, buf, sizeof(buf)), 0);
	assert_int_equal(receive(f, 3, buf, sizeof(buf)), 0);
	connect_peer(f, 4);
	connect_peer(f, 5);
	for (size_t i = 4; i < 6; i++) {
		f->messages = 0;
		assert_int_equal(send(f->peers[i], "x", 1, MSG_NOSIGNAL), 1);
		wait_for(f, one_message);
		assert_true(local_server_is_member(f->server, f->last));
	}
	f->messages = 0;
	assert_int_equal(send(f->peers[0], "x", 1, MSG_NOSIGNAL), 1);
	wait_for(f, one_message);
	assert_false(local_server_is_member(f->server, f->last));
	assert_false(local_server_is_member(f->server, 12345));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(messages_keep_their_borders),
		TEST(what_is_said_while_it_is_held_waits),
		TEST(who_connected_is_known),
		TEST(an_end_is_told_and_no_number_comes_twice),
		TEST(who_does_not_wait_for_answers_is_heard),
		TEST(what_is_refused_ends_the_connection),
		TEST(long_messages),
		TEST(a_slow_client_holds_up_nobody),
		TEST(an_offer_may_be_lost),
		TEST(what_waits_is_sent_in_order),
		TEST(connections_are_bounded),
		TEST(without_descriptors_it_waits),
		TEST(strangers_do_not_keep_members_out),
		TEST(a_living_server_is_not_replaced),
		TEST(a_dead_one_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

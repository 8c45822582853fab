/* Lists fetched from other browsers by TCP on loopback: from our own server, and from peers that do
 * not answer. */
#include "browserd/pull.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "browserd/host.h"
#include "browserd/smb_server.h"
#include "common/access.h"
#include "waiting.h"

#define TOO_LONG 60000 /* ms; no test takes it */
#define PULLS    8

static const char *const workgroups[] = { "OFFICE" };
static const uint8_t guid[16] = "guid of the box";

struct fixture {
	struct waiting waiting;
	struct browser_settings browser;
	struct lists *lists;
	struct host host;
	struct access_list *access;
	struct smb_server_settings server_settings;
	struct smb_server *server;
	struct pulls_settings settings;
	struct pulls *pulls;

	size_t wanted, ended; /* pulls */
	size_t records[PULLS][LISTS_KINDS];
	char failures[PULLS][200];
	struct lists_record last;
	size_t most;         /* connections at once */
	const char *clients; /* who may connect; NULL: all */
	struct odd_server *odd;
};

static void record(void *ctx, uint32_t token, enum lists_kind kind,
		   const struct lists_record *record)
{
	struct fixture *f = ctx;

	f->records[token][kind]++;
	f->last = *record;
	if (smb_server_connections(f->server) > f->most)
		f->most = smb_server_connections(f->server);
}

static void end(void *ctx, uint32_t token, const char *failure)
{
	struct fixture *f = ctx;

	snprintf(f->failures[token], sizeof(f->failures[token]), "%s",
		 failure != NULL ? failure : "");
	f->ended++;
}

static const struct pulls_events pulls_events = { record, end };

static void server_changed(void *ctx, enum smb_server_state state)
{
	(void)ctx;
	(void)state;
}

static void fill(struct fixture *f, enum lists_kind kind, const char *name, const char *comment)
{
	const struct in_addr here = { inet_addr("10.1.0.5") }, there = { inet_addr("10.1.0.6") };
	struct lists_record record = { .type = 0x1003, .os_major = 5, .os_minor = 2 };

	snprintf(record.name, sizeof(record.name), "%s", name);
	snprintf(record.workgroup, sizeof(record.workgroup), "OFFICE");
	snprintf(record.comment, sizeof(record.comment), "%s", comment);
	assert_int_equal(lists_hear(f->lists, kind, &record, here, there, 60000,
				    &(struct nbt_env){ .now_ms = 1 }),
			 LISTS_OK);
}

static void start_server(struct fixture *f)
{
	const struct in_addr loopback = { htonl(INADDR_LOOPBACK) };
	struct access_network all;
	const struct access_rule rules[SMB_SERVER_RULES] = { { &all, 1 }, { &all, 1 } };

	assert_int_equal(
		access_network_parse(&all, f->clients != NULL ? f->clients : "127.0.0.0/8"), 0);
	f->access = access_list_create(rules, SMB_SERVER_RULES, NULL, 0);
	f->server_settings.limits =
		(struct session_limits){ 100, 100, TOO_LONG, TOO_LONG, 1 << 24 };
	f->server_settings.access = f->access;
	f->server_settings.host = &f->host.smb;
	f->server_settings.retry_ms = TOO_LONG;
	assert_int_equal(smb_server_create(&f->server, f->waiting.loop, &f->server_settings,
					   server_changed, f),
			 0);
	assert_true(smb_server_update(f->server, &f->server_settings, &loopback, 1));
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	waiting_open(&f->waiting, f);
	f->browser = (struct browser_settings)BROWSER_SETTINGS_DEFAULT;
	f->browser.name = "BOX";
	f->browser.workgroups = workgroups;
	f->browser.workgroup_count = 1;
	f->lists = lists_create(&f->browser.lists);
	host_init(&f->host, f->lists, NULL, &f->browser, true, guid);
	fill(f, LISTS_SERVERS, "MILL", "cuts");
	fill(f, LISTS_SERVERS, "LATHE", "turns");
	fill(f, LISTS_WORKGROUPS, "OFFICE", "BOX");
	close(take_port(&f->server_settings.session_port));
	close(take_port(&f->server_settings.smb_port));
	f->settings = (struct pulls_settings){ .at_once = 2,
					       .reply_ms = TOO_LONG,
					       .whole_ms = TOO_LONG,
					       .name = "ME",
					       .session_port = f->server_settings.session_port,
					       .direct_port = f->server_settings.smb_port };
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int ret = f->waiting.is_late ? -1 : 0;

	pulls_close(f->pulls);
	pulls_close(NULL);
	smb_server_destroy(f->server);
	access_list_destroy(f->access);
	lists_destroy(f->lists);
	waiting_close(&f->waiting);
	free(f);
	return ret;
}

static void open_pulls(struct fixture *f)
{
	assert_int_equal(pulls_open(&f->pulls, f->waiting.loop, &f->settings, &pulls_events, f), 0);
}

static void add(struct fixture *f, uint32_t token, const char *name)
{
	pulls_add(f->pulls, &(struct browser_pull){ .token = token,
						    .address = { htonl(INADDR_LOOPBACK) },
						    .workgroup = "OFFICE",
						    .name = name });
}

static bool all_have_ended(void *ctx)
{
	const struct fixture *f = ctx;

	return f->ended == f->wanted;
}

/* Until so many more have ended. */
static void run(struct fixture *f, size_t count)
{
	f->wanted = f->ended + count;
	wait_until(&f->waiting, all_have_ended);
}

static void expect_lists(const struct fixture *f, uint32_t token)
{
	assert_string_equal(f->failures[token], "");
	assert_int_equal(f->records[token][LISTS_SERVERS], 2);
	assert_int_equal(f->records[token][LISTS_WORKGROUPS], 1);
}

/*
 * Tests.
 */

static void both_lists_come(void **state)
{
	struct fixture *f = *state;

	start_server(f);
	open_pulls(f);
	add(f, 1, "BOX");
	assert_int_equal(pulls_count(f->pulls), 1);
	run(f, 1);
	expect_lists(f, 1);
	assert_string_equal(f->last.name, "OFFICE");
	assert_string_equal(f->last.comment, "BOX");
	assert_int_equal(f->last.type & 0x80000000u, 0x80000000u);
	assert_int_equal(f->last.type & 0x40000000u, 0); /* that is the server's business */
	assert_int_equal(pulls_count(f->pulls), 0);
}

static void without_a_session_service_the_other_port_is_taken(void **state)
{
	struct fixture *f = *state;

	f->server_settings.session_port = 0;
	start_server(f);
	open_pulls(f);
	add(f, 1, "BOX");
	run(f, 1);
	expect_lists(f, 1);
}

static void more_wait_for_their_turn(void **state)
{
	struct fixture *f = *state;

	start_server(f);
	open_pulls(f);
	for (uint32_t i = 0; i < PULLS; i++)
		add(f, i, "BOX");
	assert_int_equal(pulls_count(f->pulls), PULLS);
	run(f, PULLS);
	for (uint32_t i = 0; i < PULLS; i++)
		expect_lists(f, i);
	assert_in_range(f->most, 1,
			f->settings.at_once + 1); /* one may not have been taken down yet */
}

static void workgroups_alone(void **state)
{
	struct fixture *f = *state;

	start_server(f);
	open_pulls(f);
	pulls_add(f->pulls, &(struct browser_pull){ .token = 1,
						    .address = { htonl(INADDR_LOOPBACK) },
						    .workgroup = "OFFICE",
						    .name = "BOX",
						    .is_workgroups_only = true });
	run(f, 1);
	assert_string_equal(f->failures[1], "");
	assert_int_equal(f->records[1][LISTS_SERVERS], 0);
	assert_int_equal(f->records[1][LISTS_WORKGROUPS], 1);
}

/* Hosts that say nothing, and were never known: they hold up nobody else. */
static void strangers_have_half_of_the_places(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in silent = { .sin_family = AF_INET,
				      .sin_addr = { inet_addr("127.0.0.9") },
				      .sin_port = htons(f->server_settings.session_port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&silent, sizeof(silent)), 0);
	assert_int_equal(listen(fd, PULLS), 0);
	start_server(f);
	open_pulls(f);
	for (uint32_t i = 2; i < PULLS; i++)
		pulls_add(f->pulls, &(struct browser_pull){ .token = i,
							    .address = silent.sin_addr,
							    .workgroup = "OFFICE",
							    .name = "NOBODY",
							    .is_strange = true });
	for (uint32_t i = 0; i < 2; i++)
		add(f, i, "BOX");
	run(f, 2);
	expect_lists(f, 0);
	expect_lists(f, 1);
	pulls_cancel(f->pulls);
	close(fd);
}

static void nobody_is_there(void **state)
{
	struct fixture *f = *state;

	open_pulls(f);
	add(f, 1, "BOX");
	add(f, 2, "BOX");
	add(f, 3, "BOX");
	run(f, 3);
	for (size_t i = 1; i <= 3; i++)
		assert_string_equal(f->failures[i], "no connection: Connection refused");
}

static void a_name_that_is_not_theirs_is_tried_as_any(void **state)
{
	struct fixture *f = *state;

	start_server(f);
	open_pulls(f);
	add(f, 1, "OTHER"); /* refused, then called *SMBSERVER */
	run(f, 1);
	expect_lists(f, 1);
}

static void who_does_not_answer_is_left(void **state)
{
	uint16_t port;
	struct fixture *f = *state;
	int silent = take_port(&port);

	assert_int_equal(listen(silent, 4), 0);
	f->settings.session_port = port;
	f->settings.reply_ms = 50;
	f->settings.whole_ms = 1000;
	open_pulls(f);
	add(f, 1, "BOX");
	run(f, 1);
	assert_string_not_equal(f->failures[1], "");
	assert_int_equal(f->records[1][LISTS_SERVERS], 0);
	close(silent);
}

/* A port whose connections never come about: the kernel has room for so many, and takes no more. */
static void a_port_that_hangs_is_left_for_the_other(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in where = { .sin_family = AF_INET,
				     .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int full[4], hanging = take_port(&f->settings.session_port);

	assert_int_equal(listen(hanging, 0), 0);
	where.sin_port = htons(f->settings.session_port);
	for (size_t i = 0; i < ARRAY_SIZE(full); i++) {
		full[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(full[i], (const struct sockaddr *)&where, sizeof(where));
	}
	f->settings.reply_ms = 100;
	start_server(f);
	open_pulls(f);
	add(f, 1, "BOX");
	run(f, 1);
	expect_lists(f, 1);
	for (size_t i = 0; i < ARRAY_SIZE(full); i++)
		close(full[i]);
	close(hanging);
}

/* A server of which a test has the other end. */
struct odd_server {
	int listening, connection;
	uint8_t first; /* byte that came */
};

static bool has_said_something(void *ctx)
{
	struct fixture *f = ctx;
	struct odd_server *odd = f->odd;

	if (odd->connection < 0)
		odd->connection = accept4(odd->listening, NULL, NULL, SOCK_NONBLOCK);
	return odd->connection >= 0 && recv(odd->connection, &odd->first, 1, MSG_PEEK) == 1;
}

static void open_odd(struct fixture *f, struct odd_server *odd, uint16_t *port)
{
	f->odd = odd;
	odd->connection = -1;
	odd->listening = take_port(port);
	assert_int_equal(fcntl(odd->listening, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(listen(odd->listening, 4), 0);
}

/* Port 445 has no session request: the first that comes is a message. */
static void the_other_port_has_no_session_service(void **state)
{
	struct fixture *f = *state;
	struct odd_server odd;

	open_odd(f, &odd, &f->settings.direct_port);
	open_pulls(f);
	add(f, 1, "BOX");
	wait_until(&f->waiting, has_said_something);
	assert_int_equal(odd.first, 0x00);
	close(odd.listening);
	close(odd.connection);
	run(f, 1);
	assert_string_equal(f->failures[1], "the server closed the connection");
}

/* It wants to be called otherwise, and is gone. */
static void who_goes_between_two_calls_is_not_there(void **state)
{
	struct fixture *f = *state;
	struct odd_server odd;

	open_odd(f, &odd, &f->settings.session_port);
	open_pulls(f);
	add(f, 1, "BOX");
	wait_until(&f->waiting, has_said_something);
	assert_int_equal(odd.first, 0x81);
	close(odd.listening);
	assert_int_equal(send(odd.connection, "\x83\0\0\1\x82", 5, MSG_NOSIGNAL), 5);
	run(f, 1);
	assert_string_equal(f->failures[1], "no connection: Connection refused");
	close(odd.connection);
}

/* One port for both is tried once. */
static void one_port_is_tried_once(void **state)
{
	struct fixture *f = *state;

	f->settings.direct_port = f->settings.session_port;
	open_pulls(f);
	add(f, 1, "BOX");
	run(f, 1);
	assert_string_equal(f->failures[1], "no connection: Connection refused");
}

/* A pull for an interface comes from there. */
static void pulls_come_from_their_interface(void **state)
{
	struct fixture *f = *state;
	struct browser_pull pull = { .address = { htonl(INADDR_LOOPBACK) },
				     .workgroup = "OFFICE",
				     .name = "BOX" };

	f->clients = "127.0.0.5";
	start_server(f);
	open_pulls(f);
	for (uint32_t i = 1; i <= 2; i++) {
		pull.token = i;
		pull.interface.s_addr = inet_addr(i == 1 ? "127.0.0.5" : "127.0.0.6");
		assert_true(pull.token < PULLS);
		pulls_add(f->pulls, &pull);
		run(f, 1);
	}
	expect_lists(f, 1);
	assert_string_not_equal(f->failures[2], "");
	pull.token = 3;
	pull.interface.s_addr = inet_addr("192.0.2.77"); /* gone */
	pulls_add(f->pulls, &pull);
	run(f, 1);
	assert_string_equal(f->failures[3], "no connection: Cannot assign requested address");
}

static void what_is_cancelled_is_not_told(void **state)
{
	struct fixture *f = *state;

	start_server(f);
	open_pulls(f);
	add(f, 1, "BOX");
	add(f, 2, "BOX");
	add(f, 3, "BOX");
	pulls_cancel(f->pulls);
	assert_int_equal(pulls_count(f->pulls), 0);
	add(f, 4, "BOX");
	run(f, 1);
	expect_lists(f, 4);
	assert_int_equal(f->records[1][LISTS_SERVERS], 0);
	assert_int_equal(f->ended, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(both_lists_come),
		TEST(without_a_session_service_the_other_port_is_taken),
		TEST(more_wait_for_their_turn),
		TEST(workgroups_alone),
		TEST(strangers_have_half_of_the_places),
		TEST(nobody_is_there),
		TEST(a_name_that_is_not_theirs_is_tried_as_any),
		TEST(who_does_not_answer_is_left),
		TEST(a_port_that_hangs_is_left_for_the_other),
		TEST(the_other_port_has_no_session_service),
		TEST(who_goes_between_two_calls_is_not_there),
		TEST(one_port_is_tried_once),
		TEST(pulls_come_from_their_interface),
		TEST(what_is_cancelled_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The export of browse lists by TCP on loopback: our own client against it, and other programs that
 * have its ports. */
#include "browserd/smb_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "browserd/host.h"
#include "common/access.h"
#include "smb/ipc_client.h"
#include "waiting.h"

#define TOO_LONG 60000 /* ms; no test takes it */
#define SERVERS  1500
#define LISTS    3
#define MEMORY   (1 << 24)

static const char *const workgroups[] = { "OFFICE" };
static const uint8_t guid[16] = "guid of the box";

struct fixture {
	struct waiting waiting;
	struct browser_settings browser;
	struct lists *lists;
	struct host host;
	struct access_list *access;
	struct smb_server_settings settings;
	struct smb_server *server;
	enum smb_server_state told;
	unsigned changes;

	/* The client. */
	const char *from;
	uint16_t port;
	struct ipc_client *client;
	enum ipc_state state;
	int fd, other;
	uint8_t echo[4 + 37 + 65535];
	size_t entries[LISTS];
	enum ipc_end ends[LISTS];
};

static void changed(void *ctx, enum smb_server_state state)
{
	struct fixture *f = ctx;

	f->told = state;
	f->changes++;
}

static void fill_lists(struct fixture *f)
{
	const struct in_addr here = { inet_addr("10.1.0.5") }, there = { inet_addr("10.1.0.6") };
	struct lists_record record = { .type = 0x1003, .workgroup = "OFFICE" };

	for (int i = 0; i < SERVERS; i++) {
		snprintf(record.name, sizeof(record.name), "MACHINE%04d", i);
		snprintf(record.comment, sizeof(record.comment), "number %d of the plant", i);
		assert_int_equal(lists_hear(f->lists, LISTS_SERVERS, &record, here, there, 60000,
					    &(struct nbt_env){ .now_ms = 1 }),
				 LISTS_OK);
	}
}

/* Who may connect, and who may speak SMB1. */
static void allow(struct fixture *f, const char *clients, const char *smb1)
{
	struct access_network networks[SMB_SERVER_RULES];
	struct access_rule rules[SMB_SERVER_RULES];

	assert_int_equal(access_network_parse(&networks[SMB_SERVER_CLIENTS], clients), 0);
	assert_int_equal(access_network_parse(&networks[SMB_SERVER_SMB1], smb1), 0);
	for (size_t i = 0; i < SMB_SERVER_RULES; i++)
		rules[i] = (struct access_rule){ &networks[i], 1 };
	access_list_destroy(f->access);
	f->access = access_list_create(rules, SMB_SERVER_RULES, NULL, 0);
	assert_non_null(f->access);
	f->settings.access = f->access;
}

static void listen_on(struct fixture *f, const char *text)
{
	const struct in_addr address = { inet_addr(text) };

	assert_true(smb_server_update(f->server, &f->settings, &address, 1));
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	f->fd = f->other = -1;
	f->from = "127.0.0.1";
	waiting_open(&f->waiting, f);

	f->browser = (struct browser_settings)BROWSER_SETTINGS_DEFAULT;
	f->browser.name = "BOX";
	f->browser.workgroups = workgroups;
	f->browser.workgroup_count = 1;
	f->browser.lists.per_source = SERVERS;
	f->lists = lists_create(&f->browser.lists);
	assert_non_null(f->lists);
	fill_lists(f);
	host_init(&f->host, f->lists, NULL, &f->browser, true, guid);

	close(take_port(&f->settings.session_port));
	close(take_port(&f->settings.smb_port));
	f->settings.limits = (struct session_limits){ 100, 100, TOO_LONG, TOO_LONG, MEMORY };
	f->settings.host = &f->host.smb;
	f->settings.retry_ms = 10;
	allow(f, "127.0.0.0/8", "127.0.0.0/8");
	assert_int_equal(smb_server_create(&f->server, f->waiting.loop, &f->settings, changed, f),
			 0);
	assert_int_equal(smb_server_state(f->server), SMB_SERVER_CLOSED);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int ret;

	smb_server_destroy(f->server);
	smb_server_destroy(NULL);
	ipc_client_destroy(f->client);
	if (f->fd >= 0)
		close(f->fd);
	if (f->other >= 0)
		close(f->other);
	access_list_destroy(f->access);
	lists_destroy(f->lists);
	waiting_close(&f->waiting);
	ret = f->waiting.is_late ? -1 : 0;
	free(f);
	return ret;
}

/*
 * The client.
 */

static void send_bytes(void *ctx, const uint8_t *bytes, size_t len)
{
	const struct fixture *f = ctx;

	(void)send(f->fd, bytes, len, MSG_NOSIGNAL);
}

static void entry(void *ctx, size_t request, const struct smb_listed *listed)
{
	struct fixture *f = ctx;

	assert_true(listed->name[0] != '\0');
	f->entries[request]++;
}

static void end(void *ctx, size_t request, enum ipc_end how, uint32_t code)
{
	struct fixture *f = ctx;

	(void)code;
	f->ends[request] = how;
}

static void connect_client(struct fixture *f)
{
	const struct sockaddr_in local = { .sin_family = AF_INET,
					   .sin_addr = { inet_addr(f->from) } };
	const struct sockaddr_in server = { .sin_family = AF_INET,
					    .sin_port = htons(f->port),
					    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	const struct nbt_env env = loop_env(f->waiting.loop);

	if (f->fd >= 0)
		close(f->fd);
	f->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(f->fd, (const struct sockaddr *)&local, sizeof(local)), 0);
	assert_int_equal(connect(f->fd, (const struct sockaddr *)&server, sizeof(server)), 0);
	assert_int_equal(fcntl(f->fd, F_SETFL, O_NONBLOCK), 0);
	f->state = ipc_client_connected(f->client, &env);
}

static bool client_is_done(void *ctx)
{
	struct fixture *f = ctx;
	const struct nbt_env env = loop_env(f->waiting.loop);
	uint8_t bytes[4096];
	ssize_t got = recv(f->fd, bytes, sizeof(bytes), 0);

	if (got > 0)
		f->state = ipc_client_receive(f->client, bytes, (size_t)got, &env);
	else if (got == 0 || errno != EAGAIN)
		f->state = ipc_client_closed(f->client);
	if (f->state == IPC_RECONNECT)
		connect_client(f);
	return f->state == IPC_DONE || f->state == IPC_FAILED;
}

/* Asks for servers, workgroups and shares. */
static enum ipc_state pull_lists(struct fixture *f, uint16_t port)
{
	static const struct ipc_request requests[LISTS] = {
		{ .types = 0xffffffff, .domain = "" },
		{ .types = 0x80000000, .domain = "" },
		{ .shares = true, .domain = "" },
	};
	const struct ipc_sinks client_sinks = { send_bytes, entry, end, f };
	struct ipc_task task = { .server = "BOX",
				 .has_session_service = port == f->settings.session_port,
				 .requests = requests,
				 .request_count = LISTS,
				 .reply_ms = TOO_LONG,
				 .whole_ms = TOO_LONG };

	assert_int_equal(nbt_name_from_text(&task.called, "BOX", 0x20), NBT_OK);
	assert_int_equal(nbt_name_from_text(&task.calling, "ME", 0x00), NBT_OK);
	memset(f->entries, 0, sizeof(f->entries));
	ipc_client_destroy(f->client);
	f->client = ipc_client_create(&task, &client_sinks);
	assert_non_null(f->client);
	f->port = port;
	connect_client(f);
	wait_until(&f->waiting, client_is_done);
	return f->state;
}

static bool server_is_open(void *ctx)
{
	struct fixture *f = ctx;
	return f->told == SMB_SERVER_OPEN;
}

/*
 * Tests.
 */

static void lists_come_whole_by_both_ports(void **state)
{
	struct fixture *f = *state;
	const uint16_t ports[] = { f->settings.session_port, f->settings.smb_port };

	listen_on(f, "127.0.0.1");
	assert_int_equal(f->told, SMB_SERVER_OPEN);
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		assert_int_equal(pull_lists(f, ports[i]), IPC_DONE);
		assert_int_equal(f->ends[0], IPC_WHOLE);
		assert_int_equal(f->entries[0], SERVERS);
		assert_int_equal(f->ends[1], IPC_WHOLE);
		assert_int_equal(f->entries[1], 0);
		assert_int_equal(f->ends[2], IPC_WHOLE);
		assert_int_equal(f->entries[2], 1);
	}
}

static void smb1_is_for_those_who_may(void **state)
{
	struct fixture *f = *state;

	allow(f, "127.0.0.0/8", "127.0.0.2");
	listen_on(f, "127.0.0.1");
	assert_int_equal(pull_lists(f, f->settings.smb_port), IPC_FAILED);
	f->from = "127.0.0.2";
	assert_int_equal(pull_lists(f, f->settings.smb_port), IPC_DONE);
	assert_int_equal(f->entries[0], SERVERS);
}

static void strangers_may_not_connect(void **state)
{
	struct fixture *f = *state;

	allow(f, "127.0.0.2", "127.0.0.0/8");
	listen_on(f, "127.0.0.1");
	assert_int_equal(pull_lists(f, f->settings.smb_port), IPC_FAILED);
	f->from = "127.0.0.2";
	assert_int_equal(pull_lists(f, f->settings.smb_port), IPC_DONE);
}

static void ports_of_another_program_are_said_and_tried_again(void **state)
{
	struct fixture *f = *state;
	int other = take_port(&f->settings.smb_port);

	assert_int_equal(listen(other, 1), 0);
	listen_on(f, "127.0.0.1");
	assert_int_equal(f->told, SMB_SERVER_TAKEN);
	assert_int_equal(smb_server_state(f->server), SMB_SERVER_TAKEN);
	assert_int_equal(f->changes, 1);
	close(other);
	wait_until(&f->waiting, server_is_open);
	assert_int_equal(f->changes, 2);
	assert_int_equal(pull_lists(f, f->settings.smb_port), IPC_DONE);
}

static void an_address_may_come_later(void **state)
{
	struct fixture *f = *state;

	listen_on(f, "192.0.2.77"); /* nobody's */
	assert_int_equal(f->changes, 0);
	assert_int_equal(smb_server_state(f->server), SMB_SERVER_CLOSED);
	listen_on(f, "127.0.0.1");
	assert_int_equal(f->told, SMB_SERVER_OPEN);
	assert_int_equal(pull_lists(f, f->settings.session_port), IPC_DONE);
}

static bool nobody_is_there(void *ctx)
{
	struct fixture *f = ctx;
	return smb_server_connections(f->server) == 0;
}

static void with_an_address_its_connections_go(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in where;

	listen_on(f, "127.0.0.1");
	assert_int_equal(pull_lists(f, f->settings.smb_port), IPC_DONE);
	assert_int_equal(smb_server_connections(f->server), 1);
	listen_on(f, "127.0.0.1"); /* nothing has changed */
	assert_int_equal(smb_server_connections(f->server), 1);
	assert_true(smb_server_address(f->server, 1, &where));
	assert_int_equal(ntohs(where.sin_port), f->settings.smb_port);

	assert_true(smb_server_update(f->server, &f->settings, NULL, 0));
	wait_until(&f->waiting, nobody_is_there);
	assert_int_equal(f->told, SMB_SERVER_CLOSED);
	assert_false(smb_server_address(f->server, 1, &where));
	assert_false(smb_server_address(f->server, 100, &where));
}

/* Of two addresses the first has its connections all along. */
static void with_another_address_the_first_stays(void **state)
{
	struct fixture *f = *state;
	const struct in_addr addresses[] = { { inet_addr("127.0.0.1") },
					     { inet_addr("127.0.0.2") } };
	struct sockaddr_in where;

	listen_on(f, "127.0.0.1");
	assert_int_equal(pull_lists(f, f->settings.smb_port), IPC_DONE);
	assert_true(smb_server_update(f->server, &f->settings, addresses, 2));
	assert_int_equal(smb_server_state(f->server), SMB_SERVER_OPEN);
	assert_int_equal(smb_server_connections(f->server), 1);
	assert_true(smb_server_address(f->server, 3, &where));
	assert_int_equal(where.sin_addr.s_addr, addresses[1].s_addr);
	assert_int_equal(ntohs(where.sin_port), f->settings.smb_port);
}

static void other_settings_count_from_now_on(void **state)
{
	struct fixture *f = *state;
	struct lists *nothing = lists_create(&f->browser.lists);
	struct host other;
	uint16_t port;

	listen_on(f, "127.0.0.1");
	assert_int_equal(pull_lists(f, f->settings.smb_port), IPC_DONE);
	assert_int_equal(f->entries[0], SERVERS);
	host_init(&other, nothing, NULL, &f->browser, true, guid);
	close(take_port(&port));
	f->settings.host = &other.smb;
	f->settings.smb_port = port;
	listen_on(f, "127.0.0.1");
	assert_int_equal(pull_lists(f, port), IPC_DONE);
	assert_int_equal(f->entries[0], 0);
	assert_true(smb_server_update(f->server, &f->settings, NULL, 0));
	lists_destroy(nothing);
}

/* Numbers of listeners have sixteen bits. */
static void more_addresses_than_numbers(void **state)
{
	struct fixture *f = *state;
	const size_t count = 0x8000;
	struct in_addr *addresses = calloc(count, sizeof(*addresses));

	assert_non_null(addresses);
	assert_false(smb_server_update(f->server, &f->settings, addresses, count));
	assert_int_equal(f->changes, 0);
	free(addresses);
}

/*
 * A client that says what it likes.
 */

static void say(struct fixture *f, const void *bytes, size_t len)
{
	const struct sockaddr_in server = { .sin_family = AF_INET,
					    .sin_port = htons(f->settings.smb_port),
					    .sin_addr = { htonl(INADDR_LOOPBACK) } };

	if (f->other >= 0)
		close(f->other);
	f->other = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(f->other, (const struct sockaddr *)&server, sizeof(server)), 0);
	assert_int_equal(send(f->other, bytes, len, MSG_NOSIGNAL), len);
}

static bool is_connected(void *ctx)
{
	struct fixture *f = ctx;

	return smb_server_connections(f->server) == 1;
}

static bool is_hung_up(void *ctx)
{
	struct fixture *f = ctx;
	uint8_t byte;
	ssize_t got = recv(f->other, &byte, 1, MSG_DONTWAIT);

	return got == 0 || (got < 0 && errno != EAGAIN);
}

static void nonsense_ends_a_connection(void **state)
{
	struct fixture *f = *state;

	listen_on(f, "127.0.0.1");
	say(f, "\0\0\0\4GET ", 8);
	wait_until(&f->waiting, is_hung_up);
	close(f->other);
	f->other = -1;
	wait_until(&f->waiting, nobody_is_there);
}

/* Who has a tree stays; who has said something, but got nowhere, makes room. */
static void who_is_settled_stays(void **state)
{
	struct fixture *f = *state;

	f->settings.limits.connections = 1;
	listen_on(f, "127.0.0.1");
	say(f, "\x85\0\0\0", 4);
	wait_until(&f->waiting, is_connected);
	assert_int_equal(pull_lists(f, f->settings.smb_port), IPC_DONE);
	wait_until(&f->waiting, is_hung_up);
	say(f, "\x85\0\0\0", 4);
	wait_until(&f->waiting, is_hung_up);
	assert_int_equal(smb_server_connections(f->server), 1);
	assert_int_equal(recv(f->fd, &(char){ 0 }, 1, MSG_DONTWAIT), -1); /* it is not closed */
	assert_int_equal(errno, EAGAIN);
}

/* A frame may be as long as those of SMB2 are. */
static bool has_answered(void *ctx)
{
	struct fixture *f = ctx;
	static uint8_t bytes[70000];

	return recv(f->other, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_PEEK) == sizeof(f->echo);
}

static void long_frames_are_taken(void **state)
{
	struct fixture *f = *state;
	const uint8_t begin[] = "\0\1\0\x24\xFFSMB\x2B";

	listen_on(f, "127.0.0.1");
	memcpy(f->echo, begin, sizeof(begin) - 1);
	f->echo[4 + 32] = 1; /* a word: how often */
	f->echo[4 + 33] = 1;
	f->echo[4 + 35] = f->echo[4 + 36] = 0xFF; /* bytes */
	say(f, f->echo, sizeof(f->echo));
	wait_until(&f->waiting, has_answered);
}

static void a_port_may_be_left_out(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in where;

	f->settings.session_port = 0;
	listen_on(f, "127.0.0.1");
	assert_false(smb_server_address(f->server, 0, &where));
	assert_true(smb_server_address(f->server, 1, &where));
	assert_int_equal(f->told, SMB_SERVER_OPEN);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(lists_come_whole_by_both_ports),
		TEST(smb1_is_for_those_who_may),
		TEST(strangers_may_not_connect),
		TEST(ports_of_another_program_are_said_and_tried_again),
		TEST(an_address_may_come_later),
		TEST(with_an_address_its_connections_go),
		TEST(with_another_address_the_first_stays),
		TEST(other_settings_count_from_now_on),
		TEST(more_addresses_than_numbers),
		TEST(nonsense_ends_a_connection),
		TEST(who_is_settled_stays),
		TEST(long_frames_are_taken),
		TEST(a_port_may_be_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

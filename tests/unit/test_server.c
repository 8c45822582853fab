/* The edge as a whole on loopback: sockets, service, store, and the order of a stop. */
#include "support.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/loop.h"
#include "nbnsd/files.h"
#include "nbnsd/names.h"
#include "nbnsd/nbnsd.h"
#include "nbnsd/server.h"
#include "nbnsd/store/store.h"
#include "vectors.h"

#define TOO_LONG 20000 /* ms; only a test that fails waits so long */
#define SERVER   "127.1.0.1"

struct fixture {
	struct nbnsd nbnsd;
	char directory[32];
	const char *settings; /* of the group nbnsd, further ones */
	int client;
	bool stop_when_submitted;
	size_t answers, wanted; /* of many registrations; 0: none are */
	size_t most_in_a_turn;
};

/* What has come in this turn of the loop. */
static void take_answers(struct fixture *f)
{
	size_t answers = 0;

	while (recv(f->client, &(char){ 0 }, 1, MSG_DONTWAIT) > 0)
		answers++;
	f->answers += answers;
	if (answers > f->most_in_a_turn)
		f->most_in_a_turn = answers;
	if (f->answers >= f->wanted)
		loop_stop(f->nbnsd.loop);
}

/* As the daemon's, but a run may end as soon as something is on its way to the store. */
static void turn(void *ctx, const struct nbt_env *env)
{
	struct fixture *f = ctx;

	server_events.turn(&f->nbnsd, env);
	if (f->wanted > 0)
		take_answers(f);
	if (f->stop_when_submitted && store_pending(f->nbnsd.store) > 0)
		loop_stop(f->nbnsd.loop);
}

static void deadline(void *ctx, const struct nbt_env *env)
{
	struct fixture *f = ctx;

	server_events.deadline(&f->nbnsd, env);
}

static int open_client(void)
{
	const struct timeval patience = { .tv_sec = TOO_LONG / 1000 };
	const struct sockaddr_in local = { .sin_family = AF_INET,
					   .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(bind(fd, (const struct sockaddr *)&local, sizeof(local)), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	return fd;
}

/* The client's port is free on the server's address, very likely. */
static uint16_t client_port(const struct fixture *f)
{
	struct sockaddr_in local;
	socklen_t len = sizeof(local);

	assert_int_equal(getsockname(f->client, (struct sockaddr *)&local, &len), 0);
	return ntohs(local.sin_port);
}

static void start(struct fixture *f)
{
	static const struct loop_events events = { .deadline = deadline, .turn = turn };
	char text[512], error[CONF_ERROR_MAX];

	snprintf(text, sizeof(text),
		 "nbnsd = { listen = [\"" SERVER
		 "\"]; port = %u; database = \"%s/names.db\"; %s };",
		 (unsigned)client_port(f), f->directory, f->settings);
	if (conf_parse(&f->nbnsd.settings, &nbnsd_schema, text, "test", error) < 0)
		fail_msg("%s", error);
	if (files_load(&f->nbnsd.files, &f->nbnsd.settings, error) < 0)
		fail_msg("%s", error);
	assert_int_equal(loop_create(&f->nbnsd.loop, &events, f), 0);
	assert_int_equal(server_bind(&f->nbnsd), 0);
	assert_int_equal(names_open(&f->nbnsd), 0);
	assert_int_equal(server_start(&f->nbnsd), 0);
}

static void stop(struct fixture *f)
{
	server_stop(&f->nbnsd);
	names_close(&f->nbnsd);
	server_unbind(&f->nbnsd);
	loop_destroy(f->nbnsd.loop);
	files_free(f->nbnsd.files);
	conf_free(&f->nbnsd.settings, &nbnsd_schema);
}

static int set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .directory = "/tmp/test_server.XXXXXX", .settings = "" };
	*state = &f;
	f.client = open_client();
	return mkdtemp(f.directory) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	static const char *const files[] = { "names.db", "names.db-wal", "names.db-shm",
					     "names.db.version" };
	struct fixture *f = *state;
	char path[64];

	close(f->client);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->directory, files[i]);
		unlink(path);
	}
	return rmdir(f->directory);
}

static void send_vector(const struct fixture *f, unsigned number)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(client_port(f)),
					.sin_addr = { htonl(0x7f010001) } };
	uint8_t bytes[VECTOR_LEN_MAX];
	size_t len = unhex(bytes, sizeof(bytes), vectors[number].hex);

	assert_int_equal(sendto(f->client, bytes, len, 0, (const struct sockaddr *)&to, sizeof(to)),
			 len);
}

static void assert_receives_vector(const struct fixture *f, unsigned number)
{
	uint8_t want[VECTOR_LEN_MAX], got[VECTOR_LEN_MAX];
	size_t len = unhex(want, sizeof(want), vectors[number].hex);

	assert_int_equal(recv(f->client, got, sizeof(got), 0), len);
	assert_memory_equal(got, want, len);
}

static void stop_loop(void *ctx, unsigned events)
{
	(void)events;
	loop_stop(ctx);
}

/* Runs until the client has something to read. */
static void run_until_answered(struct fixture *f)
{
	struct loop_poll *poll;

	assert_int_equal(loop_poll_open(&poll, f->nbnsd.loop, f->client, LOOP_READABLE, stop_loop,
					f->nbnsd.loop),
			 0);
	assert_int_equal(loop_run(f->nbnsd.loop), 0);
	loop_poll_close(poll);
}

static void a_registration_is_answered_and_found(void **state)
{
	struct fixture *f = *state;

	start(f);
	send_vector(f, 1);
	run_until_answered(f);
	assert_receives_vector(f, 2);
	send_vector(f, 5);
	run_until_answered(f);
	assert_receives_vector(f, 6);
	stop(f);
}

static void a_name_is_there_after_a_restart(void **state)
{
	struct fixture *f = *state;

	start(f);
	send_vector(f, 1);
	run_until_answered(f);
	assert_receives_vector(f, 2);
	stop(f);
	start(f);
	send_vector(f, 5);
	run_until_answered(f);
	assert_receives_vector(f, 6);
	stop(f);
}

static void a_stop_commits_and_answers_what_is_queued(void **state)
{
	struct fixture *f = *state;

	start(f);
	send_vector(f, 1);
	f->stop_when_submitted = true;
	assert_int_equal(loop_run(f->nbnsd.loop), 0);
	assert_int_equal(recv(f->client, &(char){ 0 }, 1, MSG_DONTWAIT), -1);
	stop(f);
	assert_receives_vector(f, 2);
}

static void send_registration(const struct fixture *f, uint16_t number)
{
	static const struct nbt_scope no_scope = { .len = 0 };
	const struct nbt_address address = { NBT_NB_H, { htonl(INADDR_LOOPBACK) } };
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(client_port(f)),
					.sin_addr = { htonl(0x7f010001) } };
	uint8_t rdata[NBT_ADDRESS_LEN], bytes[VECTOR_LEN_MAX];
	struct nbt_packet packet;
	struct nbt_name name;
	char text[16];
	size_t len;

	snprintf(text, sizeof(text), "NAME%u", number);
	assert_int_equal(nbt_name_make(&name, text, NBT_SUFFIX_SERVER), NBT_OK);
	nbt_make_claim(&packet, NBT_OP_REGISTRATION, number, NBT_FLAG_RD, &name, &no_scope, 300000,
		       &address, rdata);
	assert_int_equal(nbt_packet_encode(&packet, bytes, sizeof(bytes), &len), NBT_OK);
	assert_int_equal(sendto(f->client, bytes, len, 0, (const struct sockaddr *)&to, sizeof(to)),
			 len);
}

/* They are one commit or two; each turn of the loop sends an outbox. */
static void answers_to_many_leave_by_and_by(void **state)
{
	struct fixture *f = *state;

	start(f);
	f->wanted = 500;
	for (uint16_t i = 0; i < f->wanted; i++)
		send_registration(f, i);
	assert_int_equal(loop_run(f->nbnsd.loop), 0);
	assert_int_equal(f->answers, f->wanted);
	assert_in_range(f->most_in_a_turn, 1, OUTBOX_SIZE);
	stop(f);
}

static void who_may_not_register_is_not_stored(void **state)
{
	struct fixture *f = *state;

	f->settings = "allow-register = [\"10.0.0.0/8\"];";
	start(f);
	send_vector(f, 1);
	send_vector(f, 5);
	run_until_answered(f);
	stop(f);
	f->settings = "";
	start(f);
	send_vector(f, 5);
	while (recv(f->client, &(char){ 0 }, 1, MSG_DONTWAIT) > 0)
		;
	run_until_answered(f);
	assert_receives_vector(f, 7);
	stop(f);
}

static void without_the_server_role_there_is_no_database(void **state)
{
	struct fixture *f = *state;
	char path[64];

	f->settings = "server = false;";
	start(f);
	stop(f);
	snprintf(path, sizeof(path), "%s/names.db", f->directory);
	assert_int_equal(access(path, F_OK), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_registration_is_answered_and_found),
		TEST(a_name_is_there_after_a_restart),
		TEST(a_stop_commits_and_answers_what_is_queued),
		TEST(answers_to_many_leave_by_and_by),
		TEST(who_may_not_register_is_not_stored),
		TEST(without_the_server_role_there_is_no_database),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}

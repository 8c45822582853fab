/* The control socket's server, with clients that behave and clients that don't. */
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

#include "common/ctl.h"
#include "common/loop.h"

#define TOO_LONG 20000 /* ms; only a test that fails waits so long */
#define PEERS    130

struct fixture {
	char directory[64];
	struct sockaddr_un address;
	struct loop *loop;
	struct ctl *ctl;
	bool late;

	int peers[PEERS];
	char *heard; /* by the first peer */
	size_t heard_len, wanted_lines;
	bool at_end, wants_end;

	struct ctl_request *later; /* that a command has not ended yet */
	unsigned left;             /* rows of the stream */
	size_t most_waiting;
	unsigned released;
	unsigned turns; /* of the loop */
};

/*
 * Commands.
 */

static void run_echo(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	(void)daemon;
	for (int i = 0; i < argc; i++)
		ctl_row(rq, json_pack("{s:s}", "word", argv[i]));
	ctl_end(rq);
}

static void run_fail(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	(void)daemon;
	ctl_fail(rq, CTL_FAILED, "it is %s", argc > 0 ? argv[0] : "broken");
}

static void run_later(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct fixture *f = daemon;

	(void)argc;
	(void)argv;
	f->later = rq;
}

static void run_bad_row(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	(void)daemon;
	(void)argc;
	(void)argv;
	ctl_row(rq, json_pack("{s:s}", "word", "\xff"));
	ctl_end(rq);
}

static bool stream_more(void *ctx, struct ctl_request *rq)
{
	struct fixture *f = ctx;

	for (int i = 0; i < 20; i++) {
		if (f->left == 0)
			return false;
		if (f->left-- % 3 == 0)
			ctl_row(rq, json_pack("{s:i}", "left", (int)f->left));
	}
	if (ctl_waiting(rq) > f->most_waiting)
		f->most_waiting = ctl_waiting(rq);
	return true;
}

/* Two of three calls find nothing. */
static bool sparse_more(void *ctx, struct ctl_request *rq)
{
	struct fixture *f = ctx;

	if (f->left == 0)
		return false;
	if (f->left-- % 3 == 0)
		ctl_row(rq, json_pack("{s:i}", "left", (int)f->left));
	ctl_wake_stream(rq);
	return true;
}

/* Says one row, and then waits. */
static bool idle_more(void *ctx, struct ctl_request *rq)
{
	struct fixture *f = ctx;

	f->later = rq;
	if (f->left == 0)
		return true;
	f->left--;
	ctl_row(rq, json_pack("{s:i}", "left", (int)f->left));
	return true;
}

static void stream_released(void *ctx)
{
	struct fixture *f = ctx;

	f->released++;
}

static void run_stream(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct ctl_stream stream = { stream_more, stream_released, daemon };

	if (argc > 0 && strcmp(argv[0], "sparse") == 0)
		stream.more = sparse_more;
	if (argc > 0 && strcmp(argv[0], "idle") == 0)
		stream.more = idle_more;
	ctl_start_stream(rq, &stream);
}

static const struct ctl_command some[] = {
	{ "echo", "[WORD]...", "says it back", false, run_echo },
	{ "echo loud", "", "never says it back", true, run_fail },
	{ "fail", "", "fails", false, run_fail },
	{ .name = NULL },
};

static const struct ctl_command others[] = {
	{ "later", "", "ends later", false, run_later },
	{ "bad", "", "says what is no UTF-8", false, run_bad_row },
	{ "stream", "", "says much", false, run_stream },
	{ .name = NULL },
};

static const struct ctl_command *const tables[] = { some, others, NULL };

/*
 * A loop with a server and peers.
 */

static void on_deadline(void *ctx, const struct nbt_env *env)
{
	struct fixture *f = ctx;

	(void)env;
	f->late = true;
	loop_stop(f->loop);
}

static size_t lines_heard(const struct fixture *f)
{
	size_t lines = 0;

	for (size_t i = 0; i < f->heard_len; i++)
		lines += f->heard[i] == '\n';
	return lines;
}

static void hear(struct fixture *f)
{
	char bytes[4096];
	ssize_t got = recv(f->peers[0], bytes, sizeof(bytes), MSG_DONTWAIT);

	if (got > 0) {
		f->heard = realloc(f->heard, f->heard_len + (size_t)got + 1);
		memcpy(f->heard + f->heard_len, bytes, (size_t)got);
		f->heard_len += (size_t)got;
		f->heard[f->heard_len] = '\0';
	} else if (got == 0 || errno != EAGAIN) {
		f->at_end = true;
	}
}

static void on_ready(void *ctx, unsigned events)
{
	struct fixture *f = ctx;

	(void)events;
	hear(f);
	if (f->wants_end ? f->at_end : f->at_end || lines_heard(f) >= f->wanted_lines)
		loop_stop(f->loop);
}

static void on_turn(void *ctx, const struct nbt_env *env)
{
	struct fixture *f = ctx;

	(void)env;
	f->turns++;
}

static const struct loop_events events = { .deadline = on_deadline, .turn = on_turn };

static int open_ctl(struct fixture *f, struct ctl **out)
{
	const struct ctl_options options = {
		.directory = f->directory, .name = "test.ctl", .tables = tables, .daemon = f
	};

	return ctl_open(out, f->loop, &options);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	strcpy(f->directory, "/tmp/nbt-test-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	f->address.sun_family = AF_UNIX;
	snprintf(f->address.sun_path, sizeof(f->address.sun_path), "%s/test.ctl", f->directory);
	assert_int_equal(loop_create(&f->loop, &events, f), 0);
	for (size_t i = 0; i < PEERS; i++)
		f->peers[i] = -1;
	assert_int_equal(open_ctl(f, &f->ctl), 0);
	return 0;
}

static void disconnect(struct fixture *f, size_t i)
{
	if (f->peers[i] >= 0)
		close(f->peers[i]);
	f->peers[i] = -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < PEERS; i++)
		disconnect(f, i);
	ctl_close(f->ctl);
	loop_destroy(f->loop);
	assert_int_equal(rmdir(f->directory), 0); /* nothing is left in it */
	free(f->heard);
	free(f);
	return 0;
}

static void connect_peer(struct fixture *f, size_t i)
{
	f->peers[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
		connect(f->peers[i], (const struct sockaddr *)&f->address, sizeof(f->address)), 0);
}

static void say(struct fixture *f, size_t i, const char *text)
{
	assert_int_equal(send(f->peers[i], text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void run(struct fixture *f)
{
	struct loop_poll *poll;

	loop_set_deadline(f->loop, loop_env(f->loop).now_ms + TOO_LONG);
	assert_int_equal(loop_poll_open(&poll, f->loop, f->peers[0], LOOP_READABLE, on_ready, f),
			 0);
	assert_int_equal(loop_run(f->loop), 0);
	loop_poll_close(poll);
	assert_false(f->late);
}

/* Runs until the first peer has heard so many lines, or the end. */
static void await_lines(struct fixture *f, size_t lines)
{
	f->wants_end = false;
	f->wanted_lines = lines;
	run(f);
	assert_true(lines_heard(f) >= lines);
}

static void await_end(struct fixture *f)
{
	f->wants_end = true;
	run(f);
}

static void on_tick(void *ctx, const struct nbt_env *env)
{
	struct fixture *f = ctx;

	(void)env;
	loop_stop(f->loop);
}

/* So many turns of the loop, at least. */
static void let_run(struct fixture *f, int turns)
{
	struct loop_timer *timer;

	assert_int_equal(loop_timer_open(&timer, f->loop, on_tick, f), 0);
	for (int i = 0; i < turns; i++) {
		loop_timer_set(timer, loop_env(f->loop).now_ms + 1, 0);
		assert_int_equal(loop_run(f->loop), 0);
	}
	loop_timer_close(timer);
}

/*
 * Requests and answers.
 */

static const struct {
	const char *what, *said, *heard;
} talks[] = {
	{ "a command with words", "[\"echo\",\"a\",\"b\"]\n",
	  "{\"word\":\"a\"}\n{\"word\":\"b\"}\n{\"ok\":true}\n" },
	{ "a word that needs escapes", "[\"echo\",\"\\\"\\n\\u00fc\"]\n",
	  "{\"word\":\"\\\"\\n\xc3\xbc\"}\n{\"ok\":true}\n" },
	{ "the longer name is meant", "[\"echo\",\"loud\"]\n",
	  "{\"error\":\"it is broken\",\"status\":1}\n" },
	{ "two requests", "[\"fail\"]\n[\"echo\"]\n",
	  "{\"error\":\"it is broken\",\"status\":1}\n{\"ok\":true}\n" },
	{ "no such command", "[\"ech\"]\n",
	  "{\"error\":\"there is no command \\\"ech\\\"; do you mean \\\"echo\\\"? \\\"nbtctl -d test help\\\" shows all\",\"status\":2}\n" },
	{ "no JSON", "echo\n",
	  "{\"error\":\"a request is a line with a JSON array of 1 to 64 words\",\"status\":2}\n" },
	{ "an array of no words", "[]\n",
	  "{\"error\":\"a request is a line with a JSON array of 1 to 64 words\",\"status\":2}\n" },
	{ "a number for a word", "[\"echo\",1]\n",
	  "{\"error\":\"a request is a line with a JSON array of 1 to 64 words\",\"status\":2}\n" },
	{ "bytes that are no UTF-8", "[\"echo\",\"\xff\"]\n",
	  "{\"error\":\"a request is a line with a JSON array of 1 to 64 words\",\"status\":2}\n" },
	{ "a row that cannot be said", "[\"bad\"]\n",
	  "{\"error\":\"a row of the answer could not be made\",\"status\":1}\n" },
	{ "a level that is none", "[\"log\",\"loud\"]\n",
	  "{\"error\":\"log takes one of error, warning, info, debug\",\"status\":2}\n" },
	{ "a half-sent line", "[\"echo\"", "" },
	{ "nothing", "", "" },
};

static void requests_and_their_answers(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(talks); i++) {
		connect_peer(f, 0);
		say(f, 0, talks[i].said);
		shutdown(f->peers[0], SHUT_WR);
		f->heard_len = 0;
		f->at_end = false;
		await_end(f);
		if (strcmp(f->heard_len > 0 ? f->heard : "", talks[i].heard) != 0)
			fail_msg("%s: %s", talks[i].what, f->heard);
		disconnect(f, 0);
	}
}

static void a_line_may_come_in_parts(void **state)
{
	struct fixture *f = *state;

	connect_peer(f, 0);
	for (const char *p = "[\"echo\",\"a\"]"; *p != '\0'; p++) {
		const char part[] = { *p, '\0' };

		say(f, 0, part);
		let_run(f, 1);
	}
	say(f, 0, "\n");
	await_lines(f, 2);
	assert_string_equal(f->heard, "{\"word\":\"a\"}\n{\"ok\":true}\n");
}

static void a_line_without_end_is_refused(void **state)
{
	static char line[70000];
	struct fixture *f = *state;
	size_t sent = 0;

	memset(line, ' ', sizeof(line));
	connect_peer(f, 0);
	fcntl(f->peers[0], F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 1000 && sent < sizeof(line); i++) {
		ssize_t n = send(f->peers[0], line + sent, sizeof(line) - sent, MSG_NOSIGNAL);

		if (n > 0)
			sent += (size_t)n;
		if (n < 0 && errno != EAGAIN)
			break;
		let_run(f, 1);
	}
	await_end(f);
	assert_string_equal(f->heard, "{\"error\":\"the line is too long\",\"status\":2}\n");
}

static void every_command_has_its_help(void **state)
{
	struct fixture *f = *state;

	connect_peer(f, 0);
	say(f, 0, "[\"help\"]\n[\"version\"]\n");
	await_lines(f, 13);
	assert_non_null(strstr(f->heard, "{\"command\":\"echo loud\",\"arguments\":\"\",\"help\":"
					 "\"never says it back\"}\n"));
	assert_non_null(strstr(f->heard, "\"command\":\"stop\""));
	assert_non_null(strstr(f->heard, "\"pid\":"));
}

/*
 * Answers that take time.
 */

static void an_answer_may_come_later_and_holds_up_those_behind(void **state)
{
	struct fixture *f = *state;
	uid_t uid;

	connect_peer(f, 0);
	say(f, 0, "[\"later\"]\n[\"echo\",\"b\"]\n");
	let_run(f, 3);
	hear(f);
	assert_int_equal(f->heard_len, 0);
	assert_int_equal(ctl_asker(f->later, &uid), getpid());
	assert_int_equal(uid, getuid());
	assert_false(ctl_is_gone(f->later));
	ctl_row(f->later, json_pack("{s:s}", "word", "a"));
	ctl_end(f->later);
	await_lines(f, 4);
	assert_string_equal(f->heard,
			    "{\"word\":\"a\"}\n{\"ok\":true}\n{\"word\":\"b\"}\n{\"ok\":true}\n");
}

static void an_answer_to_somebody_who_has_gone(void **state)
{
	struct fixture *f = *state;

	connect_peer(f, 0);
	say(f, 0, "[\"later\"]\n");
	let_run(f, 3);
	disconnect(f, 0);
	let_run(f, 3);
	assert_true(ctl_is_gone(f->later));
	ctl_row(f->later, json_pack("{s:s}", "word", "a"));
	ctl_end(f->later);
}

static void a_stream_comes_whole_and_never_far_ahead(void **state)
{
	struct fixture *f = *state;

	f->left = 30000;
	connect_peer(f, 0);
	say(f, 0, "[\"stream\"]\n[\"echo\"]\n");
	let_run(f, 50); /* and nothing is taken */
	assert_true(f->left > 0);
	await_lines(f, 10002);
	assert_int_equal(f->left, 0);
	assert_int_equal(f->released, 1);
	assert_true(f->most_waiting < 64 * 1024);
}

static void a_stream_goes_on_when_the_client_has_no_more_to_say(void **state)
{
	struct fixture *f = *state;

	f->left = 3000;
	connect_peer(f, 0);
	say(f, 0, "[\"stream\"]\n");
	shutdown(f->peers[0], SHUT_WR);
	await_end(f);
	assert_int_equal(lines_heard(f), 1001);
	assert_int_equal(f->released, 1);
}

static void a_stream_may_search_in_vain(void **state)
{
	struct fixture *f = *state;

	f->left = 30;
	connect_peer(f, 0);
	say(f, 0, "[\"stream\",\"sparse\"]\n");
	await_lines(f, 11);
	assert_int_equal(f->released, 1);
}

static void a_stream_that_waits_is_woken(void **state)
{
	struct fixture *f = *state;

	f->left = 1;
	connect_peer(f, 0);
	say(f, 0, "[\"stream\",\"idle\"]\n");
	await_lines(f, 1);
	f->left = 1;
	let_run(f, 3);
	assert_int_equal(f->left, 1);
	ctl_wake_stream(f->later);
	await_lines(f, 2);
	disconnect(f, 0);
	let_run(f, 3);
	assert_int_equal(f->released, 1);
}

static void all_streams_can_be_ended(void **state)
{
	struct fixture *f = *state;

	connect_peer(f, 1);
	say(f, 1, "[\"stream\",\"idle\"]\n");
	shutdown(f->peers[1], SHUT_WR); /* its connection is closed with the stream */
	let_run(f, 3);
	f->left = 1;
	connect_peer(f, 0);
	say(f, 0, "[\"stream\",\"idle\"]\n[\"echo\"]\n");
	await_lines(f, 1);
	ctl_stop_taking(f->ctl);
	ctl_fail_streams(f->ctl, "it is no more");
	assert_int_equal(f->released, 2);
	ctl_go_on_taking(f->ctl);
	await_lines(f, 3);
	assert_non_null(
		strstr(f->heard, "{\"error\":\"it is no more\",\"status\":1}\n{\"ok\":true}\n"));
	ctl_fail_streams(f->ctl, "there is none");
	ctl_fail_streams(NULL, "there is none");
}

static void a_client_that_goes_ends_its_stream(void **state)
{
	struct fixture *f = *state;

	f->left = 1000000;
	connect_peer(f, 0);
	say(f, 0, "[\"stream\"]\n");
	let_run(f, 3);
	disconnect(f, 0);
	let_run(f, 3);
	assert_int_equal(f->released, 1);
	assert_true(f->left > 0);
}

/* Requests are not answered into memory: they stay in the socket. */
static void a_client_that_never_reads_is_not_served_further(void **state)
{
	struct fixture *f = *state;

	connect_peer(f, 1);
	fcntl(f->peers[1], F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 300; i++) {
		for (int j = 0; j < 100; j++)
			(void)!write(f->peers[1], "[\"help\"]\n", 9);
		let_run(f, 1);
	}
	connect_peer(f, 0);
	say(f, 0, "[\"echo\"]\n");
	await_lines(f, 1);
	assert_string_equal(f->heard, "{\"ok\":true}\n");
}

/*
 * The socket.
 */

static void too_many_connections_are_turned_away(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 1; i < 113; i++) {
		connect_peer(f, i);
		let_run(f, 1);
	}
	connect_peer(f, 0);
	await_end(f);
	assert_string_equal(f->heard, "{\"error\":\"too many connections\",\"status\":1}\n");
	disconnect(f, 0);
	disconnect(f, 5);
	let_run(f, 3);
	f->heard_len = 0;
	f->at_end = false;
	connect_peer(f, 0);
	say(f, 0, "[\"echo\"]\n");
	await_lines(f, 1);
	assert_string_equal(f->heard, "{\"ok\":true}\n");
}

/* Whoever waits to be taken must not keep the loop busy. */
static void descriptors_may_run_out(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, none;

	if (is_in_valgrind())
		skip();
	connect_peer(f, 0);
	say(f, 0, "[\"echo\"]\n");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	f->turns = 0;
	let_run(f, 20);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(f->turns < 100);
	await_lines(f, 1);
	assert_string_equal(f->heard, "{\"ok\":true}\n");
}

static void the_socket_is_for_its_owner(void **state)
{
	struct fixture *f = *state;
	struct stat found;

	assert_int_equal(stat(f->address.sun_path, &found), 0);
	assert_int_equal(found.st_mode & 0007, 0);
	assert_int_equal(found.st_uid, geteuid());
}

static void two_cannot_have_one_socket(void **state)
{
	struct fixture *f = *state;
	struct ctl *second;

	assert_int_equal(open_ctl(f, &second), -EADDRINUSE);
	assert_null(second);
}

static void the_end_forgets_what_is_under_way(void **state)
{
	struct fixture *f = *state;

	f->left = 1000000;
	connect_peer(f, 0);
	say(f, 0, "[\"stream\"]\n");
	let_run(f, 3);
	ctl_close(f->ctl);
	f->ctl = NULL;
	assert_int_equal(f->released, 1);
}

/* Wherever the sentence is cut off: an answer comes, and is UTF-8. */
static void a_sentence_that_is_too_long(void **state)
{
	struct fixture *f = *state;

	connect_peer(f, 0);
	for (size_t i = 0; i < 3; i++) {
		char text[4096] = "[\"fail\",\"abc";

		text[10 + i] = '\0';
		while (strlen(text) < 3000)
			strcat(text, "\xe2\x82\xac");
		strcat(text, "\"]\n");
		say(f, 0, text);
		await_lines(f, i + 1);
	}
	disconnect(f, 0);
}

/* Commands find a daemon that is whole. */
static void nothing_is_taken_while_the_daemon_stops(void **state)
{
	struct fixture *f = *state;

	connect_peer(f, 0);
	say(f, 0, "[\"later\"]\n[\"echo\"]\n");
	while (f->later == NULL)
		let_run(f, 1);
	ctl_stop_taking(f->ctl);
	ctl_fail(f->later, CTL_FAILED, "it stops");
	ctl_close(f->ctl);
	f->ctl = NULL;
	await_end(f);
	assert_string_equal(f->heard, "{\"error\":\"it stops\",\"status\":1}\n");
}

static void what_was_said_meanwhile_is_taken_afterwards(void **state)
{
	struct fixture *f = *state;

	ctl_stop_taking(f->ctl);
	connect_peer(f, 0);
	say(f, 0, "[\"echo\"]\n[\"echo\"]\n");
	let_run(f, 5);
	hear(f);
	assert_int_equal(f->heard_len, 0);
	ctl_go_on_taking(f->ctl);
	await_lines(f, 2);
	assert_string_equal(f->heard, "{\"ok\":true}\n{\"ok\":true}\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(requests_and_their_answers),
		TEST(a_line_may_come_in_parts),
		TEST(a_line_without_end_is_refused),
		TEST(every_command_has_its_help),
		TEST(an_answer_may_come_later_and_holds_up_those_behind),
		TEST(an_answer_to_somebody_who_has_gone),
		TEST(a_stream_comes_whole_and_never_far_ahead),
		TEST(a_stream_goes_on_when_the_client_has_no_more_to_say),
		TEST(a_stream_may_search_in_vain),
		TEST(a_stream_that_waits_is_woken),
		TEST(all_streams_can_be_ended),
		TEST(a_client_that_goes_ends_its_stream),
		TEST(a_client_that_never_reads_is_not_served_further),
		TEST(too_many_connections_are_turned_away),
		TEST(descriptors_may_run_out),
		TEST(the_socket_is_for_its_owner),
		TEST(two_cannot_have_one_socket),
		TEST(the_end_forgets_what_is_under_way),
		TEST(a_sentence_that_is_too_long),
		TEST(nothing_is_taken_while_the_daemon_stops),
		TEST(what_was_said_meanwhile_is_taken_afterwards),
	};

	return cmocka_run_group_tests_name("ctl", tests, NULL, NULL);
}

/* The control socket's client, against a server that says what is in a table. */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/ctl_client.h"

struct fixture {
	char directory[64], path[96];
	int listener;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	*state = f;
	strcpy(f->directory, "/tmp/nbt-test-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->path, sizeof(f->path), "%s/test.ctl", f->directory);
	strcpy(address.sun_path, f->path);
	f->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(f->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(f->listener, 4), 0);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	close(f->listener);
	unlink(f->path);
	rmdir(f->directory);
	free(f);
	return 0;
}

static int collect(void *ctx, json_t *row)
{
	char *rows = ctx, *text = json_dumps(row, JSON_COMPACT);

	strcat(rows, text);
	free(text);
	return strcmp(rows, "{\"stop\":1}") == 0 ? 77 : 0;
}

static const struct {
	const char *what, *answer;
	int want;
	const char *rows, *error;
} answers[] = {
	{ "no rows", "{\"ok\":true}\n", 0, "", "" },
	{ "rows", "{\"a\":1}\n{\"b\":[2]}\n{\"ok\":true}\n", 0, "{\"a\":1}{\"b\":[2]}", "" },
	{ "a failure", "{\"error\":\"no\",\"status\":1}\n", 1, "", "no" },
	{ "misuse behind a row", "{\"a\":1}\n{\"error\":\"no\",\"status\":2}\n", 2, "{\"a\":1}",
	  "no" },
	{ "a row that looks like an end", "{\"ok\":true,\"a\":1}\n{\"ok\":true}\n", 0,
	  "{\"ok\":true,\"a\":1}", "" },
	{ "a row with an error in it", "{\"error\":\"x\",\"status\":1,\"a\":1}\n{\"ok\":true}\n", 0,
	  "{\"error\":\"x\",\"status\":1,\"a\":1}", "" },
	{ "the daemon ends", "{\"a\":1}\n", -ECONNRESET, "{\"a\":1}", "" },
	{ "the daemon ends within a line", "{\"a\":", -EBADMSG, "", "" },
	{ "no JSON", "ok\n", -EBADMSG, "", "" },
	{ "no object", "[1]\n", -EBADMSG, "", "" },
	{ "who takes the rows has enough", "{\"stop\":1}\n{\"a\":1}\n{\"ok\":true}\n", 77,
	  "{\"stop\":1}", "" },
};

static void answers_of_a_daemon(void **state)
{
	const struct fixture *f = *state;
	static const char *const words[] = { "names", "list", "\"\n" };

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		char rows[1024] = "", error[CTL_CLIENT_ERROR_MAX], request[128] = "";
		struct ctl_client *client;
		int fd, got;

		assert_int_equal(ctl_client_open(&client, f->path), 0);
		fd = accept(f->listener, NULL, NULL);
		assert_int_equal(ctl_client_send(client, 3, words), 0);
		assert_true(read(fd, request, sizeof(request) - 1) > 0);
		assert_string_equal(request, "[\"names\",\"list\",\"\\\"\\n\"]\n");
		assert_int_equal(write(fd, answers[i].answer, strlen(answers[i].answer)),
				 strlen(answers[i].answer));
		close(fd);
		got = ctl_client_receive(client, collect, rows, error);
		if (got != answers[i].want || strcmp(rows, answers[i].rows) != 0 ||
		    strcmp(error, answers[i].error) != 0)
			fail_msg("%s: %d, %s, %s", answers[i].what, got, rows, error);
		ctl_client_close(client);
	}
}

/* The daemon has said why, and closed, before the request has left. */
static void turned_away_at_once(void **state)
{
	static const char reason[] = "{\"error\":\"too many connections\",\"status\":1}\n";
	static const char *const words[] = { "version" };
	const struct fixture *f = *state;
	char rows[64] = "", error[CTL_CLIENT_ERROR_MAX];
	struct ctl_client *client;
	int fd;

	assert_int_equal(ctl_client_open(&client, f->path), 0);
	fd = accept(f->listener, NULL, NULL);
	assert_int_equal(write(fd, reason, strlen(reason)), strlen(reason));
	close(fd);
	assert_int_equal(ctl_client_send(client, 1, words), 0);
	assert_int_equal(ctl_client_receive(client, collect, rows, error), 1);
	assert_string_equal(error, "too many connections");
	ctl_client_close(client);
}

static void words_must_be_text(void **state)
{
	const struct fixture *f = *state;
	static const char *const words[] = { "names", "\xff" };
	struct ctl_client *client;

	assert_int_equal(ctl_client_open(&client, f->path), 0);
	assert_int_equal(ctl_client_send(client, 2, words), -EILSEQ);
	ctl_client_close(client);
}

static void nobody_listens(void **state)
{
	struct fixture *f = *state;
	struct ctl_client *client;
	char path[200];

	assert_int_equal(ctl_client_open(&client, "/nonexistent/x.ctl"), -ENOENT);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(ctl_client_open(&client, path), -ENAMETOOLONG);
	close(f->listener);
	f->listener = -1;
	assert_int_equal(ctl_client_open(&client, f->path), -ECONNREFUSED);
	assert_null(client);
	ctl_client_close(NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(answers_of_a_daemon),
		TEST(turned_away_at_once),
		TEST(words_must_be_text),
		TEST(nobody_listens),
	};

	return cmocka_run_group_tests_name("ctl_client", tests, NULL, NULL);
}

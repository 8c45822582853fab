/* The control socket: the input is what a client sends, in pieces where it has a byte 0xff.
 * Whatever it is, each line that comes back is a JSON object, and whole lines are answered. */
#include "fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/charset.h"
#include "common/ctl.h"
#include "common/ctl_args.h"
#include "common/log.h"
#include "common/loop.h"

struct world {
	struct loop *loop;
	struct ctl *ctl;
	struct sockaddr_un address;
	int client;
	const uint8_t *rest; /* not sent yet */
	size_t left;
	char heard[1 << 20];
	size_t heard_len;
	bool at_end;
	unsigned rows;
};

static bool more(void *ctx, struct ctl_request *rq)
{
	struct world *w = ctx;

	ctl_wake_stream(rq);
	if (w->rows-- % 2 == 0)
		ctl_row(rq, json_pack("{s:i}", "row", (int)w->rows));
	return w->rows > 0;
}

static void run_stream(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct world *w = daemon;

	(void)argv;
	w->rows = (unsigned)argc + 3;
	ctl_start_stream(rq, &(struct ctl_stream){ more, NULL, w });
}

static void run_words(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	const char *flag = NULL, *value = NULL;
	const struct ctl_option options[] = { { "--flag", true, &flag },
					      { "--value", false, &value },
					      { .name = NULL } };

	(void)daemon;
	if (!ctl_read_args(rq, options, &argc, argv, 0, 8))
		return;
	for (int i = 0; i < argc; i++) {
		struct nbt_name name;
		int suffix = 0x20;
		char text[CHARSET_TEXT_MAX];

		if (charset_read_name(&name, argv[i], &suffix))
			ctl_row(rq, json_pack("{s:s}", "name", charset_name_text(&name, text)));
		if (charset_read_pattern(argv[i], text, sizeof(text), &suffix))
			ctl_row(rq, json_pack("{s:s}", "pattern", text));
	}
	ctl_end(rq);
}

static const struct ctl_command commands[] = {
	{ "w", "", "", true, run_words },
	{ "s", "", "", false, run_stream },
	{ .name = NULL },
};
static const struct ctl_command *const tables[] = { commands, NULL };

static void send_piece(struct world *w)
{
	const uint8_t *end = memchr(w->rest, 0xff, w->left);
	size_t len = end != NULL ? (size_t)(end - w->rest) : w->left;

	(void)!send(w->client, w->rest, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	w->rest += len + (end != NULL);
	w->left -= len + (end != NULL);
	if (w->left == 0)
		shutdown(w->client, SHUT_WR);
}

static void on_turn(void *ctx, const struct nbt_env *env)
{
	struct world *w = ctx;
	ssize_t got;

	if (w->left > 0)
		send_piece(w);
	got = recv(w->client, w->heard + w->heard_len, sizeof(w->heard) - w->heard_len,
		   MSG_DONTWAIT);
	if (got > 0)
		w->heard_len += (size_t)got;
	w->at_end = got == 0 || (got < 0 && errno != EAGAIN);
	if (w->at_end)
		loop_stop(w->loop);
	loop_set_deadline(w->loop, env->now_ms);
}

/* A turn follows. */
static void on_deadline(void *ctx, const struct nbt_env *env)
{
	(void)ctx;
	(void)env;
}

static char directory[] = "/tmp/nbt-fuzz-XXXXXX";
static char socket_path[sizeof(directory) + 4];

static void remove_socket(void)
{
	(void)unlink(socket_path);
	(void)rmdir(directory);
}

static void make_world(struct world *w)
{
	static const struct loop_events events = { .turn = on_turn, .deadline = on_deadline };
	const struct ctl_options options = {
		.directory = directory, .name = "ctl", .tables = tables, .daemon = w
	};

	log_set_level(LOG_LEVEL_ERROR);
	must(mkdtemp(directory) != NULL && loop_create(&w->loop, &events, w) == 0 &&
	     ctl_open(&w->ctl, w->loop, &options) == 0);
	w->address.sun_family = AF_UNIX;
	snprintf(socket_path, sizeof(socket_path), "%s/ctl", directory);
	memcpy(w->address.sun_path, socket_path, sizeof(socket_path));
	must(atexit(remove_socket) == 0);
}

/* The daemon would end. */
static bool stops(const uint8_t *data, size_t size)
{
	return memmem(data, size, "stop", 4) != NULL || memmem(data, size, "\\u", 2) != NULL;
}

static void check_lines(const struct world *w)
{
	const char *line = w->heard, *end = w->heard + w->heard_len;

	while (line < end) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		json_t *object;

		must(newline != NULL);
		object = json_loadb(line, (size_t)(newline - line), 0, NULL);
		must(json_is_object(object));
		json_decref(object);
		line = newline + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world world;
	struct world *w = &world;

	if (stops(data, size) || size > 8192)
		return 0;
	if (w->loop == NULL)
		make_world(w);
	w->rest = data;
	w->left = size;
	w->heard_len = 0;
	w->at_end = false;
	w->client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	must(connect(w->client, (const struct sockaddr *)&w->address, sizeof(w->address)) == 0);
	if (size == 0)
		shutdown(w->client, SHUT_WR);
	must(loop_run(w->loop) == 0 && w->at_end);
	check_lines(w);
	close(w->client);
	return 0;
}

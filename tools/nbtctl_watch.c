/* nbtctl stats --watch: a full screen on a terminal, which is as it was afterwards; else a block of
 * lines each second. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "tools/nbtctl.h"
#include "tools/screen.h"
#include "tools/clock.h"
#include "tools/watch.h"

#define EVERY_MS 1000

/* Of a terminal: another screen without cursor, and back; the beginning, and what is behind. */
#define ENTER    "\033[?1049h\033[?25l"
#define LEAVE    "\033[?25h\033[?1049l"
#define HOME     "\033[H\033[J"

static volatile sig_atomic_t is_over;

static void on_signal(int number)
{
	(void)number;
	is_over = 1;
}

/* Only wakes poll(), so that the screen is drawn again. */
static void on_resize(int number)
{
	(void)number;
}

/* Keys come at once and unseen. false: there is no terminal. */
static bool enter_screen(struct termios *kept)
{
	struct termios raw;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, kept) < 0)
		return false;
	raw = *kept;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VSUSP] = _POSIX_VDISABLE; /* the shell would get this screen */
	fputs(ENTER, stdout);
	fflush(stdout);
	return tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

static void leave_screen(const struct termios *kept)
{
	fputs(LEAVE, stdout);
	fflush(stdout);
	(void)tcsetattr(STDIN_FILENO, TCSANOW, kept);
}

static void draw(const struct watch *w, const char *title)
{
	size_t lines = screen_lines() > 0 ? screen_lines() : 24;
	size_t columns = screen_columns() > 0 ? screen_columns() : 80;

	fputs(HOME, stdout);
	/* The last line feed needs a line. */
	watch_print(w, title, lines > 1 ? lines - 1 : 1, columns, stdout);
}

static int take_row(void *ctx, json_t *row)
{
	const char *name = json_string_value(json_object_get(row, "counter"));

	if (name != NULL)
		watch_take(ctx, name, json_integer_value(json_object_get(row, "value")));
	return 0;
}

/* Why it ends; said when the screen is left, with which it would go. */
struct watch_end {
	int status;
	const char *what; /* NULL: nothing is to be said */
	char why[CTL_CLIENT_ERROR_MAX];
};

static bool fail(struct watch_end *end, int status, const char *what, const char *why)
{
	*end = (struct watch_end){ .status = status, .what = what };
	snprintf(end->why, sizeof(end->why), "%s", why);
	return false;
}

static bool sample(struct ctl_client *client, struct watch *w, int argc, char **argv,
		   struct watch_end *end)
{
	char error[CTL_CLIENT_ERROR_MAX];
	int ret = ctl_client_send(client, argc, (const char *const *)argv);

	watch_begin(w, clock_ms());
	if (ret == 0)
		ret = ctl_client_receive(client, take_row, w, error);
	if (ret < 0 && !is_over)
		return fail(end, TOOL_UNREACHABLE, "the daemon's answer", strerror(-ret));
	return ret > 0 ? fail(end, ret, "", error) : !is_over;
}

/* q, or a signal, ends it. */
static void wait_for_key(bool has_screen)
{
	struct pollfd keys = { .fd = has_screen ? STDIN_FILENO : -1, .events = POLLIN };
	char key;

	if (poll(&keys, 1, EVERY_MS) > 0 &&
	    (read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q'))
		is_over = 1;
}

static bool show(const struct watch *w, const char *socket, bool has_screen, struct watch_end *end)
{
	char title[256];

	snprintf(title, sizeof(title), has_screen ? "%s    q: quit" : "%s", socket);
	if (has_screen) {
		draw(w, title);
	} else {
		watch_print(w, title, 0, 0, stdout);
		fputs("\n", stdout);
	}
	return fflush(stdout) == 0 || fail(end, TOOL_FAILED, "standard output", strerror(errno));
}

static void watch(struct ctl_client *client, const char *socket, bool has_screen, int argc,
		  char **argv, struct watch_end *end)
{
	static struct watch w;

	while (!is_over && sample(client, &w, argc, argv, end) && show(&w, socket, has_screen, end))
		wait_for_key(has_screen);
}

static void catch_signals(void)
{
	const struct sigaction ending = { .sa_handler = on_signal },
			       resizing = { .sa_handler = on_resize, .sa_flags = SA_RESTART };

	sigaction(SIGINT, &ending, NULL);
	sigaction(SIGTERM, &ending, NULL);
	sigaction(SIGHUP, &ending, NULL);
	sigaction(SIGWINCH, &resizing, NULL);
}

int nbtctl_watch(const struct nbtctl *ctl, int argc, char **argv)
{
	struct watch_end end = { .status = TOOL_OK };
	struct termios kept;
	struct ctl_client *client;
	int ret = ctl_client_open(&client, ctl->socket);
	bool has_screen;

	if (ret < 0)
		return nbtctl_say_unreachable(ctl, ret);
	catch_signals();
	has_screen = enter_screen(&kept);
	watch(client, ctl->socket, has_screen, argc, argv, &end);
	if (has_screen)
		leave_screen(&kept);
	ctl_client_close(client);
	return end.what != NULL ? nbtctl_say(end.what, end.why, end.status) : end.status;
}

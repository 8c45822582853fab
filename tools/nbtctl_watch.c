/* nbtctl stats --watch: a full screen on a terminal, which is as it was afterwards; else a block of
 * lines each second. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "tools/nbtctl.h"
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

/* Keys come at once and unseen. false: there is no terminal. */
static bool enter_screen(struct termios *kept)
{
	struct termios raw;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, kept) < 0)
		return false;
	raw = *kept;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
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

static size_t screen_lines(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0)
		return 24;
	return size.ws_row - 1U; /* the last line feed */
}

static int take_row(void *ctx, json_t *row)
{
	const char *name = json_string_value(json_object_get(row, "counter"));

	if (name != NULL)
		watch_take(ctx, name, json_integer_value(json_object_get(row, "value")));
	return 0;
}

/* An exit status. */
static int sample(struct ctl_client *client, struct watch *w, int argc, char **argv)
{
	char error[CTL_CLIENT_ERROR_MAX];
	int ret = ctl_client_send(client, argc, (const char *const *)argv);

	watch_begin(w, clock_ms());
	if (ret == 0)
		ret = ctl_client_receive(client, take_row, w, error);
	if (ret < 0 && !is_over)
		return nbtctl_say("the daemon's answer", strerror(-ret), NBTCTL_UNREACHABLE);
	return ret > 0 ? nbtctl_say("", error, ret) : TOOL_OK;
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

static int watch(struct ctl_client *client, const char *socket, bool has_screen, int argc,
		 char **argv)
{
	static struct watch w;
	char title[256];
	int status;

	snprintf(title, sizeof(title), has_screen ? "%s    q: quit" : "%s", socket);
	do {
		status = sample(client, &w, argc, argv);
		if (status != TOOL_OK || is_over)
			break;
		fputs(has_screen ? HOME : "", stdout);
		watch_print(&w, title, has_screen ? screen_lines() : 0, stdout);
		fputs(has_screen ? "" : "\n", stdout);
		if (fflush(stdout) != 0)
			return nbtctl_say("standard output", strerror(errno), TOOL_NOT_FOUND);
		wait_for_key(has_screen);
	} while (!is_over);
	return status;
}

int nbtctl_watch(const struct nbtctl *ctl, int argc, char **argv)
{
	const struct sigaction ending = { .sa_handler = on_signal };
	struct termios kept;
	struct ctl_client *client;
	int ret = ctl_client_open(&client, ctl->socket), status;
	bool has_screen;

	if (ret < 0)
		return nbtctl_say(ctl->socket, ctl_client_explain(ret), NBTCTL_UNREACHABLE);
	sigaction(SIGINT, &ending, NULL);
	sigaction(SIGTERM, &ending, NULL);
	sigaction(SIGHUP, &ending, NULL);
	has_screen = enter_screen(&kept);
	status = watch(client, ctl->socket, has_screen, argc, argv);
	if (has_screen)
		leave_screen(&kept);
	ctl_client_close(client);
	return status;
}

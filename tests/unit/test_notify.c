/* What the service manager hears, on a socket of the test's. */
#include "support.h"

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/loop.h"
#include "common/notify.h"

#define BEATS 3

struct manager {
	int fd;
	struct loop *loop;
	struct loop_poll *poll;
	unsigned beats;
};

static int setup(void **state)
{
	static struct manager manager;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char name[64];

	manager = (struct manager){ .fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0) };
	assert_true(manager.fd >= 0);
	/* An abstract one: it goes with the process. */
	snprintf(name, sizeof(name), "@nbt-test-notify-%d", (int)getpid());
	memcpy(address.sun_path + 1, name + 1, strlen(name) - 1);
	assert_int_equal(bind(manager.fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
			 0);
	setenv("NOTIFY_SOCKET", name, 1);
	*state = &manager;
	return 0;
}

static int teardown(void **state)
{
	struct manager *manager = *state;

	close(manager->fd);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	return 0;
}

static void assert_hears(const struct manager *manager, const char *wanted)
{
	char heard[256];
	ssize_t len = recv(manager->fd, heard, sizeof(heard) - 1, 0);

	assert_true(len > 0);
	heard[len] = '\0';
	assert_string_equal(heard, wanted);
}

static void assert_begins(const struct manager *manager, const char *wanted)
{
	char heard[256] = "";

	assert_true(recv(manager->fd, heard, sizeof(heard) - 1, 0) > 0);
	assert_memory_equal(heard, wanted, strlen(wanted));
	assert_true(strtoll(heard + strlen(wanted), NULL, 10) > 0);
}

static void states_are_told(void **state)
{
	const struct manager *manager = *state;

	notify_ready();
	assert_hears(manager, "READY=1");
	notify_reloading();
	assert_begins(manager, "RELOADING=1\nMONOTONIC_USEC=");
	notify_stopping();
	assert_hears(manager, "STOPPING=1");
}

static void hear_beat(void *ctx, unsigned events)
{
	struct manager *manager = ctx;

	(void)events;
	assert_hears(manager, "WATCHDOG=1");
	if (++manager->beats == BEATS)
		loop_stop(manager->loop);
}

static void a_loop_that_lives_says_so(void **state)
{
	static const struct loop_events no_events = { .turn = NULL };
	struct manager *manager = *state;
	struct notify_watchdog *watchdog;

	setenv("WATCHDOG_USEC", "10000", 1);
	assert_int_equal(loop_create(&manager->loop, &no_events, NULL), 0);
	assert_int_equal(loop_poll_open(&manager->poll, manager->loop, manager->fd, LOOP_READABLE,
					hear_beat, manager),
			 0);
	assert_int_equal(notify_watchdog_open(&watchdog, manager->loop), 0);
	assert_non_null(watchdog);
	assert_int_equal(loop_run(manager->loop), 0);
	assert_int_equal(manager->beats, BEATS);
	notify_watchdog_close(watchdog);
	loop_poll_close(manager->poll);
	loop_destroy(manager->loop);
}

static void without_a_watchdog_there_is_no_timer(void **state)
{
	struct notify_watchdog *watchdog;

	(void)state;
	assert_int_equal(notify_watchdog_open(&watchdog, NULL), 0);
	assert_null(watchdog);
	notify_watchdog_close(watchdog);
}

static void without_a_manager_nothing_happens(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	notify_ready();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#ifdef HAVE_SYSTEMD
		cmocka_unit_test_setup_teardown(states_are_told, setup, teardown),
		cmocka_unit_test_setup_teardown(a_loop_that_lives_says_so, setup, teardown),
#endif
		cmocka_unit_test_setup_teardown(without_a_watchdog_there_is_no_timer, setup,
						teardown),
		cmocka_unit_test_setup_teardown(without_a_manager_nothing_happens, setup, teardown),
	};

	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}

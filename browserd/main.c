#include "browserd/browserd.h"
#include "browserd/control.h"
#include "browserd/metrics.h"
#include "browserd/reconfigure.h"
#include "browserd/server.h"
#include "common/array.h"
#include "common/ctl.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/notify.h"
#include "common/starting.h"

#include <errno.h>

static int load_settings(void *daemon)
{
	struct browserd *browserd = daemon;
	void *prepared;

	if (daemon_load_conf(browserd->program, &browserd->options, &browserd->settings,
			     &prepared) < 0)
		return -ECANCELED; /* it has said why */
	return 0;
}

static void free_settings(void *daemon)
{
	struct browserd *browserd = daemon;

	conf_free(&browserd->settings, &browserd_schema);
}

static int set_log_level(void *daemon)
{
	const struct browserd *browserd = daemon;

	log_set_level((enum log_level)browserd->settings.global.log_level);
	return 0;
}

static int create_loop(void *daemon)
{
	struct browserd *browserd = daemon;

	return loop_create(&browserd->loop, &server_events, browserd);
}

static void destroy_loop(void *daemon)
{
	struct browserd *browserd = daemon;

	loop_destroy(browserd->loop);
}

static int drop_privileges(void *daemon)
{
	const struct browserd *browserd = daemon;

	return starting_drop_privileges(&browserd->settings.global, BROWSERD_USER);
}

static int forbid_what_is_not_needed(void *daemon)
{
	(void)daemon;
	starting_confine();
	return 0;
}

static int start_watchdog(void *daemon)
{
	struct browserd *browserd = daemon;

	return notify_watchdog_open(&browserd->watchdog, browserd->loop);
}

static void stop_watchdog(void *daemon)
{
	struct browserd *browserd = daemon;

	notify_watchdog_close(browserd->watchdog);
}

static int run(void *daemon)
{
	const struct browserd *browserd = daemon;
	int ret = loop_run(browserd->loop);

	ctl_stop_taking(browserd->ctl); /* commands find whole things only */
	return ret;
}

static const struct daemon_stage stages[] = {
	{ "configuration", load_settings, free_settings, DAEMON_EXIT_CONFIGURATION },
	{ "log level", set_log_level, NULL, DAEMON_EXIT_FAILURE },
	{ "loop", create_loop, destroy_loop, DAEMON_EXIT_FAILURE },
	{ "control socket", control_open, control_close, DAEMON_EXIT_FAILURE },
	{ "privileges", drop_privileges, NULL, DAEMON_EXIT_FAILURE }, /* nothing below is root */
	{ "confinement", forbid_what_is_not_needed, NULL, DAEMON_EXIT_FAILURE },
	{ "service", server_start, server_stop, DAEMON_EXIT_FAILURE },
	{ "metrics", metrics_start, metrics_stop, DAEMON_EXIT_FAILURE },
	{ "reload", reconfigure_open, reconfigure_close, DAEMON_EXIT_FAILURE },
	{ "watchdog", start_watchdog, stop_watchdog, DAEMON_EXIT_FAILURE },
};

static const struct daemon_program program = {
	.name = "browserd",
	.summary = "NetBIOS browser: elections and browse lists",
	.schema = &browserd_schema,
	.commands = control_commands,
	.prepare = reconfigure_prepare,
	.stages = stages,
	.stage_count = ARRAY_SIZE(stages),
	.run = run,
};

int main(int argc, char **argv)
{
	struct browserd browserd = { .program = &program, .options = { .conf_path = NBT_CONF } };
	int exit_status;

	if (daemon_options(&program, argc, argv, &browserd.options, &exit_status))
		return exit_status;
	return daemon_run(&program, &browserd.options, &browserd);
}

#include "common/array.h"
#include "common/ctl.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/notify.h"
#include "common/starting.h"
#include "nbddd/control.h"
#include "nbddd/datagram_sock.h"
#include "nbddd/metrics.h"
#include "nbddd/nbddd.h"
#include "nbddd/reconfigure.h"
#include "nbddd/server.h"

#include <errno.h>

static int load_settings(void *daemon)
{
	struct nbddd *nbddd = daemon;
	void *prepared;

	if (daemon_load_conf(nbddd->program, &nbddd->options, &nbddd->settings, &prepared) < 0)
		return -ECANCELED; /* it has said why */
	return 0;
}

static void free_settings(void *daemon)
{
	struct nbddd *nbddd = daemon;

	conf_free(&nbddd->settings, &nbddd_schema);
}

static int set_log_level(void *daemon)
{
	const struct nbddd *nbddd = daemon;

	log_set_level((enum log_level)nbddd->settings.global.log_level);
	return 0;
}

static int create_loop(void *daemon)
{
	struct nbddd *nbddd = daemon;

	return loop_create(&nbddd->loop, &server_events, nbddd);
}

static void destroy_loop(void *daemon)
{
	struct nbddd *nbddd = daemon;

	loop_destroy(nbddd->loop);
}

static int drop_privileges(void *daemon)
{
	const struct nbddd *nbddd = daemon;

	return starting_drop_privileges(&nbddd->settings.global, NBDDD_USER);
}

static int forbid_what_is_not_needed(void *daemon)
{
	(void)daemon;
	starting_confine();
	return 0;
}

static int start_watchdog(void *daemon)
{
	struct nbddd *nbddd = daemon;

	return notify_watchdog_open(&nbddd->watchdog, nbddd->loop);
}

static void stop_watchdog(void *daemon)
{
	struct nbddd *nbddd = daemon;

	notify_watchdog_close(nbddd->watchdog);
}

static int run(void *daemon)
{
	const struct nbddd *nbddd = daemon;
	int ret = loop_run(nbddd->loop);

	ctl_stop_taking(nbddd->ctl); /* commands find whole things only */
	return ret;
}

static const struct daemon_stage stages[] = {
	{ "configuration", load_settings, free_settings, DAEMON_EXIT_CONFIGURATION },
	{ "log level", set_log_level, NULL, DAEMON_EXIT_FAILURE },
	{ "loop", create_loop, destroy_loop, DAEMON_EXIT_FAILURE },
	{ "sockets", server_bind, server_unbind, DAEMON_EXIT_FAILURE }, /* port 138 wants root */
	{ "control socket", control_open, control_close, DAEMON_EXIT_FAILURE },
	{ "datagram socket", datagram_sock_open, datagram_sock_close, DAEMON_EXIT_FAILURE },
	{ "privileges", drop_privileges, NULL, DAEMON_EXIT_FAILURE }, /* nothing below is root */
	{ "confinement", forbid_what_is_not_needed, NULL, DAEMON_EXIT_FAILURE },
	{ "service", server_start, server_stop, DAEMON_EXIT_FAILURE },
	{ "metrics", metrics_start, metrics_stop, DAEMON_EXIT_FAILURE },
	{ "reload", reconfigure_open, reconfigure_close, DAEMON_EXIT_FAILURE },
	{ "watchdog", start_watchdog, stop_watchdog, DAEMON_EXIT_FAILURE },
};

static const struct daemon_program program = {
	.name = "nbddd",
	.summary = "NetBIOS datagram service (NBDD)",
	.schema = &nbddd_schema,
	.commands = control_commands,
	.prepare = reconfigure_prepare,
	.stages = stages,
	.stage_count = ARRAY_SIZE(stages),
	.run = run,
};

int main(int argc, char **argv)
{
	struct nbddd nbddd = { .program = &program, .options = { .conf_path = NBT_CONF } };
	int exit_status;

	if (daemon_options(&program, argc, argv, &nbddd.options, &exit_status))
		return exit_status;
	return daemon_run(&program, &nbddd.options, &nbddd);
}

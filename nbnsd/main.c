#include <errno.h>

#include "common/array.h"
#include "common/ctl.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/notify.h"
#include "common/starting.h"
#include "nbnsd/backups.h"
#include "nbnsd/control/control.h"
#include "nbnsd/metrics.h"
#include "nbnsd/name_sock.h"
#include "nbnsd/names.h"
#include "nbnsd/nbnsd.h"
#include "nbnsd/partners_edge.h"
#include "nbnsd/reconfigure.h"
#include "nbnsd/restoring.h"
#include "nbnsd/server.h"

static int load_settings(void *daemon)
{
	struct nbnsd *nbnsd = daemon;
	void *prepared;

	if (daemon_load_conf(nbnsd->program, &nbnsd->options, &nbnsd->settings, &prepared) < 0)
		return -ECANCELED; /* it has said why */
	nbnsd->files = prepared;
	return 0;
}

static void free_settings(void *daemon)
{
	struct nbnsd *nbnsd = daemon;

	conf_free(&nbnsd->settings, &nbnsd_schema);
	reconfigure_discard(nbnsd->files);
}

static int set_log_level(void *daemon)
{
	const struct nbnsd *nbnsd = daemon;

	log_set_level((enum log_level)nbnsd->settings.global.log_level);
	return 0;
}

static int create_loop(void *daemon)
{
	struct nbnsd *nbnsd = daemon;

	return loop_create(&nbnsd->loop, &server_events, nbnsd);
}

static void destroy_loop(void *daemon)
{
	struct nbnsd *nbnsd = daemon;

	loop_destroy(nbnsd->loop);
}

static int drop_privileges(void *daemon)
{
	const struct nbnsd *nbnsd = daemon;

	return starting_drop_privileges(&nbnsd->settings.global, NBNSD_USER);
}

static int forbid_what_is_not_needed(void *daemon)
{
	(void)daemon;
	starting_confine();
	return 0;
}

static int start_watchdog(void *daemon)
{
	struct nbnsd *nbnsd = daemon;

	return notify_watchdog_open(&nbnsd->watchdog, nbnsd->loop);
}

static void stop_watchdog(void *daemon)
{
	struct nbnsd *nbnsd = daemon;

	notify_watchdog_close(nbnsd->watchdog);
}

static int run(void *daemon)
{
	const struct nbnsd *nbnsd = daemon;
	int ret = loop_run(nbnsd->loop);

	ctl_stop_taking(nbnsd->ctl); /* commands find whole things only */
	return ret == 0 && nbnsd->service == NULL ? -ECANCELED : ret; /* it has said why */
}

static const struct daemon_stage stages[] = {
	{ "configuration", load_settings, free_settings, DAEMON_EXIT_CONFIGURATION },
	{ "log level", set_log_level, NULL, DAEMON_EXIT_FAILURE },
	{ "loop", create_loop, destroy_loop, DAEMON_EXIT_FAILURE },
	{ "sockets", server_bind, server_unbind, DAEMON_EXIT_FAILURE }, /* port 137 wants root */
	{ "control socket", control_open, control_close, DAEMON_EXIT_FAILURE },
	{ "name socket", name_sock_open, name_sock_close, DAEMON_EXIT_FAILURE },
	{ "privileges", drop_privileges, NULL, DAEMON_EXIT_FAILURE }, /* nothing below is root */
	{ "confinement", forbid_what_is_not_needed, NULL, DAEMON_EXIT_FAILURE },
	{ "names", names_open, names_close, DAEMON_EXIT_FAILURE },
	{ "service", server_start, server_stop, DAEMON_EXIT_FAILURE },
	{ "replication", partners_edge_open, partners_edge_close, DAEMON_EXIT_FAILURE },
	{ "reload", reconfigure_open, reconfigure_close, DAEMON_EXIT_FAILURE },
	{ "backup", backups_open, backups_close, DAEMON_EXIT_FAILURE },
	{ "restore", restoring_open, restoring_close, DAEMON_EXIT_FAILURE },
	{ "metrics", metrics_start, metrics_stop, DAEMON_EXIT_FAILURE },
	{ "watchdog", start_watchdog, stop_watchdog, DAEMON_EXIT_FAILURE },
};

static const struct daemon_program program = {
	.name = "nbnsd",
	.summary = "NetBIOS name server (NBNS, WINS)",
	.schema = &nbnsd_schema,
	.commands = control_commands,
	.prepare = reconfigure_prepare,
	.discard = reconfigure_discard,
	.stages = stages,
	.stage_count = ARRAY_SIZE(stages),
	.run = run,
};

int main(int argc, char **argv)
{
	struct nbnsd nbnsd = { .program = &program, .options = { .conf_path = NBT_CONF } };
	int exit_status;

	if (daemon_options(&program, argc, argv, &nbnsd.options, &exit_status))
		return exit_status;
	return daemon_run(&program, &nbnsd.options, &nbnsd);
}

/*
 * What main() of every daemon does: options, stages, readiness, exit status.
 *
 *	int main(int argc, char **argv)
 *	{
 *		struct nbnsd nbnsd = { .options = { .conf_path = NBNSD_CONF } };
 *		int exit_status;
 *
 *		if (daemon_options(&program, argc, argv, &nbnsd.options, &exit_status))
 *			return exit_status;
 *		return daemon_run(&program, &nbnsd.options, &nbnsd);
 *	}
 */
#ifndef COMMON_DAEMON_H
#define COMMON_DAEMON_H

#include <stdbool.h>
#include <stddef.h>

#include "common/conf.h"

struct ctl_command;

enum daemon_exit { DAEMON_EXIT_OK = 0, DAEMON_EXIT_FAILURE = 1, DAEMON_EXIT_CONFIGURATION = 2 };

/* A step of starting, and what undoes it. */
struct daemon_stage {
	const char *name;
	/* 0, or a negative errno, which is logged; -ECANCELED: the stage has said why itself. */
	int (*start)(void *daemon);
	void (*stop)(void *daemon);  /* may be NULL */
	enum daemon_exit on_failure; /* exit status when start fails; not given: 1 */
};

struct daemon_program {
	const char *name;    /* "nbnsd" */
	const char *summary; /* one line for --help */
	const struct conf_schema *schema;
	const struct ctl_command *const *commands; /* of its control socket, see ctl_options */
	/* What else has to be right, such as files that settings name: what was read there goes
	 * into *out, which discard() frees. As conf_load(); a reload calls it in a thread of its
	 * own. Both may be NULL. */
	int (*prepare)(const void *settings, void **out, char error[CONF_ERROR_MAX]);
	void (*discard)(void *prepared);
	const struct daemon_stage *stages;
	size_t stage_count;
	/* Between starting and stopping, typically loop_run(). 0 or a negative errno, as start().
	 */
	int (*run)(void *daemon);
};

struct daemon_options {
	const char *conf_path; /* in: the default */
	bool conf_is_named;    /* by -c: then it must exist */
	bool foreground;
};

/*
 * Reads the command line. true: that was all (--help, --version, --check-config, --print-config,
 * --print-commands, or a mistake), exit with *exit_status: 2 if the command line or the
 * configuration is wrong.
 */
bool daemon_options(const struct daemon_program *program, int argc, char **argv,
		    struct daemon_options *options, int *exit_status);

/*
 * Loads the settings, at start or at a reload, with their durations divided by the time scale, and
 * what else has to be prepared (NULL, if nothing has). As conf_load().
 */
int daemon_read_conf(const struct daemon_program *program, const struct daemon_options *options,
		     void *settings, void **prepared, char error[CONF_ERROR_MAX]) NBT_MUSTCHECK;

/* The same, and logs what is wrong. */
int daemon_load_conf(const struct daemon_program *program, const struct daemon_options *options,
		     void *settings, void **prepared) NBT_MUSTCHECK;

/*
 * Runs the stages in order, then run(), then the stages' stops backwards from where starting got
 * to. Returns the exit status. Without foreground it goes into the background: the caller's process
 * ends when all stages have started, with status 0, or with that of the stage that failed.
 *
 * Logs to stderr; in the background to syslog once started.
 */
int daemon_run(const struct daemon_program *program, const struct daemon_options *options,
	       void *daemon);

#endif

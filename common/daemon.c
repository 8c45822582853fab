/* Options, stages, readiness, exit status. */
#include "common/daemon.h"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/array.h"
#include "common/ctl.h"
#include "common/log.h"
#include "common/notify.h"

#define NO_CONF "is not there: every setting has its default"

/*
 * The command line.
 */
enum { ONLY_LONG = 0x100, CHECK_CONFIG = ONLY_LONG, PRINT_CONFIG, PRINT_COMMANDS };

static const struct row {
	int value; /* the short option, or one of the above */
	const char *name, *argument, *help;
} rows[] = {
	{ 'c', "config", "FILE", "read this configuration" },
	{ 'f', "foreground", NULL, "stay in the foreground and log to stderr" },
	{ CHECK_CONFIG, "check-config", NULL, "say whether the configuration is good, and end" },
	{ PRINT_CONFIG, "print-config", NULL, "write all settings in force, and end" },
	{ PRINT_COMMANDS, "print-commands", NULL, "write the commands for nbtctl, and end" },
	{ 'V', "version", NULL, "write the version, and end" },
	{ 'h', "help", NULL, "write this, and end" },
};

static void print_usage(const struct daemon_program *program, const char *default_conf)
{
	printf("usage: %s [OPTION]...\n%s\n\n", program->name, program->summary);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		const char *argument = row->argument != NULL ? row->argument : "";
		char letter[] = "-?,";

		letter[1] = (char)row->value;
		printf("  %3s --%s%s%-*s %s\n", row->value < ONLY_LONG ? letter : "", row->name,
		       *argument != '\0' ? "=" : "",
		       16 - (int)strlen(row->name) - (*argument != '\0'), argument, row->help);
	}
	printf("\nThe default configuration is %s.\n", default_conf);
}

static int next_option(int argc, char **argv)
{
	struct option options[ARRAY_SIZE(rows) + 1] = { { 0 } };
	char letters[2 * ARRAY_SIZE(rows) + 1] = "";
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		options[i].name = rows[i].name;
		options[i].has_arg = rows[i].argument != NULL;
		options[i].val = rows[i].value;
		if (rows[i].value >= ONLY_LONG)
			continue;
		letters[len++] = (char)rows[i].value;
		if (rows[i].argument != NULL)
			letters[len++] = ':';
	}
	return getopt_long(argc, argv, letters, options, NULL);
}

/* It is told, so that a file in another place than the program's is not taken for one in force. */
static bool is_absent(const struct daemon_options *options)
{
	return !options->conf_is_named && access(options->conf_path, F_OK) < 0;
}

/* Settings as they stand in the file, and what has to be prepared for them. */
static int read_conf(const struct daemon_program *program, const struct daemon_options *options,
		     void *settings, void **prepared, char error[CONF_ERROR_MAX])
{
	int ret = conf_load(settings, program->schema, options->conf_path, options->conf_is_named,
			    error);

	*prepared = NULL;
	if (ret == 0 && program->prepare != NULL) {
		ret = program->prepare(settings, prepared, error);
		if (ret < 0)
			conf_free(settings, program->schema);
	}
	return ret;
}

int daemon_read_conf(const struct daemon_program *program, const struct daemon_options *options,
		     void *settings, void **prepared, char error[CONF_ERROR_MAX])
{
	int ret = read_conf(program, options, settings, prepared, error);

	if (ret == 0)
		conf_scale(settings, program->schema);
	return ret;
}

int daemon_load_conf(const struct daemon_program *program, const struct daemon_options *options,
		     void *settings, void **prepared)
{
	char error[CONF_ERROR_MAX];
	int ret = daemon_read_conf(program, options, settings, prepared, error);

	if (ret < 0)
		log_error("%s", error);
	else if (is_absent(options))
		log_info("%s " NO_CONF, options->conf_path);
	return ret;
}

static int look_at_conf(const struct daemon_program *program, const struct daemon_options *options,
			bool print)
{
	void *settings = calloc(1, program->schema->size), *prepared;
	char error[CONF_ERROR_MAX] = "out of memory";
	int ret = -ENOMEM;

	if (settings != NULL)
		ret = read_conf(program, options, settings, &prepared, error);
	if (ret == 0) {
		if (print)
			conf_print(stdout, program->schema, settings);
		else
			printf("%s%s\n", options->conf_path,
			       is_absent(options) ? " " NO_CONF : ": good");
		if (program->discard != NULL)
			program->discard(prepared);
		conf_free(settings, program->schema);
	} else {
		log_error("%s", error);
	}
	free(settings);
	return ret == 0 ? DAEMON_EXIT_OK : DAEMON_EXIT_CONFIGURATION;
}

bool daemon_options(const struct daemon_program *program, int argc, char **argv,
		    struct daemon_options *options, int *exit_status)
{
	const char *default_conf = options->conf_path;
	int option, look = 0;

	log_open(program->name, LOG_TO_STDERR);
	*exit_status = DAEMON_EXIT_OK;
	optind = 0; /* from the beginning, also when called again */
	while ((option = next_option(argc, argv)) != -1) {
		switch (option) {
		case 'c':
			options->conf_path = optarg;
			options->conf_is_named = true;
			break;
		case 'f':
			options->foreground = true;
			break;
		case CHECK_CONFIG:
		case PRINT_CONFIG:
			look = option;
			break;
		case PRINT_COMMANDS:
			ctl_print_commands(stdout, program->commands);
			return true;
		case 'V':
			printf("%s (%s)\n", program->name, PACKAGE_STRING);
			return true;
		case 'h':
			print_usage(program, default_conf);
			return true;
		default: /* getopt_long() has said what is wrong */
			*exit_status = DAEMON_EXIT_CONFIGURATION;
			return true;
		}
	}
	if (optind < argc) {
		log_error("unexpected argument \"%s\"", argv[optind]);
		*exit_status = DAEMON_EXIT_CONFIGURATION;
		return true;
	}
	if (look != 0)
		*exit_status = look_at_conf(program, options, look == PRINT_CONFIG);
	return look != 0;
}

/*
 * The background. The working directory stays, or relative paths would mean something else there.
 */

/* What the process that was started does: waits for readiness, and returns the exit status. */
static int await_ready(pid_t child, int pipe)
{
	char byte;
	int status;
	ssize_t got;

	do
		got = read(pipe, &byte, 1);
	while (got < 0 && errno == EINTR);
	close(pipe);
	if (got == 1)
		return DAEMON_EXIT_OK;
	if (waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) != 0)
		return WEXITSTATUS(status);
	return DAEMON_EXIT_FAILURE;
}

/* Returns true in the process that was started, with the exit status; false in the new one, with
 * the pipe on which to say that it is ready. */
static bool go_to_background(int *ready, int *exit_status)
{
	int ends[2];
	pid_t child;

	*exit_status = DAEMON_EXIT_FAILURE;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		log_error("pipe: %s", strerror(errno));
		return true;
	}
	child = fork();
	if (child == 0) {
		close(ends[0]);
		setsid();
		*ready = ends[1];
		return false;
	}
	close(ends[1]);
	if (child > 0) {
		*exit_status = await_ready(child, ends[0]);
	} else {
		log_error("fork: %s", strerror(errno));
		close(ends[0]);
	}
	return true;
}

/* From now on nobody looks at our terminal. */
static void announce_ready(const struct daemon_program *program, int ready)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	log_open(program->name, LOG_TO_SYSLOG);
	if (null >= 0) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
		(void)dup2(null, STDERR_FILENO);
		if (null > STDERR_FILENO)
			close(null);
	}
	if (write(ready, "", 1) != 1)
		log_warning("the process that started us is gone");
	close(ready);
}

/*
 * Stages.
 */
static int start_stages(const struct daemon_program *program, void *daemon, size_t *started)
{
	for (*started = 0; *started < program->stage_count; ++*started) {
		const struct daemon_stage *stage = &program->stages[*started];
		int ret = stage->start(daemon);

		if (ret < 0) {
			if (ret != -ECANCELED)
				log_error("%s: %s", stage->name, strerror(-ret));
			return stage->on_failure != DAEMON_EXIT_OK ? (int)stage->on_failure
								   : DAEMON_EXIT_FAILURE;
		}
	}
	return DAEMON_EXIT_OK;
}

static void stop_stages(const struct daemon_program *program, void *daemon, size_t started)
{
	while (started > 0) {
		const struct daemon_stage *stage = &program->stages[--started];

		if (stage->stop != NULL)
			stage->stop(daemon);
	}
}

/* Who started us may have closed them: what is opened then would get what is meant for them. */
static int open_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

int daemon_run(const struct daemon_program *program, const struct daemon_options *options,
	       void *daemon)
{
	int ready = -1, exit_status;
	size_t started;

	(void)signal(SIGPIPE, SIG_IGN);
	if (open_standard_streams() < 0)
		return DAEMON_EXIT_FAILURE; /* and there may be nobody to tell */
	if (!options->foreground && go_to_background(&ready, &exit_status))
		return exit_status;

	exit_status = start_stages(program, daemon, &started);
	if (exit_status == DAEMON_EXIT_OK) {
		int ret;

		if (ready >= 0)
			announce_ready(program, ready);
		notify_ready();
		ret = program->run(daemon);
		notify_stopping();
		if (ret < 0) {
			if (ret != -ECANCELED)
				log_error("%s", strerror(-ret));
			exit_status = DAEMON_EXIT_FAILURE;
		}
	}
	stop_stages(program, daemon, started);
	log_close();
	return exit_status;
}

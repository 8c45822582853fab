/* Start and stop of a daemon: stages, options, exit status, readiness. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/conf_global.h"
#include "common/daemon.h"
#include "common/log.h"

/* A daemon that notes what is done to it; a stage or run() fails if told to. */
struct fake {
	char trace[64];
	const char *fails; /* letter of the stage, or "r" */
	int release;       /* run() ends when this pipe is closed */
};

static void note(struct fake *fake, char what)
{
	size_t len = strlen(fake->trace);

	fake->trace[len] = what;
}

static int start(struct fake *fake, char what)
{
	note(fake, what);
	if (fake->fails == NULL || *fake->fails != what)
		return 0;
	return what == 'b' ? -ECANCELED : -EACCES;
}

static int start_a(void *daemon)
{
	return start(daemon, 'a');
}

static int start_b(void *daemon)
{
	return start(daemon, 'b');
}

static int start_c(void *daemon)
{
	return start(daemon, 'c');
}

static void stop_a(void *daemon)
{
	note(daemon, 'A');
}

static void stop_c(void *daemon)
{
	note(daemon, 'C');
}

static int run(void *daemon)
{
	struct fake *fake = daemon;
	char byte;

	if (fake->release >= 0)
		(void)!read(fake->release, &byte, 1);
	return start(fake, 'r');
}

static const struct daemon_stage stages[] = {
	{ "first", start_a, stop_a, DAEMON_EXIT_CONFIGURATION },
	{ "second", start_b, NULL, DAEMON_EXIT_OK },
	{ "third", start_c, stop_c, DAEMON_EXIT_OK },
};

struct settings {
	struct conf_global global;
	uint64_t interval;
};

static const struct conf_item items[] = {
	{ "interval", CONF_DURATION, 0, "90m", .help = "how long" },
	{ .name = NULL },
};
static const struct conf_group groups[] = {
	{ NULL, conf_global_items, offsetof(struct settings, global), NULL },
	{ "nbnsd", items, offsetof(struct settings, interval), NULL },
};
static const struct conf_schema schema = { groups, ARRAY_SIZE(groups), sizeof(struct settings) };
static const struct daemon_program program = {
	.name = "nbtestd",
	.summary = "A daemon for tests.",
	.schema = &schema,
	.stages = stages,
	.stage_count = ARRAY_SIZE(stages),
	.run = run,
};

/*
 * Output of what is called goes to a file while a test runs.
 */
static FILE *capture;
static int real_stdout, real_stderr;
static char captured[16384];

static int begin(void **state)
{
	(void)state;
	fflush(NULL);
	capture = tmpfile();
	real_stdout = dup(STDOUT_FILENO);
	real_stderr = dup(STDERR_FILENO);
	log_open("nbtestd", LOG_TO_STDERR);
	return capture == NULL || dup2(fileno(capture), STDOUT_FILENO) < 0 ||
	       dup2(fileno(capture), STDERR_FILENO) < 0;
}

static const char *output(void)
{
	size_t len;

	fflush(NULL);
	rewind(capture);
	len = fread(captured, 1, sizeof(captured) - 1, capture);
	captured[len] = '\0';
	assert_int_equal(ftruncate(fileno(capture), 0), 0);
	rewind(capture);
	return captured;
}

static int end(void **state)
{
	(void)state;
	fflush(NULL);
	dup2(real_stdout, STDOUT_FILENO);
	dup2(real_stderr, STDERR_FILENO);
	close(real_stdout);
	close(real_stderr);
	return fclose(capture);
}

/*
 * Stages.
 */
static const struct stage_case {
	const char *fails, *trace, *line;
	int exit_status;
} stage_cases[] = {
	{ NULL, "abcrCA", "", 0 },
	{ "a", "a", "nbtestd: error: first: Permission denied\n", 2 },
	{ "b", "abA", "", 1 }, /* has said why itself */
	{ "c", "abcA", "nbtestd: error: third: Permission denied\n", 1 },
	{ "r", "abcrCA", "nbtestd: error: Permission denied\n", 1 },
};

static void stages_stop_from_where_starting_got_to(void **state)
{
	struct daemon_options options = { .foreground = true };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stage_cases); i++) {
		const struct stage_case *c = &stage_cases[i];
		struct fake fake = { .fails = c->fails, .release = -1 };

		assert_int_equal(daemon_run(&program, &options, &fake), c->exit_status);
		assert_string_equal(fake.trace, c->trace);
		assert_string_equal(output(), c->line);
	}
}

static void broken_pipes_do_not_kill(void **state)
{
	struct daemon_options options = { .foreground = true };
	struct fake fake = { .release = -1 };
	int ends[2];

	(void)state;
	daemon_run(&program, &options, &fake);
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_int_equal(write(ends[1], "x", 1), -1);
	assert_int_equal(errno, EPIPE);
	close(ends[1]);
}

/*
 * Options.
 */
static char directory[] = "/tmp/nbt-test-daemon-XXXXXX";

static int write_files(void **state)
{
	FILE *good, *bad;

	(void)state;
	if (mkdtemp(directory) == NULL || chdir(directory) < 0)
		return -1;
	good = fopen("good.conf", "w");
	bad = fopen("bad.conf", "w");
	if (good == NULL || bad == NULL)
		return -1;
	fputs("workgroup = \"OFFICE\"; time-scale = 60;\n", good);
	fputs("\nworkgroup = 7;\n", bad);
	return fclose(good) | fclose(bad);
}

static int remove_files(void **state)
{
	(void)state;
	(void)unlink("good.conf");
	(void)unlink("bad.conf");
	return rmdir(directory);
}

static const struct option_case {
	const char *arguments[4];
	bool ends;
	int exit_status;
	const char *says; /* part of the output */
} option_cases[] = {
	{ { NULL }, false, 0, "" },
	{ { "-f" }, false, 0, "" },
	{ { "-c", "good.conf", "--foreground" }, false, 0, "" },
	{ { "--help" },
	  true,
	  0,
	  "usage: nbtestd [OPTION]...\nA daemon for tests.\n\n"
	  "  -c, --config=FILE      read this configuration\n" },
	{ { "-h" }, true, 0, "\n      --check-config     say whether" },
	{ { "-h" }, true, 0, "The default configuration is default.conf.\n" },
	{ { "-V" }, true, 0, "nbtestd (nbtsuite " },
	{ { "--version" }, true, 0, "nbtestd (nbtsuite " },
	{ { "--check-config" },
	  true,
	  0,
	  "default.conf is not there: every setting has its default\n" },
	{ { "--check-config", "-c", "good.conf" }, true, 0, "good.conf: good\n" },
	{ { "--check-config", "-c", "bad.conf" },
	  true,
	  2,
	  "nbtestd: error: bad.conf:2: \"workgroup\" is a number; allowed: a string\n" },
	{ { "--check-config", "-c", "none.conf" },
	  true,
	  2,
	  "nbtestd: error: none.conf: No such file or directory\n" },
	{ { "--print-config", "--config=good.conf" }, true, 0, "\nworkgroup = \"OFFICE\";\n" },
	{ { "--print-config", "--config=good.conf" }, true, 0, "\tinterval = \"90m\";\n" },
	{ { "--print-config", "--config=bad.conf" }, true, 2, "bad.conf:2: " },
	{ { "--wrong" }, true, 2, "unrecognized option '--wrong'" },
	{ { "-c" }, true, 2, "option requires an argument" },
	{ { "-f", "more" }, true, 2, "nbtestd: error: unexpected argument \"more\"\n" },
};

static void options_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(option_cases); i++) {
		const struct option_case *c = &option_cases[i];
		struct daemon_options options = { .conf_path = "default.conf" };
		char *argv[6] = { (char *)(uintptr_t) "nbtestd" };
		int argc = 1, exit_status = -1;
		bool ends;

		while (argc < 5 && c->arguments[argc - 1] != NULL) {
			argv[argc] = (char *)(uintptr_t)c->arguments[argc - 1];
			argc++;
		}
		ends = daemon_options(&program, argc, argv, &options, &exit_status);
		if (ends != c->ends || exit_status != c->exit_status ||
		    strstr(output(), c->says) == NULL) {
			dprintf(real_stderr, "# case %zu: %d, exit status %d, output:\n%s", i, ends,
				exit_status, captured);
			fail();
		}
	}
}

static void options_are_kept(void **state)
{
	char *argv[] = { (char *)(uintptr_t) "nbtestd", (char *)(uintptr_t) "-fc",
			 (char *)(uintptr_t) "good.conf", NULL };
	struct daemon_options options = { .conf_path = "default.conf" };
	struct settings settings;
	void *prepared;
	int exit_status;

	(void)state;
	assert_false(daemon_options(&program, 3, argv, &options, &exit_status));
	assert_string_equal(options.conf_path, "good.conf");
	assert_true(options.conf_is_named);
	assert_true(options.foreground);
	assert_int_equal(daemon_load_conf(&program, &options, &settings, &prepared), 0);
	assert_string_equal(settings.global.workgroup, "OFFICE");
	assert_int_equal(settings.interval, 90000); /* 90 minutes, 60 times as fast */
	conf_free(&settings, &schema);
}

/*
 * The background. daemon_run() forks in a process of its own, whose exit status is looked at, as a
 * shell would.
 */
static int run_in_background(struct fake *fake)
{
	struct daemon_options options = { .foreground = false };
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		_exit(daemon_run(&program, &options, fake));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* That the caller ends when the daemon is ready, and the daemon goes on: its end of a pipe stays
 * open until it is released. */
static void caller_ends_when_the_daemon_is_ready(void **state)
{
	int release[2], alive[2];
	struct fake fake = { .release = -1 };
	struct pollfd hangup;
	char byte;

	(void)state;
	assert_int_equal(pipe(release), 0);
	assert_int_equal(pipe(alive), 0);
	assert_int_equal(fcntl(release[1], F_SETFD, FD_CLOEXEC), 0);
	fake.release = release[0];
	assert_int_equal(run_in_background(&fake), 0);

	close(alive[1]);
	hangup = (struct pollfd){ .fd = alive[0], .events = POLLIN };
	assert_int_equal(poll(&hangup, 1, 0), 0); /* it lives */
	assert_int_equal(write(release[1], "x", 1), 1);
	assert_int_equal(read(alive[0], &byte, 1), 0); /* and ends */
	close(alive[0]);
	close(release[0]);
	close(release[1]);
}

static void caller_has_the_exit_status_of_a_failed_stage(void **state)
{
	struct fake first = { .fails = "a", .release = -1 },
		    third = { .fails = "c", .release = -1 };

	(void)state;
	assert_int_equal(run_in_background(&first), 2);
	assert_string_equal(output(), "nbtestd: error: first: Permission denied\n");
	assert_int_equal(run_in_background(&third), 1);
}

/* What the daemon opens must not take their place. */
static void standard_streams_may_be_closed(void **state)
{
	struct daemon_options options = { .foreground = false };
	struct fake fake = { .release = -1 };
	pid_t child = fork();
	int status;

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
			close(fd);
		_exit(daemon_run(&program, &options, &fake));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
	static const struct CMUnitTest tests[] = {
		TEST(stages_stop_from_where_starting_got_to),
		TEST(broken_pipes_do_not_kill),
		TEST(options_are_read),
		TEST(options_are_kept),
		TEST(caller_ends_when_the_daemon_is_ready),
		TEST(caller_has_the_exit_status_of_a_failed_stage),
		TEST(standard_streams_may_be_closed),
	};

	return cmocka_run_group_tests_name("daemon", tests, write_files, remove_files);
}

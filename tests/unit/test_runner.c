/* Programs run one after the other, with nothing of ours, and for so long and no longer. */
#include "common/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/loop.h"
#include "support.h"

struct fixture {
	char dir[40], program[64], out[72], go[72];
	struct loop *loop;
	struct runner *runner;
	uint64_t failed;
	char error[RUNNER_ERROR_MAX];
};

static void failed(void *ctx, uint64_t count, const char *error)
{
	struct fixture *f = ctx;

	f->failed += count;
	snprintf(f->error, sizeof(f->error), "%s", error);
	loop_stop(f->loop);
}

static int setup(void **state)
{
	static const struct loop_events no_events = { .turn = NULL };
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->dir, "/tmp/test_runner.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->program, sizeof(f->program), "%s/program", f->dir);
	snprintf(f->out, sizeof(f->out), "%s/out", f->dir);
	snprintf(f->go, sizeof(f->go), "%s.go", f->program);
	assert_int_equal(loop_create(&f->loop, &no_events, NULL), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	runner_stop(f->runner);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombies */
	assert_int_equal(errno, ECHILD);
	loop_destroy(f->loop);
	unlink(f->program);
	unlink(f->out);
	unlink(f->go);
	rmdir(f->dir);
	free(f);
	return 0;
}

static void write_program(const struct fixture *f, const char *text)
{
	FILE *file = fopen(f->program, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(f->program, 0755), 0);
}

/* Its first argument is the file that it writes to. */
static void start(struct fixture *f, size_t queue_max, uint64_t timeout_ms)
{
	const char *const command[] = { f->program, f->out, NULL };
	const struct runner_options options = { command, queue_max, timeout_ms, failed, f };

	assert_int_equal(runner_start(&f->runner, f->loop, &options), 0);
}

/* For programs that wait for this file. */
static void let_go(const struct fixture *f)
{
	FILE *file = fopen(f->go, "w");

	assert_non_null(file);
	fclose(file);
}

static void submit(struct fixture *f, const char *one, const char *two)
{
	assert_true(runner_submit(f->runner, (const char *const[]){ one, two, NULL }));
}

/* Waits for so many runs, in steps: that they come is tested, not when. */
static void wait_for(struct fixture *f, uint64_t runs)
{
	uint64_t well = 0, ill = 0;

	for (int i = 0; i < 3000 && well + ill < runs; i++) {
		usleep(10000);
		runner_counts(f->runner, &well, &ill);
	}
	assert_int_equal(well + ill, runs);
}

static void expect_output(const struct fixture *f, const char *want)
{
	char text[4096] = "";
	FILE *file = fopen(f->out, "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(text, want);
}

static void expect_error(const struct fixture *f, const char *what)
{
	char want[RUNNER_ERROR_MAX];

	snprintf(want, sizeof(want), "%s %s", f->program, what);
	assert_string_equal(f->error, want);
}

static void arguments_come_as_they_are_and_in_order(void **state)
{
	struct fixture *f = *state;

	write_program(f, "#!/bin/sh\n"
			 "echo \"$#[$2][$3]\" >>$1\n");
	start(f, 10, 30000);
	submit(f, "one", "two");
	submit(f, "$(id) `id` ; \"'", "a\nb");
	submit(f, "", NULL);
	submit(f, "last", "*");
	wait_for(f, 4);
	expect_output(f, "3[one][two]\n3[$(id) `id` ; \"'][a\nb]\n2[][]\n3[last][*]\n");
}

/* A descriptor that is not closed by exec, a variable, a blocked signal. */
static void nothing_of_ours_comes_along(void **state)
{
	struct fixture *f = *state;
	int fd = open("/dev/zero", O_RDONLY);

	assert_true(fd >= 0);
	setenv("SECRET", "x", 1);
	write_program(f, "#!/bin/sh\n"
			 "echo \"$SECRET $PWD\" >>$1\n"
			 "for fd in /proc/$$/fd/*; do readlink $fd; done | grep -c zero >>$1\n"
			 "grep SigBlk /proc/self/status | tr -d '\\t' >>$1\n");
	start(f, 10, 30000);
	submit(f, "x", NULL);
	wait_for(f, 1);
	expect_output(f, " /\n0\nSigBlk:0000000000000000\n");
	close(fd);
}

static void who_hangs_is_killed_with_his_children(void **state)
{
	struct fixture *f = *state;

	write_program(f, "#!/bin/sh\n"
			 "echo $2 >>$1\n"
			 "[ $2 != hang ] || { trap '' TERM; sleep 1000 & sleep 1000; }\n");
	start(f, 10, 200);
	submit(f, "hang", NULL);
	submit(f, "next", NULL);
	assert_int_equal(loop_run(f->loop), 0);
	assert_int_equal(f->failed, 1);
	expect_error(f, "took too long and was killed");
	wait_for(f, 2);
	expect_output(f, "hang\nnext\n");
}

static void failures_are_told(void **state)
{
	struct fixture *f = *state;

	write_program(f, "#!/bin/sh\nexit $2\n");
	start(f, 10, 30000);
	submit(f, "7", NULL);
	assert_int_equal(loop_run(f->loop), 0);
	expect_error(f, "ended with status 7");
	write_program(f, "#!/bin/sh\nkill -9 $$\n");
	submit(f, "0", NULL);
	assert_int_equal(loop_run(f->loop), 0);
	expect_error(f, "was ended by signal 9");
	unlink(f->program);
	submit(f, "0", NULL);
	assert_int_equal(loop_run(f->loop), 0);
	expect_error(f, "cannot be run: No such file or directory");
	assert_int_equal(f->failed, 3);
}

static void only_a_program_is_run(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkfifo(f->program, 0755), 0);
	start(f, 10, 30000);
	submit(f, "x", NULL);
	assert_int_equal(loop_run(f->loop), 0);
	expect_error(f, "cannot be run: Permission denied");
}

static void what_does_not_fit_is_not_taken(void **state)
{
	struct fixture *f = *state;
	const char *const arguments[] = { "x", NULL };
	size_t taken = 0;

	write_program(f, "#!/bin/sh\nsleep 1000\n");
	start(f, 3, 60000);
	while (taken < 10 && runner_submit(f->runner, arguments))
		taken++;
	assert_in_range(taken, 3, 4); /* one may be under way */
	assert_in_range(taken - runner_waiting(f->runner), 0, 1);

	/* And the end does not wait for the program. */
	assert_in_range(runner_stop(f->runner), 2, 3);
	f->runner = NULL;
}

/* A reload: what waits is called by the command of now; without one it is dropped. */
static void the_command_can_change(void **state)
{
	struct fixture *f = *state;
	const char *const other[] = { f->program, f->out, "other", NULL }, *const none[] = { NULL };
	const char *const last[] = { "last", NULL };

	write_program(f, "#!/bin/sh\n"
			 "shift; echo \"$@\" >>$0.out\n"
			 "while [ $1 = first ] && [ ! -e $0.go ]; do sleep 0.01; done\n");
	snprintf(f->out, sizeof(f->out), "%s.out", f->program);
	start(f, 10, 30000);
	submit(f, "first", NULL);
	while (runner_waiting(f->runner) > 0)
		usleep(1000);
	submit(f, "second", NULL);
	assert_int_equal(runner_change(f->runner, other, 30000), 0);
	let_go(f);
	wait_for(f, 2);
	expect_output(f, "first\nother second\n");

	unlink(f->go);
	assert_int_equal(
		runner_change(f->runner, (const char *const[]){ f->program, f->out, NULL }, 30000),
		0);
	submit(f, "first", NULL);
	while (runner_waiting(f->runner) > 0)
		usleep(1000);
	submit(f, "dropped", NULL);
	assert_int_equal(runner_change(f->runner, none, 30000), 0);
	assert_int_equal(runner_waiting(f->runner), 0);
	assert_false(runner_submit(f->runner, last));
	let_go(f);
	wait_for(f, 3);
	assert_int_equal(runner_change(f->runner, other, 30000), 0);
	assert_true(runner_submit(f->runner, last));
	wait_for(f, 4);
	expect_output(f, "first\nother second\nfirst\nother last\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(arguments_come_as_they_are_and_in_order, setup,
						teardown),
		cmocka_unit_test_setup_teardown(nothing_of_ours_comes_along, setup, teardown),
		cmocka_unit_test_setup_teardown(who_hangs_is_killed_with_his_children, setup,
						teardown),
		cmocka_unit_test_setup_teardown(failures_are_told, setup, teardown),
		cmocka_unit_test_setup_teardown(only_a_program_is_run, setup, teardown),
		cmocka_unit_test_setup_teardown(the_command_can_change, setup, teardown),
		cmocka_unit_test_setup_teardown(what_does_not_fit_is_not_taken, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

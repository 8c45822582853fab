/* The committing thread, with a transaction that does what the test says. */
#include "nbnsd/store/committer.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/loop.h"
#include "support.h"

#define COMMITS_MAX 64

/* In place of the C library's: threads are short so many times. */
static int shortages;

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
		   void *arg)
{
	static int (*real)(pthread_t * thread, const pthread_attr_t *attributes,
			   void *(*run)(void *), void *arg);

	if (shortages > 0) {
		shortages--;
		return EAGAIN;
	}
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
	return real(thread, attributes, run, arg);
}

struct fixture {
	struct loop *loop;
	struct committer *committer;

	/* Written by the thread, read by the test when the thread waits or has ended. */
	sem_t may_commit; /* a commit waits for it, if holding */
	sem_t in_commit;  /* posted when a commit is waiting */
	bool holding;
	int failing;                   /* commits that will fail */
	uint32_t poison;               /* the batch with which every commit fails */
	size_t commits;                /* successful ones */
	uint32_t batches[COMMITS_MAX]; /* in each */
	lease_time lease[COMMITS_MAX];
	uint32_t written, tidied; /* number of the last batch, in order */
	bool in_order;

	/* In the loop's thread. */
	uint32_t submitted, reported, wanted;
	int troubles, recoveries;
	char error[STORE_ERROR_MAX];
};

static uint32_t number_of(const struct changes *changes)
{
	struct change change;
	struct record record;
	size_t cursor = 0;

	assert_true(changes_next(changes, &cursor, &change, &record));
	return change.id;
}

static int commit(void *ctx, const struct changes *first, lease_time lease_now,
		  char error[STORE_ERROR_MAX])
{
	struct fixture *f = ctx;
	uint32_t count = 0;

	if (f->holding) {
		sem_post(&f->in_commit);
		sem_wait(&f->may_commit);
	}
	if (f->failing > 0 || (first != NULL && number_of(first) == f->poison)) {
		f->failing--;
		snprintf(error, STORE_ERROR_MAX, "fault %d", f->failing);
		return -EIO;
	}
	for (; first != NULL; first = changes_following(first), count++) {
		if (number_of(first) != ++f->written)
			f->in_order = false;
	}
	if (f->commits < COMMITS_MAX) {
		f->lease[f->commits] = lease_now;
		f->batches[f->commits] = count;
	}
	f->commits++;
	return 0;
}

static void tidy(void *ctx)
{
	struct fixture *f = ctx;

	f->tidied++;
}

static void committed(void *ctx, struct changes *changes)
{
	struct fixture *f = ctx;

	if (number_of(changes) != ++f->reported)
		f->in_order = false;
	changes_destroy(changes);
	if (f->reported == f->wanted)
		loop_stop(f->loop);
}

static void trouble(void *ctx, const char *error)
{
	struct fixture *f = ctx;

	if (error == NULL) {
		f->recoveries++;
		return;
	}
	f->troubles++;
	snprintf(f->error, sizeof(f->error), "%s", error);
	if (f->wanted == 0)
		loop_stop(f->loop);
}

static const struct loop_events no_events = { .turn = NULL };

static void start(struct fixture *f)
{
	const struct committer_work work = { commit, tidy, f };
	const struct store_events events = { committed, trouble, f };

	assert_int_equal(committer_start(&f->committer, f->loop, &work, &events, 1000), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->in_order = true;
	sem_init(&f->may_commit, 0, 0);
	sem_init(&f->in_commit, 0, 0);
	*state = f;
	return loop_create(&f->loop, &no_events, NULL);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	loop_destroy(f->loop);
	sem_destroy(&f->may_commit);
	sem_destroy(&f->in_commit);
	free(f);
	return 0;
}

static void submit(struct fixture *f, lease_time lease_now)
{
	struct changes *changes = changes_create();

	assert_true(changes_delete(changes, ++f->submitted));
	committer_submit(f->committer, changes, lease_now);
}

static void run_until(struct fixture *f, uint32_t reported)
{
	f->wanted = reported;
	assert_int_equal(loop_run(f->loop), 0);
	assert_int_equal(f->reported, reported);
}

static void batches_that_wait_are_one_commit(void **state)
{
	struct fixture *f = *state;

	f->holding = true;
	start(f);
	sem_wait(&f->in_commit); /* the first, without batches */
	for (uint32_t i = 1; i <= 5; i++)
		submit(f, 1000 + i);
	assert_int_equal(committer_pending(f->committer), 5);
	sem_post(&f->may_commit);
	sem_wait(&f->in_commit); /* the five */
	submit(f, 1006);
	sem_post(&f->may_commit);
	sem_post(&f->may_commit);
	run_until(f, 6);
	assert_int_equal(committer_pending(f->committer), 0);
	assert_true(committer_stop(f->committer));

	assert_int_equal(f->commits, 3);
	assert_int_equal(f->batches[0], 0);
	assert_int_equal(f->batches[1], 5);
	assert_int_equal(f->batches[2], 1);
	assert_int_equal(f->lease[0], 1000);
	assert_int_equal(f->lease[1], 1005);
	assert_int_equal(f->lease[2], 1006);
	assert_int_equal(f->tidied, 3);
	assert_true(f->in_order);
	assert_int_equal(f->troubles + f->recoveries, 0);
}

static void a_failed_commit_is_repeated_in_order(void **state)
{
	struct fixture *f = *state;

	start(f);
	submit(f, 1);
	run_until(f, 1);
	f->failing = 3;
	submit(f, 2);
	submit(f, 2);
	f->wanted = 0;
	loop_run(f->loop); /* until trouble is reported */
	assert_int_equal(f->troubles, 1);
	assert_int_equal(f->reported, 1);
	submit(f, 3);
	run_until(f, 4);
	assert_true(committer_stop(f->committer));

	assert_true(f->in_order);
	assert_int_equal(f->troubles, 1);
	assert_int_equal(f->recoveries, 1);
	assert_string_equal(f->error, "fault 2"); /* of the first try */
}

static void what_is_queued_is_written_at_the_end(void **state)
{
	struct fixture *f = *state;

	start(f);
	for (uint32_t i = 0; i < 100; i++)
		submit(f, i);
	assert_true(committer_stop(f->committer));
	assert_int_equal(f->written, 100);
	assert_int_equal(f->reported, 100);
	assert_true(f->in_order);
}

/* Batches behind the one that was given up are not written either: that would be out of order. */
static void what_cannot_be_written_is_given_up_at_the_end(void **state)
{
	struct fixture *f = *state;

	start(f);
	submit(f, 1);
	run_until(f, 1);
	f->poison = 2;
	submit(f, 2);
	f->wanted = 0;
	loop_run(f->loop);
	submit(f, 3);
	assert_false(committer_stop(f->committer));
	assert_int_equal(f->reported, 1);
	assert_int_equal(f->written, 1);
}

/* A task of so many slices. */
struct slices {
	struct fixture *f;
	struct committer_task task;
	uint32_t left;
	size_t count;
	int done;
	bool is_whole;
	sem_t *hold; /* slices wait for it, if there is one */
};

static bool slice(void *ctx)
{
	struct slices *s = ctx;

	if (s->hold != NULL)
		sem_wait(s->hold);
	s->count++;
	return --s->left > 0;
}

static void done(void *ctx, bool is_whole)
{
	struct slices *s = ctx;

	s->done++;
	s->is_whole = is_whole;
	loop_stop(s->f->loop);
}

static void add_task(struct fixture *f, struct slices *s, uint32_t slices, sem_t *hold)
{
	*s = (struct slices){ .f = f, .left = slices, .hold = hold };
	s->task = (struct committer_task){ .slice = slice, .done = done, .ctx = s };
	committer_add(f->committer, &s->task);
}

static void tasks_are_done_in_order(void **state)
{
	struct fixture *f = *state;
	struct slices first, second;

	start(f);
	add_task(f, &first, 3, NULL);
	add_task(f, &second, 2, NULL);
	while (second.done == 0)
		assert_int_equal(loop_run(f->loop), 0);
	assert_int_equal(first.done, 1);
	assert_int_equal(first.count, 3);
	assert_int_equal(second.count, 2);
	assert_true(first.is_whole && second.is_whole);
	assert_true(committer_stop(f->committer));
}

static void commits_come_between_slices(void **state)
{
	struct fixture *f = *state;
	struct slices slices;
	sem_t hold;

	sem_init(&hold, 0, 0);
	start(f);
	submit(f, 1);
	run_until(f, 1);
	add_task(f, &slices, 2, &hold);
	submit(f, 2);
	sem_post(&hold);
	run_until(f, 2); /* though the task waits for its second slice, or will */
	assert_int_equal(slices.done, 0);
	sem_post(&hold);
	while (slices.done == 0)
		assert_int_equal(loop_run(f->loop), 0);
	assert_true(committer_stop(f->committer));
	sem_destroy(&hold);
}

static void a_stop_ends_tasks_early(void **state)
{
	struct fixture *f = *state;
	struct slices slices;

	start(f);
	add_task(f, &slices, UINT32_MAX, NULL);
	assert_true(committer_stop(f->committer));
	assert_int_equal(slices.done, 1);
	assert_false(slices.is_whole);
}

static void a_shortage_of_threads_is_waited_for(void **state)
{
	struct fixture *f = *state;
	const struct committer_work work = { commit, tidy, f };
	const struct store_events events = { committed, trouble, f };

	shortages = 3;
	start(f);
	assert_int_equal(shortages, 0);
	submit(f, 1001);
	run_until(f, 1);
	assert_true(committer_stop(f->committer));

	shortages = 1000000; /* for a while */
	assert_int_equal(committer_start(&f->committer, f->loop, &work, &events, 1000), -EAGAIN);
	shortages = 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(batches_that_wait_are_one_commit, setup, teardown),
		cmocka_unit_test_setup_teardown(tasks_are_done_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(commits_come_between_slices, setup, teardown),
		cmocka_unit_test_setup_teardown(a_stop_ends_tasks_early, setup, teardown),
		cmocka_unit_test_setup_teardown(a_failed_commit_is_repeated_in_order, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_shortage_of_threads_is_waited_for, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_is_queued_is_written_at_the_end, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_written_is_given_up_at_the_end,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

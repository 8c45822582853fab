/* The worker: jobs run in its thread, come back in order, and none is lost at the end. */
#include "support.h"

#include <pthread.h>
#include <stdbool.h>

#include "common/loop.h"
#include "common/worker.h"

#define JOBS 1000

struct job {
	struct worker_job job;
	unsigned number, ran_as;
	pthread_t ran_in;
};

struct fixture {
	struct loop *loop;
	struct worker *worker;
	struct job jobs[JOBS];
	unsigned run, done; /* numbers that come next */
	unsigned resubmit;  /* done() submits the last job again so often */
	bool in_order;
};

static void run_job(void *ctx, struct worker_job *job)
{
	struct fixture *f = ctx;
	struct job *mine = (struct job *)job;

	mine->ran_in = pthread_self();
	mine->ran_as = f->run++; /* read by the test only after worker_stop() */
}

static void job_done(void *ctx, struct worker_job *job)
{
	struct fixture *f = ctx;
	struct job *mine = (struct job *)job;

	if (mine->number != f->done || mine->ran_as < mine->number ||
	    pthread_equal(mine->ran_in, pthread_self()))
		f->in_order = false;
	if (++f->done < JOBS)
		return;
	if (f->resubmit > 0) {
		f->resubmit--;
		f->done--;
		worker_submit(f->worker, job);
		return;
	}
	loop_stop(f->loop);
}

static const struct worker_calls calls = { run_job, job_done };
static const struct loop_events no_events = { NULL, NULL, NULL };

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .in_order = true };
	for (unsigned i = 0; i < JOBS; i++)
		f.jobs[i].number = i;
	*state = &f;
	assert_int_equal(loop_create(&f.loop, &no_events, NULL), 0);
	assert_int_equal(worker_start(&f.worker, f.loop, &calls, &f), 0);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	loop_destroy(f->loop);
	return 0;
}

static void submit_all(struct fixture *f)
{
	for (unsigned i = 0; i < JOBS; i++)
		worker_submit(f->worker, &f->jobs[i].job);
}

static void assert_all_done(const struct fixture *f, unsigned extra)
{
	assert_int_equal(f->run, JOBS + extra);
	assert_int_equal(f->done, JOBS);
	assert_true(f->in_order);
}

static void jobs_come_back_in_order(void **state)
{
	struct fixture *f = *state;

	submit_all(f);
	loop_run(f->loop);
	worker_stop(f->worker);
	assert_all_done(f, 0);
}

static void stop_finishes_what_is_queued(void **state)
{
	struct fixture *f = *state;

	submit_all(f);
	worker_stop(f->worker); /* the loop never ran */
	assert_all_done(f, 0);
}

static void stop_finishes_what_done_submits(void **state)
{
	struct fixture *f = *state;

	f->resubmit = 3;
	submit_all(f);
	worker_stop(f->worker);
	assert_all_done(f, 3);
}

static void stop_of_an_idle_worker_ends_it(void **state)
{
	struct fixture *f = *state;

	worker_stop(f->worker);
	worker_stop(NULL);
	assert_int_equal(f->run, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(jobs_come_back_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(stop_finishes_what_is_queued, setup, teardown),
		cmocka_unit_test_setup_teardown(stop_finishes_what_done_submits, setup, teardown),
		cmocka_unit_test_setup_teardown(stop_of_an_idle_worker_ends_it, setup, teardown),
	};

	return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}

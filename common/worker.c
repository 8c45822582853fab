/* A thread with a queue to it and a queue back. */
#include "common/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <uv.h>

#include "common/loop.h"

struct queue {
	struct worker_job *first, **end;
};

struct worker {
	struct loop_wakeup *wakeup;
	uv_thread_t thread;
	const struct worker_calls *calls;
	void *ctx;

	uv_mutex_t lock;   /* of all below */
	uv_cond_t changed; /* for the thread: there is work, or it is to end */
	uv_cond_t idle;    /* for worker_stop(): everything has been run */
	struct queue waiting, finished;
	bool busy, stopping;
};

static void queue_clear(struct queue *queue)
{
	queue->first = NULL;
	queue->end = &queue->first;
}

static void queue_append(struct queue *queue, struct worker_job *job)
{
	job->next = NULL;
	*queue->end = job;
	queue->end = &job->next;
}

static struct worker_job *queue_take(struct queue *queue)
{
	struct worker_job *job = queue->first;

	queue->first = job->next;
	if (queue->first == NULL)
		queue->end = &queue->first;
	return job;
}

/* With the lock held, which is given up while the job runs. */
static void run_next(struct worker *worker)
{
	struct worker_job *job = queue_take(&worker->waiting);

	worker->busy = true;
	uv_mutex_unlock(&worker->lock);
	worker->calls->run(worker->ctx, job);
	uv_mutex_lock(&worker->lock);
	worker->busy = false;
	queue_append(&worker->finished, job);
	loop_wakeup_send(worker->wakeup);
}

static void worker_main(void *arg)
{
	struct worker *worker = arg;
	sigset_t all;

	sigfillset(&all); /* signals are the loop's */
	pthread_sigmask(SIG_SETMASK, &all, NULL);

	uv_mutex_lock(&worker->lock);
	for (;;) {
		if (worker->waiting.first != NULL) {
			run_next(worker);
			continue;
		}
		uv_cond_signal(&worker->idle);
		if (worker->stopping)
			break;
		uv_cond_wait(&worker->changed, &worker->lock);
	}
	uv_mutex_unlock(&worker->lock);
}

static struct worker_job *take_finished(struct worker *worker)
{
	struct worker_job *first;

	uv_mutex_lock(&worker->lock);
	first = worker->finished.first;
	queue_clear(&worker->finished);
	uv_mutex_unlock(&worker->lock);
	return first;
}

static void hand_back(void *ctx)
{
	struct worker *worker = ctx;
	struct worker_job *job = take_finished(worker);

	while (job != NULL) {
		struct worker_job *next = job->next;

		worker->calls->done(worker->ctx, job);
		job = next;
	}
}

static void worker_free(struct worker *worker)
{
	loop_wakeup_close(worker->wakeup);
	uv_cond_destroy(&worker->idle);
	uv_cond_destroy(&worker->changed);
	uv_mutex_destroy(&worker->lock);
	free(worker);
}

int worker_start(struct worker **out, struct loop *loop, const struct worker_calls *calls,
		 void *ctx)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	int ret;

	*out = NULL;
	if (worker == NULL)
		return UV_ENOMEM;
	worker->calls = calls;
	worker->ctx = ctx;
	queue_clear(&worker->waiting);
	queue_clear(&worker->finished);
	if (uv_mutex_init(&worker->lock) < 0 || uv_cond_init(&worker->changed) < 0 ||
	    uv_cond_init(&worker->idle) < 0)
		abort(); /* glibc's never fail */

	ret = loop_wakeup_open(&worker->wakeup, loop, hand_back, worker);
	if (ret == 0)
		ret = uv_thread_create(&worker->thread, worker_main, worker);
	if (ret < 0) {
		worker_free(worker);
		return ret;
	}
	*out = worker;
	return 0;
}

void worker_submit(struct worker *worker, struct worker_job *job)
{
	uv_mutex_lock(&worker->lock);
	queue_append(&worker->waiting, job);
	uv_cond_signal(&worker->changed);
	uv_mutex_unlock(&worker->lock);
}

/* Whether there is anything to hand back once everything submitted has been run. */
static bool wait_idle(struct worker *worker)
{
	bool any;

	uv_mutex_lock(&worker->lock);
	while (worker->busy || worker->waiting.first != NULL)
		uv_cond_wait(&worker->idle, &worker->lock);
	any = worker->finished.first != NULL;
	uv_mutex_unlock(&worker->lock);
	return any;
}

void worker_stop(struct worker *worker)
{
	if (worker == NULL)
		return;

	while (wait_idle(worker))
		hand_back(worker);

	uv_mutex_lock(&worker->lock);
	worker->stopping = true;
	uv_cond_signal(&worker->changed);
	uv_mutex_unlock(&worker->lock);
	uv_thread_join(&worker->thread);
	worker_free(worker);
}

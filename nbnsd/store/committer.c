#include "nbnsd/store/committer.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "common/loop.h"

#define FIRST_PAUSE_MS    100
#define LAST_PAUSE_MS     5000

#define SHORTAGE_PAUSE_MS 10
#define SHORTAGE_TRIES    100

struct committer {
	struct committer_work work;
	struct store_events events;
	struct loop_wakeup *wakeup;
	pthread_t thread;

	/* The loop's thread only. */
	size_t pending;
	bool told_of_trouble;

	/* The committing thread only, until it has ended. */
	bool gave_up;

	pthread_mutex_t lock;   /* of all below */
	pthread_cond_t changed; /* for the committing thread: there are batches, or it is to end */
	struct changes_queue waiting, committed;
	struct committer_task *tasks; /* the first one is being worked at */
	struct committer_task *ended; /* to be reported */
	lease_time lease_now;
	bool stopping, trouble;
	struct store_counters counters;
	char error[STORE_ERROR_MAX]; /* why there is trouble */
};

/*
 * The committing thread.
 */

static void task_append(struct committer_task **list, struct committer_task *task)
{
	task->next = NULL;
	while (*list != NULL)
		list = &(*list)->next;
	*list = task;
}

static void end_task(struct committer *c, struct committer_task *task, bool is_whole)
{
	pthread_mutex_lock(&c->lock);
	c->tasks = task->next;
	task->is_whole = is_whole;
	task_append(&c->ended, task);
	pthread_mutex_unlock(&c->lock);
	loop_wakeup_send(c->wakeup);
}

/* A slice of the first task, if there is one. */
static void work_at_task(struct committer *c)
{
	struct committer_task *task;

	pthread_mutex_lock(&c->lock);
	task = c->stopping ? NULL : c->tasks;
	pthread_mutex_unlock(&c->lock);
	if (task != NULL && !task->slice(task->ctx))
		end_task(c, task, true);
}

enum work { WORK_BATCHES, WORK_TASK, WORK_END };

/* Waits for something to do, and takes all batches there are. */
static enum work await_work(struct committer *c, struct changes_queue *batches,
			    lease_time *lease_now)
{
	enum work work;

	pthread_mutex_lock(&c->lock);
	while (c->waiting.first == NULL && c->tasks == NULL && !c->stopping)
		pthread_cond_wait(&c->changed, &c->lock);
	changes_queue_move(batches, &c->waiting);
	*lease_now = c->lease_now;
	if (batches->first != NULL)
		work = WORK_BATCHES;
	else
		work = c->stopping ? WORK_END : WORK_TASK;
	pthread_mutex_unlock(&c->lock);
	return work;
}

/* What is to be committed next; meanwhile tasks are worked at. false: the end. */
static bool next_batches(struct committer *c, struct changes_queue *batches, lease_time *lease_now)
{
	enum work work;

	while ((work = await_work(c, batches, lease_now)) == WORK_TASK)
		work_at_task(c);
	return work == WORK_BATCHES;
}

static void report_committed(struct committer *c, struct changes_queue *batches)
{
	pthread_mutex_lock(&c->lock);
	c->counters.commits++;
	for (const struct changes *b = batches->first; b != NULL; b = changes_following(b)) {
		c->counters.batches++;
		c->counters.changes += changes_count(b);
	}
	changes_queue_move(&c->committed, batches);
	c->trouble = false;
	pthread_mutex_unlock(&c->lock);
	loop_wakeup_send(c->wakeup);
}

static void report_trouble(struct committer *c, const char *error)
{
	pthread_mutex_lock(&c->lock);
	c->counters.failures++;
	if (!c->trouble)
		memcpy(c->error, error, sizeof(c->error));
	c->trouble = true;
	pthread_mutex_unlock(&c->lock);
	loop_wakeup_send(c->wakeup);
}

/* Waits before the next try; whether the thread is to end. */
static bool pause_for(struct committer *c, long ms)
{
	struct timespec until; /* absolute, as pthreads want it */
	bool stopping;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms % 1000 * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;

	pthread_mutex_lock(&c->lock);
	while (!c->stopping && pthread_cond_timedwait(&c->changed, &c->lock, &until) == 0)
		continue;
	stopping = c->stopping;
	pthread_mutex_unlock(&c->lock);
	return stopping;
}

static void destroy_batches(struct changes_queue *batches)
{
	struct changes *changes;

	while ((changes = changes_queue_take(batches)) != NULL)
		changes_destroy(changes);
}

/* What comes meanwhile is one commit: fewer that are larger wear the disk less, and the loop, which
 * has to wake this thread for each, is held less. */
static void let_gather(void)
{
	static const struct timespec gather = { .tv_nsec = COMMITTER_GATHER_MS * 1000000L };

	nanosleep(&gather, NULL);
}

/* Tries until the batches are committed, or until a try fails while the thread is to end. */
static void commit(struct committer *c, struct changes_queue *batches, lease_time lease_now)
{
	char error[STORE_ERROR_MAX] = "";
	long pause_ms = FIRST_PAUSE_MS;
	bool last_try = false;

	while (c->work.commit(c->work.ctx, batches->first, lease_now, error) < 0) {
		report_trouble(c, error);
		if (last_try) {
			destroy_batches(batches);
			c->gave_up = true;
			return;
		}
		work_at_task(c); /* it may be a half made copy that fills the disk */
		last_try = pause_for(c, pause_ms);
		pause_ms = pause_ms * 2 < LAST_PAUSE_MS ? pause_ms * 2 : LAST_PAUSE_MS;
	}
	report_committed(c, batches);
	c->work.tidy(c->work.ctx);
	let_gather();
}

/* Where there are few processors queries come first: the thread gets less of them, and does not
 * interrupt the loop that has just woken it. Linux has priorities per thread; none is worth failing
 * for. */
static void step_back(void)
{
	static const struct sched_param none = { .sched_priority = 0 };

	(void)setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + 10);
	(void)pthread_setschedparam(pthread_self(), SCHED_BATCH, &none);
}

static void *run(void *arg)
{
	struct committer *c = arg;
	struct changes_queue batches = { NULL, NULL };
	lease_time lease_now;

	step_back();
	pthread_mutex_lock(&c->lock);
	lease_now = c->lease_now;
	pthread_mutex_unlock(&c->lock);
	do {
		commit(c, &batches, lease_now);
		if (!c->gave_up)
			work_at_task(c); /* also where commits leave no pause */
	} while (!c->gave_up && next_batches(c, &batches, &lease_now));
	return NULL;
}

/*
 * The loop's thread.
 */

static void tell_of_trouble(struct committer *c, bool trouble, const char *error)
{
	if (trouble == c->told_of_trouble)
		return;
	c->told_of_trouble = trouble;
	c->events.trouble(c->events.ctx, trouble ? error : NULL);
}

static void report_tasks(struct committer *c)
{
	struct committer_task *ended, *next;

	pthread_mutex_lock(&c->lock);
	ended = c->ended;
	c->ended = NULL;
	pthread_mutex_unlock(&c->lock);
	for (; ended != NULL; ended = next) {
		next = ended->next;
		ended->done(ended->ctx, ended->is_whole); /* it may be gone then */
	}
}

static void report(void *ctx)
{
	struct committer *c = ctx;
	struct changes_queue committed = { NULL, NULL };
	char error[STORE_ERROR_MAX];
	struct changes *changes;
	bool trouble;

	pthread_mutex_lock(&c->lock);
	changes_queue_move(&committed, &c->committed);
	trouble = c->trouble;
	if (trouble)
		memcpy(error, c->error, sizeof(error));
	pthread_mutex_unlock(&c->lock);

	tell_of_trouble(c, trouble, error);
	report_tasks(c);
	while ((changes = changes_queue_take(&committed)) != NULL) {
		c->pending--;
		c->events.committed(c->events.ctx, changes);
	}
}

/* Threads and memory may be short for a moment, when a host starts with everything at once; without
 * this one nothing works. */
static int create_thread(struct committer *c)
{
	static const struct timespec pause = { .tv_nsec = SHORTAGE_PAUSE_MS * 1000000L };
	int ret = pthread_create(&c->thread, NULL, run, c);

	for (int i = 0; ret == EAGAIN && i < SHORTAGE_TRIES; i++) {
		nanosleep(&pause, NULL);
		ret = pthread_create(&c->thread, NULL, run, c);
	}
	return -ret;
}

/* Signals are the loop's: the thread starts with all of them blocked. */
static int start_thread(struct committer *c)
{
	sigset_t all, before;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = create_thread(c);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ret;
}

static struct committer *committer_create(void)
{
	struct committer *c = calloc(1, sizeof(*c));
	pthread_condattr_t attributes;

	if (c == NULL)
		return NULL;
	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&c->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	return c;
}

static void committer_destroy(struct committer *c)
{
	loop_wakeup_close(c->wakeup);
	destroy_batches(&c->waiting); /* those behind a batch that was given up */
	pthread_cond_destroy(&c->changed);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

int committer_start(struct committer **out, struct loop *loop, const struct committer_work *work,
		    const struct store_events *events, lease_time lease_now)
{
	struct committer *c = committer_create();
	int ret;

	*out = NULL;
	if (c == NULL)
		return -ENOMEM;
	c->work = *work;
	c->events = *events;
	c->lease_now = lease_now;
	ret = loop_wakeup_open(&c->wakeup, loop, report, c);
	if (ret == 0)
		ret = start_thread(c);
	if (ret < 0) {
		committer_destroy(c);
		return ret;
	}
	*out = c;
	return 0;
}

void committer_submit(struct committer *c, struct changes *changes, lease_time lease_now)
{
	c->pending++;
	pthread_mutex_lock(&c->lock);
	changes_queue_put(&c->waiting, changes);
	c->lease_now = lease_now;
	pthread_mutex_unlock(&c->lock);
	pthread_cond_signal(&c->changed); /* whom it wakes would only wait for the lock */
}

void committer_add(struct committer *c, struct committer_task *task)
{
	pthread_mutex_lock(&c->lock);
	task_append(&c->tasks, task);
	pthread_mutex_unlock(&c->lock);
	pthread_cond_signal(&c->changed);
}

size_t committer_pending(const struct committer *c)
{
	return c->pending;
}

struct store_counters committer_counters(struct committer *c)
{
	struct store_counters counters;

	pthread_mutex_lock(&c->lock);
	counters = c->counters;
	pthread_mutex_unlock(&c->lock);
	return counters;
}

bool committer_stop(struct committer *c)
{
	bool all;

	pthread_mutex_lock(&c->lock);
	c->stopping = true;
	pthread_cond_signal(&c->changed);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->thread, NULL);

	while (c->tasks != NULL)
		end_task(c, c->tasks, false);
	report(c);
	all = !c->gave_up;
	committer_destroy(c);
	return all;
}

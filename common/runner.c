#include "config.h"

#include "common/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/loop.h"

#define GRACE_MS 1000 /* at the end */
#define STEP_MS  20   /* between looks, where there is no descriptor for a process */

/* Words, NULL-terminated, in one piece: pointers, and the texts behind them. */
struct job {
	struct job *next;
	char *argv[];
};

struct runner {
	size_t queue_max;
	void (*failed)(void *ctx, uint64_t count, const char *error);
	void *ctx;
	struct loop_wakeup *wakeup;
	pthread_t thread;
	int stop_fd; /* readable at the end */

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	struct job *command; /* without words: none */
	uint64_t timeout_ms;
	struct job *first, **last; /* their further arguments */
	size_t waiting;
	bool stopping;
	uint64_t done_count, failed_count, told; /* of failed_count */
	char error[RUNNER_ERROR_MAX];
};

/*
 * A run, in the runner's thread.
 */

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int runner_check(const char *program)
{
	struct stat status;

	if (stat(program, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EACCES;
	return access(program, X_OK) < 0 ? -errno : 0;
}

static int set_files(posix_spawn_file_actions_t *actions)
{
	int ret = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDWR, 0);

	if (ret == 0)
		ret = posix_spawn_file_actions_adddup2(actions, 0, 1);
	if (ret == 0)
		ret = posix_spawn_file_actions_adddup2(actions, 0, 2);
#ifdef HAVE_POSIX_SPAWN_FILE_ACTIONS_ADDCHDIR_NP
	if (ret == 0)
		ret = posix_spawn_file_actions_addchdir_np(actions, "/");
#endif
		/* Ours are closed by exec themselves; this is for what was inherited. */
#ifdef HAVE_POSIX_SPAWN_FILE_ACTIONS_ADDCLOSEFROM_NP
	if (ret == 0)
		ret = posix_spawn_file_actions_addclosefrom_np(actions, 3);
#endif
	return ret;
}

static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t all, none;
	int ret;

	sigfillset(&all);
	sigemptyset(&none);
	ret = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
							   POSIX_SPAWN_SETSIGDEF);
	if (ret == 0)
		ret = posix_spawnattr_setsigmask(attributes, &none);
	return ret == 0 ? posix_spawnattr_setsigdefault(attributes, &all) : ret;
}

static int spawn(char *const *argv, pid_t *pid)
{
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char *const environment[] = { path, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int ret = -runner_check(argv[0]);

	if (ret != 0 || (ret = posix_spawn_file_actions_init(&actions)) != 0)
		return ret;
	ret = posix_spawnattr_init(&attributes);
	if (ret == 0) {
		ret = set_files(&actions);
		if (ret == 0)
			ret = set_attributes(&attributes);
		if (ret == 0)
			ret = posix_spawn(pid, argv[0], &actions, &attributes, argv, environment);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return ret;
}

static int open_process(pid_t pid)
{
#ifdef SYS_pidfd_open
	return (int)syscall(SYS_pidfd_open, pid, 0);
#else
	(void)pid;
	return -1;
#endif
}

/* Waits until the process has ended, or until the time is over; whether it has. */
static bool wait_until(const struct runner *r, pid_t pid, uint64_t timeout_ms, int *status)
{
	struct pollfd fds[] = { { .fd = open_process(pid), .events = POLLIN },
				{ .fd = r->stop_fd, .events = POLLIN } };
	uint64_t end = now_ms() + timeout_ms, now;
	bool ended;

	while (!(ended = waitpid(pid, status, WNOHANG) != 0) && (now = now_ms()) < end) {
		uint64_t left = fds[0].fd >= 0 ? end - now : STEP_MS;

		(void)poll(fds, 2, left < INT16_MAX ? (int)left : INT16_MAX);
		if (fds[1].revents == 0)
			continue;
		fds[1].fd = -1; /* once is enough */
		fds[1].revents = 0;
		if (end > now + GRACE_MS)
			end = now + GRACE_MS;
	}
	if (fds[0].fd >= 0)
		close(fds[0].fd);
	return ended;
}

/* true: well; else error says how. */
static bool run_program(const struct runner *r, char *const *argv, uint64_t timeout_ms,
			char error[RUNNER_ERROR_MAX])
{
	int status = 0, ret;
	pid_t pid;

	ret = spawn(argv, &pid);
	if (ret != 0) {
		snprintf(error, RUNNER_ERROR_MAX, "%.400s cannot be run: %s", argv[0],
			 strerror(ret));
		return false;
	}
	if (!wait_until(r, pid, timeout_ms, &status)) {
		(void)kill(-pid, SIGKILL); /* its session */
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, &status, 0);
		snprintf(error, RUNNER_ERROR_MAX, "%.400s took too long and was killed", argv[0]);
		return false;
	}
	if (WIFSIGNALED(status))
		snprintf(error, RUNNER_ERROR_MAX, "%.400s was ended by signal %d", argv[0],
			 WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		snprintf(error, RUNNER_ERROR_MAX, "%.400s ended with status %d", argv[0],
			 WEXITSTATUS(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static size_t count_words(const char *const *words)
{
	size_t count = 0;

	while (words[count] != NULL)
		count++;
	return count;
}

/* Copies, one after the other; returns the end of the texts. */
static char *copy_words(char **to, char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		to[i] = text;
		text = stpcpy(text, words[i]) + 1;
	}
	return text;
}

/* The words of both. NULL: out of memory. */
static struct job *make_job(const char *const *first, const char *const *second)
{
	size_t first_count = count_words(first), count = first_count + count_words(second);
	size_t size = sizeof(struct job) + (count + 1) * sizeof(char *);
	struct job *job;
	char *text;

	for (size_t i = 0; i < count; i++)
		size += strlen(i < first_count ? first[i] : second[i - first_count]) + 1;
	job = malloc(size);
	if (job == NULL)
		return NULL;
	job->next = NULL;
	text = copy_words(job->argv, (char *)&job->argv[count + 1], first, first_count);
	copy_words(job->argv + first_count, text, second, count - first_count);
	job->argv[count] = NULL;
	return job;
}

static const char *const no_words[] = { NULL };

static struct job *first_job(struct runner *r)
{
	struct job *job = r->first;

	r->first = job->next;
	if (r->first == NULL)
		r->last = &r->first;
	r->waiting--;
	return job;
}

/* The next job, and in *call the command of now with its arguments, or NULL: out of memory. */
static bool take_call(struct runner *r, struct job **call, uint64_t *timeout_ms)
{
	struct job *job = NULL;

	*call = NULL;
	pthread_mutex_lock(&r->lock);
	while (r->first == NULL && !r->stopping)
		pthread_cond_wait(&r->changed, &r->lock);
	if (!r->stopping) {
		job = first_job(r);
		*call = make_job((const char *const *)r->command->argv,
				 (const char *const *)job->argv);
		*timeout_ms = r->timeout_ms;
	}
	pthread_mutex_unlock(&r->lock);
	free(job);
	return job != NULL;
}

static void note_result(struct runner *r, bool well, const char error[RUNNER_ERROR_MAX])
{
	pthread_mutex_lock(&r->lock);
	if (well) {
		r->done_count++;
	} else {
		r->failed_count++;
		memcpy(r->error, error, RUNNER_ERROR_MAX);
	}
	pthread_mutex_unlock(&r->lock);
	if (!well)
		loop_wakeup_send(r->wakeup);
}

static void *run(void *arg)
{
	struct runner *r = arg;
	char error[RUNNER_ERROR_MAX] = "";
	uint64_t timeout_ms;
	struct job *call;
	bool well;

	while (take_call(r, &call, &timeout_ms)) {
		snprintf(error, sizeof(error), "out of memory");
		well = call != NULL && run_program(r, call->argv, timeout_ms, error);
		note_result(r, well, error);
		free(call);
	}
	return NULL;
}

/*
 * The loop's thread.
 */

static void report(void *ctx)
{
	struct runner *r = ctx;
	char error[RUNNER_ERROR_MAX];
	uint64_t count;

	pthread_mutex_lock(&r->lock);
	count = r->failed_count - r->told;
	r->told = r->failed_count;
	memcpy(error, r->error, sizeof(error));
	pthread_mutex_unlock(&r->lock);
	if (count > 0)
		r->failed(r->ctx, count, error);
}

bool runner_submit(struct runner *r, const char *const *arguments)
{
	struct job *job = make_job(no_words, arguments);
	bool has_room;

	if (job == NULL)
		return false;
	pthread_mutex_lock(&r->lock);
	has_room = r->waiting < r->queue_max && r->command->argv[0] != NULL;
	if (has_room) {
		*r->last = job;
		r->last = &job->next;
		r->waiting++;
	}
	pthread_mutex_unlock(&r->lock);
	if (has_room)
		pthread_cond_signal(&r->changed);
	else
		free(job);
	return has_room;
}

size_t runner_waiting(struct runner *r)
{
	size_t waiting;

	pthread_mutex_lock(&r->lock);
	waiting = r->waiting;
	pthread_mutex_unlock(&r->lock);
	return waiting;
}

void runner_counts(struct runner *r, uint64_t *done, uint64_t *failed)
{
	pthread_mutex_lock(&r->lock);
	*done = r->done_count;
	*failed = r->failed_count;
	pthread_mutex_unlock(&r->lock);
}

static void free_jobs(struct job *job)
{
	for (struct job *next; job != NULL; job = next) {
		next = job->next;
		free(job);
	}
}

static void destroy(struct runner *r)
{
	loop_wakeup_close(r->wakeup);
	free_jobs(r->first);
	free(r->command);
	if (r->stop_fd >= 0)
		close(r->stop_fd);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

int runner_change(struct runner *r, const char *const *command, uint64_t timeout_ms)
{
	struct job *fresh = make_job(command, no_words), *old, *dropped = NULL;

	if (fresh == NULL)
		return -ENOMEM;
	pthread_mutex_lock(&r->lock);
	old = r->command;
	r->command = fresh;
	r->timeout_ms = timeout_ms;
	if (command[0] == NULL) {
		dropped = r->first;
		r->first = NULL;
		r->last = &r->first;
		r->waiting = 0;
	}
	pthread_mutex_unlock(&r->lock);
	free(old);
	free_jobs(dropped);
	return 0;
}

/* Signals are the loop's: the thread starts with all of them blocked. */
static int start_thread(struct runner *r)
{
	sigset_t all, before;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = -pthread_create(&r->thread, NULL, run, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ret;
}

int runner_start(struct runner **out, struct loop *loop, const struct runner_options *options)
{
	struct runner *r = calloc(1, sizeof(*r));
	int ret;

	*out = NULL;
	if (r == NULL)
		return -ENOMEM;
	r->queue_max = options->queue_max;
	r->timeout_ms = options->timeout_ms;
	r->failed = options->failed;
	r->ctx = options->ctx;
	r->last = &r->first;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
	r->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ret = r->stop_fd >= 0 ? 0 : -errno;
	r->command = make_job(options->command, no_words);
	if (ret == 0 && r->command == NULL)
		ret = -ENOMEM;
	if (ret == 0)
		ret = loop_wakeup_open(&r->wakeup, loop, report, r);
	if (ret == 0)
		ret = start_thread(r);
	if (ret < 0) {
		destroy(r);
		return ret;
	}
	*out = r;
	return 0;
}

size_t runner_stop(struct runner *r)
{
	size_t dropped;

	if (r == NULL)
		return 0;
	pthread_mutex_lock(&r->lock);
	r->stopping = true;
	dropped = r->waiting;
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->lock);
	(void)eventfd_write(r->stop_fd, 1);
	pthread_join(r->thread, NULL);
	destroy(r);
	return dropped;
}

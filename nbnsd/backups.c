#include "nbnsd/backups.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/stats.h"
#include "nbnsd/backup_files.h"
#include "nbnsd/nbnsd.h"
#include "nbnsd/store/store.h"

#define RETRY_MS (10 * 60 * UINT64_C(1000)) /* after a failure, if the next is not due before */

#define BACKUP_STATS(X)                                                                            \
	X(BACKUP_MADE, "backup.made")                                                              \
	X(BACKUP_FAILED, "backup.failed")

enum backup_stat { BACKUP_STATS(STATS_ENUM) BACKUP_STAT_COUNT };
static const char *const stat_names[] = { BACKUP_STATS(STATS_NAME) };

/* One look, and a copy if it is due; begun in the loop's thread, done in the store's. */
struct job {
	char directory[PATH_MAX];
	uint64_t interval_ms;
	size_t keep;
	int64_t now_s;    /* when it began */
	int64_t newest_s; /* backup in the directory */
	bool is_due;
	int look, rotation; /* errors */
};

struct backups {
	struct nbnsd *nbnsd;
	struct loop_timer *timer;
	bool is_working, is_changed; /* the settings, meanwhile */
	struct job job;
	int64_t last_s;
	bool trouble;
	struct stats stats;
	uint64_t counters[BACKUP_STAT_COUNT];
};

/*
 * The store's thread.
 */

/* A directory that cannot be read is left to the copy: it fails, and says why. */
static bool look(void *ctx)
{
	struct job *job = &((struct backups *)ctx)->job;

	job->look = backup_files_newest(job->directory, job->now_s, &job->newest_s);
	job->is_due = job->newest_s == 0 ||
		      (uint64_t)(job->now_s - job->newest_s) * 1000 >= job->interval_ms;
	return job->is_due;
}

static void rotate(void *ctx)
{
	struct job *job = &((struct backups *)ctx)->job;

	job->rotation = backup_files_rotate(job->directory, job->now_s, job->keep);
}

/*
 * The loop's thread.
 */

static void schedule(struct backups *b, uint64_t wait_ms)
{
	loop_timer_set(b->timer, loop_env(b->nbnsd->loop).now_ms + wait_ms, 0);
}

static uint64_t next_wait(const struct job *job, bool failed)
{
	uint64_t age_ms = job->is_due ? 0 : (uint64_t)(job->now_s - job->newest_s) * 1000;

	if (failed)
		return job->interval_ms < RETRY_MS ? job->interval_ms : RETRY_MS;
	return age_ms < job->interval_ms ? job->interval_ms - age_ms : 0;
}

static void tell(struct backups *b, const char *error)
{
	if (error != NULL && !b->trouble)
		log_error("backup: %s", error);
	else if (error == NULL && b->trouble)
		log_info("backup: works again");
	b->trouble = error != NULL;
}

static void take_result(struct backups *b, const char *error)
{
	const struct job *job = &b->job;
	char sentence[PATH_MAX + 128];

	if (error == NULL && job->is_due) {
		stats_count(&b->stats, BACKUP_MADE);
		b->last_s = job->now_s;
	}
	if (error == NULL && !job->is_due)
		b->last_s = job->newest_s;
	if (error == NULL && job->rotation < 0) {
		snprintf(sentence, sizeof(sentence), "%s: old ones cannot be removed: %s",
			 job->directory, strerror(-job->rotation));
		error = sentence;
	}
	if (error != NULL)
		stats_count(&b->stats, BACKUP_FAILED);
	if (error != NULL || job->is_due)
		tell(b, error);
}

static void done(void *ctx, const char *error)
{
	struct backups *b = ctx;

	b->is_working = false;
	if (b->timer == NULL) { /* it was the end */
		free(b);
		return;
	}
	if (b->is_changed || b->nbnsd->store == NULL) {
		schedule(b, 0); /* the store may be another one soon */
		return;
	}
	take_result(b, error);
	schedule(b, next_wait(&b->job, error != NULL));
}

static void begin(struct backups *b)
{
	const struct conf_nbnsd *conf = &b->nbnsd->settings.nbnsd;
	char name[BACKUP_FILE_MAX], path[PATH_MAX + BACKUP_FILE_MAX + 1];
	const struct store_copy copy = { path, true, look, rotate, done, b };
	struct job *job = &b->job;

	memset(job, 0, sizeof(*job));
	job->interval_ms = conf->backup_interval > 0 ? conf->backup_interval : 1;
	job->keep = (size_t)conf->backup_keep;
	job->now_s = loop_env(b->nbnsd->loop).wall_s;
	snprintf(job->directory, sizeof(job->directory), "%s", conf->backup_directory);
	backup_file_name(name, job->now_s);
	snprintf(path, sizeof(path), "%s/%s", job->directory, name);
	b->is_changed = false;
	b->is_working = store_backup(b->nbnsd->store, &copy) == 0;
	if (!b->is_working)
		schedule(b, RETRY_MS);
}

static void due(void *ctx, const struct nbt_env *env)
{
	struct backups *b = ctx;

	(void)env;
	if (!b->is_working && b->nbnsd->store != NULL &&
	    *b->nbnsd->settings.nbnsd.backup_directory != '\0')
		begin(b);
}

/*
 * Start, reload, stop.
 */

int backups_open(void *ctx)
{
	struct nbnsd *nbnsd = ctx;
	struct backups *b = calloc(1, sizeof(*b));
	int ret;

	if (b == NULL)
		return -ENOMEM;
	b->nbnsd = nbnsd;
	b->stats = (struct stats){ stat_names, b->counters, BACKUP_STAT_COUNT };
	ret = loop_timer_open(&b->timer, nbnsd->loop, due, b);
	if (ret < 0) {
		free(b);
		return ret;
	}
	nbnsd->backups = b;
	schedule(b, 0);
	return 0;
}

int backups_apply(void *ctx)
{
	const struct nbnsd *nbnsd = ctx;
	struct backups *b = nbnsd->backups;

	b->is_changed = true;
	schedule(b, 0);
	return 0;
}

/* What is under way ends with the store, later. */
void backups_close(void *ctx)
{
	struct nbnsd *nbnsd = ctx;
	struct backups *b = nbnsd->backups;

	nbnsd->backups = NULL;
	if (b == NULL)
		return;
	loop_timer_close(b->timer);
	b->timer = NULL;
	if (!b->is_working)
		free(b);
}

struct stats *backups_stats(const struct nbnsd *nbnsd)
{
	return nbnsd->backups != NULL ? &nbnsd->backups->stats : NULL;
}

void backups_state(const struct nbnsd *nbnsd, int64_t *last_s, bool *trouble)
{
	const struct backups *b = nbnsd->backups;

	*last_s = b != NULL ? b->last_s : 0;
	*trouble = b != NULL && b->trouble;
}

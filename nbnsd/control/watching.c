#include "nbnsd/control/watching.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/ctl.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/runner.h"
#include "common/stats.h"
#include "nbnsd/control/event_rows.h"
#include "nbnsd/control/events.h"
#include "nbnsd/nbnsd.h"

#define KEPT      1024        /* events, for readers */
#define QUEUE_MAX 1024        /* calls of the hook that may wait */
#define LOG_MS    (60 * 1000) /* troubles of the hook are told so often */

#define HOOK_STATS(X)                                                                              \
	X(HOOK_CALLED, "hook.called")                                                              \
	X(HOOK_FAILED, "hook.failed")                                                              \
	X(HOOK_LOST, "hook.lost")

enum hook_stat { HOOK_STATS(STATS_ENUM) HOOK_STAT_COUNT };

static const char *const hook_stat_names[] = { HOOK_STATS(STATS_NAME) };

struct reader {
	struct watching *watching;
	struct ctl_request *rq;
	uint64_t cursor;
	struct reader *next;
};

struct watching {
	struct nbnsd *nbnsd;
	struct events *events; /* while there are readers */
	struct reader *readers;
	uint64_t conflict; /* the next number to be told */

	struct runner *hook;            /* NULL: there was none yet */
	bool is_hooked;                 /* there is one */
	uint64_t lost, failed, told_ms; /* since trouble was told last, and when that was */
	char error[RUNNER_ERROR_MAX];
	struct stats stats;
	uint64_t counters[HOOK_STAT_COUNT];
};

static void update_watched(const struct watching *w)
{
	service_set_watched(w->nbnsd->service, w->readers != NULL || w->is_hooked);
}

/*
 * The hook.
 */

static void tell_trouble(struct watching *w)
{
	uint64_t now_ms = loop_env(w->nbnsd->loop).now_ms;

	if ((w->lost == 0 && w->failed == 0) || (w->told_ms != 0 && now_ms < w->told_ms + LOG_MS))
		return;
	w->told_ms = now_ms;
	if (w->failed > 0)
		log_warning("hook: %llu calls failed, the last one: %s",
			    (unsigned long long)w->failed, w->error);
	if (w->lost > 0)
		log_warning("hook: it is too slow, %llu calls were left out",
			    (unsigned long long)w->lost);
	w->lost = w->failed = 0;
}

static void hook_failed(void *ctx, uint64_t count, const char *error)
{
	struct watching *w = ctx;

	w->failed += count;
	strncpy(w->error, error, sizeof(w->error) - 1);
	tell_trouble(w);
}

/* Refreshes come in masses, and the next one will tell the same: they leave room for the rest. */
static bool has_room(struct watching *w, const struct name_event *event)
{
	return event->operation != NAME_REFRESH || runner_waiting(w->hook) < QUEUE_MAX / 2;
}

static void call_hook(struct watching *w, const struct name_event *event, uint32_t ttl_s)
{
	struct hook_call call;

	if (!hook_call_make(&call, event, ttl_s))
		return;
	if (has_room(w, event) && runner_submit(w->hook, call.argument))
		return;
	w->lost++;
	stats_count(&w->stats, HOOK_LOST);
	tell_trouble(w);
}

static int start_hook(struct watching *w)
{
	const struct conf_nbnsd *conf = &w->nbnsd->settings.nbnsd;
	const struct runner_options options = {
		.command = (const char *const *)conf->hook.items,
		.queue_max = QUEUE_MAX,
		.timeout_ms = conf->hook_timeout,
		.failed = hook_failed,
		.ctx = w,
	};

	return runner_start(&w->hook, w->nbnsd->loop, &options);
}

/* As the settings have it. A runner that is there stays: its end would have to be waited for. */
static int set_hook(struct watching *w)
{
	const struct conf_nbnsd *conf = &w->nbnsd->settings.nbnsd;
	int ret = 0;

	if (w->hook != NULL)
		ret = runner_change(w->hook, (const char *const *)conf->hook.items,
				    conf->hook_timeout);
	else if (conf->hook.count > 0)
		ret = start_hook(w);
	if (ret == 0)
		w->is_hooked = conf->hook.count > 0;
	update_watched(w);
	return ret;
}

/*
 * Readers.
 */

static bool more(void *ctx, struct ctl_request *rq)
{
	struct reader *reader = ctx;
	const struct events *events = reader->watching->events;
	uint64_t lost;

	for (int i = 0; i < 50; i++) {
		const struct event *event = events_next(events, &reader->cursor, &lost);

		if (lost > 0)
			ctl_row(rq, json_pack("{s:s, s:I}", "event", "lost", "count",
					      (json_int_t)lost));
		if (event == NULL)
			break;
		ctl_row(rq, event_row(event));
	}
	return true; /* there is no end */
}

/* Nobody reads any more: what happens is not kept. */
static void release(void *ctx)
{
	struct reader *reader = ctx;
	struct watching *w = reader->watching;
	struct reader **at = &w->readers;

	while (*at != reader)
		at = &(*at)->next;
	*at = reader->next;
	free(reader);
	if (w->readers != NULL)
		return;
	events_destroy(w->events);
	w->events = NULL;
	update_watched(w);
}

static struct reader *add_reader(struct watching *w, struct ctl_request *rq)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		return NULL;
	if (w->events == NULL)
		w->events = events_create(KEPT);
	if (w->events == NULL) {
		free(reader);
		return NULL;
	}
	*reader = (struct reader){ w, rq, events_end(w->events), w->readers };
	w->readers = reader;
	return reader;
}

void watching_follow(struct nbnsd *nbnsd, struct ctl_request *rq)
{
	struct watching *w = nbnsd->watching;
	bool is_first = w->readers == NULL;
	struct reader *reader = add_reader(w, rq);
	struct conflicts *conflicts = service_conflicts(nbnsd->service);

	if (reader == NULL) {
		ctl_fail(rq, CTL_FAILED, "out of memory");
		return;
	}
	if (is_first)
		w->conflict = conflicts_next_number(conflicts);
	update_watched(w);
	ctl_row(rq, json_pack("{s:s, s:o}", "event", "begin", "time",
			      row_time(loop_env(nbnsd->loop).wall_s)));
	ctl_start_stream(rq, &(struct ctl_stream){ more, release, reader });
}

static void wake_readers(const struct watching *w)
{
	for (const struct reader *reader = w->readers; reader != NULL; reader = reader->next)
		ctl_wake_stream(reader->rq);
}

/*
 * What happens.
 */

static uint32_t ttl_of(const struct record *record, lease_time now)
{
	if (record->expiry == LEASE_FOREVER)
		return HOOK_TTL_FOREVER;
	return record->expiry > now ? record->expiry - now : 0;
}

static void hear(struct watching *w, const struct name_event *heard, const struct nbt_env *env)
{
	uint32_t ttl_s = ttl_of(&heard->record, service_lease_now(w->nbnsd->service, env));
	struct event *event;

	if (w->is_hooked)
		call_hook(w, heard, ttl_s);
	if (w->readers == NULL)
		return;
	event = events_add(w->events);
	event->wall_s = env->wall_s;
	event->is_conflict = false;
	event->ttl_s = ttl_s;
	event->of.name = *heard;
}

void watching_committed(struct nbnsd *nbnsd, const struct changes *changes)
{
	struct watching *w = nbnsd->watching;
	const struct nbt_env env = loop_env(nbnsd->loop);
	struct name_event event;
	struct change change;
	struct record record;
	size_t cursor = 0;

	if (w == NULL || (w->readers == NULL && !w->is_hooked))
		return;
	while (changes_next(changes, &cursor, &change, &record)) {
		if (change.type != CHANGE_EVENT)
			continue;
		memcpy(&event, change.note, change.note_len);
		hear(w, &event, &env);
	}
	wake_readers(w);
}

/* One that happens again and again is told once. */
void watching_turn(struct nbnsd *nbnsd, const struct nbt_env *env)
{
	struct watching *w = nbnsd->watching;
	struct conflicts *conflicts = service_conflicts(nbnsd->service);
	const struct conflict *conflict;

	if (w == NULL || w->readers == NULL)
		return;
	while ((conflict = conflicts_from(conflicts, w->conflict)) != NULL) {
		struct event *event = events_add(w->events);

		event->wall_s = env->wall_s;
		event->is_conflict = true;
		event->of.conflict = *conflict;
		w->conflict = conflict->number + 1;
		wake_readers(w);
	}
}

struct stats *watching_stats(const struct nbnsd *nbnsd)
{
	struct watching *w = nbnsd->watching;

	if (w == NULL || w->hook == NULL)
		return NULL;
	runner_counts(w->hook, &w->counters[HOOK_CALLED], &w->counters[HOOK_FAILED]);
	w->counters[HOOK_CALLED] += w->counters[HOOK_FAILED];
	return &w->stats;
}

size_t watching_waiting(const struct nbnsd *nbnsd)
{
	const struct watching *w = nbnsd->watching;

	return w != NULL && w->hook != NULL ? runner_waiting(w->hook) : 0;
}

/*
 * Start and stop.
 */

int watching_start(struct nbnsd *nbnsd)
{
	struct watching *w = calloc(1, sizeof(*w));
	int ret;

	if (w == NULL)
		return -ENOMEM;
	w->nbnsd = nbnsd;
	w->stats = (struct stats){ hook_stat_names, w->counters, HOOK_STAT_COUNT };
	ret = set_hook(w);
	if (ret < 0) {
		free(w);
		return ret;
	}
	nbnsd->watching = w;
	return 0;
}

int watching_reload(struct nbnsd *nbnsd)
{
	struct watching *w = nbnsd->watching;

	w->told_ms = 0; /* what fails under the new settings is news */
	tell_trouble(w);
	w->told_ms = 0;
	return set_hook(w);
}

void watching_pause(struct nbnsd *nbnsd)
{
	const struct watching *w = nbnsd->watching;

	if (w == NULL)
		return;
	while (w->readers != NULL)
		ctl_fail(w->readers->rq, CTL_FAILED,
			 "another database is put in place: begin anew");
	service_set_watched(nbnsd->service, false);
}

void watching_resume(struct nbnsd *nbnsd)
{
	if (nbnsd->watching != NULL)
		update_watched(nbnsd->watching);
}

void watching_stop(struct nbnsd *nbnsd)
{
	struct watching *w = nbnsd->watching;
	size_t dropped;

	if (w == NULL)
		return;
	while (w->readers != NULL)
		ctl_fail(w->readers->rq, CTL_FAILED, "nbnsd stops");
	service_set_watched(nbnsd->service, false);
	dropped = runner_stop(w->hook);
	w->told_ms = 0;
	tell_trouble(w);
	if (dropped > 0)
		log_warning("hook: %zu calls are left out, because nbnsd stops", dropped);
	events_destroy(w->events);
	free(w);
	nbnsd->watching = NULL;
}

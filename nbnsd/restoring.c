#include "nbnsd/restoring.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ctl.h"
#include "common/log.h"
#include "common/loop.h"
#include "nbnsd/control/control.h"
#include "nbnsd/name_sock.h"
#include "nbnsd/names.h"
#include "nbnsd/nbnsd.h"
#include "nbnsd/reconfigure.h"
#include "nbnsd/registry/owners.h"
#include "nbnsd/server.h"
#include "nbnsd/store/store.h"
#include "nbnsd/store/versions.h"

struct restoring {
	struct nbnsd *nbnsd;
	struct ctl_request *rq;
	struct loop_wakeup *wakeup;
	pthread_t thread;
	atomic_bool is_cancelled;
	char copy[PATH_MAX], database[PATH_MAX];
	uint8_t audit_key[AUDIT_KEY_LEN];
	bool foreign;
	uint64_t first_version, last_version; /* of this server's records */
	struct registry *trial;               /* takes them for a try */
	int ret;
	char error[STORE_ERROR_MAX];
};

static void restoring_free(struct restoring *r)
{
	loop_wakeup_close(r->wakeup);
	registry_destroy(r->trial);
	free(r);
}

/*
 * The thread.
 */

static bool is_cancelled(void *ctx)
{
	struct restoring *r = ctx;

	return atomic_load(&r->is_cancelled);
}

static int load_record(void *ctx, uint32_t id, const struct record *record)
{
	struct restoring *r = ctx;

	return registry_load(r->trial, id, record);
}

static int load_member(void *ctx, uint32_t group, struct in_addr member, lease_time expiry)
{
	struct restoring *r = ctx;

	return registry_member_load(r->trial, group, member, expiry);
}

static int load_owner(void *ctx, const struct owner_row *owner)
{
	struct restoring *r = ctx;

	return registry_owner_load(r->trial, owner) ? 0 : -ENOMEM;
}

static void *stage(void *arg)
{
	struct restoring *r = arg;
	const struct store_loader loader = { load_record, load_member, load_owner, r };
	const struct store_staging staging = {
		.path = r->database,
		.copy = r->copy,
		.first_version = r->first_version,
		.audit_key = r->audit_key,
		.foreign = r->foreign,
		.loader = &loader,
		.is_cancelled = is_cancelled,
		.ctx = r,
	};

	r->ret = store_stage(&staging, &r->last_version, r->error);
	loop_wakeup_send(r->wakeup);
	return NULL;
}

/* Signals are the loop's. */
static int start_thread(struct restoring *r)
{
	sigset_t all, before;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = -pthread_create(&r->thread, NULL, stage, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ret;
}

/*
 * The change of places, in one turn of the loop.
 */

static int begin(struct nbnsd *nbnsd)
{
	int ret = names_open(nbnsd);

	if (ret < 0)
		return ret;
	ret = server_resume(nbnsd);
	if (ret < 0)
		names_close(nbnsd);
	return ret;
}

/* Neither database can be had. Nothing may come in any more; the service manager begins anew. */
static void give_up(struct nbnsd *nbnsd)
{
	log_error("%s: there is no database to go on with: nbnsd ends",
		  nbnsd->settings.nbnsd.database);
	reconfigure_close(nbnsd);
	control_close(nbnsd);
	name_sock_close(nbnsd);
	server_unbind(nbnsd);
	loop_stop(nbnsd->loop);
}

/* false: not even the old one. */
static bool go_back(struct restoring *r)
{
	char error[STORE_ERROR_MAX];

	snprintf(r->error, sizeof(r->error),
		 "%.300s cannot be used, see the log; the database of before is in force", r->copy);
	r->ret = -EIO;
	if (store_take_back(r->database, error) < 0) {
		log_error("%s", error);
		return false;
	}
	return begin(r->nbnsd) == 0;
}

/* false: there is nothing to go on with. */
static bool change_places(struct restoring *r)
{
	struct nbnsd *nbnsd = r->nbnsd;

	/* They have said a part of one database, and would go on with another. */
	ctl_fail_streams(nbnsd->ctl, "another database is put in place: begin anew");
	server_pause(nbnsd);
	names_close(nbnsd);
	r->ret = store_take_staged(r->database, r->last_version, r->error);
	if (r->ret < 0)
		return begin(nbnsd) == 0;
	return begin(nbnsd) == 0 || go_back(r);
}

/* Since it was put ready. */
static void check_again(struct restoring *r)
{
	const struct nbnsd *nbnsd = r->nbnsd;

	if (r->ret < 0)
		return;
	r->ret = -EAGAIN;
	if (nbnsd->stop_ms != NBT_NEVER)
		snprintf(r->error, sizeof(r->error), "nbnsd stops");
	else if (!service_is_storing(nbnsd->service))
		snprintf(r->error, sizeof(r->error),
			 "the database cannot be written (see the log): nothing is restored");
	else if (service_next_version(nbnsd->service) > r->first_version)
		snprintf(r->error, sizeof(r->error),
			 "too many registrations meanwhile: nothing is restored, try again");
	else
		r->ret = 0;
}

static void answer(struct restoring *r)
{
	char old[PATH_MAX + 8];

	if (r->ret < 0) {
		log_error("restore: %s", r->error);
		ctl_fail(r->rq, CTL_FAILED, "%s", r->error);
		return;
	}
	snprintf(old, sizeof(old), "%s.old", r->database);
	log_info("restored from %s; what was in force before is %s", r->copy, old);
	ctl_row(r->rq, json_pack("{s:s, s:I, s:s}", "file", r->copy, "names",
				 (json_int_t)registry_count(r->nbnsd->registry), "before", old));
	ctl_end(r->rq);
}

static void staged(void *ctx)
{
	struct restoring *r = ctx;
	struct nbnsd *nbnsd = r->nbnsd;
	bool goes_on = true;

	pthread_join(r->thread, NULL);
	nbnsd->restoring = NULL;
	registry_destroy(r->trial); /* its memory is needed */
	r->trial = NULL;
	check_again(r);
	ctl_stop_taking(nbnsd->ctl); /* commands find whole things only */
	if (r->ret == 0)
		goes_on = change_places(r);
	if (goes_on)
		ctl_go_on_taking(nbnsd->ctl);
	else
		snprintf(r->error, sizeof(r->error),
			 "neither the copy nor the database of before can be used, see the log: "
			 "nbnsd ends");
	store_unstage(r->database);
	answer(r);
	restoring_free(r);
	if (!goes_on)
		give_up(nbnsd);
}

/*
 * Start and stop.
 */

static struct restoring *restoring_create(struct nbnsd *nbnsd, struct ctl_request *rq,
					  const char *copy)
{
	static const uint8_t key[16] = "a trial";
	struct restoring *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->nbnsd = nbnsd;
	r->rq = rq;
	r->trial = registry_create(key);
	if (r->trial == NULL || loop_wakeup_open(&r->wakeup, nbnsd->loop, staged, r) < 0) {
		restoring_free(r);
		return NULL;
	}
	snprintf(r->copy, sizeof(r->copy), "%s", copy);
	snprintf(r->database, sizeof(r->database), "%s", nbnsd->settings.nbnsd.database);
	memcpy(r->audit_key, nbnsd->audit_key, AUDIT_KEY_LEN);
	/* Those given out while the copy is put ready are below. */
	r->first_version = service_next_version(nbnsd->service) + VERSIONS_RESERVE;
	return r;
}

void restoring_start(struct nbnsd *nbnsd, struct ctl_request *rq, const char *copy, bool foreign)
{
	struct restoring *r;

	if (nbnsd->restoring != NULL) {
		ctl_fail(rq, CTL_FAILED, "another restore is under way");
		return;
	}
	r = restoring_create(nbnsd, rq, copy);
	if (r != NULL)
		r->foreign = foreign;
	if (r == NULL || start_thread(r) < 0) {
		if (r != NULL)
			restoring_free(r);
		ctl_fail(rq, CTL_FAILED, "out of memory, or of threads");
		return;
	}
	nbnsd->restoring = r;
}

int restoring_open(void *ctx)
{
	(void)ctx;
	return 0;
}

void restoring_close(void *ctx)
{
	struct nbnsd *nbnsd = ctx;
	struct restoring *r = nbnsd->restoring;

	if (r == NULL)
		return;
	atomic_store(&r->is_cancelled, true);
	pthread_join(r->thread, NULL);
	nbnsd->restoring = NULL;
	store_unstage(r->database);
	ctl_fail(r->rq, CTL_FAILED, "nbnsd stops: nothing is restored");
	restoring_free(r);
}

#include "stored.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/loop.h"
#include "nbnsd/audit/audit.h"
#include "nbnsd/audit/conflicts.h"
#include "nbnsd/registry/changes.h"
#include "nbnsd/store/store.h"

void stored_begin(struct stored *stored)
{
	static const struct loop_events no_events = { .turn = NULL };

	stored->ns = nbns_new();
	stored->ns->stalled = true; /* stored_commit() is its store */
	strcpy(stored->dir, "/tmp/nbtsuite-stored.XXXXXX");
	assert_non_null(mkdtemp(stored->dir));
	snprintf(stored->path, sizeof(stored->path), "%s/names.db", stored->dir);
	assert_int_equal(loop_create(&stored->loop, &no_events, NULL), 0);
}

static void committed(void *ctx, struct changes *changes)
{
	struct stored *stored = ctx;

	(void)changes; /* still in a list of ns */
	if (--stored->pending == 0)
		loop_stop(stored->loop);
}

static void trouble(void *ctx, const char *error)
{
	(void)ctx;
	fail_msg("%s", error);
}

static int load_record(void *ctx, uint32_t id, const struct record *record)
{
	return registry_load(ctx, id, record);
}

static int load_member(void *ctx, uint32_t group, struct in_addr member, lease_time expiry)
{
	return registry_member_load(ctx, group, member, expiry);
}

static bool load_row(void *ctx, const struct audit_row *row)
{
	struct stored *stored = ctx;

	assert_true(audit_load(service_audit(stored->ns->service), row));
	return true;
}

static void load_conflict(void *ctx, const struct conflict *conflict)
{
	struct stored *stored = ctx;

	conflicts_load(service_conflicts(stored->ns->service), conflict);
}

/* The server of a database: everything it knows comes from there. */
void stored_start(struct stored *stored)
{
	const struct store_options options = { stored->path, false, stored->ns->env.wall_s, NULL };
	const struct store_loader loader = { load_record, load_member, NULL, stored->ns->registry };
	const struct store_audit_loader audit_loader = { load_row, load_conflict, stored };
	const struct store_events events = { committed, trouble, stored };
	static struct store_start at;
	char error[STORE_ERROR_MAX];

	if (store_open(&stored->store, &options, error) != 0 ||
	    store_load(stored->store, &loader, &at, error) != 0)
		fail_msg("%s", error);
	stored->ns->settings.audit_key = at.audit_key;
	nbns_start_at(stored->ns, at.next_version, at.lease_now);
	assert_int_equal(store_load_audit(stored->store, &audit_loader, error), 0);
	assert_int_equal(store_run(stored->store, stored->loop, &events), 0);
}

/* Until nothing is left: answers may decide what makes further changes. */
void stored_commit(struct stored *stored)
{
	struct nbns *ns = stored->ns;

	while (nbns_has_changes(ns)) {
		lease_time lease_now = service_lease_now(ns->service, &ns->env);

		stored->pending = ns->batch_count;
		for (size_t i = 0; i < ns->batch_count; i++)
			store_submit(stored->store, ns->batches[i], lease_now);
		assert_int_equal(loop_run(stored->loop), 0);
		nbns_commit(ns);
	}
}

static void stop(struct stored *stored, bool in_order)
{
	struct nbns *ns = stored->ns;
	lease_time lease_now = service_lease_now(ns->service, &ns->env);

	if (in_order)
		service_save_audit(ns->service);
	stored_commit(stored);
	service_destroy(ns->service);
	ns->service = NULL;
	store_close(stored->store, lease_now);
	stored->store = NULL;
}

void stored_restart(struct stored *stored, bool in_order)
{
	static const uint8_t key[16] = "of another run";

	stop(stored, in_order);
	registry_destroy(stored->ns->registry);
	stored->ns->registry = registry_create(key);
	assert_non_null(stored->ns->registry);
	stored_start(stored);
	stored_commit(stored);
}

void stored_end(struct stored *stored)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", ".version" };
	char path[80];

	stop(stored, true);
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		snprintf(path, sizeof(path), "%s%s", stored->path, suffixes[i]);
		unlink(path);
	}
	rmdir(stored->dir);
	loop_destroy(stored->loop);
	nbns_free(stored->ns);
}

/* Loading: every row is read and checked. */
#include <errno.h>
#include <string.h>

#include "common/array.h"
#include "nbnsd/store/store_audit.h"
#include "nbnsd/store/store_inner.h"
#include "nbnsd/store/versions.h"

static int refused(const struct store *store, int ret, char error[STORE_ERROR_MAX])
{
	if (ret == -ENOMEM)
		return store_explain(store, SQLITE_NOMEM, error);
	return store_fail(error, ret, store->path, store_damaged(store),
			  "its records contradict each other");
}

static int load_names(struct store *store, const struct store_loader *loader, uint64_t *highest,
		      char error[STORE_ERROR_MAX])
{
	sqlite3_stmt *row = store->statement[NAMES_GET];
	struct record record;
	int code, ret = 0;

	store_bind_range(row, 0, UINT32_MAX);
	while ((code = sqlite3_step(row)) == SQLITE_ROW) {
		if (!store_read_record(row, &record))
			ret = -EBADMSG;
		else
			ret = loader->record(loader->ctx, (uint32_t)sqlite3_column_int64(row, ID),
					     &record);
		if (ret < 0)
			return refused(store, ret, error);
		if (record_is_owned(&record) && record.version > *highest)
			*highest = record.version;
	}
	return code == SQLITE_DONE ? 0 : store_explain(store, code, error);
}

static int load_members(struct store *store, const struct store_loader *loader,
			char error[STORE_ERROR_MAX])
{
	static const struct column_rule rule = { SQLITE_INTEGER, 0, UINT32_MAX };
	const struct column_rule rules[] = { rule, rule, rule };
	sqlite3_stmt *row = store->statement[MEMBERS_GET];
	int code, ret = 0;

	while ((code = sqlite3_step(row)) == SQLITE_ROW) {
		uint32_t group = (uint32_t)sqlite3_column_int64(row, 0);

		if (!store_row_is_valid(row, rules, ARRAY_SIZE(rules)))
			ret = -EBADMSG;
		else if (!id_set_add(&store->groups, group))
			ret = -ENOMEM;
		else
			ret = loader->member(loader->ctx, group, store_read_address(row, 1),
					     (lease_time)sqlite3_column_int64(row, 2));
		if (ret < 0)
			return refused(store, ret, error);
	}
	return code == SQLITE_DONE ? 0 : store_explain(store, code, error);
}

static int load_owner(const struct store_loader *loader, sqlite3_stmt *row,
		      struct store_start *start)
{
	const struct owner_row owner = { .owner = store_read_address(row, 0),
					 .highest = (uint64_t)sqlite3_column_int64(row, 1),
					 .offered = (uint64_t)sqlite3_column_int64(row, 2) };

	if (owner.owner.s_addr != OWNER_SELF.s_addr)
		return loader->owner(loader->ctx, &owner);
	start->lost_below = owner.highest;
	return 0;
}

static int load_owners(struct store *store, const struct store_loader *loader, uint64_t ours,
		       struct store_start *start, char error[STORE_ERROR_MAX])
{
	static const struct column_rule rules[] = { { SQLITE_INTEGER, 0, UINT32_MAX },
						    { SQLITE_INTEGER, 0, INT64_MAX },
						    { SQLITE_INTEGER, 0, INT64_MAX } };
	const struct owner_row self = { .owner = OWNER_SELF, .highest = ours, .offered = ours };
	sqlite3_stmt *row = store->statement[OWNERS_GET];
	int code, ret = 0;

	if (loader->owner == NULL)
		return 0;
	while ((code = sqlite3_step(row)) == SQLITE_ROW) {
		ret = store_row_is_valid(row, rules, ARRAY_SIZE(rules))
			      ? load_owner(loader, row, start)
			      : -EBADMSG;
		if (ret < 0)
			return refused(store, ret, error);
	}
	if (code != SQLITE_DONE)
		return store_explain(store, code, error);
	ret = loader->owner(loader->ctx, &self);
	return ret < 0 ? refused(store, ret, error) : 0;
}

int store_load(struct store *store, const struct store_loader *loader, struct store_start *start,
	       char error[STORE_ERROR_MAX])
{
	sqlite3_stmt *service = store->statement[SERVICE_GET];
	uint64_t seen, highest = 0;
	int ret, code = sqlite3_step(service);

	start->lost_below = 0;
	if (code != SQLITE_ROW)
		return code == SQLITE_DONE ? refused(store, -EBADMSG, error)
					   : store_explain(store, code, error);
	store->lease_now = (lease_time)sqlite3_column_int64(service, 0);
	seen = (uint64_t)sqlite3_column_int64(service, 1);
	start->clean = sqlite3_column_int(service, 2) == 1;

	code = store_audit_read_key(store->audit, start->audit_key);
	if (code != SQLITE_OK)
		return store_explain(store, code, error);
	ret = load_names(store, loader, &highest, error);
	if (ret == 0)
		ret = load_members(store, loader, error);
	start->seen_version = seen > highest ? seen : highest;
	if (ret == 0)
		ret = load_owners(store, loader, start->seen_version, start, error);
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_reset(store->statement[i]);
	sqlite3_db_release_memory(store->db);

	start->lease_now = store->lease_now;
	start->has_reserved = store->reserved > 0;
	start->next_version = versions_first(store->reserved, start->seen_version, store->wall_s);
	return ret;
}

int store_load_audit(struct store *store, const struct store_audit_loader *loader,
		     char error[STORE_ERROR_MAX])
{
	int code = store_audit_load(store->audit, loader);

	return code == SQLITE_OK ? 0 : store_explain(store, code, error);
}

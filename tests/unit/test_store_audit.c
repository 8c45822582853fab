/* Audit and conflicts on disk: they come back, and a database from before them gets their tables.
 */
#include "nbnsd/store/store.h"

#include <arpa/inet.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/loop.h"
#include "nbnsd/audit/conflicts.h"
#include "nbnsd/registry/registry.h"
#include "nbnsd/store/schema.h"
#include "support.h"

#define WALL_S 1789500000

struct fixture {
	char dir[48], path[64], error[STORE_ERROR_MAX];
	struct loop *loop;
	struct store *store;
	struct registry *registry;
	struct store_start start;
	struct audit *audit;
	struct conflicts *conflicts;
	size_t left_out;
};

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
	struct fixture *f = ctx;
	bool ok = audit_load(f->audit, row);

	f->left_out += !ok;
	return ok;
}

static void load_conflict(void *ctx, const struct conflict *conflict)
{
	struct fixture *f = ctx;

	conflicts_load(f->conflicts, conflict);
}

static void committed(void *ctx, struct changes *changes)
{
	struct fixture *f = ctx;

	changes_destroy(changes);
	loop_stop(f->loop);
}

static void trouble(void *ctx, const char *error)
{
	struct fixture *f = ctx;

	fail_msg("%s: %s", f->path, error);
}

static int try_open(struct fixture *f)
{
	const struct store_options options = { f->path, true, WALL_S, NULL };
	struct store_loader loader = { load_record, load_member, NULL, NULL };
	const struct store_audit_loader audit_loader = { load_row, load_conflict, f };
	const struct store_events events = { committed, trouble, f };
	int ret = store_open(&f->store, &options, f->error);

	if (ret < 0)
		return ret;
	loader.ctx = f->registry = registry_create((const uint8_t *)"a key of a test.");
	assert_int_equal(store_load(f->store, &loader, &f->start, f->error), 0);
	f->audit = audit_create(100, f->start.audit_key, f->registry);
	f->conflicts = conflicts_create(4);
	f->left_out = 0;
	assert_int_equal(store_load_audit(f->store, &audit_loader, f->error), 0);
	return store_run(f->store, f->loop, &events);
}

static void open_store(struct fixture *f)
{
	if (try_open(f) < 0)
		fail_msg("%s", f->error);
}

static void close_store(struct fixture *f)
{
	store_close(f->store, 0);
	f->store = NULL;
	audit_destroy(f->audit);
	conflicts_destroy(f->conflicts);
	registry_destroy(f->registry);
	f->audit = NULL;
	f->conflicts = NULL;
	f->registry = NULL;
}

static void write_batch(struct fixture *f, struct changes *changes)
{
	store_submit(f->store, changes, 0);
	assert_int_equal(loop_run(f->loop), 0);
}

static void sql(const struct fixture *f, const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static int64_t number(const struct fixture *f, const char *text)
{
	sqlite3_stmt *statement;
	sqlite3 *db;
	int64_t result;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	result = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return result;
}

static int setup(void **state)
{
	static const struct loop_events no_events = { .turn = NULL };
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->dir, "/tmp/test_store_audit.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/names.db", f->dir);
	assert_int_equal(loop_create(&f->loop, &no_events, NULL), 0);
	*state = f;
	return 0;
}

static void remove_file(const struct fixture *f, const char *suffix)
{
	char path[80];

	snprintf(path, sizeof(path), "%s%s", f->path, suffix);
	unlink(path);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	if (f->store != NULL)
		close_store(f);
	loop_destroy(f->loop);
	remove_file(f, "");
	remove_file(f, "-wal");
	remove_file(f, "-shm");
	remove_file(f, ".version");
	rmdir(f->dir);
	free(f);
	return 0;
}

static struct in_addr at(const char *address)
{
	return (struct in_addr){ inet_addr(address) };
}

static void put_record(struct changes *changes, uint32_t id, const char *name)
{
	const struct record record = {
		.name = name_of(name), .state = RECORD_ACTIVE, .version = id + 1, .address_count = 1
	};

	assert_true(changes_put(changes, id, &record));
}

static void save_audit(struct fixture *f, struct changes *changes)
{
	struct audit_cursor cursor = { 0 };
	struct audit_row row;
	size_t budget = SIZE_MAX;

	while (audit_next_unsaved(f->audit, &cursor, &budget, &row))
		assert_true(changes_note(changes, CHANGE_AUDIT, &row, sizeof(row)));
}

/* Records must be there before the audit speaks of them. */
static void fill(struct fixture *f)
{
	struct changes *changes = changes_create();
	const struct nbt_name lost = name_of("LOST<20>");

	put_record(changes, 0, "HERE<20>");
	put_record(changes, 1, "THERE<20>");
	write_batch(f, changes);
	close_store(f);
	open_store(f);
	audit_claimed(f->audit, at("10.0.0.1"), 3, WALL_S);
	audit_registered(f->audit, at("10.0.0.1"), 0);
	audit_registered(f->audit, at("10.0.0.1"), 1);
	audit_found(f->audit, at("10.0.0.1"), 1, WALL_S + 1);
	audit_found(f->audit, at("10.0.0.1"), 1, WALL_S + 2);
	audit_missed(f->audit, at("10.0.0.1"), &lost, WALL_S + 3);
	audit_found(f->audit, at("10.0.0.2"), 1, WALL_S + 4);
	changes = changes_create();
	save_audit(f, changes);
	write_batch(f, changes);
}

static void the_audit_comes_back(void **state)
{
	struct fixture *f = *state;
	const struct nbt_name lost = name_of("LOST<20>");
	const struct asked_name *asked;
	const struct missing_name *missing;
	struct audit_client client;

	open_store(f);
	fill(f);
	close_store(f);
	open_store(f);
	assert_int_equal(f->left_out, 0);
	assert_int_equal(audit_client_bound(f->audit), 2);
	audit_client_get(f->audit, audit_client_find(f->audit, at("10.0.0.1")), &client);
	assert_int_equal(client.node_type, 3);
	assert_int_equal(client.queries, 3);
	assert_int_equal(client.first_query_s, WALL_S + 1);
	assert_int_equal(client.last_query_s, WALL_S + 3);
	assert_int_equal(client.registrations, 1);
	assert_int_equal(client.first_registration_s, WALL_S);
	assert_int_equal(client.registered_count, 2);
	assert_int_equal(client.asked_count, 2);
	assert_int_equal(client.asked[0].queries, 2);
	assert_false(client.asked[0].is_missing);
	assert_true(client.asked[1].is_missing);
	assert_true(nbt_name_equal(&client.asked[1].name, &lost));

	asked = asked_find(audit_names(f->audit), 1);
	assert_int_equal(asked->queries, 3);
	assert_int_equal(asked->last_s, WALL_S + 4);
	assert_int_equal(asked->clients[0], at("10.0.0.2").s_addr);
	assert_int_equal(asked->clients[1], at("10.0.0.1").s_addr);
	missing = missing_at(audit_missing(f->audit), missing_find(audit_missing(f->audit), &lost));
	assert_int_equal(missing->queries, 1);
	assert_int_equal(missing->first_s, WALL_S + 3);
}

static void a_client_takes_the_row_of_one_that_was_forgotten(void **state)
{
	struct fixture *f = *state;
	struct audit_row row = { .table = AUDIT_CLIENTS };
	struct changes *changes = changes_create();

	open_store(f);
	row.of.client.address = at("10.0.0.1");
	assert_true(changes_note(changes, CHANGE_AUDIT, &row, sizeof(row)));
	row.of.client.address = at("10.0.0.2");
	row.of.client.replaces = at("10.0.0.1");
	assert_true(changes_note(changes, CHANGE_AUDIT, &row, sizeof(row)));
	write_batch(f, changes);
	close_store(f);
	open_store(f);
	assert_int_equal(audit_client_bound(f->audit), 1);
	assert_int_not_equal(audit_client_find(f->audit, at("10.0.0.2")), AUDIT_NONE);
}

static void a_record_takes_its_queries_along(void **state)
{
	struct fixture *f = *state;
	struct changes *changes;

	open_store(f);
	fill(f);
	changes = changes_create();
	assert_true(changes_delete(changes, 1));
	put_record(changes, 1, "ANOTHER<20>");
	write_batch(f, changes);
	close_store(f);
	open_store(f);
	assert_null(asked_find(audit_names(f->audit), 1));
}

static void note(struct fixture *f, const char *name, const char *claimant)
{
	const struct conflict conflict = { .name = name_of(name),
					   .scope = scope_of("A.B"),
					   .outcome = CONFLICT_HELD,
					   .is_group = true,
					   .claimant = at(claimant),
					   .holder_count = 7,
					   .holder = { at("10.9.0.1"), at("10.9.0.2") },
					   .last_s = WALL_S };

	(void)conflicts_note(f->conflicts, &conflict);
}

static void save_conflicts(struct fixture *f)
{
	struct changes *changes = changes_create();
	struct conflict_row row;

	while (conflicts_next_unsaved(f->conflicts, &row))
		assert_true(changes_note(changes, CHANGE_CONFLICT, &row, sizeof(row)));
	write_batch(f, changes);
}

/* The ring has room for four. */
static void conflicts_come_back(void **state)
{
	struct fixture *f = *state;
	const struct conflict *conflict;

	open_store(f);
	note(f, "ONE", "10.0.0.1");
	note(f, "TWO", "10.0.0.1");
	save_conflicts(f);
	note(f, "THREE", "10.0.0.1");
	note(f, "FOUR", "10.0.0.1");
	note(f, "FIVE", "10.0.0.1");
	note(f, "FIVE", "10.0.0.1");
	save_conflicts(f);
	close_store(f);
	open_store(f);
	conflict = conflicts_from(f->conflicts, 0);
	assert_int_equal(conflict->number, 2);
	assert_true(nbt_name_equal(&conflict->name, &(struct nbt_name){ "TWO             " }) ||
		    conflict->name.bytes[0] == 'T');
	assert_int_equal(conflict->scope.len, scope_of("A.B").len);
	assert_int_equal(conflict->outcome, CONFLICT_HELD);
	assert_true(conflict->is_group);
	assert_int_equal(conflict->holder_count, 7);
	assert_int_equal(conflict->holder[1].s_addr, at("10.9.0.2").s_addr);
	assert_int_equal(conflict->claimant.s_addr, at("10.0.0.1").s_addr);
	conflict = conflicts_from(f->conflicts, 5);
	assert_int_equal(conflict->times, 2);
	assert_null(conflicts_from(f->conflicts, 6));
	note(f, "SIX", "10.0.0.1");
	assert_int_equal(conflicts_from(f->conflicts, 6)->number, 6);
}

/* What nobody can have written is left out; the names are what counts. */
static void rows_of_nonsense_are_left_out(void **state)
{
	struct fixture *f = *state;

	open_store(f);
	fill(f);
	close_store(f);
	sql(f, "UPDATE audit_missing SET name = x'00'; UPDATE audit_names SET id = 77777777777;"
	       "UPDATE audit_clients SET asked = x'0102', registered = 'text', queries = -1;"
	       "INSERT INTO conflicts VALUES (1, -5, 'x', 'y', 99, 1, 1, x'', 255, 0, 0, 0)");
	open_store(f);
	assert_int_equal(audit_client_bound(f->audit), 2);
	assert_int_equal(registry_count(f->registry), 2);
	assert_null(conflicts_from(f->conflicts, 0));
}

/*
 * Schemas.
 */
#define BE_OF_VERSION_1                                                                            \
	"DROP TABLE audit; DROP TABLE audit_clients; DROP TABLE audit_names;"                      \
	"DROP TABLE audit_missing; DROP TABLE conflicts;"                                          \
	"ALTER TABLE owners DROP COLUMN offered_version; PRAGMA user_version = 1;"

static void a_database_of_version_1_is_migrated(void **state)
{
	struct fixture *f = *state;

	open_store(f);
	fill(f);
	close_store(f);
	sql(f, BE_OF_VERSION_1);
	open_store(f);
	assert_int_equal(registry_count(f->registry), 2);
	assert_int_equal(audit_client_bound(f->audit), 0);
	fill(f);
	close_store(f);
	assert_int_equal(number(f, "PRAGMA user_version"), schema_version);
	open_store(f);
	assert_int_equal(audit_client_bound(f->audit), 2);
}

/* In one transaction: what fails in the middle leaves the database as it was. */
static void a_migration_is_whole_or_not_at_all(void **state)
{
	struct fixture *f = *state;

	open_store(f);
	fill(f);
	close_store(f);
	sql(f, BE_OF_VERSION_1 "CREATE TABLE conflicts (in_the_way TEXT)");
	assert_true(try_open(f) < 0);
	assert_int_equal(number(f, "PRAGMA user_version"), 1);
	assert_int_equal(number(f, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'audit%'"),
			 0);
	assert_int_equal(number(f, "SELECT count(*) FROM names"), 2);
	sql(f, "DROP TABLE conflicts");
	open_store(f);
	assert_int_equal(registry_count(f->registry), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_audit_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(a_client_takes_the_row_of_one_that_was_forgotten,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_record_takes_its_queries_along, setup, teardown),
		cmocka_unit_test_setup_teardown(conflicts_come_back, setup, teardown),
		cmocka_unit_test_setup_teardown(rows_of_nonsense_are_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(a_database_of_version_1_is_migrated, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_migration_is_whole_or_not_at_all, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

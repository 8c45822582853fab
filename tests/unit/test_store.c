/* The store on a real file: what was committed is there, and so is what a start has to know. */
#include "nbnsd/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/loop.h"
#include "faulty_vfs.h"
#include "nbnsd/registry/owners.h"
#include "stores.h"
#include "support.h"

/*
 * What is written is there.
 */

static void records_of_every_kind_come_back(void **state)
{
	struct fixture *f = *state;
	struct record *records = calloc(NAMES, sizeof(*records));
	struct changes *changes = changes_create();

	stores_open(f);
	for (uint32_t i = 0; i < NAMES; i++) {
		stores_draw(f, &records[i], i);
		stores_put(changes, i * 3, &records[i]);
	}
	for (uint32_t i = 0; i < NAMES; i += 5) {
		stores_draw(f, &records[i], i); /* replaced in the same batch */
		stores_put(changes, i * 3, &records[i]);
	}
	stores_write(f, changes);
	changes = changes_create();
	for (uint32_t i = 1; i < NAMES; i += 5)
		changes_delete(changes, i * 3);
	stores_write(f, changes);
	stores_close(f, 0);

	stores_open(f);
	for (uint32_t i = 0; i < NAMES; i++) {
		if (i % 5 == 1)
			assert_false(registry_has(f->registry, i * 3));
		else
			stores_assert_loaded(f, i * 3, &records[i]);
	}
	assert_int_equal(registry_count(f->registry), NAMES - NAMES / 5);
	free(records);
}

static uint64_t highest_of(const struct fixture *f, struct in_addr owner)
{
	struct registry_owner found;

	if (!registry_owner_get(f->registry, registry_owner_find(f->registry, owner), &found))
		return 0;
	return found.highest;
}

static void put_owner(struct changes *changes, uint32_t number, uint64_t highest)
{
	const struct owner_row row = { { htonl(number) }, highest, highest };

	assert_true(changes_note(changes, CHANGE_OWNER, &row, sizeof(row)));
}

static void owners_come_back(void **state)
{
	struct fixture *f = *state;
	struct changes *changes = changes_create();
	struct record record = { .kind = RECORD_GROUP, .version = 77 };

	stores_open(f);
	put_owner(changes, 0x0a010001, 5);
	put_owner(changes, 0x0a010002, 6);
	put_owner(changes, 0xfa010003, INT64_MAX);
	record_set_name(&record, 1);
	stores_put(changes, 1, &record);
	stores_write(f, changes);
	changes = changes_create();
	put_owner(changes, 0x0a010001, 500);
	put_owner(changes, 0x0a010002, 0);
	stores_write(f, changes);
	stores_close(f, 0);

	stores_open(f);
	assert_int_equal(highest_of(f, (struct in_addr){ htonl(0x0a010001) }), 500);
	assert_int_equal(registry_owner_find(f->registry, (struct in_addr){ htonl(0x0a010002) }),
			 OWNER_NONE);
	assert_true(highest_of(f, (struct in_addr){ htonl(0xfa010003) }) == INT64_MAX);
	assert_int_equal(highest_of(f, OWNER_SELF), 77);
	stores_close(f, 0);
	stores_sql(f, "UPDATE owners SET highest_version = -1 WHERE address = 0x0a010001");
	assert_int_equal(stores_try_open(f), -EBADMSG);
}

/* What partners know of an owner stays known when it is asked for again. */
static void what_was_offered_comes_back(void **state)
{
	const struct owner_row row = { { htonl(0x0a010001) }, 0, 7 };
	struct fixture *f = *state;
	struct changes *changes = changes_create();
	struct registry_owner found;

	stores_open(f);
	assert_true(changes_note(changes, CHANGE_OWNER, &row, sizeof(row)));
	stores_write(f, changes);
	stores_close(f, 0);

	stores_open(f);
	assert_true(registry_owner_get(f->registry, registry_owner_find(f->registry, row.owner),
				       &found));
	assert_int_equal(found.highest, 0);
	assert_int_equal(found.offered, 7);
	stores_close(f, 0);
}

/* Before schema 5 the highest version was all that was known. */
static void what_an_older_database_has_seen_was_offered(void **state)
{
	struct fixture *f = *state;
	struct changes *changes = changes_create();
	struct registry_owner found;

	stores_open(f);
	put_owner(changes, 0x0a010001, 9);
	stores_write(f, changes);
	stores_close(f, 0);
	stores_sql(f, "ALTER TABLE owners DROP COLUMN offered_version; PRAGMA user_version = 4");

	stores_open(f);
	assert_true(registry_owner_get(
		f->registry,
		registry_owner_find(f->registry, (struct in_addr){ htonl(0x0a010001) }), &found));
	assert_int_equal(found.highest, 9);
	assert_int_equal(found.offered, 9);
	stores_close(f, 0);
}

/* Of this server the row is about what it has lost, not about what it has. */
static void what_was_lost_is_remembered(void **state)
{
	struct fixture *f = *state;
	struct changes *changes = changes_create();

	stores_open(f);
	assert_int_equal(f->start.lost_below, 0);
	put_owner(changes, 0, 9000);
	stores_write(f, changes);
	stores_close(f, 0);

	stores_open(f);
	assert_int_equal(f->start.lost_below, 9000);
	assert_int_equal(highest_of(f, OWNER_SELF), 0);
	changes = changes_create();
	put_owner(changes, 0, 0);
	stores_write(f, changes);
	stores_close(f, 0);

	stores_open(f);
	assert_int_equal(f->start.lost_below, 0);
	stores_close(f, 0);
}

static struct in_addr member_of(uint32_t i)
{
	return (struct in_addr){ htonl(0x0a010000 + i) };
}

static void assert_members(struct fixture *f, uint32_t group, size_t want)
{
	struct in_addr address;
	lease_time expiry;
	uint32_t cursor = 0;

	assert_int_equal(registry_member_count(f->registry, group), want);
	while (registry_member_next(f->registry, group, &cursor, &address, &expiry))
		assert_int_equal(ntohl(address.s_addr) - 0x0a010000, expiry - 100 * group);
}

static void members_come_back(void **state)
{
	struct fixture *f = *state;
	struct changes *changes = changes_create();
	struct record record = { .kind = RECORD_GROUP };

	stores_open(f);
	for (uint32_t group = 1; group <= 4; group++) {
		record_set_name(&record, group);
		stores_put(changes, group, &record);
		for (uint32_t i = 0; i < 50; i++)
			changes_member_put(changes, group, member_of(i), 7);
		for (uint32_t i = 0; i < 50; i++)
			changes_member_put(changes, group, member_of(i), 100 * group + i);
	}
	stores_write(f, changes);

	/* 1 loses ten, 2 goes, 3 becomes a unique name and a group again, 4 is put as it is. */
	changes = changes_create();
	for (uint32_t i = 0; i < 10; i++)
		changes_member_delete(changes, 1, member_of(i));
	changes_delete(changes, 2);
	record_set_name(&record, 3);
	record.kind = RECORD_UNIQUE;
	stores_put(changes, 3, &record);
	record.kind = RECORD_GROUP;
	stores_put(changes, 3, &record);
	record_set_name(&record, 4);
	stores_put(changes, 4, &record);
	stores_write(f, changes);
	stores_close(f, 0);

	stores_open(f);
	assert_members(f, 1, 40);
	assert_false(registry_has(f->registry, 2));
	assert_members(f, 3, 0);
	assert_members(f, 4, 50);

	/* After a start, too, a group that goes takes its members along. */
	changes = changes_create();
	changes_delete(changes, 4);
	stores_put(changes, 4, &record);
	stores_write(f, changes);
	stores_close(f, 0);
	stores_open(f);
	assert_members(f, 4, 0);
}

/* Everything that is waiting when the store is closed is written and reported. */
static void closing_writes_what_is_queued(void **state)
{
	struct fixture *f = *state;

	stores_open(f);
	for (uint32_t i = 0; i < 100; i++)
		stores_submit(f, i, i + 1);
	assert_true(store_pending(f->store) > 0);
	stores_close(f, 0);
	assert_int_equal(f->committed, 100);
	stores_open(f);
	assert_int_equal(registry_count(f->registry), 100);
}

/*
 * What a start knows of the last run.
 */

/* A run that ends without store_close(): in a child that is killed once everything is committed. */
static void run_and_die(struct fixture *f, uint32_t first, uint32_t count)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct fixture child = *f;

		child.committed = 0;
		stores_open_loop(&child);
		stores_open(&child);
		for (uint32_t i = first; i < first + count; i++)
			stores_submit(&child, i, child.start.next_version++);
		child.wanted = (int)count;
		loop_run(child.loop);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void the_lease_clock_and_the_clean_mark_are_kept(void **state)
{
	struct fixture *f = *state;

	stores_open(f);
	assert_true(f->start.clean); /* new */
	assert_int_equal(f->start.lease_now, 0);
	stores_close(f, 777);

	stores_open(f);
	assert_true(f->start.clean);
	assert_int_equal(f->start.lease_now, 777);
	stores_close(f, 778);

	run_and_die(f, 0, 3);
	assert_int_equal(stores_try_open(f), 0);
	assert_false(f->start.clean);
	assert_int_equal(f->start.lease_now, 5002);
	stores_close(f, 999); /* never ran: nothing is marked */
	assert_int_equal(stores_try_open(f), 0);
	assert_false(f->start.clean);
	assert_int_equal(f->start.lease_now, 5002);
	stores_run(f);
	stores_close(f, 6000);
	stores_open(f);
	assert_true(f->start.clean);
	assert_int_equal(f->start.lease_now, 6000);
}

static const struct loss_case {
	const char *what;
	bool database, file;
} loss_cases[] = {
	{ "nothing", false, false },           { "the database", true, false },
	{ "the file", false, true },           { "nothing, after the file", false, false },
	{ "the database again", true, false }, { "both", true, true },
	{ "the file, then", false, true },
};

static void versions_never_repeat(void **state)
{
	struct fixture *f = *state;
	uint64_t last = 0;

	for (size_t i = 0; i < ARRAY_SIZE(loss_cases); i++) {
		const struct loss_case *c = &loss_cases[i];

		if (c->database)
			stores_remove(f);
		if (c->file)
			stores_remove_file(f, ".version");
		stores_open(f);
		if (i == 0 || (c->database && c->file))
			assert_true(f->start.next_version == (uint64_t)WALL_S << 20);
		else if (f->start.next_version <= last)
			fail_msg("lost: %s: %llu after %llu", c->what,
				 (unsigned long long)f->start.next_version,
				 (unsigned long long)last);
		last = f->start.next_version + 5000000 * (i % 2); /* past what was reserved */
		stores_submit(f, 1, last);
		stores_close(f, 0);
	}
}

/* Versions of removed records count, those of other servers do not. */
static void versions_are_those_given_out(void **state)
{
	struct fixture *f = *state;
	struct changes *changes = changes_create();
	struct record record = { .owner.s_addr = 1, .version = UINT64_MAX };

	stores_open(f);
	stores_submit(f, 1, 1000);
	stores_write(f, changes_create());
	record_set_name(&record, 2);
	stores_put(changes, 2, &record);
	changes_delete(changes, 1);
	stores_write(f, changes);
	stores_close(f, 0);
	stores_remove_file(f, ".version");
	stores_open(f);
	assert_true(f->start.next_version == (uint64_t)WALL_S << 20);
	stores_assert_loaded(f, 2, &record);
}

/* Without the order to, SQLite syncs only now and then; with it at every commit. */
static void commits_are_synced(void **state)
{
	struct fixture *f = *state;

	for (int normal = 0; normal <= 1; normal++) {
		int before;

		f->normal = normal == 1;
		stores_open(f);
		stores_submit(f, 0, 10); /* with the first commit come files to sync */
		stores_write(f, changes_create());
		before = faulty_count(FAULTY_SYNC);
		for (uint32_t i = 0; i < 10; i++) {
			stores_submit(f, i, i);
			stores_write(f, changes_create());
		}
		if (f->normal)
			assert_int_equal(faulty_count(FAULTY_SYNC), before);
		else
			assert_true(faulty_count(FAULTY_SYNC) >= before + 10);
		stores_close(f, 0);
	}
}

/* Whenever the process is killed: what was reported as committed is there, in order. */
static void killed_runs_keep_what_was_committed(void **state)
{
	struct fixture *f = *state;

	for (int round = 0; round < 5; round++) {
		uint32_t acknowledged = 0, id;
		int pipes[2];
		pid_t pid;

		assert_int_equal(pipe(pipes), 0);
		pid = fork();
		if (pid == 0) {
			struct fixture child = *f;

			stores_open_loop(&child);
			stores_open(&child);
			for (id = 0;; id++) {
				stores_submit(&child, id, child.start.next_version++);
				child.wanted = child.committed + 1;
				loop_run(child.loop);
				if (write(pipes[1], &id, sizeof(id)) != sizeof(id))
					_exit(1);
			}
		}
		close(pipes[1]);
		while (acknowledged < 20 + 10 * (uint32_t)round &&
		       read(pipes[0], &id, sizeof(id)) == sizeof(id))
			acknowledged = id + 1;
		kill(pid, SIGKILL);
		while (read(pipes[0], &id, sizeof(id)) == sizeof(id))
			acknowledged = id + 1;
		close(pipes[0]);
		waitpid(pid, NULL, 0);

		if (stores_try_open(f) < 0)
			fail_msg("%s", f->error);
		assert_true(acknowledged >= 20);
		for (id = 0; id < acknowledged; id++)
			assert_true(registry_has(f->registry, id));
		assert_false(f->start.clean);
		stores_close(f, 0);
		stores_remove(f);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		STORES_TEST(records_of_every_kind_come_back),
		STORES_TEST(members_come_back),
		STORES_TEST(owners_come_back),
		STORES_TEST(what_was_offered_comes_back),
		STORES_TEST(what_an_older_database_has_seen_was_offered),
		STORES_TEST(what_was_lost_is_remembered),
		STORES_TEST(closing_writes_what_is_queued),
		STORES_TEST(the_lease_clock_and_the_clean_mark_are_kept),
		STORES_TEST(versions_never_repeat),
		STORES_TEST(versions_are_those_given_out),
		STORES_TEST(commits_are_synced),
		STORES_TEST(killed_runs_keep_what_was_committed),
	};

	faulty_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

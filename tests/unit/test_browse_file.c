/* The file that smbd reads: whole or not at all, anew when the lists have changed, gone at the end.
 */
#include "browserd/browse_file.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "waiting.h"

struct fixture {
	struct waiting waiting;
	const char *wanted; /* a line's beginning */
	struct lists *lists;
	struct browse_file *file;
	struct browse_file_settings settings;
	char directory[64], path[96], other[96], leftover[96];
};

static bool has(const char *path, const char *text)
{
	char bytes[8192];
	FILE *file = fopen(path, "r");

	if (file == NULL)
		return false;
	bytes[fread(bytes, 1, sizeof(bytes) - 1, file)] = '\0';
	fclose(file);
	return strstr(bytes, text) != NULL;
}

static bool is_written(void *ctx)
{
	const struct fixture *f = ctx;

	return has(f->path, f->wanted);
}

static void wait_for_line(struct fixture *f, const char *text)
{
	f->wanted = text;
	wait_until(&f->waiting, is_written);
}

static void hear(struct fixture *f, const char *name)
{
	const struct in_addr here = { inet_addr("10.1.0.5") }, there = { inet_addr("10.1.0.6") };
	struct lists_record record = { .type = 0x1003, .workgroup = "OFFICE" };

	snprintf(record.name, sizeof(record.name), "%s", name);
	assert_int_equal(lists_hear(f->lists, LISTS_SERVERS, &record, here, there, 60000,
				    &(struct nbt_env){ .now_ms = 1 }),
			 LISTS_OK);
}

static int setup(void **state)
{
	static const struct lists_settings settings = { 100, 100, 100, 60000, 600000 };
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	strcpy(f->directory, "browse-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->path, sizeof(f->path), "%s/browse.dat", f->directory);
	snprintf(f->other, sizeof(f->other), "%s/other.dat", f->directory);
	snprintf(f->leftover, sizeof(f->leftover), "%s/browse.dat.new", f->directory);
	waiting_open(&f->waiting, f);
	f->lists = lists_create(&settings);
	assert_non_null(f->lists);
	assert_int_equal(browse_file_create(&f->file, f->waiting.loop), 0);
	f->settings = (struct browse_file_settings){ f->path, 1, f->lists, "OFFICE" };
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	browse_file_destroy(f->file);
	browse_file_destroy(NULL);
	assert_int_not_equal(access(f->path, F_OK), 0);
	assert_int_not_equal(access(f->other, F_OK), 0);
	assert_int_not_equal(access(f->leftover, F_OK), 0);
	lists_destroy(f->lists);
	waiting_close(&f->waiting);
	assert_int_equal(rmdir(f->directory), 0);
	free(f);
	return 0;
}

static void it_is_written_at_once_and_anew(void **state)
{
	struct fixture *f = *state;
	mode_t mask = umask(0077);
	struct stat status;

	hear(f, "MILL");
	assert_int_equal(browse_file_set(f->file, &f->settings), 0);
	assert_true(has(f->path, "\"MILL\""));
	assert_int_equal(stat(f->path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0644);
	hear(f, "LATHE");
	wait_for_line(f, "\"LATHE\"");
	umask(mask);
}

/* In the lists names are in the character set of the wire. */
static void smbd_gets_utf_8(void **state)
{
	struct fixture *f = *state;

	hear(f, "M\232LLER");
	assert_int_equal(browse_file_set(f->file, &f->settings), 0);
	wait_for_line(f, "\"M\303\234LLER\"");
}

static void what_has_not_changed_is_not_written(void **state)
{
	struct fixture *f = *state;
	FILE *mark;

	hear(f, "MILL");
	assert_int_equal(browse_file_set(f->file, &f->settings), 0);
	mark = fopen(f->path, "a");
	assert_non_null(mark);
	fputs("mark", mark);
	fclose(mark);
	wait_for_line(f, "mark"); /* a turn of the loop, and more */
	wait_for_line(f, "mark");
	hear(f, "LATHE");
	wait_for_line(f, "\"LATHE\"");
	assert_false(has(f->path, "mark"));
}

static void with_another_path_the_old_file_goes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(browse_file_set(f->file, &f->settings), 0);
	f->settings.path = f->other;
	assert_int_equal(browse_file_set(f->file, &f->settings), 0);
	assert_int_equal(access(f->other, F_OK), 0);
	assert_int_not_equal(access(f->path, F_OK), 0);
	f->settings.path = NULL;
	assert_int_equal(browse_file_set(f->file, &f->settings), 0);
	assert_int_not_equal(access(f->other, F_OK), 0);
}

/* The directory has gone: that is no reason to stop, and it may come again. */
static void what_cannot_be_written_is_tried_again(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(rmdir(f->directory), 0);
	assert_int_equal(browse_file_set(f->file, &f->settings), 0);
	assert_int_equal(mkdir(f->directory, 0700), 0);
	wait_for_line(f, "\"OFFICE\"");
}

/* Nothing is left of what could not be put in its place. */
static void a_directory_in_its_place(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_int_equal(browse_file_set(f->file, &f->settings), 0);
	assert_int_not_equal(access(f->leftover, F_OK), 0);
	assert_int_equal(rmdir(f->path), 0);
	wait_for_line(f, "\"OFFICE\"");
}

/* What another program has written goes only if ours has taken its place. */
static void files_of_others_stay(void **state)
{
	struct fixture *f = *state;
	FILE *other = fopen(f->path, "w");

	assert_non_null(other);
	fputs("of nmbd", other);
	fclose(other);
	assert_int_equal(mkdir(f->leftover, 0700), 0);
	assert_int_equal(browse_file_set(f->file, &f->settings), 0);
	f->settings.path = NULL;
	assert_int_equal(browse_file_set(f->file, &f->settings), 0);
	assert_true(has(f->path, "of nmbd"));
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(rmdir(f->leftover), 0);
}

/* The disk is full: the old list stays until there is room for a new one. */
static void what_has_no_room_is_not_put_in_place(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, small;

	hear(f, "MILL");
	assert_int_equal(browse_file_set(f->file, &f->settings), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 100;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	hear(f, "LATHE");
	assert_int_equal(browse_file_set(f->file, &f->settings), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_true(has(f->path, "\"MILL\""));
	assert_false(has(f->path, "\"LATHE\""));
	assert_int_not_equal(access(f->leftover, F_OK), 0);
	wait_for_line(f, "\"LATHE\"");
}

/* Of a run that was killed; what others put there is not written through. */
static void leftovers_are_removed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(symlink(f->other, f->leftover), 0);
	assert_int_equal(browse_file_set(f->file, &f->settings), 0);
	assert_int_not_equal(access(f->other, F_OK), 0);
	assert_true(has(f->path, "\"OFFICE\""));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(it_is_written_at_once_and_anew),
		TEST(smbd_gets_utf_8),
		TEST(what_has_not_changed_is_not_written),
		TEST(with_another_path_the_old_file_goes),
		TEST(what_cannot_be_written_is_tried_again),
		TEST(a_directory_in_its_place),
		TEST(files_of_others_stay),
		TEST(what_has_no_room_is_not_put_in_place),
		TEST(leftovers_are_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

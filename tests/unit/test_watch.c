/* What "nbtctl stats --watch" shows. */
#include "tools/watch.h"

#include <stdlib.h>
#include <string.h>

#include "support.h"

static struct watch watch;

static void sample(uint64_t now_ms, int64_t queries, int64_t names)
{
	watch_begin(&watch, now_ms);
	watch_take(&watch, "query.received", queries);
	watch_take(&watch, "nothing", 0);
	watch_take(&watch, "names", names);
}

static void assert_shown_in(size_t lines, size_t columns, const char *want)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);

	assert_non_null(memory);
	watch_print(&watch, "title", lines, columns, memory);
	fclose(memory);
	assert_string_equal(text, want);
	free(text);
}

static void assert_shown(size_t lines, const char *want)
{
	assert_shown_in(lines, 0, want);
}

#define HEAD "title\nper second total\n"

static void rates_are_of_the_time_between(void **state)
{
	(void)state;
	memset(&watch, 0, sizeof(watch));
	sample(5000, 100, 7);
	assert_shown(0, HEAD "             100  query.received\n"
			     "               7  names\n");
	sample(7000, 103, 7);
	assert_shown(0, HEAD "       1.5   103  query.received\n"
			     "               7  names\n");
	sample(8000, 103, 5);
	assert_shown(0, HEAD "       0.0   103  query.received\n"
			     "      -2.0     5  names\n");
}

static void what_moves_has_its_line_first(void **state)
{
	(void)state;
	memset(&watch, 0, sizeof(watch));
	sample(5000, 100, 7);
	sample(6000, 100, 8);
	assert_shown(3, HEAD "       1.0     8  names\n");
	assert_shown(4, HEAD "             100  query.received\n"
			     "       1.0     8  names\n");
	assert_shown(40, HEAD "             100  query.received\n"
			      "       1.0     8  names\n");
	assert_shown(1, HEAD);
}

static void lines_end_where_the_screen_does(void **state)
{
	(void)state;
	memset(&watch, 0, sizeof(watch));
	sample(5000, 123456789012, 7);
	assert_shown_in(4, 30,
			"title\nper second        total\n"
			"           123456789012  query\n"
			"                      7  names\n");
	assert_shown_in(1, 3, "tit\nper\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_of_the_time_between),
		cmocka_unit_test(lines_end_where_the_screen_does),
		cmocka_unit_test(what_moves_has_its_line_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

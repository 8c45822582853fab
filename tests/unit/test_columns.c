/* Tables and texts that fit a terminal. */
#include "tools/columns.h"

#include <stdlib.h>
#include <string.h>

#include "support.h"

static char *shown;
static size_t shown_size;

static FILE *begin(void)
{
	free(shown);
	shown = NULL;
	return open_memstream(&shown, &shown_size);
}

static void assert_shown(FILE *memory, const char *want)
{
	fclose(memory);
	assert_string_equal(shown, want);
}

static void widths_are_the_terminals(void **state)
{
	(void)state;
	assert_int_equal(columns_width(""), 0);
	assert_int_equal(columns_width("FRED"), 4);
	assert_int_equal(columns_width("B\xc3\xbcro"), 4); /* an umlaut, of two bytes */
	assert_int_equal(columns_width("e\xcc\x81"), 1);   /* an accent that is added */
	assert_int_equal(columns_width("\xe6\x97\xa5\xe6\x9c\xac"), 4); /* two Chinese characters */
	assert_int_equal(columns_width("\xff\xfe"), 2);                 /* no UTF-8 */
	assert_int_equal(columns_width("a\xe6\x97"), 3); /* a character that is cut */
}

/* A text, room, and what is printed. */
static const struct {
	const char *text, *want;
	size_t room, width;
} texts[] = {
	{ "comment", "comment", 0, 7 },
	{ "comment", "comment", 7, 7 },
	{ "comment", "comme\xe2\x80\xa6", 6, 6 },
	{ "comment", "\xe2\x80\xa6", 1, 1 },
	{ "\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac", 4, 4 },
	{ "\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe2\x80\xa6", 3, 3 },
	{ "\xe6\x97\xa5\xe6\x9c\xac", "\xe2\x80\xa6", 2, 1 },
};

static void texts_are_cut_with_an_ellipsis(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		FILE *memory = begin();

		assert_int_equal(columns_print(texts[i].text, texts[i].room, memory),
				 texts[i].width);
		assert_shown(memory, texts[i].want);
	}
}

static void sentences_are_wrapped(void **state)
{
	FILE *memory = begin();

	(void)state;
	columns_wrap(PAINT_PLAIN, "  do: ", "Give it another address.", 4, 20, memory);
	columns_wrap(PAINT_PLAIN, "  do: ", "Give it another address.", 4, 0, memory);
	columns_wrap(PAINT_PLAIN, "", "averyveryverylongword and more", 4, 10, memory);
	assert_shown(memory, "  do: Give it\n"
			     "    another address.\n"
			     "  do: Give it another address.\n"
			     "averyveryverylongword\n"
			     "    and\n"
			     "    more\n");
}

/* A table of two rows. */
static void print_table(size_t room, const char *const cells[6], const char *want)
{
	static const enum paint meanings[3] = { PAINT_PLAIN };
	struct columns columns = { .count = 3, .room = room };
	FILE *memory = begin();

	for (size_t i = 0; i < 6; i++)
		columns_widen(&columns, i % 3, cells[i]);
	columns_fit(&columns);
	columns_row(&columns, meanings, cells, memory);
	columns_row(&columns, meanings, cells + 3, memory);
	assert_shown(memory, want);
}

static void tables_fit(void **state)
{
	static const char *const cells[] = {
		"name",    "comment", "addresses", "FRED", "a comment that takes a lot of room",
		"10.0.0.1"
	};

	(void)state;
	/* No terminal. */
	print_table(0, cells,
		    "name  comment                             addresses\n"
		    "FRED  a comment that takes a lot of room  10.0.0.1\n");
	/* It fits. */
	print_table(51, cells,
		    "name  comment                             addresses\n"
		    "FRED  a comment that takes a lot of room  10.0.0.1\n");
	/* The comment goes on below. */
	print_table(46, cells,
		    "name  comment                        addresses\n"
		    "FRED  a comment that takes a lot of  10.0.0.1\n"
		    "      room                           \n");
	/* What is whole by nature has room enough below. */
	print_table(40, cells,
		    "name  comment\n"
		    "    addresses\n"
		    "FRED  a comment that takes a lot of room\n"
		    "    10.0.0.1\n");
}

static void long_words_are_broken(void **state)
{
	static const char *const cells[] = {
		"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHI", "x", "y", "", "", "z"
	};

	(void)state;
	print_table(34, cells,
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZAB  x  y\n"
		    "CDEFGHI                          \n"
		    "                                 z\n");
}

static void wide_characters_are_aligned_on_a_terminal(void **state)
{
	static const char *const cells[] = { "\xe6\x97\xa5", "x", "y", "ABC", "x", "y" };

	(void)state;
	print_table(80, cells, "\xe6\x97\xa5   x  y\nABC  x  y\n");
	print_table(0, cells, "\xe6\x97\xa5    x  y\nABC  x  y\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(widths_are_the_terminals),
		cmocka_unit_test(texts_are_cut_with_an_ellipsis),
		cmocka_unit_test(sentences_are_wrapped),
		cmocka_unit_test(tables_fit),
		cmocka_unit_test(long_words_are_broken),
		cmocka_unit_test(wide_characters_are_aligned_on_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Parts of the importers: Base64, points of time, numbers, long lines. */
#include "support.h"

#include <stdlib.h>

#include "tools/import/base64.h"
#include "tools/import/reader.h"
#include "tools/import/when.h"

static void base64_is_decoded(void **state)
{
	static const struct {
		const char *text, *want; /* NULL: it is none */
	} rows[] = {
		{ "", "" },        { "Zg==", "f" },        { "Zm8=", "fo" },
		{ "Zm9v", "foo" }, { "Zm9vYg==", "foob" }, { "+/+/", "\xfb\xff\xbf" },
		{ "Zg=", NULL },   { "Zg", NULL },         { "Z===", NULL },
		{ "====", NULL },  { "Z*==", NULL },       { "Zg==Zg==", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[16];
		size_t len = strlen(strcpy(text, rows[i].text));

		if (base64_decode(text, &len) != (rows[i].want != NULL))
			fail_msg("%s: decoded, or not", rows[i].text);
		if (rows[i].want == NULL)
			continue;
		assert_int_equal(len, strlen(rows[i].want));
		assert_string_equal(text, rows[i].want);
	}
}

static void times_are_read(void **state)
{
	static const struct {
		const char *text;
		bool is_time;
		int64_t want;
	} rows[] = {
		{ "20261129215035.0Z", true, 1795989035 },
		{ "20261129215035Z", true, 1795989035 },
		{ "19700101000001.0Z", true, 1 },
		{ "0", true, 0 },
		{ "20261129215035", false, 0 },
		{ "20261329215035.0Z", false, 0 },
		{ "20261129245035.0Z", false, 0 },
		{ "2026112921503", false, 0 },
		{ "20261129215035.0Zx", false, 0 },
		{ "18991129215035.0Z", false, 0 },
		{ "", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t time;

		if (when_read(rows[i].text, &time) != rows[i].is_time)
			fail_msg("\"%s\": a time, or not", rows[i].text);
		if (rows[i].is_time)
			assert_true(time == rows[i].want);
	}
}

static void numbers_are_read(void **state)
{
	uint64_t n;

	(void)state;
	assert_true(reader_number("18446744073709551615", UINT64_MAX, &n) && n == UINT64_MAX);
	assert_false(reader_number("18446744073709551616", UINT64_MAX, &n));
	assert_false(reader_number("6", 5, &n));
	assert_false(reader_number("-1", 5, &n));
	assert_false(reader_number("", 5, &n));
	assert_true(reader_hex("0x1C", 0xff, &n) && n == 0x1c);
	assert_true(reader_hex("1c", 0xff, &n) && n == 0x1c);
	assert_false(reader_hex("0x", 0xff, &n));
	assert_false(reader_hex("100", 0xff, &n));
}

/*
 * Lines that no format gets to see.
 */

static unsigned remarks;

static void remark(void *ctx, unsigned line, const char *what, const char *why)
{
	(void)line, (void)what;
	assert_string_equal(why, ctx);
	remarks++;
}

static void lines_that_are_none(void **state)
{
	static char line[IMPORT_LINE_MAX];
	static struct import_reader reader;
	const struct import_options options = { 0, false };
	struct import_sink sink = { NULL, remark, NULL, NULL };

	(void)state;
	memset(line, 'x', sizeof(line));
	sink.ctx = (char[]){ "the line is too long" };
	import_begin(&reader, &import_wins_dat, &sink, &options);
	import_line(&reader, line, sizeof(line));
	sink.ctx = (char[]){ "a NUL byte: this is no text" };
	import_begin(&reader, &import_wins_dat, &sink, &options);
	import_line(&reader, "a\0b", 3);
	assert_int_equal(remarks, 2);
}

static void formats_are_found(void **state)
{
	(void)state;
	assert_ptr_equal(import_find_format("ldif"), &import_ldif);
	assert_null(import_find_format("lmdif"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_is_decoded), cmocka_unit_test(times_are_read),
		cmocka_unit_test(numbers_are_read),  cmocka_unit_test(lines_that_are_none),
		cmocka_unit_test(formats_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

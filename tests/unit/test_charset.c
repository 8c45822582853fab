/* Names as people write them, and as they stand on the wire. */
#include "support.h"

#include "common/charset.h"

static const struct made {
	const char *what, *text;
	bool made;
	const uint8_t *bytes;
	size_t len; /* of what is no padding */
} made[] = {
	{ "ASCII in upper case", "Fred 1", true, BYTES("FRED 1") },
	{ "nothing", "", true, BYTES("") },
	{ "15 bytes", "ABCDEFGHIJKLMNO", true, BYTES("ABCDEFGHIJKLMNO") },
	{ "16 bytes", "ABCDEFGHIJKLMNOP", false, NULL, 0 },
	{ "8 characters, 16 bytes of UTF-8",
	  "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", true,
	  BYTES("\x9a\x9a\x9a\x9a\x9a\x9a\x9a\x9a") },
	{ "16 characters",
	  "\xc3\xbc"
	  "BCDEFGHIJKLMNOP",
	  false, NULL, 0 },
	{ "umlauts", "m\xc3\xbcller", true, BYTES("M\x9aLLER") },
	{ "no capital", "\xc3\x9f", true, BYTES("\xe1") },
	{ "a capital that CP850 lacks", "\xc3\xbf", true, BYTES("\x98") },
	{ "not in CP850", "\xe6\x97\xa5", false, NULL, 0 },
	{ "no UTF-8", "\xff", false, NULL, 0 },
	{ "bytes below the blank", "\x01\x02__MSBROWSE__\x02", true,
	  BYTES("\x01\x02__MSBROWSE__\x02") },
};

static void names_are_made(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		const struct made *m = &made[i];
		uint8_t want[NBT_NAME_LEN];
		struct nbt_name name;

		if (charset_make_name(&name, m->text, 0x20) != m->made)
			fail_msg("%s: made, or not", m->what);
		if (!m->made)
			continue;
		memset(want, ' ', sizeof(want));
		memcpy(want, m->bytes, m->len);
		if (memcmp(name.bytes, want, sizeof(want)) != 0)
			fail_msg("%s: other bytes", m->what);
	}
}

static void the_wildcard_has_no_blanks(void **state)
{
	struct nbt_name name;

	(void)state;
	assert_true(charset_make_name(&name, "*", 0));
	assert_int_equal(name.bytes[1], 0);
}

static const struct shown {
	const char *bytes, *text; /* 16 of them */
} shown[] = {
	{ "FRED           \x20", "FRED" },
	{ " FRED 1        \x20", " FRED 1" },
	{ "               \x20", "" },
	{ "M\x9aLLER         \x20", "M\xc3\x9cLLER" },
	{ "NUL\0IN         \x20", "NUL" },
	{ "\xb0\xb0\xb0\xb0\xb0\xb0\xb0\xb0\xb0\xb0\xb0\xb0\xb0\xb0\xb0\x20",
	  "\xe2\x96\x91\xe2\x96\x91\xe2\x96\x91\xe2\x96\x91\xe2\x96\x91\xe2\x96\x91\xe2\x96\x91"
	  "\xe2\x96\x91\xe2\x96\x91\xe2\x96\x91\xe2\x96\x91\xe2\x96\x91\xe2\x96\x91\xe2\x96\x91"
	  "\xe2\x96\x91" },
};

static void names_are_shown(void **state)
{
	char text[CHARSET_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shown); i++) {
		struct nbt_name name;

		memcpy(name.bytes, shown[i].bytes, sizeof(name.bytes));
		assert_string_equal(charset_name_text(&name, text), shown[i].text);
	}
}

static const struct shown printed[] = {
	{ "FRED           \x20", "FRED<20>" },
	{ "               \x00", "<00>" },
	{ "M\x9aLLER         \x1b", "M\xc3\x9cLLER<1B>" },
	{ "\x01\x02__MSBROWSE__\x02\x01", "<01><02>__MSBROWSE__<02><01>" },
	{ "A<B\x7f           \x00", "A<3c>B<7f><00>" },
};

static void names_are_printed(void **state)
{
	char text[CHARSET_PRINT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(printed); i++) {
		struct nbt_name name;

		memcpy(name.bytes, printed[i].bytes, sizeof(name.bytes));
		assert_string_equal(charset_print_name(&name, text), printed[i].text);
	}
}

static const struct read {
	const char *text, *bytes; /* NULL: it is no name */
} texts[] = {
	{ "fred", "FRED           \xee" },
	{ "fred<1b>", "FRED           \x1b" },
	{ "m\xc3\xbcller#20", "M\x9aLLER         \x20" },
	{ "<01><02>__MSBROWSE__<02><01>", "\x01\x02__MSBROWSE__\x02\x01" },
	{ "<01><02>__MSBROWSE__<02>#01", "\x01\x02__MSBROWSE__\x02\x01" },
	{ "A<3c>B#2", "A<B#2          \xee" },
	{ "<20>", NULL },
	{ "ABCDEFGHIJKLMN<01><02><03>", NULL },
};

static void names_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct nbt_name name;
		int suffix = 0xee;

		assert_int_equal(charset_read_name(&name, texts[i].text, &suffix),
				 texts[i].bytes != NULL);
		if (texts[i].bytes != NULL)
			assert_memory_equal(name.bytes, texts[i].bytes, NBT_NAME_LEN);
	}
}

static const struct pattern {
	const char *text, *pattern; /* NULL: it is none */
	int suffix;
} patterns[] = {
	{ "Fred*", "Fred*", -1 },
	{ "fr?d<1b>", "fr?d", 0x1b },
	{ "*#20", "*", 0x20 },
	{ "<20>", "", 0x20 },
	{ "m\xc3\xbcller", "m\xc3\x9cller", -1 },
	{ "\xc3\xbf", "\xc3\xbf", -1 },
	{ "\xe6\x97\xa5", "\xe6\x97\xa5", -1 }, /* of which no name has one */
	{ "<01><9a>*<02><01>", "\x01\xc3\x9c*\x02", 1 },
	{ "<00><1", "<00><1", -1 },
	{ "12345678901234567890123456789", NULL, -1 },
};

static void patterns_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		const struct pattern *p = &patterns[i];
		char out[32];
		int suffix = -1;

		assert_int_equal(charset_read_pattern(p->text, out, sizeof(out), &suffix),
				 p->pattern != NULL);
		if (p->pattern != NULL)
			assert_string_equal(out, p->pattern);
		assert_int_equal(suffix, p->suffix);
	}
}

static void texts_go_to_the_wire(void **state)
{
	char out[8];
	size_t len;

	(void)state;
	assert_true(charset_to_wire("Gr\xc3\xbc\xc3\x9f"
				    "e",
				    out, sizeof(out), &len));
	assert_int_equal(len, 5);
	assert_memory_equal(out,
			    "Gr\x81\xe1"
			    "e",
			    len);
	assert_true(charset_to_wire("12345678", out, sizeof(out), &len));
	assert_int_equal(len, 8);
	assert_false(charset_to_wire("123456789", out, sizeof(out), &len));
	assert_false(charset_to_wire("12345678\xc3\xbc", out, sizeof(out), &len));
	assert_false(charset_to_wire("\xe6\x97\xa5", out, sizeof(out), &len));
	assert_false(charset_to_wire("\xc3", out, sizeof(out), &len));
}

static void texts_come_from_the_wire(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *text;
	} rows[] = {
		{ "Gr\x81\xe1"
		  "e",
		  5,
		  "Gr\xc3\xbc\xc3\x9f"
		  "e" },
		{ "a\r\nb\tc\n", 7, "a\nb\tc\n" },
		{ "a\rb\0<\x1b", 6, "a<0d>b<00><3c><1b>" },
		{ "\r", 1, "<0d>" },
		{ "", 0, "" },
	};
	char out[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(charset_from_wire(rows[i].bytes, rows[i].len, out, sizeof(out)),
				    rows[i].text);
	for (size_t size = 1; size < 20; size++) {
		memset(out, 'x', sizeof(out));
		charset_from_wire("a\x81"
				  "b\0cdefghijklmnop",
				  18, out, size);
		assert_true(strlen(out) < size);
		assert_int_equal(out[size], 'x');
	}
}

static void texts_for_programs_keep_every_character(void **state)
{
	static const char wire[] = "a<\x81\n\x1b";
	char out[4 * sizeof(wire)];

	(void)state;
	assert_int_equal(charset_to_utf8(wire, sizeof(wire) - 1, out), 6);
	assert_memory_equal(out, "a<\xc3\xbc\n\x1b", 6);
	assert_int_equal(charset_to_utf8(wire, 0, out), 0);
}

/* Two bytes a character; there is one character set for all of the process. */
static void another_character_set(void **state)
{
	char text[CHARSET_TEXT_MAX], line[CHARSET_PRINT_MAX];
	struct nbt_name name;

	(void)state;
	assert_true(charset_choose("CP932"));
	assert_false(charset_choose("CP850")); /* the first one counts */
	assert_true(charset_make_name(&name, "\xe6\x97\xa5\xe6\x9c\xac pc", 0x20));
	assert_memory_equal(name.bytes, "\x93\xfa\x96\x7b PC        \x20", NBT_NAME_LEN);
	assert_string_equal(charset_name_text(&name, text), "\xe6\x97\xa5\xe6\x9c\xac PC");
	assert_string_equal(charset_print_name(&name, line), "\xe6\x97\xa5\xe6\x9c\xac PC<20>");
}

/* What a terminal obeys, in one byte and in two of UTF-8. */
static void control_characters_are_known(void **state)
{
	(void)state;
	assert_int_equal(charset_is_control(""), 0);
	assert_int_equal(charset_is_control("A\033"), 0);
	assert_int_equal(charset_is_control("\033[31m"), 1);
	assert_int_equal(charset_is_control("\177"), 1);
	assert_int_equal(charset_is_control("\xc2\x80"), 2);
	assert_int_equal(charset_is_control("\xc2\x9b"), 2);
	assert_int_equal(charset_is_control("\xc2\xa0"), 0); /* a blank that does not break */
	assert_int_equal(charset_is_control("\xc2"), 0);     /* cut */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_made),
		cmocka_unit_test(the_wildcard_has_no_blanks),
		cmocka_unit_test(names_are_shown),
		cmocka_unit_test(names_are_printed),
		cmocka_unit_test(names_are_read),
		cmocka_unit_test(patterns_are_read),
		cmocka_unit_test(texts_go_to_the_wire),
		cmocka_unit_test(texts_come_from_the_wire),
		cmocka_unit_test(texts_for_programs_keep_every_character),
		cmocka_unit_test(control_characters_are_known),
		cmocka_unit_test(another_character_set), /* the last one */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

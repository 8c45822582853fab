/* Texts and times of SMB, and its errors in both encodings. */
#include "support.h"

#include <sys/wait.h>
#include <unistd.h>

#include "common/charset.h"
#include "smb/status.h"
#include "smb/text.h"

static void texts_are_read(void **state)
{
	static const struct {
		const char *what;
		bool unicode;
		size_t start;
		const uint8_t *bytes;
		size_t len;
		const char *want;
		size_t end;
	} cases[] = {
		{ "bytes up to NUL", false, 1, BYTES("xAB\0C"), "AB", 4 },
		{ "bytes without NUL", false, 0, BYTES("AB"), "AB", 2 },
		{ "bytes cut", false, 0, BYTES("ABCDEFGHIJKLMNOP\0x"), "ABCDEFG", 17 },
		{ "aligned", true, 1, BYTES("x\0A\0B\0\0\0C\0"), "AB", 8 },
		{ "at an even place", true, 0, BYTES("A\0\0\0"), "A", 4 },
		{ "without NUL", true, 0, BYTES("A\0B\0"), "AB", 4 },
		{ "half a character left", true, 0, BYTES("A\0B"), "A", 2 },
		{ "not ASCII", true, 0, BYTES("A\0\xC4\0\0\0"), "A?", 6 },
		{ "the first that is not ASCII", true, 0, BYTES("\x7F\0\x80\0\0\0"), "\x7F?", 6 },
		{ "nothing", true, 0, BYTES(""), "", 0 },
		{ "nothing at an odd place", true, 1, BYTES("x"), "", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nbt_reader r = nbt_reader_of(cases[i].bytes, cases[i].len);
		char out[8];

		nbt_read_bytes(&r, cases[i].start);
		smb_read_text(&r, cases[i].unicode, out, sizeof(out));
		assert_error(cases[i].what, r.err, NBT_OK);
		if (strcmp(out, cases[i].want) != 0 || r.pos != cases[i].end)
			fail_msg("%s: %s", cases[i].what, out);
	}
}

/* In a child, for a process has one character set: 0 if all is as it should be. */
static int write_in(const char *charset, const char *text, const uint8_t *want, size_t len)
{
	uint8_t buf[64];
	struct nbt_writer w = nbt_writer_of(buf, sizeof(buf));

	if (!charset_choose(charset))
		return 1;
	if (smb_write_utf16(&w, text) != len)
		return 2;
	return memcmp(buf, want, len) == 0 ? 0 : 3;
}

/* Characters have one to four bytes on the wire, and one or two units in UTF-16. */
static void other_character_sets(void **state)
{
	static const struct {
		const char *charset, *text;
		const uint8_t *want;
		size_t len;
	} cases[] = {
		{ "UTF-8", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80!",
		  BYTES("\xE9\0\xAC\x20\x3D\xD8\x00\xDE!\0") },
		{ "UTF-8", "\xF0\x90\x80\x80", BYTES("\x00\xD8\x00\xDC") },
		{ "UTF-8", "a\xFF\xE2\x82", BYTES("a\0?\0?\0?\0") },
		{ "CP932", "\x82\xA0\xB1", BYTES("\x42\x30\x71\xFF") },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		pid_t child = fork();
		int status = -1;

		assert_true(child >= 0);
		if (child == 0)
			_exit(write_in(cases[i].charset, cases[i].text, cases[i].want,
				       cases[i].len));
		assert_int_equal(waitpid(child, &status, 0), child);
		if (status != 0)
			fail_msg("%zu: %d", i, WEXITSTATUS(status));
	}
}

static void names_of_shares_are_read_in_the_oem_character_set(void **state)
{
	static const struct {
		const char *what;
		const uint8_t *bytes;
		size_t len, units;
		size_t size;
		const char *want;
		enum nbt_error err;
	} cases[] = {
		{ "ASCII", BYTES("a\0b\0"), 2, 16, "ab", NBT_OK },
		{ "up to a NUL", BYTES("a\0\0\0b\0"), 3, 16, "a", NBT_OK },
		{ "what CP850 has", BYTES("\xFC\0\x84\0"), 2, 16, "\x81?", NBT_OK },
		{ "and has not", BYTES("\x53\x30\xAC\x20"), 2, 16, "??", NBT_OK },
		{ "a pair is one character", BYTES("\x3D\xD8\0\xDEx\0"), 3, 16, "?x", NBT_OK },
		{ "half a pair", BYTES("\x3D\xD8x\0"), 2, 16, "?x", NBT_OK },
		{ "the other half", BYTES("\0\xDEx\0"), 2, 16, "?x", NBT_OK },
		{ "half a pair at the end", BYTES("x\0\x3D\xD8"), 2, 16, "x?", NBT_OK },
		{ "cut", BYTES("a\0b\0c\0"), 3, 3, "ab", NBT_OK },
		{ "less than told", BYTES("a\0b"), 2, 16, "", NBT_ETRUNC },
		{ "nothing", BYTES(""), 0, 16, "", NBT_OK },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nbt_reader r = nbt_reader_of(cases[i].bytes, cases[i].len);
		char out[16];

		smb_read_utf16_oem(&r, cases[i].units, out, cases[i].size);
		if (strcmp(out, cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].what, out);
		assert_error(cases[i].what, r.err, cases[i].err);
	}
}

static void texts_are_written(void **state)
{
	uint8_t buf[32];
	struct nbt_writer w = nbt_writer_of(buf, sizeof(buf));

	(void)state;
	nbt_write_u8(&w, 'x');
	smb_write_text(&w, true, "A\x8E"); /* A umlaut in CP850 */
	assert_int_equal(w.pos, 8);
	assert_memory_equal(buf, "x\0A\0\xC4\0\0\0", 8);
	smb_write_text(&w, false, "AB");
	assert_int_equal(w.pos, 11);
	assert_memory_equal(buf + 8, "AB", 3);
	w = nbt_writer_of(buf, sizeof(buf));
	assert_int_equal(smb_write_utf16(&w, "<R&D>\r\n\x7F"),
			 16); /* as it is, not as it is shown */
	assert_memory_equal(buf, "<\0R\0&\0D\0>\0\r\0\n\0\x7F\0", 16);
}

static void names_are_compared(void **state)
{
	(void)state;
	assert_int_equal(smb_compare("alpha", "ALPHA"), 0);
	assert_int_equal(smb_compare("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
			 0);
	assert_true(smb_compare("`", "@") > 0);
	assert_true(smb_compare("{", "[") > 0);
	assert_true(smb_compare("ALPHA", "bravo") < 0);
	assert_true(smb_compare("B", "ALPHA") > 0);
	assert_true(smb_compare("ALPHA", "ALPHA1") < 0);
}

static void times(void **state)
{
	static const struct {
		int64_t wall_s;
		struct smb_date want;
	} cases[] = {
		{ 0, { 1970, 1, 1, 4, 0, 0, 0 } },
		{ 951782400, { 2000, 2, 29, 2, 0, 0, 0 } },
		{ 4107542399, { 2100, 2, 28, 0, 23, 59, 59 } },
		{ 4107542400, { 2100, 3, 1, 1, 0, 0, 0 } },
		{ 1792195200, { 2026, 10, 17, 6, 0, 0, 0 } },
		{ -5, { 1970, 1, 1, 4, 0, 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct smb_date got = smb_date_of(cases[i].wall_s);

		assert_memory_equal(&got, &cases[i].want, sizeof(got));
	}
	assert_int_equal(smb_filetime(0), 0x019DB1DED53E8000);
	/* As the probe of dialects has them. */
	assert_int_equal(smb_dos_time(&(struct smb_date){ .hour = 17, .minute = 55, .second = 8 }),
			 0x8EE4);
	assert_int_equal(smb_dos_date(&(struct smb_date){ .year = 2026, .month = 11, .day = 20 }),
			 0x5D74);
	/* There is no year before 1980. */
	assert_int_equal(smb_dos_date(&(struct smb_date){ .year = 1970, .month = 1, .day = 1 }),
			 0x0021);
}

static void errors_in_both_encodings(void **state)
{
	(void)state;
	assert_int_equal(smb_status_code(SMB_OK, true), 0);
	assert_int_equal(smb_status_code(SMB_OK, false), 0);
	assert_int_equal(smb_status_code(SMB_NO_SUCH_SHARE, true), 0xC00000CC);
	assert_int_equal(smb_status_code(SMB_NO_SUCH_SHARE, false), 0x00430001);
	assert_int_equal(smb_status_code(SMB_BAD_UID, true), 0x005B0002);
	assert_int_equal(smb_status_code(SMB_BAD_UID, false), 0x005B0002);
	assert_int_equal(smb_status_code(SMB_BAD_COMMAND, true), 0x00160002);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_character_sets), /* before there is one */
		cmocka_unit_test(names_of_shares_are_read_in_the_oem_character_set),
		cmocka_unit_test(texts_are_read),
		cmocka_unit_test(texts_are_written),
		cmocka_unit_test(names_are_compared),
		cmocka_unit_test(times),
		cmocka_unit_test(errors_in_both_encodings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

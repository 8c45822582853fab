/* RAP: requests, replies and records by their descriptors. The bytes are from
 * samba-probe-lanman-rap, samba-probe-rap and from a Windows server. */
#include "support.h"

#include "smb/rap.h"

#define ENUM2                                                                                      \
	"\x68\0WrLehDz\0B16BBDz\0\1\0\0\x20\xFF\xFF\xFF\xFF"                                       \
	"TESTGRP"

static void every_function_has_its_levels(void **state)
{
	static const struct {
		uint16_t number, level;
		size_t size; /* 0: no such level */
	} cases[] = {
		{ RAP_SHARE_ENUM, 0, 13 },      { RAP_SHARE_ENUM, 1, 20 },
		{ RAP_SHARE_ENUM, 2, 40 },      { RAP_SHARE_GET_INFO, 1, 20 },
		{ RAP_SESSION_ENUM, 0, 4 },     { RAP_SESSION_ENUM, 1, 26 },
		{ RAP_SESSION_ENUM, 10, 16 },   { RAP_SHARE_GET_INFO, 2, 40 },
		{ RAP_SESSION_ENUM, 2, 30 },    { RAP_SESSION_ENUM, 3, 0 },
		{ RAP_SERVER_GET_INFO, 0, 16 }, { RAP_SERVER_GET_INFO, 1, 26 },
		{ RAP_SERVER_GET_INFO, 2, 0 },  { RAP_WKSTA_GET_INFO, 10, 22 },
		{ RAP_WKSTA_GET_INFO, 1, 0 },   { RAP_REMOTE_TOD, 0, 21 },
		{ RAP_SERVER_ENUM2, 1, 26 },    { RAP_SERVER_ENUM3, 1, 26 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct rap_function *function = rap_find(cases[i].number);
		const char *record;

		assert_non_null(function);
		record = rap_record_of(function, cases[i].level);
		assert_int_equal(record != NULL ? rap_record_size(record) : 0, cases[i].size);
	}
	assert_null(rap_find(2469));
}

static void request_of_the_probe(void **state)
{
	uint8_t out[64];
	struct nbt_writer w = nbt_writer_of(out, sizeof(out));
	struct rap_request got;

	(void)state;
	assert_int_equal(rap_read_request((const uint8_t *)ENUM2, sizeof(ENUM2), &got), NBT_OK);
	assert_int_equal(got.number, RAP_SERVER_ENUM2);
	assert_string_equal(got.params, "WrLehDz");
	assert_string_equal(got.record, "B16BBDz");
	assert_int_equal(got.arguments.level, 1);
	assert_int_equal(got.arguments.buffer, 0x2000);
	assert_int_equal(got.arguments.types, RAP_TYPE_ALL);
	assert_int_equal(got.arguments.text_count, 1);
	assert_string_equal(got.arguments.text[0], "TESTGRP");
	rap_write_request(&w, &got);
	assert_int_equal(w.pos, sizeof(ENUM2));
	assert_memory_equal(out, ENUM2, sizeof(ENUM2));
}

/* No text is one, too: the next is the second. */
static void texts_that_are_not_there(void **state)
{
	const struct rap_request in = {
		.number = 1,
		.params = "OzW",
		.record = "",
		.arguments = { .level = 2, .text_count = 2, .text = { NULL, "B" } }
	};
	uint8_t out[64];
	struct nbt_writer w = nbt_writer_of(out, sizeof(out));
	struct rap_request got;

	(void)state;
	rap_write_request(&w, &in);
	assert_int_equal(rap_read_request(out, w.pos, &got), NBT_OK);
	assert_int_equal(got.arguments.text_count, 2);
	assert_null(got.arguments.text[0]);
	assert_string_equal(got.arguments.text[1], "B");
	assert_int_equal(got.arguments.level, 2);
}

static void other_requests(void **state)
{
	static const struct {
		const char *what;
		const uint8_t *bytes;
		size_t len;
		enum nbt_error want;
		unsigned texts;
	} cases[] = {
		{ "no domain", BYTES("\x68\0WrLehDO\0B16\0\0\0\0\x20\xFF\xFF\xFF\xFF"), NBT_OK, 1 },
		{ "first name",
		  BYTES("\xD7\0WrLehDzz\0B16\0\0\0\0\x20\xFF\xFF\xFF\xFF"
			"A\0B\0"),
		  NBT_OK, 2 },
		{ "time of day", BYTES("\x5B\0rL\0DDBBBBWWBBWB\0\xFF\xFF"), NBT_OK, 0 },
		{ "ends in an argument", BYTES(ENUM2), NBT_ETRUNC, 0 },
		{ "no descriptors", BYTES("\x68\0WrLehDz"), NBT_ETRUNC, 0 },
		{ "unknown letter", BYTES("\x68\0WqL\0B16\0\1\0\0\x20"), NBT_EVALUE, 0 },
		{ "too many texts", BYTES("\x68\0zzz\0B16\0A\0B\0C\0"), NBT_EVALUE, 0 },
		{ "nothing", BYTES(""), NBT_ETRUNC, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct rap_request got;

		assert_error(cases[i].what, rap_read_request(cases[i].bytes, cases[i].len, &got),
			     cases[i].want);
		if (cases[i].want == NBT_OK)
			assert_int_equal(got.arguments.text_count, cases[i].texts);
	}
}

/* smb-ipc.md section 7.5, which is in samba-probe-lanman-rap. */
static void list_of_smbd(void **state)
{
	static const char hex[] =
		"414c5048410000000000000000000000 0000 039a0d00 4e000000"
		"425241564f0000000000000000000000 0000 039a0100 5e000000"
		"4543484f000000000000000000000000 0000 039a0500 6e000000"
		"414c504841207465737420686f737400 425241564f207465737420686f737400"
		"4543484f207465737420686f737400";
	static const char *const names[] = { "ALPHA", "BRAVO", "ECHO" };
	uint8_t data[128], out[128];
	size_t len = unhex(data, sizeof(data), hex);
	struct rap_records records = rap_begin_records("B16BBDz", 3, out, sizeof(out));
	struct rap_value values[RAP_VALUES_MAX];
	enum nbt_error err;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(rap_read_record("B16BBDz", data, len, i, 0, values), NBT_OK);
		assert_string_equal(values[0].text, names[i]);
		assert_memory_equal(values[4].text, names[i], strlen(names[i]));
		rap_add_record(&records, values);
	}
	assert_int_equal(values[3].number, 0x00059A03);
	assert_int_equal(rap_read_record("B16BBDz", data, len, 6, 0, values), NBT_ETRUNC);
	assert_int_equal(rap_end_records(&records, &err), len);
	assert_int_equal(err, NBT_OK);
	assert_memory_equal(out, data, len);
}

/* What Windows 2003 answered: empty texts, packed from the back, and a converter of 4092. */
static void list_of_windows(void **state)
{
	static const char hex[] = "44424c4943454e53455345525645520005010310050067100000"
				  "57494e324b334c41423032310000000005020390820066100000"
				  "57494e324b334c41423032320000000005020390820065100000"
				  "57494e324b334c41423032340000000005020390820064100000"
				  "00000000";
	uint8_t data[128];
	size_t len = unhex(data, sizeof(data), hex);
	struct rap_value values[RAP_VALUES_MAX];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(rap_read_record("B16BBDz", data, len, i, 0x0FFC, values), NBT_OK);
		assert_ptr_equal(values[4].text, data + len - 1 - i);
	}
	assert_string_equal(values[0].text, "WIN2K3LAB024");
	assert_int_equal(values[1].number, 5);
	assert_int_equal(values[2].number, 2);
	assert_int_equal(values[3].number, 0x00829003);
}

static void converters_lead_to_texts(void **state)
{
	static const char hex[] = "57494e31000000000000000000000000 0501 03100000 1f104200"
				  "57494e32000000000000000000000000 0501 03100000 10104200"
				  "00 00 00 00 6f6c64 00";
	uint8_t data[80];
	size_t len = unhex(data, sizeof(data), hex);
	struct rap_value values[RAP_VALUES_MAX];

	(void)state;
	/* 0x101F - 0x0FE7 = 56, the last text; 0x1010 - 0x0FE7 = 41, inside a record. */
	assert_int_equal(rap_read_record("B16BBDz", data, len, 0, 0x0FE7, values), NBT_OK);
	assert_string_equal(values[0].text, "WIN1");
	assert_string_equal(values[4].text, "old");
	/* Nothing is there: out of the data. */
	assert_int_equal(rap_read_record("B16BBDz", data, len, 0, 0, values), NBT_OK);
	assert_string_equal(values[4].text, "");
	/* Just behind them there may be anything. */
	memset(data + len, 'x', sizeof(data) - len);
	memcpy(data + sizeof(data) - 5, "ours", 5);
	data[22] = sizeof(data) - 5;
	data[23] = 0;
	assert_int_equal(rap_read_record("B16BBDz", data, len, 0, 0, values), NBT_OK);
	assert_string_equal(values[4].text, "");
	data[22] = 0x1f;
	data[23] = 0x10;
	/* A text without NUL. */
	assert_int_equal(rap_read_record("B16BBDz", data, len - 1, 0, 0x0FE7, values), NBT_OK);
	assert_string_equal(values[4].text, "");
}

static void names_without_nul_are_errors(void **state)
{
	static const uint8_t data[26] = "SIXTEEN BYTES...";
	struct rap_value values[RAP_VALUES_MAX];

	(void)state;
	assert_int_equal(rap_read_record("B16BBDz", data, sizeof(data), 0, 0, values), NBT_EVALUE);
}

static void records_never_leave_the_buffer(void **state)
{
	const struct rap_value values[] = { { .text = "A NAME THAT IS TOO LONG" },
					    { .number = 6 },
					    { .number = 1 },
					    { .number = 3 },
					    { .text = "comment" } };
	uint8_t buf[40];
	enum nbt_error err;

	(void)state;
	for (size_t size = 0; size <= 34; size++) {
		struct rap_records records = rap_begin_records("B16BBDz", 1, buf, size);

		memset(buf, 0xAA, sizeof(buf));
		rap_add_record(&records, values);
		rap_end_records(&records, &err);
		assert_int_equal(err, size < 34 ? NBT_ESPACE : NBT_OK);
		assert_int_equal(buf[size], 0xAA);
	}
	assert_string_equal((char *)buf, "A NAME THAT IS ");
	assert_int_equal(rap_texts_size("B16BBDz", values), 8);
}

static void replies_have_what_the_descriptor_says(void **state)
{
	static const struct rap_reply in = { 234, 7, 3, 9, 125 };
	static const struct {
		const char *params;
		size_t len;
	} cases[] = { { "WrLehDz", 8 }, { "WrLh", 6 }, { "rL", 4 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t buf[16];
		struct nbt_writer w = nbt_writer_of(buf, sizeof(buf));
		struct rap_reply got;

		rap_write_reply(&w, cases[i].params, &in);
		assert_int_equal(w.pos, cases[i].len);
		assert_int_equal(rap_read_reply(buf, w.pos, cases[i].params, &got), NBT_OK);
		assert_int_equal(got.status, 234);
		assert_int_equal(got.converter, 7);
		assert_int_equal(got.returned, i == 0 ? 3 : 0);
		assert_int_equal(got.available, i == 0 ? 9 : 0);
		assert_int_equal(got.total, i == 1 ? 125 : 0);
		/* With an error the results may be missing, status and converter may not. */
		assert_int_equal(rap_read_reply(buf, 4, cases[i].params, &got), NBT_OK);
		assert_int_equal(got.returned, 0);
		assert_int_equal(rap_read_reply(buf, 3, cases[i].params, &got), NBT_ETRUNC);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_function_has_its_levels),
		cmocka_unit_test(request_of_the_probe),
		cmocka_unit_test(texts_that_are_not_there),
		cmocka_unit_test(other_requests),
		cmocka_unit_test(list_of_smbd),
		cmocka_unit_test(list_of_windows),
		cmocka_unit_test(converters_lead_to_texts),
		cmocka_unit_test(names_without_nul_are_errors),
		cmocka_unit_test(records_never_leave_the_buffer),
		cmocka_unit_test(replies_have_what_the_descriptor_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

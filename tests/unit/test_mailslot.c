/* Mailslot messages and pop-ups. */
#include "support.h"

#include <nbt/mailslot.h>

#define ZERO_27  "000000000000000000000000000000000000000000000000000000"
#define HEADER   "ff534d4225" ZERO_27
#define BROWSE   "5c4d41494c534c4f545c42524f57534500"
#define MESSNGR  "5c4d41494c534c4f545c4d4553534e475200"
/* Data "hi" in \MAILSLOT\BROWSE, as Windows writes it. */
#define HI_WORDS "11 0000 0200 0000 0000 00 00 0000 e8030000 0000 0000 0000 0200 5600 03 00"
#define HI       HEADER HI_WORDS "0100 0100 0200 1300" BROWSE "6869"

static const struct message_case {
	const char *what, *hex;
	struct nbt_mailslot want;
} messages[] = {
	{ "of Windows", HI, { NBT_MAILSLOT_BROWSE, 1, 2, 1000, BYTES("hi") } },
	{ "of nmbd: an announcement request of samba-startup-subnet1.pcap",
	  HEADER "11 0000 0800 0000 0000 00 00 0000 00000000 0000 0000 0000 0800 5600 03 00"
		 "0100 0100 0200 1900" BROWSE "020100414c504841",
	  { NBT_MAILSLOT_BROWSE, 1, 2, 0,
	    BYTES("\x02\x01\x00"
		  "ALPHA") } },
	{ "a first-class message without data",
	  HEADER "11 0000 0000 0000 0000 00 00 0000 00000000 0000 0000 0000 0000 5700 03 00"
		 "0100 0900 0100 1200" MESSNGR,
	  { NBT_MAILSLOT_MESSNGR, 9, 1, 0, NULL, 0 } },
};

static void messages_are_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		const struct message_case *c = &messages[i];
		struct nbt_mailslot got;
		uint8_t wire[256];
		size_t len = unhex(wire, sizeof(wire), c->hex);

		memset(&got, 0xEE, sizeof(got));
		assert_error(c->what, nbt_mailslot_decode(&got, wire, len), NBT_OK);
		if (!nbt_mailslot_equal(&got, &c->want))
			fail_msg("%s: decoded to something else", c->what);
	}
}

/* And nothing is written behind the size. */
static void case_01_messages_are_encoded_byte_for_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		const struct message_case *c = &messages[i];
		uint8_t want[256], got[256];
		size_t want_len = unhex(want, sizeof(want), c->hex), len;

		for (size_t size = 0; size < want_len; size++) {
			memset(got, 0xEE, sizeof(got));
			assert_error(c->what, nbt_mailslot_encode(&c->want, got, size, &len),
				     NBT_ESPACE);
			for (size_t at = size; at < sizeof(got); at++)
				assert_int_equal(got[at], 0xEE);
		}
		assert_error(c->what, nbt_mailslot_encode(&c->want, got, want_len, &len), NBT_OK);
		assert_int_equal(len, want_len);
		assert_memory_equal(got, want, len);
	}
}

static void case_02_cut_messages_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		struct nbt_mailslot m;
		uint8_t wire[256];
		size_t len = unhex(wire, sizeof(wire), messages[i].hex);

		for (size_t cut = 0; cut < len; cut++)
			assert_error(messages[i].what, nbt_mailslot_decode(&m, wire, cut),
				     NBT_ETRUNC);
	}
}

/* MS-MAIL section 2.2.1 has most fields ignored on receipt. Section 4 has the example. */
static void what_servers_ignore_is_ignored(void **state)
{
	static const struct {
		const char *what, *hex;
	} cases[] = {
		{ "flags, flags2, pid",
		  "ff534d4225 00000000 18 0400 000000000000000000000000 0000 fffe 0000 "
		  "0000 110000020002000000000002 00 00000000 0000 0000 5c00 0200 5600 03 00 0100 "
		  "0000 0200 1300" BROWSE "6869" },
		{ "a wrong ByteCount", HEADER HI_WORDS "0100 0100 0200 ffff" BROWSE "6869" },
		{ "more words than those",
		  HEADER "12 0000 0200 0000 0000 00 00 0000 e8030000 0000 0000 0000 0200 5800 03 00"
			 "0100 0100 0200 eeee 1300" BROWSE "6869" },
		{ "bytes between name and data",
		  HEADER "11 0000 0200 0000 0000 00 00 0000 e8030000 0000 0000 0000 0200 5900 03 00"
			 "0100 0100 0200 1600" BROWSE "000000 6869" },
		{ "bytes behind the data", HI "ffff" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nbt_mailslot got;
		uint8_t wire[256];
		size_t len = unhex(wire, sizeof(wire), cases[i].hex);

		assert_error(cases[i].what, nbt_mailslot_decode(&got, wire, len), NBT_OK);
		assert_string_equal(got.name, NBT_MAILSLOT_BROWSE);
		assert_int_equal(got.data_len, 2);
		assert_memory_equal(got.data, "hi", 2);
	}
}

static void malformed_messages_are_refused(void **state)
{
	static const struct {
		const char *what, *hex;
		enum nbt_error want;
	} cases[] = {
		{ "another protocol",
		  "fe534d4225" ZERO_27 HI_WORDS "0100010002001300" BROWSE "6869", NBT_EVALUE },
		{ "another command", "ff534d4226" ZERO_27 HI_WORDS "0100010002001300" BROWSE "6869",
		  NBT_EVALUE },
		{ "16 words",
		  HEADER "10 0000 0200 0000 0000 00 00 0000 e8030000 0000 0000 0000 0200 5600 03 00"
			 "0100 0100 0200 1300" BROWSE "6869",
		  NBT_EVALUE },
		{ "two words of setup",
		  HEADER "11 0000 0200 0000 0000 00 00 0000 e8030000 0000 0000 0000 0200 5600 02 00"
			 "0100 0100 0200 1300" BROWSE "6869",
		  NBT_EVALUE },
		{ "no write", HEADER HI_WORDS "0200 0100 0200 1300" BROWSE "6869", NBT_EVALUE },
		{ "a pipe",
		  HEADER HI_WORDS "0100 0100 0200 1300 5c504950455c4c414e4d414e0000000000 6869",
		  NBT_EVALUE },
		{ "nothing behind \\MAILSLOT\\",
		  HEADER HI_WORDS "0100 0100 0200 1300 5c4d41494c534c4f545c0000000000000000 6869",
		  NBT_EVALUE },
		{ "a name without an end",
		  HEADER HI_WORDS "0100 0100 0200 1300 5c4d41494c534c4f545c42524f575345 ffff",
		  NBT_ETRUNC },
		{ "data behind the end",
		  HEADER "11 0000 0200 0000 0000 00 00 0000 e8030000 0000 0000 0000 0300 5600 03 00"
			 "0100 0100 0200 1300" BROWSE "6869",
		  NBT_ETRUNC },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nbt_mailslot m;
		uint8_t wire[256];
		size_t len = unhex(wire, sizeof(wire), cases[i].hex);

		assert_error(cases[i].what, nbt_mailslot_decode(&m, wire, len), cases[i].want);
	}
}

static void impossible_messages_are_not_encoded(void **state)
{
	static uint8_t wire[70000], data[UINT16_MAX];
	struct nbt_mailslot m = { NBT_MAILSLOT_BROWSE, 1, 2, 0, data, UINT16_MAX - 69 - 17 };
	size_t len;

	(void)state;
	assert_error("longest", nbt_mailslot_encode(&m, wire, sizeof(wire), &len), NBT_OK);
	m.data_len++;
	assert_error("longer", nbt_mailslot_encode(&m, wire, sizeof(wire), &len), NBT_EVALUE);
	m.data_len = 0;
	m.name = "BROWSE";
	assert_error("name", nbt_mailslot_encode(&m, wire, sizeof(wire), &len), NBT_EVALUE);
}

static void names_have_no_case(void **state)
{
	struct nbt_mailslot m = { .name = "\\mailslot\\Browse" };

	(void)state;
	assert_true(nbt_mailslot_is(&m, NBT_MAILSLOT_BROWSE));
	assert_false(nbt_mailslot_is(&m, NBT_MAILSLOT_LANMAN));
	assert_false(nbt_mailslot_is(&m, "\\MAILSLOT\\BROWS"));
	assert_false(nbt_mailslot_is(&m, "\\MAILSLOT\\BROWSER"));
}

static void a_difference_in_any_field_is_seen(void **state)
{
	const struct nbt_mailslot a = messages[0].want;
	struct nbt_mailslot b;

	(void)state;
#define DIFFERS(change)                                                                            \
	do {                                                                                       \
		b = a;                                                                             \
		change;                                                                            \
		if (nbt_mailslot_equal(&a, &b))                                                    \
			fail_msg("not seen: %s", #change);                                         \
	} while (0)
	DIFFERS(b.name = NBT_MAILSLOT_LANMAN);
	DIFFERS(b.priority++);
	DIFFERS(b.klass++);
	DIFFERS(b.timeout_ms++);
	DIFFERS(b.data_len--);
	DIFFERS(b.data = (const uint8_t *)"ho");
#undef DIFFERS
}

static void popups_there_and_back(void **state)
{
	static const uint8_t wire[] = "ALPHA\0BRAVO\0Lunch?\r\nAt one.";
	const struct nbt_popup popup = { "ALPHA", "BRAVO", BYTES("Lunch?\r\nAt one.") };
	struct nbt_popup got;
	uint8_t out[sizeof(wire)];
	size_t len;

	(void)state;
	assert_error("encode", nbt_popup_encode(&popup, out, sizeof(out), &len), NBT_OK);
	assert_int_equal(len, sizeof(wire));
	assert_memory_equal(out, wire, len);
	assert_error("no room", nbt_popup_encode(&popup, out, len - 1, &len), NBT_ESPACE);
	for (size_t end = sizeof(wire) - 1; end <= sizeof(wire); end++) {
		assert_error("decode", nbt_popup_decode(&got, wire, end), NBT_OK);
		assert_string_equal(got.from, "ALPHA");
		assert_string_equal(got.to, "BRAVO");
		assert_int_equal(got.text_len, popup.text_len);
		assert_memory_equal(got.text, popup.text, popup.text_len);
	}
	assert_error("without text", nbt_popup_decode(&got, wire, 12), NBT_OK);
	assert_int_equal(got.text_len, 0);
	for (size_t end = 0; end < 12; end++)
		assert_error("cut", nbt_popup_decode(&got, wire, end), NBT_ETRUNC);
}

static void a_popup_with_a_nul_is_not_encoded(void **state)
{
	const struct nbt_popup popup = { "A", "B", BYTES("x\0y") };
	uint8_t out[32];
	size_t len;

	(void)state;
	assert_error("NUL", nbt_popup_encode(&popup, out, sizeof(out), &len), NBT_EVALUE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_decoded),
		cmocka_unit_test(case_01_messages_are_encoded_byte_for_byte),
		cmocka_unit_test(case_02_cut_messages_are_refused),
		cmocka_unit_test(what_servers_ignore_is_ignored),
		cmocka_unit_test(malformed_messages_are_refused),
		cmocka_unit_test(impossible_messages_are_not_encoded),
		cmocka_unit_test(names_have_no_case),
		cmocka_unit_test(a_difference_in_any_field_is_seen),
		cmocka_unit_test(popups_there_and_back),
		cmocka_unit_test(a_popup_with_a_nul_is_not_encoded),
	};

	return cmocka_run_group_tests_name("mailslot", tests, NULL, NULL);
}

/* SPNEGO and NTLMSSP of clients without a password. The bytes are those of smbclient and smbd. */
#include "support.h"

#include "smb/ntlmssp.h"
#include "smb/text.h"

#define NEGOTIATE "4e544c4d53535000010000001582086200000000280000000000000028000000060100000000000f"
#define INIT      "604806062b0601050502a03e303ca00e300c060a2b06010401823702020aa22a0428" NEGOTIATE
#define ANONYMOUS                                                                                  \
	"a1743072a270046e4e544c4d5353500003000000000000005800000000000000580000000000000058000000" \
	"00000000580000000600060058000000100010005e000000158a0062060100000000000fe0a74b18ce00a55e" \
	"df82def9a008500243004c00490022980e51625c43d47880ff90ceab79c7"
#define GUEST                                                                                      \
	"a181a130819ea281870481844e544c4d5353500003000000000000005800000000000000580000000e000e00" \
	"580000000800080066000000060006006e00000010001000740000001582006206010000000000"           \
	"0f7db3bc"                                                                                 \
	"48d49044ec7847489ea3bab560540045005300540047005200500072006f006f00740043004c00490084fffc" \
	"2e2f10b41ca50a3b3b0d0b76eea312041001000000ecea01fb0c6bec5c6ac9069a00"

static void tokens_are_found(void **state)
{
	static const struct {
		const char *what, *hex;
		enum nbt_error want;
		size_t len;
	} cases[] = {
		{ "first token", INIT, NBT_OK, 40 },
		{ "without SPNEGO", NEGOTIATE, NBT_OK, 40 },
		{ "last token, anonymous", ANONYMOUS, NBT_OK, 110 },
		{ "last token, of a user", GUEST, NBT_OK, 132 },
		{ "no token in it", "a1073005a0030a0101", NBT_OK, 0 },
		{ "nothing", "", NBT_ETRUNC, 0 },
		{ "another tag", "300100", NBT_EVALUE, 0 },
		{ "another identifier", "600806062b0601050503", NBT_EVALUE, 0 },
		{ "length beyond the end", "a1743072a270046e4e54", NBT_ETRUNC, 0 },
		{ "length of length beyond four bytes", "a18900000000000000000000", NBT_EVALUE, 0 },
		{ "of five", "a1850000000000", NBT_EVALUE, 0 },
		{ "largest length", "a184ffffffff30", NBT_ETRUNC, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t buf[256];
		size_t len = unhex(buf, sizeof(buf), cases[i].hex);
		struct spnego_token token;

		assert_error(cases[i].what, spnego_read(buf, len, &token), cases[i].want);
		if (cases[i].want == NBT_OK)
			assert_int_equal(nbt_read_left(&token.mech), cases[i].len);
		assert_int_equal(token.raw, i == 1);
	}
}

static void messages_are_read(void **state)
{
	static const struct {
		const char *hex;
		enum ntlmssp_type type;
		uint32_t flags;
		bool anonymous;
	} cases[] = {
		{ INIT, NTLMSSP_NEGOTIATE, 0x62088215, false },
		{ ANONYMOUS, NTLMSSP_AUTHENTICATE, 0x62008A15, true },
		{ GUEST, NTLMSSP_AUTHENTICATE, 0x62008215, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t buf[256];
		struct spnego_token token;
		struct ntlmssp_message got;

		assert_int_equal(spnego_read(buf, unhex(buf, sizeof(buf), cases[i].hex), &token),
				 NBT_OK);
		assert_int_equal(ntlmssp_read(token.mech, &got), NBT_OK);
		assert_int_equal(got.type, cases[i].type);
		assert_int_equal(got.flags, cases[i].flags);
		assert_int_equal(got.anonymous, cases[i].anonymous);
	}
}

/* Section 4.1: nobody has no name and no response, or one NUL as a response; very old clients end
 * with the names. */
static void who_is_nobody(void **state)
{
	static const struct {
		const char *what;
		uint8_t lm_len, nt_len, user_len;
		bool is_nobody;
	} cases[] = {
		{ "nobody", 0, 0, 0, true },           { "nobody of Windows", 1, 0, 0, true },
		{ "an LM response", 24, 0, 0, false }, { "a response", 0, 24, 0, false },
		{ "a name", 0, 0, 8, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t bytes[64] = "NTLMSSP\0\3";
		struct ntlmssp_message got;

		bytes[12] = cases[i].lm_len;
		bytes[20] = cases[i].nt_len;
		bytes[36] = cases[i].user_len;
		for (size_t len = 44; len <= sizeof(bytes); len += 4) {
			assert_error(cases[i].what, ntlmssp_read(nbt_reader_of(bytes, len), &got),
				     NBT_OK);
			if (got.anonymous != cases[i].is_nobody)
				fail_msg("%s of %zu bytes", cases[i].what, len);
		}
	}
}

/* Who does not know Unicode is told the group in his character set. */
static void challenge_without_unicode(void **state)
{
	static const struct ntlmssp_challenge in = { .asked = 0x00000202,
						     .challenge = (const uint8_t *)"8bytes..",
						     .domain = "TESTGRP",
						     .computer = "ALPHA" };
	uint8_t buf[512];
	struct nbt_writer w = nbt_writer_of(buf, sizeof(buf));

	(void)state;
	ntlmssp_write_challenge(&w, &in);
	assert_int_equal(w.err, NBT_OK);
	assert_memory_equal(buf + 12, "\7\0\7\0\x38\0\0\0", 8);
	assert_memory_equal(buf + 20, "\x06\x02\x82\x00", 4);
	assert_memory_equal(buf + 56, "TESTGRP", 7);
}

/* Lengths are written in one, two or three bytes. */
static void tokens_of_every_length(void **state)
{
	static const uint8_t token[600] = "NTLMSSP";
	uint8_t buf[700];
	struct spnego_token got;

	(void)state;
	for (size_t len = 8; len <= sizeof(token); len++) {
		struct nbt_writer w = nbt_writer_of(buf, sizeof(buf));

		spnego_write(&w, SPNEGO_INCOMPLETE, token, len);
		assert_int_equal(w.err, NBT_OK);
		assert_int_equal(spnego_read(buf, w.pos, &got), NBT_OK);
		assert_int_equal(nbt_read_left(&got.mech), len);
		assert_memory_equal(buf + w.pos - len, token, len);
		assert_int_not_equal(spnego_read(buf, w.pos - 1, &got), NBT_OK);
	}
}

static void other_messages_are_errors(void **state)
{
	static const struct {
		const char *what;
		const uint8_t *bytes;
		size_t len;
		enum nbt_error want;
	} cases[] = {
		{ "Kerberos", BYTES("\x60\x06\x06\x04\x2A\x86\x48\x86"), NBT_EVALUE },
		{ "a challenge", BYTES("NTLMSSP\0\2\0\0\0\0\0\0\0"), NBT_EVALUE },
		{ "no type", BYTES("NTLMSSP\0\1"), NBT_EVALUE },
		{ "ends in a field", BYTES("NTLMSSP\0\3\0\0\0\0\0\0\0"), NBT_ETRUNC },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ntlmssp_message got;

		if (ntlmssp_read(nbt_reader_of(cases[i].bytes, cases[i].len), &got) == NBT_OK)
			fail_msg("%s was read", cases[i].what);
	}
}

/* As smbd does it, but that the target is the group (smb-ipc.md section 4.1). */
static void challenge_of_smbd(void **state)
{
	static const struct ntlmssp_challenge in = { .asked = 0x62088215,
						     .challenge = (const uint8_t *)"8bytes..",
						     .domain = "TESTGRP",
						     .computer = "ALPHA",
						     .filetime = 0x0102030405060708 };
	uint8_t buf[512];
	struct nbt_writer w = nbt_writer_of(buf, sizeof(buf));
	struct nbt_reader r;
	char text[32];

	(void)state;
	ntlmssp_write_challenge(&w, &in);
	assert_int_equal(w.err, NBT_OK);
	r = nbt_reader_of(buf, w.pos);
	nbt_read_bytes(&r, 8);
	assert_int_equal(nbt_read_le32(&r), NTLMSSP_CHALLENGE);
	assert_int_equal(nbt_read_le16(&r), 14);
	nbt_read_le16(&r);
	assert_int_equal(nbt_read_le32(&r), 56);
	assert_int_equal(nbt_read_le32(&r), 0x628A8215);
	assert_memory_equal(nbt_read_bytes(&r, 8), "8bytes..", 8);
	nbt_read_le64(&r);
	assert_int_equal(nbt_read_le16(&r), w.pos - 70);
	nbt_read_le16(&r);
	assert_int_equal(nbt_read_le32(&r), 70);
	nbt_read_bytes(&r, 8);
	smb_read_utf16(&r, 14, text, sizeof(text));
	assert_string_equal(text, "TESTGRP");
	assert_int_equal(nbt_read_le16(&r), 2);
	assert_int_equal(nbt_read_le16(&r), 14);
	smb_read_utf16(&r, 14, text, sizeof(text));
	assert_string_equal(text, "TESTGRP");
	assert_int_equal(nbt_read_le16(&r), 1);
	assert_int_equal(nbt_read_le16(&r), 10);
	assert_memory_equal(buf + w.pos - 12, "\x08\x07\x06\x05\x04\x03\x02\x01\0\0\0\0", 12);
}

static void answers_of_smbd(void **state)
{
	uint8_t want[64], buf[256], token[122] = "NTLMSSP";
	size_t len = unhex(want, sizeof(want), "a1073005a0030a0100");
	struct nbt_writer w = nbt_writer_of(buf, sizeof(buf));
	struct spnego_token got;

	(void)state;
	spnego_write(&w, SPNEGO_COMPLETED, NULL, 0);
	assert_int_equal(w.pos, len);
	assert_memory_equal(buf, want, len);

	len = unhex(want, sizeof(want),
		    "a18194308191a0030a0101a10c060a2b06010401823702020aa27c047a4e544c4d53535000");
	w = nbt_writer_of(buf, sizeof(buf));
	spnego_write(&w, SPNEGO_INCOMPLETE, token, sizeof(token));
	assert_int_equal(w.pos, 151);
	assert_memory_equal(buf, want, len);
	assert_int_equal(spnego_read(buf, w.pos, &got), NBT_OK);
	assert_int_equal(nbt_read_left(&got.mech), sizeof(token));

	uint8_t longer[300] = "NTLMSSP", out[400];

	w = nbt_writer_of(out, sizeof(out));
	spnego_write(&w, SPNEGO_INCOMPLETE, longer, sizeof(longer));
	assert_int_equal(spnego_read(out, w.pos, &got), NBT_OK);
	assert_int_equal(nbt_read_left(&got.mech), sizeof(longer));
	assert_int_equal(spnego_read(spnego_hint, sizeof(spnego_hint), &got), NBT_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_are_found),
		cmocka_unit_test(messages_are_read),
		cmocka_unit_test(other_messages_are_errors),
		cmocka_unit_test(challenge_of_smbd),
		cmocka_unit_test(answers_of_smbd),
		cmocka_unit_test(who_is_nobody),
		cmocka_unit_test(challenge_without_unicode),
		cmocka_unit_test(tokens_of_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Browser frames. */
#include "support.h"

#include <stdio.h>

#include <nbt/browse.h>
#include <nbt/mailslot.h>

/* Seen on the wire; the captures' names are in the sentences. */
static const struct frame_case {
	const char *what, *hex;
	size_t fixed; /* bytes without which the frame is refused */
	struct nbt_browse want;
} frames[] = {
	{ "host announcement (samba-startup-subnet1)",
	  "010060ea0000414c50484100000000000000000000000601039a01000f0155aa414c504841207465737420686f73"
	  "7400",
	  32,
	  { .opcode = NBT_BROWSE_HOST_ANNOUNCEMENT,
	    .name = "ALPHA",
	    .period_ms = 60000,
	    .os_major = 6,
	    .os_minor = 1,
	    .server_type = 0x19a03,
	    .browser_version = 0x010F,
	    .signature = 0xAA55,
	    .comment = "ALPHA test host" } },
	{ "announcement request (Windows 10)",
	  "02004445534b544f502d5631464130555100",
	  2,
	  { .opcode = NBT_BROWSE_ANNOUNCEMENT_REQUEST, .name = "DESKTOP-V1FA0UQ" } },
	{ "election (samba-startup-subnet1)",
	  "08018a0f01417017000000000000414c50484100",
	  14,
	  { .opcode = NBT_BROWSE_ELECTION,
	    .name = "ALPHA",
	    .election_version = 1,
	    .criteria = 0x41010F8A,
	    .uptime_ms = 6000 } },
	{ "forced election (samba-force-election)",
	  "080000000000000000000000000000",
	  14,
	  { .opcode = NBT_BROWSE_ELECTION } },
	{ "backup list request (samba-getbackuplist)",
	  "090444332211",
	  6,
	  { .opcode = NBT_BROWSE_GET_BACKUP_LIST_REQUEST, .count = 4, .token = 0x11223344 } },
	{ "backup list response (samba-getbackuplist)",
	  "0a0144332211414c50484100",
	  6,
	  { .opcode = NBT_BROWSE_GET_BACKUP_LIST_RESPONSE,
	    .count = 1,
	    .token = 0x11223344,
	    .backup = { "ALPHA" } } },
	{ "backup list response with three names",
	  "0a0301000000414c50484100425241564f004300",
	  6,
	  { .opcode = NBT_BROWSE_GET_BACKUP_LIST_RESPONSE,
	    .count = 3,
	    .token = 1,
	    .backup = { "ALPHA", "BRAVO", "C" } } },
	{ "become backup (Windows)",
	  "0b4445534b544f502d5631464130555100",
	  1,
	  { .opcode = NBT_BROWSE_BECOME_BACKUP, .name = "DESKTOP-V1FA0UQ" } },
	{ "domain announcement (samba-startup-subnet1)",
	  "0c03c0d40100544553544752500000000000000000000601001000800f0155aa414c50484100",
	  32,
	  { .opcode = NBT_BROWSE_DOMAIN_ANNOUNCEMENT,
	    .name = "TESTGRP",
	    .update_count = 3,
	    .period_ms = 120000,
	    .os_major = 6,
	    .os_minor = 1,
	    .server_type = NBT_SV_DOMAIN_ENUM | NBT_SV_NT,
	    .browser_version = 0x010F,
	    .signature = 0xAA55,
	    .comment = "ALPHA" } },
	{ "master announcement (samba-startup-subnet1)",
	  "0d4543484f00",
	  1,
	  { .opcode = NBT_BROWSE_MASTER_ANNOUNCEMENT, .name = "ECHO" } },
	{ "reset state (samba-reset-state)",
	  "0e04",
	  2,
	  { .opcode = NBT_BROWSE_RESET_STATE, .reset = NBT_RESET_STOP_BROWSER } },
	{ "local master announcement (samba-startup-subnet1)",
	  "0f03c0d40100414c50484100000000000000000000000601039a0c000f0155aa414c504841207465737420686f73"
	  "7400",
	  32,
	  { .opcode = NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT,
	    .name = "ALPHA",
	    .update_count = 3,
	    .period_ms = 120000,
	    .os_major = 6,
	    .os_minor = 1,
	    .server_type = 0xc9a03,
	    .browser_version = 0x010F,
	    .signature = 0xAA55,
	    .comment = "ALPHA test host" } },
	{ "LAN Manager announcement (samba-lanman-announce)",
	  "01000300000024003c004f5332424f58006f732f32207761727000",
	  10,
	  { .opcode = NBT_BROWSE_LANMAN_ANNOUNCEMENT,
	    .name = "OS2BOX",
	    .period_ms = 60000,
	    .os_major = 36,
	    .server_type = 3,
	    .comment = "os/2 warp" } },
	{ "LAN Manager request (samba-lanman-announce)",
	  "0200434c4900",
	  2,
	  { .opcode = NBT_BROWSE_LANMAN_REQUEST, .name = "CLI" } },
};

static enum nbt_error decode(const struct frame_case *c, struct nbt_browse *out, const uint8_t *buf,
			     size_t len)
{
	return c->want.opcode > UINT8_MAX ? nbt_lanman_decode(out, buf, len)
					  : nbt_browse_decode(out, buf, len);
}

static void frames_are_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(frames); i++) {
		struct nbt_browse got;
		uint8_t wire[256];
		size_t len = unhex(wire, sizeof(wire), frames[i].hex);

		memset(&got, 0xEE, sizeof(got));
		assert_error(frames[i].what, decode(&frames[i], &got, wire, len), NBT_OK);
		if (memcmp(&got, &frames[i].want, sizeof(got)) != 0)
			fail_msg("%s: decoded to something else", frames[i].what);
	}
}

/* And nothing is written behind the size. */
static void case_01_frames_are_encoded_byte_for_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(frames); i++) {
		const struct frame_case *c = &frames[i];
		uint8_t want[256], got[256];
		size_t want_len = unhex(want, sizeof(want), c->hex), len;

		for (size_t size = 0; size < want_len; size++) {
			memset(got, 0xEE, sizeof(got));
			assert_error(c->what, nbt_browse_encode(&c->want, got, size, &len),
				     NBT_ESPACE);
			for (size_t at = size; at < sizeof(got); at++)
				assert_int_equal(got[at], 0xEE);
		}
		assert_error(c->what, nbt_browse_encode(&c->want, got, want_len, &len), NBT_OK);
		assert_int_equal(len, want_len);
		assert_memory_equal(got, want, len);
	}
}

/* A frame shorter than the fixed part is to be dropped (MS-BRWS section 3.3.5); its strings may
 * end anywhere. */
static void case_02_frames_may_be_cut_at_each_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(frames); i++) {
		const struct frame_case *c = &frames[i];
		struct nbt_browse got;
		uint8_t wire[256];
		size_t len = unhex(wire, sizeof(wire), c->hex);

		for (size_t cut = 0; cut < len; cut++)
			assert_error(c->what, decode(c, &got, wire, cut),
				     cut < c->fixed ? NBT_ETRUNC : NBT_OK);
	}
}

static struct nbt_browse decoded(const char *hex)
{
	struct nbt_browse f;
	uint8_t wire[1024];
	size_t len = unhex(wire, sizeof(wire), hex);

	assert_error(hex, nbt_browse_decode(&f, wire, len), NBT_OK);
	return f;
}

static void what_other_senders_write(void **state)
{
	struct nbt_browse f;

	(void)state;
	/* nmbd has one byte too many, and no end (samba-startup-subnet1). */
	f = decoded("020100414c504841");
	assert_string_equal(f.name, "");
	assert_int_equal(f.update_count, 1);
	/* Windows leaves rubbish behind the name, and for version and signature. */
	f = decoded("0c00a0bb0d00574f524b47524f55500068f07e402000030a001000802000000053435600");
	assert_string_equal(f.name, "WORKGROUP");
	assert_string_equal(f.comment, "SCV");
	/* A name padded with blanks, and one that fills the field. */
	f = decoded("010060ea0000414c504841202020202020202020202000040001000000 0f0155aa00");
	assert_string_equal(f.name, "ALPHA");
	f = decoded("010060ea00004142434445464748494a4b4c4d4e4f50040001000000 0f0155aa00");
	assert_string_equal(f.name, "ABCDEFGHIJKLMNO");
	/* No NUL behind the last string. */
	f = decoded("0d4543484f");
	assert_string_equal(f.name, "ECHO");
	/* Bytes behind the frame. */
	f = decoded("0e02ffff");
	assert_int_equal(f.reset, 2);
}

static void long_strings_are_cut(void **state)
{
	char hex[2 * 34 + 2 * 200 + 1], want[NBT_BROWSE_COMMENT_SIZE];
	struct nbt_browse f;
	size_t at;

	(void)state;
	at = (size_t)snprintf(hex, sizeof(hex),
			      "010060ea0000414c50484100000000000000000000000601039a01000f0155aa");
	for (size_t i = 0; i < 200; i++)
		at += (size_t)snprintf(hex + at, sizeof(hex) - at, "78");
	f = decoded(hex);
	memset(want, 'x', sizeof(want) - 1);
	want[sizeof(want) - 1] = '\0';
	assert_string_equal(f.comment, want);
}

static void lists_end_where_they_must(void **state)
{
	char hex[12 + 4 * 300 + 1];
	struct nbt_browse f;
	size_t at;

	(void)state;
	f = decoded("0aff01000000410042");
	assert_int_equal(f.count, 2);
	assert_string_equal(f.backup[1], "B");
	f = decoded("0a0101000000410042004300");
	assert_int_equal(f.count, 1);
	assert_string_equal(f.backup[1], "");
	at = (size_t)snprintf(hex, sizeof(hex), "0aff01000000");
	for (size_t i = 0; i < 300; i++)
		at += (size_t)snprintf(hex + at, sizeof(hex) - at, "4100");
	f = decoded(hex);
	assert_int_equal(f.count, NBT_BROWSE_BACKUP_MAX);
	assert_string_equal(f.backup[NBT_BROWSE_BACKUP_MAX - 1], "A");
}

static void opcodes_that_there_are_not(void **state)
{
	static const uint8_t zeros[64];
	struct nbt_browse f;

	(void)state;
	for (unsigned opcode = 0; opcode <= UINT8_MAX; opcode++) {
		uint8_t wire[64] = { (uint8_t)opcode };
		bool known = nbt_browse_opcode_name(opcode) != NULL;

		assert_error("browser", nbt_browse_decode(&f, wire, sizeof(wire)),
			     known ? NBT_OK : NBT_EVALUE);
		assert_int_equal(known,
				 opcode == 1 || opcode == 2 || (opcode >= 8 && opcode <= 15));
	}
	assert_error("LAN Manager", nbt_lanman_decode(&f, zeros, sizeof(zeros)), NBT_EVALUE);
}

/* Announcements of browsers in \MAILSLOT\LANMAN (MS-BRWS note 9), and what only looks like one. */
static void lanman_and_browser_are_told_apart(void **state)
{
	uint8_t wire[256];
	size_t len = unhex(wire, sizeof(wire), frames[0].hex);
	struct nbt_browse f;

	(void)state;
	assert_error("browser's", nbt_lanman_decode(&f, wire, len), NBT_OK);
	assert_int_equal(f.opcode, NBT_BROWSE_HOST_ANNOUNCEMENT);
	assert_string_equal(f.name, "ALPHA");
	assert_error("too short", nbt_lanman_decode(&f, wire, 32), NBT_OK);
	assert_int_equal(f.opcode, NBT_BROWSE_LANMAN_ANNOUNCEMENT);
	wire[0] = NBT_BROWSE_BECOME_BACKUP;
	assert_error("no announcement", nbt_lanman_decode(&f, wire, len), NBT_EVALUE);
	wire[0] = NBT_BROWSE_HOST_ANNOUNCEMENT;
	wire[31] = 0;
	assert_error("no signature", nbt_lanman_decode(&f, wire, len), NBT_OK);
	assert_int_equal(f.opcode, NBT_BROWSE_LANMAN_ANNOUNCEMENT);
}

static void impossible_frames_are_not_encoded(void **state)
{
	struct nbt_browse f = { .opcode = 3 };
	uint8_t wire[NBT_BROWSE_FRAME_MAX];
	size_t len;

	(void)state;
	assert_error("opcode", nbt_browse_encode(&f, wire, sizeof(wire), &len), NBT_EVALUE);
	f = (struct nbt_browse){ .opcode = NBT_BROWSE_LANMAN_ANNOUNCEMENT, .period_ms = 65536000 };
	assert_error("period", nbt_browse_encode(&f, wire, sizeof(wire), &len), NBT_EVALUE);
	f = (struct nbt_browse){ .opcode = NBT_BROWSE_GET_BACKUP_LIST_RESPONSE,
				 .count = NBT_BROWSE_BACKUP_MAX };
	for (size_t i = 0; i < NBT_BROWSE_BACKUP_MAX; i++)
		memcpy(f.backup[i], "ABCDEFGHIJKLMNO", NBT_BROWSE_NAME_SIZE);
	assert_error("full", nbt_browse_encode(&f, wire, sizeof(wire), &len), NBT_OK);
	assert_int_equal(len, NBT_BROWSE_FRAME_MAX);
	f.count++;
	assert_error("too full", nbt_browse_encode(&f, wire, sizeof(wire), &len), NBT_EVALUE);
}

static void a_name_without_end_is_not_read_beyond(void **state)
{
	struct nbt_browse f = { .opcode = NBT_BROWSE_MASTER_ANNOUNCEMENT };
	uint8_t wire[64];
	size_t len;

	(void)state;
	memset(f.name, 'A', sizeof(f.name));
	assert_error("name", nbt_browse_encode(&f, wire, sizeof(wire), &len), NBT_OK);
	assert_int_equal(len, 1 + NBT_BROWSE_NAME_SIZE);
}

static void equality(void **state)
{
	struct nbt_browse other = { .opcode = 3 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(frames); i++)
		for (size_t j = 0; j < ARRAY_SIZE(frames); j++)
			assert_int_equal(nbt_browse_equal(&frames[i].want, &frames[j].want),
					 i == j);
	assert_false(nbt_browse_equal(&other, &other));
}

static void where_frames_go(void **state)
{
	(void)state;
	assert_string_equal(nbt_browse_mailslot(NBT_BROWSE_ELECTION), NBT_MAILSLOT_BROWSE);
	assert_string_equal(nbt_browse_mailslot(NBT_BROWSE_LANMAN_REQUEST), NBT_MAILSLOT_LANMAN);
	assert_null(nbt_browse_mailslot(3));
	assert_string_equal(nbt_server_type_name(NBT_SV_MASTER_BROWSER), "MASTER_BROWSER");
	assert_string_equal(nbt_server_type_name(NBT_SV_DOMAIN_ENUM), "DOMAIN_ENUM");
	assert_null(nbt_server_type_name(0x08000000));
	assert_null(nbt_server_type_name(3));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_decoded),
		cmocka_unit_test(case_01_frames_are_encoded_byte_for_byte),
		cmocka_unit_test(case_02_frames_may_be_cut_at_each_byte),
		cmocka_unit_test(what_other_senders_write),
		cmocka_unit_test(long_strings_are_cut),
		cmocka_unit_test(lists_end_where_they_must),
		cmocka_unit_test(opcodes_that_there_are_not),
		cmocka_unit_test(lanman_and_browser_are_told_apart),
		cmocka_unit_test(impossible_frames_are_not_encoded),
		cmocka_unit_test(a_name_without_end_is_not_read_beyond),
		cmocka_unit_test(equality),
		cmocka_unit_test(where_frames_go),
	};

	return cmocka_run_group_tests_name("browse", tests, NULL, NULL);
}

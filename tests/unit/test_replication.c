/* Messages, name records and datagrams of WINS replication. Numbered cases are those of the codec.
 */
#include "support.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include <nbt/replication.h>

#define PAD21    " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
#define PAD24    PAD21 "00 00 00 "
#define TO_US    " 00 00 78 00 00 00 00 11 00 00 00 03 "
#define TO_THEM  " 00 00 78 00 2a 2a 00 01 00 00 00 03 "
#define WIRE_MAX 2048

#define FILESRV                                                                                    \
	" 00 00 00 11 46 49 4c 45 53 52 56 20 20 20 20 20 20 20 20 20 00 00 00 00"                 \
	" 00 00 00 60 00 00 00 00 00 00 00 01 00 00 00 03 0a 01 07 09 ff ff ff ff "
#define WORKGRP                                                                                    \
	" 00 00 00 11 57 4f 52 4b 47 52 50 20 20 20 20 20 20 20 20 00 00 00 00 00"                 \
	" 00 00 00 01 01 00 00 00 00 00 00 01 00 00 00 04 ff ff ff ff ff ff ff ff "
#define CORP_1C                                                                                    \
	" 00 00 00 11 43 4f 52 50 20 20 20 20 20 20 20 20 20 20 20 1c 00 00 00 00"                 \
	" 00 00 00 62 01 00 00 00 00 00 00 01 00 00 00 05 02 00 00 00 0a 01 00 03"                 \
	" 0a 01 07 01 0a 01 00 02 0a 01 08 01 ff ff ff ff "
#define ROUTER1                                                                                    \
	" 00 00 00 11 52 4f 55 54 45 52 31 20 20 20 20 20 20 20 20 00 00 00 00 00"                 \
	" 00 00 00 63 00 00 00 00 00 00 00 01 00 00 00 06 02 00 00 00 0a 01 00 03"                 \
	" 0a 01 07 02 0a 01 00 03 0a 01 09 02 ff ff ff ff "
#define SCOPED                                                                                     \
	" 00 00 00 14 46 49 4c 45 53 52 56 20 20 20 20 20 20 20 20 20 41 42 43 00"                 \
	" 00 00 00 00 00 00 00 60 00 00 00 00 00 00 00 01 00 00 00 0a 0a 01 07 09 ff ff ff ff "

struct versions_want {
	const char *owner;
	uint64_t max, min;
};

static const struct message_case {
	const char *what, *hex;
	uint32_t destination, type;
	uint8_t opcode;
	uint32_t handle;
	uint16_t major, minor;
	uint32_t reason;
	struct versions_want range, owners[2];
	uint32_t count;
	const char *initiator;
	size_t least; /* the shortest that is accepted, if not all of it */
} messages[] = {
	{ .what = "a start request",
	  .hex = "00 00 00 29 00 00 78 00 00 00 00 00 00 00 00 00 00 00 00 11 00 02 00 05" PAD21,
	  .type = NBT_REPL_START_REQUEST,
	  .handle = 0x11,
	  .major = 2,
	  .minor = 5,
	  .least = 24 },
	{ .what = "a start response",
	  .hex = "00 00 00 29 00 00 78 00 00 00 00 11 00 00 00 01 2a 2a 00 01 00 02 00 05" PAD21,
	  .destination = 0x11,
	  .type = NBT_REPL_START_RESPONSE,
	  .handle = 0x2a2a0001,
	  .major = 2,
	  .minor = 5,
	  .least = 24 },
	{ .what = "a stop",
	  .hex = "00 00 00 28 00 00 78 00 2a 2a 00 01 00 00 00 02 00 00 00 00" PAD24,
	  .destination = 0x2a2a0001,
	  .type = NBT_REPL_STOP,
	  .reason = NBT_REPL_REASON_NORMAL,
	  .least = 20 },
	{ .what = "a stop because of an error",
	  .hex = "00 00 00 28 00 00 78 00 2a 2a 00 01 00 00 00 02 00 00 00 04" PAD24,
	  .destination = 0x2a2a0001,
	  .type = NBT_REPL_STOP,
	  .reason = NBT_REPL_REASON_ERROR,
	  .least = 20 },
	{ .what = "a map request",
	  .hex = "00 00 00 10" TO_THEM "00 00 00 00",
	  .destination = 0x2a2a0001,
	  .type = NBT_REPL_MESSAGE,
	  .opcode = NBT_REPL_MAP_REQUEST },
	{ .what = "a map",
	  .hex = "00 00 00 48" TO_US "00 00 00 01 00 00 00 02"
		 " 0a 01 00 02 00 00 00 00 00 00 01 f4 00 00 00 00 00 00 00 01 00 00 00 01"
		 " 0a 01 00 03 00 00 00 01 00 00 00 05 00 00 00 00 00 00 00 01 00 00 00 01"
		 " 00 00 00 00",
	  .destination = 0x11,
	  .type = NBT_REPL_MESSAGE,
	  .opcode = NBT_REPL_MAP_RESPONSE,
	  .owners = { { "10.1.0.2", 500, 1 }, { "10.1.0.3", 0x100000005, 1 } },
	  .count = 2 },
	{ .what = "a records request",
	  .hex = "00 00 00 28" TO_THEM "00 00 00 02"
		 " 0a 01 00 03 00 00 00 01 00 00 00 05 00 00 00 01 00 00 00 03 00 00 00 00",
	  .destination = 0x2a2a0001,
	  .type = NBT_REPL_MESSAGE,
	  .opcode = NBT_REPL_RECORDS_REQUEST,
	  .range = { "10.1.0.3", 0x100000005, 0x100000003 } },
	{ .what = "a records response",
	  .hex = "00 00 00 44" TO_US "00 00 00 03 00 00 00 01" FILESRV,
	  .destination = 0x11,
	  .type = NBT_REPL_MESSAGE,
	  .opcode = NBT_REPL_RECORDS_RESPONSE,
	  .count = 1 },
	{ .what = "a records response of all lengths of records",
	  .hex = "00 00 01 28" TO_US
		 "00 00 00 03 00 00 00 05" FILESRV SCOPED CORP_1C WORKGRP ROUTER1,
	  .destination = 0x11,
	  .type = NBT_REPL_MESSAGE,
	  .opcode = NBT_REPL_RECORDS_RESPONSE,
	  .count = 5 },
	{ .what = "a records response without records",
	  .hex = "00 00 00 14" TO_US "00 00 00 03 00 00 00 00",
	  .destination = 0x11,
	  .type = NBT_REPL_MESSAGE,
	  .opcode = NBT_REPL_RECORDS_RESPONSE },
#define NOTIFICATION(op, max)                                                                      \
	"00 00 00 30" TO_THEM "00 00 00 " op " 00 00 00 01 0a 01 00 02 00 00 00 00"                \
	" 00 00 01 " max " 00 00 00 00 00 00 00 01 00 00 00 01 0a 01 00 02"
#define NOTIFIED(code, version)                                                                    \
	.destination = 0x2a2a0001, .type = NBT_REPL_MESSAGE, .opcode = (code),                     \
	.owners = { { "10.1.0.2", (version), 1 } }, .count = 1, .initiator = "10.1.0.2"
	{ .what = "an update", .hex = NOTIFICATION("04", "f4"), NOTIFIED(NBT_REPL_UPDATE, 500) },
	{ .what = "an update to be propagated",
	  .hex = NOTIFICATION("05", "f4"),
	  NOTIFIED(NBT_REPL_UPDATE_PROPAGATE, 500) },
	{ .what = "an update on a persistent association",
	  .hex = NOTIFICATION("08", "f5"),
	  NOTIFIED(NBT_REPL_UPDATE_PERSISTENT, 501) },
	{ .what = "an update to be propagated, on a persistent association",
	  .hex = NOTIFICATION("09", "f5"),
	  NOTIFIED(NBT_REPL_UPDATE_PERSISTENT_PROPAGATE, 501) },
};

static struct in_addr address_of(const char *text)
{
	return (struct in_addr){ .s_addr = text != NULL ? inet_addr(text) : INADDR_ANY };
}

static void assert_versions(const char *what, const struct nbt_owner_versions *got,
			    const struct versions_want *want)
{
	if (got->owner.s_addr != address_of(want->owner).s_addr || got->max != want->max ||
	    got->min != want->min)
		fail_msg("%s: other versions of %s", what, want->owner);
}

static void assert_owners(const struct message_case *c, struct nbt_replication_list list)
{
	struct nbt_owner_versions got;

	for (size_t i = 0; i < c->count && c->opcode != NBT_REPL_RECORDS_RESPONSE; i++) {
		assert_true(nbt_replication_next_owner(&list, &got));
		assert_versions(c->what, &got, &c->owners[i]);
	}
	if (c->opcode != NBT_REPL_RECORDS_RESPONSE) {
		assert_false(nbt_replication_next_owner(&list, &got));
		assert_int_equal(list.len, 0);
	}
}

static void messages_are_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		const struct message_case *c = &messages[i];
		struct nbt_replication got;
		uint8_t wire[WIRE_MAX];
		size_t len = unhex(wire, sizeof(wire), c->hex), frame_len;

		memset(&got, 0xEE, sizeof(got));
		assert_error(c->what,
			     nbt_replication_frame(wire, len, NBT_REPL_LENGTH_RECORDS, &frame_len),
			     NBT_OK);
		assert_int_equal(frame_len, len);
		assert_error(c->what, nbt_replication_decode(&got, wire, len), NBT_OK);
		assert_int_equal(got.destination, c->destination);
		assert_int_equal(got.type, c->type);
		assert_int_equal(got.opcode, c->opcode);
		assert_int_equal(got.handle, c->handle);
		assert_int_equal(got.major, c->major);
		assert_int_equal(got.minor, c->minor);
		assert_int_equal(got.reason, c->reason);
		assert_int_equal(got.list.count, c->count);
		assert_int_equal(got.initiator.s_addr, address_of(c->initiator).s_addr);
		assert_versions(c->what, &got.range, &c->range);
		assert_owners(c, got.list);
	}
}

/* Into buffers of every size that is too small, then into one that just fits. */
static void messages_are_encoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		const struct message_case *c = &messages[i];
		struct nbt_replication m;
		uint8_t want[WIRE_MAX], got[WIRE_MAX];
		size_t want_len = unhex(want, sizeof(want), c->hex), len;

		assert_error(c->what, nbt_replication_decode(&m, want, want_len), NBT_OK);
		assert_true(nbt_replication_equal(&m, &m));
		for (size_t size = 0; size < want_len; size++) {
			memset(got, 0xEE, sizeof(got));
			assert_error(c->what, nbt_replication_encode(&m, got, size, &len),
				     NBT_ESPACE);
			for (size_t at = size; at < want_len + 8; at++)
				assert_int_equal(got[at], 0xEE);
		}
		assert_error(c->what, nbt_replication_encode(&m, got, want_len, &len), NBT_OK);
		assert_int_equal(len, want_len);
		assert_memory_equal(got, want, len);
	}
}

static void set_length(uint8_t *wire, size_t length)
{
	for (int i = 0; i < 4; i++)
		wire[i] = (uint8_t)(length >> (24 - 8 * i));
}

/* S7: cut at every byte, with the length word as it was and with one that fits; from a buffer of
 * its own, so that a read behind it is seen. */
static void case_s7_cut_messages_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		const struct message_case *c = &messages[i];
		struct nbt_replication m;
		uint8_t wire[WIRE_MAX] = { 0 };
		size_t len = unhex(wire, sizeof(wire) - 1, c->hex);
		size_t least = c->least > 0 ? c->least : len;

		assert_error(c->what, nbt_replication_decode(&m, wire, len + 1), NBT_ETRAILING);
		for (size_t cut = 0; cut < len; cut++) {
			uint8_t *copy = malloc(cut + 1);

			memcpy(copy, wire, cut);
			assert_error(c->what, nbt_replication_decode(&m, copy, cut), NBT_ETRUNC);
			if (cut >= 4)
				set_length(copy, cut - 4);
			assert_error(c->what, nbt_replication_decode(&m, copy, cut),
				     cut >= least           ? NBT_OK
				     : cut < 4 || cut >= 16 ? NBT_ETRUNC
							    : NBT_EVALUE);
			free(copy);
		}
	}
}

/* S7, S5: what the length word may say, and from how many bytes it is known. */
static void case_s7_lengths(void **state)
{
	static const struct {
		const char *what, *hex;
		size_t limit;
		enum nbt_error want;
		size_t frame_len;
	} cases[] = {
		{ "nothing", "", NBT_REPL_LENGTH_RECORDS, NBT_ETRUNC, 0 },
		{ "three bytes", "00 00 00", NBT_REPL_LENGTH_RECORDS, NBT_ETRUNC, 0 },
		{ "0", "00 00 00 00", NBT_REPL_LENGTH_RECORDS, NBT_EVALUE, 0 },
		{ "1", "00 00 00 01", NBT_REPL_LENGTH_RECORDS, NBT_EVALUE, 0 },
		{ "11", "00 00 00 0b", NBT_REPL_LENGTH_RECORDS, NBT_EVALUE, 0 },
		{ "12, of which nothing else is known", "00 00 00 0c", NBT_REPL_LENGTH_RECORDS,
		  NBT_ETRUNC, 0 },
		{ "7fffffff", "7f ff ff ff", NBT_REPL_LENGTH_RECORDS, NBT_EVALUE, 0 },
		{ "80000000", "80 00 00 00", NBT_REPL_LENGTH_RECORDS, NBT_EVALUE, 0 },
		{ "ffffffff", "ff ff ff ff", NBT_REPL_LENGTH_RECORDS, NBT_EVALUE, 0 },
		{ "beyond all limits, whatever the caller says", "01 00 00 01", SIZE_MAX,
		  NBT_EVALUE, 0 },
		{ "64 before the association", "00 00 00 40 00 00 78 00 00 00 00 00 00 00 00 00",
		  NBT_REPL_LENGTH_START, NBT_OK, 68 },
		{ "65 before the association", "00 00 00 41", NBT_REPL_LENGTH_START, NBT_EVALUE,
		  0 },
		{ "not of this protocol, before the type is known", "00 00 00 29 00 00 00 00",
		  NBT_REPL_LENGTH_RECORDS, NBT_EVALUE, 0 },
		{ "one of its bits missing", "00 00 00 29 00 00 38 00", NBT_REPL_LENGTH_RECORDS,
		  NBT_EVALUE, 0 },
		{ "bits around them", "00 00 00 29 ff ff ff ff 00 00 00 00 00 00 00 00",
		  NBT_REPL_LENGTH_RECORDS, NBT_OK, 45 },
		{ "a type not all there", "00 00 00 29 00 00 78 00 00 00 00 00 00 00 00",
		  NBT_REPL_LENGTH_RECORDS, NBT_ETRUNC, 0 },
		{ "a stop of 256", "00 00 01 00 00 00 78 00 00 00 00 00 00 00 00 02",
		  NBT_REPL_LENGTH_RECORDS, NBT_OK, 260 },
		{ "a stop of 257", "00 00 01 01 00 00 78 00 00 00 00 00 00 00 00 02",
		  NBT_REPL_LENGTH_RECORDS, NBT_EVALUE, 0 },
		{ "an unknown type of 257", "00 00 01 01 00 00 78 00 00 00 00 00 00 00 00 04",
		  NBT_REPL_LENGTH_RECORDS, NBT_EVALUE, 0 },
		{ "an opcode not all there", "00 00 00 10" TO_US "00 00 00",
		  NBT_REPL_LENGTH_RECORDS, NBT_ETRUNC, 0 },
		{ "a map request of 257", "00 00 01 01" TO_US "00 00 00 00",
		  NBT_REPL_LENGTH_RECORDS, NBT_EVALUE, 0 },
		{ "a records request of 257", "00 00 01 01" TO_US "00 00 00 02",
		  NBT_REPL_LENGTH_RECORDS, NBT_EVALUE, 0 },
		{ "an unknown opcode of 257", "00 00 01 01" TO_US "00 00 00 06",
		  NBT_REPL_LENGTH_RECORDS, NBT_EVALUE, 0 },
		{ "a map of 10,000 owners", "00 03 a9 98" TO_US "00 00 00 01",
		  NBT_REPL_LENGTH_RECORDS, NBT_OK, 240028 },
		{ "a map of more", "00 03 a9 99" TO_US "00 00 00 01", NBT_REPL_LENGTH_RECORDS,
		  NBT_EVALUE, 0 },
		{ "an update of more", "00 03 a9 99" TO_US "00 00 00 09", NBT_REPL_LENGTH_RECORDS,
		  NBT_EVALUE, 0 },
		{ "records of 16 MiB", "01 00 00 00" TO_US "00 00 00 03", NBT_REPL_LENGTH_RECORDS,
		  NBT_OK, (16 << 20) + 4 },
		{ "records that nobody asked for", "01 00 00 00" TO_US "00 00 00 03",
		  NBT_REPL_LENGTH_OWNERS, NBT_EVALUE, 0 },
		{ "reserved bytes before the opcode", "00 00 00 10" TO_US "ff ff ff 00",
		  NBT_REPL_LENGTH_RECORDS, NBT_OK, 20 },
		{ "the probe for a patch: 15 for a body of 16", "00 00 00 0f" TO_US "00 00 00 00",
		  NBT_REPL_LENGTH_RECORDS, NBT_EVALUE, 0 },
		{ "the probe, its opcode not yet there", "00 00 00 0f" TO_US,
		  NBT_REPL_LENGTH_RECORDS, NBT_EVALUE, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t wire[64];
		size_t len = unhex(wire, sizeof(wire), cases[i].hex), frame_len = 0;

		assert_error(cases[i].what,
			     nbt_replication_frame(wire, len, cases[i].limit, &frame_len),
			     cases[i].want);
		assert_int_equal(frame_len, cases[i].frame_len);
	}
}

static void malformed_messages_are_refused(void **state)
{
	static const struct {
		const char *what, *hex;
		enum nbt_error want;
	} cases[] = {
		{ "not of this protocol",
		  "00 00 00 10 00 00 00 00 00 00 00 00 00 00 00 03 00 00 00 00", NBT_EVALUE },
		{ "S5: a length of 15 for a body of 16", "00 00 00 0f" TO_US "00 00 00 00",
		  NBT_ETRAILING },
		{ "a map request with more", "00 00 00 14" TO_US "00 00 00 00 00 00 00 00",
		  NBT_ETRAILING },
		{ "S8: a map with more owners than its count",
		  "00 00 00 30" TO_US "00 00 00 01 00 00 00 00" PAD24 "00 00 00 00",
		  NBT_ETRAILING },
		{ "S8: a map with fewer owners than its count",
		  "00 00 00 30" TO_US "00 00 00 01 00 00 00 02" PAD24 "00 00 00 00", NBT_ETRUNC },
		{ "S9: a count of owners that wraps to 8",
		  "00 00 00 1c" TO_US "00 00 00 01 0a aa aa ab 00 00 00 00 00 00 00 00",
		  NBT_ETRUNC },
		{ "S9: 80000000 owners", "00 00 00 18" TO_US "00 00 00 04 80 00 00 00 00 00 00 00",
		  NBT_ETRUNC },
		{ "S9: ffffffff owners",
		  "00 00 00 30" TO_US "00 00 00 09 ff ff ff ff" PAD24 "00 00 00 00", NBT_ETRUNC },
		{ "S8: more records than their count",
		  "00 00 00 44" TO_US "00 00 00 03 00 00 00 00" FILESRV, NBT_ETRAILING },
		{ "S8: fewer records than their count",
		  "00 00 00 44" TO_US "00 00 00 03 00 00 00 02" FILESRV, NBT_ETRUNC },
		{ "S8: a byte behind the last record",
		  "00 00 00 45" TO_US "00 00 00 03 00 00 00 01" FILESRV "00", NBT_ETRAILING },
		{ "S9: a count of records that wraps",
		  "00 00 00 44" TO_US "00 00 00 03 05 55 55 56" FILESRV, NBT_ETRUNC },
		{ "S9: ffffffff records", "00 00 00 14" TO_US "00 00 00 03 ff ff ff ff",
		  NBT_ETRUNC },
		{ "an update without initiator", "00 00 00 14" TO_US "00 00 00 04 00 00 00 00",
		  NBT_ETRUNC },
		{ "a good record before a bad one",
		  "00 00 00 74" TO_US "00 00 00 03 00 00 00 02" FILESRV
		  " 00 00 00 00 46 49 4c 45 53 52 56 20 20 20 20 20 20 20 20 20 00 00 00 00"
		  " 00 00 00 60 00 00 00 00 00 00 00 01 00 00 00 03 0a 01 07 09 ff ff ff ff ",
		  NBT_EVALUE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nbt_replication m;
		uint8_t wire[WIRE_MAX];
		size_t len = unhex(wire, sizeof(wire), cases[i].hex);

		assert_error(cases[i].what, nbt_replication_decode(&m, wire, len), cases[i].want);
	}
}

/* S2: the published exploit's message has no list, no type, and is longer than any of its kind. */
static void case_s2_the_large_message(void **state)
{
	static uint8_t wire[9200];
	struct nbt_replication m;
	size_t frame_len;

	(void)state;
	memset(wire, 0x90, sizeof(wire));
	set_length(wire, sizeof(wire) - 4);
	memset(wire + 4, 0xFF, 4);
	assert_error("frame", nbt_replication_frame(wire, 20, NBT_REPL_LENGTH_RECORDS, &frame_len),
		     NBT_EVALUE);
	assert_error("decode", nbt_replication_decode(&m, wire, sizeof(wire)), NBT_OK);
	assert_int_equal(m.type, 0x90909090);
	assert_int_equal(m.list.count, 0);
	wire[12] = wire[13] = wire[14] = 0;
	wire[15] = NBT_REPL_MESSAGE;
	assert_error("frame", nbt_replication_frame(wire, 20, NBT_REPL_LENGTH_RECORDS, &frame_len),
		     NBT_EVALUE);
}

static void what_is_reserved_is_ignored(void **state)
{
	static const struct {
		const char *what, *hex, *same;
	} cases[] = {
		{ "a start request with old memory as its padding",
		  "00 00 00 29 80 ff 7f 01 00 00 00 00 00 00 00 00 00 00 00 11 00 02 00 05"
		  " 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15",
		  "00 00 00 29 00 00 78 00 00 00 00 00 00 00 00 00 00 00 00 11 00 02 00 05" PAD21 },
		{ "Samba's short stop",
		  "00 00 00 10 00 00 78 00 2a 2a 00 01 00 00 00 02 00 00 00 04",
		  "00 00 00 28 00 00 78 00 2a 2a 00 01 00 00 00 02 00 00 00 04" PAD24 },
		{ "bytes before the opcode", "00 00 00 10" TO_US "ab cd ef 00",
		  "00 00 00 10" TO_US "00 00 00 00" },
		{ "the last words of an owner and of a map",
		  "00 00 00 30" TO_US "00 00 00 01 00 00 00 01 0a 01 00 02 00 00 00 00 00 00 01 f4"
		  " 00 00 00 00 00 00 00 00 12 34 56 78 0a 01 00 02",
		  "00 00 00 30" TO_US "00 00 00 01 00 00 00 01 0a 01 00 02 00 00 00 00 00 00 01 f4"
		  " 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00" },
		{ "the last word of a request",
		  "00 00 00 28" TO_US "00 00 00 02 0a 01 00 03 00 00 00 01 00 00 00 05"
		  " 00 00 00 01 00 00 00 03 00 00 00 01",
		  "00 00 00 28" TO_US "00 00 00 02 0a 01 00 03 00 00 00 01 00 00 00 05"
		  " 00 00 00 01 00 00 00 03 00 00 00 00" },
		{ "a record's padding, reserved bytes, bit 4, group word and trailer",
		  "00 00 00 44" TO_US "00 00 00 03 00 00 00 01"
		  " 00 00 00 11 46 49 4c 45 53 52 56 20 20 20 20 20 20 20 20 20 00 01 02 03"
		  " 04 05 06 70 07 08 09 0a 00 00 00 01 00 00 00 03 0a 01 07 09 00 00 00 00 ",
		  "00 00 00 44" TO_US "00 00 00 03 00 00 00 01" FILESRV },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nbt_replication m;
		uint8_t wire[WIRE_MAX], want[WIRE_MAX], got[WIRE_MAX];
		size_t wire_len = unhex(wire, sizeof(wire), cases[i].hex), len;
		size_t want_len = unhex(want, sizeof(want), cases[i].same);

		assert_error(cases[i].what, nbt_replication_decode(&m, wire, wire_len), NBT_OK);
		assert_error(cases[i].what, nbt_replication_encode(&m, got, sizeof(got), &len),
			     NBT_OK);
		assert_int_equal(len, want_len);
		assert_memory_equal(got, want, len);
	}
}

/* They are to be discarded, not to end the connection; nobody sends them. */
static void unknown_types_and_opcodes(void **state)
{
	static const char *const cases[] = {
		"00 00 00 0c 00 00 78 00 00 00 00 11 00 00 00 04",
		"00 00 00 10 00 00 78 00 00 00 00 11 ff ff ff ff 00 00 00 00",
		"00 00 00 10" TO_US "00 00 00 06",
		"00 00 00 14" TO_US "00 00 00 07 01 02 03 04",
		"00 00 00 10" TO_US "00 00 00 0a",
		"00 00 00 10" TO_US "00 00 00 ff",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nbt_replication m;
		struct nbt_replication_writer w;
		uint8_t wire[64];
		size_t len = unhex(wire, sizeof(wire), cases[i]), frame_len;

		assert_error(cases[i],
			     nbt_replication_frame(wire, len, NBT_REPL_LENGTH_RECORDS, &frame_len),
			     NBT_OK);
		assert_error(cases[i], nbt_replication_decode(&m, wire, len), NBT_OK);
		assert_int_equal(m.destination, 0x11);
		assert_error(cases[i], nbt_replication_encode(&m, wire, sizeof(wire), &len),
			     NBT_EVALUE);
		assert_error(cases[i], nbt_replication_begin(&w, &m, wire, sizeof(wire)),
			     NBT_EVALUE);
		assert_error(cases[i], nbt_replication_end(&w, &len), NBT_EVALUE);
		assert_false(nbt_replication_equal(&m, &m));
	}
}

static void assert_text(const char *what, const char *want, const struct nbt_replica *r)
{
	char name[NBT_NAME_TEXT_MAX], scope[NBT_SCOPE_TEXT_MAX], text[2048];
	size_t len = (size_t)snprintf(
		text, sizeof(text), "%s%s%s%s %c %u %u version %llx",
		nbt_name_print(&r->name, name, sizeof(name)), r->scope.len > 0 ? "." : "",
		nbt_scope_print(&r->scope, scope, sizeof(scope)), r->is_static ? " static" : "",
		"BPMH"[r->node], r -> type, r -> state, (unsigned long long)r -> version);

	for (size_t i = 0; i < r->member_count; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, " %s",
					inet_ntoa(r->member[i].owner));
		len += (size_t)snprintf(text + len, sizeof(text) - len, ":%s",
					inet_ntoa(r->member[i].address));
	}
	if (strcmp(want, text) != 0)
		fail_msg("%s: %s, wanted %s", what, text, want);
}

static const struct record_case {
	const char *what, *hex, *want; /* name, node, type, state, version, owner:member */
} records[] = {
	{ "a unique name", FILESRV, "FILESRV<20> H 0 0 version 100000003 0.0.0.0:10.1.7.9" },
	{ "a group", WORKGRP, "WORKGRP<00> B 1 0 version 100000004 0.0.0.0:255.255.255.255" },
	{ "a special group", CORP_1C,
	  "CORP<1C> H 2 0 version 100000005 10.1.0.3:10.1.7.1 10.1.0.2:10.1.8.1" },
	{ "a multihomed name", ROUTER1,
	  "ROUTER1<00> H 3 0 version 100000006 10.1.0.3:10.1.7.2 10.1.0.3:10.1.9.2" },
	{ "a tombstone",
	  " 00 00 00 11 4f 4c 44 50 43 20 20 20 20 20 20 20 20 20 20 00 00 00 00 00"
	  " 00 00 00 68 00 00 00 00 00 00 00 01 00 00 00 07 0a 01 07 4d ff ff ff ff ",
	  "OLDPC<00> H 0 2 version 100000007 0.0.0.0:10.1.7.77" },
	{ "a static name",
	  " 00 00 00 11 50 52 49 4e 54 45 52 20 20 20 20 20 20 20 20 20 00 00 00 00"
	  " 00 00 00 80 00 00 00 00 00 00 00 01 00 00 00 08 0a 01 07 32 ff ff ff ff ",
	  "PRINTER<20> static B 0 0 version 100000008 0.0.0.0:10.1.7.50" },
	{ "a <1B>",
	  " 00 00 00 11 1b 4f 52 50 20 20 20 20 20 20 20 20 20 20 20 43 00 00 00 00"
	  " 00 00 00 60 00 00 00 00 00 00 00 01 00 00 00 09 0a 01 07 01 ff ff ff ff ",
	  "CORP<1B> H 0 0 version 100000009 0.0.0.0:10.1.7.1" },
	{ "a name with a scope", SCOPED,
	  "FILESRV<20>.ABC H 0 0 version 10000000a 0.0.0.0:10.1.7.9" },
	{ "a special group without members, released, of an M node, the highest version",
	  " 00 00 00 11 43 4f 52 50 20 20 20 20 20 20 20 20 20 20 20 1c 00 00 00 00"
	  " 00 00 00 46 01 00 00 00 ff ff ff ff ff ff ff ff 00 00 00 00 ff ff ff ff ",
	  "CORP<1C> M 2 1 version ffffffffffffffff" },
	{ "a state that does not exist",
	  " 00 00 00 11 4f 4c 44 50 43 20 20 20 20 20 20 20 20 20 20 00 00 00 00 00"
	  " 00 00 00 2c 00 00 00 00 00 00 00 01 00 00 00 07 0a 01 07 4d ff ff ff ff ",
	  "OLDPC<00> P 0 3 version 100000007 0.0.0.0:10.1.7.77" },
};

/* A response with this one record. */
static size_t message_of(uint8_t wire[WIRE_MAX], const uint8_t *record, size_t len)
{
	assert_error("head", nbt_replication_records_head(wire, 0x11, 1, len), NBT_OK);
	memcpy(wire + NBT_REPL_RECORDS_HEAD, record, len);
	return NBT_REPL_RECORDS_HEAD + len;
}

static enum nbt_error decode_record(struct nbt_replica *out, const uint8_t *record, size_t len)
{
	struct nbt_replication m;
	struct nbt_replica none;
	uint8_t wire[WIRE_MAX];
	enum nbt_error err = nbt_replication_decode(&m, wire, message_of(wire, record, len));

	if (err != NBT_OK)
		return err;
	memset(out, 0xEE, sizeof(*out));
	assert_true(nbt_replication_next_record(&m.list, out));
	assert_false(nbt_replication_next_record(&m.list, &none));
	return NBT_OK;
}

static void records_are_decoded_and_encoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(records); i++) {
		const struct record_case *c = &records[i];
		struct nbt_replica r;
		uint8_t want[256], got[256];
		size_t want_len = unhex(want, sizeof(want), c->hex), len;

		assert_error(c->what, decode_record(&r, want, want_len), NBT_OK);
		assert_text(c->what, c->want, &r);
		assert_int_equal(nbt_replica_size(&r), want_len);
		for (size_t size = 0; size < want_len; size++) {
			memset(got, 0xEE, sizeof(got));
			assert_error(c->what, nbt_replica_encode(&r, got, size, &len), NBT_ESPACE);
			for (size_t at = size; at < sizeof(got); at++)
				assert_int_equal(got[at], 0xEE);
		}
		assert_error(c->what, nbt_replica_encode(&r, got, want_len, &len), NBT_OK);
		assert_int_equal(len, want_len);
		assert_memory_equal(got, want, len);
		for (size_t cut = 0; cut < len; cut++)
			assert_error(c->what, decode_record(&r, want, cut), NBT_ETRUNC);
	}
}

/* Of a record made up: FILESRV with this length word, len bytes of name field, and the padding. */
static size_t named_record(uint8_t out[WIRE_MAX], uint32_t length, const uint8_t *field, size_t len)
{
	uint8_t good[64];
	size_t good_len = unhex(good, sizeof(good), FILESRV), padded = len + 4 - len % 4;

	memset(out, 0, WIRE_MAX);
	set_length(out, length);
	memcpy(out + 4, field, len);
	memcpy(out + 4 + padded, good + 24, good_len - 24);
	return 4 + padded + good_len - 24;
}

/* S6 */
static void case_s6_name_lengths(void **state)
{
	static const struct {
		const char *what;
		uint32_t length;
		size_t len; /* that the name field has */
		enum nbt_error want;
	} cases[] = {
		{ "none", 0, 17, NBT_EVALUE },
		{ "1", 1, 17, NBT_EVALUE },
		{ "15", 15, 15, NBT_EVALUE },
		{ "16: without the NUL", 16, 16, NBT_OK },
		{ "17", 17, 17, NBT_OK },
		{ "255", 255, 255, NBT_OK },
		{ "more than the message has", 255, 17, NBT_ETRUNC },
		{ "256", 256, 256, NBT_EVALUE },
		{ "7fffffff", 0x7FFFFFFF, 17, NBT_EVALUE },
		{ "ffffffff", 0xFFFFFFFF, 17, NBT_EVALUE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nbt_replica r;
		uint8_t field[256], record[WIRE_MAX];
		size_t len;

		memset(field, 'A', sizeof(field));
		field[cases[i].len - 1] = '\0';
		len = named_record(record, cases[i].length, field, cases[i].len);
		assert_error(cases[i].what, decode_record(&r, record, len), cases[i].want);
	}
}

/* S6, and texts that no packet of the name service could have as a scope. */
static void scopes_are_text(void **state)
{
	static const struct {
		const char *what;
		const uint8_t *field; /* behind the name */
		size_t len;
		const char *want;
		bool valid;
		const char *again; /* what is sent, if not that */
	} cases[] = {
		{ "none", BYTES(""), "", true, "\0" },
		{ "an empty one", BYTES("\0"), "", true, NULL },
		{ "two labels", BYTES("LAB.NETBIOS\0"), "LAB.NETBIOS", true, NULL },
		{ "small letters stay", BYTES("lab\0"), "lab", true, NULL },
		{ "a NUL at its start", BYTES("\0ABC\0"), "", true, "\0" },
		{ "a NUL in it", BYTES("ABC\0DEF\0"), "ABC", true, "ABC" },
		{ "no NUL at its end", BYTES("ABC"), "ABC", true, "ABC" },
		{ "a dot", BYTES(".\0"), ".", false, NULL },
		{ "a dot at its start", BYTES(".ABC\0"), ".ABC", false, NULL },
		{ "a dot at its end", BYTES("ABC.\0"), "ABC.", false, NULL },
		{ "two dots", BYTES("ABC..DEF\0"), "ABC..DEF", false, NULL },
		{ "a label of 64",
		  BYTES("0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF\0"),
		  "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF", false, NULL },
		{ "bytes that are no ASCII", BYTES("\x01\xff\0"), "\\001\\255", true, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nbt_replica r;
		uint8_t field[WIRE_MAX] = "FILESRV        ", record[WIRE_MAX], got[WIRE_MAX];
		char text[NBT_SCOPE_TEXT_MAX];
		size_t len, got_len;

		memcpy(field + NBT_NAME_LEN, cases[i].field, cases[i].len);
		len = named_record(record, (uint32_t)(NBT_NAME_LEN + cases[i].len), field,
				   NBT_NAME_LEN + cases[i].len);
		assert_error(cases[i].what, decode_record(&r, record, len), NBT_OK);
		assert_string_equal(nbt_scope_print(&r.scope, text, sizeof(text)), cases[i].want);
		if (nbt_scope_is_valid(&r.scope) != cases[i].valid)
			fail_msg("%s: valid or not", cases[i].what);
		if (cases[i].again != NULL) {
			size_t text_len = strlen(cases[i].again) + 1;

			memcpy(field + NBT_NAME_LEN, cases[i].again, text_len);
			len = named_record(record, (uint32_t)(NBT_NAME_LEN + text_len), field,
					   NBT_NAME_LEN + text_len);
		}
		assert_error(cases[i].what, nbt_replica_encode(&r, got, sizeof(got), &got_len),
			     NBT_OK);
		assert_int_equal(got_len, len);
		assert_memory_equal(got, record, len);
	}
}

static struct nbt_replica replica_of(const char *hex)
{
	struct nbt_replica r;
	uint8_t wire[256];
	size_t len = unhex(wire, sizeof(wire), hex);

	assert_error(hex, decode_record(&r, wire, len), NBT_OK);
	return r;
}

static void records_that_cannot_be_sent(void **state)
{
	struct nbt_replica r;
	uint8_t wire[WIRE_MAX];
	size_t len;

	(void)state;
#define REFUSED(hex, change, err)                                                                  \
	do {                                                                                       \
		r = replica_of(hex);                                                               \
		change;                                                                            \
		assert_error(#change, nbt_replica_encode(&r, wire, sizeof(wire), &len), err);      \
	} while (0)
	REFUSED(FILESRV, r.type = 4, NBT_EVALUE);
	REFUSED(FILESRV, r.state = 4, NBT_EVALUE);
	REFUSED(FILESRV, r.node = 4, NBT_EVALUE);
	REFUSED(FILESRV, r.member_count = 0, NBT_EVALUE);
	REFUSED(FILESRV, r.member_count = 2, NBT_EVALUE);
	REFUSED(WORKGRP, r.member_count = 2, NBT_EVALUE);
	REFUSED(FILESRV, r.scope = ((struct nbt_scope){ 1, { 0 } }), NBT_ELABEL);
	REFUSED(FILESRV, r.scope = ((struct nbt_scope){ 4, { 3, 'A', '.', 'B' } }), NBT_ELABEL);
	REFUSED(FILESRV, r.scope = ((struct nbt_scope){ 4, { 3, 'A', 0, 'B' } }), NBT_ELABEL);
	REFUSED(FILESRV, r.scope = ((struct nbt_scope){ 3, { 3, 'A', 'B', 'C' } }), NBT_ELABEL);
	REFUSED(FILESRV, memset(&r.scope, 'A', sizeof(r.scope)); r.scope.len = NBT_SCOPE_MAX + 1;
		r.scope.labels[0] = NBT_SCOPE_MAX, NBT_ELABEL);
#undef REFUSED
}

static void a_difference_in_any_field_is_seen(void **state)
{
	struct nbt_replication m[ARRAY_SIZE(messages)], b;
	static uint8_t wire[ARRAY_SIZE(messages)][WIRE_MAX];
	uint8_t other[WIRE_MAX];
	struct nbt_replica a = replica_of(CORP_1C), r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
		assert_error(messages[i].what,
			     nbt_replication_decode(&m[i], wire[i],
						    unhex(wire[i], WIRE_MAX, messages[i].hex)),
			     NBT_OK);
#define DIFFERS(from, change)                                                                      \
	do {                                                                                       \
		b = (from);                                                                        \
		change;                                                                            \
		if (nbt_replication_equal(&(from), &b) || nbt_replication_equal(&b, &(from)))      \
			fail_msg("not seen: %s", #change);                                         \
	} while (0)
	DIFFERS(m[0], b.destination++);
	DIFFERS(m[0], b.type++);
	DIFFERS(m[0], b.handle++);
	DIFFERS(m[0], b.major++);
	DIFFERS(m[0], b.minor++);
	DIFFERS(m[2], b.reason++);
	DIFFERS(m[4], b.opcode = NBT_REPL_RECORDS_REQUEST);
	DIFFERS(m[5], b.list.count--);
	DIFFERS(m[5], b.list.len = 24);
	DIFFERS(m[6], b.range.owner.s_addr++);
	DIFFERS(m[6], b.range.max++);
	DIFFERS(m[6], b.range.min++);
	DIFFERS(m[8], b.list.count--);
	DIFFERS(m[8], b.list.len--);
	DIFFERS(m[10], b.initiator.s_addr++);
	for (size_t i = 5; i <= 8; i += i == 5 ? 2 : 1) { /* [6] has no list */
		memcpy(other, wire[i], WIRE_MAX);
		DIFFERS(m[i], b.list.bytes = other + 24; other[32]++);
	}
#undef DIFFERS
#define DIFFERS(change)                                                                            \
	do {                                                                                       \
		r = a;                                                                             \
		change;                                                                            \
		if (nbt_replica_equal(&a, &r))                                                     \
			fail_msg("not seen: %s", #change);                                         \
	} while (0)
	DIFFERS(r.name.bytes[0]++);
	DIFFERS(r.scope = scope_of("X"));
	DIFFERS(r.version++);
	DIFFERS(r.type++);
	DIFFERS(r.state++);
	DIFFERS(r.node--);
	DIFFERS(r.is_static = true);
	DIFFERS(r.member_count--);
	DIFFERS(r.member[1].owner.s_addr++);
	DIFFERS(r.member[1].address.s_addr++);
#undef DIFFERS
	r = a = replica_of(FILESRV);
	r.member[0].owner.s_addr++; /* isn't sent */
	assert_true(nbt_replica_equal(&a, &r));
}

/* A buffer that is too small is left with what was in it, and the message goes on in a larger one.
 */
static void a_message_is_written_entry_by_entry(void **state)
{
	const struct message_case *c = &messages[8];
	struct nbt_replication m;
	struct nbt_replication_writer w;
	struct nbt_replica r;
	struct nbt_owner_versions none = { .max = 1 };
	uint8_t want[WIRE_MAX], got[WIRE_MAX];
	size_t want_len = unhex(want, sizeof(want), c->hex), len, retries = 0;

	(void)state;
	assert_error(c->what, nbt_replication_decode(&m, want, want_len), NBT_OK);
	assert_error("begin", nbt_replication_begin(&w, &m, got, NBT_REPL_RECORDS_HEAD), NBT_OK);
	while (nbt_replication_next_record(&m.list, &r)) {
		enum nbt_error err;

		while ((err = nbt_replication_add_record(&w, &r)) == NBT_ESPACE) {
			w.size += 10;
			retries++;
		}
		assert_error("add", err, NBT_OK);
	}
	assert_int_equal(retries, 28);
	assert_int_equal(w.count, 5);
	assert_error("an owner", nbt_replication_add_owner(&w, &none), NBT_EVALUE);
	w.size += 100;
	r.type = 4;
	assert_error("a bad record", nbt_replication_add_record(&w, &r), NBT_EVALUE);
	assert_int_equal(w.count, 5);
	assert_error("end", nbt_replication_end(&w, &len), NBT_OK);
	assert_int_equal(len, want_len);
	assert_memory_equal(got, want, len);

	m.opcode = NBT_REPL_UPDATE;
	assert_error("no room", nbt_replication_begin(&w, &m, got, 10), NBT_ESPACE);
	assert_error("not begun", nbt_replication_end(&w, &len), NBT_EVALUE);
	assert_error("begin", nbt_replication_begin(&w, &m, got, sizeof(got)), NBT_OK);
	r.type = NBT_REPLICA_UNIQUE;
	assert_error("a record", nbt_replication_add_record(&w, &r), NBT_EVALUE);
	assert_error("an owner", nbt_replication_add_owner(&w, &none), NBT_OK);
	w.size = w.len + 3;
	assert_error("no room for the end", nbt_replication_end(&w, &len), NBT_ESPACE);
	w.size++;
	assert_error("room", nbt_replication_end(&w, &len), NBT_OK);
	assert_error("decode", nbt_replication_decode(&m, got, len), NBT_OK);
	assert_int_equal(m.list.count, 1);
}

static void the_head_of_many_records(void **state)
{
	uint8_t head[NBT_REPL_RECORDS_HEAD], want[NBT_REPL_RECORDS_HEAD];

	(void)state;
	unhex(want, sizeof(want), "00 00 00 44" TO_US "00 00 00 03 00 00 00 01");
	assert_error("one", nbt_replication_records_head(head, 0x11, 1, 48), NBT_OK);
	assert_memory_equal(head, want, sizeof(head));
	unhex(want, sizeof(want), "ff ff ff ff" TO_US "00 00 00 03 05 00 00 00");
	assert_error("the most",
		     nbt_replication_records_head(head, 0x11, 0x5000000, UINT32_MAX - 20), NBT_OK);
	assert_memory_equal(head, want, sizeof(head));
	assert_error("too many", nbt_replication_records_head(head, 0x11, 1, UINT32_MAX - 19),
		     NBT_EVALUE);
}

/* S4 */
static void case_01_a_start_response_has_zeros_behind_it(void **state)
{
	const struct nbt_replication response = { .destination = 0x11,
						  .type = NBT_REPL_START_RESPONSE,
						  .handle = 0x2a2a0001,
						  .major = 2,
						  .minor = 5 };
	uint8_t want[45], got[64];
	size_t len;

	(void)state;
	memset(got, 0xEE, sizeof(got));
	unhex(want, sizeof(want), messages[1].hex);
	assert_error("encode", nbt_replication_encode(&response, got, sizeof(got), &len), NBT_OK);
	assert_int_equal(len, 45);
	assert_memory_equal(got, want, 45);
}

static void case_03_versions_of_a_start(void **state)
{
	static const struct {
		uint16_t major, minor, want;
	} cases[] = {
		{ 2, 5, 5 }, { 2, 9, 5 }, { 2, 6, 5 }, { 2, 3, 1 }, { 2, 1, 1 },      { 2, 0, 1 },
		{ 1, 1, 1 }, { 1, 5, 1 }, { 3, 5, 0 }, { 0, 5, 0 }, { 0xFFFF, 5, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct nbt_replication m = { .major = cases[i].major,
						   .minor = cases[i].minor };

		assert_int_equal(nbt_replication_minor(&m), cases[i].want);
	}
}

static void case_14_scopes_of_every_length_come_back(void **state)
{
	(void)state;
	for (size_t scope = 0; scope <= NBT_SCOPE_MAX - 1; scope++) {
		uint8_t field[256] = "FILESRV        ", record[WIRE_MAX], got[WIRE_MAX];
		struct nbt_replica r;
		size_t len, got_len;

		for (size_t i = 0; i < scope; i++)
			field[NBT_NAME_LEN + i] = i % 5 == 4 ? '.' : 'A';
		len = named_record(record, (uint32_t)(17 + scope), field, 17 + scope);
		assert_int_equal(len % 4, 0);
		assert_error("decode", decode_record(&r, record, len), NBT_OK);
		assert_int_equal(nbt_scope_length(&r.scope), scope);
		assert_int_equal(nbt_replica_size(&r), len);
		assert_error("encode", nbt_replica_encode(&r, got, sizeof(got), &got_len), NBT_OK);
		assert_int_equal(got_len, len);
		assert_memory_equal(got, record, len);
	}
}

static void case_15_a_scope_of_238_is_cut_to_237(void **state)
{
	uint8_t field[256] = "FILESRV        ", record[WIRE_MAX];
	struct nbt_replica r;
	size_t len;

	(void)state;
	for (size_t i = NBT_NAME_LEN; i < 254; i++)
		field[i] = i % 50 == 0 ? '.' : 'A';
	field[253] = 'Z';
	len = named_record(record, 255, field, 255);
	assert_error("255", decode_record(&r, record, len), NBT_OK);
	assert_int_equal(nbt_scope_length(&r.scope), 237);
	assert_true(nbt_scope_is_valid(&r.scope));
	assert_int_equal(r.scope.labels[r.scope.len - 1], 'A');
	len = named_record(record, 256, field, 256);
	assert_error("256", decode_record(&r, record, len), NBT_EVALUE);
}

static void case_16_the_ends_of_1b_names_are_swapped(void **state)
{
	static const struct {
		const char *what, *name, *wire;
	} cases[] = {
		{ "a <1B>", "CORP<1B>",
		  "\x1b"
		  "ORP           C" },
		{ "a <1C>", "CORP<1C>", "CORP           \x1c" },
		{ "a <1B> of one letter", "A<1B>", "\x1b              A" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nbt_replica r = replica_of(FILESRV), again;
		struct nbt_name want = name_of(cases[i].name);
		uint8_t wire[256];
		size_t len;

		r.name = want;
		assert_error(cases[i].what, nbt_replica_encode(&r, wire, sizeof(wire), &len),
			     NBT_OK);
		assert_memory_equal(wire + 4, cases[i].wire, NBT_NAME_LEN);
		assert_error(cases[i].what, decode_record(&again, wire, len), NBT_OK);
		assert_true(nbt_name_equal(&again.name, &want));
	}
}

static void case_17_autodiscovery(void **state)
{
	static const struct {
		const char *what, *hex;
		enum nbt_error want;
		bool down;
		const char *address[2];
		bool same; /* as it is sent */
	} cases[] = {
		{ "up",
		  "cd ab 00 00 00 00 00 00 0a 01 00 02 c0 a8 05 02 00 00 00 00",
		  NBT_OK,
		  false,
		  { "10.1.0.2", "192.168.5.2" },
		  true },
		{ "down",
		  "cd ab 00 00 01 00 00 00 0a 01 00 02 00 00 00 00",
		  NBT_OK,
		  true,
		  { "10.1.0.2" },
		  true },
		{ "nobody", "cd ab 00 00 00 00 00 00 00 00 00 00", NBT_OK, false, { NULL }, true },
		{ "no end",
		  "cd ab 00 00 00 00 00 00 0a 01 00 02",
		  NBT_OK,
		  false,
		  { "10.1.0.2" },
		  false },
		{ "two bytes more",
		  "cd ab 00 00 00 00 00 00 0a 01 00 02 c0 a8",
		  NBT_OK,
		  false,
		  { "10.1.0.2" },
		  false },
		{ "addresses behind the end",
		  "cd ab 00 00 00 00 00 00 0a 01 00 02 00 00 00 00 0a 01 00 03",
		  NBT_OK,
		  false,
		  { "10.1.0.2" },
		  false },
		{ "signature ABCF, opcode 7",
		  "cf ab 00 00 07 00 00 00 0a 01 00 02 00 00 00 00",
		  NBT_OK,
		  true,
		  { "10.1.0.2" },
		  false },
		{ "opcode 256",
		  "ce ab 00 00 00 01 00 00 0a 01 00 02 00 00 00 00",
		  NBT_OK,
		  true,
		  { "10.1.0.2" },
		  false },
		{ "signature ABD0",
		  "d0 ab 00 00 00 00 00 00 0a 01 00 02 00 00 00 00",
		  NBT_EVALUE,
		  false,
		  { NULL },
		  false },
		{ "signature ABCC",
		  "cc ab 00 00 00 00 00 00 0a 01 00 02 00 00 00 00",
		  NBT_EVALUE,
		  false,
		  { NULL },
		  false },
		{ "signature of the other byte order",
		  "00 00 ab cd 00 00 00 00 0a 01 00 02 00 00 00 00",
		  NBT_EVALUE,
		  false,
		  { NULL },
		  false },
		{ "seven bytes", "cd ab 00 00 00 00 00", NBT_ETRUNC, false, { NULL }, false },
		{ "nothing", "", NBT_ETRUNC, false, { NULL }, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nbt_discovery d;
		uint8_t wire[64], got[64];
		size_t len = unhex(wire, sizeof(wire), cases[i].hex), got_len, count;

		memset(&d, 0xEE, sizeof(d));
		assert_error(cases[i].what, nbt_discovery_decode(&d, wire, len), cases[i].want);
		if (cases[i].want != NBT_OK)
			continue;
		assert_int_equal(d.down, cases[i].down);
		for (count = 0; count < 2 && cases[i].address[count] != NULL; count++)
			assert_int_equal(d.address[count].s_addr,
					 address_of(cases[i].address[count]).s_addr);
		assert_int_equal(d.count, count);
		for (size_t size = 0; size < 12 + 4 * count; size++)
			assert_error(cases[i].what, nbt_discovery_encode(&d, got, size, &got_len),
				     NBT_ESPACE);
		assert_error(cases[i].what, nbt_discovery_encode(&d, got, sizeof(got), &got_len),
			     NBT_OK);
		assert_int_equal(got_len, 12 + 4 * count);
		if (cases[i].same)
			assert_memory_equal(got, wire, len);
	}
}

static void many_addresses_of_a_server(void **state)
{
	struct nbt_discovery d = { .count = NBT_DISCOVERY_ADDRESSES_MAX };
	uint8_t wire[256];
	size_t len;

	(void)state;
	memset(d.address, 1, sizeof(d.address));
	assert_error("full", nbt_discovery_encode(&d, wire, sizeof(wire), &len), NBT_OK);
	memset(wire + len - 4, 1, 8);
	assert_error("one more", nbt_discovery_decode(&d, wire, len + 4), NBT_OK);
	assert_int_equal(d.count, NBT_DISCOVERY_ADDRESSES_MAX);
	d.address[3].s_addr = INADDR_ANY;
	assert_error("the end", nbt_discovery_encode(&d, wire, sizeof(wire), &len), NBT_EVALUE);
	d.count++;
	assert_error("too many", nbt_discovery_encode(&d, wire, sizeof(wire), &len), NBT_EVALUE);
}

/* S8, S9: what the word of a record's members may say. Case 36 has 27 of them. */
static void counts_of_members(void **state)
{
	struct nbt_replica r = replica_of(CORP_1C), again;
	uint8_t wire[WIRE_MAX + 128];
	size_t len;

	(void)state;
	for (unsigned count = 0; count <= NBT_REPLICA_MEMBERS_MAX; count++) {
		r.member_count = (uint8_t)count;
		for (unsigned i = 0; i < count; i++)
			r.member[i].owner.s_addr = r.member[i].address.s_addr = htonl(i);
		assert_error("encode", nbt_replica_encode(&r, wire, sizeof(wire), &len), NBT_OK);
		assert_int_equal(len, 48 + 8 * count);
		assert_int_equal(len, nbt_replica_size(&r));
		if (len > WIRE_MAX - NBT_REPL_RECORDS_HEAD)
			continue;
		memset(wire + 41, 0xFF, 3); /* reserved */
		assert_error("decode", decode_record(&again, wire, len), NBT_OK);
		assert_true(nbt_replica_equal(&r, &again));
		wire[40]++;
		if (count < NBT_REPLICA_MEMBERS_MAX)
			assert_error("one more", decode_record(&again, wire, len), NBT_ETRUNC);
		wire[40] = 0xFF;
		assert_error("255", decode_record(&again, wire, len), NBT_ETRUNC);
		wire[40] = (uint8_t)(count - 1);
		if (count > 0)
			assert_error("one less", decode_record(&again, wire, len), NBT_ETRAILING);
	}
}

/* As many as a large site has; 10 MB in one message. */
static void a_hundred_thousand_records(void **state)
{
	const struct nbt_replication head = { .destination = 0x11,
					      .type = NBT_REPL_MESSAGE,
					      .opcode = NBT_REPL_RECORDS_RESPONSE };
	const size_t size = NBT_REPL_LENGTH_RECORDS + 4;
	uint8_t *wire = malloc(size);
	struct nbt_replication_writer w;
	struct nbt_replication m;
	struct nbt_replica kinds[] = { replica_of(FILESRV), replica_of(CORP_1C), replica_of(SCOPED),
				       replica_of(ROUTER1) },
			   r;
	size_t len, frame_len, seen = 0;

	(void)state;
	assert_error("begin", nbt_replication_begin(&w, &head, wire, size), NBT_OK);
	for (uint32_t i = 0; i < 100000; i++) {
		kinds[i % 4].version = i + 1;
		assert_error("add", nbt_replication_add_record(&w, &kinds[i % 4]), NBT_OK);
	}
	assert_error("end", nbt_replication_end(&w, &len), NBT_OK);
	assert_error("frame", nbt_replication_frame(wire, 20, NBT_REPL_LENGTH_RECORDS, &frame_len),
		     NBT_OK);
	assert_int_equal(frame_len, len);
	assert_error("decode", nbt_replication_decode(&m, wire, len), NBT_OK);
	while (nbt_replication_next_record(&m.list, &r))
		assert_int_equal(r.version, ++seen);
	assert_int_equal(seen, 100000);
	free(wire);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_decoded),
		cmocka_unit_test(messages_are_encoded),
		cmocka_unit_test(case_s7_cut_messages_are_refused),
		cmocka_unit_test(case_s7_lengths),
		cmocka_unit_test(malformed_messages_are_refused),
		cmocka_unit_test(case_s2_the_large_message),
		cmocka_unit_test(what_is_reserved_is_ignored),
		cmocka_unit_test(unknown_types_and_opcodes),
		cmocka_unit_test(records_are_decoded_and_encoded),
		cmocka_unit_test(case_s6_name_lengths),
		cmocka_unit_test(scopes_are_text),
		cmocka_unit_test(records_that_cannot_be_sent),
		cmocka_unit_test(a_difference_in_any_field_is_seen),
		cmocka_unit_test(a_message_is_written_entry_by_entry),
		cmocka_unit_test(the_head_of_many_records),
		cmocka_unit_test(case_01_a_start_response_has_zeros_behind_it),
		cmocka_unit_test(case_03_versions_of_a_start),
		cmocka_unit_test(case_14_scopes_of_every_length_come_back),
		cmocka_unit_test(case_15_a_scope_of_238_is_cut_to_237),
		cmocka_unit_test(case_16_the_ends_of_1b_names_are_swapped),
		cmocka_unit_test(case_17_autodiscovery),
		cmocka_unit_test(many_addresses_of_a_server),
		cmocka_unit_test(counts_of_members),
		cmocka_unit_test(a_hundred_thousand_records),
	};

	return cmocka_run_group_tests_name("replication", tests, NULL, NULL);
}

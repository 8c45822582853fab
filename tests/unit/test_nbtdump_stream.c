/* Messages out of TCP segments: order, repetition, holes, limits. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include <nbt/session.h>

#include "tools/nbtdump_stream.h"

#define MESSAGE_LEN (NBT_SESSION_HEADER_LEN + 100)
#define STREAM_LEN  (3 * MESSAGE_LEN)
#define FIRST       0xFFFFFFF0u /* numbers begin anew within the first message */

/* What was found, as words: "M2" is a message in frame 2, "-50@3" a hole, "?@3" nothing that is
 * one. */
static char found[512];
static size_t messages, wrong;

static struct dump_streams *streams;
static uint64_t frame;

/* Three messages, each with bytes of its own. */
static uint8_t stream[STREAM_LEN];

/* Whether frames are to be had later; then those of a message are told, too: "M3(12)". */
static bool keeps;

static size_t note_kept(char *out, size_t size, const struct dump_stream_found *f)
{
	size_t len = (size_t)snprintf(out, size, "(");

	for (const struct dump_kept *k = f->kept; k != NULL; k = k->next) {
		wrong += k->mark.bytes != k->bytes || k->bytes[0] != k->mark.frame;
		len += (size_t)snprintf(out + len, size - len, "%u", (unsigned)k->mark.frame);
	}
	wrong += f->last->bytes[0] != f->last->frame;
	return len + (size_t)snprintf(out + len, size - len, "%u)", (unsigned)f->last->frame);
}

static void note(void *ctx, const struct dump_mark *mark, const struct dump_stream_found *f)
{
	char *at = found + strlen(found);
	size_t room = sizeof(found) - strlen(found);

	(void)ctx;
	if (f->event == DUMP_STREAM_MESSAGE) {
		messages++;
		wrong += f->len != MESSAGE_LEN || f->bytes[3] != 100 ||
			 f->bytes[4] != f->bytes[MESSAGE_LEN - 1];
		at += snprintf(at, room, "M%u", (unsigned)mark->frame);
		if (keeps)
			at += note_kept(at, room - 8, f);
		strcpy(at, " ");
	} else if (f->event == DUMP_STREAM_MISSING) {
		snprintf(at, room, "-%zu@%u ", f->len, (unsigned)mark->frame);
	} else {
		snprintf(at, room, "?@%u ", (unsigned)mark->frame);
	}
}

static void begin(const struct dump_stream_limits *limits)
{
	memset(stream, 0, sizeof(stream));
	for (size_t i = 0; i < 3; i++) {
		stream[i * MESSAGE_LEN + 3] = 100;
		memset(stream + i * MESSAGE_LEN + NBT_SESSION_HEADER_LEN, 'a' + (int)i, 100);
	}
	found[0] = '\0';
	messages = wrong = 0;
	keeps = false;
	frame = 0;
	streams = dump_streams_create(limits, note, NULL);
	assert_non_null(streams);
}

static void finish(const char *expected)
{
	dump_streams_finish(streams);
	assert_string_equal(found, expected);
	assert_int_equal(wrong, 0);
	dump_streams_destroy(streams);
}

static struct dump_payload between(uint16_t client)
{
	return (struct dump_payload){
		.service = DUMP_SESSIONS,
		.is_tcp = true,
		.source = { .address = { 1 }, .port = client },
		.destination = { .address = { 2 }, .port = 139 },
		.flags = DUMP_TCP_ACK,
	};
}

static void send_cut(uint16_t client, size_t from, size_t to, size_t cut)
{
	struct dump_payload p = between(client);
	uint8_t frame_byte = (uint8_t)(frame + 1);
	const struct dump_mark mark = { .frame = ++frame,
					.cap_len = 1,
					.bytes = keeps ? &frame_byte : NULL };

	p.sequence = FIRST + (uint32_t)from;
	p.bytes = stream + from;
	p.len = to - from - cut;
	p.cut = cut;
	dump_streams_add(streams, &mark, &p);
}

static void send_piece(size_t from, size_t to)
{
	send_cut(40000, from, to, 0);
}

static void send_syn(void)
{
	struct dump_payload p = between(40000);
	const struct dump_mark mark = { .frame = ++frame };

	p.sequence = FIRST - 1;
	p.flags = DUMP_TCP_SYN;
	dump_streams_add(streams, &mark, &p);
}

/* The server has got everything up to there. */
static void acknowledge(size_t to)
{
	struct dump_payload p = between(40000);
	struct dump_end client = p.source;
	const struct dump_mark mark = { .frame = ++frame };

	p.source = p.destination;
	p.destination = client;
	p.acknowledged = FIRST + (uint32_t)to;
	dump_streams_add(streams, &mark, &p);
}

static void test_messages_in_one_segment(void **state)
{
	(void)state;
	begin(&DUMP_STREAM_LIMITS);
	send_piece(0, STREAM_LEN);
	finish("M1 M1 M1 ");
}

static void test_byte_by_byte(void **state)
{
	(void)state;
	begin(&DUMP_STREAM_LIMITS);
	for (size_t i = 0; i < STREAM_LEN; i++)
		send_piece(i, i + 1);
	finish("M104 M208 M312 ");
}

static void test_capture_begins_within_a_connection(void **state)
{
	(void)state;
	begin(&DUMP_STREAM_LIMITS);
	send_piece(MESSAGE_LEN, 2 * MESSAGE_LEN);
	send_piece(2 * MESSAGE_LEN, STREAM_LEN);
	finish("M1 M2 ");
}

static void test_repeated_segments(void **state)
{
	(void)state;
	begin(&DUMP_STREAM_LIMITS);
	send_piece(0, 150);
	send_piece(0, 150);
	send_piece(100, 250);
	send_piece(0, STREAM_LEN);
	finish("M1 M3 M4 ");
}

/* A message is of the frame that completed it. */
static void test_any_order(void **state)
{
	(void)state;
	begin(&DUMP_STREAM_LIMITS);
	send_syn();
	send_piece(200, STREAM_LEN);
	send_piece(50, 200);
	send_piece(50, 200);
	send_piece(0, 50);
	finish("M5 M5 M5 ");
}

/* Each message with the frames that it is in, in the order of its bytes. */
static void test_frames_are_kept(void **state)
{
	(void)state;
	begin(&DUMP_STREAM_LIMITS);
	keeps = true;
	send_piece(0, 50);
	send_piece(150, 250);
	send_piece(50, 150);
	send_piece(250, STREAM_LEN);
	finish("M3(13) M3(32) M4(24) ");
}

static void test_hole_that_is_acknowledged(void **state)
{
	(void)state;
	begin(&DUMP_STREAM_LIMITS);
	send_piece(0, 150);
	send_piece(200, 250);
	assert_string_equal(found, "M1 ");
	acknowledge(250);
	assert_string_equal(found, "M1 -50@2 ");
	send_piece(250,
		   STREAM_LEN); /* the end of the second message was known, so the third is found */
	finish("M1 -50@2 M4 ");
}

static void test_hole_that_was_acknowledged_before(void **state)
{
	(void)state;
	begin(&DUMP_STREAM_LIMITS);
	send_piece(0, MESSAGE_LEN);
	acknowledge(2 * MESSAGE_LEN);
	send_piece(2 * MESSAGE_LEN, STREAM_LEN);
	finish("M1 -104@3 M3 ");
}

/* Nobody says that the rest has come: at the end it has not. */
static void test_hole_at_the_end(void **state)
{
	(void)state;
	begin(&DUMP_STREAM_LIMITS);
	send_piece(0, MESSAGE_LEN);
	send_piece(2 * MESSAGE_LEN, STREAM_LEN);
	assert_string_equal(found, "M1 ");
	finish("M1 -104@2 M2 ");
}

static void test_short_frames(void **state)
{
	(void)state;
	begin(&DUMP_STREAM_LIMITS);
	send_cut(40000, 0, 150, 20);
	send_cut(40000, 150, 2 * MESSAGE_LEN, 0);
	send_cut(40000, 2 * MESSAGE_LEN, STREAM_LEN, 0);
	finish("M1 -20@1 M3 ");
}

static void test_no_message_begins_here(void **state)
{
	(void)state;
	begin(&DUMP_STREAM_LIMITS);
	memset(stream, 'x', MESSAGE_LEN);
	send_piece(0, MESSAGE_LEN);
	send_piece(MESSAGE_LEN, STREAM_LEN);
	finish("?@1 M2 M2 ");
}

static void test_a_new_connection_with_the_same_ports(void **state)
{
	(void)state;
	begin(&DUMP_STREAM_LIMITS);
	send_piece(0, 150);
	send_syn();
	send_piece(0, STREAM_LEN);
	finish("M1 M3 M3 M3 ");
}

static void test_early_segments_have_a_limit(void **state)
{
	const struct dump_stream_limits limits = { .directions = 4, .bytes = 1 << 20, .early = 2 };

	(void)state;
	begin(&limits);
	send_piece(0, 50);
	send_piece(MESSAGE_LEN, MESSAGE_LEN + 50);
	send_piece(MESSAGE_LEN + 50, 2 * MESSAGE_LEN);
	send_piece(2 * MESSAGE_LEN, STREAM_LEN); /* one too many: the hole is given up */
	assert_int_equal(messages, 2);
	assert_true(dump_streams_given_up(streams) > 0);
	finish("-54@2 M3 M4 ");
}

static void test_directions_have_a_limit(void **state)
{
	const struct dump_stream_limits limits = { .directions = 2, .bytes = 1 << 20, .early = 2 };

	(void)state;
	begin(&limits);
	send_cut(1, 0, 40, 0);
	send_cut(2, 0, 50, 0);
	send_cut(1, 40, 50, 0);
	send_cut(3, 0, 50, 0);
	send_cut(3, 50, MESSAGE_LEN, 0); /* those of last are remembered */
	send_cut(1, 50, MESSAGE_LEN, 0);
	send_cut(2, 50, MESSAGE_LEN, 0); /* the third not: no message begins there */
	assert_int_equal(dump_streams_given_up(streams), 1);
	finish("M5 M6 ?@7 ");
}

/* Half messages of many, each with a quarter of what there is. */
static void test_bytes_have_a_limit(void **state)
{
	const struct dump_stream_limits limits = { .directions = 64, .bytes = 400, .early = 2 };

	(void)state;
	begin(&limits);
	for (uint16_t client = 1; client <= 50; client++)
		send_cut(client, 0, 100, 0);
	assert_int_equal(messages, 0);
	send_cut(50, 100, MESSAGE_LEN, 0);
	assert_int_equal(messages, 1);
	send_cut(1, 100, 2 * MESSAGE_LEN,
		 0); /* its first message is passed over, the next one found */
	assert_int_equal(messages, 2);
	assert_true(dump_streams_given_up(streams) >= 40);
	finish("M51 M52 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages_in_one_segment),
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_capture_begins_within_a_connection),
		cmocka_unit_test(test_repeated_segments),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_frames_are_kept),
		cmocka_unit_test(test_hole_that_is_acknowledged),
		cmocka_unit_test(test_hole_that_was_acknowledged_before),
		cmocka_unit_test(test_hole_at_the_end),
		cmocka_unit_test(test_short_frames),
		cmocka_unit_test(test_no_message_begins_here),
		cmocka_unit_test(test_a_new_connection_with_the_same_ports),
		cmocka_unit_test(test_early_segments_have_a_limit),
		cmocka_unit_test(test_directions_have_a_limit),
		cmocka_unit_test(test_bytes_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

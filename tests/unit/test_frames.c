/* Framed messages out of a stream. */
#include "support.h"

#include <stdio.h>

#include "common/frames.h"

#define MAX 5

/* Puts the stream in by pieces of this size and writes what comes out: "[2]abc" is a message and
 * its first bytes. */
static void run(const char *hex, unsigned prefix, size_t piece, char *out, size_t size)
{
	uint8_t bytes[256];
	size_t len = unhex(bytes, sizeof(bytes), hex), at = 0, room, written = 0;
	struct frames frames;
	const uint8_t *message;
	size_t message_len;

	assert_int_equal(frames_init(&frames, prefix, MAX), 0);
	*out = '\0';
	for (;;) {
		switch (frames_next(&frames, &message, &message_len)) {
		case FRAMES_MESSAGE:
			written += (size_t)snprintf(out + written, size - written, "[%zu]%.*s",
						    message_len, (int)message_len,
						    (const char *)message);
			continue;
		case FRAMES_TOO_LONG:
			snprintf(out + written, size - written, "!");
			frames_free(&frames);
			return;
		case FRAMES_INCOMPLETE:
			break;
		}
		if (at == len)
			break;
		uint8_t *place = frames_room(&frames, &room);
		size_t take = len - at < piece ? len - at : piece;

		assert_true(room > 0);
		take = take < room ? take : room;
		memcpy(place, bytes + at, take);
		frames_add(&frames, take);
		at += take;
	}
	frames_free(&frames);
}

static const struct {
	const char *what, *hex;
	unsigned prefix;
	const char *out;
} cases[] = {
	{ "nothing", "", 2, "" },
	{ "half a length", "00", 2, "" },
	{ "a message", "0003 616263", 2, "[3]abc" },
	{ "two messages", "0001 61 0002 6263", 2, "[1]a[2]bc" },
	{ "the longest", "0005 6162636465 0001 66", 2, "[5]abcde[1]f" },
	{ "one byte too long", "0001 61 0006 616263", 2, "[1]a!" },
	{ "far too long", "FFFF", 2, "!" },
	{ "an empty one", "0000 0001 61", 2, "[0][1]a" },
	{ "cut short", "0001 61 0003 6162", 2, "[1]a" },
	{ "four bytes of length", "00000002 6162 00000001 63", 4, "[2]ab[1]c" },
	{ "too long by the first byte", "01000002 6162", 4, "!" },
};

/* However the bytes come: one by one, in pairs, all at once. */
static void messages_come_out_of_a_stream(void **state)
{
	char out[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (size_t piece = 1; piece < 12; piece++) {
			run(cases[i].hex, cases[i].prefix, piece, out, sizeof(out));
			if (strcmp(out, cases[i].out) != 0)
				fail_msg("%s, by %zu: \"%s\"", cases[i].what, piece, out);
		}
}

static void prefixes_are_written_as_they_are_read(void **state)
{
	uint8_t bytes[4];

	(void)state;
	frames_write_prefix(bytes, 2, 0x1234);
	assert_memory_equal(bytes, "\x12\x34", 2);
	frames_write_prefix(bytes, 4, 0x01020304);
	assert_memory_equal(bytes, "\x01\x02\x03\x04", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_come_out_of_a_stream),
		cmocka_unit_test(prefixes_are_written_as_they_are_read),
	};

	return cmocka_run_group_tests_name("frames", tests, NULL, NULL);
}

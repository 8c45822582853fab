/*
 * A stream of the session service in pieces: two bytes of the longest frame, two of the length of
 * the pieces, then the stream. Read as common/session_stream.c reads it, never more than is asked
 * for, it falls apart into the same frames as when it is all there at once.
 */
#include "fuzz.h"

#include <string.h>

#include "common/session_frames.h"

#define STREAM_MAX 4096

/* The frame that begins here, by its length alone; 0: it is not whole, or too long. */
static size_t frame_len(const uint8_t *at, size_t left, size_t max)
{
	size_t len;

	if (left < SESSION_FRAME_HEADER)
		return 0;
	len = SESSION_FRAME_HEADER + (size_t)at[1] * 65536 + (size_t)at[2] * 256 + at[3];
	return len <= left && len <= max ? len : 0;
}

/* What is missing is asked for until the frame is whole: its length, 0 if that never comes. */
static size_t read_frame(const uint8_t *from, size_t left, size_t max, size_t piece)
{
	uint8_t *exact = malloc(max); /* so that its end is seen */
	size_t len = 0, missing;

	must(exact != NULL);
	while ((missing = session_frame_missing(exact, len, max)) > 0) {
		size_t take = missing < piece ? missing : piece;

		if (missing == SESSION_FRAME_LONG || len == left) {
			free(exact);
			return 0;
		}
		must(missing <= max - len);
		take = take < left - len ? take : left - len;
		memcpy(exact + len, from + len, take);
		len += take;
	}
	must(memcmp(exact, from, len) == 0);
	free(exact);
	return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t max, piece, at = 4;

	if (size < at || size > STREAM_MAX)
		return 0;
	max = SESSION_FRAME_HEADER + (size_t)(data[0] << 8 | data[1]);
	piece = (size_t)(data[2] << 8 | data[3]) + 1;
	for (;;) {
		size_t len = read_frame(data + at, size - at, max, piece);

		must(len == frame_len(data + at, size - at, max));
		if (len == 0)
			return 0;
		at += len;
	}
}

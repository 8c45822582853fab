/* Length-framed messages. */
#include "common/frames.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int frames_init(struct frames *frames, unsigned prefix, size_t max)
{
	*frames = (struct frames){ .prefix = prefix, .max = max, .buffer = malloc(prefix + max) };
	return frames->buffer != NULL ? 0 : -ENOMEM;
}

void frames_free(struct frames *frames)
{
	free(frames->buffer);
	frames->buffer = NULL;
}

static size_t read_prefix(const struct frames *frames)
{
	size_t len = 0;

	for (unsigned i = 0; i < frames->prefix; i++)
		len = len << 8 | frames->buffer[i];
	return len;
}

static void drop_taken(struct frames *frames)
{
	frames->filled -= frames->taken;
	memmove(frames->buffer, frames->buffer + frames->taken, frames->filled);
	frames->taken = 0;
}

enum frames_result frames_next(struct frames *frames, const uint8_t **message, size_t *len)
{
	size_t announced;

	drop_taken(frames);
	if (frames->filled < frames->prefix)
		return FRAMES_INCOMPLETE;
	announced = read_prefix(frames);
	if (announced > frames->max)
		return FRAMES_TOO_LONG;
	if (frames->filled < frames->prefix + announced)
		return FRAMES_INCOMPLETE;
	frames->taken = frames->prefix + announced;
	*message = frames->buffer + frames->prefix;
	*len = announced;
	return FRAMES_MESSAGE;
}

uint8_t *frames_room(const struct frames *frames, size_t *room)
{
	*room = frames->prefix + frames->max - frames->filled;
	return frames->buffer + frames->filled;
}

void frames_add(struct frames *frames, size_t count)
{
	frames->filled += count;
}

void frames_write_prefix(uint8_t *out, unsigned prefix, size_t len)
{
	for (unsigned i = prefix; i > 0; i--, len >>= 8)
		out[i - 1] = (uint8_t)len;
}

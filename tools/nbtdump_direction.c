/* Where messages begin and end in a stream of bytes that may have holes. */
#include "config.h"

#include "tools/nbtdump_direction.h"

#include <stdlib.h>
#include <string.h>

#include <nbt/packet.h>
#include <nbt/replication.h>
#include <nbt/session.h>

#define NAMES_PREFIX 2

/* From the first bytes of a message: how many it has. NBT_ETRUNC: more bytes are needed to tell. */
typedef enum nbt_error frame_fn(const uint8_t *bytes, size_t len, size_t *frame_len);

/* RFC 1002 section 4.3.1: the types there are, and reserved flags that must be zero. */
static enum nbt_error session_frame(const uint8_t *bytes, size_t len, size_t *frame_len)
{
	if (len >= 2 && ((bytes[0] != NBT_SES_MESSAGE &&
			  (bytes[0] < NBT_SES_REQUEST || bytes[0] > NBT_SES_KEEPALIVE)) ||
			 (bytes[1] & ~NBT_SES_FLAG_EXTENSION) != 0))
		return NBT_EVALUE;
	return nbt_session_frame(bytes, len, frame_len);
}

static enum nbt_error names_frame(const uint8_t *bytes, size_t len, size_t *frame_len)
{
	if (len < NAMES_PREFIX)
		return NBT_ETRUNC;
	*frame_len = NAMES_PREFIX + (size_t)(bytes[0] << 8 | bytes[1]);
	return *frame_len >= NAMES_PREFIX + NBT_HEADER_LEN ? NBT_OK : NBT_EVALUE;
}

static enum nbt_error replication_frame(const uint8_t *bytes, size_t len, size_t *frame_len)
{
	return nbt_replication_frame(bytes, len, NBT_REPL_LENGTH_RECORDS, frame_len);
}

static frame_fn *const frames[DUMP_SERVICES] = {
	[DUMP_NAMES] = names_frame,
	[DUMP_SESSIONS] = session_frame,
	[DUMP_REPLICATION] = replication_frame,
};

static void say(const struct dump_direction *d, const struct dump_sink *sink,
		const struct dump_mark *mark, enum dump_stream_event event, const uint8_t *bytes,
		size_t len)
{
	const struct dump_stream_found found = { .event = event,
						 .service = d->service,
						 .source = d->source,
						 .destination = d->destination,
						 .bytes = bytes,
						 .len = len,
						 .kept = d->kept,
						 .last = sink->holder };

	sink->each(sink->ctx, mark, &found);
}

static void release(struct dump_direction *d, struct dump_budget *budget)
{
	free(d->message);
	budget->used -= d->room;
	d->message = NULL;
	d->have = d->room = 0;
	while (d->kept != NULL) {
		struct dump_kept *k = d->kept;

		d->kept = k->next;
		budget->used -= sizeof(*k) + k->mark.cap_len;
		free(k);
	}
}

/* The frame has a part of the half message. */
static void keep(struct dump_direction *d, struct dump_budget *budget,
		 const struct dump_mark *holder)
{
	size_t size = sizeof(struct dump_kept) + holder->cap_len;
	struct dump_kept **link = &d->kept, *k;

	k = holder->bytes != NULL && size <= budget->max - budget->used ? malloc(size) : NULL;
	if (k == NULL)
		return;
	*k = (struct dump_kept){ .mark = *holder };
	memcpy(k->bytes, holder->bytes, holder->cap_len);
	k->mark.bytes = k->bytes;
	budget->used += size;
	while (*link != NULL)
		link = &(*link)->next;
	*link = k;
}

/* How many bytes the half message has in all, as far as is known. */
static enum nbt_error wanted(const struct dump_direction *d, size_t *len)
{
	enum nbt_error err = frames[d->service](d->message, d->have, len);

	if (err == NBT_ETRUNC)
		*len = d->have + 1;
	return err;
}

void dump_direction_drop(struct dump_direction *d, struct dump_budget *budget)
{
	size_t len;

	if (d->have > 0 && wanted(d, &len) == NBT_OK)
		d->skip = len - d->have;
	release(d, budget);
}

/* Room for len bytes, in steps, so that a length alone costs nothing. */
static bool make_room(struct dump_direction *d, struct dump_budget *budget, size_t len)
{
	size_t room = d->room * 2 > len ? d->room * 2 : len;
	uint8_t *message;

	if (len <= d->room)
		return true;
	if (room - d->room > budget->max - budget->used)
		return false;
	message = realloc(d->message, room);
	if (message == NULL)
		return false;
	budget->used += room - d->room;
	d->message = message;
	d->room = room;
	return true;
}

/* Adds to the half message what it lacks of the bytes; returns how many it took, all if the end of
 * the message is not known. */
static size_t collect(struct dump_direction *d, const struct dump_sink *sink,
		      const struct dump_mark *mark, const uint8_t *bytes, size_t len)
{
	size_t taken = 0, want = 1;
	enum nbt_error err = d->have > 0 ? wanted(d, &want) : NBT_ETRUNC;

	while (err == NBT_ETRUNC || (err == NBT_OK && d->have < want)) {
		size_t part = len - taken < want - d->have ? len - taken : want - d->have;

		if (part == 0)
			return taken;
		if (!make_room(d, sink->budget, d->have + part)) {
			dump_direction_drop(d, sink->budget);
			sink->budget->given_up++;
			return d->skip > 0 ? taken : len;
		}
		memcpy(d->message + d->have, bytes + taken, part);
		d->have += part;
		taken += part;
		err = wanted(d, &want);
	}
	if (err != NBT_OK) {
		say(d, sink, mark, DUMP_STREAM_STRANGE, d->message, d->have);
		taken = len;
	} else {
		say(d, sink, mark, DUMP_STREAM_MESSAGE, d->message, d->have);
	}
	release(d, sink->budget);
	return taken;
}

/* One message, or what there is of it; returns how many bytes that were. */
static size_t take_one(struct dump_direction *d, const struct dump_sink *sink,
		       const struct dump_mark *mark, const uint8_t *bytes, size_t len)
{
	size_t frame_len, part = d->skip < len ? d->skip : len;
	enum nbt_error err;

	if (d->skip > 0) {
		d->skip -= part;
		return part;
	}
	if (d->have > 0)
		return collect(d, sink, mark, bytes, len);
	err = frames[d->service](bytes, len, &frame_len);
	if (err == NBT_OK && frame_len <= len) {
		say(d, sink, mark, DUMP_STREAM_MESSAGE, bytes, frame_len);
		return frame_len;
	}
	if (err == NBT_OK || err == NBT_ETRUNC)
		return collect(d, sink, mark, bytes, len);
	say(d, sink, mark, DUMP_STREAM_STRANGE, bytes, len);
	return len;
}

void dump_direction_take(struct dump_direction *d, const struct dump_sink *sink,
			 const struct dump_mark *mark, const uint8_t *bytes, size_t len, size_t cut)
{
	uint32_t end = d->next + (uint32_t)len;

	for (size_t at = 0; at < len;)
		at += take_one(d, sink, mark, bytes + at, len - at);
	if (d->have > 0)
		keep(d, sink->budget, sink->holder);
	d->next = end;
	if (cut > 0)
		dump_direction_skip_to(d, sink, mark, end + (uint32_t)cut);
}

void dump_direction_skip_to(struct dump_direction *d, const struct dump_sink *sink,
			    const struct dump_mark *mark, uint32_t sequence)
{
	size_t missing = sequence - d->next, len, rest = 0;

	if (missing == 0)
		return;
	say(d, sink, mark, DUMP_STREAM_MISSING, NULL, missing);
	if (d->have > 0 && wanted(d, &len) == NBT_OK)
		rest = len - d->have;
	else if (d->have == 0)
		rest = d->skip;
	release(d, sink->budget);
	/* If the hole ends within the message its end is known, else the next segment is a
	 * beginning. */
	d->skip = rest > missing ? rest - missing : 0;
	d->next = sequence;
}

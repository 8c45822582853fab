/* Session packets from TCP segments. */
#include "segments.h"

#include <stdlib.h>
#include <string.h>

#include <nbt/session.h>

/* A packet that lacks bytes, or is done: retransmissions must not make it again. */
struct part {
	struct part *next;
	uint8_t addresses[8];
	uint16_t source_port, destination_port;
	uint32_t sequence; /* of its first byte */
	size_t len, missing;
	uint8_t *bytes;
	bool *present;
	bool done;
};

struct segments {
	struct part *parts;
};

struct segments *segments_create(void)
{
	struct segments *segments = calloc(1, sizeof(*segments));

	if (segments == NULL)
		abort();
	return segments;
}

static void free_part(struct part *p)
{
	free(p->bytes);
	free(p->present);
	free(p);
}

void segments_destroy(struct segments *segments)
{
	while (segments->parts != NULL) {
		struct part *p = segments->parts;

		segments->parts = p->next;
		free_part(p);
	}
	free(segments);
}

static bool same_direction(const struct part *p, const struct segment *s)
{
	return memcmp(p->addresses, s->addresses, sizeof(p->addresses)) == 0 &&
	       p->source_port == s->source_port && p->destination_port == s->destination_port;
}

/* A new connection may have the numbers of an old one. */
static void forget(struct segments *segments, const struct segment *s)
{
	struct part **link = &segments->parts;

	while (*link != NULL) {
		struct part *p = *link;

		if (same_direction(p, s)) {
			*link = p->next;
			free_part(p);
		} else {
			link = &p->next;
		}
	}
}

/* The packet to which the byte at sequence belongs, or NULL. */
static struct part *find_part(struct segments *segments, const struct segment *s, uint32_t sequence)
{
	struct part *p = segments->parts;

	while (p != NULL && !(same_direction(p, s) && sequence - p->sequence < p->len))
		p = p->next;
	return p;
}

static void set_len(struct part *p, size_t len)
{
	p->bytes = realloc(p->bytes, len);
	p->present = realloc(p->present, len * sizeof(p->present[0]));
	if (p->bytes == NULL || p->present == NULL)
		abort();
	memset(p->present + p->len, 0, (len - p->len) * sizeof(p->present[0]));
	p->missing += len - p->len;
	p->len = len;
}

static struct part *begin(struct segments *segments, const struct segment *s, uint32_t sequence)
{
	struct part *p = calloc(1, sizeof(*p));

	if (p == NULL)
		abort();
	memcpy(p->addresses, s->addresses, sizeof(p->addresses));
	p->source_port = s->source_port;
	p->destination_port = s->destination_port;
	p->sequence = sequence;
	set_len(p, NBT_SESSION_HEADER_LEN);
	p->next = segments->parts;
	segments->parts = p;
	return p;
}

/* Takes what p lacks of the segment's bytes from at on; returns how many of them are p's. */
static size_t fill(struct part *p, const struct segment *s, size_t at)
{
	size_t to = s->sequence + (uint32_t)at - p->sequence;
	size_t len = s->len - at < p->len - to ? s->len - at : p->len - to;

	for (size_t i = 0; i < len && !p->done; i++) {
		p->bytes[to + i] = s->bytes[at + i];
		p->missing -= !p->present[to + i];
		p->present[to + i] = true;
	}
	return len;
}

/* RFC 1002 section 4.3.1: the types there are, and reserved flags that must be zero. */
static bool is_header(const uint8_t *bytes)
{
	return (bytes[0] == NBT_SES_MESSAGE ||
		(bytes[0] >= NBT_SES_REQUEST && bytes[0] <= NBT_SES_KEEPALIVE)) &&
	       (bytes[1] & ~NBT_SES_FLAG_EXTENSION) == 0;
}

/* All bytes that p asked for are there: either it is longer than was known, or done. */
static void complete(struct part *p, const struct segment *s)
{
	size_t len;

	if (is_header(p->bytes) && nbt_session_frame(p->bytes, p->len, &len) == NBT_OK &&
	    len > p->len) {
		set_len(p, len);
		return;
	}
	p->done = true;
	if (is_header(p->bytes))
		s->each(s->ctx, p->bytes, p->len);
	else /* the rest of the segment is lost with it */
		p->len = s->sequence + (uint32_t)s->len - p->sequence;
}

void segments_add(struct segments *segments, const struct segment *s)
{
	if (s->is_first)
		forget(segments, s);
	for (size_t at = 0; at < s->len;) {
		uint32_t sequence = s->sequence + (uint32_t)at;
		struct part *p = find_part(segments, s, sequence);

		if (p == NULL)
			p = begin(segments, s, sequence);
		at += fill(p, s, at);
		if (p->missing == 0 && !p->done)
			complete(p, s);
	}
}

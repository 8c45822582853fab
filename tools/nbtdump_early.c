/* Segments in the order of their numbers, whatever the order in which they come. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "tools/nbtdump_direction.h"

#define FAR_AWAY (1 << 24) /* as far from the next number there is another connection */

static void drop_early(struct dump_direction *d, struct dump_budget *budget)
{
	struct dump_early *e = d->early;

	d->early = e->next;
	d->early_count--;
	budget->used -= sizeof(*e) + e->len + (e->mark.bytes != NULL ? e->mark.cap_len : 0);
	free(e);
}

void dump_direction_forget(struct dump_direction *d, struct dump_budget *budget)
{
	if (d->early != NULL || d->have > 0)
		budget->given_up++;
	while (d->early != NULL)
		drop_early(d, budget);
	dump_direction_drop(d, budget);
}

/* How far a number is ahead; negative: behind. */
static int32_t ahead(uint32_t sequence, uint32_t of)
{
	return (int32_t)(sequence - of);
}

/* Bytes that were in the stream already are left out. holder: of the frame that they are from. */
static void take(struct dump_direction *d, struct dump_sink *sink, const struct dump_mark *mark,
		 const struct dump_mark *holder, uint32_t sequence, const uint8_t *bytes,
		 size_t len, size_t cut)
{
	size_t old = d->next - sequence;

	sink->holder = holder;
	if (old < len)
		dump_direction_take(d, sink, mark, bytes + old, len - old, cut);
	else if (old < len + cut)
		dump_direction_skip_to(d, sink, mark, sequence + (uint32_t)len + (uint32_t)cut);
}

/* What is before its number and has reached the peer is missing in the capture only. */
static bool is_received(const struct dump_direction *d, uint32_t sequence)
{
	return d->is_acknowledged && ahead(d->acknowledged, sequence) >= 0;
}

/*
 * Early segments whose turn it is; those behind a hole up to which the peer has got everything.
 * filled: the frame that they waited for, in which their messages end; NULL: in their own.
 */
static void take_early(struct dump_direction *d, struct dump_sink *sink,
		       const struct dump_mark *filled, bool give_up)
{
	while (d->early != NULL) {
		struct dump_early *e = d->early;
		bool is_hole = ahead(e->sequence, d->next) > 0;

		sink->holder = &e->mark;
		if (is_hole && !give_up && !is_received(d, e->sequence))
			return;
		if (is_hole) {
			filled = NULL;
			dump_direction_skip_to(d, sink, &e->mark, e->sequence);
		}
		take(d, sink, filled != NULL ? filled : &e->mark, &e->mark, e->sequence, e->bytes,
		     e->len, e->cut);
		drop_early(d, sink->budget);
		give_up = give_up && d->early_count > sink->early_max / 2;
	}
}

/* Keeps a copy, in the order of numbers; false: there is no room. */
static bool keep_early(struct dump_direction *d, struct dump_sink *sink,
		       const struct dump_mark *mark, const struct dump_payload *p)
{
	size_t frame_len = mark->bytes != NULL ? mark->cap_len : 0;
	size_t size = sizeof(struct dump_early) + p->len + frame_len;
	struct dump_early **link = &d->early, *e;

	if (d->early_count == sink->early_max || size > sink->budget->max - sink->budget->used)
		return false;
	e = malloc(size);
	if (e == NULL)
		return false;
	*e = (struct dump_early){
		.mark = *mark, .sequence = p->sequence, .len = p->len, .cut = p->cut
	};
	memcpy(e->bytes, p->bytes, p->len);
	if (frame_len > 0)
		e->mark.bytes = memcpy(e->bytes + p->len, mark->bytes, frame_len);
	while (*link != NULL && ahead((*link)->sequence, e->sequence) <= 0)
		link = &(*link)->next;
	e->next = *link;
	*link = e;
	d->early_count++;
	sink->budget->used += size;
	return true;
}

void dump_direction_acknowledge(struct dump_direction *d, struct dump_sink *sink, uint32_t sequence)
{
	if (!d->is_acknowledged || ahead(sequence, d->acknowledged) > 0)
		d->acknowledged = sequence;
	d->is_acknowledged = true;
	take_early(d, sink, NULL, false);
}

void dump_direction_finish(struct dump_direction *d, struct dump_sink *sink)
{
	while (d->early != NULL)
		take_early(d, sink, NULL, true);
}

void dump_direction_add(struct dump_direction *d, struct dump_sink *sink,
			const struct dump_mark *mark, const struct dump_payload *p)
{
	int32_t hole = ahead(p->sequence, d->next);

	sink->holder = mark;
	if (!d->is_known || hole > FAR_AWAY || hole < -FAR_AWAY) {
		dump_direction_forget(d, sink->budget);
		d->skip = 0;
		d->is_known = true;
		d->is_acknowledged = false;
		d->next = p->sequence;
		hole = 0;
	}
	if (hole > 0 && is_received(d, p->sequence)) {
		take_early(d, sink, NULL, false);
		sink->holder = mark;
		if (ahead(p->sequence, d->next) > 0)
			dump_direction_skip_to(d, sink, mark, p->sequence);
	} else if (hole > 0 && !keep_early(d, sink, mark, p)) {
		sink->budget->given_up++;
		take_early(d, sink, NULL, true);
		sink->holder = mark;
		if (ahead(p->sequence, d->next) > 0 && !keep_early(d, sink, mark, p))
			dump_direction_skip_to(d, sink, mark, p->sequence);
	}
	if (ahead(p->sequence, d->next) <= 0)
		take(d, sink, mark, mark, p->sequence, p->bytes, p->len, p->cut);
	take_early(d, sink, mark, false);
}

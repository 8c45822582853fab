/* The directions of all connections: found by a hash, forgotten in the order of their last use. */
#include "config.h"

#include "tools/nbtdump_stream.h"

#include <stdlib.h>
#include <string.h>

#include "tools/nbtdump_direction.h"

#define NONE     UINT32_MAX
#define FAR_AWAY (1 << 24) /* as far from the next number there is another connection */

struct slot {
	struct dump_direction direction;
	uint32_t hash_next;    /* in its bucket, or in the list of free ones */
	uint32_t older, newer; /* in the order of use */
};

struct dump_streams {
	struct dump_sink sink;
	struct dump_budget budget;
	size_t early_max;
	uint32_t count, used; /* slots; those that were used once */
	uint32_t free, oldest, newest;
	uint32_t mask; /* of buckets */
	uint32_t *buckets;
	struct slot *slots;
};

struct dump_streams *dump_streams_create(const struct dump_stream_limits *limits,
					 dump_stream_fn *each, void *ctx)
{
	struct dump_streams *s = calloc(1, sizeof(*s));
	uint32_t buckets = 1;

	if (s == NULL)
		return NULL;
	while (buckets < limits->directions)
		buckets *= 2;
	s->sink = (struct dump_sink){ .each = each, .ctx = ctx, .budget = &s->budget };
	s->budget.max = limits->bytes;
	s->early_max = limits->early;
	s->count = (uint32_t)limits->directions;
	s->free = s->oldest = s->newest = NONE;
	s->mask = buckets - 1;
	s->buckets = malloc(buckets * sizeof(s->buckets[0]));
	s->slots = calloc(s->count, sizeof(s->slots[0]));
	if (s->buckets == NULL || s->slots == NULL) {
		dump_streams_destroy(s);
		return NULL;
	}
	memset(s->buckets, 0xFF, buckets * sizeof(s->buckets[0])); /* NONE */
	return s;
}

static void drop_early(struct dump_direction *d, struct dump_budget *budget)
{
	struct dump_early *e = d->early;

	d->early = e->next;
	d->early_count--;
	budget->used -= sizeof(*e) + e->len + (e->mark.bytes != NULL ? e->mark.cap_len : 0);
	free(e);
}

static void forget_bytes(struct dump_direction *d, struct dump_budget *budget)
{
	if (d->early != NULL || d->have > 0)
		budget->given_up++;
	while (d->early != NULL)
		drop_early(d, budget);
	dump_direction_drop(d, budget);
}

/* Those that were silent longest make room. */
static void keep_within(struct dump_streams *s)
{
	if (s->budget.used <= s->budget.max / 4 * 3)
		return;
	for (uint32_t i = s->oldest; i != NONE && s->budget.used > s->budget.max / 2;
	     i = s->slots[i].newer)
		forget_bytes(&s->slots[i].direction, &s->budget);
}

void dump_streams_destroy(struct dump_streams *s)
{
	if (s == NULL)
		return;
	for (uint32_t i = 0; s->slots != NULL && i < s->used; i++)
		forget_bytes(&s->slots[i].direction, &s->budget);
	free(s->buckets);
	free(s->slots);
	free(s);
}

uint64_t dump_streams_given_up(const struct dump_streams *s)
{
	return s->budget.given_up;
}

static uint32_t *bucket_of(struct dump_streams *s, const struct dump_end *source,
			   const struct dump_end *destination)
{
	uint64_t h = (uint64_t)source->address.s_addr << 32 | destination->address.s_addr;

	h = (h ^ (uint64_t)source->port << 48 ^ destination->port) * 0x9E3779B97F4A7C15u;
	return &s->buckets[(h >> 32 ^ h >> 48) & s->mask];
}

static bool same_end(const struct dump_end *a, const struct dump_end *b)
{
	return a->address.s_addr == b->address.s_addr && a->port == b->port;
}

static uint32_t find(struct dump_streams *s, const struct dump_end *source,
		     const struct dump_end *destination)
{
	uint32_t i = *bucket_of(s, source, destination);

	while (i != NONE && !(same_end(&s->slots[i].direction.source, source) &&
			      same_end(&s->slots[i].direction.destination, destination)))
		i = s->slots[i].hash_next;
	return i;
}

static void unlink_use(struct dump_streams *s, uint32_t i)
{
	struct slot *slot = &s->slots[i];

	*(slot->older != NONE ? &s->slots[slot->older].newer : &s->oldest) = slot->newer;
	*(slot->newer != NONE ? &s->slots[slot->newer].older : &s->newest) = slot->older;
}

static void link_use(struct dump_streams *s, uint32_t i)
{
	s->slots[i].older = s->newest;
	s->slots[i].newer = NONE;
	*(s->newest != NONE ? &s->slots[s->newest].newer : &s->oldest) = i;
	s->newest = i;
}

static void forget(struct dump_streams *s, uint32_t i)
{
	struct dump_direction *d = &s->slots[i].direction;
	uint32_t *link = bucket_of(s, &d->source, &d->destination);

	forget_bytes(d, &s->budget);
	while (*link != i)
		link = &s->slots[*link].hash_next;
	*link = s->slots[i].hash_next;
	unlink_use(s, i);
	s->slots[i].hash_next = s->free;
	s->free = i;
}

static uint32_t free_slot(struct dump_streams *s)
{
	uint32_t i;

	if (s->free == NONE && s->used < s->count)
		return s->used++;
	if (s->free == NONE)
		forget(s, s->oldest);
	i = s->free;
	s->free = s->slots[i].hash_next;
	return i;
}

static struct dump_direction *begin(struct dump_streams *s, const struct dump_payload *p)
{
	uint32_t i = free_slot(s), *bucket = bucket_of(s, &p->source, &p->destination);
	struct slot *slot = &s->slots[i];

	memset(slot, 0, sizeof(*slot));
	slot->direction.service = p->service;
	slot->direction.source = p->source;
	slot->direction.destination = p->destination;
	slot->hash_next = *bucket;
	*bucket = i;
	link_use(s, i);
	return &slot->direction;
}

/* The direction of the segment. A connection that begins anew has nothing to do with the old one.
 */
static struct dump_direction *direction_of(struct dump_streams *s, const struct dump_payload *p)
{
	uint32_t i = find(s, &p->source, &p->destination);

	if (i == NONE)
		return begin(s, p);
	if (p->flags & DUMP_TCP_SYN) {
		forget(s, i);
		return begin(s, p);
	}
	unlink_use(s, i);
	link_use(s, i);
	return &s->slots[i].direction;
}

/* How far a number is ahead; negative: behind. */
static int32_t ahead(uint32_t sequence, uint32_t of)
{
	return (int32_t)(sequence - of);
}

/* Bytes that were in the stream already are left out. holder: of the frame that they are from. */
static void take(struct dump_streams *s, struct dump_direction *d, const struct dump_mark *mark,
		 const struct dump_mark *holder, uint32_t sequence, const uint8_t *bytes,
		 size_t len, size_t cut)
{
	size_t old = d->next - sequence;

	s->sink.holder = holder;
	if (old < len)
		dump_direction_take(d, &s->sink, mark, bytes + old, len - old, cut);
	else if (old < len + cut)
		dump_direction_skip_to(d, &s->sink, mark, sequence + (uint32_t)len + (uint32_t)cut);
}

/*
 * Early segments whose turn it is; those behind a hole up to which the peer has got everything.
 * filled: the frame that they waited for, in which their messages end; NULL: in their own.
 */
static void take_early(struct dump_streams *s, struct dump_direction *d,
		       const struct dump_mark *filled, bool give_up)
{
	while (d->early != NULL) {
		struct dump_early *e = d->early;
		bool is_hole = ahead(e->sequence, d->next) > 0;

		s->sink.holder = &e->mark;
		if (is_hole && !give_up &&
		    !(d->is_acknowledged && ahead(d->acknowledged, e->sequence) >= 0))
			return;
		if (is_hole) {
			filled = NULL;
			dump_direction_skip_to(d, &s->sink, &e->mark, e->sequence);
		}
		take(s, d, filled != NULL ? filled : &e->mark, &e->mark, e->sequence, e->bytes,
		     e->len, e->cut);
		drop_early(d, &s->budget);
		give_up = give_up && d->early_count > s->early_max / 2;
	}
}

/* Keeps a copy, in the order of numbers; false: there is no room. */
static bool keep_early(struct dump_streams *s, struct dump_direction *d,
		       const struct dump_mark *mark, const struct dump_payload *p)
{
	size_t frame_len = mark->bytes != NULL ? mark->cap_len : 0;
	size_t size = sizeof(struct dump_early) + p->len + frame_len;
	struct dump_early **link = &d->early, *e;

	if (d->early_count == s->early_max || size > s->budget.max - s->budget.used)
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
	s->budget.used += size;
	return true;
}

/* What the peer has acknowledged will not be sent again. */
static void acknowledge(struct dump_streams *s, const struct dump_payload *p)
{
	uint32_t i = find(s, &p->destination, &p->source);
	struct dump_direction *d;

	if (!(p->flags & DUMP_TCP_ACK) || i == NONE)
		return;
	d = &s->slots[i].direction;
	if (!d->is_acknowledged || ahead(p->acknowledged, d->acknowledged) > 0)
		d->acknowledged = p->acknowledged;
	d->is_acknowledged = true;
	take_early(s, d, NULL, false);
}

static void take_segment(struct dump_streams *s, struct dump_direction *d,
			 const struct dump_mark *mark, const struct dump_payload *p)
{
	int32_t hole = ahead(p->sequence, d->next);

	s->sink.holder = mark;
	if (hole > 0 && d->is_acknowledged && ahead(d->acknowledged, p->sequence) >= 0) {
		take_early(s, d, NULL, false);
		if (ahead(p->sequence, d->next) > 0)
			dump_direction_skip_to(d, &s->sink, mark, p->sequence);
	} else if (hole > 0 && !keep_early(s, d, mark, p)) {
		s->budget.given_up++;
		take_early(s, d, NULL, true);
		if (ahead(p->sequence, d->next) > 0 && !keep_early(s, d, mark, p))
			dump_direction_skip_to(d, &s->sink, mark, p->sequence);
	}
	if (ahead(p->sequence, d->next) <= 0)
		take(s, d, mark, mark, p->sequence, p->bytes, p->len, p->cut);
	take_early(s, d, mark, false);
}

void dump_streams_add(struct dump_streams *s, const struct dump_mark *mark,
		      const struct dump_payload *p)
{
	struct dump_direction *d;

	keep_within(s);
	acknowledge(s, p);
	if (p->len + p->cut == 0 && !(p->flags & DUMP_TCP_SYN))
		return;
	d = direction_of(s, p);
	if (p->flags & DUMP_TCP_SYN) {
		d->is_known = true;
		d->next = p->sequence + 1;
		return;
	}
	if (!d->is_known || abs(ahead(p->sequence, d->next)) > FAR_AWAY) {
		forget_bytes(d, &s->budget);
		d->skip = 0;
		d->is_known = true;
		d->next = p->sequence;
	}
	take_segment(s, d, mark, p);
}

void dump_streams_finish(struct dump_streams *s)
{
	for (uint32_t i = s->oldest; i != NONE; i = s->slots[i].newer)
		while (s->slots[i].direction.early != NULL)
			take_early(s, &s->slots[i].direction, NULL, true);
}

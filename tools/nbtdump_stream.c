/* The directions of all connections: found by a hash, forgotten in the order of their last use. */
#include "config.h"

#include "tools/nbtdump_stream.h"

#include <stdlib.h>
#include <string.h>

#include "tools/nbtdump_direction.h"

#define NONE UINT32_MAX

struct slot {
	struct dump_direction direction;
	uint32_t hash_next;    /* in its bucket, or in the list of free ones */
	uint32_t older, newer; /* in the order of use */
};

struct dump_streams {
	struct dump_sink sink;
	struct dump_budget budget;
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
	s->sink = (struct dump_sink){
		.each = each, .ctx = ctx, .budget = &s->budget, .early_max = limits->early
	};
	s->budget.max = limits->bytes;
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

/* Those that were silent longest make room. */
static void keep_within(struct dump_streams *s)
{
	if (s->budget.used <= s->budget.max / 4 * 3)
		return;
	for (uint32_t i = s->oldest; i != NONE && s->budget.used > s->budget.max / 2;
	     i = s->slots[i].newer)
		dump_direction_forget(&s->slots[i].direction, &s->budget);
}

void dump_streams_destroy(struct dump_streams *s)
{
	if (s == NULL)
		return;
	for (uint32_t i = 0; s->slots != NULL && i < s->used; i++)
		dump_direction_forget(&s->slots[i].direction, &s->budget);
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

	dump_direction_forget(d, &s->budget);
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

void dump_streams_add(struct dump_streams *s, const struct dump_mark *mark,
		      const struct dump_payload *p)
{
	uint32_t peer = find(s, &p->destination, &p->source);
	struct dump_direction *d;

	keep_within(s);
	if ((p->flags & DUMP_TCP_ACK) && peer != NONE)
		dump_direction_acknowledge(&s->slots[peer].direction, &s->sink, p->acknowledged);
	if (p->len + p->cut == 0 && !(p->flags & DUMP_TCP_SYN))
		return;
	d = direction_of(s, p);
	if (p->flags & DUMP_TCP_SYN) {
		d->is_known = true;
		d->next = p->sequence + 1;
	} else {
		dump_direction_add(d, &s->sink, mark, p);
	}
}

void dump_streams_finish(struct dump_streams *s)
{
	for (uint32_t i = s->oldest; i != NONE; i = s->slots[i].newer)
		dump_direction_finish(&s->slots[i].direction, &s->sink);
}

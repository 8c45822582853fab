#include "nbddd/reassembly.h"

#include <stdlib.h>
#include <string.h>

#define HEADER     (NBT_DATAGRAM_HEADER_LEN + 4) /* with DGM_LENGTH and OFFSET */
#define FLAGS_AT   1
#define LENGTH_AT  10
#define OFFSET_AT  12

#define BODY_MAX   (REASSEMBLY_BYTES_MAX - HEADER)
#define BLOCK      2048 /* bytes; a datagram of two fragments needs one or two */
#define BLOCKS_MAX ((BODY_MAX + BLOCK - 1) / BLOCK)
#define RANGES_MAX 16 /* of bytes that are there, with gaps between them */
#define SHARE      4  /* a source may have this part of all */
#define NO_BLOCK   UINT32_MAX

enum reassembly_stat { REASSEMBLY_STATS(STATS_ENUM) REASSEMBLY_STAT_COUNT };
static const char *const stat_names[] = { REASSEMBLY_STATS(STATS_NAME) };

/* Bytes from start to before end. */
struct range {
	uint32_t start, end;
};

/* A datagram of which something is missing. */
struct incomplete {
	bool in_use;
	struct sockaddr_in from;
	struct in_addr source;
	uint16_t source_port, id;
	uint64_t expires_ms, order;
	bool has_first;
	uint8_t header[HEADER];          /* of the first fragment */
	uint32_t total;                  /* bytes of the body; 0: not known yet */
	struct range ranges[RANGES_MAX]; /* in order, never touching */
	size_t range_count;
	uint32_t blocks[BLOCKS_MAX]; /* NO_BLOCK: not needed yet */
	size_t block_count;
};

struct reassembly {
	struct reassembly_settings settings;
	struct incomplete *datagrams;
	size_t count;
	uint64_t last_order;
	uint8_t *blocks;
	uint32_t *free_blocks; /* a stack */
	size_t block_total, free_count;
	struct stats stats;
	uint64_t counters[REASSEMBLY_STAT_COUNT];
	uint8_t whole[REASSEMBLY_BYTES_MAX];
};

static void count(struct reassembly *reassembly, enum reassembly_stat counter)
{
	stats_count(&reassembly->stats, counter);
}

/*
 * Create and destroy.
 */

struct reassembly *reassembly_create(const struct reassembly_settings *settings)
{
	struct reassembly *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->settings = *settings;
	r->stats = (struct stats){ stat_names, r->counters, REASSEMBLY_STAT_COUNT };
	r->block_total = r->free_count = settings->bytes / BLOCK;
	r->datagrams = calloc(settings->datagrams, sizeof(*r->datagrams));
	r->blocks = malloc(r->block_total * BLOCK);
	r->free_blocks = calloc(r->block_total, sizeof(*r->free_blocks));
	if (r->datagrams == NULL || r->blocks == NULL || r->free_blocks == NULL) {
		reassembly_destroy(r);
		return NULL;
	}
	for (size_t i = 0; i < r->block_total; i++)
		r->free_blocks[i] = (uint32_t)i;
	return r;
}

void reassembly_destroy(struct reassembly *r)
{
	if (r == NULL)
		return;
	free(r->datagrams);
	free(r->blocks);
	free(r->free_blocks);
	free(r);
}

void reassembly_set_timeout(struct reassembly *r, uint64_t timeout_ms)
{
	r->settings.timeout_ms = timeout_ms;
}

struct stats *reassembly_stats(struct reassembly *r)
{
	return &r->stats;
}

size_t reassembly_count(const struct reassembly *r)
{
	return r->count;
}

size_t reassembly_bytes(const struct reassembly *r)
{
	return (r->block_total - r->free_count) * BLOCK;
}

/*
 * Incomplete datagrams.
 */

static void give_up(struct reassembly *r, struct incomplete *d)
{
	for (size_t i = 0; i < BLOCKS_MAX; i++)
		if (d->blocks[i] != NO_BLOCK)
			r->free_blocks[r->free_count++] = d->blocks[i];
	d->in_use = false;
	r->count--;
}

static void expire(struct reassembly *r, uint64_t now_ms)
{
	for (size_t i = 0; i < r->settings.datagrams; i++)
		if (r->datagrams[i].in_use && r->datagrams[i].expires_ms <= now_ms) {
			count(r, REASSEMBLY_TIMEOUT);
			give_up(r, &r->datagrams[i]);
		}
}

static bool is_of(const struct incomplete *d, const struct sockaddr_in *from,
		  const struct nbt_datagram *packet)
{
	return d->in_use && d->id == packet->id &&
	       d->from.sin_addr.s_addr == from->sin_addr.s_addr &&
	       d->from.sin_port == from->sin_port &&
	       d->source.s_addr == packet->source_address.s_addr &&
	       d->source_port == packet->source_port;
}

static struct incomplete *find(const struct reassembly *r, const struct sockaddr_in *from,
			       const struct nbt_datagram *packet)
{
	for (size_t i = 0; i < r->settings.datagrams; i++)
		if (is_of(&r->datagrams[i], from, packet))
			return &r->datagrams[i];
	return NULL;
}

/* What one source has, or all of them. */
struct usage {
	size_t datagrams, blocks;
	struct incomplete *oldest;
};

/* source NULL: of all; but: one that is not to be the oldest. */
static struct usage usage_of(const struct reassembly *r, const struct in_addr *source,
			     const struct incomplete *but)
{
	struct usage usage = { .oldest = NULL };

	for (size_t i = 0; i < r->settings.datagrams; i++) {
		struct incomplete *d = &r->datagrams[i];

		if (!d->in_use || (source != NULL && d->from.sin_addr.s_addr != source->s_addr))
			continue;
		usage.datagrams++;
		usage.blocks += d->block_count;
		if (d != but && (usage.oldest == NULL || d->order < usage.oldest->order))
			usage.oldest = d;
	}
	return usage;
}

/* The oldest of this source goes, or of all: whoever sends too many loses his own. false: there is
 * none. */
static bool make_room(struct reassembly *r, const struct in_addr *source,
		      const struct incomplete *but)
{
	struct usage usage = usage_of(r, source, but);

	if (usage.oldest == NULL)
		return false;
	count(r, source != NULL ? REASSEMBLY_SHARE : REASSEMBLY_CROWDED);
	give_up(r, usage.oldest);
	return true;
}

static struct incomplete *begin(struct reassembly *r, const struct sockaddr_in *from,
				const struct nbt_datagram *packet, const struct nbt_env *env)
{
	struct incomplete *d = r->datagrams;

	if (usage_of(r, &from->sin_addr, NULL).datagrams >= r->settings.datagrams / SHARE)
		make_room(r, &from->sin_addr, NULL);
	if (r->count == r->settings.datagrams)
		make_room(r, NULL, NULL);
	while (d->in_use)
		d++;
	*d = (struct incomplete){ .in_use = true,
				  .from = *from,
				  .source = packet->source_address,
				  .source_port = packet->source_port,
				  .id = packet->id,
				  .expires_ms = env->now_ms + r->settings.timeout_ms,
				  .order = ++r->last_order };
	for (size_t i = 0; i < BLOCKS_MAX; i++)
		d->blocks[i] = NO_BLOCK;
	r->count++;
	return d;
}

/*
 * Bytes.
 */

static bool take_block(struct reassembly *r, struct incomplete *d, size_t index)
{
	if (d->blocks[index] != NO_BLOCK)
		return true;
	if (usage_of(r, &d->from.sin_addr, d).blocks >= r->block_total / SHARE &&
	    !make_room(r, &d->from.sin_addr, d))
		return false;
	if (r->free_count == 0 && !make_room(r, NULL, d))
		return false;
	d->blocks[index] = r->free_blocks[--r->free_count];
	d->block_count++;
	return true;
}

/* Copies between the blocks and bytes that are in one piece. */
static size_t in_block(size_t at, size_t len)
{
	size_t room = BLOCK - at % BLOCK;

	return len < room ? len : room;
}

static uint8_t *place(const struct reassembly *r, const struct incomplete *d, size_t at)
{
	return r->blocks + (size_t)d->blocks[at / BLOCK] * BLOCK + at % BLOCK;
}

static bool store(struct reassembly *r, struct incomplete *d, size_t at, const uint8_t *bytes,
		  size_t len)
{
	while (len > 0) {
		size_t part = in_block(at, len);

		if (!take_block(r, d, at / BLOCK))
			return false;
		memcpy(place(r, d, at), bytes, part);
		at += part;
		bytes += part;
		len -= part;
	}
	return true;
}

static void load(const struct reassembly *r, const struct incomplete *d, uint8_t *out)
{
	for (size_t at = 0; at < d->total;) {
		size_t part = in_block(at, d->total - at);

		memcpy(out + at, place(r, d, at), part);
		at += part;
	}
}

/*
 * Ranges.
 */

enum fit { FIT_NEW, FIT_KNOWN, FIT_NOT };

static enum fit fit(const struct incomplete *d, struct range range)
{
	for (size_t i = 0; i < d->range_count; i++) {
		const struct range *there = &d->ranges[i];

		if (range.start >= there->start && range.end <= there->end)
			return FIT_KNOWN;
		if (range.start < there->end && range.end > there->start)
			return FIT_NOT;
	}
	return FIT_NEW;
}

static void remove_range(struct incomplete *d, size_t i)
{
	memmove(&d->ranges[i], &d->ranges[i + 1], (d->range_count - i - 1) * sizeof(d->ranges[0]));
	d->range_count--;
}

/* It overlaps none; those that it touches become one with it. false: too many gaps. */
static bool add_range(struct incomplete *d, struct range range)
{
	size_t i = 0;

	while (i < d->range_count && d->ranges[i].end < range.start)
		i++;
	if (i < d->range_count && d->ranges[i].end == range.start) {
		range.start = d->ranges[i].start;
		remove_range(d, i);
	}
	if (i < d->range_count && d->ranges[i].start == range.end) {
		range.end = d->ranges[i].end;
		remove_range(d, i);
	}
	if (d->range_count == RANGES_MAX)
		return false;
	memmove(&d->ranges[i + 1], &d->ranges[i], (d->range_count - i) * sizeof(d->ranges[0]));
	d->ranges[i] = range;
	d->range_count++;
	return true;
}

/* A fragment without MORE says where the datagram ends, and nothing may be behind that. */
static bool ends_agree(const struct incomplete *d, struct range range, bool is_last)
{
	uint32_t highest = d->range_count > 0 ? d->ranges[d->range_count - 1].end : 0;

	if (is_last)
		return (d->total == 0 || d->total == range.end) && highest <= range.end;
	return d->total == 0 || range.end <= d->total;
}

/*
 * Fragments.
 */

bool reassembly_is_fragment(const struct nbt_datagram *packet)
{
	return (packet->flags & NBT_DGM_FLAG_MORE) != 0 || nbt_datagram_is_rest(packet);
}

static bool is_whole(const struct incomplete *d)
{
	return d->has_first && d->total > 0 && d->range_count == 1 && d->ranges[0].start == 0 &&
	       d->ranges[0].end == d->total;
}

static void put_u16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* As it would have come in one packet. */
static size_t put_together(struct reassembly *r, const struct incomplete *d)
{
	memcpy(r->whole, d->header, HEADER);
	r->whole[FLAGS_AT] |= NBT_DGM_FLAG_FIRST;
	r->whole[FLAGS_AT] &= (uint8_t)~NBT_DGM_FLAG_MORE;
	put_u16(r->whole + LENGTH_AT, d->total);
	put_u16(r->whole + OFFSET_AT, 0);
	load(r, d, r->whole + HEADER);
	return HEADER + d->total;
}

/* What stands behind the header, as far as DGM_LENGTH goes. false: more than a datagram has. */
static bool read_range(const struct nbt_datagram *packet, size_t len, struct range *out)
{
	size_t body = len - HEADER;

	if (packet->length < body)
		body = packet->length;
	out->start = packet->offset;
	out->end = packet->offset + (uint32_t)body;
	return out->end <= BODY_MAX;
}

/* Whether it is kept; the datagram is given up if it does not fit. */
static bool keep(struct reassembly *r, struct incomplete *d, const struct nbt_datagram *packet,
		 const uint8_t *bytes, struct range range)
{
	bool is_last = (packet->flags & NBT_DGM_FLAG_MORE) == 0;
	enum fit how = range.start < range.end ? fit(d, range) : FIT_NOT;

	if (how == FIT_NOT || !ends_agree(d, range, is_last)) {
		count(r, REASSEMBLY_OVERLAP);
		return false;
	}
	if (is_last)
		d->total = range.end;
	if (how == FIT_KNOWN) {
		count(r, REASSEMBLY_DUPLICATE);
		return true;
	}
	if (!nbt_datagram_is_rest(packet)) {
		memcpy(d->header, bytes, HEADER);
		d->has_first = true;
	}
	return store(r, d, range.start, bytes + HEADER, range.end - range.start) &&
	       add_range(d, range);
}

bool reassembly_add(struct reassembly *r, const struct sockaddr_in *from,
		    const struct nbt_datagram *packet, const uint8_t *bytes, size_t len,
		    const struct nbt_env *env, const uint8_t **whole, size_t *whole_len)
{
	struct incomplete *d;
	struct range range;

	count(r, REASSEMBLY_FRAGMENT);
	expire(r, env->now_ms);
	if (!read_range(packet, len, &range)) {
		count(r, REASSEMBLY_TOO_LONG);
		return false;
	}
	d = find(r, from, packet);
	if (d == NULL)
		d = begin(r, from, packet, env);
	if (!keep(r, d, packet, bytes, range)) {
		give_up(r, d);
		return false;
	}
	if (!is_whole(d))
		return false;
	*whole_len = put_together(r, d);
	*whole = r->whole;
	give_up(r, d);
	count(r, REASSEMBLY_WHOLE);
	return true;
}

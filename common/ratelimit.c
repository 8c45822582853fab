/* Token buckets, one by one and in a table by source. */
#include "common/ratelimit.h"

#include <stdlib.h>
#include <string.h>

#define TOKEN      1000U /* thousandths of a token */

/* Buckets of sources whose hash is the same share a cache line, so a question costs one miss. */
#define LINE       64
#define LINE_WIDTH 5
#define LINES      4096 /* a power of two; 256 KiB, 20480 sources */

struct source {
	uint32_t address;
	struct ratelimit_bucket bucket;
};

struct line {
	struct source sources[LINE_WIDTH];
	uint32_t unused;
};
_Static_assert(sizeof(struct line) == LINE, "one cache line");

struct ratelimit {
	struct line *lines; /* NULL: no limit */
	struct ratelimit_rate rate;
	uint64_t key;
};

/* What is missing now: less than at the last look, by the time that has passed. */
static uint32_t bucket_used(const struct ratelimit_bucket *bucket,
			    const struct ratelimit_rate *rate, uint64_t now_ms)
{
	uint64_t passed = (uint32_t)((uint32_t)now_ms - bucket->now_ms);
	uint64_t back = passed * rate->per_second / 1000;

	return back < bucket->used ? bucket->used - (uint32_t)back : 0;
}

bool ratelimit_bucket_take(struct ratelimit_bucket *bucket, const struct ratelimit_rate *rate,
			   uint64_t now_ms)
{
	uint32_t used = bucket_used(bucket, rate, now_ms);

	if (used + TOKEN > rate->burst * TOKEN)
		return false; /* time goes on counting from the last token taken */

	bucket->used = used + TOKEN;
	bucket->now_ms = (uint32_t)now_ms;
	return true;
}

struct ratelimit *ratelimit_create(uint32_t per_second, uint64_t key)
{
	struct ratelimit *limit = calloc(1, sizeof(*limit));

	if (limit == NULL)
		return NULL;
	limit->key = key;
	if (ratelimit_set_rate(limit, per_second))
		return limit;
	free(limit);
	return NULL;
}

bool ratelimit_set_rate(struct ratelimit *limit, uint32_t per_second)
{
	if (per_second == 0) {
		free(limit->lines);
		limit->lines = NULL;
		return true;
	}
	if (limit->lines == NULL) {
		limit->lines = aligned_alloc(LINE, LINES * sizeof(struct line));
		if (limit->lines == NULL)
			return false;
		memset(limit->lines, 0, LINES * sizeof(struct line));
	}
	limit->rate = (struct ratelimit_rate){ per_second, per_second * TOKEN };
	return true;
}

void ratelimit_destroy(struct ratelimit *limit)
{
	if (limit == NULL)
		return;
	free(limit->lines);
	free(limit);
}

static struct line *line_of(const struct ratelimit *limit, uint32_t address)
{
	uint64_t mixed = (address ^ limit->key) * 0x9E3779B97F4A7C15U;

	mixed = (mixed ^ mixed >> 32 ^ limit->key >> 32) * 0xD6E8FEB86659FD93U;
	return &limit->lines[mixed >> 52];
}
_Static_assert(LINES == 1 << (64 - 52), "see line_of()");

void ratelimit_expect(const struct ratelimit *limit, const struct in_addr *sources, size_t count)
{
	for (size_t i = 0; limit->lines != NULL && i < count; i++)
		__builtin_prefetch(line_of(limit, sources[i].s_addr));
}

/* The bucket of this source; failing that, the one that is missed least becomes its own. */
static struct ratelimit_bucket *bucket_of(const struct ratelimit *limit, uint32_t address,
					  uint64_t now_ms)
{
	struct line *line = line_of(limit, address);
	struct source *fullest = NULL;
	uint32_t least = UINT32_MAX;

	for (size_t i = 0; i < LINE_WIDTH; i++)
		if (line->sources[i].address == address)
			return &line->sources[i].bucket;
	for (size_t i = 0; i < LINE_WIDTH; i++) {
		struct source *source = &line->sources[i];
		uint32_t used = bucket_used(&source->bucket, &limit->rate, now_ms);

		if (used < least) {
			least = used;
			fullest = source;
		}
	}
	*fullest = (struct source){ .address = address, .bucket = { .now_ms = (uint32_t)now_ms } };
	return &fullest->bucket;
}

bool ratelimit_take(struct ratelimit *limit, struct in_addr source, uint64_t now_ms)
{
	if (limit->lines == NULL)
		return true;
	return ratelimit_bucket_take(bucket_of(limit, source.s_addr, now_ms), &limit->rate, now_ms);
}

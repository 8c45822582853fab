/* How much of something one source may have per second. Pure. */
#ifndef COMMON_RATELIMIT_H
#define COMMON_RATELIMIT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A token bucket: holds tokens for what is allowed at once, and is filled over time. Zeroed: full
 * at the first use. */
struct ratelimit_bucket {
	uint32_t used;   /* thousandths of a token that are missing */
	uint32_t now_ms; /* when that was so; low 32 bits, being wrong after 49 days does no harm */
};

struct ratelimit_rate {
	uint32_t burst;      /* tokens in a full bucket; 1 to 1000000 */
	uint32_t per_second; /* thousandths of a token that come back in a second; from 1 */
};

/* Takes one token; false: there is none. */
bool ratelimit_bucket_take(struct ratelimit_bucket *bucket, const struct ratelimit_rate *rate,
			   uint64_t now_ms);

/*
 * A bucket for each source. The table has a fixed size: when too many sources are active at once
 * the one with the fullest bucket is forgotten, never the one that is being limited.
 */
struct ratelimit;

/* per_second: tokens per source, and what it may have at once; 0: no limit. key: secret, so that
 * nobody can choose sources that collide. NULL: out of memory. */
struct ratelimit *ratelimit_create(uint32_t per_second, uint64_t key);

/* The same for a limit that is in use; what a source has had already counts. false: out of memory,
 * and the limit is as it was. */
bool ratelimit_set_rate(struct ratelimit *limit, uint32_t per_second);
void ratelimit_destroy(struct ratelimit *limit); /* NULL is fine */

/* Brings what is known of these sources into the processor's cache. */
void ratelimit_expect(const struct ratelimit *limit, const struct in_addr *sources, size_t count);

/* Takes one token of this source; false: it has had its share. */
bool ratelimit_take(struct ratelimit *limit, struct in_addr source, uint64_t now_ms);

#endif

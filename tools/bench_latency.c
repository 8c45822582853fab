/* Latencies in buckets. */
#include "tools/bench.h"

/* Values below 16 have a bucket each; above, the highest bit and the four below it choose. */
static size_t bucket_of(uint64_t ns)
{
	unsigned high;

	if (ns < 16)
		return (size_t)ns;
	high = 63U - (unsigned)__builtin_clzll(ns);
	return (size_t)(high - 3) * 16 + (size_t)(ns >> (high - 4) & 15);
}

static uint64_t upper_end(size_t bucket)
{
	if (bucket < 16)
		return bucket;
	return ((UINT64_C(16) + bucket % 16 + 1) << (bucket / 16 - 1)) - 1;
}

void bench_latency_add(struct bench_latency *latency, uint64_t ns)
{
	latency->bucket[bucket_of(ns)]++;
	latency->count++;
}

uint64_t bench_latency_at(const struct bench_latency *latency, double part)
{
	uint64_t wanted = (uint64_t)(part * (double)latency->count);
	uint64_t seen = 0;

	for (size_t i = 0; i < BENCH_BUCKETS; i++) {
		seen += latency->bucket[i];
		if (seen > 0 && seen >= wanted)
			return upper_end(i);
	}
	return 0;
}

/* What the benchmarks share: a clock, names by number, memory of this process. */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "nbnsd/registry/record.h"

static inline uint64_t bench_now(void) /* nanoseconds */
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* A number that looks drawn by lot (splitmix64). */
static inline uint64_t bench_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15U;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
	x = (x ^ x >> 27) * 0x94d049bb133111ebU;
	return x ^ x >> 31;
}

/* An active unique record; what makes it differ from others is its number, in random order. */
static inline void bench_record(struct record *record, uint32_t number)
{
	static const char digits[] = "0123456789ABCDEF";
	const struct in_addr address = { (uint32_t)bench_mix(number) };
	uint64_t bits = bench_mix(number);

	memset(record, 0, offsetof(struct record, address));
	for (int i = 0; i < 15; i++, bits >>= 4)
		record->name.bytes[i] = (uint8_t)digits[bits & 15];
	record->name.bytes[15] = 0x20;
	record->version = (UINT64_C(1789500000) << 20) + number;
	record->expiry = 518400 + number / 1000;
	record->registered_by = address;
	record->address_count = 1;
	record->address[0] = (struct record_address){ address, OWNER_SELF, record->expiry };
}

static inline size_t bench_rss(void) /* bytes */
{
	unsigned long size, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (file == NULL)
		return 0;
	if (fscanf(file, "%lu %lu", &size, &resident) != 2)
		resident = 0;
	fclose(file);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

#endif

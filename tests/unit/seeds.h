/* Which seeds a simulation plays: NBT_SEEDS=N the first N, NBT_SEEDS=M-N those from M to N. */
#ifndef TESTS_UNIT_SEEDS_H
#define TESTS_UNIT_SEEDS_H

#include <stdint.h>
#include <stdlib.h>

struct seeds {
	uint64_t first, last;
};

/* count: as many, if nobody says anything else. */
static inline struct seeds seeds_wanted(uint64_t count)
{
	struct seeds seeds = { .first = 1, .last = count };
	const char *text = getenv("NBT_SEEDS");
	char *end;

	if (text == NULL)
		return seeds;
	seeds.last = strtoull(text, &end, 10);
	if (*end == '-') {
		seeds.first = seeds.last;
		seeds.last = strtoull(end + 1, NULL, 10);
	}
	return seeds;
}

#endif

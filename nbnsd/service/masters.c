#include "nbnsd/service/masters.h"

#include <stdlib.h>
#include <string.h>

#define BITS 64

void masters_free(struct masters *masters)
{
	free(masters->words);
}

static bool grow(struct masters *masters, size_t wanted)
{
	size_t count = masters->count > 0 ? masters->count : 16;
	uint64_t *words;

	while (count < wanted)
		count *= 2;
	words = realloc(masters->words, count * sizeof(*words));
	if (words == NULL)
		return false;
	memset(words + masters->count, 0, (count - masters->count) * sizeof(*words));
	masters->words = words;
	masters->count = count;
	return true;
}

bool masters_set(struct masters *masters, uint32_t id, bool is_master)
{
	size_t word = id / BITS;
	uint64_t bit = UINT64_C(1) << id % BITS;

	if (word >= masters->count) {
		if (!is_master)
			return true;
		if (!grow(masters, word + 1))
			return false;
	}
	if (is_master)
		masters->words[word] |= bit;
	else
		masters->words[word] &= ~bit;
	return true;
}

uint32_t masters_next(const struct masters *masters, uint32_t id)
{
	uint64_t before = (UINT64_C(1) << id % BITS) - 1;

	for (size_t word = id / BITS; word < masters->count; word++) {
		uint64_t bits = masters->words[word] & ~before;

		if (bits != 0)
			return (uint32_t)(word * BITS + (size_t)__builtin_ctzll(bits));
		before = 0;
	}
	return MASTERS_NONE;
}

/* Open addressing; what is at most half full needs no more than a few looks. */
#include "common/source_counts.h"

#include <assert.h>
#include <stdlib.h>

#define FIRST_SIZE 16

void source_counts_free(struct source_counts *counts)
{
	free(counts->slots);
	*counts = (struct source_counts){ 0 };
}

/* Neighbours are spread: addresses of a site differ in their last bits. */
static size_t home_of(const struct source_counts *counts, struct in_addr source)
{
	return (ntohl(source.s_addr) * 2654435761U >> 7) & (counts->size - 1);
}

/* The slot of the source, or the free one that it would get. */
static size_t find(const struct source_counts *counts, struct in_addr source)
{
	size_t i = home_of(counts, source);

	while (counts->slots[i].count > 0 && counts->slots[i].source.s_addr != source.s_addr)
		i = (i + 1) & (counts->size - 1);
	return i;
}

static bool grow(struct source_counts *counts)
{
	struct source_counts bigger = { .size = counts->size > 0 ? counts->size * 2 : FIRST_SIZE,
					.used = counts->used };

	bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		return false;
	for (size_t i = 0; i < counts->size; i++)
		if (counts->slots[i].count > 0)
			bigger.slots[find(&bigger, counts->slots[i].source)] = counts->slots[i];
	free(counts->slots);
	*counts = bigger;
	return true;
}

uint32_t source_counts_get(const struct source_counts *counts, struct in_addr source)
{
	return counts->size > 0 ? counts->slots[find(counts, source)].count : 0;
}

bool source_counts_add(struct source_counts *counts, struct in_addr source)
{
	struct source_count *slot;

	if ((counts->used + 1) * 2 > counts->size && !grow(counts))
		return false;
	slot = &counts->slots[find(counts, source)];
	counts->used += slot->count == 0;
	slot->source = source;
	slot->count++;
	return true;
}

/* Moves back what stood behind the slot because its own place was taken. */
static void close_gap(struct source_counts *counts, size_t gap)
{
	const size_t mask = counts->size - 1;

	for (size_t i = (gap + 1) & mask; counts->slots[i].count > 0; i = (i + 1) & mask) {
		size_t home = home_of(counts, counts->slots[i].source);

		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		counts->slots[gap] = counts->slots[i];
		gap = i;
	}
	counts->slots[gap].count = 0;
}

void source_counts_drop(struct source_counts *counts, struct in_addr source)
{
	size_t i = find(counts, source);

	assert(counts->slots[i].count > 0);
	if (--counts->slots[i].count > 0)
		return;
	counts->used--;
	close_gap(counts, i);
}

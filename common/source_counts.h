/* How many of something each address has: a table of those that have any. Pure. */
#ifndef COMMON_SOURCE_COUNTS_H
#define COMMON_SOURCE_COUNTS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source_count {
	struct in_addr source;
	uint32_t count; /* 0: the slot is free */
};

/* Zeroed: nobody has anything. */
struct source_counts {
	struct source_count *slots;
	size_t size; /* of slots, a power of two, or 0 */
	size_t used;
};

void source_counts_free(struct source_counts *counts);

uint32_t source_counts_get(const struct source_counts *counts, struct in_addr source);

/* One more. false: out of memory, nothing changed. */
bool source_counts_add(struct source_counts *counts, struct in_addr source);

/* One less; it must have one. */
void source_counts_drop(struct source_counts *counts, struct in_addr source);

#endif

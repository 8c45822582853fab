/* Named counters: an enum of the owner's, and a table of names in the same order. */
#ifndef COMMON_STATS_H
#define COMMON_STATS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* For an X-macro list of rows X(COUNTER, "name"): enum members, and a table of names. */
#define STATS_ENUM(counter, name) counter,
#define STATS_NAME(counter, name) [counter] = name,

struct stats {
	const char *const *names; /* borrowed; "query.received" */
	uint64_t *values;         /* borrowed */
	size_t count;
};

static inline void stats_add(struct stats *stats, size_t counter, uint64_t amount)
{
	stats->values[counter] += amount;
}

static inline void stats_count(struct stats *stats, size_t counter)
{
	stats_add(stats, counter, 1);
}

/* Writes a line "name value" for each counter. */
void stats_print(const struct stats *stats, FILE *out);

#endif

/* What a misspelt word was meant to be. Pure. */
#ifndef COMMON_NEAREST_H
#define COMMON_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *word;
	const char *found; /* so far; NULL: nothing is near enough */
	size_t distance;   /* that the next one has to be nearer than */
};

/* Everything is borrowed. */
void nearest_begin(struct nearest *n, const char *word);

/* One of the words that there are; among equally near ones the first holds. */
void nearest_take(struct nearest *n, const char *candidate);

#endif

#include "common/nearest.h"

#include <string.h>

#define WORD_MAX 48 /* longer ones are near to nothing */

static size_t least(size_t a, size_t b, size_t c)
{
	size_t smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

/*
 * How many letters have to be put in, left out, replaced, or changed with their neighbour (optimal
 * string alignment): each row of the table is made of the two before.
 */
static size_t distance_of(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1], a_len = strlen(a), b_len = strlen(b);

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		const size_t *before = rows[(i - 1) % 3], *two_before = rows[(i + 1) % 3];
		size_t *row = rows[i % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = least(before[j] + 1, row[j - 1] + 1,
				       before[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], two_before[j - 2] + 1, row[j]);
		}
	}
	return rows[a_len % 3][b_len];
}

/* A third of a word may be wrong. */
void nearest_begin(struct nearest *n, const char *word)
{
	*n = (struct nearest){ .word = word, .distance = strlen(word) / 3 + 1 };
	if (strlen(word) > WORD_MAX)
		n->distance = 0;
}

void nearest_take(struct nearest *n, const char *candidate)
{
	size_t distance = n->distance;

	if (distance > 0 && strlen(candidate) <= WORD_MAX)
		distance = distance_of(n->word, candidate);
	if (distance < n->distance) {
		n->found = candidate;
		n->distance = distance;
	}
}

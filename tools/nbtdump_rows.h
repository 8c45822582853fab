/* A table of rows that begin with their key, of fixed size. Pure. */
#ifndef TOOLS_NBTDUMP_ROWS_H
#define TOOLS_NBTDUMP_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rows {
	size_t row_size, key_len;
	size_t max, count;
	uint64_t lost; /* times that there was no room */
	uint8_t *rows; /* in the order in which they came */
	uint32_t *buckets;
	size_t mask;
};

/* false: no memory; rows_free() may be called all the same. */
bool rows_init(struct rows *rows, size_t row_size, size_t key_len, size_t max);
void rows_free(struct rows *rows);

/* The row with this key. rows_get(): or a new one, zeros behind its key. NULL: none, or no room. */
void *rows_find(const struct rows *rows, const void *key);
void *rows_get(struct rows *rows, const void *key);

static inline void *rows_at(const struct rows *rows, size_t i)
{
	return rows->rows + i * rows->row_size;
}

#endif

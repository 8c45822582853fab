/* Open addressing: buckets hold the number of a row, from 1. */
#include "config.h"

#include "tools/nbtdump_rows.h"

#include <stdlib.h>
#include <string.h>

bool rows_init(struct rows *rows, size_t row_size, size_t key_len, size_t max)
{
	size_t buckets = 2;

	while (buckets < max * 2)
		buckets *= 2;
	*rows = (struct rows){
		.row_size = row_size, .key_len = key_len, .max = max, .mask = buckets - 1
	};
	rows->rows = calloc(max, row_size);
	rows->buckets = calloc(buckets, sizeof(rows->buckets[0]));
	return rows->rows != NULL && rows->buckets != NULL;
}

void rows_free(struct rows *rows)
{
	free(rows->rows);
	free(rows->buckets);
}

/* FNV-1a: its weakness is known, and what it costs is bounded by the size of the table. */
static size_t hash(const struct rows *rows, const uint8_t *key)
{
	uint64_t h = 0xCBF29CE484222325u;

	for (size_t i = 0; i < rows->key_len; i++)
		h = (h ^ key[i]) * 0x100000001B3u;
	return (size_t)(h ^ h >> 32);
}

static uint32_t *bucket_of(const struct rows *rows, const void *key)
{
	size_t i = hash(rows, key) & rows->mask;

	while (rows->buckets[i] != 0 &&
	       memcmp(rows_at(rows, rows->buckets[i] - 1), key, rows->key_len) != 0)
		i = (i + 1) & rows->mask;
	return &rows->buckets[i];
}

void *rows_find(const struct rows *rows, const void *key)
{
	uint32_t bucket = *bucket_of(rows, key);

	return bucket != 0 ? rows_at(rows, bucket - 1) : NULL;
}

void *rows_get(struct rows *rows, const void *key)
{
	uint32_t *bucket = bucket_of(rows, key);

	if (*bucket == 0 && rows->count == rows->max) {
		rows->lost++;
		return NULL;
	}
	if (*bucket == 0) {
		memcpy(rows_at(rows, rows->count), key, rows->key_len);
		*bucket = (uint32_t)++rows->count;
	}
	return rows_at(rows, *bucket - 1);
}

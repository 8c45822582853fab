#include "nbnsd/partners/owner_map.h"

#include <stdlib.h>

bool owner_is_valid(struct in_addr owner)
{
	uint32_t address = ntohl(owner.s_addr);

	return address != INADDR_ANY && address != INADDR_BROADCAST && !IN_MULTICAST(address);
}

static int compare(const void *a, const void *b)
{
	uint32_t left = ntohl(((const struct nbt_owner_versions *)a)->owner.s_addr);
	uint32_t right = ntohl(((const struct nbt_owner_versions *)b)->owner.s_addr);

	return (left > right) - (left < right);
}

/* Of an owner that is there twice the higher version counts. */
static size_t merge_same(struct nbt_owner_versions *rows, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (kept == 0 || compare(&rows[kept - 1], &rows[i]) != 0)
			rows[kept++] = rows[i];
		else if (rows[i].max > rows[kept - 1].max)
			rows[kept - 1].max = rows[i].max;
	return kept;
}

bool owner_map_read(struct owner_map *map, struct nbt_replication_list list)
{
	struct nbt_owner_versions *rows = calloc((size_t)list.count + 1, sizeof(*rows));
	struct nbt_owner_versions row;
	size_t count = 0;

	if (rows == NULL)
		return false;
	while (nbt_replication_next_owner(&list, &row)) {
		if (!owner_is_valid(row.owner))
			continue;
		row.min = 0;
		if (row.max > INT64_MAX)
			row.max = INT64_MAX;
		rows[count++] = row;
	}
	qsort(rows, count, sizeof(*rows), compare);
	free(map->rows);
	map->rows = rows;
	map->count = merge_same(rows, count);
	return true;
}

void owner_map_free(struct owner_map *map)
{
	free(map->rows);
	*map = (struct owner_map){ 0 };
}

uint64_t owner_map_max(const struct owner_map *map, struct in_addr owner)
{
	const struct nbt_owner_versions key = { .owner = owner };
	const struct nbt_owner_versions *row = NULL;

	if (map->count > 0)
		row = bsearch(&key, map->rows, map->count, sizeof(key), compare);
	return row != NULL ? row->max : 0;
}

static bool is_better(const struct owner_source *a, const struct owner_source *b,
		      struct in_addr owner)
{
	uint64_t max_a = owner_map_max(a->map, owner), max_b = owner_map_max(b->map, owner);

	return max_a > max_b || (max_a == max_b && a->address.s_addr == owner.s_addr);
}

size_t owner_map_best(const struct owner_source *sources, size_t count, struct in_addr owner)
{
	size_t best = 0;

	for (size_t i = 1; i < count; i++)
		if (is_better(&sources[i], &sources[best], owner))
			best = i;
	return best;
}

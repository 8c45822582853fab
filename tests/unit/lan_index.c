#include "lan_index.h"

#include <stdlib.h>

#include "support.h"

/* Where the key is, or would be. */
static struct lan_index_item *place_of(const struct lan_index *index, uint32_t key)
{
	size_t i = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (index->space - 1);

	while (index->items[i].thing != NULL && index->items[i].key != key)
		i = (i + 1) & (index->space - 1);
	return &index->items[i];
}

void *lan_index_find(const struct lan_index *index, uint32_t key)
{
	return index->space > 0 ? place_of(index, key)->thing : NULL;
}

static void grow(struct lan_index *index)
{
	struct lan_index old = *index;

	index->space = old.space > 0 ? 2 * old.space : 64;
	index->items = calloc(index->space, sizeof(*index->items));
	assert_non_null(index->items);
	for (size_t i = 0; i < old.space; i++)
		if (old.items[i].thing != NULL)
			*place_of(index, old.items[i].key) = old.items[i];
	free(old.items);
}

void lan_index_add(struct lan_index *index, uint32_t key, void *thing)
{
	if (2 * index->count >= index->space)
		grow(index);
	*place_of(index, key) = (struct lan_index_item){ key, thing };
	index->count++;
}

void lan_index_free(struct lan_index *index)
{
	free(index->items);
}

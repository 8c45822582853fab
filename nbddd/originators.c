#include "nbddd/originators.h"

#include <stdlib.h>

struct originators {
	size_t max, count;
	struct originator items[];
};

struct originators *originators_create(size_t count)
{
	struct originators *all = calloc(1, sizeof(*all) + count * sizeof(struct originator));

	if (all != NULL)
		all->max = count;
	return all;
}

void originators_destroy(struct originators *all)
{
	free(all);
}

static bool is_of(const struct originator *item, const struct nbt_name *name,
		  const struct nbt_scope *scope)
{
	return nbt_name_equal(&item->name, name) && nbt_scope_equal(&item->scope, scope);
}

/* Its own place, a new one, or that of the oldest. */
static size_t find_place(const struct originators *all, const struct originator *wanted)
{
	size_t oldest = 0;

	for (size_t i = 0; i < all->count; i++) {
		if (is_of(&all->items[i], &wanted->name, &wanted->scope))
			return i;
		if (all->items[i].at_ms < all->items[oldest].at_ms)
			oldest = i;
	}
	return all->count < all->max ? all->count : oldest;
}

void originators_add(struct originators *all, const struct originator *originator)
{
	size_t place = find_place(all, originator);
	struct originator *item = &all->items[place];
	bool is_known = place < all->count && is_of(item, &originator->name, &originator->scope);
	uint64_t before = is_known ? item->datagrams : 0;

	if (place == all->count)
		all->count++;
	*item = *originator;
	item->datagrams = before + 1;
}

const struct originator *originators_find(const struct originators *all,
					  const struct nbt_name *name,
					  const struct nbt_scope *scope, uint64_t since_ms)
{
	for (size_t i = 0; i < all->count; i++)
		if (is_of(&all->items[i], name, scope))
			return all->items[i].at_ms >= since_ms ? &all->items[i] : NULL;
	return NULL;
}

void originators_each(const struct originators *all, uint64_t since_ms, originators_fn *each,
		      void *ctx)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].at_ms >= since_ms)
			each(ctx, &all->items[i]);
}

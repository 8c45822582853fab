#include "nbnsd/registry/table.h"

#include <assert.h>

#include "nbnsd/registry/pages.h"

#define FIRST_SLOTS 16

/*
 * Slots moved at once while the table grows. A table that doubled at 3/4 doubles again after
 * as many insertions as 3/4 of its old slots, so 2 would do; with 8 both are walked for a short
 * time only.
 */
#define MOVES       8

/* What there is instead of no array, so that a walk needs no special case. Never written to. */
static struct table_slot nothing[1];

static const struct table_array no_array = { nothing, 0 };

static size_t array_size(const struct table_array *array)
{
	return ((size_t)array->mask + 1) * sizeof(*array->slot);
}

static void array_free(struct table_array *array)
{
	if (array->slot != nothing)
		pages_free(array->slot, array_size(array));
	*array = no_array;
}

void table_init(struct table *table)
{
	*table = (struct table){ .now = no_array, .old = no_array };
}

void table_free(struct table *table)
{
	array_free(&table->now);
	array_free(&table->old);
	table->count = 0;
}

static void place(struct table_array *array, struct table_slot slot)
{
	uint32_t i = slot.hash & array->mask;

	while (array->slot[i].index != 0)
		i = (i + 1) & array->mask;
	array->slot[i] = slot;
}

/* A big array becomes real as it is touched: no long pause. */
static bool grow(struct table *table)
{
	size_t slots = table->now.slot == nothing ? FIRST_SLOTS : ((size_t)table->now.mask + 1) * 2;
	struct table_slot *slot = slots <= UINT32_MAX ? pages_get(slots * sizeof(*slot)) : NULL;

	if (slot == NULL)
		return false;
	assert(table->old.slot == nothing);
	table->old = table->now;
	table->now = (struct table_array){ slot, (uint32_t)slots - 1 };
	table->moved = 0;
	return true;
}

/* Old keeps its slots until all have been moved: walks through it must not end early. */
void table_settle(struct table *table)
{
	if (table->old.slot == nothing)
		return;
	for (int i = 0; i < MOVES; i++) {
		struct table_slot slot = table->old.slot[table->moved];

		if (slot.index != 0 && slot.index != TABLE_DELETED)
			place(&table->now, slot);
		if (table->moved++ == table->old.mask) {
			array_free(&table->old);
			return;
		}
	}
}

bool table_insert(struct table *table, uint32_t hash, uint32_t number)
{
	/* At 3/4 a look-up that finds nothing looks at 8 slots on average: one or two cache lines.
	 */
	if (((uint64_t)table->count + 1) * 4 > ((uint64_t)table->now.mask + 1) * 3 && !grow(table))
		return false;

	place(&table->now, (struct table_slot){ hash, number + 1 });
	table->count++;
	table_settle(table);
	return true;
}

static struct table_slot *find(const struct table_array *array, uint32_t hash, uint32_t number)
{
	uint32_t i = hash & array->mask;

	for (; array->slot[i].index != 0; i = (i + 1) & array->mask) {
		if (array->slot[i].index == number + 1)
			return &array->slot[i];
	}
	return NULL;
}

/* Moves back what stood behind the slot because its own place was taken: no marks of removed slots
 * are needed. */
static void close_gap(struct table_array *array, uint32_t gap)
{
	uint32_t mask = array->mask;

	for (uint32_t i = (gap + 1) & mask; array->slot[i].index != 0; i = (i + 1) & mask) {
		uint32_t home = array->slot[i].hash & mask;

		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		array->slot[gap] = array->slot[i];
		gap = i;
	}
	array->slot[gap].index = 0;
}

void table_remove(struct table *table, uint32_t hash, uint32_t number)
{
	struct table_slot *now = find(&table->now, hash, number);
	struct table_slot *old = find(&table->old, hash, number);

	assert(now != NULL || old != NULL);
	/* In old closing a gap could move a slot to where it would not be moved to now any more. */
	if (old != NULL)
		old->index = TABLE_DELETED;
	if (now != NULL)
		close_gap(&table->now, (uint32_t)(now - table->now.slot));
	table->count--;
}

static size_t array_memory(const struct table_array *array)
{
	return array->slot == nothing ? 0 : array_size(array);
}

size_t table_memory(const struct table *table)
{
	return sizeof(*table) + array_memory(&table->now) + array_memory(&table->old);
}

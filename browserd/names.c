#include "browserd/names.h"

#include <stdlib.h>

struct wanted {
	struct nbt_local_claim claim;
	enum names_state state;
	size_t by; /* how many */
};

struct names {
	struct names_sinks sinks;
	void *ctx;
	struct wanted *items;
	size_t count, space;
};

struct names *names_create(const struct names_sinks *sinks, void *ctx)
{
	struct names *names = calloc(1, sizeof(*names));

	if (names == NULL)
		return NULL;
	names->sinks = *sinks;
	names->ctx = ctx;
	return names;
}

void names_destroy(struct names *names)
{
	if (names == NULL)
		return;
	free(names->items);
	free(names);
}

static struct wanted *find(const struct names *names, const struct nbt_local_claim *claim)
{
	for (size_t i = 0; i < names->count; i++) {
		struct wanted *item = &names->items[i];

		if (item->claim.interface.s_addr == claim->interface.s_addr &&
		    nbt_name_equal(&item->claim.name, &claim->name))
			return item;
	}
	return NULL;
}

static struct wanted *add(struct names *names, const struct nbt_local_claim *claim)
{
	struct wanted *items;

	if (names->count == names->space) {
		size_t space = names->space > 0 ? 2 * names->space : 16;

		items = realloc(names->items, space * sizeof(*items));
		if (items == NULL)
			return NULL;
		names->items = items;
		names->space = space;
	}
	names->items[names->count] = (struct wanted){ .claim = *claim };
	return &names->items[names->count++];
}

enum names_state names_claim(struct names *names, const struct nbt_local_claim *claim)
{
	struct wanted *item = find(names, claim);

	if (item == NULL)
		item = add(names, claim);
	if (item == NULL)
		return NAMES_GONE;
	item->by++;
	if (item->state == NAMES_GONE && names->sinks.claim(names->ctx, claim))
		item->state = NAMES_WANTED;
	return item->state;
}

void names_retry(struct names *names, const struct nbt_local_claim *claim)
{
	struct wanted *item = find(names, claim);

	if (item != NULL && item->state == NAMES_GONE && names->sinks.claim(names->ctx, claim))
		item->state = NAMES_WANTED;
}

void names_release(struct names *names, const struct nbt_local_claim *claim)
{
	struct wanted *item = find(names, claim);

	if (item == NULL || --item->by > 0)
		return;
	if (item->state != NAMES_GONE)
		names->sinks.release(names->ctx, claim);
	*item = names->items[--names->count];
}

bool names_decide(struct names *names, const struct nbt_local_claim *claim, enum names_state state)
{
	struct wanted *item = find(names, claim);

	if (item == NULL)
		return false;
	item->state = state;
	return true;
}

void names_disconnected(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		if (names->items[i].state == NAMES_HELD)
			names->items[i].state = NAMES_WANTED;
}

enum names_state names_state(const struct names *names, const struct nbt_local_claim *claim)
{
	const struct wanted *item = find(names, claim);

	return item != NULL ? item->state : NAMES_GONE;
}

size_t names_count(const struct names *names)
{
	return names->count;
}

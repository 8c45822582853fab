/* The order in which an LMHOSTS file answers (MS-NBTE section 3.1.8). */
#include <string.h>

#include "common/lmhosts.h"

#define TEXT_LEN (NBT_NAME_LEN - 1)

void lmhosts_lookup_begin(struct lmhosts_lookup *lookup, const struct nbt_name *name)
{
	*lookup = (struct lmhosts_lookup){ .name = *name };
}

static void add(struct lmhosts_addresses *list, struct in_addr address)
{
	if (list->count < LMHOSTS_ADDRESSES_MAX)
		list->items[list->count++] = address;
}

/* Of a host: an entry without #MH is the last one. */
static void add_host(struct lmhosts_addresses *list, const struct lmhosts_entry *entry)
{
	if (list->is_complete)
		return;
	add(list, entry->address);
	list->is_complete = !entry->is_multihomed;
}

static bool matches(const struct lmhosts_entry *entry, const struct nbt_name *name)
{
	return memcmp(entry->name.bytes, name->bytes,
		      entry->any_suffix ? TEXT_LEN : NBT_NAME_LEN) == 0;
}

void lmhosts_lookup_see(struct lmhosts_lookup *lookup, const struct lmhosts_entry *entry)
{
	if (entry->has_domain && nbt_name_equal(&entry->domain, &lookup->name))
		add(&lookup->domain, entry->address);
	if (entry->has_group && nbt_name_equal(&entry->internet_group, &lookup->name))
		add(&lookup->group, entry->address);
	if (!entry->is_host || !matches(entry, &lookup->name))
		return;
	if (entry->is_preloaded)
		add_host(&lookup->preloaded, entry);
	add_host(&lookup->plain, entry);
}

const struct lmhosts_addresses *lmhosts_lookup_end(const struct lmhosts_lookup *lookup,
						   bool *is_group)
{
	*is_group = lookup->domain.count > 0;
	if (lookup->domain.count > 0)
		return &lookup->domain;
	if (lookup->preloaded.count > 0)
		return &lookup->preloaded;
	*is_group = lookup->plain.count == 0 && lookup->group.count > 0;
	return *is_group ? &lookup->group : &lookup->plain;
}

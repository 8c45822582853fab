/* What is to be pulled, and from whom (wins-replication.md 2.3 step 3 and 4). */
#include <stdlib.h>

#include "nbnsd/partners/partners_inner.h"

static bool is_listed(const struct in_addr *list, size_t count, struct in_addr address)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].s_addr == address.s_addr)
			return true;
	return false;
}

static bool is_own(const struct partners *all, struct in_addr owner)
{
	return owner.s_addr == all->settings->address.s_addr;
}

static bool is_wanted(const struct partners *all, struct in_addr owner)
{
	const struct replication_settings *s = all->settings;

	return !is_listed(s->refused_owners, s->refused_owner_count, owner) &&
	       (s->accepted_owner_count == 0 ||
		is_listed(s->accepted_owners, s->accepted_owner_count, owner));
}

/* The last version that is not missing here. */
static uint64_t mark_of(const struct partners *all, struct in_addr owner)
{
	if (is_own(all, owner))
		return all->own_min - 1;
	return service_version_of(all->service, owner);
}

static bool is_news(struct partners *all, const struct nbt_owner_versions *row)
{
	if (is_own(all, row->owner)) {
		recovery_seen(all, row->max);
		return all->own_max > 0 && row->max >= all->own_min;
	}
	return is_wanted(all, row->owner) && row->max > mark_of(all, row->owner);
}

/* What it says of itself, others may have told otherwise while it was silent. */
static uint64_t first_of(const struct partners *all, struct in_addr owner, struct in_addr source)
{
	uint64_t told = 0, next = mark_of(all, owner) + 1;

	if (owner.s_addr == source.s_addr)
		told = service_told_from(all->service, owner);
	return told > 0 && told < next ? told : next;
}

static bool is_to_ask(struct partners *all, const struct nbt_owner_versions *row,
		      struct in_addr source)
{
	return is_news(all, row) ||
	       (row->owner.s_addr == source.s_addr &&
		service_told_from(all->service, row->owner) > 0 && is_wanted(all, row->owner) &&
		row->max >= first_of(all, row->owner, source));
}

bool plan_has_news(struct partners *all, const struct owner_map *map)
{
	bool has_news = false;

	for (size_t i = 0; i < map->count && !has_news; i++)
		has_news = is_news(all, &map->rows[i]);
	return has_news;
}

uint64_t partners_behind(const struct partners *all, size_t i)
{
	const struct owner_map *map = &all->partner[i]->pull.map;
	uint64_t behind = 0;

	for (size_t j = 0; j < map->count; j++) {
		const struct nbt_owner_versions *row = &map->rows[j];

		uint64_t known = service_version_known(all->service, row->owner);

		if (!is_own(all, row->owner) && is_wanted(all, row->owner) && row->max > known)
			behind += row->max - known;
		if (behind > INT64_MAX) /* nobody has so many: one made it up */
			return INT64_MAX;
	}
	return behind;
}

/* A partner whose records come from itself: who passed them on may have a record of its own in the
 * place of one, and a version that was seen is not asked for again. While it fails, others will do.
 */
static bool tells_itself(const struct partners *all, struct in_addr owner)
{
	for (size_t i = 0; i < all->partner_count; i++) {
		const struct partner *partner = all->partner[i];

		if (partner->settings.address.s_addr == owner.s_addr)
			return partner->settings.pull && partner->settings.pull_interval_s > 0 &&
			       partner->pull.failures == 0;
	}
	return false;
}

static bool is_from_another(const struct partners *all, struct in_addr owner, struct in_addr source)
{
	return owner.s_addr != source.s_addr && tells_itself(all, owner);
}

/* Of ours partners may have new ones by now, which are not missing here. */
static uint64_t max_of(const struct partners *all, const struct nbt_owner_versions *row)
{
	return is_own(all, row->owner) && row->max > all->own_max ? all->own_max : row->max;
}

struct nbt_owner_versions *plan_of(struct partners *all, const struct owner_source *sources,
				   size_t source_count, size_t which, size_t *count)
{
	const struct owner_map *map = sources[which].map;
	struct nbt_owner_versions *todo = calloc(map->count + 1, sizeof(*todo));

	*count = 0;
	for (size_t i = 0; todo != NULL && i < map->count; i++) {
		const struct nbt_owner_versions *row = &map->rows[i];

		if (!is_to_ask(all, row, sources[which].address) ||
		    is_from_another(all, row->owner, sources[which].address) ||
		    (!is_own(all, row->owner) &&
		     owner_map_best(sources, source_count, row->owner) != which))
			continue; /* ours that were lost come from all: each may have others */
		todo[(*count)++] = (struct nbt_owner_versions){
			.owner = row->owner,
			.max = max_of(all, row),
			.min = first_of(all, row->owner, sources[which].address),
		};
	}
	return todo;
}

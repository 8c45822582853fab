/*
 * What was seen of each owner. The mark in the registry is what partners are told, and what they
 * are asked from. On disk it is lower while something below it may have to be heard again: after a
 * restart that is asked for anew, and what was known of it in memory follows from the answers.
 */
#include <stdlib.h>
#include <string.h>

#include "nbnsd/registry/owners.h"
#include "nbnsd/replication/translate.h"
#include "nbnsd/service/replicas.h"
#include "nbnsd/service/replicas_inner.h"

static struct in_addr inside(const struct service *service, struct in_addr owner)
{
	return translate_owner_in(owner, service->settings.replication_address);
}

static uint64_t mark_of(const struct service *service, struct in_addr owner)
{
	struct registry_owner found;

	if (!registry_owner_get(service->registry, registry_owner_find(service->registry, owner),
				&found))
		return 0;
	return found.highest;
}

/*
 * On disk.
 */

static struct told *told_of(const struct service *service, struct in_addr owner)
{
	const struct replication *replication = &service->replication;

	for (size_t i = 0; i < replication->told_count; i++)
		if (replication->told[i].owner.s_addr == owner.s_addr)
			return &replication->told[i];
	return NULL;
}

/* The lowest version that may have to be heard again, or UINT64_MAX. */
static uint64_t unsure_of(const struct service *service, struct in_addr owner)
{
	const struct told *told = told_of(service, owner);
	uint64_t lowest = doubts_lowest(service, owner);

	return told != NULL && told->from < lowest ? told->from : lowest;
}

/* What partners know of the owner when all of this is committed, also if it is asked for again. */
static uint64_t offered_of(const struct service *service, struct in_addr owner)
{
	const struct replication *replication = &service->replication;
	uint64_t offered = service_version_known(service, owner);

	for (size_t i = 0; i < replication->offer_count; i++)
		if (replication->offers[i].owner.s_addr == owner.s_addr &&
		    replication->offers[i].highest > offered)
			offered = replication->offers[i].highest;
	return offered;
}

static bool write_mark(struct service *service, struct in_addr owner)
{
	uint64_t unsure = unsure_of(service, owner);
	struct owner_row row = { owner, mark_of(service, owner), offered_of(service, owner) };

	if (unsure <= row.highest)
		row.highest = unsure - 1;
	return changes_note(service->collecting, CHANGE_OWNER, &row, sizeof(row));
}

/* Which is asked for again already has its row. */
void marks_rewind(struct service *service, struct in_addr owner)
{
	const struct owner_row row = { .owner = owner, .offered = offered_of(service, owner) };

	if (mark_of(service, owner) == 0)
		return;
	registry_owner_rewind(service->registry, owner);
	if (!changes_note(service->collecting, CHANGE_OWNER, &row, sizeof(row)))
		stats_add(&service->stats, STAT_DROP_MEMORY, 1);
}

void service_note_lost(struct service *service, uint64_t below)
{
	const struct owner_row row = { .owner = OWNER_SELF, .highest = below };

	if (!changes_note(service->collecting, CHANGE_OWNER, &row, sizeof(row)))
		stats_add(&service->stats, STAT_DROP_MEMORY, 1);
}

void marks_write(struct service *service, struct in_addr owner)
{
	if (owner.s_addr != OWNER_SELF.s_addr && mark_of(service, owner) > 0 &&
	    !write_mark(service, owner))
		stats_add(&service->stats, STAT_DROP_MEMORY, 1);
}

/*
 * Versions become known to partners when they are committed.
 */

/* Whether there is room for one more. */
static bool reserve_offer(struct replication *replication)
{
	size_t space = replication->offer_space == 0 ? 16 : 2 * replication->offer_space;
	struct offer *offers;

	if (replication->offer_count < replication->offer_space)
		return true;
	offers = realloc(replication->offers, space * sizeof(*offers));
	if (offers == NULL)
		return false;
	replication->offers = offers;
	replication->offer_space = space;
	return true;
}

bool service_set_version(struct service *service, const struct nbt_owner_versions *range)
{
	struct replication *replication = &service->replication;
	const struct in_addr owner = inside(service, range->owner);
	uint64_t before = mark_of(service, owner);

	if (before >= range->max || (range->min > 0 && range->min - 1 > before))
		return true;
	if (range->max > INT64_MAX || !reserve_offer(replication) ||
	    !registry_owner_see(service->registry, owner, range->max) ||
	    (owner.s_addr != OWNER_SELF.s_addr && !write_mark(service, owner)))
		return false;
	if (owner.s_addr == OWNER_SELF.s_addr)
		service_raise_version(service, range->max);
	replication->offers[replication->offer_count++] =
		(struct offer){ service->batch, owner, range->max };
	return true;
}

void replicas_committed(struct service *service, const struct changes *changes)
{
	struct replication *replication = &service->replication;
	size_t done = 0;

	registry_owner_offer(service->registry, OWNER_SELF, changes_highest_version(changes));
	for (; done < replication->offer_count &&
	       replication->offers[done].batch <= service->committed;
	     done++) {
		const struct offer *offer = &replication->offers[done];

		/* It may have been forgotten meanwhile. */
		if (registry_owner_find(service->registry, offer->owner) != OWNER_NONE)
			registry_owner_offer(service->registry, offer->owner, offer->highest);
	}
	if (done == 0)
		return;
	replication->offer_count -= done;
	memmove(replication->offers, replication->offers + done,
		replication->offer_count * sizeof(*replication->offers));
}

void replicas_forget_offers(struct service *service, struct in_addr owner)
{
	struct replication *replication = &service->replication;
	size_t kept = 0;

	for (size_t i = 0; i < replication->offer_count; i++)
		if (replication->offers[i].owner.s_addr != owner.s_addr)
			replication->offers[kept++] = replication->offers[i];
	replication->offer_count = kept;
}

/*
 * What others told of an owner who did not answer: they may have had other records in the place of
 * his.
 */

uint64_t service_told_from(const struct service *service, struct in_addr owner)
{
	const struct told *told = told_of(service, inside(service, owner));

	return told != NULL ? told->from : 0;
}

bool service_told_by_others(struct service *service, const struct nbt_owner_versions *range)
{
	struct replication *replication = &service->replication;
	const struct in_addr owner = inside(service, range->owner);
	struct told *told = told_of(service, owner);

	if (told == NULL) {
		told = realloc(replication->told, (replication->told_count + 1) * sizeof(*told));
		if (told == NULL)
			return false;
		replication->told = told;
		told += replication->told_count++;
		*told = (struct told){ owner, range->min };
	}
	if (range->min < told->from)
		told->from = range->min;
	return true;
}

void service_told_by_owner(struct service *service, const struct nbt_owner_versions *range)
{
	struct replication *replication = &service->replication;
	const struct in_addr owner = inside(service, range->owner);
	struct told *told = told_of(service, owner);

	if (told == NULL || range->min > told->from || range->max < told->from)
		return;
	told->from = range->max + 1;
	if (told->from > mark_of(service, owner))
		*told = replication->told[--replication->told_count];
	marks_write(service, owner);
}

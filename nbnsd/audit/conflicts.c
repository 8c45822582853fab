#include "nbnsd/audit/conflicts.h"

#include <stdlib.h>

#define AGAIN 16 /* of the last conflicts may be the same again */

struct kept {
	struct conflict conflict; /* number 0: free */
	bool is_unsaved;
};

/* A ring: the conflict with number n is at (n - 1) % max. */
struct conflicts {
	uint32_t max;
	uint64_t last;    /* number; 0: none yet */
	uint64_t unsaved; /* the lowest number that may be */
	struct kept *kept;
};

struct conflicts *conflicts_create(uint32_t max)
{
	struct conflicts *conflicts = calloc(1, sizeof(*conflicts));

	if (conflicts == NULL)
		return NULL;
	if (!conflicts_set_max(conflicts, max)) {
		free(conflicts);
		return NULL;
	}
	return conflicts;
}

void conflicts_destroy(struct conflicts *conflicts)
{
	if (conflicts == NULL)
		return;
	free(conflicts->kept);
	free(conflicts);
}

static uint32_t place_of(const struct conflicts *conflicts, uint64_t number)
{
	return (uint32_t)((number - 1) % conflicts->max);
}

static struct kept *kept_at(const struct conflicts *conflicts, uint64_t number)
{
	return &conflicts->kept[place_of(conflicts, number)];
}

/* What stays gets other places: the store has to hear of all of it. */
bool conflicts_set_max(struct conflicts *conflicts, uint32_t max)
{
	struct conflicts fresh = { .max = max, .last = conflicts->last };
	const struct conflict *old;

	if (conflicts->kept != NULL && conflicts->max == max)
		return true;
	fresh.kept = calloc((size_t)max + 1, sizeof(*fresh.kept));
	if (fresh.kept == NULL)
		return false;
	for (uint64_t n = 0; max > 0 && (old = conflicts_from(conflicts, n)) != NULL;
	     n = old->number + 1)
		*kept_at(&fresh, old->number) = (struct kept){ *old, true };
	free(conflicts->kept);
	*conflicts = fresh;
	return true;
}

uint32_t conflicts_max(const struct conflicts *conflicts)
{
	return conflicts->max;
}

static bool is_same(const struct conflict *a, const struct conflict *b)
{
	return a->outcome == b->outcome && a->claimant.s_addr == b->claimant.s_addr &&
	       a->holder[0].s_addr == b->holder[0].s_addr && a->is_group == b->is_group &&
	       nbt_name_equal(&a->name, &b->name) && nbt_scope_equal(&a->scope, &b->scope);
}

static uint64_t oldest(const struct conflicts *conflicts, uint64_t count)
{
	return conflicts->last > count ? conflicts->last - count + 1 : 1;
}

/* Among the last few; NULL: it is new. */
static struct kept *find_same(const struct conflicts *conflicts, const struct conflict *conflict)
{
	uint64_t first = oldest(conflicts, conflicts->max < AGAIN ? conflicts->max : AGAIN);

	for (uint64_t number = conflicts->last; number >= first && number > 0; number--) {
		struct kept *kept = kept_at(conflicts, number);

		if (kept->conflict.number == number && is_same(&kept->conflict, conflict))
			return kept;
	}
	return NULL;
}

const struct conflict *conflicts_note(struct conflicts *conflicts, const struct conflict *conflict)
{
	struct kept *kept = find_same(conflicts, conflict);

	if (conflicts->max == 0)
		return NULL;
	if (kept == NULL) {
		kept = kept_at(conflicts, ++conflicts->last);
		kept->conflict = *conflict;
		kept->conflict.number = conflicts->last;
		kept->conflict.first_s = conflict->last_s;
		kept->conflict.times = 0;
	}
	kept->conflict.last_s = conflict->last_s;
	kept->conflict.times++;
	kept->is_unsaved = true;
	if (kept->conflict.number < conflicts->unsaved)
		conflicts->unsaved = kept->conflict.number;
	return &kept->conflict;
}

const struct conflict *conflicts_from(const struct conflicts *conflicts, uint64_t number)
{
	uint64_t first = oldest(conflicts, conflicts->max);

	for (number = number > first ? number : first; number <= conflicts->last; number++) {
		const struct kept *kept = kept_at(conflicts, number);

		if (kept->conflict.number == number)
			return &kept->conflict;
	}
	return NULL;
}

uint64_t conflicts_next_number(const struct conflicts *conflicts)
{
	return conflicts->last + 1;
}

const char *conflict_outcome_name(enum conflict_outcome outcome)
{
	static const char *const names[CONFLICT_OUTCOMES] = {
		[CONFLICT_HELD] = "held",       [CONFLICT_LOST] = "lost",
		[CONFLICT_JOINED] = "joined",   [CONFLICT_CHANGED] = "changed",
		[CONFLICT_GROUP] = "group",     [CONFLICT_STATIC] = "static",
		[CONFLICT_REFUSED] = "refused", [CONFLICT_OWN] = "own",
	};

	return names[outcome];
}

bool conflicts_next_unsaved(struct conflicts *conflicts, struct conflict_row *out)
{
	uint64_t first = oldest(conflicts, conflicts->max);

	if (conflicts->unsaved < first)
		conflicts->unsaved = first;
	while (conflicts->unsaved <= conflicts->last) {
		uint64_t number = conflicts->unsaved++;
		struct kept *kept = kept_at(conflicts, number);

		if (!kept->is_unsaved)
			continue;
		kept->is_unsaved = false;
		*out = (struct conflict_row){ place_of(conflicts, number), kept->conflict };
		return true;
	}
	return false;
}

/* Under another maximum places differ: what has the place already is kept if it is later. */
void conflicts_load(struct conflicts *conflicts, const struct conflict *saved)
{
	struct kept *kept;

	if (saved->number > conflicts->last)
		conflicts->last = saved->number;
	if (saved->number == 0 || conflicts->max == 0)
		return;
	kept = kept_at(conflicts, saved->number);
	if (saved->number > kept->conflict.number ||
	    (saved->number == kept->conflict.number && saved->times > kept->conflict.times))
		*kept = (struct kept){ .conflict = *saved };
}

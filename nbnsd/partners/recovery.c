/*
 * Versions of ours that partners have seen and this database does not know (wins-replication.md
 * 2.8): it was lost, or an old copy took its place. No version is given again: the next one is
 * higher than all that partners show, with a gap (service_raise_version()), for some may have newer
 * ones and be silent. Our records are pulled back.
 */
#include "nbnsd/partners/partners_inner.h"

/* Whatever a partner says, more versions are left after it than can be used up. */
#define BELIEVED_BELOW ((uint64_t)1 << 62)

/* A clock that is right is above it after some minutes. */
#define BLIND_SPREAD   ((uint32_t)1 << 28)

/* If what follows is cut off, the next run begins above, and asks for the rest. */
static void note_debt(struct partners *all)
{
	all->is_in_debt = true;
	service_note_lost(all->service, all->lost_below);
}

/* What was given before this run, and the database has not seen. */
static bool is_unseen(const struct partners *all, uint64_t version)
{
	return version > all->own_seen && version < all->own_first;
}

/* With an empty database also versions are missing here that the file of versions knows. */
static bool is_missing(const struct partners *all, uint64_t version)
{
	return all->is_recovering || version < all->lost_below || is_unseen(all, version) ||
	       version >= service_next_version(all->service);
}

/* Below are those that are here. */
static uint64_t first_missing(const struct partners *all, uint64_t version)
{
	if (all->is_recovering || version <= all->own_seen || all->own_done > all->own_seen)
		return all->own_done + 1;
	return all->own_seen + 1;
}

void recovery_seen(struct partners *all, uint64_t version)
{
	if (version >= BELIEVED_BELOW || version <= all->own_max || version <= all->own_done ||
	    !is_missing(all, version))
		return;
	all->has_jumped |= !all->is_recovering && version >= service_next_version(all->service);
	if (!service_raise_version(all->service, version))
		return;
	if (all->own_max == 0)
		all->own_min = first_missing(all, version);
	all->own_max = version;
	if (version >= all->lost_below)
		all->lost_below = is_unseen(all, version) ? all->own_first
							  : service_next_version(all->service);
	note_debt(all);
}

static bool is_owed(const struct partners *all)
{
	bool is_owed = false;

	for (size_t i = 0; i < all->partner_count; i++)
		is_owed |= all->partner[i]->pull.owes_ours && all->partner[i]->settings.pull;
	return is_owed;
}

static void end_debt(struct partners *all)
{
	if (!all->is_in_debt || all->is_recovering || all->own_max > 0 || is_owed(all))
		return;
	all->is_in_debt = false;
	service_note_lost(all->service, 0);
}

/* Who could not be asked when the database was lost may have what is missing below all that is new.
 */
void recovery_take_map(struct partners *all, struct pulling *pull)
{
	uint64_t max = owner_map_max(&pull->map, all->settings->address);

	if (!pull->owes_ours)
		return;
	pull->owes_ours = false;
	if (max >= all->lost_below)
		max = all->lost_below - 1;
	if (max > all->own_max) {
		all->own_min = 1;
		all->own_max = max;
	}
	end_debt(all);
}

void recovery_fetched(struct partners *all, uint64_t max, const struct nbt_env *env)
{
	if (max > all->own_done)
		all->own_done = max;
	if (max >= all->own_max && all->has_jumped) {
		service_tell_again(all->service, max, env);
		all->has_jumped = false;
	}
	if (max >= all->own_max)
		all->own_max = 0;
	else
		all->own_min = max + 1;
	end_debt(all);
}

/*
 * A start with nothing.
 */

static bool has_source(const struct partners *all)
{
	for (size_t i = 0; i < all->partner_count; i++)
		if (all->partner[i]->settings.pull)
			return true;
	return false;
}

/* The debt outlasts this run. What a partner showed, and has not said, is one, too. */
static void begin_debt(struct partners *all, uint64_t lost_below, bool is_by_all)
{
	all->lost_below = lost_below;
	for (size_t i = 0; i < all->partner_count; i++) {
		struct partner *partner = all->partner[i];

		partner->pull.owes_ours =
			partner->settings.pull && (is_by_all || partner->pull.map.rows == NULL);
	}
	all->is_in_debt = is_owed(all) || all->own_max > 0;
}

void recovery_begin(struct partners *all, const struct partners_start *start,
		    const struct nbt_env *env)
{
	all->own_seen = start->seen_version;
	all->own_first = start->first_version;
	all->knows_versions = start->knows_versions;
	if (start->lost_below > 0) {
		(void)service_raise_version(all->service, start->lost_below - 1);
		begin_debt(all, start->lost_below, true);
	}
	if (!start->is_empty || !has_source(all))
		return;
	all->is_recovering = true;
	all->lost_below = service_next_version(all->service);
	note_debt(all);
	all->recovery_end_ms = env->now_ms + (uint64_t)all->settings->start_timeout_s * 1000;
	for (size_t i = 0; i < all->partner_count; i++)
		if (all->partner[i]->settings.pull)
			all->partner[i]->pull.due_ms = env->now_ms;
}

static bool were_all_asked(const struct partners *all, bool *all_answered)
{
	bool all_were = true;

	*all_answered = true;
	for (size_t i = 0; i < all->partner_count; i++) {
		const struct partner *partner = all->partner[i];

		if (!partner->settings.pull)
			continue;
		all_were &= partner->pull.was_asked && partner->pull.state != PULL_MERGING;
		*all_answered &= partner->pull.map.rows != NULL;
	}
	return all_were;
}

static bool is_fetching(const struct partners *all)
{
	for (size_t i = 0; i < all->partner_count; i++)
		if (all->partner[i]->pull.state == PULL_FETCHING)
			return true;
	return false;
}

/* Who is silent may have the latest of ours: a gap after those of the file. Without one the clock
 * may be right by now; and by lot, for two starts with the same wrong clock would give the same
 * ones. */
static void raise_blindly(const struct partners *all, const struct nbt_env *env)
{
	uint64_t floor = service_next_version(all->service);
	uint64_t by_clock = env->wall_s > 0 ? (uint64_t)env->wall_s << 20 : 0;

	if (!all->knows_versions && floor < by_clock)
		floor = by_clock;
	if (!all->knows_versions)
		floor += nbt_env_random(env, BLIND_SPREAD);
	(void)service_raise_version(all->service, floor);
}

void recovery_turn(struct partners *all, const struct nbt_env *env)
{
	bool all_answered, is_over = env->now_ms >= all->recovery_end_ms;

	if (!all->is_recovering) {
		end_debt(all); /* who owed may be no partner any more */
		return;
	}
	if (is_over)
		all->recovery_end_ms = 0; /* nobody waits for it any more */
	if (!were_all_asked(all, &all_answered) && !is_over)
		return;
	if (all->own_max > 0 && (!is_over || is_fetching(all)))
		return; /* our records are on their way */
	if (!all_answered)
		raise_blindly(all, env);
	all->is_recovering = false;
	begin_debt(all, service_next_version(all->service), false);
	service_note_lost(all->service, all->is_in_debt ? all->lost_below : 0);
}

uint64_t recovery_deadline(const struct partners *all)
{
	return all->is_recovering && all->recovery_end_ms > 0 ? all->recovery_end_ms : NEVER;
}

bool partners_is_recovering(const struct partners *all)
{
	return all->is_recovering;
}

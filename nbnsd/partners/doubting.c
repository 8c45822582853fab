/*
 * Partners are asked for what is in doubt (replication/doubt.h): single versions, over a connection
 * that is made for it, to one partner after the other. The owner is asked, or who stands for it.
 */
#include <stdlib.h>
#include <string.h>

#include "nbnsd/partners/partners_inner.h"
#include "nbnsd/service/doubts.h"

static bool has_seen(const struct owner_map *map, const struct nbt_owner_versions *question)
{
	return owner_map_max(map, question->owner) >= question->max;
}

static struct partner *source_of(const struct partners *all,
				 const struct nbt_owner_versions *question)
{
	struct partner *owner = partners_find(all, question->owner);

	if (owner != NULL && owner->settings.pull)
		return owner->pull.failures == 0 ? owner : NULL;
	for (size_t i = 0; i < all->partner_count; i++) {
		struct partner *partner = all->partner[i];

		if (partner->settings.pull && partner->pull.failures == 0 &&
		    has_seen(&partner->pull.map, question))
			return partner;
	}
	return NULL;
}

/* Of all questions those that go to the same partner as the first one that can be asked. */
static struct partner *choose(struct partners *all, const struct nbt_env *env)
{
	struct doubting *d = &all->doubting;
	struct partner *chosen = NULL;
	size_t count = service_doubts(all->service, d->question, QUESTIONS_MAX, env);

	d->count = 0;
	for (size_t i = 0; i < count; i++) {
		struct partner *source = source_of(all, &d->question[i]);

		if (source == NULL)
			service_doubt_unanswered(all->service, &d->question[i], env);
		else if (chosen == NULL || source == chosen)
			d->question[d->count++] = d->question[i];
		if (chosen == NULL)
			chosen = source;
	}
	return chosen;
}

static void give_up(struct partners *all, const struct nbt_env *env)
{
	struct doubting *d = &all->doubting;

	d->on = NULL;
	for (size_t i = 0; i < d->count; i++)
		service_doubt_unanswered(all->service, &d->question[i], env);
	d->count = 0;
}

void doubting_turn(struct partners *all, const struct nbt_env *env)
{
	struct doubting *d = &all->doubting;
	struct partner *partner;
	int error;

	if (d->on != NULL || all->is_recovering ||
	    service_doubts_deadline(all->service) > env->now_ms)
		return;
	partner = choose(all, env);
	if (partner == NULL)
		return;
	d->on = association_dial(all, partner->settings.address, FOR_DOUBTS, &error, env);
	if (d->on == NULL)
		give_up(all, env);
}

uint64_t doubting_deadline(const struct partners *all)
{
	if (all->doubting.on != NULL || all->is_recovering)
		return NEVER;
	return service_doubts_deadline(all->service);
}

void doubting_opened(struct association *a, const struct nbt_env *env)
{
	pull_opened(a, env); /* its map first */
}

/* Who has not seen a version does not know whether it is there: the owner itself, when it has lost
 * its database and its records are on their way back. */
static void drop_unseen(struct partners *all, const struct owner_map *map,
			const struct nbt_env *env)
{
	struct doubting *d = &all->doubting;
	size_t kept = 0;

	for (size_t i = 0; i < d->count; i++)
		if (has_seen(map, &d->question[i]))
			d->question[kept++] = d->question[i];
		else
			service_doubt_unanswered(all->service, &d->question[i], env);
	d->count = kept;
}

void doubting_take_map(struct association *a, const struct nbt_replication *message,
		       const struct nbt_env *env)
{
	struct doubting *d = &a->all->doubting;
	struct nbt_owner_versions *todo = NULL;
	struct owner_map map = { 0 };

	a->state = ASSOCIATION_OPEN;
	if (owner_map_read(&map, message->list)) {
		drop_unseen(a->all, &map, env);
		todo = calloc(d->count + 1, sizeof(*todo));
	}
	owner_map_free(&map);
	if (todo != NULL)
		memcpy(todo, d->question, d->count * sizeof(*todo));
	if (todo == NULL || !fetch_begin(a, todo, d->count, NULL, env))
		association_end(a, "out of memory", env);
}

void doubting_fetched(struct association *a, const struct nbt_env *env)
{
	struct doubting *d = &a->all->doubting;
	size_t count = d->count;

	fetch_free(a);
	d->on = NULL;
	d->count = 0;
	for (size_t i = 0; i < count; i++)
		service_doubt_answered(a->all->service, &d->question[i], env);
	association_stop(a, NBT_REPL_REASON_NORMAL, env);
}

void doubting_ended(struct association *a, const char *why, const struct nbt_env *env)
{
	if (a->all->doubting.on != a)
		return;
	if (a->partner != NULL)
		partner_set_error(a->partner, why != NULL ? why : "it ended the association", env);
	give_up(a->all, env);
}

/* All partners: who they are, what administrators see of them, and the turns of everything. */
#include "nbnsd/partners/partners.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nbnsd/partners/partners_inner.h"

static const char *const stat_names[] = { PARTNERS_STATS(STATS_NAME) };

struct partner *partners_find(const struct partners *all, struct in_addr address)
{
	for (size_t i = 0; i < all->partner_count; i++)
		if (all->partner[i]->settings.address.s_addr == address.s_addr)
			return all->partner[i];
	return NULL;
}

void partner_set_error(struct partner *partner, const char *what, const struct nbt_env *env)
{
	(void)snprintf(partner->error, sizeof(partner->error), "%s", what);
	partner->error_ms = env->now_ms;
}

/*
 * Partners come and go.
 */

static uint64_t first_pull_ms(const struct partner_settings *settings, const struct nbt_env *env)
{
	if (!settings->pull)
		return NEVER;
	if (settings->pull_at_start)
		return env->now_ms;
	return settings->pull_interval_s > 0
		       ? env->now_ms + (uint64_t)settings->pull_interval_s * 1000
		       : NEVER;
}

static struct partner *partner_new(const struct partners *all,
				   const struct partner_settings *settings,
				   const struct nbt_env *env)
{
	struct partner *partner = calloc(1, sizeof(*partner));

	if (partner == NULL)
		return NULL;
	partner->settings = *settings;
	partner->error_ms = NEVER;
	partner->pull.last_ms = NEVER;
	partner->pull.due_ms = first_pull_ms(settings, env);
	push_init(partner, all);
	return partner;
}

static void partner_free(struct partner *partner)
{
	owner_map_free(&partner->pull.map);
	free(partner);
}

static bool is_among(const struct replication_settings *settings, struct in_addr address)
{
	for (size_t i = 0; i < settings->partner_count; i++)
		if (settings->partners[i].address.s_addr == address.s_addr)
			return true;
	return false;
}

static void close_connections_of(struct partners *all, const struct partner *partner)
{
	for (uint32_t i = 0; i < all->association_end; i++)
		if (all->association[i] != NULL && all->association[i]->partner == partner)
			association_close(all->association[i]);
}

/* What is under way with the old roles goes on, but for what the clock begins. */
static void change(struct partner *partner, const struct partner_settings *settings,
		   const struct nbt_env *env)
{
	bool is_other = partner->settings.pull != settings->pull ||
			partner->settings.pull_interval_s != settings->pull_interval_s;

	partner->settings = *settings;
	if (is_other && partner->pull.state == PULL_NONE)
		partner->pull.due_ms = first_pull_ms(settings, env);
	if (!settings->pull)
		pull_forget(partner);
	if (!settings->push) {
		partner->push.wants = partner->push.wants_propagation = false;
		partner->push.pass_on_count = 0;
	}
}

/* Their connections go first: nothing of theirs is told any more. */
static void remove_others(struct partners *all, const struct replication_settings *settings)
{
	size_t kept = 0;

	for (size_t i = 0; i < all->partner_count; i++) {
		struct partner *partner = all->partner[i];

		if (is_among(settings, partner->settings.address)) {
			all->partner[kept++] = partner;
			continue;
		}
		if (all->verify.on != NULL && all->verify.on->partner == partner)
			verify_abandon(all);
		if (all->doubting.on != NULL && all->doubting.on->partner == partner)
			all->doubting.on = NULL;
		close_connections_of(all, partner);
		partner_free(partner);
	}
	all->partner_count = kept;
}

static void adopt_strangers(struct partners *all)
{
	for (uint32_t i = 0; i < all->association_end; i++)
		if (all->association[i] != NULL && all->association[i]->partner == NULL)
			all->association[i]->partner =
				partners_find(all, all->association[i]->peer);
}

static bool add_or_change(struct partners *all, const struct partner_settings *settings,
			  const struct nbt_env *env)
{
	struct partner *partner = partners_find(all, settings->address);

	if (partner != NULL) {
		change(partner, settings, env);
		return true;
	}
	partner = partner_new(all, settings, env);
	if (partner == NULL)
		return false;
	all->partner[all->partner_count++] = partner;
	return true;
}

static bool make_room(struct partners *all, size_t count)
{
	struct partner **more =
		realloc(all->partner, (all->partner_count + count + 1) * sizeof(struct partner *));

	if (more == NULL)
		return false;
	all->partner = more;
	return true;
}

bool partners_set_settings(struct partners *all, const struct replication_settings *settings,
			   const struct nbt_env *env)
{
	bool is_done = make_room(all, settings->partner_count);

	all->settings = settings;
	if (!is_done)
		return false;
	remove_others(all, settings);
	for (size_t i = 0; i < settings->partner_count; i++)
		is_done &= add_or_change(all, &settings->partners[i], env);
	adopt_strangers(all);
	verify_plan(all, env);
	return is_done;
}

/*
 * The beginning and the end.
 */

struct partners *partners_create(const struct replication_settings *settings,
				 struct service *service, const struct partners_sinks *sinks,
				 const struct partners_start *start, const struct nbt_env *env)
{
	struct partners *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return NULL;
	all->service = service;
	all->sinks = *sinks;
	all->stats = (struct stats){ stat_names, all->counters, PARTNERS_STAT_COUNT };
	all->news = service_news(service);
	all->verify.due_ms = NEVER;
	if (!partners_set_settings(all, settings, env)) {
		partners_destroy(all);
		return NULL;
	}
	recovery_begin(all, start, env);
	return all;
}

void partners_destroy(struct partners *all)
{
	if (all == NULL)
		return;
	if (all->verify.on != NULL)
		verify_abandon(all);
	for (uint32_t i = 0; i < all->association_end; i++)
		if (all->association[i] != NULL)
			association_close(all->association[i]);
	associations_bury(all);
	for (size_t i = 0; i < all->partner_count; i++)
		partner_free(all->partner[i]);
	free(all->verify.todo);
	free(all->partner);
	free(all);
}

/*
 * Turns.
 */

void partners_turn(struct partners *all, const struct nbt_env *env)
{
	associations_turn(all, env);
	fetch_turn(all, env);
	pull_turn(all, env);
	recovery_turn(all, env);
	verify_turn(all, env);
	doubting_turn(all, env);
	push_turn(all, env);
	serving_turn(all, env);
	associations_bury(all);
}

uint64_t partners_deadline(const struct partners *all)
{
	uint64_t due_ms = associations_deadline(all);

	due_ms = nbt_earlier(due_ms, pull_deadline(all));
	due_ms = nbt_earlier(due_ms, recovery_deadline(all));
	due_ms = nbt_earlier(due_ms, verify_deadline(all));
	due_ms = nbt_earlier(due_ms, doubting_deadline(all));
	return nbt_earlier(due_ms, push_deadline(all));
}

/*
 * Views.
 */

size_t partners_count(const struct partners *all)
{
	return all->partner_count;
}

static bool is_dialing(const struct association *a)
{
	return a != NULL && (a->state == ASSOCIATION_DIALING || a->state == ASSOCIATION_STARTING);
}

static enum partner_state state_of(const struct partner *partner)
{
	if ((partner->pull.state == PULL_ASKING && is_dialing(partner->pull.on)) ||
	    (partner->push.is_busy && is_dialing(partner->push.on)))
		return PARTNER_CONNECTING;
	if (partner->pull.state != PULL_NONE || partner->notifier != NULL)
		return PARTNER_PULLING;
	if (partner->push.is_busy)
		return PARTNER_PUSHING;
	return partner->pull.failures > 0 ? PARTNER_FAILING : PARTNER_IDLE;
}

void partners_view(const struct partners *all, size_t i, struct partner_view *out)
{
	const struct partner *partner = all->partner[i];

	*out = (struct partner_view){
		.address = partner->settings.address,
		.pull = partner->settings.pull,
		.push = partner->settings.push,
		.is_discovered = partner->settings.is_discovered,
		.is_persistent = partner->settings.persistent &&
				 (partner->pull.on != NULL || partner->push.on != NULL),
		.state = state_of(partner),
		.last_pull_ms = partner->pull.last_ms,
		.next_pull_ms = partner->pull.due_ms,
		.last_push_ms = partner->push.last_ms,
		.pulled_records = partner->pull.records,
		.served_records = partner->served,
		.failures = partner->pull.failures,
		.last_error_ms = partner->error_ms,
	};
	memcpy(out->last_error, partner->error, sizeof(out->last_error));
}

bool partners_answers(const struct partners *all, struct in_addr address)
{
	const struct partner *partner = partners_find(all, address);

	return partner != NULL && partner->pull.failures == 0;
}

uint64_t partners_shown(const struct partners *all, size_t i, struct in_addr owner)
{
	return owner_map_max(&all->partner[i]->pull.map, owner);
}

struct stats *partners_stats(struct partners *all)
{
	return &all->stats;
}

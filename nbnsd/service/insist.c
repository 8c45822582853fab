/*
 * Those who know more than their partners do say so after a pause, by a version of their own; by
 * lot, so that not all of them do.
 */
#include <stdlib.h>

#include "nbnsd/registry/owners.h"
#include "nbnsd/service/replicas.h"
#include "nbnsd/service/replicas_inner.h"

#define INSIST_PAUSE_MS  15000
#define INSIST_SPREAD_MS 30000
#define INSIST_MAX       8192
#define LOOK             2000 /* records in one turn of the loop */

/* For an end longer than the pulls take: until then its own version goes round. */
static uint64_t pause_ms(const struct context *ctx, const struct record *record)
{
	uint64_t ms = INSIST_PAUSE_MS + nbt_env_random(ctx->env, INSIST_SPREAD_MS);

	if (record->state != RECORD_ACTIVE)
		ms += 2 * UINT64_C(1000) * ctx->service->settings.longest_pull_s;
	return ms;
}

/* Who finds no room has the mark, and is looked for when all others have been told. */
static bool has_room(struct context *ctx)
{
	struct replication *replication = &ctx->service->replication;
	size_t space = replication->news_due_space == 0 ? 16 : 2 * replication->news_due_space;
	struct insistence *due;

	if (replication->news_due_count < replication->news_due_space)
		return true;
	if (space > INSIST_MAX) {
		replication->has_more_news = true;
		return false;
	}
	due = realloc(replication->news_due, space * sizeof(*due));
	if (due == NULL) {
		count(ctx, STAT_DROP_MEMORY);
		return false;
	}
	replication->news_due = due;
	replication->news_due_space = space;
	return true;
}

void insist_later(struct context *ctx, uint32_t id, const struct record *record)
{
	struct replication *replication = &ctx->service->replication;
	uint64_t due_ms = ctx->env->now_ms + pause_ms(ctx, record);

	if (!has_room(ctx))
		return;
	replication->news_due[replication->news_due_count++] = (struct insistence){
		.id = id,
		.owner = record->owner,
		.version = record->version,
		.due_ms = due_ms,
	};
	if (replication->news_due_count == 1 || due_ms < replication->news_due_ms)
		replication->news_due_ms = due_ms;
}

static void insist(struct context *ctx, const struct insistence *due)
{
	const struct outcome_terms terms = replicas_terms(ctx);
	struct service *service = ctx->service;
	struct record record;

	if (!registry_has(service->registry, due->id))
		return;
	registry_get(service->registry, due->id, &record);
	if (record.owner.s_addr != due->owner.s_addr || record.version != due->version)
		return;
	outcome_of(&record, REPLICA_INSIST, &record, &record, &terms);
	count(ctx, STAT_REPLICA_INSISTED);
	if (service_keep(service, due->id, &record) == REGISTRY_NONE)
		count(ctx, STAT_DROP_MEMORY);
}

/* Those that found no room. */
static bool is_looking(const struct replication *replication)
{
	return replication->is_looking ||
	       (replication->has_more_news && replication->news_due_count == 0);
}

uint64_t insist_deadline(const struct service *service)
{
	const struct replication *replication = &service->replication;

	if (is_looking(replication))
		return 0;
	return replication->news_due_count > 0 ? replication->news_due_ms : NBT_NEVER;
}

/* From the first record on until there is no room again. */
static void look_for_more(struct context *ctx)
{
	struct replication *replication = &ctx->service->replication;
	const struct registry *registry = ctx->service->registry;
	struct registry_brief brief;
	struct record record;

	if (!replication->is_looking) {
		replication->is_looking = true;
		replication->has_more_news = false;
		replication->look_at = 0;
	}
	for (int i = 0; i < LOOK && !replication->has_more_news &&
			replication->look_at < registry_bound(registry);
	     i++) {
		uint32_t id = replication->look_at++;

		if (!registry_has(registry, id))
			continue;
		registry_peek(registry, id, &brief);
		if (!brief.is_untold)
			continue;
		registry_get(registry, id, &record);
		insist_later(ctx, id, &record);
	}
	replication->is_looking =
		!replication->has_more_news && replication->look_at < registry_bound(registry);
}

void insist_slice(struct context *ctx)
{
	struct replication *replication = &ctx->service->replication;
	size_t kept = 0;

	if (is_looking(replication))
		look_for_more(ctx);
	if (replication->news_due_count == 0 || replication->news_due_ms > ctx->env->now_ms)
		return;
	replication->news_due_ms = NBT_NEVER;
	for (size_t i = 0; i < replication->news_due_count; i++) {
		const struct insistence *due = &replication->news_due[i];

		if (due->due_ms <= ctx->env->now_ms) {
			insist(ctx, due);
			continue;
		}
		replication->news_due_ms = nbt_earlier(replication->news_due_ms, due->due_ms);
		replication->news_due[kept++] = *due;
	}
	replication->news_due_count = kept;
}

void service_tell_again(struct service *service, uint64_t highest, const struct nbt_env *env)
{
	struct context ctx = service_context(service, NULL, env);
	struct record record;
	uint32_t id, next;

	if (!registry_version_from(service->registry, OWNER_NUMBER_SELF, 0, &id))
		return;
	for (; id != REGISTRY_NONE; id = next) {
		next = registry_version_next(service->registry, id);
		registry_get(service->registry, id, &record);
		if (record.version > highest)
			return;
		replicas_insist(&ctx, id, &record);
	}
}

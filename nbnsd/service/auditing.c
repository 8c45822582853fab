/* Audit and conflicts as the service keeps them: what has changed in them goes to the store now and
 * then, in slices, and waits while the store is behind. */
#include "nbnsd/service/service_inner.h"

#define TICK_MS    50
#define SLICE      8192 /* rows to look at per tick */
#define SLICE_ROWS 256  /* to save per tick */

static uint64_t period_ms(const struct service *service)
{
	return service->settings.audit_save_s * UINT64_C(1000);
}

bool auditing_start(struct service *service, const struct nbt_env *env)
{
	const struct service_settings *settings = &service->settings;
	uint8_t key[AUDIT_KEY_LEN];

	service->saving = (struct saving){ .began_ms = env->now_ms, .due_ms = NBT_NEVER };
	if (settings->server && settings->audit_save_s > 0)
		service->saving.due_ms = env->now_ms + period_ms(service);
	service->conflicts = conflicts_create(settings->conflict_history);
	if (service->conflicts == NULL)
		return false;
	if (settings->audit_clients == 0 || !settings->server)
		return true;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)nbt_env_random(env, 256);
	service->audit = audit_create(settings->audit_clients,
				      settings->audit_key != NULL ? settings->audit_key : key,
				      service->registry);
	return service->audit != NULL;
}

bool auditing_set_settings(struct service *service)
{
	const struct service_settings *settings = &service->settings;
	struct saving *saving = &service->saving;
	bool done = conflicts_set_max(service->conflicts, settings->conflict_history);

	if (service->audit != NULL && settings->audit_clients > 0) {
		done &= audit_set_clients(service->audit, settings->audit_clients);
		saving->cursor = (struct audit_cursor){ 0 }; /* numbers have changed */
	}
	if (saving->due_ms != NBT_NEVER && saving->due_ms > saving->began_ms + period_ms(service))
		saving->due_ms = saving->began_ms + period_ms(service);
	return done;
}

void auditing_query(struct context *ctx, struct in_addr client, const struct nbt_question *question,
		    uint32_t id, bool found)
{
	struct audit *audit = ctx->service->audit;

	if (audit == NULL)
		return;
	if (!found)
		audit_missed(audit, client, &question->name, ctx->env->wall_s);
	else if (id == REGISTRY_NONE)
		audit_answered(audit, client, ctx->env->wall_s);
	else
		audit_found(audit, client, id, ctx->env->wall_s);
}

/* Out of memory: it is lost until it changes again. */
static void put(struct service *service, enum change_type type, const void *row, size_t len)
{
	if (changes_note(service->collecting, type, row, len))
		stats_count(&service->stats, STAT_AUDIT_SAVED);
	service->saving.batch = service->batch;
}

/* Saves up to so many rows; whether the pass is over. */
static bool save_audit(struct service *service, size_t looks, size_t rows)
{
	struct audit_row row;

	while (rows-- > 0) {
		if (!audit_next_unsaved(service->audit, &service->saving.cursor, &looks, &row))
			return looks > 0;
		put(service, CHANGE_AUDIT, &row, sizeof(row));
	}
	return false;
}

static bool save_conflicts(struct service *service, size_t rows)
{
	struct conflict_row row;

	while (rows-- > 0) {
		if (!conflicts_next_unsaved(service->conflicts, &row))
			return true;
		put(service, CHANGE_CONFLICT, &row, sizeof(row));
	}
	return false;
}

static bool save(struct service *service, size_t looks, size_t rows)
{
	if (service->audit != NULL && !save_audit(service, looks, rows))
		return false;
	return save_conflicts(service, rows);
}

void auditing_slice(struct context *ctx)
{
	struct service *service = ctx->service;
	struct saving *saving = &service->saving;
	uint64_t now_ms = ctx->env->now_ms;

	if (now_ms < saving->due_ms)
		return;
	saving->due_ms = now_ms + TICK_MS;
	if (!service->storing || service->committed < saving->batch)
		return;
	if (saving->cursor.table == 0 && saving->cursor.number == 0)
		saving->began_ms = now_ms;
	if (!save(service, SLICE, SLICE_ROWS))
		return;
	saving->cursor = (struct audit_cursor){ 0 };
	saving->due_ms = saving->began_ms + period_ms(service);
	if (saving->due_ms < now_ms + TICK_MS)
		saving->due_ms = now_ms + TICK_MS;
}

struct audit *service_audit(struct service *service)
{
	return service->audit;
}

struct conflicts *service_conflicts(struct service *service)
{
	return service->conflicts;
}

void service_save_audit(struct service *service)
{
	if (!service->settings.server)
		return;
	service->saving.cursor = (struct audit_cursor){ 0 };
	(void)save(service, SIZE_MAX, SIZE_MAX);
}

/* What an administrator does to the records, past the rules for claims. */
#include "nbnsd/service/service_inner.h"

#include <errno.h>

static bool has_fitting_addresses(const struct record *record)
{
	static const struct {
		uint8_t least, most;
	} fitting[] = {
		[RECORD_UNIQUE] = { 1, 1 },
		[RECORD_GROUP] = { 0, 0 },
		[RECORD_SPECIAL_GROUP] = { 1, RECORD_MAX_ADDRESSES },
		[RECORD_MULTIHOMED] = { 1, RECORD_MAX_ADDRESSES },
	};

	return record->address_count >= fitting[record->kind].least &&
	       record->address_count <= fitting[record->kind].most;
}

/* Who claims the name meanwhile is told that it is not his (name-service.md 7.3 rule 6). */
static void end_challenge(struct service *service, uint32_t id)
{
	uint32_t number = challenges_find(&service->challenges, id);

	if (number != CHALLENGE_NONE)
		challenges_give_up(&service->challenges, number);
}

int service_put(struct service *service, const struct record *record)
{
	struct record next = *record;
	uint32_t id = registry_find(service->registry, &record->name, &record->scope);

	if (!has_fitting_addresses(record))
		return -EINVAL;
	if (id != REGISTRY_NONE)
		end_challenge(service, id);
	next.owner = OWNER_SELF;
	next.changed_hands = next.is_untold = false;
	next.version = service->next_version;
	return service_keep(service, id, &next) != REGISTRY_NONE ? 0 : -ENOMEM;
}

int service_remove(struct service *service, uint32_t id)
{
	end_challenge(service, id);
	if (!changes_delete(service->collecting, id))
		return -ENOMEM;
	masters_set(&service->masters, id, false);
	if (service->watched)
		telling_gone(service, id);
	registry_remove(service->registry, id);
	if (service->audit != NULL)
		audit_forget(service->audit, id);
	return 0;
}

int service_delete(struct service *service, const struct nbt_name *name,
		   const struct nbt_scope *scope)
{
	uint32_t id = registry_find(service->registry, name, scope);

	return id != REGISTRY_NONE ? service_remove(service, id) : -ENOENT;
}

static void make_tombstone(struct record *record, const struct terms *terms)
{
	successor_tombstone(record, terms);
	record->is_static = false;
	for (size_t i = 0; i < record->address_count; i++)
		record->address[i].expiry = record->expiry;
}

/* A group's members go with it: whoever registers it again is its first. */
int service_bury(struct context *ctx, uint32_t id)
{
	const struct terms terms = service_terms(ctx);
	struct service *service = ctx->service;
	struct record record;

	end_challenge(service, id);
	registry_get(service->registry, id, &record);
	make_tombstone(&record, &terms);
	if (record.kind == RECORD_GROUP) {
		if (service_remove(service, id) < 0)
			return -ENOMEM;
		id = REGISTRY_NONE;
	}
	return service_keep(service, id, &record) != REGISTRY_NONE ? 0 : -ENOMEM;
}

int service_tombstone(struct service *service, const struct nbt_name *name,
		      const struct nbt_scope *scope, const struct nbt_env *env)
{
	struct context ctx = service_context(service, NULL, env);
	uint32_t id = registry_find(service->registry, name, scope);

	return id != REGISTRY_NONE ? service_bury(&ctx, id) : -ENOENT;
}

uint64_t service_batch(const struct service *service)
{
	return changes_count(service->collecting) > 0 ? service->batch : service->batch - 1;
}

bool service_is_committed(const struct service *service, uint64_t batch)
{
	return service->committed >= batch;
}

bool service_is_storing(const struct service *service)
{
	return service->storing;
}

uint64_t service_uptime_ms(const struct service *service, const struct nbt_env *env)
{
	return env->now_ms - service->start_ms;
}

uint64_t service_next_version(const struct service *service)
{
	return service->next_version;
}

/* What a record must be in itself, and to the tables that know it. */
const char *service_find_fault(const struct service *service, uint32_t id)
{
	struct record record;

	registry_get(service->registry, id, &record);
	if (registry_find(service->registry, &record.name, &record.scope) != id)
		return "it is not found by its name";
	if (!has_fitting_addresses(&record) &&
	    (record.state == RECORD_ACTIVE || record.address_count > 0))
		return "its addresses do not fit its kind";
	if (record_is_owned(&record) && record.version >= service->next_version)
		return "its version has not been given out yet";
	if (is_active_master(&record) != (masters_next(&service->masters, id) == id))
		return "the list of domain masters is wrong about it";
	return NULL;
}

/* Records of an owner, as a partner gets them. */
#include <stdlib.h>

#include "nbnsd/registry/owners.h"
#include "nbnsd/replication/translate.h"
#include "nbnsd/service/replicas.h"
#include "nbnsd/service/replicas_inner.h"

#define SLICE       1000
#define FIRST_SPACE 4096

struct service_reading {
	struct service *service;
	struct in_addr owner; /* as in the registry */
	uint64_t next, max;   /* versions */
	bool dynamic_only, has_failed;
	uint8_t *bytes;
	size_t len, space, count;
};

struct service_reading *service_read(struct service *service,
				     const struct nbt_owner_versions *range, bool dynamic_only)
{
	struct service_reading *reading = calloc(1, sizeof(*reading));
	struct registry_owner owner = { .offered = 0 };

	if (reading == NULL)
		return NULL;
	reading->service = service;
	reading->owner = translate_owner_in(range->owner, service->settings.replication_address);
	reading->next = range->min;
	registry_owner_get(service->registry,
			   registry_owner_find(service->registry, reading->owner), &owner);
	reading->max = range->max != 0 && range->max < owner.offered ? range->max : owner.offered;
	reading->dynamic_only = dynamic_only;
	return reading;
}

static bool reserve(struct service_reading *reading, size_t len)
{
	size_t space = reading->space == 0 ? FIRST_SPACE : reading->space;
	uint8_t *bytes;

	if (len <= reading->space - reading->len)
		return true;
	while (space - reading->len < len)
		space *= 2;
	bytes = realloc(reading->bytes, space);
	if (bytes == NULL)
		return false;
	reading->bytes = bytes;
	reading->space = space;
	return true;
}

static void write_record(struct service_reading *reading, const struct record *record)
{
	struct nbt_replica replica;
	size_t len;

	translate_out(&replica, record, reading->service->settings.replication_address);
	if (!reserve(reading, nbt_replica_size(&replica))) {
		reading->has_failed = true;
		return;
	}
	/* A scope that the text form cannot carry is no other server's. */
	if (nbt_replica_encode(&replica, reading->bytes + reading->len,
			       reading->space - reading->len, &len) != NBT_OK)
		return;
	reading->len += len;
	reading->count++;
}

static void look_at(struct service_reading *reading, uint32_t id)
{
	const struct registry *registry = reading->service->registry;
	struct registry_brief brief;
	struct record record;

	registry_peek(registry, id, &brief);
	if (brief.state == RECORD_RELEASED || (reading->dynamic_only && brief.is_static))
		return;
	registry_get(registry, id, &record);
	write_record(reading, &record);
}

/* Where the slice begins is looked up each time: records come and go between two. */
bool service_read_on(struct service_reading *reading)
{
	struct registry *registry = reading->service->registry;
	uint32_t number = registry_owner_find(registry, reading->owner), id = REGISTRY_NONE;
	struct registry_brief brief;
	uint64_t last = 0;

	if (number == OWNER_NONE || reading->next > reading->max)
		return false;
	if (!registry_version_from(registry, number, reading->next, &id))
		reading->has_failed = true;
	for (size_t i = 0; id != REGISTRY_NONE && !reading->has_failed; i++) {
		registry_peek(registry, id, &brief);
		if (brief.version > reading->max || (i >= SLICE && brief.version != last))
			break;
		last = brief.version;
		look_at(reading, id);
		id = registry_version_next(registry, id);
	}
	reading->next = last + 1;
	return id != REGISTRY_NONE && !reading->has_failed && brief.version <= reading->max;
}

bool service_reading_failed(const struct service_reading *reading)
{
	return reading->has_failed;
}

size_t service_reading_count(const struct service_reading *reading)
{
	return reading->count;
}

const uint8_t *service_reading_bytes(const struct service_reading *reading, size_t *len)
{
	*len = reading->len;
	return reading->bytes;
}

void service_read_end(struct service_reading *reading)
{
	if (reading == NULL)
		return;
	free(reading->bytes);
	free(reading);
}

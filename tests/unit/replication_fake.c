#include "replication_fake.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nbnsd/service/doubts.h"

void fake_create(struct service *service, struct in_addr own)
{
	memset(service, 0, sizeof(*service));
	service->own = own;
	service->next_version = 1;
	service->slice = 100;
	service->doubts_due_ms = NBT_NEVER;
}

struct nbt_replica fake_replica(const char *name, uint64_t version)
{
	struct nbt_replica out = { .version = version,
				   .type = NBT_REPLICA_UNIQUE,
				   .state = NBT_REPLICA_ACTIVE,
				   .node = 3,
				   .member_count = 1 };

	if (nbt_name_from_text(&out.name, name, 0x20) != NBT_OK)
		abort();
	out.member[0].address.s_addr = htonl(0x0a090000 | (uint32_t)(version & 0xffff));
	return out;
}

void fake_commit(struct service *service)
{
	service->committed = service->batch;
}

static void change(struct service *service)
{
	service->batch++;
	if (!service->is_slow)
		fake_commit(service);
}

static void store(struct service *service, struct in_addr owner, const struct nbt_replica *replica)
{
	if (service->record_count < FAKE_RECORDS_MAX)
		service->record[service->record_count++] = (struct fake_record){ owner, *replica };
	change(service);
}

void fake_add(struct service *service, struct in_addr owner, const char *name, uint64_t version)
{
	const struct nbt_replica replica = fake_replica(name, version);

	store(service, owner, &replica);
	if (owner.s_addr != service->own.s_addr)
		(void)service_set_version(
			service, &(struct nbt_owner_versions){ .owner = owner, .max = version });
	else if (version >= service->next_version)
		service->next_version = version + 1;
	fake_commit(service);
}

size_t fake_count(const struct service *service, struct in_addr owner)
{
	size_t count = 0;

	for (size_t i = 0; i < service->record_count; i++)
		count += service->record[i].owner.s_addr == owner.s_addr;
	return count;
}

/*
 * What replicas.h says.
 */

size_t service_versions(const struct service *service, struct nbt_owner_versions *rows, size_t max)
{
	if (max > 0)
		rows[0] = (struct nbt_owner_versions){ .owner = service->own,
						       .max = service->next_version - 1,
						       .min = service->next_version > 1 };
	for (size_t i = 0; i < service->mark_count && i + 1 < max; i++)
		rows[i + 1] = service->mark[i];
	return service->mark_count + 1;
}

uint64_t service_version_of(const struct service *service, struct in_addr owner)
{
	if (owner.s_addr == service->own.s_addr)
		return service->next_version - 1;
	for (size_t i = 0; i < service->mark_count; i++)
		if (service->mark[i].owner.s_addr == owner.s_addr)
			return service->mark[i].max;
	return 0;
}

uint64_t service_version_known(const struct service *service, struct in_addr owner)
{
	return service_version_of(service, owner);
}

bool service_set_version(struct service *service, const struct nbt_owner_versions *range)
{
	size_t i = 0;

	while (i < service->mark_count && service->mark[i].owner.s_addr != range->owner.s_addr)
		i++;
	if (i == FAKE_OWNERS_MAX)
		return false;
	if (i == service->mark_count)
		service->mark[service->mark_count++] =
			(struct nbt_owner_versions){ .owner = range->owner };
	if (range->max > service->mark[i].max)
		service->mark[i].max = range->max;
	change(service);
	return true;
}

struct service_news service_news(const struct service *service)
{
	return service->news;
}

uint64_t service_next_version(const struct service *service)
{
	return service->next_version;
}

bool service_raise_version(struct service *service, uint64_t seen)
{
	if (seen > INT64_MAX - 1001)
		return false;
	if (seen >= service->next_version)
		service->next_version = seen + 1001;
	return true;
}

uint64_t service_batch(const struct service *service)
{
	return service->batch;
}

bool service_is_committed(const struct service *service, uint64_t batch)
{
	return service->committed >= batch;
}

bool service_is_storing(const struct service *service)
{
	return !service->is_in_trouble;
}

enum replica_check service_replica(struct service *service, const struct nbt_replica *replica,
				   const struct replica_question *question,
				   const struct nbt_env *env)
{
	(void)env;
	if (replica->version < question->min || replica->version > question->max)
		return REPLICA_UNWANTED;
	store(service, question->owner, replica);
	return REPLICA_PASSED;
}

/*
 * Readings.
 */

struct service_reading {
	struct service *service;
	struct nbt_owner_versions range;
	bool dynamic_only;
	size_t at, count, len, size;
	uint8_t *bytes;
};

struct service_reading *service_read(struct service *service,
				     const struct nbt_owner_versions *range, bool dynamic_only)
{
	struct service_reading *reading = calloc(1, sizeof(*reading));

	if (reading == NULL)
		return NULL;
	reading->service = service;
	reading->range = *range;
	reading->dynamic_only = dynamic_only;
	reading->size = service->record_count * 64 + 1;
	reading->bytes = malloc(reading->size);
	service->readings++;
	return reading;
}

static bool is_asked(const struct service_reading *reading, const struct fake_record *record)
{
	uint64_t version = record->replica.version;

	return record->owner.s_addr == reading->range.owner.s_addr &&
	       version >= reading->range.min &&
	       (reading->range.max == 0 || version <= reading->range.max) &&
	       !(reading->dynamic_only && record->replica.is_static);
}

bool service_read_on(struct service_reading *reading)
{
	for (size_t i = 0; i < reading->service->slice; i++) {
		const struct fake_record *record;
		size_t len;

		if (reading->at == reading->service->record_count)
			return false;
		record = &reading->service->record[reading->at++];
		if (!is_asked(reading, record) ||
		    nbt_replica_encode(&record->replica, reading->bytes + reading->len,
				       reading->size - reading->len, &len) != NBT_OK)
			continue;
		reading->len += len;
		reading->count++;
	}
	return true;
}

bool service_reading_failed(const struct service_reading *reading)
{
	(void)reading;
	return false;
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
	reading->service->readings--;
	free(reading->bytes);
	free(reading);
}

/*
 * Verification.
 */

struct service_verification {
	struct service *service;
	size_t records;
};

uint64_t service_verify_highest(struct service *service, struct in_addr owner)
{
	uint64_t highest = 0;

	for (size_t i = 0; i < service->record_count; i++)
		if (service->record[i].owner.s_addr == owner.s_addr &&
		    service->record[i].replica.version > highest)
			highest = service->record[i].replica.version;
	return highest;
}

bool service_owner_to_verify(struct service *service, struct in_addr *owner)
{
	*owner = service->to_verify;
	service->to_verify.s_addr = INADDR_ANY; /* told once in a pass */
	return owner->s_addr != INADDR_ANY;
}

struct service_verification *service_verify(struct service *service, struct in_addr owner,
					    uint64_t highest)
{
	(void)highest;
	struct service_verification *out = calloc(1, sizeof(*out));

	(void)owner;
	if (out != NULL)
		out->service = service;
	return out;
}

enum replica_check service_verify_record(struct service_verification *verification,
					 const struct nbt_replica *replica,
					 const struct nbt_env *env)
{
	(void)replica;
	(void)env;
	verification->records++;
	return REPLICA_PASSED;
}

void service_verify_end(struct service_verification *verification, bool is_whole, bool is_by_owner)
{
	struct service *service = verification->service;

	service->verify_ends++;
	service->was_whole = is_whole;
	service->was_by_owner = is_by_owner;
	service->verified += verification->records;
	free(verification);
}

/*
 * What was told by whom, and what was lost.
 */

bool service_told_by_others(struct service *service, const struct nbt_owner_versions *range)
{
	service->by_others = *range;
	return true;
}

void service_told_by_owner(struct service *service, const struct nbt_owner_versions *range)
{
	if (service->told.owner.s_addr == range->owner.s_addr)
		service->told.max = 0;
}

uint64_t service_told_from(const struct service *service, struct in_addr owner)
{
	bool is_told = service->told.max > 0 && service->told.owner.s_addr == owner.s_addr;

	return is_told ? service->told.min : 0;
}

void service_tell_again(struct service *service, uint64_t highest, const struct nbt_env *env)
{
	(void)env;
	service->told_again = highest;
}

void service_note_lost(struct service *service, uint64_t below)
{
	service->lost_below = below;
}

/*
 * Doubts.
 */

uint64_t service_doubts_deadline(const struct service *service)
{
	return service->doubt_count > 0 ? service->doubts_due_ms : NBT_NEVER;
}

size_t service_doubts(struct service *service, struct nbt_owner_versions *rows, size_t size,
		      const struct nbt_env *env)
{
	size_t count = service->doubt_count < size ? service->doubt_count : size;

	if (service->doubts_due_ms > env->now_ms)
		return 0;
	memcpy(rows, service->doubt, count * sizeof(*rows));
	return count;
}

static void note(struct service *service, const struct nbt_owner_versions *question,
		 const char *what)
{
	size_t len = strlen(service->doubts);
	char owner[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &question->owner, owner, sizeof(owner));
	(void)snprintf(service->doubts + len, sizeof(service->doubts) - len, "%s:%llu %s ", owner,
		       (unsigned long long)question->max, what);
}

enum replica_check service_doubt_replica(struct service *service, const struct nbt_replica *replica,
					 const struct nbt_owner_versions *question)
{
	(void)replica;
	note(service, question, "there");
	return REPLICA_PASSED;
}

static void drop(struct service *service, const struct nbt_owner_versions *question)
{
	size_t kept = 0;

	for (size_t i = 0; i < service->doubt_count; i++)
		if (memcmp(&service->doubt[i], question, sizeof(*question)) != 0)
			service->doubt[kept++] = service->doubt[i];
	service->doubt_count = kept;
}

void service_doubt_answered(struct service *service, const struct nbt_owner_versions *question,
			    const struct nbt_env *env)
{
	(void)env;
	note(service, question, "answered");
	drop(service, question);
}

void service_doubt_unanswered(struct service *service, const struct nbt_owner_versions *question,
			      const struct nbt_env *env)
{
	note(service, question, "later");
	service->doubts_due_ms = env->now_ms + 10000;
}

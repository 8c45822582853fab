/* Static mappings of the configuration, brought into the records: first those of the list, then out
 * with what came from an older one. A slice at a time, which waits until the store has the last. */
#include "nbnsd/service/service_inner.h"

#include <string.h>

#include "nbnsd/service/statics.h"

#define SLICE_PUT    200
#define SLICE_REMOVE 1000

/*
 * One mapping.
 */

static bool lists(const struct record *record, struct in_addr address)
{
	for (size_t i = 0; i < record->address_count; i++)
		if (record->address[i].address.s_addr == address.s_addr &&
		    record->address[i].expiry == LEASE_FOREVER)
			return true;
	return false;
}

static size_t static_addresses(const struct record *record)
{
	size_t count = 0;

	for (size_t i = 0; i < record->address_count; i++)
		count += record->address[i].expiry == LEASE_FOREVER;
	return count;
}

static bool has_same_addresses(const struct record *a, const struct record *b)
{
	if (static_addresses(a) != b->address_count)
		return false;
	for (size_t i = 0; i < b->address_count; i++)
		if (!lists(a, b->address[i].address))
			return false;
	return true;
}

static bool is_in_place(const struct record *there, const struct record *wanted)
{
	return there->is_static && there->is_of_file && there->kind == wanted->kind &&
	       there->state == RECORD_ACTIVE && record_is_owned(there) &&
	       has_same_addresses(there, wanted);
}

/* Those who have joined an Internet group by themselves keep their leases, as far as there is room.
 */
static void keep_members(struct record *next, const struct record *there, lease_time now)
{
	for (size_t i = 0; i < there->address_count; i++) {
		const struct record_address *entry = &there->address[i];

		if (entry->expiry != LEASE_FOREVER && entry->expiry > now &&
		    !lists(next, entry->address) && next->address_count < RECORD_MAX_ADDRESSES)
			next->address[next->address_count++] = *entry;
	}
}

static bool is_host(uint8_t kind)
{
	return kind == RECORD_UNIQUE || kind == RECORD_MULTIHOMED;
}

/* Our own name would be refused to us. */
static bool is_ours(const struct service *service, const struct record *record)
{
	return is_host(record->kind) && node_claims(service->node, &record->name, &record->scope);
}

/* With migrate on it would be replaced by the next registration again. */
static bool gives_way(const struct service *service, const struct record *there)
{
	return there->is_static || there->state != RECORD_ACTIVE || !is_host(there->kind) ||
	       !service->settings.migrate;
}

static void note_change(struct statics_report *report, const struct record *there)
{
	report->changed++;
	if (there->is_static || there->state != RECORD_ACTIVE)
		return;
	if (report->replaced < STATICS_NAMED)
		report->named[report->replaced] = there->name;
	report->replaced++;
}

static void replace(struct context *ctx, struct record *wanted, uint32_t id)
{
	struct service *service = ctx->service;
	struct statics_report *report = &service->mappings.report;
	struct record there;

	registry_get(service->registry, id, &there);
	if (is_in_place(&there, wanted))
		return;
	if (!gives_way(service, &there)) {
		report->left++;
		return;
	}
	if (there.kind == RECORD_SPECIAL_GROUP && wanted->kind == RECORD_SPECIAL_GROUP &&
	    there.state == RECORD_ACTIVE)
		keep_members(wanted, &there, ctx->now);
	if (service_put(service, wanted) < 0)
		report->failed++;
	else
		note_change(report, &there);
}

static void put(struct context *ctx, size_t i)
{
	struct service *service = ctx->service;
	struct statics_report *report = &service->mappings.report;
	struct record wanted;
	uint32_t id;

	statics_get(service->mappings.statics, i, &wanted);
	wanted.scope = service->settings.scope;
	if (is_ours(service, &wanted)) {
		report->left++;
		return;
	}
	id = registry_find(service->registry, &wanted.name, &wanted.scope);
	if (id != REGISTRY_NONE)
		replace(ctx, &wanted, id);
	else if (service_put(service, &wanted) < 0)
		report->failed++;
	else
		report->added++;
}

/*
 * One that is in the list no more.
 */

static bool is_wanted(const struct service *service, const struct record *record)
{
	return nbt_scope_equal(&record->scope, &service->settings.scope) &&
	       !is_ours(service, record) && statics_has(service->mappings.statics, &record->name);
}

/* Who has joined by himself stays, with the leases that there are. */
static void make_dynamic(struct record *record, lease_time expiry)
{
	uint8_t kept = 0;

	for (size_t i = 0; i < record->address_count; i++)
		if (record->address[i].expiry != LEASE_FOREVER)
			record->address[kept++] = record->address[i];
	record->address_count = kept;
	record->is_static = record->is_of_file = false;
	record->expiry = expiry;
}

static bool has_members(const struct service *service, uint32_t id, const struct record *record)
{
	if (record->kind == RECORD_GROUP)
		return registry_member_count(service->registry, id) > 0;
	return static_addresses(record) < record->address_count;
}

/* A tombstone: partners have to hear of it, and the name is free. */
static void bury(struct record *record, const struct terms *terms)
{
	successor_tombstone(record, terms);
	record->is_static = record->is_of_file = false;
	for (size_t i = 0; i < record->address_count; i++)
		record->address[i].expiry = record->expiry;
}

static void take_away(struct context *ctx, uint32_t id)
{
	const struct terms terms = service_terms(ctx);
	struct service *service = ctx->service;
	struct record record;

	registry_get(service->registry, id, &record);
	if (is_wanted(service, &record))
		return;
	if (has_members(service, id, &record)) {
		make_dynamic(&record, terms.now + terms.renewal_s);
		record.version = terms.version;
	} else {
		bury(&record, &terms);
	}
	if (service_keep(service, id, &record) == REGISTRY_NONE)
		service->mappings.report.failed++;
	else
		service->mappings.report.removed++;
}

/*
 * Slices.
 */

void service_set_statics(struct service *service, const struct statics *statics)
{
	service->mappings = (struct mappings){
		.statics = statics,
		.phase = statics != NULL ? MAPPINGS_PUT : MAPPINGS_IDLE,
		.report = { .count = statics != NULL ? statics_count(statics) : 0 },
	};
}

static bool is_waiting(const struct service *service)
{
	return !service->storing || service->recovering ||
	       service->committed < service->mappings.batch;
}

static bool is_at_work(const struct service *service)
{
	return service->mappings.phase == MAPPINGS_PUT ||
	       service->mappings.phase == MAPPINGS_REMOVE;
}

/* When it waits for the store, the store wakes us. */
uint64_t mappings_deadline(const struct service *service)
{
	return is_at_work(service) && !is_waiting(service) ? 0 : NBT_NEVER;
}

static void go_on(struct mappings *mappings, size_t end, enum mappings_phase next)
{
	if (mappings->position < end)
		return;
	mappings->phase = next;
	mappings->position = 0;
}

static void slice_of_list(struct context *ctx)
{
	struct mappings *mappings = &ctx->service->mappings;
	size_t count = statics_count(mappings->statics);

	for (size_t i = 0; i < SLICE_PUT && mappings->position < count; i++)
		put(ctx, mappings->position++);
	go_on(mappings, count, MAPPINGS_REMOVE);
}

static void slice_of_records(struct context *ctx)
{
	const struct registry *registry = ctx->service->registry;
	struct mappings *mappings = &ctx->service->mappings;
	uint32_t bound = registry_bound(registry);
	struct registry_brief brief;

	for (size_t i = 0; i < SLICE_REMOVE && mappings->position < bound; i++) {
		uint32_t id = mappings->position++;

		if (!registry_has(registry, id))
			continue;
		registry_peek(registry, id, &brief);
		if (brief.is_of_file)
			take_away(ctx, id);
	}
	go_on(mappings, bound, MAPPINGS_DONE);
}

void mappings_slice(struct context *ctx)
{
	struct service *service = ctx->service;
	struct mappings *mappings = &service->mappings;

	if (!is_at_work(service) || is_waiting(service))
		return;
	if (mappings->phase == MAPPINGS_PUT)
		slice_of_list(ctx);
	else
		slice_of_records(ctx);
	if (changes_count(service->collecting) > 0)
		mappings->batch = service->batch;
}

bool service_statics_done(struct service *service, struct statics_report *out)
{
	if (service->mappings.phase != MAPPINGS_DONE)
		return false;
	*out = service->mappings.report;
	service->mappings.phase = MAPPINGS_IDLE;
	return true;
}

/* What the audit knows, as it is asked for. */
#include "nbnsd/audit/audit_inner.h"

/*
 * References to names.
 */

static bool read_record_ref(const struct audit *audit, uint32_t ref, struct audit_ref *out)
{
	uint32_t id = ref & (REGISTRY_MAX - 1);
	struct record record;

	if (ref != audit_ref_to_record(audit, id) || !registry_has(audit->registry, id))
		return false;
	registry_get(audit->registry, id, &record);
	out->name = record.name;
	out->has_scope = record.scope.len > 0;
	return true;
}

static bool read_missing_ref(const struct audit *audit, uint32_t ref, struct audit_ref *out)
{
	uint32_t place = ref & (MISSING_MAX - 1);

	if (ref != audit_ref_to_missing(audit, place))
		return false;
	out->name = missing_at(audit->missing, place)->name;
	out->is_missing = true;
	return true;
}

/* false: none, or what it meant has gone. */
static bool read_ref(const struct audit *audit, uint32_t ref, struct audit_ref *out)
{
	*out = (struct audit_ref){ .queries = 0 };
	if (ref == 0)
		return false;
	return ref & REF_RECORD ? read_record_ref(audit, ref, out)
				: read_missing_ref(audit, ref, out);
}

/*
 * Reading.
 */

uint32_t audit_client_bound(const struct audit *audit)
{
	return audit->count;
}

/* Insertion by frequency; a name that was missing and is there now, or the reverse, comes twice. */
static void read_top(const struct audit *audit, const struct top top[AUDIT_TOP],
		     struct audit_client *out)
{
	struct audit_ref ref;

	for (size_t i = 0; i < AUDIT_TOP; i++) {
		size_t place = out->asked_count;

		if (!read_ref(audit, top[i].ref, &ref))
			continue;
		ref.queries = top[i].queries;
		for (; place > 0 && out->asked[place - 1].queries < ref.queries; place--)
			out->asked[place] = out->asked[place - 1];
		out->asked[place] = ref;
		out->asked_count++;
	}
}

void audit_client_get(const struct audit *audit, uint32_t number, struct audit_client *out)
{
	const struct client *client = &audit->clients[number];
	const struct more *more = &audit->more[number];

	*out = (struct audit_client){
		.address = client->address,
		.node_type = more->node_type,
		.queries = client->queries,
		.registrations = more->registrations,
		.first_query_s = client->first_query_s,
		.last_query_s = client->last_query_s,
		.first_registration_s = more->first_registration_s,
		.last_registration_s = more->last_registration_s,
	};
	read_top(audit, client->asked, out);
	for (size_t i = 0; i < AUDIT_REGISTERED; i++)
		if (read_ref(audit, more->registered[i], &out->registered[out->registered_count]))
			out->registered_count++;
}

uint32_t audit_clients_max(const struct audit *audit)
{
	return audit->max;
}

uint64_t audit_clients_forgotten(const struct audit *audit)
{
	return audit->forgotten;
}

const struct asked *audit_names(const struct audit *audit)
{
	return &audit->names;
}

const struct missing *audit_missing(const struct audit *audit)
{
	return audit->missing;
}

size_t audit_memory(const struct audit *audit)
{
	return sizeof(*audit) + table_memory(&audit->by_address) +
	       audit->count * (sizeof(struct client) + sizeof(struct more)) +
	       asked_memory(&audit->names) + missing_memory();
}

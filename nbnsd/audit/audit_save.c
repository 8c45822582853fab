/* What of the audit outlives a restart. */
#include "nbnsd/audit/audit_inner.h"

/*
 * Saving.
 */

/* One that has come back has its row again. */
static struct in_addr next_orphan(struct audit *audit)
{
	while (audit->orphan_count > 0) {
		struct in_addr orphan = audit->orphans[--audit->orphan_count];

		if (audit_client_find(audit, orphan) == AUDIT_NONE)
			return orphan;
	}
	return (struct in_addr){ 0 };
}

static bool take_client(struct audit *audit, uint32_t number, struct audit_row *out)
{
	struct client *client = &audit->clients[number];
	struct in_addr *saved = &audit->more[number].saved;

	if (!client->is_unsaved)
		return false;
	client->is_unsaved = false;
	audit_client_get(audit, number, &out->of.client);
	/* Its predecessor's row goes, unless that one has come back. */
	if (saved->s_addr != client->address.s_addr &&
	    audit_client_find(audit, *saved) == AUDIT_NONE)
		out->of.client.replaces = *saved;
	if (out->of.client.replaces.s_addr == 0)
		out->of.client.replaces = next_orphan(audit);
	*saved = client->address;
	return true;
}

static bool take_name(struct audit *audit, uint32_t number, struct audit_row *out)
{
	struct asked_name *name = asked_find(&audit->names, number);

	if (name == NULL || !name->is_unsaved)
		return false;
	name->is_unsaved = false;
	out->of.name = *name;
	return true;
}

static bool take_missing(struct audit *audit, uint32_t number, struct audit_row *out)
{
	struct missing_name *name = missing_at(audit->missing, number);

	if (!name->is_unsaved)
		return false;
	name->is_unsaved = false;
	out->of.missing = *name;
	return true;
}

static uint32_t bound_of(const struct audit *audit, uint32_t table)
{
	switch (table) {
	case AUDIT_CLIENTS:
		return audit->count;
	case AUDIT_NAMES:
		return asked_bound(&audit->names);
	default:
		return MISSING_MAX;
	}
}

bool audit_next_unsaved(struct audit *audit, struct audit_cursor *cursor, size_t *budget,
			struct audit_row *out)
{
	static bool (*const take[AUDIT_TABLES])(struct audit * audit, uint32_t number,
						struct audit_row * out) = {
		[AUDIT_CLIENTS] = take_client,
		[AUDIT_NAMES] = take_name,
		[AUDIT_MISSING] = take_missing,
	};

	for (; cursor->table < AUDIT_TABLES; cursor->table++, cursor->number = 0) {
		uint32_t bound = bound_of(audit, cursor->table);

		while (cursor->number < bound) {
			uint32_t number = cursor->number;

			if (*budget == 0)
				return false;
			--*budget;
			cursor->number++;
			out->table = (enum audit_table)cursor->table;
			out->number = number;
			if (take[cursor->table](audit, number, out))
				return true;
		}
	}
	return false;
}

/*
 * Loading.
 */

static uint32_t find_ref(const struct audit *audit, const struct audit_ref *ref)
{
	static const struct nbt_scope no_scope = { 0 };
	uint32_t number = ref->is_missing ? missing_find(audit->missing, &ref->name)
					  : registry_find(audit->registry, &ref->name, &no_scope);

	if (number == AUDIT_NONE)
		return 0;
	return ref->is_missing ? audit_ref_to_missing(audit, number)
			       : audit_ref_to_record(audit, number);
}
_Static_assert(AUDIT_NONE == REGISTRY_NONE && AUDIT_NONE == MISSING_NONE, "see find_ref()");

static void load_refs(const struct audit *audit, const struct audit_client *saved,
		      struct client *client, struct more *more)
{
	for (size_t i = 0, n = 0; i < saved->asked_count; i++) {
		uint32_t ref = find_ref(audit, &saved->asked[i]);

		if (ref != 0)
			client->asked[n++] = (struct top){ ref, saved->asked[i].queries };
	}
	for (size_t i = 0, n = 0; i < saved->registered_count; i++) {
		uint32_t ref = find_ref(audit, &saved->registered[i]);

		if (ref != 0)
			more->registered[n++] = ref;
	}
}

static bool load_client(struct audit *audit, const struct audit_row *row)
{
	const struct audit_client *saved = &row->of.client;
	struct client *client;
	struct more *more;
	uint32_t number;

	if (audit_client_find(audit, saved->address) != AUDIT_NONE)
		return false;
	number = audit_client_make(audit, saved->address);
	if (number == AUDIT_NONE)
		return false;
	client = &audit->clients[number];
	client->queries = saved->queries;
	client->first_query_s = saved->first_query_s;
	client->last_query_s = saved->last_query_s;
	more = &audit->more[number];
	more->registrations = saved->registrations;
	more->first_registration_s = saved->first_registration_s;
	more->last_registration_s = saved->last_registration_s;
	more->node_type = saved->node_type;
	more->saved = saved->address;
	load_refs(audit, saved, client, more);
	return true;
}

static bool load_name(struct audit *audit, const struct audit_row *row)
{
	struct asked_name *name;

	if (!registry_has(audit->registry, row->number))
		return false;
	name = asked_get(&audit->names, row->number);
	if (name == NULL)
		return false;
	*name = row->of.name;
	name->generation = 0;
	name->is_unsaved = false;
	return true;
}

bool audit_load(struct audit *audit, const struct audit_row *row)
{
	switch (row->table) {
	case AUDIT_MISSING:
		return row->number < MISSING_MAX &&
		       missing_load(audit->missing, row->number, &row->of.missing);
	case AUDIT_NAMES:
		return load_name(audit, row);
	case AUDIT_CLIENTS:
		return load_client(audit, row);
	case AUDIT_TABLES:
		break;
	}
	return false;
}

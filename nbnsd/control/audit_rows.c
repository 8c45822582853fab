#include "nbnsd/control/audit_rows.h"

#include "common/charset.h"
#include "nbnsd/control/command_rows.h"
#include "nbnsd/control/event_rows.h"
#include "nbnsd/registry/name_filter.h"

/*
 * What is wanted.
 */

static bool time_passes(const struct audit_filter *filter, uint32_t last_s)
{
	return (filter->since_s == 0 || last_s >= filter->since_s) &&
	       (filter->idle_since_s == 0 || last_s < filter->idle_since_s);
}

static bool name_passes(const struct audit_filter *filter, const struct nbt_name *name)
{
	char text[CHARSET_TEXT_MAX];

	if (filter->has_suffix && filter->suffix != nbt_name_suffix(name))
		return false;
	return filter->pattern == NULL ||
	       name_pattern_fits(filter->pattern, charset_name_text(name, text));
}

static bool wants_any_name(const struct audit_filter *filter)
{
	return filter->pattern == NULL && !filter->has_suffix;
}

static bool is_of_network(const struct audit_filter *filter, uint32_t client)
{
	return access_network_holds(&filter->client, (struct in_addr){ client });
}

static bool asker_passes(const struct audit_filter *filter, const uint32_t *clients, size_t max)
{
	for (size_t i = 0; filter->has_client && i < max && clients[i] != 0; i++)
		if (is_of_network(filter, clients[i]))
			return true;
	return !filter->has_client;
}

static uint32_t last_seen(const struct audit_client *client)
{
	return client->last_query_s > client->last_registration_s ? client->last_query_s
								  : client->last_registration_s;
}

static bool names_pass(const struct audit_filter *filter, const struct audit_client *client)
{
	for (size_t i = 0; i < client->asked_count; i++)
		if (name_passes(filter, &client->asked[i].name))
			return true;
	for (size_t i = 0; i < client->registered_count; i++)
		if (name_passes(filter, &client->registered[i].name))
			return true;
	return wants_any_name(filter);
}

static uint64_t key_of(enum audit_sort sort, uint64_t queries, uint64_t last_s,
		       uint64_t registrations)
{
	switch (sort) {
	case AUDIT_SORT_QUERIES:
		return queries;
	case AUDIT_SORT_LAST:
		return last_s;
	case AUDIT_SORT_REGISTRATIONS:
		return registrations;
	case AUDIT_SORT_NONE:
		break;
	}
	return 0;
}

static bool client_passes(const struct audit *audit, uint32_t number,
			  const struct audit_filter *filter, enum audit_sort sort, uint64_t *key)
{
	struct audit_client client;

	audit_client_get(audit, number, &client);
	*key = key_of(sort, client.queries, last_seen(&client), client.registrations);
	return time_passes(filter, last_seen(&client)) &&
	       (!filter->has_client || is_of_network(filter, client.address.s_addr)) &&
	       names_pass(filter, &client);
}

/* Zeros: it was never asked for. */
static struct asked_name asked_of(const struct audit *audit, uint32_t id)
{
	const struct asked_name *asked = asked_find(audit_names(audit), id);

	return asked != NULL ? *asked : (struct asked_name){ 0 };
}

/* Whoever looks for what is idle wants to see names that were never asked for. */
static bool record_passes(const struct audit *audit, const struct registry *registry, uint32_t id,
			  const struct audit_filter *filter, enum audit_sort sort, uint64_t *key)
{
	struct asked_name asked = asked_of(audit, id);
	struct record record;

	*key = key_of(sort, asked.queries, asked.last_s, 0);
	if (!registry_has(registry, id) || (asked.queries == 0 && filter->idle_since_s == 0) ||
	    !time_passes(filter, asked.last_s) ||
	    !asker_passes(filter, asked.clients, ASKED_CLIENTS))
		return false;
	if (wants_any_name(filter))
		return true;
	registry_get(registry, id, &record);
	return name_passes(filter, &record.name);
}

static bool missing_passes(const struct audit *audit, uint32_t place,
			   const struct audit_filter *filter, enum audit_sort sort, uint64_t *key)
{
	const struct missing_name *name = missing_at(audit_missing(audit), place);

	*key = key_of(sort, name->queries, name->last_s, 0);
	return name->queries > 0 && time_passes(filter, name->last_s) &&
	       asker_passes(filter, name->clients, MISSING_CLIENTS) &&
	       name_passes(filter, &name->name);
}

bool audit_row_passes(const struct audit *audit, const struct registry *registry,
		      enum audit_list list, uint32_t number, const struct audit_filter *filter,
		      enum audit_sort sort, uint64_t *key)
{
	switch (list) {
	case AUDIT_LIST_CLIENTS:
		return client_passes(audit, number, filter, sort, key);
	case AUDIT_LIST_NAMES:
		return record_passes(audit, registry, number, filter, sort, key);
	case AUDIT_LIST_MISSING:
		return missing_passes(audit, number, filter, sort, key);
	}
	return false;
}

uint32_t audit_list_bound(const struct audit *audit, const struct registry *registry,
			  enum audit_list list)
{
	switch (list) {
	case AUDIT_LIST_CLIENTS:
		return audit_client_bound(audit);
	case AUDIT_LIST_NAMES:
		return registry_bound(registry);
	case AUDIT_LIST_MISSING:
		break;
	}
	return MISSING_MAX;
}

/*
 * Rows.
 */

static json_t *full_name(const struct nbt_name *name)
{
	char text[CHARSET_PRINT_MAX];

	return json_string(charset_print_name(name, text));
}

static json_t *registered_names(const struct audit_client *client)
{
	json_t *list = json_array();

	for (size_t i = 0; i < client->registered_count; i++)
		(void)json_array_append_new(list, full_name(&client->registered[i].name));
	return list;
}

/* Those that were found, or not, and how often: two lists, for a table's sake. */
static void set_asked(json_t *row, const struct audit_client *client, bool missing,
		      const char *names_key, const char *queries_key)
{
	json_t *names = json_array(), *queries = json_array();

	for (size_t i = 0; i < client->asked_count; i++) {
		const struct audit_ref *asked = &client->asked[i];

		if (asked->is_missing != missing)
			continue;
		(void)json_array_append_new(names, full_name(&asked->name));
		(void)json_array_append_new(queries, json_integer(asked->queries));
	}
	command_set(row, names_key, names);
	command_set(row, queries_key, queries);
}

static json_t *addresses(const uint32_t *clients, size_t max)
{
	json_t *list = json_array();

	for (size_t i = 0; i < max && clients[i] != 0; i++)
		(void)json_array_append_new(list, command_address((struct in_addr){ clients[i] }));
	return list;
}

static json_t *client_row(const struct audit *audit, uint32_t number)
{
	struct audit_client client;
	json_t *row = json_object();

	audit_client_get(audit, number, &client);
	command_set(row, "address", command_address(client.address));
	command_set(row, "node_type",
		    client.node_type <= 3 ? json_string(command_node_types[client.node_type])
					  : json_null());
	command_set(row, "queries", json_integer((json_int_t)client.queries));
	command_set(row, "first_query", row_time(client.first_query_s));
	command_set(row, "last_query", row_time(client.last_query_s));
	command_set(row, "registrations", json_integer((json_int_t)client.registrations));
	command_set(row, "first_registration", row_time(client.first_registration_s));
	command_set(row, "last_registration", row_time(client.last_registration_s));
	command_set(row, "registered", registered_names(&client));
	set_asked(row, &client, false, "asked", "asked_at_most");
	set_asked(row, &client, true, "missed", "missed_at_most");
	return row;
}

static json_t *asked_row(const struct audit *audit, const struct registry *registry, uint32_t id)
{
	struct asked_name asked = asked_of(audit, id);
	struct record record;
	json_t *row;

	registry_get(registry, id, &record);
	row = command_name_row(&record.name, &record.scope);
	command_set(row, "kind", json_string(command_kinds[record.kind]));
	command_set(row, "state", json_string(command_states[record.state]));
	command_set(row, "registered_by", command_asker(record.registered_by));
	command_set(row, "queries", json_integer((json_int_t)asked.queries));
	command_set(row, "last_query", row_time(asked.last_s));
	command_set(row, "clients", addresses(asked.clients, ASKED_CLIENTS));
	return row;
}

static json_t *missing_row(const struct audit *audit, uint32_t place)
{
	const struct missing_name *name = missing_at(audit_missing(audit), place);
	const struct nbt_scope no_scope = { 0 };
	json_t *row = command_name_row(&name->name, &no_scope);

	(void)json_object_del(row, "scope"); /* it is not known */
	command_set(row, "queries", json_integer((json_int_t)name->queries));
	command_set(row, "first_query", row_time(name->first_s));
	command_set(row, "last_query", row_time(name->last_s));
	command_set(row, "clients", addresses(name->clients, MISSING_CLIENTS));
	return row;
}

json_t *audit_list_row(const struct audit *audit, const struct registry *registry,
		       enum audit_list list, uint32_t number)
{
	switch (list) {
	case AUDIT_LIST_CLIENTS:
		return client_row(audit, number);
	case AUDIT_LIST_NAMES:
		return asked_row(audit, registry, number);
	case AUDIT_LIST_MISSING:
		break;
	}
	return missing_row(audit, number);
}

#include "nbnsd/control/event_rows.h"

#include <time.h>

#include "nbnsd/control/command_rows.h"

json_t *row_time(int64_t wall_s)
{
	time_t time = (time_t)wall_s;
	char text[sizeof("2026-11-26T10:00:00Z") + 16];
	struct tm parts;

	if (wall_s == 0 || gmtime_r(&time, &parts) == NULL)
		return json_null();
	if (strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		return json_null();
	return json_string_nocheck(text);
}

static json_t *addresses_of(const struct in_addr *addresses, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(list, command_address(addresses[i]));
	return list;
}

/* Where in a row the columns of a conflict are, behind its name. */
static void add_conflict(json_t *row, const struct conflict *conflict)
{
	size_t shown = conflict->holder_count < CONFLICT_HOLDERS ? conflict->holder_count
								 : CONFLICT_HOLDERS;

	command_set(row, "outcome",
		    json_string(conflict_outcome_name((enum conflict_outcome)conflict->outcome)));
	command_set(row, "claimant", command_address(conflict->claimant));
	command_set(row, "as", json_string(conflict->is_group ? "group" : "unique"));
	command_set(row, "holders", addresses_of(conflict->holder, shown));
	command_set(row, "holder_count", json_integer(conflict->holder_count));
}

json_t *conflict_row(const struct conflict *conflict)
{
	json_t *row = command_name_row(&conflict->name, &conflict->scope);

	add_conflict(row, conflict);
	command_set(row, "first", row_time(conflict->first_s));
	command_set(row, "last", row_time(conflict->last_s));
	command_set(row, "times", json_integer(conflict->times));
	command_set(row, "number", json_integer((json_int_t)conflict->number));
	return row;
}

static json_t *begin(const char *what, int64_t wall_s, const struct nbt_name *name,
		     const struct nbt_scope *scope)
{
	json_t *row = json_pack("{s:s, s:o}", "event", what, "time", row_time(wall_s));
	json_t *named = command_name_row(name, scope);

	if (json_object_update(row, named) < 0) {
		json_decref(row);
		row = NULL;
	}
	json_decref(named);
	return row;
}

static json_t *name_event_row(const struct event *event)
{
	const struct name_event *heard = &event->of.name;
	const struct record *record = &heard->record;
	json_t *row = begin(name_operation_text((enum name_operation)heard->operation),
			    event->wall_s, &record->name, &record->scope);

	command_set(row, "kind", json_string(command_kinds[record->kind]));
	command_set(row, "static", json_boolean(record->is_static));
	command_set(row, "owner", command_owner(record->owner));
	command_set(row, "version", json_integer((json_int_t)record->version));
	command_set(row, "ttl",
		    event->ttl_s == HOOK_TTL_FOREVER ? json_null() : json_integer(event->ttl_s));
	command_set(row, "addresses", command_addresses(record));
	if (heard->operation == NAME_JOIN || heard->operation == NAME_LEAVE)
		command_set(row, "member", command_address(heard->member));
	return row;
}

json_t *event_row(const struct event *event)
{
	const struct conflict *conflict = &event->of.conflict;
	json_t *row;

	if (!event->is_conflict)
		return name_event_row(event);
	row = begin("conflict", event->wall_s, &conflict->name, &conflict->scope);
	add_conflict(row, conflict);
	return row;
}

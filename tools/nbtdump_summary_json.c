/* A summary as one object, with all rows. */
#include "config.h"

#include <stdlib.h>

#include "libnbt/wire/text.h"
#include "tools/nbtdump_summary_inner.h"
#include "tools/report.h"

static json_t *time_json(int64_t time_us)
{
	return json_real((double)time_us / 1e6);
}

/* A text of a frame, escaped as in the other objects. */
static json_t *bytes_json(const char *bytes)
{
	char shown[NBT_BROWSE_COMMENT_SIZE * 4];
	struct nbt_text text = nbt_text_of(shown, sizeof(shown));

	nbt_text_bytes(&text, bytes);
	return json_string(shown);
}

static json_t *name_json(const struct nbt_name *name)
{
	char text[NBT_NAME_TEXT_MAX];

	return json_string(nbt_name_print(name, text, sizeof(text)));
}

/* {"address": ..., "name": ...} */
static json_t *host_json(const struct dump_summary *s, struct in_addr address)
{
	const struct nbt_name *name = summary_host(s, address);
	json_t *host = json_pack("{s:o}", "address", report_address(address));

	if (name != NULL)
		json_object_set_new(host, "name", name_json(name));
	return host;
}

static json_t *kinds_json(const struct dump_summary *s)
{
	json_t *kinds = json_object();

	for (unsigned i = 0; i < DUMP_KINDS; i++)
		if (s->kinds[i] > 0)
			json_object_set_new(kinds, dump_kind_word((enum dump_kind_number)i),
					    json_integer((json_int_t)s->kinds[i]));
	return kinds;
}

static json_t *pairs_json(const struct dump_summary *s)
{
	const void **rows = summary_sorted(&s->pairs, summary_by_packets);
	json_t *pairs = json_array();

	for (size_t i = 0; rows != NULL && i < s->pairs.count; i++) {
		const struct pair_row *row = rows[i];

		json_array_append_new(pairs, json_pack("{s:o, s:o, s:I}", "from",
						       host_json(s, row->source), "to",
						       host_json(s, row->destination), "packets",
						       (json_int_t)row->packets));
	}
	free(rows);
	return pairs;
}

static json_t *asked_json(const struct dump_summary *s)
{
	const void **rows = summary_sorted(&s->asked, summary_by_asked);
	json_t *names = json_array();

	for (size_t i = 0; rows != NULL && i < s->asked.count; i++) {
		const struct asked_row *row = rows[i];

		if (summary_is_in_vain(row))
			json_array_append_new(names, json_pack("{s:o, s:I, s:I, s:o, s:b}", "name",
							       name_json(&row->name), "asked",
							       (json_int_t)row->asked, "denied",
							       (json_int_t)row->denied, "by",
							       host_json(s, row->asker),
							       "by_others", row->by_others));
	}
	free(rows);
	return names;
}

static json_t *standing_json(const struct election_row *row)
{
	json_t *standing = json_array();

	for (unsigned i = 0; i < row->standing_count; i++)
		json_array_append_new(standing,
				      json_pack("{s:o, s:i, s:I, s:I}", "name",
						bytes_json(row->standing[i].name), "version",
						row->standing[i].version, "criteria",
						(json_int_t)row->standing[i].criteria, "uptime",
						(json_int_t)row->standing[i].uptime_ms));
	return standing;
}

static json_t *elections_json(const struct dump_summary *s)
{
	json_t *elections = json_array();

	for (size_t i = 0; i < s->elections.count; i++) {
		const struct election_row *row = rows_at(&s->elections, i);

		json_array_append_new(
			elections,
			json_pack("{s:o, s:o, s:o, s:o, s:I, s:o, s:o}", "workgroup",
				  bytes_json(row->key.workgroup), "to",
				  report_address(row->key.subnet), "first",
				  time_json(row->first_us), "last", time_json(row->last_us),
				  "frames", (json_int_t)row->frames, "stood", standing_json(row),
				  "master",
				  row->winner[0] != '\0' ? bytes_json(row->winner) : json_null()));
	}
	return elections;
}

static json_t *masters_json(const struct dump_summary *s)
{
	json_t *masters = json_array();

	for (size_t i = 0; i < s->masters.count; i++) {
		const struct master_row *row = rows_at(&s->masters, i);

		json_array_append_new(
			masters,
			json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:b}", "workgroup",
				  bytes_json(row->key.workgroup), "to",
				  report_address(row->key.subnet), "name", bytes_json(row->name),
				  "address", report_address(row->address), "first",
				  time_json(row->first_us), "last", time_json(row->last_us),
				  "announcements", (json_int_t)row->announcements, "rival",
				  summary_has_rival(s, row)));
	}
	return masters;
}

static json_t *conflicts_json(const struct dump_summary *s)
{
	json_t *conflicts = json_array();

	for (size_t i = 0; i < s->conflicts.count; i++) {
		const struct conflict_row *row = rows_at(&s->conflicts, i);

		json_array_append_new(
			conflicts,
			json_pack("{s:o, s:i, s:o, s:o, s:o, s:I}", "name", name_json(&row->name),
				  "rcode", row->rcode, "claimant", host_json(s, row->claimant),
				  "says", host_json(s, row->defender), "first",
				  time_json(row->first_us), "times", (json_int_t)row->times));
	}
	return conflicts;
}

/* Times that a row found no room, over all tables. */
static json_int_t lost(const struct dump_summary *s)
{
	return (json_int_t)(s->pairs.lost + s->asked.lost + s->elections.lost + s->groups.lost +
			    s->masters.lost + s->conflicts.lost);
}

json_t *dump_summary_json(const struct dump_summary *s)
{
	return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "packets",
			 (json_int_t)s->packets, "first", time_json(s->first_us), "last",
			 time_json(s->last_us), "kinds", kinds_json(s), "pairs", pairs_json(s),
			 "in_vain", asked_json(s), "elections", elections_json(s), "masters",
			 masters_json(s), "conflicts", conflicts_json(s), "lost", lost(s));
}

/* Elections and who won them; masters, and those that are one too many. */
#include "config.h"

#include <string.h>

#include "tools/nbtdump_summary_inner.h"

#define CONTEST_US (60 * 1000000LL) /* silence after which another election begins */

/* The workgroup is the name that the datagram goes to. */
static struct group_key key_of(const struct dump_packet *p)
{
	struct group_key key = { .subnet = p->destination.address };
	size_t len = NBT_BROWSE_NAME_SIZE - 1;

	while (len > 0 && p->datagram.destination.bytes[len - 1] == ' ')
		len--;
	memcpy(key.workgroup, p->datagram.destination.bytes, len);
	return key;
}

static struct election_row *election_of(struct dump_summary *s, const struct group_row *group)
{
	struct election_row key = { .key = group->key, .number = group->elections };

	return rows_get(&s->elections, &key);
}

/* One that is under way, or a new one. */
static struct election_row *contest(struct dump_summary *s, const struct dump_packet *p)
{
	const struct group_key key = key_of(p);
	struct group_row *group = rows_get(&s->groups, &key);
	struct election_row *row;

	if (group == NULL)
		return NULL;
	row = group->elections > 0 ? election_of(s, group) : NULL;
	if (row != NULL && row->winner[0] == '\0' && p->mark.time_us - row->last_us <= CONTEST_US)
		return row;
	group->elections++;
	row = election_of(s, group);
	if (row != NULL)
		row->first_us = p->mark.time_us;
	return row;
}

/* Version 0: an election is wanted, and the sender does not stand. */
static void add_standing(struct election_row *row, const struct nbt_browse *f)
{
	unsigned i = 0;

	while (i < row->standing_count && strcmp(row->standing[i].name, f->name) != 0)
		i++;
	if (i == STANDING_MAX)
		return;
	if (i == row->standing_count)
		row->standing_count++;
	memcpy(row->standing[i].name, f->name, sizeof(f->name));
	row->standing[i].criteria = f->criteria;
	row->standing[i].uptime_ms = f->uptime_ms;
	row->standing[i].version = f->election_version;
}

static void add_election(struct dump_summary *s, const struct dump_packet *p)
{
	struct election_row *row = contest(s, p);

	if (row == NULL)
		return;
	row->last_us = p->mark.time_us;
	row->frames++;
	if (p->browse.election_version > 0)
		add_standing(row, &p->browse);
}

static void add_winner(struct dump_summary *s, const struct group_key *key, const char *name)
{
	const struct group_row *group = rows_find(&s->groups, key);
	struct election_row *row =
		group != NULL && group->elections > 0 ? election_of(s, group) : NULL;

	if (row != NULL && row->winner[0] == '\0')
		memcpy(row->winner, name, sizeof(row->winner));
}

/* Only masters send such frames; a goodbye (no type) is the end of one. */
static void add_master(struct dump_summary *s, const struct dump_packet *p)
{
	struct master_row key = { .key = key_of(p) }, *row;

	if (p->browse.server_type == 0)
		return;
	memcpy(key.name, p->browse.name, sizeof(key.name));
	row = rows_get(&s->masters, &key);
	if (row != NULL && row->announcements++ == 0) {
		row->first_us = p->mark.time_us;
		row->address = p->datagram.source_address;
	}
	if (row != NULL)
		row->last_us = p->mark.time_us;
	add_winner(s, &key.key, p->browse.name);
}

static bool are_rivals(const struct master_row *a, const struct master_row *b)
{
	return memcmp(&a->key, &b->key, sizeof(a->key)) == 0 &&
	       memcmp(a->name, b->name, sizeof(a->name)) != 0 && a->first_us <= b->last_us &&
	       b->first_us <= a->last_us;
}

bool summary_has_rival(const struct dump_summary *s, const struct master_row *row)
{
	for (size_t i = 0; i < s->masters.count; i++)
		if (are_rivals(rows_at(&s->masters, i), row))
			return true;
	return false;
}

void summary_add_browse(struct dump_summary *s, const struct dump_packet *p)
{
	if (p->datagram.type > NBT_DGM_BROADCAST || nbt_datagram_is_rest(&p->datagram))
		return;
	if (p->browse.opcode == NBT_BROWSE_ELECTION)
		add_election(s, p);
	else if (p->browse.opcode == NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT)
		add_master(s, p);
}

/* Names: asked for in vain, and fought for. */
#include "config.h"

#include "tools/nbtdump_summary_inner.h"

bool summary_is_in_vain(const struct asked_row *row)
{
	return row->asked > 0 && row->found == 0;
}

static void add_query(struct dump_summary *s, const struct dump_packet *p)
{
	struct asked_row *row = rows_get(&s->asked, &p->name.question[0].name);

	if (row == NULL)
		return;
	row->by_others |= row->asked > 0 && row->asker.s_addr != p->source.address.s_addr;
	row->asker = p->source.address;
	row->asked++;
}

/* Captures begin within exchanges: an answer counts without its question. */
static void add_answer(struct dump_summary *s, const struct dump_packet *p)
{
	struct asked_row *row = rows_get(&s->asked, &p->name.record[0].of.name);

	if (row == NULL)
		return;
	if (p->kinds & DUMP_KIND_NEGATIVE)
		row->denied++;
	else
		row->found++;
}

/* A refusal is sent to who claims the name, by who has it or keeps it. */
static void add_conflict(struct dump_summary *s, const struct dump_packet *p)
{
	const struct conflict_row key = { .name = p->name.record[0].of.name,
					  .claimant = p->destination.address,
					  .defender = p->source.address,
					  .rcode = p->name.rcode,
					  .opcode = p->name.opcode };
	struct conflict_row *row = rows_get(&s->conflicts, &key);

	if (row != NULL && row->times++ == 0)
		row->first_us = p->mark.time_us;
}

/* Who claims a name for itself alone is known by it. */
static void learn_claim(struct dump_summary *s, const struct dump_packet *p)
{
	const struct nbt_record *record = &p->name.record[0];
	struct nbt_address entry;

	if (p->name.additional_count == 0 || nbt_record_address_count(record) == 0)
		return;
	entry = nbt_record_address(record, 0);
	if (!(entry.flags & NBT_NB_GROUP))
		summary_learn_host(s, entry.address, &record->of.name);
}

void summary_add_name(struct dump_summary *s, const struct dump_packet *p)
{
	bool is_response = p->name.flags & NBT_FLAG_R;

	if ((p->kinds & DUMP_KIND_QUERY) && !is_response && p->name.question_count > 0)
		add_query(s, p);
	else if ((p->kinds & DUMP_KIND_QUERY) && is_response &&
		 nbt_packet_record_count(&p->name) > 0)
		add_answer(s, p);
	else if ((p->kinds & DUMP_KIND_CONFLICT) && nbt_packet_record_count(&p->name) > 0)
		add_conflict(s, p);
	else if ((p->kinds & (DUMP_KIND_REGISTRATION | DUMP_KIND_REFRESH)) && !is_response)
		learn_claim(s, p);
}

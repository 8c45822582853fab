/* A summary: who talks to whom, and what is for the other files. */
#include "config.h"

#include "tools/nbtdump_summary.h"

#include <stdlib.h>
#include <string.h>

#include "tools/nbtdump_summary_inner.h"

#define PAIRS_MAX     16384
#define HOSTS_MAX     16384
#define ASKED_MAX     16384
#define GROUPS_MAX    1024
#define ELECTIONS_MAX 1024
#define MASTERS_MAX   1024
#define CONFLICTS_MAX 1024

struct dump_summary *dump_summary_create(void)
{
	struct dump_summary *s = calloc(1, sizeof(*s));
	bool done;

	if (s == NULL)
		return NULL;
	done = rows_init(&s->pairs, sizeof(struct pair_row), offsetof(struct pair_row, packets),
			 PAIRS_MAX);
	done &= rows_init(&s->hosts, sizeof(struct host_row), offsetof(struct host_row, name),
			  HOSTS_MAX);
	done &= rows_init(&s->asked, sizeof(struct asked_row), offsetof(struct asked_row, asker),
			  ASKED_MAX);
	done &= rows_init(&s->groups, sizeof(struct group_row),
			  offsetof(struct group_row, elections), GROUPS_MAX);
	done &= rows_init(&s->elections, sizeof(struct election_row),
			  offsetof(struct election_row, first_us), ELECTIONS_MAX);
	done &= rows_init(&s->masters, sizeof(struct master_row),
			  offsetof(struct master_row, address), MASTERS_MAX);
	done &= rows_init(&s->conflicts, sizeof(struct conflict_row),
			  offsetof(struct conflict_row, first_us), CONFLICTS_MAX);
	if (done)
		return s;
	dump_summary_destroy(s);
	return NULL;
}

void dump_summary_destroy(struct dump_summary *s)
{
	if (s == NULL)
		return;
	rows_free(&s->pairs);
	rows_free(&s->hosts);
	rows_free(&s->asked);
	rows_free(&s->groups);
	rows_free(&s->elections);
	rows_free(&s->masters);
	rows_free(&s->conflicts);
	free(s);
}

static void add_pair(struct dump_summary *s, const struct dump_packet *p)
{
	const struct pair_row key = { .source = p->source.address,
				      .destination = p->destination.address };
	struct pair_row *row = rows_get(&s->pairs, &key);

	if (row == NULL)
		return;
	row->packets++;
	row->kinds |= p->kinds;
}

void summary_learn_host(struct dump_summary *s, struct in_addr address, const struct nbt_name *name)
{
	struct host_row *row;

	if (nbt_name_suffix(name) != NBT_SUFFIX_SERVER &&
	    nbt_name_suffix(name) != NBT_SUFFIX_WORKSTATION)
		return;
	row = rows_get(&s->hosts, &address);
	if (row != NULL)
		row->name = *name;
}

const struct nbt_name *summary_host(const struct dump_summary *s, struct in_addr address)
{
	const struct host_row *row = rows_find(&s->hosts, &address);

	return row != NULL ? &row->name : NULL;
}

void dump_summary_add(struct dump_summary *s, const struct dump_packet *p)
{
	if (s->packets++ == 0)
		s->first_us = p->mark.time_us;
	if (p->mark.time_us > s->last_us)
		s->last_us = p->mark.time_us;
	for (unsigned i = 0; i < DUMP_KINDS; i++)
		s->kinds[i] += p->kinds >> i & 1;
	add_pair(s, p);
	if (p->kinds & DUMP_KIND_NAME)
		summary_add_name(s, p);
	if ((p->kinds & DUMP_KIND_DATAGRAM) && p->datagram.type <= NBT_DGM_BROADCAST &&
	    !nbt_datagram_is_rest(&p->datagram))
		summary_learn_host(s, p->datagram.source_address, &p->datagram.source);
	if ((p->kinds & DUMP_KIND_SESSION) && p->session.type == NBT_SES_REQUEST)
		summary_learn_host(s, p->source.address, &p->session.calling);
	if (p->kinds & DUMP_KIND_BROWSE)
		summary_add_browse(s, p);
}

const void **summary_sorted(const struct rows *rows, int (*compare)(const void *a, const void *b))
{
	const void **sorted = rows->count > 0 ? calloc(rows->count, sizeof(*sorted)) : NULL;

	for (size_t i = 0; sorted != NULL && i < rows->count; i++)
		sorted[i] = rows_at(rows, i);
	if (sorted != NULL)
		qsort(sorted, rows->count, sizeof(*sorted), compare);
	return sorted;
}

static int more_first(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

/* Equal ones in the order of the table, so that it is always the same. */
static int by_place(const void *a, const void *b)
{
	return ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b);
}

int summary_by_packets(const void *a, const void *b)
{
	const struct pair_row *const *x = a, *const *y = b;
	int order = more_first((*x)->packets, (*y)->packets);

	return order != 0 ? order : by_place(*x, *y);
}

int summary_by_asked(const void *a, const void *b)
{
	const struct asked_row *const *x = a, *const *y = b;
	int order = more_first((*x)->asked, (*y)->asked);

	return order != 0 ? order : by_place(*x, *y);
}

/* A summary for people. */
#include "config.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "libnbt/wire/text.h"
#include "tools/nbtdump_summary_inner.h"
#include "tools/paint.h"

#define PAIRS_SHOWN 20 /* --json has all */
#define ASKED_SHOWN 20
#define ENDS_WIDTH  34

/* "10.0.0.1 ALPHA" */
static void host_text(const struct dump_summary *s, struct in_addr address, char *out, size_t size)
{
	const struct nbt_name *name = summary_host(s, address);
	struct nbt_text text = nbt_text_of(out, size);
	char shown[NBT_NAME_TEXT_MAX];

	nbt_text_address(&text, address);
	if (name != NULL)
		nbt_text_format(&text, " %s", nbt_name_print(name, shown, sizeof(shown)));
}

static void print_time(FILE *to, int64_t time_us)
{
	time_t seconds = (time_t)(time_us / 1000000);
	char words[16] = "";
	struct tm parts;

	if (localtime_r(&seconds, &parts) != NULL)
		strftime(words, sizeof(words), "%H:%M:%S", &parts);
	fprintf(to, "  %s  ", words);
}

/* A text of a frame, escaped. */
static void print_bytes(FILE *to, const char *bytes)
{
	char shown[NBT_BROWSE_COMMENT_SIZE * 4];
	struct nbt_text text = nbt_text_of(shown, sizeof(shown));

	nbt_text_bytes(&text, bytes);
	fputs(shown, to);
}

static void print_head(FILE *to, enum paint meaning, const char *head)
{
	fputc('\n', to);
	paint_print(to, meaning, head);
	fputc('\n', to);
}

static void print_rest(FILE *to, uint64_t not_shown, uint64_t lost)
{
	if (not_shown > 0)
		fprintf(to, "  and %" PRIu64 " more\n", not_shown);
	if (lost > 0)
		fprintf(to, "  and %" PRIu64 " times another, for which there was no room\n", lost);
}

static void print_counts(const struct dump_summary *s, FILE *to)
{
	const char *comma = ": ";

	fprintf(to, "%" PRIu64 " packets in %.1f s", s->packets,
		(double)(s->last_us - s->first_us) / 1e6);
	for (unsigned i = 0; i < DUMP_KINDS; i++) {
		if (s->kinds[i] == 0)
			continue;
		fprintf(to, "%s%" PRIu64 " %s", comma, s->kinds[i],
			dump_kind_word((enum dump_kind_number)i));
		comma = ", ";
	}
	fputc('\n', to);
}

static void print_pairs(const struct dump_summary *s, FILE *to)
{
	const void **rows = summary_sorted(&s->pairs, summary_by_packets);
	size_t shown = s->pairs.count < PAIRS_SHOWN ? s->pairs.count : PAIRS_SHOWN;

	if (rows == NULL)
		return;
	print_head(to, PAINT_HEADING, "Who talks to whom, in packets");
	for (size_t i = 0; i < shown; i++) {
		const struct pair_row *row = rows[i];
		char from[64 + NBT_NAME_TEXT_MAX], at[64 + NBT_NAME_TEXT_MAX];

		host_text(s, row->source, from, sizeof(from));
		host_text(s, row->destination, at, sizeof(at));
		fprintf(to, "%8" PRIu64 "  %-*s %s\n", row->packets, ENDS_WIDTH, from, at);
	}
	print_rest(to, s->pairs.count - shown, s->pairs.lost);
	free(rows);
}

static void print_asked(const struct dump_summary *s, FILE *to)
{
	const void **rows = summary_sorted(&s->asked, summary_by_asked);
	char name[NBT_NAME_TEXT_MAX], by[64 + NBT_NAME_TEXT_MAX];
	size_t found = 0;

	for (size_t i = 0; rows != NULL && i < s->asked.count; i++) {
		const struct asked_row *row = rows[i];

		if (!summary_is_in_vain(row))
			continue;
		if (found == 0)
			print_head(to, PAINT_WARNING,
				   "Names asked for in vain, how often, and by whom");
		if (found++ >= ASKED_SHOWN)
			continue;
		host_text(s, row->asker, by, sizeof(by));
		fprintf(to, "%8" PRIu64 "  %-*s %s%s%s\n", row->asked, ENDS_WIDTH,
			nbt_name_print(&row->name, name, sizeof(name)), by,
			row->by_others ? " and others" : "", row->denied > 0 ? ", denied" : "");
	}
	if (found > 0)
		print_rest(to, found > ASKED_SHOWN ? found - ASKED_SHOWN : 0, s->asked.lost);
	free(rows);
}

/* "TESTGRP at 10.77.1.255" */
static void print_group(FILE *to, const struct group_key *key)
{
	char address[INET_ADDRSTRLEN];

	print_bytes(to, key->workgroup);
	fprintf(to, " at %s", inet_ntop(AF_INET, &key->subnet, address, sizeof(address)));
}

static void print_election(const struct election_row *row, FILE *to)
{
	print_time(to, row->first_us);
	print_group(to, &row->key);
	fprintf(to, ", %" PRIu64 " frames in %.1f s; stood:", row->frames,
		(double)(row->last_us - row->first_us) / 1e6);
	for (unsigned i = 0; i < row->standing_count; i++) {
		fputc(' ', to);
		print_bytes(to, row->standing[i].name);
		fprintf(to, " (%08" PRIx32 ")", row->standing[i].criteria);
	}
	if (row->standing_count == 0)
		fprintf(to, " nobody");
	fprintf(to, "; master: ");
	print_bytes(to, row->winner[0] != '\0' ? row->winner : "none was heard of");
	fputc('\n', to);
}

static void print_elections(const struct dump_summary *s, FILE *to)
{
	if (s->elections.count > 0)
		print_head(to, PAINT_HEADING, "Elections");
	for (size_t i = 0; i < s->elections.count; i++)
		print_election(rows_at(&s->elections, i), to);
	print_rest(to, 0, s->elections.lost + s->groups.lost);
}

static void print_master(const struct dump_summary *s, const struct master_row *row, FILE *to)
{
	char host[64 + NBT_NAME_TEXT_MAX];

	print_time(to, row->first_us);
	print_group(to, &row->key);
	fprintf(to, ": ");
	print_bytes(to, row->name);
	host_text(s, row->address, host, sizeof(host));
	fprintf(to, ", %" PRIu64 " announcement%s in %.1f s from %s\n", row->announcements,
		row->announcements == 1 ? "" : "s", (double)(row->last_us - row->first_us) / 1e6,
		host);
}

static void print_masters(const struct dump_summary *s, FILE *to)
{
	if (s->masters.count > 0)
		print_head(to, PAINT_HEADING, "Masters");
	for (size_t i = 0; i < s->masters.count; i++)
		print_master(s, rows_at(&s->masters, i), to);
	print_rest(to, 0, s->masters.lost);
}

static void print_rivals(const struct dump_summary *s, FILE *to)
{
	bool any = false;

	for (size_t i = 0; i < s->masters.count; i++) {
		const struct master_row *row = rows_at(&s->masters, i);

		if (!summary_has_rival(s, row))
			continue;
		if (!any)
			print_head(to, PAINT_BAD, "Rival masters");
		any = true;
		print_master(s, row, to);
	}
}

static void print_conflicts(const struct dump_summary *s, FILE *to)
{
	char name[NBT_NAME_TEXT_MAX], host[64 + NBT_NAME_TEXT_MAX];

	if (s->conflicts.count > 0)
		print_head(to, PAINT_BAD, "Conflicts");
	for (size_t i = 0; i < s->conflicts.count; i++) {
		const struct conflict_row *row = rows_at(&s->conflicts, i);

		print_time(to, row->first_us);
		host_text(s, row->claimant, host, sizeof(host));
		fprintf(to, "%s %s %s", nbt_name_print(&row->name, name, sizeof(name)),
			row->rcode == NBT_RCODE_CFT_ERR ? "is to be given up by" : "is refused to",
			host);
		host_text(s, row->defender, host, sizeof(host));
		fprintf(to, ", says %s, %" PRIu64 " times\n", host, row->times);
	}
	print_rest(to, 0, s->conflicts.lost);
}

void dump_summary_print(const struct dump_summary *s, FILE *to)
{
	print_counts(s, to);
	print_pairs(s, to);
	print_asked(s, to);
	print_elections(s, to);
	print_masters(s, to);
	print_rivals(s, to);
	print_conflicts(s, to);
}

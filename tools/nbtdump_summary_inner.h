/* The tables of a summary: nbtdump_summary*.c fill them, nbtdump_summary_print.c and _json.c show
 * them. */
#ifndef TOOLS_NBTDUMP_SUMMARY_INNER_H
#define TOOLS_NBTDUMP_SUMMARY_INNER_H

#include "tools/nbtdump_rows.h"
#include "tools/nbtdump_summary.h"

#define STANDING_MAX 8

/* Keys are compared byte by byte, so they have no gaps. */
struct pair_row {
	struct in_addr source, destination;
	uint64_t packets;
	unsigned kinds;
};

struct host_row {
	struct in_addr address;
	struct nbt_name name; /* by which it is known */
};

struct asked_row {
	struct nbt_name name;
	struct in_addr asker; /* the last one */
	bool by_others;
	uint64_t asked, found, denied; /* queries, positive and negative answers */
};

/* An election of a workgroup in a subnet, which is told by where its frames go. */
struct group_key {
	struct in_addr subnet;
	char workgroup[NBT_BROWSE_NAME_SIZE];
};

struct standing {
	char name[NBT_BROWSE_NAME_SIZE];
	uint32_t criteria, uptime_ms;
	uint8_t version;
};

struct election_row {
	struct group_key key;
	uint32_t number; /* of the elections with this key, from 1: part of the key */
	int64_t first_us, last_us;
	uint64_t frames;
	unsigned standing_count;
	struct standing standing[STANDING_MAX];
	char winner[NBT_BROWSE_NAME_SIZE]; /* "": no master has announced itself since */
};

/* How many elections a workgroup had in a subnet. */
struct group_row {
	struct group_key key;
	uint32_t elections;
};

struct master_row {
	struct group_key key;
	char name[NBT_BROWSE_NAME_SIZE]; /* part of the key */
	struct in_addr address;
	int64_t first_us, last_us;
	uint64_t announcements;
};

struct conflict_row {
	struct nbt_name name;
	struct in_addr claimant, defender;
	uint8_t rcode; /* part of the key, as the four before it are */
	uint8_t opcode;
	uint8_t unused[6]; /* part of the key, 0 */
	int64_t first_us;
	uint64_t times;
};

struct dump_summary {
	uint64_t packets, kinds[DUMP_KINDS];
	int64_t first_us, last_us;
	struct rows pairs, hosts, asked, elections, groups, masters, conflicts;
};

/* nbtdump_summary_names.c */
void summary_add_name(struct dump_summary *s, const struct dump_packet *p);
/* nbtdump_summary_masters.c */
void summary_add_browse(struct dump_summary *s, const struct dump_packet *p);

/* By which name a host is known; NULL: none. */
const struct nbt_name *summary_host(const struct dump_summary *s, struct in_addr address);
void summary_learn_host(struct dump_summary *s, struct in_addr address,
			const struct nbt_name *name);

bool summary_is_in_vain(const struct asked_row *row);

/* Whether another one announced itself as the master in the same time. */
bool summary_has_rival(const struct dump_summary *s, const struct master_row *row);

/* Rows of a table in the order of compare; to be freed. NULL: no memory, or none. */
const void **summary_sorted(const struct rows *rows, int (*compare)(const void *a, const void *b));
int summary_by_packets(const void *a, const void *b); /* pair_row */
int summary_by_asked(const void *a, const void *b);   /* asked_row */

#endif

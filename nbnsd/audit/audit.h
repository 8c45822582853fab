/*
 * Who still uses the name server, and for what: per client address what it asks for and registers,
 * per name who asks for it. With this list an administrator retires a WINS server. Pure.
 *
 * It is always on, so what a query touches is a cache line of its client and one of its name. Times
 * are seconds since 1970, as counts and days must outlive a restart; 0: never.
 */
#ifndef NBNSD_AUDIT_AUDIT_H
#define NBNSD_AUDIT_AUDIT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include <nbt/error.h>
#include <nbt/name.h>

#include "nbnsd/audit/asked.h"
#include "nbnsd/audit/missing.h"
#include "nbnsd/registry/registry.h"

struct audit;

#define AUDIT_KEY_LEN 16
#define AUDIT_NONE    UINT32_MAX

/*
 * clients: how many are remembered; when more come the one that was not seen for the longest time
 * is forgotten. key: secret, and the same as in the run whose rows are loaded. registry is
 * borrowed. NULL: out of memory.
 */
struct audit *audit_create(uint32_t clients, const uint8_t key[AUDIT_KEY_LEN],
			   const struct registry *registry);
void audit_destroy(struct audit *audit); /* NULL is fine */

/* Remembers so many clients from now on: those seen last stay, under other numbers. false: out of
 * memory, it is as it was. */
bool audit_set_clients(struct audit *audit, uint32_t clients) NBT_MUSTCHECK;

/* Brings into the processor's cache what queries of these clients for these records (ids, or
 * REGISTRY_NONE) will touch. */
void audit_expect(const struct audit *audit, const struct in_addr *clients, const uint32_t *ids,
		  const struct nbt_name *names, size_t count);

/* A query that was answered: with this record, with none of the registry, or in vain. */
void audit_found(struct audit *audit, struct in_addr client, uint32_t id, int64_t wall_s);
void audit_answered(struct audit *audit, struct in_addr client, int64_t wall_s);
void audit_missed(struct audit *audit, struct in_addr client, const struct nbt_name *name,
		  int64_t wall_s);

/* A registration or refresh, whatever comes of it; node_type: 0 B, 1 P, 2 M, 3 H. */
void audit_claimed(struct audit *audit, struct in_addr client, uint8_t node_type, int64_t wall_s);

/* It was accepted, for this record. */
void audit_registered(struct audit *audit, struct in_addr client, uint32_t id);

/* The record has gone: its id will be another's. */
void audit_forget(struct audit *audit, uint32_t id);

/*
 * Reading. Rows are walked by number; what changes meanwhile is seen as it is then.
 */
#define AUDIT_NODE_UNKNOWN 0xff
#define AUDIT_TOP          5 /* names asked for most, per client */
#define AUDIT_REGISTERED   8 /* names registered last, per client */

struct audit_ref {
	struct nbt_name name;
	uint32_t
		queries; /* of those asked for; at most: a name that came late has inherited some */
	bool is_missing; /* it was asked for in vain */
	bool has_scope;
};

struct audit_client {
	struct in_addr address;
	uint8_t node_type; /* or AUDIT_NODE_UNKNOWN */
	uint8_t asked_count, registered_count;
	uint64_t queries, registrations;
	uint32_t first_query_s, last_query_s, first_registration_s, last_registration_s;
	struct audit_ref asked[AUDIT_TOP];             /* the most frequent first */
	struct audit_ref registered[AUDIT_REGISTERED]; /* the latest first */
	struct in_addr replaces; /* rows only: a forgotten client, whose row goes; 0: none */
};

/* Clients have numbers below this. */
uint32_t audit_client_bound(const struct audit *audit);
void audit_client_get(const struct audit *audit, uint32_t number, struct audit_client *out);

/* The number of this client, or AUDIT_NONE. */
uint32_t audit_client_find(const struct audit *audit, struct in_addr address);

/* How many are remembered. */
uint32_t audit_clients_max(const struct audit *audit);

/* Clients that were forgotten because there were too many: the list is incomplete. */
uint64_t audit_clients_forgotten(const struct audit *audit);

const struct asked *audit_names(const struct audit *audit);
const struct missing *audit_missing(const struct audit *audit);

/*
 * What is kept over a restart, as rows of three tables, which are loaded in this order. The number
 * of a name is its record's, of a missing one its place; clients are known by their addresses.
 */
enum audit_table { AUDIT_MISSING, AUDIT_NAMES, AUDIT_CLIENTS, AUDIT_TABLES };

struct audit_row {
	enum audit_table table;
	uint32_t number;
	union {
		struct audit_client client;
		struct asked_name name;
		struct missing_name missing;
	} of;
};

/* Where a pass over all rows is. Zeroed: at its begin. */
struct audit_cursor {
	uint32_t table, number;
};

/*
 * Looks at up to *budget rows, from the cursor on, for one that has changed since it was last given
 * out: true: it is in out, and counts as saved. false: there was none; then the pass is over
 * if *budget is not 0.
 */
bool audit_next_unsaved(struct audit *audit, struct audit_cursor *cursor, size_t *budget,
			struct audit_row *out);

/* Puts a saved row back, into an audit that has seen nothing yet, after the registry has been
 * loaded; clients in the order in which they were last seen. false: there is no place for it. */
bool audit_load(struct audit *audit, const struct audit_row *row);

/* Bytes held, for statistics. */
size_t audit_memory(const struct audit *audit);

#endif

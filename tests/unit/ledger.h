/*
 * What was done to a name server, written down beside it in the plainest way there is: what its
 * audit, its conflicts and its counters must say in the end.
 */
#ifndef TESTS_LEDGER_H
#define TESTS_LEDGER_H

#include <arpa/inet.h>

#include "support.h"

#include "nbnsd/audit/audit.h"
#include "nbnsd/audit/conflicts.h"
#include "nbnsd/service/service.h"

#define LEDGER_CLIENTS   400
#define LEDGER_NAMES     600
#define LEDGER_CONFLICTS 4000
#define LEDGER_COUNTERS  64

struct ledger_client {
	bool is_known;
	struct in_addr address;
	uint8_t node_type;
	uint64_t queries, registrations;
	uint32_t first_query_s, last_query_s, first_registration_s, last_registration_s;
	size_t asked_count, registered_count;
	struct {
		size_t name;
		bool is_missing;
		uint64_t queries;
	} asked[AUDIT_TOP]; /* it asks for no more */
	size_t registered[AUDIT_REGISTERED];
};

struct ledger_asked {
	uint64_t queries;
	uint32_t first_s, last_s;
	uint32_t clients[MISSING_CLIENTS]; /* the latest first */
};

struct ledger_name {
	struct nbt_name name;
	struct ledger_asked found, vain;
};

struct ledger {
	struct ledger_client client[LEDGER_CLIENTS];
	struct ledger_name name[LEDGER_NAMES];
	size_t name_count;
	struct conflict conflict[LEDGER_CONFLICTS];
	size_t conflict_count;
	struct {
		const char *name;
		uint64_t value;
	} counter[LEDGER_COUNTERS];
	size_t counter_count;
};

size_t ledger_add_name(struct ledger *ledger, const char *text);

/* Clients and names by number; node_type: 0 B, 1 P, 2 M, 3 H. */
void ledger_query(struct ledger *ledger, size_t client, size_t name, bool found, int64_t now_s);
void ledger_claim(struct ledger *ledger, size_t client, uint8_t node_type, int64_t now_s);
void ledger_registered(struct ledger *ledger, size_t client, size_t name);

/* holder: 0.0.0.0: the name had no address. */
void ledger_conflict(struct ledger *ledger, enum conflict_outcome outcome, size_t name,
		     struct in_addr claimant, struct in_addr holder, int64_t now_s);

void ledger_count(struct ledger *ledger, const char *counter, uint64_t more);
void ledger_new_run(struct ledger *ledger); /* counters begin at 0 */

/* Everything that the service says, in both directions: nothing is missing, nothing is made up.
 * but: names of counters that the ledger knows nothing of; NULL-terminated. */
void ledger_check(const struct ledger *ledger, struct service *service,
		  const struct registry *registry, uint32_t conflict_history,
		  const char *const *but);

#endif

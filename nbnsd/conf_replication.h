/* Settings of WINS replication: partners, the group "replication", and what they come to. */
#ifndef NBNSD_CONF_REPLICATION_H
#define NBNSD_CONF_REPLICATION_H

#include "common/conf.h"
#include "nbnsd/partners/settings.h"

struct nbnsd_settings;

/* An entry of "partners"; durations in milliseconds. */
struct conf_partner {
	struct in_addr address;
	bool pull, push;
	uint64_t pull_interval; /* 0: that of the group */
	int64_t push_after;     /* -1: that of the group */
	bool push_on_address_change, push_static, persistent, pull_at_start;
};

/* The group "replication". */
struct conf_replication {
	uint64_t pull_interval;
	int64_t push_after;
	int to_others; /* enum replication_to_others */
	bool propagate;
	struct conf_addresses accepted_owners, refused_owners;
	uint64_t retry, request_timeout, start_timeout, message_timeout, idle_timeout, map_wait;
	int64_t slice;
	bool consistency_check;
	uint64_t consistency_interval;
	int64_t consistency_records;
	bool discovery;
	uint64_t discovery_interval, discovery_pull_interval;
};

extern const struct conf_entry conf_partner_entry;
extern const struct conf_item conf_replication_items[];

/* conf_item.check: what can be a server's address. */
const char *conf_check_owner(const char *value);

/* Whether there is anybody to replicate with. */
bool conf_replicates(const struct nbnsd_settings *in);

/* What no row by itself can know. 0 or -EINVAL, with error as conf_load() has it. */
int conf_replication_check(const struct nbnsd_settings *in, char error[CONF_ERROR_MAX]);

/* Whether something there is allowed, but hardly meant: a sentence for the log. */
bool conf_replication_doubt(const struct nbnsd_settings *in, char doubt[CONF_ERROR_MAX]);

/* The longest time between two pulls from a partner, in milliseconds; 0: nothing is pulled. */
uint64_t conf_longest_pull(const struct nbnsd_settings *in);

/* Settings in effect, with room for what they borrow. */
struct replication_effect {
	struct replication_settings settings;
	struct partner_settings room[PARTNERS_MAX + PARTNERS_DISCOVERED_MAX];
};

/*
 * The settings in effect: out borrows from in, too. own: the address of this server as
 * owner_address() has found it; 0.0.0.0: no replication. discovered: PARTNERS_DISCOVERED_MAX at
 * most; those that are configured are partners as configured. Pure.
 */
void conf_replication_apply(const struct nbnsd_settings *in, struct in_addr own,
			    const struct in_addr *discovered, size_t discovered_count,
			    struct replication_effect *out);

#endif

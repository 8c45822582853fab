/* nbnsd's settings, and what they come to. */
#ifndef NBNSD_CONF_H
#define NBNSD_CONF_H

#include "common/conf.h"
#include "common/conf_global.h"
#include "nbnsd/conf_replication.h"
#include "nbnsd/service/service.h"

enum conf_durability { DURABILITY_FULL, DURABILITY_NORMAL };

/* The group "nbnsd" of the file; durations in milliseconds. */
struct conf_nbnsd {
	bool server;
	struct conf_addresses listen; /* empty: the addresses of the interfaces, and 127.0.0.1 */
	int64_t port;
	char *database;
	int durability;         /* enum conf_durability */
	char *backup_directory; /* "": no backups */
	uint64_t backup_interval;
	int64_t backup_keep;

	uint64_t renewal, extinction, extinction_timeout, verify, scavenge, deletion_uptime;
	struct conf_networks allow_query, allow_register, group_members_to, rate_limit_exempt;
	int64_t rate_limit, burst_limit;
	bool allow_proxy_names, migrate, prepend_1b, wildcard_1b, keep_master_names;
	uint64_t challenge_interval;
	int64_t challenge_tries, max_challenges, max_waiting;
	int64_t tcp_connections;
	uint64_t tcp_idle_timeout;

	/* The node role. */
	uint64_t broadcast_timeout, unicast_timeout;
	int64_t broadcast_tries, unicast_tries;
	uint64_t refresh_minimum, refresh_retry, refresh_share, claim_retry;

	/* Look-ups. */
	uint64_t cache_timeout, negative_cache_timeout, conflict_timer, server_retry;
	bool proxy;
	char *lmhosts;
	struct conf_strings static_mappings;

	/* For the administrator. */
	struct conf_strings hook; /* program and first arguments; none: no hook */
	uint64_t hook_timeout;
	bool audit;
	int64_t audit_clients, conflict_history;
	int64_t metrics_port; /* 0: none */
	uint64_t audit_interval;

	/* WINS replication, but for what is in its group. */
	struct in_addr replication_address; /* 0.0.0.0: found, see owner_address.h */
	int64_t replication_port;
	struct conf_groups partners; /* struct conf_partner */
};

/* Its group "dns-fallback". */
struct conf_dns {
	struct conf_addresses servers;
	struct conf_strings domains;
	uint64_t timeout, positive_ttl, negative_ttl;
	int64_t max_queries, cache_size;
};

struct nbnsd_settings {
	struct conf_global global;
	struct conf_nbnsd nbnsd;
	struct conf_dns dns;
	struct conf_replication replication;
};

extern const struct conf_schema nbnsd_schema;

/*
 * The settings in effect: intervals by the rules of MS-WINSRA footnote 9, the node type decided.
 * out borrows from in and access. Pure.
 */
void nbnsd_settings_apply(const struct nbnsd_settings *in, const struct access_list *access,
			  struct service_settings *out);

/* What no row by itself can know. 0 or -EINVAL, with error as conf_load() has it, without a line.
 */
int nbnsd_settings_check(const struct nbnsd_settings *in, char error[CONF_ERROR_MAX]);

/* The rules for who may do what; own: the networks of this host. NULL: out of memory. */
struct access_list *nbnsd_settings_access(const struct nbnsd_settings *in,
					  const struct access_network *own, size_t own_count);

#endif

/* nbddd's settings, and what they come to. */
#ifndef NBDDD_CONF_H
#define NBDDD_CONF_H

#include "common/conf.h"
#include "common/conf_global.h"
#include "nbddd/service.h"

/* The group "nbddd" of the file; durations in milliseconds. */
struct conf_nbddd {
	bool server, relay;
	struct conf_addresses listen; /* empty: the addresses of the interfaces, and 127.0.0.1 */
	int64_t port;
	struct conf_networks allow_send;

	/* The node role. */
	struct conf_addresses nbdd_servers;
	int group_sends; /* enum dgram_group_sends */
	uint64_t query_timeout, route_timeout;
	int64_t query_tries;
	int64_t max_datagram_length, max_waiting, waiting_memory;
	int64_t error_limit;

	/* The server role. */
	struct conf_networks allow_distribute;
	struct conf_addresses name_servers;
	int64_t distribute_limit, max_distributing, distribute_memory, max_groups;
	uint64_t members_timeout, members_wait, server_retry;
	uint64_t duplicate_timeout, query_memory, unreachable_backoff;

	/* The relay role. */
	struct conf_addresses peers;
	struct conf_strings relay_groups, relay_suffixes;
	uint64_t relay_memory, relay_reply_timeout;
	int64_t max_relayed, max_originators;

	/* Fragments. */
	uint64_t fragment_timeout;
	int64_t max_incomplete, reassembly_memory;

	/* Programs of this host. */
	int64_t max_clients, max_names, client_queue;

	int64_t metrics_port;
};

struct nbddd_settings {
	struct conf_global global;
	struct conf_nbddd nbddd;
};

extern const struct conf_schema nbddd_schema;

/* The settings in effect, with the node type decided. out borrows from in and access. Pure. */
void nbddd_settings_apply(const struct nbddd_settings *in, const struct access_list *access,
			  struct dgram_settings *out);

/* The rules for who may do what; own: the networks of this host. NULL: out of memory. */
struct access_list *nbddd_settings_access(const struct nbddd_settings *in,
					  const struct access_network *own, size_t own_count);

#endif

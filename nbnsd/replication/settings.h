/* Settings of WINS replication, as nbt.conf has them: partners, and the group "replication". */
#ifndef NBNSD_REPLICATION_SETTINGS_H
#define NBNSD_REPLICATION_SETTINGS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARTNERS_MAX 64 /* configured ones */

struct partner_settings {
	struct in_addr address; /* partners are known by the source of their connections */
	bool pull, push;        /* we pull from it; we notify it, and it may pull from us */
	uint32_t pull_interval_s;
	uint32_t update_count; /* notify after so many new versions; 0: not by number */
	bool push_on_address_change;
	bool persistent;
	bool pull_at_start;
	bool is_discovered; /* by autodiscovery */
};

enum replication_to_others { TO_OTHERS_NOTHING, TO_OTHERS_DYNAMIC, TO_OTHERS_ALL };

struct replication_settings {
	struct in_addr address; /* owner of our records, source of our connections; 0.0.0.0: no
				   replication */
	uint16_t port;          /* 42, of all four */
	enum replication_to_others to_others; /* pulls by who is no partner */
	bool propagate;                       /* pass notifications 5 and 9 on */
	uint32_t retry_s;                     /* of a failed pull; doubles up to the interval */
	uint32_t request_timeout_s;
	uint32_t start_timeout_s;              /* a connection without a start */
	uint32_t message_timeout_s;            /* from its first byte to its last */
	uint32_t idle_timeout_s;               /* connections that stay have none */
	uint32_t slice;                        /* versions asked for at once */
	const struct in_addr *accepted_owners; /* PersonaGrata; none: all */
	size_t accepted_owner_count;
	const struct in_addr *refused_owners; /* PersonaNonGrata */
	size_t refused_owner_count;
	bool verify; /* consistency check */
	uint32_t verify_period_s, verify_records;
	bool discovery;
	uint32_t discovery_interval_s;
	struct partner_settings *partner;
	size_t partner_count;
};

#endif

/* Settings of WINS replication as the cores take them: effective values, see struct conf_nbnsd. */
#ifndef NBNSD_PARTNERS_SETTINGS_H
#define NBNSD_PARTNERS_SETTINGS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARTNERS_MAX            64 /* that are configured */
#define PARTNERS_DISCOVERED_MAX 32

/* Another WINS server. It is known by the address that its connections come from. */
struct partner_settings {
	struct in_addr address;
	bool pull;                /* we pull from it, and take its notifications */
	bool push;                /* it may pull from us, and gets our notifications */
	uint32_t pull_interval_s; /* 0: not by the clock */
	bool pull_at_start;
	uint32_t update_count; /* it is notified after so many new versions; 0: not by number */
	bool push_on_address_change;
	bool dynamic_only;  /* it does not get static records */
	bool persistent;    /* connections to it stay */
	bool is_discovered; /* by autodiscovery */
};

/* What servers that are no partners get when they ask for records. */
enum replication_to_others { TO_OTHERS_NOTHING, TO_OTHERS_DYNAMIC, TO_OTHERS_ALL };

struct replication_settings {
	struct in_addr address; /* owner of our records, source of our connections; 0.0.0.0: no
				 * replication */
	uint16_t port;          /* 42: where we listen, and partners */
	enum replication_to_others to_others;
	bool propagate;             /* pass notifications on that ask for it */
	uint32_t retry_s;           /* after a pull that failed; doubles up to the interval */
	uint32_t request_timeout_s; /* for a connection, an answer, or progress of ours */
	uint32_t start_timeout_s;   /* of a connection without a start request */
	uint32_t message_timeout_s; /* from the first byte of a message to its last */
	uint32_t idle_timeout_s;    /* connections that stay have none */
	uint32_t round_wait_s;      /* for other partners' maps, to choose where to pull from */
	uint32_t slice;             /* versions asked for at once */

	const struct in_addr *accepted_owners; /* PersonaGrata; none: all */
	size_t accepted_owner_count;
	const struct in_addr *refused_owners; /* PersonaNonGrata */
	size_t refused_owner_count;

	bool verify; /* ask owners regularly whether what we have of them is right */
	uint32_t verify_period_s;
	uint32_t verify_records; /* at most, in one run */

	bool discovery;
	uint32_t discovery_interval_s;

	const struct partner_settings *partners; /* PARTNERS_MAX and discovered ones at most */
	size_t partner_count;
};

#endif

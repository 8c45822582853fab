/* What the name server knows about one name: the flat form in which cores and store pass it on. */
#ifndef NBNSD_REGISTRY_RECORD_H
#define NBNSD_REGISTRY_RECORD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include <nbt/name.h>

/* Record kinds, with the codes of MS-RAIW section 2.2.2.3. */
enum record_kind {
	RECORD_UNIQUE = 0,
	RECORD_GROUP = 1,         /* normal group; its members are kept beside it, see registry.h */
	RECORD_SPECIAL_GROUP = 2, /* Internet group, domain group <1C> */
	RECORD_MULTIHOMED = 3,
	RECORD_KINDS
};

enum record_state { RECORD_ACTIVE = 0, RECORD_RELEASED = 1, RECORD_TOMBSTONE = 2, RECORD_STATES };

#define RECORD_MAX_ADDRESSES 25 /* MS-NBTE section 3.2.1 */

/*
 * Leases are counted in seconds of service of this database, not of the calendar: time in which the
 * server was down, or by which the clock was set, does not count against a lease.
 */
typedef uint32_t lease_time;
#define LEASE_FOREVER UINT32_MAX

/* The owner of a record or an address: the WINS server that took the registration. */
#define OWNER_SELF    ((struct in_addr){ 0 })

struct record_address {
	struct in_addr address;
	struct in_addr owner;
	lease_time expiry; /* LEASE_FOREVER: static */
};

struct record {
	struct nbt_name name;
	struct nbt_scope scope;
	uint8_t kind;      /* enum record_kind */
	uint8_t state;     /* enum record_state */
	uint8_t node_type; /* ONT of the registration: 0 B, 1 P, 2 M, 3 H */
	bool is_static;
	/* Another server's, and was ours when it was active; or a group of ours that was another's.
	 */
	bool changed_hands;
	bool is_untold;  /* partners have passed its version by: it is to be told as ours */
	bool is_of_file; /* static, of a file of the configuration (static-mappings) */
	struct in_addr owner;
	uint64_t version;
	lease_time expiry;            /* end of the state it is in; LEASE_FOREVER: static */
	struct in_addr registered_by; /* NB_ADDRESS of the last registration */

	/* In the order of age: the oldest first. None in a normal group. */
	uint8_t address_count;
	struct record_address address[RECORD_MAX_ADDRESSES];
};

static inline bool record_is_owned(const struct record *record)
{
	return record->owner.s_addr == OWNER_SELF.s_addr;
}

#endif

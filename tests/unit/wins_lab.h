/*
 * Three WINS servers and their hosts in one process: the real service and the real machine of
 * partners on each, connections between them that take time and break, packets that get lost, disks
 * that commit later or never, and a clock that jumps from event to event. Everything follows from a
 * seed.
 */
#ifndef TESTS_WINS_LAB_H
#define TESTS_WINS_LAB_H

#include "nbnsd/partners/partners.h"
#include "nbnsd/registry/registry.h"
#include "nbnsd/service/replicas.h"
#include "records.h"

#define LAB_SERVERS   3
#define LAB_HOSTS     9
#define LAB_NAMES     16
#define LAB_ADDRESSES 2 /* of a host */
#define LAB_RECORDS   4096
#define LAB_MEMBERS   LAB_HOSTS
#define LAB_BATCHES   64

struct lab_row {
	bool exists;
	struct record record;
	size_t member_count;
	struct in_addr member[LAB_MEMBERS];
	lease_time expiry[LAB_MEMBERS];
};

/* What is on disk. */
struct lab_disk {
	struct lab_row row[LAB_RECORDS];
	struct owner_row owner[LAB_SERVERS + 1];
	uint32_t bound;
	uint64_t reserved; /* versions */
	uint64_t version;  /* the highest */
	uint64_t lost_below;
	lease_time lease_now;
};

struct lab_batch {
	struct changes *changes;
	uint64_t due_ms;
	lease_time lease_now;
};

struct lab_server {
	struct lab *lab;
	struct in_addr address;
	uint8_t side;
	uint32_t life; /* counts starts */
	struct service_settings settings;
	struct replication_settings replication;
	struct partner_settings partner[LAB_SERVERS];
	struct registry *registry;
	struct service *service; /* NULL: off */
	struct partners *partners;
	struct lab_disk *disk;
	struct lab_batch batch[LAB_BATCHES];
	size_t batch_count;
	int wire_of[PARTNERS_CONNECTIONS_MAX]; /* or -1 */
};

/* A name at one address of a host. */
struct lab_hold {
	bool is_wanted, is_held, is_releasing;
	uint16_t id;
	int tries;
	uint64_t due_ms; /* the next packet about it */
	size_t server;   /* that it is registered at */
};

struct lab_host {
	struct in_addr address[LAB_ADDRESSES];
	size_t home; /* a server */
	bool is_dead;
	struct lab_hold hold[LAB_NAMES][LAB_ADDRESSES];
};

enum lab_shape { LAB_RING, LAB_STAR };

struct lab {
	struct nbt_env env;
	struct lots lots;
	enum lab_shape shape;
	uint32_t loss; /* packets of a thousand */
	bool wanders;  /* hosts use whatever server answers */
	bool are_hosts_still;
	bool was_wiped;
	struct access_list *everybody;
	struct lab_server server[LAB_SERVERS];
	struct lab_host host[LAB_HOSTS];
	struct lab_event *events; /* a heap */
	size_t event_count, event_space;
	uint64_t event_number;
	struct lab_wire *wire;
	int wire_count, wire_space;
	struct outbox out;
	uint16_t last_id;
	uint64_t demands, refusals;
	void (*watch)(struct lab *lab); /* after every step; NULL: nobody */
};

/* All servers are on. */
struct lab *lab_create(uint64_t seed, enum lab_shape shape);
void lab_destroy(struct lab *lab);
void lab_pass(struct lab *lab, uint64_t seconds);

/* The name with this number: hosts, groups, special groups, multihomed hosts. */
uint8_t lab_kind(size_t name);
struct nbt_name lab_name(size_t name);

/* A host registers a name, at this server; another one that has a name of which there is one
 * forgets it without a word. Or it releases it. */
void lab_claim(struct lab *lab, size_t host, size_t name);
void lab_release(struct lab *lab, size_t host, size_t name);

void lab_start(struct lab_server *server);
void lab_stop(struct lab_server *server);  /* in order */
void lab_crash(struct lab_server *server); /* what is not committed is lost */
void lab_wipe(struct lab_server *server);  /* of one that is off: database and versions are lost */
void lab_lease(struct lab *lab, uint32_t seconds); /* of registrations and refreshes from now on */
void lab_part(struct lab *lab, const uint8_t sides[LAB_SERVERS]);
void lab_break_a_wire(struct lab *lab);

#endif

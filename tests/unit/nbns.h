/*
 * A name server under test: the real service, a clock, and a store that commits at once or stalls.
 * Clients send it real packets, and say what must come back; a failure names the test's line.
 */
#ifndef TESTS_NBNS_H
#define TESTS_NBNS_H

#include "support.h"

#include <stdbool.h>

#include <nbt/packet.h>

#include "common/access.h"
#include "nbnsd/registry/record.h"
#include "nbnsd/service/service.h"

#define INBOX_SIZE 512

/* What a client sent last: that is what the answer must fit. */
struct client {
	struct in_addr address;
	uint16_t port;
	struct nbt_packet sent;
	uint8_t rdata[NBT_ADDRESS_LEN];
};

struct nbns {
	struct client a, b, c; /* 10.0.0.1, .2, .3, from port 137 */

	struct service_settings settings; /* as created */
	struct service *service;
	struct registry *registry;
	struct access_network allowed[SERVICE_RULES];
	bool is_allowed[SERVICE_RULES];
	struct access_list *access;
	struct nbt_env env;
	uint64_t seed;
	uint16_t id;

	struct outbox out;
	struct outgoing inbox[INBOX_SIZE]; /* sent by the server, not looked at yet */
	size_t arrived, seen;

	bool stalled; /* the store commits nothing */
	struct changes *batches[64];
	size_t batch_count;
};

#define NS_ADDRESS "10.0.0.100" /* of the server; its names are OFFICE1 and, as a group, WORK */

/* With the protocol's defaults; change settings before nbns_start(). Never NULL. */
struct nbns *nbns_new(void);
void nbns_start(struct nbns *ns);

/* With what a database says of the last run. */
void nbns_start_at(struct nbns *ns, uint64_t next_version, lease_time lease_now);
void nbns_free(struct nbns *ns);

/* nbns_new() and nbns_start(). */
struct nbns *nbns_run(void);

/* By this rule this network alone may; at first everybody may query and register. */
void nbns_allow(struct nbns *ns, enum service_rule rule, const char *network);

/* Ends the server and starts it with the same registry. */
void nbns_restart(struct nbns *ns);

/* Lets time pass, from deadline to deadline. */
void nbns_pass_ms(struct nbns *ns, uint64_t ms);
void nbns_pass(struct nbns *ns, uint64_t seconds);

/* Whether anything waits for a stalled store, which takes it as a batch now. */
bool nbns_has_changes(struct nbns *ns);

/* The store commits what there is. */
void nbns_commit(struct nbns *ns);

/* A client from "10.0.0.9". */
struct client client_at(const char *address);

/*
 * Requests. flags: the flags word, 0x2900 for a registration. nb_flags: NBT_NB_*.
 */
void send_bytes(struct nbns *ns, struct client *from, const uint8_t *bytes, size_t len,
		bool to_broadcast);
void send_hex(struct nbns *ns, struct client *from, const char *hex);
void send_packet(struct nbns *ns, struct client *from, const struct nbt_packet *packet,
		 bool to_broadcast);

/* A registration, refresh or release of the client's own address, or of another. */
void claim(struct nbns *ns, struct client *from, uint16_t flags, const char *name,
	   uint16_t nb_flags);
void claim_for(struct nbns *ns, struct client *from, uint16_t flags, const char *name,
	       uint16_t nb_flags, const char *address);

/* What most of them are. */
#define REGISTER   0x2900
#define MULTIHOMED 0x7900
#define REFRESH    0x4000
#define RELEASE    0x3000
#define UNIQUE     NBT_NB_H
#define GROUP      (NBT_NB_GROUP | NBT_NB_H)

void query(struct nbns *ns, struct client *from, uint16_t flags, const char *name);
void node_status(struct nbns *ns, struct client *from, uint16_t flags, const char *name);

/* The same request once more, byte for byte. */
void send_again(struct nbns *ns, struct client *from);

/*
 * Expectations about the next packet of the server.
 */
#define expect_hex(ns, to, hex)       expect_hex_at((ns), (to), (hex), __LINE__)
#define expect_positive(ns, to)       expect_claim_at((ns), (to), NBT_RCODE_OK, 518400, __LINE__)
#define expect_ttl(ns, to, ttl)       expect_claim_at((ns), (to), NBT_RCODE_OK, (ttl), __LINE__)
#define expect_refused(ns, to, rcode) expect_claim_at((ns), (to), (rcode), 0, __LINE__)
#define expect_conflict(ns, to)       expect_refused((ns), (to), NBT_RCODE_ACT_ERR)
#define expect_wack(ns, to, ttl)      expect_wack_at((ns), (to), (ttl), __LINE__)
#define expect_negative(ns, to)       expect_negative_at((ns), (to), __LINE__)
#define expect_silence(ns)            expect_silence_at((ns), __LINE__)
#define expect_question(ns, to)       expect_question_at((ns), (to), __LINE__)

/* The addresses of a positive query response in this order: "10.0.0.1 10.0.0.2". */
#define expect_addresses(ns, to, nb_flags, addresses)                                              \
	expect_addresses_at((ns), (to), (nb_flags), (addresses), __LINE__)

void expect_hex_at(struct nbns *ns, const struct client *to, const char *hex, int line);
void expect_claim_at(struct nbns *ns, const struct client *to, enum nbt_rcode rcode, uint32_t ttl,
		     int line);
void expect_wack_at(struct nbns *ns, const struct client *to, uint32_t ttl, int line);
void expect_negative_at(struct nbns *ns, const struct client *to, int line);
void expect_addresses_at(struct nbns *ns, const struct client *to, uint16_t nb_flags,
			 const char *addresses, int line);
void expect_silence_at(struct nbns *ns, int line);

/* A challenge's question, at port 137; returns its transaction id. */
uint16_t expect_question_at(struct nbns *ns, const struct client *to, int line);

/* The next packet, whatever it is, decoded; the test fails if there is none. */
const struct outgoing *next_packet(struct nbns *ns, struct nbt_packet *out, int line);

/* Answers to a challenge. */
void say_mine(struct nbns *ns, struct client *from, uint16_t id, const char *name,
	      const char *addresses);
void say_not_mine(struct nbns *ns, struct client *from, uint16_t id, const char *name);

/*
 * The database.
 */
bool has_record(const struct nbns *ns, const char *name);
struct record record_named(const struct nbns *ns, const char *name); /* fails if there is none */
uint64_t version_of(const struct nbns *ns, const char *name);

/* Fails unless the record lists exactly these addresses, in any order. */
#define expect_lists(ns, name, addresses) expect_lists_at((ns), (name), (addresses), __LINE__)
void expect_lists_at(const struct nbns *ns, const char *name, const char *addresses, int line);

/* A record as it might have been loaded: active, dynamic, with a lease. */
struct record record_of(const struct nbns *ns, const char *name, enum record_kind kind,
			const char *addresses);
extern const struct in_addr partner; /* another server, as the owner of replicas */
struct record replica_of(const struct nbns *ns, const char *name, enum record_kind kind,
			 const char *addresses);

/* Puts it into the registry behind the service's back, as if replicated. */
void plant(struct nbns *ns, const struct record *record);

/* An administrator's record. */
void put_static(struct nbns *ns, const char *name, enum record_kind kind, const char *addresses);

uint64_t stat_value(struct nbns *ns, const char *name);

#endif

/* The machine of partners between a service that is none and connections that are none: a test is
 * the partner, and has the clock. */
#ifndef TESTS_REPLICATION_BENCH_H
#define TESTS_REPLICATION_BENCH_H

#include "nbnsd/partners/partners.h"
#include "replication_fake.h"

#define BENCH_PARTNERS_MAX 4
#define BENCH_WIRES_MAX    2048
#define BENCH_US           "10.0.0.1"
#define BENCH_HANDLE       0x1234U /* of whoever talks to us */

struct bench_wire {
	bool is_open, is_dialed, is_taken, is_stopped, is_paused;
	bool is_stuck; /* what we send does not leave */
	struct in_addr peer;
	uint32_t number; /* as the machine has it */
	uint32_t handle; /* ours there */
	uint8_t *in;     /* said, and not read yet */
	size_t in_len;
	uint8_t *out; /* what we have sent */
	size_t out_len, out_at;
};

struct bench {
	struct replication_settings settings;
	struct partner_settings partner[BENCH_PARTNERS_MAX];
	struct service service;
	uint64_t seen_version; /* by the database; 0: all of the service's */
	struct partners *all;
	struct nbt_env env;
	uint32_t lots;
	int dial_error;
	size_t turns;
	uint8_t message[1 << 20];                /* the one heard last */
	struct bench_wire wire[BENCH_WIRES_MAX]; /* in the order they are opened */
	int wire_count;
	int of_number[PARTNERS_CONNECTIONS_MAX]; /* the latest */
};

struct in_addr ip(const char *text);

/* Settings of the protocol, no partner yet. */
struct bench *bench_create(void);
struct partner_settings *bench_partner(struct bench *b, const char *address);
void bench_start(struct bench *b, bool is_empty);
void bench_destroy(struct bench *b);

/* Turns until nothing is to be done now. */
void bench_turn(struct bench *b);
void bench_pass(struct bench *b, uint64_t ms); /* with all that is due meanwhile */

/* Connections; -1: turned away. */
int bench_accept(struct bench *b, const char *from);
int bench_associate(struct bench *b, const char *from); /* with the start, as 2.5 */
int bench_dialed(struct bench *b, const char *to);      /* -1: we don't */
int bench_answer_dial(struct bench *b, const char *to,
		      uint16_t minor);       /* up to its start response */
void bench_drain(struct bench *b, int wire); /* it is not stuck any more */
void bench_hang_up(struct bench *b, int wire, int error);

/* What the partner says. */
void bench_say(struct bench *b, int wire, const struct nbt_replication *message);
void bench_say_bytes(struct bench *b, int wire, const uint8_t *bytes, size_t len);
void bench_ask_map(struct bench *b, int wire);
void bench_ask_records(struct bench *b, int wire, const char *owner, uint64_t min, uint64_t max);
/* owners: "10.0.0.2=5 10.0.0.3=7"; opcode: a map or a notification */
void bench_say_owners(struct bench *b, int wire, uint8_t opcode, const char *owners,
		      const char *initiator);
/* versions: "3 4 9": records of these, with names made of them */
void bench_say_records(struct bench *b, int wire, const char *versions);
void bench_say_stop(struct bench *b, int wire);

/* What we say: the next message; false: none. */
bool bench_hear(struct bench *b, int wire, struct nbt_replication *out);
/* The next message is this one; owners as above. */
void bench_expect_nothing(struct bench *b, int wire);
void bench_expect_stop(struct bench *b, int wire, uint32_t reason); /* and the connection ends */
void bench_expect_map_request(struct bench *b, int wire);
void bench_expect_request(struct bench *b, int wire, const char *owner, uint64_t min, uint64_t max);
void bench_expect_owners(struct bench *b, int wire, uint8_t opcode, const char *owners,
			 const char *initiator);
void bench_expect_records(struct bench *b, int wire, const char *versions);

#endif

/* A datagram service for a test: its sinks remember what came, its network and clock are ours. */
#ifndef TESTS_DGRAM_H
#define TESTS_DGRAM_H

#include "support.h"

#include <nbt/datagram.h>
#include <nbt/local.h>

#include "common/access.h"
#include "nbddd/service.h"

#define DGRAM_RECORDS 256

/* The host: two subnets and itself. */
#define OUR_LAN1      "10.1.0.5"
#define OUR_LAN2      "10.2.0.5"
#define LAN1_ALL      "10.1.255.255"
#define LAN2_ALL      "10.2.255.255"
enum { SOCKET_LO, SOCKET_LAN1, SOCKET_LAN2, SOCKETS };

struct sent_packet {
	uint16_t socket;
	struct sockaddr_in to;
	bool is_broadcast;
	uint8_t bytes[OUTGOING_MAX];
	size_t len;
};

struct told_message {
	uint32_t client;
	bool is_datagram; /* came by deliver() */
	struct nbt_envelope envelope;
	struct nbt_datagram datagram; /* if it is one; data borrowed from bytes */
	struct nbt_packet packet;
	uint8_t *bytes;
	size_t len;
};

struct asked_question {
	struct nbt_local_query query;
	uint32_t token;
};

struct dgram_fixture {
	struct dgram_settings settings;
	struct dgram_service *service;
	struct nbt_env env;
	struct access_list *access;
	struct served_socket sockets[SOCKETS];

	struct sent_packet sent[DGRAM_RECORDS];
	size_t sent_count;
	struct told_message told[DGRAM_RECORDS];
	size_t told_count;
	struct nbt_local_claim claimed[DGRAM_RECORDS], released[DGRAM_RECORDS];
	size_t claimed_count, released_count;
	struct asked_question asked[DGRAM_RECORDS];
	size_t asked_count;
	struct asked_question asked_by_tcp[DGRAM_RECORDS];
	size_t asked_by_tcp_count;
	bool is_cut;        /* nbnsd's answers have TC set */
	bool is_deaf;       /* programs do not read */
	bool is_speechless; /* claims and look-ups cannot be taken */
};

/* For cmocka: *state is the fixture, with a B node that is no server; change f->settings and call
 * dgram_start() for another. */
int dgram_set_up(void **state);
int dgram_tear_down(void **state);
void dgram_start(struct dgram_fixture *f);

/* Forgets what was recorded. */
void dgram_clear(struct dgram_fixture *f);

struct in_addr ip(const char *text);

/* Time passes; what is due is done. */
void dgram_pass(struct dgram_fixture *f, uint64_t ms);

/* A program says something. */
void dgram_subscribe(struct dgram_fixture *f, uint32_t client, uint16_t id, const char *name,
		     bool is_group);
void dgram_unsubscribe(struct dgram_fixture *f, uint32_t client, uint16_t id, const char *name);

/* The same, and nbnsd says yes. */
void dgram_hold(struct dgram_fixture *f, uint32_t client, const char *name, bool is_group);

/* What a program sends; text forms of the names. */
struct program_send {
	uint32_t client;
	uint8_t type;
	const char *from, *to, *scope;
	const char *peer, *interface; /* NULL: none */
	uint8_t flags;                /* of the envelope */
	uint16_t id;
	const char *data;
	size_t len; /* 0: of the text */
};
bool dgram_send(struct dgram_fixture *f, const struct program_send *send);

/* nbnsd's answer to look-up number i: an address, a group, or no packet (rcode SRV_ERR). */
void dgram_answer(struct dgram_fixture *f, size_t i, enum nbt_rcode rcode,
		  const char *const *addresses, size_t count, bool is_group);

/* The same of a name server that is asked by TCP. */
void dgram_answer_by_tcp(struct dgram_fixture *f, size_t i, enum nbt_rcode rcode,
			 const char *const *addresses, size_t count);

/* What nbnsd says about a claim. */
void dgram_decide(struct dgram_fixture *f, enum local_event_type type,
		  const struct nbt_local_claim *claim, uint8_t rcode);

/* A packet from the network. */
struct network_packet {
	uint8_t type, flags; /* flags 0: FIRST */
	uint16_t id;
	const char *from; /* the sender, and the source of the header unless that is given */
	const char *source;
	const char *source_name, *to_name, *scope;
	const char *source_scope; /* NULL: as that of the destination */
	uint16_t socket;
	bool to_broadcast;
	const char *data;
	uint8_t error_code;
};
void dgram_packet(struct dgram_fixture *f, const struct network_packet *packet);
void dgram_bytes(struct dgram_fixture *f, const char *from, uint16_t socket, bool to_broadcast,
		 const uint8_t *bytes, size_t len);

/* The counter of this name, of any part. */
uint64_t dgram_counter(struct dgram_fixture *f, const char *name);

/* What a packet that was sent decodes to. */
struct nbt_datagram dgram_sent(const struct dgram_fixture *f, size_t i);

#endif

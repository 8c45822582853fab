/*
 * What the fuzz targets of the datagram service share: a service without sockets, programs, name
 * servers and other hosts that the input speaks for, and what must hold whatever they say.
 */
#ifndef TESTS_FUZZ_DGRAM_STORY_H
#define TESTS_FUZZ_DGRAM_STORY_H

#include <nbt/local.h>

#include "common/access.h"
#include "common/array.h"
#include "fuzz.h"
#include "nbddd/service.h"

#define CONNECTIONS 4
#define CLAIMS      64
#define LOOK_UPS    64
#define SENT        8 /* of our own packets are remembered, to be answered */
#define NAMES       8

struct sent {
	struct sockaddr_in to;
	uint8_t bytes[OUTGOING_MAX];
	size_t len;
};

struct look_up {
	bool in_use;
	struct nbt_local_query query;
	uint32_t token;
};

#define STORY_SOCKETS 3
extern const struct served_socket story_sockets[STORY_SOCKETS];

struct story {
	struct fuzz_input in;
	struct dgram_settings settings;
	struct access_list *access; /* everybody may do everything */
	struct access_list *nobody; /* may do anything */
	struct dgram_service *service;
	struct nbt_env env;
	uint32_t lots;
	uint32_t connection[CONNECTIONS], last_connection;
	struct nbt_local_claim claims[CLAIMS];
	size_t claim_count;
	struct look_up look_ups[LOOK_UPS];
	struct sent sent[SENT];
	size_t sent_count;
	bool is_deaf;       /* programs do not read */
	bool is_speechless; /* there is no nbnsd */
	bool others_only;   /* no packet comes from our own addresses, or those of subnets */
	struct served_socket sockets[STORY_SOCKETS]; /* of now */
};

/* in is there already; access of the settings is filled in. */
void story_begin(struct story *story, const struct dgram_settings *settings);

/* All have gone, and nobody answers any more: nothing waits, no name is claimed. */
void story_end(struct story *story);

/* What is kept has its bounds. */
void story_check(const struct story *story);

/*
 * Values of the input.
 */
struct nbt_name story_name(struct story *story);
struct in_addr story_address(struct story *story);
uint8_t *story_bytes(struct story *story, size_t *len); /* to be freed; exactly so many */

/* A datagram of any kind, with names and data, encoded; its length. */
size_t story_datagram(struct story *story, struct nbt_datagram *datagram, uint8_t *bytes,
		      size_t size);

/*
 * What happens.
 */
void story_say(struct story *story, const uint8_t *bytes, size_t len); /* a program */
void story_gone(struct story *story, size_t connection);
void story_receive(struct story *story, struct in_addr from, const uint8_t *bytes, size_t len);
void story_answer_look_up(struct story *story, struct look_up *look_up, uint8_t how);
void story_wake(struct story *story);

/* Steps that any story may have. */
void story_claim(struct story *story); /* or a release */
void story_send(struct story *story);  /* by a program */
void story_look_up(struct story *story);
void story_decision(struct story *story); /* of nbnsd about a claim */
void story_time(struct story *story);

#endif

/*
 * What a daemon wants of name.sock or datagram.sock, nbt-local(7), and what it has been told: names
 * that are claimed again on every new connection, look-ups under way, when to connect again. Pure:
 * the connection is common/local.c's.
 */
#ifndef COMMON_LOCAL_CORE_H
#define COMMON_LOCAL_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/env.h>
#include <nbt/local.h>

struct local_settings {
	size_t claims, queries;    /* at once, at most */
	uint64_t reconnect_min_ms; /* after a connection has ended; doubled after each failure */
	uint64_t reconnect_max_ms;
	uint64_t query_ms; /* so long an answer is waited for */
};

/* 0.1 s doubling to 5 s; no look-up of nbnsd takes 30 s. */
#define LOCAL_SETTINGS_DEFAULT                                                                     \
	{                                                                                          \
		.claims = 256, .queries = 256, .reconnect_min_ms = 100, .reconnect_max_ms = 5000,  \
		.query_ms = 30000                                                                  \
	}

enum local_event_type {
	LOCAL_UP,      /* there is a connection; names are being claimed again */
	LOCAL_DOWN,    /* there is none, or none any more; no name is held now */
	LOCAL_CLAIMED, /* the name is held; told after every new connection */
	LOCAL_REFUSED, /* rcode says why; the claim has ended */
	LOCAL_LOST,    /* held, but no more; not claimed again unless by the caller */
	LOCAL_ANSWER,  /* to a query; without a packet and with SRV_ERR if there was none */
	LOCAL_DATAGRAM /* datagram.sock */
};

/* What is pointed to is valid until the next call. */
struct local_event {
	enum local_event_type type;
	uint32_t token;                      /* the caller's, of his claim or query */
	const struct nbt_local_claim *claim; /* CLAIMED, REFUSED, LOST */
	uint8_t rcode;                       /* enum nbt_rcode; REFUSED, LOST, ANSWER */
	struct in_addr who;                  /* REFUSED, LOST; 0.0.0.0: not known */
	const struct nbt_envelope *envelope; /* ANSWER with a packet, DATAGRAM */
	const struct nbt_packet *packet;     /* ANSWER; NULL: there was none */
	const uint8_t *datagram;             /* DATAGRAM */
	size_t datagram_len;
};

struct local_core;

/* NULL: out of memory. */
struct local_core *local_core_create(const struct local_settings *settings);
void local_core_destroy(struct local_core *core); /* NULL is fine */

/*
 * What is wanted. It may be said at any time, connected or not.
 */

/* A name, until it is released, refused or lost. One that is wanted already, on the same interface,
 * is claimed anew, with the new token. false: too many. */
bool local_core_claim(struct local_core *core, const struct nbt_local_claim *claim, uint32_t token);

/* Not any more: of the claim name, scope and interface count. false: there is no such claim. */
bool local_core_release(struct local_core *core, const struct nbt_local_claim *claim);

/* Exactly one LOCAL_ANSWER comes of it. false: too many. */
bool local_core_query(struct local_core *core, const struct nbt_local_query *query, uint32_t token,
		      const struct nbt_env *env);

/*
 * The connection.
 */

/* Whether one is to be made now; tell how it went. */
bool local_core_wants_connection(const struct local_core *core, const struct nbt_env *env);
void local_core_connected(struct local_core *core, const struct nbt_env *env);
void local_core_disconnected(struct local_core *core, const struct nbt_env *env); /* or not made */
bool local_core_is_connected(const struct local_core *core);

/* The next message to be sent, LOCAL_CORE_REQUEST_MAX bytes at most; 0: none. */
#define LOCAL_CORE_REQUEST_MAX 1024
size_t local_core_output(struct local_core *core, uint8_t buf[LOCAL_CORE_REQUEST_MAX]);

/* A message that came. What is nothing that we wait for changes nothing. Take the events off before
 * the next. */
void local_core_receive(struct local_core *core, const uint8_t *bytes, size_t len);

/*
 * Time and events.
 */

void local_core_wake(struct local_core *core, const struct nbt_env *env);

/* When to be woken, or to connect; NBT_NEVER. */
uint64_t local_core_deadline(const struct local_core *core);

/* Takes the next event off; false: none. */
bool local_core_next_event(struct local_core *core, struct local_event *out);

#endif

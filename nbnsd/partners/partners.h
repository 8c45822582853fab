/*
 * Conversations with other WINS servers as one machine: connections accepted and made, records
 * pulled and served, notifications, recovery after the loss of the database, verification. Pure:
 * connections are numbers, bytes come in and go out (wins-replication.md section 2).
 *
 * What records become is decided by the service (nbnsd/service/replicas.h).
 */
#ifndef NBNSD_PARTNERS_PARTNERS_H
#define NBNSD_PARTNERS_PARTNERS_H

#include <nbt/env.h>
#include <nbt/error.h>

#include "nbnsd/partners/settings.h"

struct service;
struct partners;

/* Connections at once, accepted ones and ours; their numbers are lower. */
#define PARTNERS_CONNECTIONS_MAX 512

/* What the machine wants done. Nothing of it may call back at once. */
struct partners_sinks {
	/* Connect; partners_connected() or partners_closed() follows. 0 or a negative errno: there
	 * is no such connection, and nothing follows. */
	int (*dial)(void *ctx, uint32_t connection, struct in_addr to);
	/* The bytes are copied. Whether all have left; if not, partners_drained() follows. */
	bool (*send)(void *ctx, uint32_t connection, const uint8_t *bytes, size_t len);
	/* Whether more may be received. At first it may. */
	void (*read)(void *ctx, uint32_t connection, bool on);
	/* Close it when all has left. The number may be used for another one at once. */
	void (*close)(void *ctx, uint32_t connection);
	void *ctx;
};

/* What the database says at the start. */
struct partners_start {
	bool is_empty; /* so partners are asked for what it had: see partners_is_recovering() */
	/* It was lost once, and not all partners have been asked since: versions of ours below this
	 * one may be missing (service_note_lost()). 0: none. */
	uint64_t lost_below;
	/* The highest version of ours that it has seen, and the first one of this run: between them
	 * none was given, unless it is an old copy. */
	uint64_t seen_version, first_version;
	bool knows_versions; /* the first one is above all of before; else by a clock that may be
				wrong */
};

/* The settings are borrowed, also with the next call. NULL: out of memory. */
struct partners *partners_create(const struct replication_settings *settings,
				 struct service *service, const struct partners_sinks *sinks,
				 const struct partners_start *start,
				 const struct nbt_env *env) NBT_MUSTCHECK;

/* Connections are forgotten without a word. NULL is fine. */
void partners_destroy(struct partners *partners);

/* Partners come and go, connections of those that go with them. false: out of memory, and nothing
 * changed but the settings that are borrowed. */
bool partners_set_settings(struct partners *partners, const struct replication_settings *settings,
			   const struct nbt_env *env);

/*
 * Events.
 */

/* The number of a connection that came from there, or -1: it is to be turned away. */
int partners_accept(struct partners *partners, struct in_addr source, const struct nbt_env *env);

void partners_connected(struct partners *partners, uint32_t connection, const struct nbt_env *env);
void partners_received(struct partners *partners, uint32_t connection, const uint8_t *bytes,
		       size_t len, const struct nbt_env *env);
void partners_drained(struct partners *partners, uint32_t connection, const struct nbt_env *env);

/* It is gone: a negative errno, or 0: the peer has closed it. The number is free. */
void partners_closed(struct partners *partners, uint32_t connection, int error,
		     const struct nbt_env *env);

/* In every turn of the loop, before the service's changes are taken. */
void partners_turn(struct partners *partners, const struct nbt_env *env);

/* When partners_turn() wants to be called at the latest (env->now_ms), or NBT_NEVER. */
uint64_t partners_deadline(const struct partners *partners);

/* The database was empty, and partners were not all asked yet which versions they have of us: no
 * new version may be given. Ends by itself. */
bool partners_is_recovering(const struct partners *partners);

/*
 * For administrators.
 */
enum partner_state {
	PARTNER_IDLE,
	PARTNER_CONNECTING,
	PARTNER_PULLING,
	PARTNER_PUSHING,
	PARTNER_FAILING /* the latest pull failed, and is tried again */
};

#define PARTNER_ERROR_MAX 80

struct partner_view {
	struct in_addr address;
	bool pull, push, is_discovered, is_persistent; /* persistent: there is a connection now */
	enum partner_state state;
	uint64_t last_pull_ms; /* that went well; NBT_NEVER: none did; as env->now_ms */
	uint64_t next_pull_ms; /* NBT_NEVER: not by the clock */
	uint64_t last_push_ms; /* that went well; NBT_NEVER: none did */
	uint64_t pulled_records, served_records;
	uint32_t failures;                  /* pulls since the last that went well */
	char last_error[PARTNER_ERROR_MAX]; /* of a pull or push; "": none since the start */
	uint64_t last_error_ms;             /* NBT_NEVER: none */
};

size_t partners_count(const struct partners *partners);
void partners_view(const struct partners *partners, size_t i, struct partner_view *out);

/* Whether what was pulled last from this partner, if anything, came. */
bool partners_answers(const struct partners *partners, struct in_addr address);

/* The version that a partner showed of an owner in its last map; 0: none. */
uint64_t partners_shown(const struct partners *partners, size_t i, struct in_addr owner);

/* Versions of all other owners that it showed there, are wanted, and are not here; INT64_MAX at
 * most. */
uint64_t partners_behind(const struct partners *partners, size_t i);

/* Now; 0.0.0.0: all. -ENOENT: no such partner with that role. */
int partners_pull(struct partners *partners, struct in_addr partner, const struct nbt_env *env);
int partners_push(struct partners *partners, struct in_addr partner, bool propagate);

/* All records of an owner are compared with what it has, or another partner; 0.0.0.0: of all
 * owners. -ENOENT: nothing of it is here; -EHOSTUNREACH: there is nobody to ask; -EBUSY: one is
 * running; -ENOMEM. */
int partners_verify(struct partners *partners, struct in_addr owner, const struct nbt_env *env);

#define PARTNERS_STATS(X)                                                                          \
	X(PARTNERS_ACCEPTED, "replication.accepted")   /* connections */                           \
	X(PARTNERS_TOO_MANY, "replication.too-many")   /* turned away */                           \
	X(PARTNERS_MADE_ROOM, "replication.made-room") /* closed for another one */                \
	X(PARTNERS_DIALED, "replication.dialed")                                                   \
	X(PARTNERS_RECEIVED, "replication.received") /* messages */                                \
	X(PARTNERS_SENT, "replication.sent")                                                       \
	X(PARTNERS_MALFORMED, "replication.malformed")                                             \
	X(PARTNERS_IGNORED, "replication.ignored") /* nobody asked for it */                       \
	X(PARTNERS_WRONG_HANDLE, "replication.wrong-handle")                                       \
	X(PARTNERS_REFUSED, "replication.refused") /* no partner, or not so */                     \
	X(PARTNERS_TIMEOUT, "replication.timeout") /* connections that took too long */            \
	X(PARTNERS_NO_MEMORY, "replication.no-memory")                                             \
	X(PARTNERS_PULLS, "replication.pulls") /* that went well */                                \
	X(PARTNERS_PULLS_FAILED, "replication.pulls-failed")                                       \
	X(PARTNERS_PULLED, "replication.pulled-records")                                           \
	X(PARTNERS_REJECTED, "replication.rejected-records") /* malformed or unwanted */           \
	X(PARTNERS_PUSHES, "replication.pushes")             /* notifications sent */              \
	X(PARTNERS_PUSHES_FAILED, "replication.pushes-failed")                                     \
	X(PARTNERS_NOTIFIED, "replication.notified") /* notifications that came */                 \
	X(PARTNERS_MAPS_SERVED, "replication.maps-served")                                         \
	X(PARTNERS_READINGS, "replication.requests-served")                                        \
	X(PARTNERS_SERVED, "replication.served-records")                                           \
	X(PARTNERS_VERIFIED, "replication.verified-owners")                                        \
	X(PARTNERS_VERIFY_FAILED, "replication.verify-failed")

struct stats;
struct stats *partners_stats(struct partners *partners);

#endif

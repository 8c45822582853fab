/*
 * Autodiscovery: WINS servers tell each other by multicast that they are there, or go, and become
 * partners by it (wins-replication.md 1.7). Pure.
 *
 * Nothing proves who sends such a datagram. So only servers of private networks are taken, so many
 * at most, and only from one of the addresses that it names.
 */
#ifndef NBNSD_PARTNERS_DISCOVERY_H
#define NBNSD_PARTNERS_DISCOVERY_H

#include <nbt/env.h>

#include "common/stats.h"
#include "nbnsd/partners/settings.h"

#define DISCOVERY_STATS(X)                                                                         \
	X(DISCOVERY_HEARD, "discovery.heard") /* datagrams of others */                            \
	X(DISCOVERY_MALFORMED, "discovery.malformed")                                              \
	X(DISCOVERY_REFUSED, "discovery.refused") /* not from who it names, or not private */      \
	X(DISCOVERY_TOO_MANY, "discovery.too-many")                                                \
	X(DISCOVERY_SAID, "discovery.said")

enum discovery_stat { DISCOVERY_STATS(STATS_ENUM) DISCOVERY_STAT_COUNT };

#define DISCOVERY_MESSAGE_MAX 16

struct discovery {
	struct in_addr found[PARTNERS_DISCOVERED_MAX]; /* the first one heard comes first */
	uint64_t heard_ms[PARTNERS_DISCOVERED_MAX];    /* of each, the last time */
	size_t count;
	uint64_t next_ms; /* when to say that we are there */
	uint64_t counters[DISCOVERY_STAT_COUNT];
};

/* Nobody is known, and everybody is to be told at once. */
void discovery_begin(struct discovery *discovery, const struct nbt_env *env);

/* A datagram. own: our address, as partners know it. Whether those that are found have changed. */
bool discovery_receive(struct discovery *discovery, const uint8_t *bytes, size_t len,
		       struct in_addr source, struct in_addr own, const struct nbt_env *env);

/* Those that died without a word: not heard for three intervals, and answers() says that they don't
 * replicate either. Whether there were any. */
bool discovery_forget_silent(struct discovery *discovery, uint32_t interval_s,
			     bool (*answers)(void *ctx, struct in_addr server), void *ctx,
			     const struct nbt_env *env);

/* Whether to say that we are there; it is said then, and due again after the interval, which may be
 * another one each time. */
bool discovery_is_due(struct discovery *discovery, uint32_t interval_s, const struct nbt_env *env);

/* What to say. Returns its length. */
size_t discovery_message(struct discovery *discovery, struct in_addr own, bool down,
			 uint8_t message[DISCOVERY_MESSAGE_MAX]);

struct stats discovery_stats(struct discovery *discovery);

#endif

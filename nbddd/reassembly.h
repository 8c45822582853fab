/*
 * Fragments of datagrams become datagrams again: RFC 1001 section 17.1.2, RFC 1002 section 5.3.3.
 * In any order, each as often as it likes; bounded in memory and time, for all together and for
 * each source. Pure.
 */
#ifndef NBDDD_REASSEMBLY_H
#define NBDDD_REASSEMBLY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/datagram.h>
#include <nbt/env.h>

#include "common/stats.h"

struct reassembly;

struct reassembly_settings {
	size_t datagrams; /* incomplete, at once; a source may have a quarter */
	size_t bytes;     /* of them; a source may have a quarter */
	uint64_t timeout_ms;
};

/* NULL: out of memory. Nothing is allocated later. */
struct reassembly *reassembly_create(const struct reassembly_settings *settings);
void reassembly_destroy(struct reassembly *reassembly); /* NULL is fine */

/* A whole datagram is one packet, header first, as it would have been without fragments. */
#define REASSEMBLY_BYTES_MAX (NBT_DATAGRAM_HEADER_LEN + 4 + 65505)

/* For datagrams that begin from now on; the bounds stay. */
void reassembly_set_timeout(struct reassembly *reassembly, uint64_t timeout_ms);

/* Whether a packet is a part of a datagram; others need no reassembly. */
bool reassembly_is_fragment(const struct nbt_datagram *packet);

/*
 * A fragment: the packet as it came and what it decodes to. Whether it was the last one missing:
 * then *whole is the datagram, valid until the next call.
 *
 * Fragments belong together that have the sender (from), the source of the header and the id in
 * common. A fragment that is there already is ignored; one that overlaps others otherwise, or says
 * another end, ends its datagram.
 */
bool reassembly_add(struct reassembly *reassembly, const struct sockaddr_in *from,
		    const struct nbt_datagram *packet, const uint8_t *bytes, size_t len,
		    const struct nbt_env *env, const uint8_t **whole, size_t *whole_len);

/* Incomplete datagrams of now, and the bytes that are kept for them. */
size_t reassembly_count(const struct reassembly *reassembly);
size_t reassembly_bytes(const struct reassembly *reassembly);

#define REASSEMBLY_STATS(X)                                                                        \
	X(REASSEMBLY_FRAGMENT, "fragments.received")                                               \
	X(REASSEMBLY_WHOLE, "fragments.whole")                                                     \
	X(REASSEMBLY_DUPLICATE, "fragments.duplicate")                                             \
	X(REASSEMBLY_OVERLAP, "fragments.overlap") /* or another end */                            \
	X(REASSEMBLY_TOO_LONG, "fragments.too-long")                                               \
	X(REASSEMBLY_TIMEOUT, "fragments.timeout") /* datagrams given up */                        \
	X(REASSEMBLY_SHARE, "fragments.share")     /* given up: too many of one source */          \
	X(REASSEMBLY_CROWDED, "fragments.crowded") /* given up: too many of all */

struct stats *reassembly_stats(struct reassembly *reassembly);

#endif

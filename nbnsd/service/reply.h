/*
 * What the name server sends, as packets (name-service.md 1.6). Each function writes bytes and
 * length of the outgoing packet; where it goes is the caller's. Pure.
 */
#ifndef NBNSD_SERVICE_REPLY_H
#define NBNSD_SERVICE_REPLY_H

#include <nbt/packet.h>

#include "nbnsd/registry/claim.h"
#include "nbnsd/service/challenge.h"
#include "nbnsd/service/roster.h"
#include "nbnsd/service/service.h"

/* To a registration, refresh or release. ttl: of a positive answer to the former two. */
void reply_claim(struct outgoing *out, const struct claim *claim, enum nbt_rcode rcode,
		 uint32_t ttl);

/* "Wait so many seconds." */
void reply_wack(struct outgoing *out, const struct claim *claim, uint32_t ttl);

/* To a name query; cut with TC set to what a datagram takes (RFC 1002 section 4.2.13).
 * recursion: NBT_FLAG_RA, if we are a name server; in negative answers RA is always set, as Windows
 * and Samba have it and RFC 1002 section 4.2.14 prints it. */
void reply_positive(struct outgoing *out, const struct nbt_packet *query, uint16_t recursion,
		    const struct nbt_address *list, size_t count);
void reply_negative(struct outgoing *out, const struct nbt_packet *query);

/* To a name query, with a list of members: cut, with TC set, to what size takes; more: it lacks
 * some already. Returns the length. */
size_t reply_roster(uint8_t *bytes, size_t size, const struct nbt_packet *query, uint16_t recursion,
		    const struct roster *roster, bool more);

/* To a node status request; names that fit. */
size_t reply_status_limit(const struct nbt_packet *query);
void reply_status(struct outgoing *out, const struct nbt_packet *query,
		  const struct nbt_node_status *status);

/* The demand to give a name up, to who has it: the claim is a release (section 3 of
 * wins-replication.md). */
void reply_demand(struct outgoing *out, const struct claim *claim);

/* The question to the address that a challenge is asking. */
void reply_challenge(struct outgoing *out, const struct challenge *challenge);

#endif

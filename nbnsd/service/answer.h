/* What the database has to say to a name query (name-service.md 8). Pure. */
#ifndef NBNSD_SERVICE_ANSWER_H
#define NBNSD_SERVICE_ANSWER_H

#include <stddef.h>

#include <nbt/packet.h>

#include "nbnsd/registry/record.h"
#include "nbnsd/registry/registry.h"

enum answer {
	ANSWER_NEGATIVE,
	ANSWER_GROUP,    /* one entry, 255.255.255.255 */
	ANSWER_ADDRESSES /* answer_addresses(); negative if there are none */
};

/* Table 8.1 for a record that there is. keeps_masters: <1D> is a name like any. */
enum answer answer_decide(const struct registry_brief *record, uint8_t suffix, bool keeps_masters,
			  lease_time now);

/* NB_FLAGS of the record's entries. */
uint16_t answer_nb_flags(uint8_t kind, uint8_t node_type);

/*
 * The live addresses in the order of 8.3: those registered here before those of other servers,
 * the newest first, else as stored. Returns their number.
 */
size_t answer_addresses(const struct record *record, lease_time now,
			struct nbt_address out[RECORD_MAX_ADDRESSES]);

/* Puts an address at the head of a list of at most max (Prepend1BTo1CQueries): it is not repeated,
 * and the last one makes room if it must. Returns the new count. */
size_t answer_lead(struct nbt_address *list, size_t count, size_t max, struct in_addr leader);

/* "*<1B>", padded with spaces or NULs: asks for all domain masters (8.5). */
bool answer_is_all_masters(const struct nbt_name *name);

/* "*": asks for whatever there is. */
bool answer_is_everybody(const struct nbt_name *name);

#endif

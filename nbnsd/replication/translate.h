/* Records as the messages of replication have them, and back: there this server is its address, in
 * the registry OWNER_SELF. Pure. */
#ifndef NBNSD_REPLICATION_TRANSLATE_H
#define NBNSD_REPLICATION_TRANSLATE_H

#include <nbt/replication.h>

#include "nbnsd/registry/record.h"

/* self: our address; 0.0.0.0: there is none. */
struct in_addr translate_owner_in(struct in_addr owner, struct in_addr self);
struct in_addr translate_owner_out(struct in_addr owner, struct in_addr self);

/* owner: of the record, as in the message that it came in. Leases are left to outcome.h. */
void translate_in(struct record *out, const struct nbt_replica *in, struct in_addr owner,
		  struct in_addr self);

/* Members behind the count are not written. */
void translate_out(struct nbt_replica *out, const struct record *in, struct in_addr self);

#endif

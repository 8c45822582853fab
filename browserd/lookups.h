/*
 * Look-ups of the browser by name.sock of this host's nbnsd: who has a name, and whether a host has
 * it still. Where there are name servers (wins-servers) they are asked themselves, since what nbnsd
 * remembers may be older than what has happened.
 */
#ifndef BROWSERD_LOOKUPS_H
#define BROWSERD_LOOKUPS_H

#include <nbt/error.h>
#include <nbt/name.h>

#include "browserd/service.h"

struct loop;
struct lookups;

struct lookups_settings {
	struct nbt_scope scope;
	const struct in_addr *servers; /* borrowed until the next settings */
	size_t server_count;
};

typedef void lookups_end_fn(void *ctx, uint32_t token, const struct browser_found *found);

/* path: of name.sock; copied. 0 or a negative errno. */
int lookups_open(struct lookups **out, struct loop *loop, const char *path, lookups_end_fn *end,
		 void *ctx) NBT_MUSTCHECK;
void lookups_close(struct lookups *lookups); /* NULL is fine */
void lookups_set(struct lookups *lookups, const struct lookups_settings *settings);

/* Ends from the loop, never within the call. false: too many. */
bool lookups_ask(struct lookups *lookups, const struct browser_lookup *lookup);

#endif

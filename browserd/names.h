/* The names that the browser has claimed, each counted over those who want it: __MSBROWSE__ belongs
 * to the masters of all workgroups. Pure. */
#ifndef BROWSERD_NAMES_H
#define BROWSERD_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include <nbt/local.h>

enum names_state {
	NAMES_GONE,   /* refused, or lost */
	NAMES_WANTED, /* not decided yet */
	NAMES_HELD
};

struct names_sinks {
	bool (*claim)(void *ctx, const struct nbt_local_claim *claim);
	void (*release)(void *ctx, const struct nbt_local_claim *claim);
};

struct names;

/* sinks is copied, ctx is its functions'. NULL: out of memory. */
struct names *names_create(const struct names_sinks *sinks, void *ctx);
void names_destroy(struct names *names); /* NULL is fine; releases nothing */

/* One more who wants it. The state that it is in now; GONE: it cannot be claimed. */
enum names_state names_claim(struct names *names, const struct nbt_local_claim *claim);

/* One who does not want it any more; the last one releases it. */
void names_release(struct names *names, const struct nbt_local_claim *claim);

/* Claims anew what is gone, for all who want it. */
void names_retry(struct names *names, const struct nbt_local_claim *claim);

/* What the name service said. false: nobody wants it. */
bool names_decide(struct names *names, const struct nbt_local_claim *claim, enum names_state state);

/* The connection has ended: nothing is decided any more, and what was gone stays so. */
void names_disconnected(struct names *names);

enum names_state names_state(const struct names *names, const struct nbt_local_claim *claim);

size_t names_count(const struct names *names);

#endif

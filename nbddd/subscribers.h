/*
 * Which programs of this host want the datagrams of which names, and whether the host has the
 * names. A name is claimed once, whoever and how many want it, and released with the last of them.
 * Pure.
 */
#ifndef NBDDD_SUBSCRIBERS_H
#define NBDDD_SUBSCRIBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/local.h>

struct subscribers;

enum subscribers_verdict {
	SUBSCRIBE_HELD,  /* the name is there: answer now */
	SUBSCRIBE_WAIT,  /* it is being claimed: subscribers_decided() has the answer */
	SUBSCRIBE_CLAIM, /* the same, and the claim is to be made now */
	SUBSCRIBE_OTHER, /* it is there as a group, and wanted as a unique name, or the reverse */
	SUBSCRIBE_TOO_MANY
};

enum unsubscribe_verdict {
	UNSUBSCRIBE_UNKNOWN, /* there was no such subscription */
	UNSUBSCRIBE_DONE,    /* others have the name still */
	UNSUBSCRIBE_RELEASE  /* it was the last: the claim is to be ended now */
};

/* Bounds: of names, and of subscriptions in all. NULL: out of memory. */
struct subscribers *subscribers_create(size_t names, size_t subscriptions);
void subscribers_destroy(struct subscribers *subscribers); /* NULL is fine */

/* Whether it is a name to be claimed: not "*", whose datagrams are those for everybody. */
bool subscribers_is_claimed(const struct nbt_name *name);

/* Whether the program waits for an answer about this name; to the request with *id. */
bool subscribers_is_waiting(const struct subscribers *subscribers, uint32_t client,
			    const struct nbt_local_claim *claim, uint16_t *id);

/* A program subscribes, with the id of its request; again: with the new id. */
enum subscribers_verdict subscribers_add(struct subscribers *subscribers, uint32_t client,
					 uint16_t id, const struct nbt_local_claim *claim);
enum unsubscribe_verdict subscribers_remove(struct subscribers *subscribers, uint32_t client,
					    const struct nbt_local_claim *claim);

/* A program has gone: takes one of its subscriptions away; false: it has none any more. released:
 * the claim is to be ended. */
bool subscribers_remove_any(struct subscribers *subscribers, uint32_t client,
			    struct nbt_local_claim *claim, bool *released);

/* Somebody who is told. */
struct subscriber {
	uint32_t client;
	uint16_t id; /* of his request */
	const struct nbt_local_claim *claim;
};
typedef void subscriber_fn(void *ctx, const struct subscriber *subscriber);

/*
 * nbnsd has decided. held() hears who waited for it, and are told that they have the name. When it
 * is refused or lost the name is forgotten, and each() hears who had it or waited for it: waited
 * says which.
 */
void subscribers_held(struct subscribers *subscribers, const struct nbt_local_claim *claim,
		      subscriber_fn *each, void *ctx);
typedef void subscriber_lost_fn(void *ctx, const struct subscriber *subscriber, bool waited);
void subscribers_gone(struct subscribers *subscribers, const struct nbt_local_claim *claim,
		      subscriber_lost_fn *each, void *ctx);

/* Who wants the datagrams of this name on this interface: names that are held. Returns how many.
 * each may be NULL. */
size_t subscribers_each(const struct subscribers *subscribers, const struct nbt_name *name,
			const struct nbt_scope *scope, struct in_addr interface,
			subscriber_fn *each, void *ctx);

size_t subscribers_names(const struct subscribers *subscribers);
size_t subscribers_count(const struct subscribers *subscribers);

#endif

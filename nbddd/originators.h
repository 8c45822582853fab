/*
 * Whose datagrams were relayed lately: a name, and the address that answers to it go to. Of fixed
 * size: who has not sent for the longest time is forgotten first. Pure.
 */
#ifndef NBDDD_ORIGINATORS_H
#define NBDDD_ORIGINATORS_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/name.h>

struct originators;

struct originator {
	struct nbt_name name;
	struct nbt_scope scope;
	struct sockaddr_in address;
	struct nbt_name destination; /* of its last datagram */
	uint64_t at_ms;              /* of that */
	uint64_t datagrams;          /* so many since it is remembered; counted here */
};

struct originators *originators_create(size_t count);      /* NULL: out of memory */
void originators_destroy(struct originators *originators); /* NULL is fine */

/* Adds it, or makes it as new; a name has one address, the last one. */
void originators_add(struct originators *originators, const struct originator *originator);

/* Who has sent with this name since then. NULL: nobody. Valid until the next one is added. */
const struct originator *originators_find(const struct originators *originators,
					  const struct nbt_name *name,
					  const struct nbt_scope *scope, uint64_t since_ms);

typedef void originators_fn(void *ctx, const struct originator *originator);
void originators_each(const struct originators *originators, uint64_t since_ms,
		      originators_fn *each, void *ctx);

#endif

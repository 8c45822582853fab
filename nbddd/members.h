/*
 * The members of a group, or with "*" every node of a scope, as name servers know them: RFC 1001
 * section 15.3.4. Asked for once, however many want to know, and remembered for a short time. Pure:
 * look-ups go through the service's sinks.
 *
 * Whoever asks keeps what he has to send, and is told by the function that he gives.
 */
#ifndef NBDDD_MEMBERS_H
#define NBDDD_MEMBERS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/env.h>
#include <nbt/name.h>

struct dgram_service;
struct members;

/* What is known; valid until the next call of this module. */
struct members_list {
	bool is_known;               /* false: no name server answered; count is 0 then */
	bool is_whole;               /* false: there are more than were told */
	size_t count;                /* 0 and is_known: there is no such group */
	const struct in_addr *items; /* each once; without broadcast addresses */
};

/* NULL: out of memory. service is borrowed. */
struct members *members_create(struct dgram_service *service);
void members_destroy(struct members *members); /* NULL is fine */

typedef void members_fn(void *ctx, uint32_t token, const struct members_list *list,
			const struct nbt_env *env);

/* told() is called once, now or later. false: too many ask; it is not called. */
bool members_ask(struct members *members, const struct nbt_name *name,
		 const struct nbt_scope *scope, members_fn *told, void *ctx, uint32_t token,
		 const struct nbt_env *env);

#endif

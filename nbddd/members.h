/*
 * The members of a group, or with "*" every node of a scope, as name servers know them: RFC 1001
 * section 15.3.4. nbnsd of this host and every other name server of the settings are asked, and
 * what they say is united. Asked for once, however many want to know, and remembered for a short
 * time; so is that there is no such group. A group that is in use is asked for again before that
 * time is over. Pure: look-ups go through the service's sinks.
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

#include "common/stats.h"

struct dgram_service;
struct members;

/* What is known; valid until the next call of this module. */
struct members_list {
	bool is_known;               /* false: no name server answered; count is 0 then */
	bool is_whole;               /* false: there are more than were told */
	size_t count;                /* 0 and is_known: there is no such group */
	const struct in_addr *items; /* each once; without broadcast addresses; sorted */
};

/* NULL: out of memory. service is borrowed. */
struct members *members_create(struct dgram_service *service);
void members_destroy(struct members *members); /* NULL is fine */

typedef void members_fn(void *ctx, uint32_t token, const struct members_list *list,
			const struct nbt_env *env);

/* Whether what is known need not be asked for; *list is filled then. */
bool members_remembers(struct members *members, const struct nbt_name *name,
		       const struct nbt_scope *scope, struct members_list *list,
		       const struct nbt_env *env);

/* told() is called once, now or later. false: too many ask; it is not called. */
bool members_ask(struct members *members, const struct nbt_name *name,
		 const struct nbt_scope *scope, members_fn *told, void *ctx, uint32_t token,
		 const struct nbt_env *env);

/* When a name server has been waited for long enough. */
uint64_t members_deadline(const struct members *members);
void members_wake(struct members *members, const struct nbt_env *env);

/* What is remembered, for the administrator. */
typedef void members_group_fn(void *ctx, const struct nbt_name *name, const struct nbt_scope *scope,
			      const struct members_list *list, uint64_t expires_ms);
void members_each(const struct members *members, members_group_fn *each, void *ctx);

#define MEMBERS_STATS(X)                                                                           \
	X(MEMBERS_BROADCAST, "members.broadcast") /* addresses that are of no host */              \
	X(MEMBERS_NONE, "members.none")           /* look-ups of groups that there are not */      \
	X(MEMBERS_CUT, "members.cut")             /* answers that are not the whole list */        \
	X(MEMBERS_BY_TCP, "members.by-tcp")       /* those asked for again, by TCP */              \
	X(MEMBERS_SILENT, "members.silent")       /* name servers that did not answer */           \
	X(MEMBERS_TOO_MANY, "members.too-many")

struct stats *members_stats(struct members *members);

#endif

/*
 * Answers that are given whole however long they are: to questions by TCP, and of clients of
 * name.sock who want all members of a group (DESIGN: a datagram distribution server does). An
 * answer about a scope is put together in steps, so that it holds nobody up. Pure.
 */
#ifndef NBNSD_SERVICE_WHOLE_H
#define NBNSD_SERVICE_WHOLE_H

#include "nbnsd/service/service.h"

struct whole;

/*
 * Begins the answer to a name query or a node status request. NULL: there is none: it is something
 * else, nobody's business here, its source has had its share of answers, or memory is out. That the
 * source may have it is for the caller to know. limit: bytes of the answer, WHOLE_MAX at most.
 */
struct whole *whole_begin(struct service *service, const struct incoming *in, size_t limit,
			  const struct nbt_env *env);
void whole_destroy(struct whole *whole); /* NULL is fine */

/* Goes on for some hundred microseconds at most; true: the answer is there. */
bool whole_step(struct whole *whole, const struct nbt_env *env);

#define WHOLE_MAX UINT16_MAX

/* The answer, a packet; valid until the end of whole. */
const uint8_t *whole_answer(const struct whole *whole, size_t *len);

#endif

/*
 * A daemon as a client of name.sock or datagram.sock, nbt-local(7), on the loop: it connects, again
 * and again if need be, keeps the names that are wanted claimed, and carries look-ups.
 */
#ifndef COMMON_LOCAL_H
#define COMMON_LOCAL_H

#include "common/local_core.h"

struct local;
struct loop;

/* Called from the loop only, never from within a function of this header; may call all of them but
 * local_close(). */
typedef void local_event_fn(void *ctx, const struct local_event *event);

/* Connects when the loop runs; that there is no daemon is an event, not an error. path is copied. 0
 * or a negative errno. */
int local_open(struct local **out, struct loop *loop, const char *path,
	       const struct local_settings *settings, local_event_fn *event,
	       void *ctx) NBT_MUSTCHECK;

/* Ends the connection, by which the names are released. NULL is fine. */
void local_close(struct local *local);

/* As local_core_claim() and its sisters. */
bool local_claim(struct local *local, const struct nbt_local_claim *claim, uint32_t token);
bool local_release(struct local *local, const struct nbt_local_claim *claim);
bool local_query(struct local *local, const struct nbt_local_query *query, uint32_t token);

/* datagram.sock: sends a datagram now. -ENOTCONN: there is no daemon; -EAGAIN: it does not read as
 * fast; -EMSGSIZE. */
int local_send_datagram(struct local *local, const struct nbt_envelope *envelope,
			const uint8_t *bytes, size_t len);

#endif

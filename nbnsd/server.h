/*
 * The edge of the name service: carries packets between the sockets and the service, and changes
 * between the service and the store. ctx is the struct nbnsd throughout; two stages of its start.
 */
#ifndef NBNSD_SERVER_H
#define NBNSD_SERVER_H

#include "common/loop.h"

struct nbnsd;

/* What the loop tells. */
extern const struct loop_events server_events;

/* Binds the sockets; nothing is received before loop_run(). */
int server_bind(void *ctx);
void server_unbind(void *ctx);

int server_start(void *ctx);

/* Parts of a reload, see common/reload.h. */
int server_apply_sockets(void *ctx);
int server_apply_service(void *ctx);

/*
 * The service ends, but not what it is reached by, and begins again from what is in nbnsd by then.
 * What waits for the store is answered before; programs of name.sock are closed, and claim their
 * names anew. 0 or a negative errno, with the service ended.
 */
void server_pause(struct nbnsd *nbnsd);
int server_resume(struct nbnsd *nbnsd) NBT_MUSTCHECK;

/* In order: no more packets, what is queued is committed, its answers are sent. Closes the store.
 */
void server_stop(void *ctx);

#endif

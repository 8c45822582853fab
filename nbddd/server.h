/*
 * The edge of the datagram service: carries packets between the sockets and the service, and what
 * it wants of nbnsd to name.sock. ctx is the struct nbddd throughout; two stages of its start.
 */
#ifndef NBDDD_SERVER_H
#define NBDDD_SERVER_H

#include "common/loop.h"

/* What the loop tells. */
extern const struct loop_events server_events;

/* Binds the sockets; nothing is received before loop_run(). */
int server_bind(void *ctx);
void server_unbind(void *ctx);

int server_start(void *ctx);
void server_stop(void *ctx);

/* Parts of a reload, see common/reload.h. */
int server_apply_sockets(void *ctx);
int server_apply_service(void *ctx);

#endif

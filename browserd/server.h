/* The browser on this host: its core, nbddd, and the interfaces. ctx is the struct browserd. */
#ifndef BROWSERD_SERVER_H
#define BROWSERD_SERVER_H

#include "common/loop.h"

/* A stage of the start. */
int server_start(void *ctx);
void server_stop(void *ctx);

extern const struct loop_events server_events;

/* Parts of a reload: the interfaces, and everything else. */
int server_apply_interfaces(void *ctx);
int server_apply_service(void *ctx);

#endif

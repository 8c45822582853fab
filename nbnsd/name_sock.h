/* The edge of name.sock, between the local server and clients.h. ctx is the struct nbnsd. */
#ifndef NBNSD_NAME_SOCK_H
#define NBNSD_NAME_SOCK_H

#include <nbt/env.h>

struct nbnsd;

/* A stage of the start, while root: listens. Without the socket names are served all the same. */
int name_sock_open(void *ctx);
void name_sock_close(void *ctx);

/* Begins to serve clients, when there is a service, and reads LMHOSTS; nothing is received before
 * loop_run(). 0 or -ENOMEM. */
int name_sock_start(struct nbnsd *nbnsd);
void name_sock_stop(struct nbnsd *nbnsd);

/* Closes all connections: what their names were kept in is gone. They may come again. */
void name_sock_end_all(struct nbnsd *nbnsd);

/* Reads LMHOSTS again. What is wrong in it is logged; one that is broken changes nothing. 0, or a
 * negative errno. */
int name_sock_load_lmhosts(struct nbnsd *nbnsd);

/* What has become due; once a turn. When it wants to be called again: now, or NBT_NEVER. */
uint64_t name_sock_turn(struct nbnsd *nbnsd, const struct nbt_env *env);

#endif

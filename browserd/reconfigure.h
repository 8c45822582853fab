/* Reload of browserd's settings: which parts of it they are about. ctx is the struct browserd. */
#ifndef BROWSERD_RECONFIGURE_H
#define BROWSERD_RECONFIGURE_H

#include "common/conf.h"

struct nbt_env;

/* What daemon_program wants: whether names can be written on the wire; nothing is prepared. */
int reconfigure_prepare(const void *settings, void **out, char error[CONF_ERROR_MAX]);

/* A stage of the start, when there is everything that can be changed. */
int reconfigure_open(void *ctx);
void reconfigure_close(void *ctx);

/* SIGHUP. */
void reconfigure_signal(void *ctx, const struct nbt_env *env);

#endif

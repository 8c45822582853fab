/* Reload of nbnsd's settings: which parts of it they are about. ctx is the struct nbnsd. */
#ifndef NBNSD_RECONFIGURE_H
#define NBNSD_RECONFIGURE_H

#include "common/conf.h"

struct nbt_env;

struct nbnsd;

/* What daemon_program wants: the files that the settings name, as a struct files. */
int reconfigure_prepare(const void *settings, void **out, char error[CONF_ERROR_MAX]);
void reconfigure_discard(void *prepared);

/* Makes the service use those it has; at the start, when there is a service. */
void reconfigure_use_files(const struct nbnsd *nbnsd);

/* A stage of the start, when there is everything that can be changed. */
int reconfigure_open(void *ctx);
void reconfigure_close(void *ctx);

/* SIGHUP. */
void reconfigure_signal(void *ctx, const struct nbt_env *env);

#endif

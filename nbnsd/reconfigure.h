/* Reload of nbnsd's settings: which parts of it they are about. ctx is the struct nbnsd. */
#ifndef NBNSD_RECONFIGURE_H
#define NBNSD_RECONFIGURE_H

struct nbt_env;

/* A stage of the start, when there is everything that can be changed. */
int reconfigure_open(void *ctx);
void reconfigure_close(void *ctx);

/* SIGHUP. */
void reconfigure_signal(void *ctx, const struct nbt_env *env);

#endif

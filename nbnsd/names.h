/* The names of the last run: opens the store and fills the registry from it. A stage of the start;
 * ctx is the struct nbnsd. */
#ifndef NBNSD_NAMES_H
#define NBNSD_NAMES_H

int names_open(void *ctx);
void names_close(void *ctx);

/* After the service has been created, before the store runs: audit and conflicts of earlier runs.
 * 0, or a negative errno: -ECANCELED, having said why. */
struct nbnsd;
int names_load_history(struct nbnsd *nbnsd);

#endif

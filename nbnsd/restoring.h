/*
 * Restore while the process goes on: a copy is checked and put ready in a thread, then the service
 * is ended, begun again from it, and if that fails, from the database of before. Sockets stay
 * open; ctx is the struct nbnsd.
 */
#ifndef NBNSD_RESTORING_H
#define NBNSD_RESTORING_H

#include <stdbool.h>

struct ctl_request;
struct nbnsd;

/* Ends the request later. foreign: also a copy of another database. */
void restoring_start(struct nbnsd *nbnsd, struct ctl_request *rq, const char *copy, bool foreign);

/* A stage of the start, whose end gives up what is under way. */
int restoring_open(void *ctx);
void restoring_close(void *ctx);

#endif

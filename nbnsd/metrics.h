/* Everything that nbnsd counts and measures, by name, and where Prometheus finds it. */
#ifndef NBNSD_METRICS_H
#define NBNSD_METRICS_H

#include "common/metrics.h"

struct nbnsd;

struct metrics metrics_of(struct nbnsd *nbnsd);

/* By HTTP, as metrics-port has it: a stage of the start, and a part of a reload. */
int metrics_start(void *nbnsd);
int metrics_apply(void *nbnsd);
void metrics_stop(void *nbnsd);

#endif

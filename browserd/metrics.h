/* Everything that browserd counts and measures, by name, and where Prometheus finds it. */
#ifndef BROWSERD_METRICS_H
#define BROWSERD_METRICS_H

#include "common/metrics.h"

struct browserd;

struct metrics metrics_of(struct browserd *browserd);

/* By HTTP, as metrics-port has it: a stage of the start, and a part of a reload. */
int metrics_start(void *browserd);
int metrics_apply(void *browserd);
void metrics_stop(void *browserd);

#endif

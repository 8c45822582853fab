/* Everything that nbddd counts and measures, by name, and where Prometheus finds it. */
#ifndef NBDDD_METRICS_H
#define NBDDD_METRICS_H

#include "common/metrics.h"

struct nbddd;

struct metrics metrics_of(struct nbddd *nbddd);

/* By HTTP, as metrics-port has it: a stage of the start, and a part of a reload. */
int metrics_start(void *nbddd);
int metrics_apply(void *nbddd);
void metrics_stop(void *nbddd);

#endif

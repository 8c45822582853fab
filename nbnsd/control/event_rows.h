/* Events and conflicts as rows of control commands. */
#ifndef NBNSD_CONTROL_EVENT_ROWS_H
#define NBNSD_CONTROL_EVENT_ROWS_H

#include "common/ctl.h"
#include "nbnsd/control/events.h"

/* NULL: out of memory. */
json_t *event_row(const struct event *event);
json_t *conflict_row(const struct conflict *conflict);

/* "2026-11-26T10:00:00Z"; null for 0, never. */
json_t *row_time(int64_t wall_s);

#endif

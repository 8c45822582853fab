#include "nbnsd/control/events.h"

#include <stdlib.h>

/* A ring: event n is at n % max. */
struct events {
	size_t max;
	uint64_t count; /* so far */
	struct event *event;
};

struct events *events_create(size_t max)
{
	struct events *events = calloc(1, sizeof(*events));

	if (events == NULL)
		return NULL;
	events->max = max;
	events->event = calloc(max, sizeof(*events->event));
	if (events->event == NULL) {
		free(events);
		return NULL;
	}
	return events;
}

void events_destroy(struct events *events)
{
	if (events == NULL)
		return;
	free(events->event);
	free(events);
}

struct event *events_add(struct events *events)
{
	return &events->event[events->count++ % events->max];
}

uint64_t events_end(const struct events *events)
{
	return events->count;
}

const struct event *events_next(const struct events *events, uint64_t *cursor, uint64_t *lost)
{
	uint64_t first = events->count > events->max ? events->count - events->max : 0;

	*lost = *cursor < first ? first - *cursor : 0;
	*cursor += *lost;
	return *cursor < events->count ? &events->event[(*cursor)++ % events->max] : NULL;
}

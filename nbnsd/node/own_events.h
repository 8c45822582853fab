/* What the administrator is told about her own host's names. */
#ifndef NBNSD_NODE_OWN_EVENTS_H
#define NBNSD_NODE_OWN_EVENTS_H

#include "nbnsd/node/node.h"

#define OWN_EVENT_MAX 320

/* One sentence about an event of the configuration's names. Returns buf. */
char *own_event_print(const struct node *node, const struct node_event *event,
		      char buf[OWN_EVENT_MAX]);

/* Logs it: what is refused or lost as a warning, once, for the node tells it once. */
void own_event_log(const struct node *node, const struct node_event *event);

#endif

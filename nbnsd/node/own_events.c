#include "nbnsd/node/own_events.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "common/charset.h"
#include "common/conf.h"
#include "common/log.h"

/* Why not, as the second half of a sentence. */
static void print_reason(const struct node *node, const struct node_event *event,
			 char buf[OWN_EVENT_MAX])
{
	char who[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &event->who, who, sizeof(who));
	if (event->who.s_addr == INADDR_ANY && event->rcode == NBT_RCODE_SRV_ERR)
		snprintf(buf, OWN_EVENT_MAX, "no name server answers");
	else if (event->who.s_addr == INADDR_ANY)
		snprintf(buf, OWN_EVENT_MAX, "the name server refuses it (error %u)", event->rcode);
	else if (event->rcode == NBT_RCODE_CFT_ERR) /* who tells need not have it */
		snprintf(buf, OWN_EVENT_MAX, "%s says that another host has it", who);
	else if (!node_uses_server(node, event->who))
		snprintf(buf, OWN_EVENT_MAX, "%s has it", who);
	else if (event->rcode == NBT_RCODE_ACT_ERR)
		snprintf(buf, OWN_EVENT_MAX, "name server %s says that another host has it", who);
	else
		snprintf(buf, OWN_EVENT_MAX, "name server %s refuses it (error %u)", who,
			 event->rcode);
}

char *own_event_print(const struct node *node, const struct node_event *event,
		      char buf[OWN_EVENT_MAX])
{
	char name[CHARSET_PRINT_MAX], reason[OWN_EVENT_MAX], retry[CONF_DURATION_MAX];
	bool is_ours = event->type == NODE_DECIDED && event->rcode == NBT_RCODE_OK;

	charset_print_name(&event->claim.name, name);
	if (is_ours) {
		snprintf(buf, OWN_EVENT_MAX, "%s is ours%s", name,
			 event->is_regained ? " again" : "");
		return buf;
	}
	print_reason(node, event, reason);
	conf_duration_print(node_claim_retry(node), retry);
	snprintf(buf, OWN_EVENT_MAX, "%s is %s: %.128s; it is claimed again every %s", name,
		 event->type == NODE_LOST ? "ours no more" : "not ours", reason, retry);
	return buf;
}

void own_event_log(const struct node *node, const struct node_event *event)
{
	char text[OWN_EVENT_MAX];

	own_event_print(node, event, text);
	if (event->type == NODE_LOST || event->rcode != NBT_RCODE_OK)
		log_warning("%s", text);
	else if (event->is_regained)
		log_info("%s", text);
	else
		log_debug("%s", text);
}

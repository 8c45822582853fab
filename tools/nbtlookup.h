/* nbtlookup in two halves: nbtlookup.c asks, nbtlookup_say.c says what came of it. */
#ifndef TOOLS_NBTLOOKUP_H
#define TOOLS_NBTLOOKUP_H

#include <jansson.h>

#include <nbt/client.h>

#include "tools/netif.h"
#include "tools/tool.h"

struct lookup_options {
	struct tool_choice target;
	const char *scope;
	unsigned port, debug_level;
	bool flags, master_browser, recursion, status, translate, root_port, by_address, json;
};

/* Of the whole run. */
struct lookup {
	struct lookup_options options;
	struct nbt_client *client;
	struct nbt_scope scope;
	struct netif interfaces[NETIF_MAX];
	size_t interface_count;
	bool directed; /* at target; else at the subnets of all interfaces */
	struct in_addr target;
	json_t *json; /* what is said about the present NAME; NULL: it is said as text */
};

/* One NAME of the command line. */
struct wanted {
	const char *typed; /* without the suffix */
	unsigned suffix;   /* as typed: any number */
	struct nbt_name name;
};

/* What is no name is not asked for. */
void say_too_long(const struct lookup *l, const struct wanted *w);
void say_no_name(const struct lookup *l, const struct wanted *w);

void say_query(const struct lookup *l, const struct wanted *w);

/* The flags of all answers together. */
void say_flags(const struct lookup *l, uint16_t flags);

/* host: its DNS name; NULL if it is not wanted. Returns the JSON object of the address, which
 * l->json owns, or NULL. */
json_t *say_address(const struct lookup *l, const struct wanted *w,
		    const struct nbt_address *address, const char *host);

void say_failed(const struct lookup *l, const struct wanted *w);

/* json: the object of the address; NULL: as text. */
void say_status_query(json_t *json, struct in_addr address);
/* node: NULL if there was no answer. */
void say_status(json_t *json, struct in_addr address, const struct nbt_node_status *node);

#endif

/* Autodiscovery by multicast: the sockets for partners/discovery.h. */
#ifndef NBNSD_DISCOVERY_EDGE_H
#define NBNSD_DISCOVERY_EDGE_H

#include <nbt/env.h>
#include <nbt/error.h>

#include "common/iface.h"
#include "common/stats.h"

struct discovery_edge;
struct loop;

struct discovery_edge_options {
	struct in_addr own; /* our address, as partners know it: datagrams come from it */
	uint16_t port;
	/* The servers that are found have changed. */
	void (*changed)(void *ctx);
	/* Whether one of them replicates with us, heard or not. */
	bool (*answers)(void *ctx, struct in_addr server);
	void *ctx;
};

/* 0 or a negative errno. Nothing is heard or said before discovery_edge_set_interfaces(). */
int discovery_edge_open(struct discovery_edge **out, struct loop *loop,
			const struct discovery_edge_options *options) NBT_MUSTCHECK;

/* On which it hears and speaks; wanted as in iface_is_selected(). */
void discovery_edge_set_interfaces(struct discovery_edge *edge, const struct iface_list *ifaces,
				   const char *const *wanted);

/* In every turn of the loop. interval_s: how often we say that we are there. Returns when it wants
 * to be called at the latest. */
uint64_t discovery_edge_turn(struct discovery_edge *edge, uint32_t interval_s,
			     const struct nbt_env *env);

/* The servers that are found; valid until the next of them. */
const struct in_addr *discovery_edge_found(const struct discovery_edge *edge, size_t *count);

struct stats discovery_edge_stats(struct discovery_edge *edge);

/* Says that we go. NULL is fine. */
void discovery_edge_close(struct discovery_edge *edge);

#endif

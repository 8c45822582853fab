/*
 * WINS replication as a part of nbnsd: the machine of partners with its connections, settings and
 * autodiscovery. There is none as long as there is nobody to replicate with, or no address by which
 * partners know us. ctx is the struct nbnsd; a stage of its start.
 */
#ifndef NBNSD_PARTNERS_EDGE_H
#define NBNSD_PARTNERS_EDGE_H

#include <nbt/env.h>
#include <nbt/error.h>

#include "common/iface.h"

struct nbnsd;
struct stats;

/* When there is a service. */
int partners_edge_open(void *ctx);
void partners_edge_close(void *ctx);

/* Part of a reload, see common/reload.h: behind the service, which has to know our address. */
int partners_edge_apply(void *ctx);

/* Our address for partners: found once, and again when it is configured otherwise. Returns whether
 * it is another one than before. */
bool partners_edge_find_own(struct nbnsd *nbnsd);

/* The interfaces have changed, or are told for the first time. */
void partners_edge_set_interfaces(struct nbnsd *nbnsd, const struct iface_list *ifaces);

/* Counters of autodiscovery; false: it is off. */
bool partners_edge_discovery_stats(const struct nbnsd *nbnsd, struct stats *out);

/* In every turn of the loop, before changes are taken. Returns when it wants to be called at the
 * latest. */
uint64_t partners_edge_turn(struct nbnsd *nbnsd, const struct nbt_env *env);

#endif

#include "nbnsd/partners_edge.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/network.h"
#include "nbnsd/discovery_edge.h"
#include "nbnsd/nbnsd.h"
#include "nbnsd/owner_address.h"
#include "nbnsd/partner_links.h"
#include "nbnsd/server.h"

struct partners_edge {
	struct replication_effect effect;
	struct partner_links *links;
	struct discovery_edge *discovery; /* NULL: off */
	bool was_recovering;
};

/* What cannot be found is said when the settings are read. */
bool partners_edge_find_own(struct nbnsd *nbnsd)
{
	struct in_addr before = nbnsd->replication_own, own;
	char error[CONF_ERROR_MAX];

	if (!conf_replicates(&nbnsd->settings) || nbnsd->settings.nbnsd.replication_port == 0)
		nbnsd->replication_own.s_addr = INADDR_ANY;
	else if (owner_address(&nbnsd->settings, &own, error) == 0 && own.s_addr != INADDR_ANY)
		if (before.s_addr == INADDR_ANY ||
		    nbnsd->settings.nbnsd.replication_address.s_addr != INADDR_ANY)
			nbnsd->replication_own = own;
	return nbnsd->replication_own.s_addr != before.s_addr;
}

/*
 * Settings.
 */

static void make_effect(struct nbnsd *nbnsd)
{
	struct partners_edge *edge = nbnsd->partners_edge;
	const struct in_addr *found = NULL;
	size_t count = 0;

	if (edge->discovery != NULL)
		found = discovery_edge_found(edge->discovery, &count);
	conf_replication_apply(&nbnsd->settings, nbnsd->replication_own, found, count,
			       &edge->effect);
}

static void apply_effect(struct nbnsd *nbnsd)
{
	const struct nbt_env env = loop_env(nbnsd->loop);

	make_effect(nbnsd);
	if (!partners_set_settings(nbnsd->partners, &nbnsd->partners_edge->effect.settings, &env))
		log_error("some partners are left out: out of memory");
}

/*
 * Autodiscovery.
 */

static void discovered(void *ctx)
{
	apply_effect(ctx);
}

static bool answers(void *ctx, struct in_addr server)
{
	const struct nbnsd *nbnsd = ctx;

	return partners_answers(nbnsd->partners, server);
}

static void open_discovery(struct nbnsd *nbnsd)
{
	struct partners_edge *edge = nbnsd->partners_edge;
	const struct discovery_edge_options options = {
		.own = edge->effect.settings.address,
		.port = edge->effect.settings.port,
		.changed = discovered,
		.answers = answers,
		.ctx = nbnsd,
	};
	int ret = discovery_edge_open(&edge->discovery, nbnsd->loop, &options);

	if (ret < 0)
		log_warning(
			"no autodiscovery of partners: %s; it is tried again when interfaces change",
			strerror(-ret));
}

static void close_discovery(struct partners_edge *edge)
{
	discovery_edge_close(edge->discovery);
	edge->discovery = NULL;
}

/*
 * The beginning and the end.
 */

static int create(struct nbnsd *nbnsd)
{
	struct partners_edge *edge = nbnsd->partners_edge;
	const struct nbt_env env = loop_env(nbnsd->loop);
	struct partner_links_options options;
	struct partners_sinks sinks;
	const struct partners_start start = {
		.is_empty = registry_count(nbnsd->registry) == 0,
		.lost_below = nbnsd->lost_below,
		.seen_version = nbnsd->seen_version,
		.first_version = nbnsd->next_version,
		.knows_versions = nbnsd->has_reserved,
	};
	int ret;

	make_effect(nbnsd);
	options = (struct partner_links_options){ edge->effect.settings.address,
						  edge->effect.settings.port };
	ret = partner_links_open(&edge->links, nbnsd->loop, &options);
	if (ret < 0)
		return ret;
	sinks = partner_links_sinks(edge->links);
	nbnsd->partners =
		partners_create(&edge->effect.settings, nbnsd->service, &sinks, &start, &env);
	if (nbnsd->partners == NULL)
		return -ENOMEM;
	partner_links_begin(edge->links, nbnsd->partners);
	if (edge->effect.settings.discovery)
		open_discovery(nbnsd);
	return 0;
}

static void say_hello(const struct nbnsd *nbnsd)
{
	char own[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &nbnsd->replication_own, own, sizeof(own));
	log_info("replication with %zu partners, as %s", partners_count(nbnsd->partners), own);
	if (partners_is_recovering(nbnsd->partners))
		log_warning("the database is empty: partners are asked for what it held; until "
			    "they have answered nothing is registered");
}

static void tell_of_recovery(struct nbnsd *nbnsd)
{
	struct partners_edge *edge = nbnsd->partners_edge;
	bool is_recovering = partners_is_recovering(nbnsd->partners);

	service_set_recovering(nbnsd->service, is_recovering);
	if (edge->was_recovering && !is_recovering)
		log_info("%zu names have come back from partners; the next version is %llu",
			 registry_count(nbnsd->registry),
			 (unsigned long long)service_next_version(nbnsd->service));
	edge->was_recovering = is_recovering;
}

int partners_edge_open(void *ctx)
{
	struct nbnsd *nbnsd = ctx;
	int ret;

	if (nbnsd->partners_edge != NULL || nbnsd->store == NULL ||
	    nbnsd->replication_own.s_addr == INADDR_ANY)
		return 0;
	nbnsd->partners_edge = calloc(1, sizeof(*nbnsd->partners_edge));
	ret = nbnsd->partners_edge != NULL ? create(nbnsd) : -ENOMEM;
	if (ret < 0) {
		partners_edge_close(nbnsd);
		return ret;
	}
	say_hello(nbnsd);
	tell_of_recovery(nbnsd);
	if (nbnsd->partners_edge->discovery != NULL)
		network_update(nbnsd->network); /* it wants to know the interfaces */
	return 0;
}

void partners_edge_close(void *ctx)
{
	struct nbnsd *nbnsd = ctx;
	struct partners_edge *edge = nbnsd->partners_edge;

	if (edge == NULL)
		return;
	close_discovery(edge);
	partners_destroy(nbnsd->partners);
	partner_links_close(edge->links);
	free(edge);
	nbnsd->partners_edge = NULL;
	nbnsd->partners = NULL;
	if (nbnsd->service != NULL)
		service_set_recovering(nbnsd->service, false);
}

/*
 * Changes.
 */

static bool is_same_place(const struct nbnsd *nbnsd)
{
	const struct replication_settings *old = &nbnsd->partners_edge->effect.settings;

	return old->address.s_addr == nbnsd->replication_own.s_addr &&
	       old->port == nbnsd->settings.nbnsd.replication_port &&
	       old->discovery == nbnsd->settings.replication.discovery;
}

int partners_edge_apply(void *ctx)
{
	struct nbnsd *nbnsd = ctx;

	if (nbnsd->partners_edge != NULL && is_same_place(nbnsd)) {
		apply_effect(nbnsd);
		return 0;
	}
	partners_edge_close(nbnsd);
	return partners_edge_open(nbnsd);
}

void partners_edge_set_interfaces(struct nbnsd *nbnsd, const struct iface_list *ifaces)
{
	const char *const *wanted = (const char *const *)nbnsd->settings.global.interfaces.items;
	struct partners_edge *edge = nbnsd->partners_edge;

	if (edge != NULL && edge->discovery == NULL && edge->effect.settings.discovery)
		open_discovery(nbnsd); /* our address may have come now */
	if (edge != NULL && edge->discovery != NULL)
		discovery_edge_set_interfaces(edge->discovery, ifaces, wanted);
	if (nbnsd->replication_own.s_addr == INADDR_ANY && partners_edge_find_own(nbnsd) &&
	    (server_apply_service(nbnsd) < 0 || partners_edge_open(nbnsd) < 0))
		log_error("no replication: out of memory");
}

bool partners_edge_discovery_stats(const struct nbnsd *nbnsd, struct stats *out)
{
	if (nbnsd->partners_edge == NULL || nbnsd->partners_edge->discovery == NULL)
		return false;
	*out = discovery_edge_stats(nbnsd->partners_edge->discovery);
	return true;
}

/*
 * Turns.
 */

uint64_t partners_edge_turn(struct nbnsd *nbnsd, const struct nbt_env *env)
{
	struct partners_edge *edge = nbnsd->partners_edge;
	uint64_t due_ms;

	if (edge == NULL)
		return NBT_NEVER;
	partners_turn(nbnsd->partners, env);
	tell_of_recovery(nbnsd);
	due_ms = partners_deadline(nbnsd->partners);
	if (edge->discovery != NULL)
		due_ms = nbt_earlier(due_ms,
				     discovery_edge_turn(edge->discovery,
							 edge->effect.settings.discovery_interval_s,
							 env));
	return due_ms;
}

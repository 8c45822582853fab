/*
 * The address of this server in WINS replication: partners know it, and the names registered here,
 * by that one. It must not change with the interfaces, so it is found once.
 */
#ifndef NBNSD_OWNER_ADDRESS_H
#define NBNSD_OWNER_ADDRESS_H

#include <netinet/in.h>
#include <stddef.h>

#include "common/conf.h"

struct nbnsd_settings;

enum owner_finding {
	OWNER_FOUND,
	OWNER_NOT_YET, /* no interface is up */
	OWNER_UNCLEAR  /* there are several */
};

struct owner_facts {
	const struct in_addr *served; /* addresses of this host that are served, without loopback */
	size_t served_count;
	const struct in_addr
		*sources; /* from which the partners are reached; 0.0.0.0: not at all */
	size_t source_count;
};

/* Pure. *out is set if it is found. */
enum owner_finding owner_find(const struct owner_facts *facts, struct in_addr *out);

/*
 * Looks at the settings, the interfaces, and the routes to the partners. *out is 0.0.0.0 when there
 * is nobody to replicate with, or no interface up yet. 0 or a negative errno; -EINVAL: it is not
 * clear, or a partner is this host, and error says what to do, as conf_load() has it.
 */
int owner_address(const struct nbnsd_settings *settings, struct in_addr *out,
		  char error[CONF_ERROR_MAX]) NBT_MUSTCHECK;

#endif

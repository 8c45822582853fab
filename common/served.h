/* Which addresses of this host a service is on. Pure. */
#ifndef COMMON_SERVED_H
#define COMMON_SERVED_H

#include "common/iface.h"

/* What the configuration wants. */
struct served_wish {
	const char *const *interfaces; /* as iface_is_selected() */
	const struct in_addr *listen;  /* if any, these and no others */
	size_t listen_count;
};

struct served {
	char interface[IF_NAMESIZE];
	unsigned ifindex;
	struct in_addr address;
	struct in_addr netmask;
	struct in_addr subnet;    /* where broadcasts are sent; 0.0.0.0: it has none */
	struct in_addr broadcast; /* heard for this entry: subnet, unless one before has it */
	uint8_t mac[6];           /* zero: none */
};

struct served_list {
	struct served *items;
	size_t count;
};

/*
 * Without listen: every address of the interfaces wished for, and 127.0.0.1. An address is there
 * once, also when two interfaces have it; one that listen names and no interface has is left out.
 * 0 or -ENOMEM; free with served_list_free().
 */
int served_choose(struct served_list *out, const struct iface_list *ifaces,
		  const struct served_wish *wish) NBT_MUSTCHECK;
void served_list_free(struct served_list *list);

/* The entry of this address, or NULL. */
const struct served *served_find(const struct served_list *list, struct in_addr address);

#endif

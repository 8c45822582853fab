/* The network as a tool needs it: interfaces to broadcast on, addresses of hosts. */
#ifndef TOOLS_NETIF_H
#define TOOLS_NETIF_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct netif {
	char name[IF_NAMESIZE];
	struct in_addr address, netmask, broadcast;
};

#define NETIF_MAX 64

/* Reads the addresses of all interfaces that are up and can broadcast; returns how many. */
size_t netif_read(struct netif list[NETIF_MAX]);

/*
 * How close an address is to the interfaces: the bits at its beginning that it shares with a
 * broadcast address, 32 more if it is of one of the networks.
 */
unsigned netif_closeness(const struct netif *list, size_t count, struct in_addr address);

/* An address, or the name of a host (IPv4 only). false, and 0.0.0.0: it cannot be resolved. */
bool netif_resolve(const char *host, struct in_addr *address);

#endif

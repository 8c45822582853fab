/* The interfaces of this host with their IPv4 addresses, and changes of them. */
#ifndef COMMON_IFACE_H
#define COMMON_IFACE_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/error.h>

#include "common/access.h"

struct loop;

/* One address of one interface; an interface with two addresses is there twice. */
struct iface {
	char name[IF_NAMESIZE];
	unsigned ifindex;
	struct in_addr address, netmask;
	struct in_addr broadcast; /* 0.0.0.0: it has none */
	uint8_t mac[6];           /* zero: it has none */
	bool is_up, is_loopback;
};

struct iface_list {
	struct iface *items;
	size_t count;
};

/* Reads what the kernel has now, in its order. Free with iface_list_free(). */
int iface_list_read(struct iface_list *out) NBT_MUSTCHECK;
void iface_list_free(struct iface_list *list);

/* The network of an interface. */
struct access_network iface_network(const struct iface *iface);

/*
 * Whether the configuration means this interface. wanted: names, addresses or networks,
 * NULL-terminated; NULL or empty: all that can broadcast, except those of containers and virtual
 * machines (docker0, br-*, veth* and their like). One that is down is never meant. Pure.
 */
bool iface_is_selected(const struct iface *iface, const char *const *wanted);

/* Calls changed() when an address or an interface came, went or changed: read the list again then.
 * One call for what comes together. */
struct iface_watch;

int iface_watch_open(struct iface_watch **out, struct loop *loop, void (*changed)(void *ctx),
		     void *ctx) NBT_MUSTCHECK;
void iface_watch_close(struct iface_watch *watch); /* NULL is fine */

#endif

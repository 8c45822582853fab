/* Interfaces, from getifaddrs() and a netlink socket. */
#include "common/iface.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fnmatch.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netpacket/packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/array.h"
#include "common/loop.h"

/* Of containers and virtual machines: nobody registers names there unless told to. */
static const char *const left_out[] = {
	"docker*", "br-*",   "veth*", "cni*",   "cbr*",   "flannel*",
	"cali*",   "virbr*", "vnet*", "lxcbr*", "lxdbr*", "podman*",
};

/*
 * Reading the list.
 */
static bool is_address(const struct ifaddrs *entry)
{
	return entry->ifa_addr != NULL && entry->ifa_addr->sa_family == AF_INET &&
	       entry->ifa_netmask != NULL;
}

static struct in_addr address_of(const struct sockaddr *address)
{
	struct sockaddr_in in = { 0 };

	if (address != NULL)
		memcpy(&in, address, sizeof(in));
	return in.sin_addr;
}

/* An address may carry a label of its own, "eth0:1". */
static void copy_name(char name[IF_NAMESIZE], const char *label)
{
	size_t len = strcspn(label, ":");

	memset(name, 0, IF_NAMESIZE);
	memcpy(name, label, len < IF_NAMESIZE ? len : IF_NAMESIZE - 1);
}

/* Index and MAC are in another entry, of the same name. */
static void fill_link(struct iface *iface, const struct ifaddrs *entries)
{
	for (const struct ifaddrs *e = entries; e != NULL; e = e->ifa_next) {
		struct sockaddr_ll link;

		if (e->ifa_addr == NULL || e->ifa_addr->sa_family != AF_PACKET ||
		    strcmp(e->ifa_name, iface->name) != 0)
			continue;
		memcpy(&link, e->ifa_addr, sizeof(link));
		iface->ifindex = (unsigned)link.sll_ifindex;
		if (link.sll_halen == sizeof(iface->mac))
			memcpy(iface->mac, link.sll_addr, sizeof(iface->mac));
		return;
	}
}

/*
 * Of the subnet, as Samba has it. What getifaddrs() says is the address itself, or its peer, where
 * nobody gave a broadcast address: "ip addr add" does not by itself. /31 and /32 have none.
 */
static struct in_addr broadcast_of(const struct iface *iface)
{
	struct in_addr broadcast = { iface->address.s_addr | ~iface->netmask.s_addr };

	if (ntohl(~iface->netmask.s_addr) < 2)
		broadcast.s_addr = 0;
	return broadcast;
}

static void fill_iface(struct iface *iface, const struct ifaddrs *entry,
		       const struct ifaddrs *entries)
{
	*iface = (struct iface){
		.address = address_of(entry->ifa_addr),
		.netmask = address_of(entry->ifa_netmask),
		.is_up = (entry->ifa_flags & IFF_UP) != 0,
		.is_loopback = (entry->ifa_flags & IFF_LOOPBACK) != 0,
	};
	if (entry->ifa_flags & IFF_BROADCAST)
		iface->broadcast = broadcast_of(iface);
	copy_name(iface->name, entry->ifa_name);
	fill_link(iface, entries);
}

static int list_fill(struct iface_list *list, const struct ifaddrs *entries)
{
	size_t count = 0;

	for (const struct ifaddrs *e = entries; e != NULL; e = e->ifa_next)
		count += is_address(e);
	list->items = calloc(count > 0 ? count : 1, sizeof(list->items[0]));
	if (list->items == NULL)
		return -ENOMEM;
	for (const struct ifaddrs *e = entries; e != NULL; e = e->ifa_next)
		if (is_address(e))
			fill_iface(&list->items[list->count++], e, entries);
	return 0;
}

int iface_list_read(struct iface_list *out)
{
	struct ifaddrs *entries;
	int ret;

	*out = (struct iface_list){ 0 };
	if (getifaddrs(&entries) < 0)
		return -errno;
	ret = list_fill(out, entries);
	freeifaddrs(entries);
	return ret;
}

void iface_list_free(struct iface_list *list)
{
	free(list->items);
	*list = (struct iface_list){ 0 };
}

struct access_network iface_network(const struct iface *iface)
{
	return (struct access_network){
		.address.s_addr = iface->address.s_addr & iface->netmask.s_addr,
		.bits = (unsigned char)__builtin_popcount(iface->netmask.s_addr),
	};
}

/*
 * Choosing.
 */
static bool is_left_out(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(left_out); i++)
		if (fnmatch(left_out[i], name, 0) == 0)
			return true;
	return false;
}

static bool is_meant(const struct iface *iface, const char *word)
{
	struct access_network network;

	if (strcmp(word, iface->name) == 0)
		return true;
	return access_network_parse(&network, word) == 0 &&
	       access_network_holds(&network, iface->address);
}

bool iface_is_selected(const struct iface *iface, const char *const *wanted)
{
	if (!iface->is_up)
		return false;
	if (wanted == NULL || wanted[0] == NULL)
		return iface->broadcast.s_addr != 0 && !is_left_out(iface->name);
	for (; *wanted != NULL; wanted++)
		if (is_meant(iface, *wanted))
			return true;
	return false;
}

/*
 * Watching.
 */
struct iface_watch {
	int fd;
	struct loop_poll *poll;
	void (*changed)(void *ctx);
	void *ctx;
};

/* What the messages say is read from the list; an overrun (LOOP_ERROR) says as much. */
static void watch_ready(void *ctx, unsigned events)
{
	struct iface_watch *watch = ctx;
	char message[16];
	bool any = (events & LOOP_ERROR) != 0;

	while (recv(watch->fd, message, sizeof(message), MSG_DONTWAIT | MSG_TRUNC) >= 0)
		any = true;
	if (any)
		watch->changed(watch->ctx);
}

static int open_netlink(void)
{
	struct sockaddr_nl groups = { .nl_family = AF_NETLINK,
				      .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&groups, sizeof(groups)) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

int iface_watch_open(struct iface_watch **out, struct loop *loop, void (*changed)(void *ctx),
		     void *ctx)
{
	struct iface_watch *watch = calloc(1, sizeof(*watch));
	int ret;

	*out = NULL;
	if (watch == NULL)
		return -ENOMEM;
	watch->changed = changed;
	watch->ctx = ctx;
	ret = watch->fd = open_netlink();
	if (ret >= 0)
		ret = loop_poll_open(&watch->poll, loop, watch->fd, LOOP_READABLE, watch_ready,
				     watch);
	if (ret < 0) {
		iface_watch_close(watch);
		return ret;
	}
	*out = watch;
	return 0;
}

void iface_watch_close(struct iface_watch *watch)
{
	if (watch == NULL)
		return;
	loop_poll_close(watch->poll);
	if (watch->fd >= 0)
		close(watch->fd);
	free(watch);
}

#include "common/served.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool same(struct in_addr a, struct in_addr b)
{
	return a.s_addr == b.s_addr;
}

const struct served *served_find(const struct served_list *list, struct in_addr address)
{
	for (size_t i = 0; i < list->count; i++)
		if (same(list->items[i].address, address))
			return &list->items[i];
	return NULL;
}

/* Two addresses of one subnet share its broadcast address: packets to it shall come once. */
static struct in_addr new_broadcast(const struct served_list *list, const struct iface *iface)
{
	static const struct in_addr none = { 0 };

	for (size_t i = 0; i < list->count; i++)
		if (same(list->items[i].broadcast, iface->broadcast))
			return none;
	return iface->is_loopback ? none : iface->broadcast;
}

static void add(struct served_list *list, const struct iface *iface, struct in_addr address)
{
	static const struct in_addr none = { 0 };
	struct served *new = &list->items[list->count];

	if (served_find(list, address) != NULL)
		return;
	*new = (struct served){ .ifindex = iface->ifindex,
				.address = address,
				.netmask = iface->netmask,
				.subnet = iface->is_loopback ? none : iface->broadcast,
				.broadcast = new_broadcast(list, iface) };
	memcpy(new->interface, iface->name, sizeof(new->interface));
	memcpy(new->mac, iface->mac, sizeof(new->mac));
	list->count++;
}

/* The whole of 127.0.0.0/8 can be listened on, not only the address that lo shows. */
static bool has(const struct iface *iface, struct in_addr address)
{
	struct access_network network = iface_network(iface);

	if (!iface->is_up)
		return false;
	return iface->is_loopback ? access_network_holds(&network, address)
				  : same(iface->address, address);
}

static void add_listened(struct served_list *list, const struct iface_list *ifaces,
			 const struct served_wish *wish)
{
	for (size_t i = 0; i < wish->listen_count; i++)
		for (size_t j = 0; j < ifaces->count; j++)
			if (has(&ifaces->items[j], wish->listen[i]))
				add(list, &ifaces->items[j], wish->listen[i]);
}

static void add_selected(struct served_list *list, const struct iface_list *ifaces,
			 const struct served_wish *wish)
{
	const struct in_addr localhost = { htonl(INADDR_LOOPBACK) };

	for (size_t i = 0; i < ifaces->count; i++) {
		const struct iface *iface = &ifaces->items[i];

		if (iface_is_selected(iface, wish->interfaces))
			add(list, iface, iface->address);
		else if (iface->is_up && same(iface->address, localhost))
			add(list, iface, localhost);
	}
}

int served_choose(struct served_list *out, const struct iface_list *ifaces,
		  const struct served_wish *wish)
{
	size_t most = wish->listen_count > 0 ? wish->listen_count : ifaces->count;

	out->count = 0;
	out->items = calloc(most + 1, sizeof(*out->items));
	if (out->items == NULL)
		return -ENOMEM;
	if (wish->listen_count > 0)
		add_listened(out, ifaces, wish);
	else
		add_selected(out, ifaces, wish);
	return 0;
}

void served_list_free(struct served_list *list)
{
	free(list->items);
	list->items = NULL;
	list->count = 0;
}

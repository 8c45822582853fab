/* Interfaces, and addresses of hosts. */
#include "config.h"

#include "tools/netif.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <stdint.h>
#include <string.h>

static struct in_addr address_of(const struct sockaddr *sa)
{
	struct sockaddr_in in;

	memcpy(&in, sa, sizeof(in));
	return in.sin_addr;
}

static bool can_broadcast(const struct ifaddrs *ifa)
{
	unsigned wanted = IFF_UP | IFF_BROADCAST;

	return (ifa->ifa_flags & wanted) == wanted && ifa->ifa_addr != NULL &&
	       ifa->ifa_addr->sa_family == AF_INET && ifa->ifa_netmask != NULL;
}

size_t netif_read(struct netif list[NETIF_MAX])
{
	struct ifaddrs *all;
	size_t count = 0;

	if (getifaddrs(&all) != 0)
		return 0;
	for (const struct ifaddrs *ifa = all; ifa != NULL && count < NETIF_MAX;
	     ifa = ifa->ifa_next) {
		struct netif *netif = &list[count];

		if (!can_broadcast(ifa))
			continue;
		strncpy(netif->name, ifa->ifa_name, sizeof(netif->name) - 1);
		netif->name[sizeof(netif->name) - 1] = '\0';
		netif->address = address_of(ifa->ifa_addr);
		netif->netmask = address_of(ifa->ifa_netmask);
		/* As Samba has it. ifa_broadaddr is another where "ip addr add" was given none. */
		netif->broadcast.s_addr = netif->address.s_addr | ~netif->netmask.s_addr;
		count++;
	}
	freeifaddrs(all);
	return count;
}

static unsigned shared_bits(struct in_addr a, struct in_addr b)
{
	uint32_t differing = ntohl(a.s_addr ^ b.s_addr);
	unsigned bits = 0;

	while (bits < 32 && (differing & 0x80000000u >> bits) == 0)
		bits++;
	return bits;
}

static bool is_local(const struct netif *netif, struct in_addr address)
{
	return ((netif->address.s_addr ^ address.s_addr) & netif->netmask.s_addr) == 0;
}

unsigned netif_closeness(const struct netif *list, size_t count, struct in_addr address)
{
	unsigned bits = 0, bonus = 0;

	for (size_t i = 0; i < count; i++) {
		unsigned shared = shared_bits(list[i].broadcast, address);

		bits = shared > bits ? shared : bits;
		if (is_local(&list[i], address))
			bonus = 32;
	}
	return bits + bonus;
}

bool netif_resolve(const char *host, struct in_addr *address)
{
	const struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_DGRAM };
	struct addrinfo *found;

	address->s_addr = INADDR_ANY;
	if (*host == '\0' || getaddrinfo(host, NULL, &hints, &found) != 0)
		return false;
	*address = address_of(found->ai_addr);
	freeaddrinfo(found);
	return true;
}

#include "nbnsd/owner_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/iface.h"
#include "nbnsd/conf.h"

/* Whether all that there are are the same. */
static bool are_one(const struct in_addr *addresses, size_t count, struct in_addr *one)
{
	one->s_addr = INADDR_ANY;
	for (size_t i = 0; i < count; i++) {
		if (addresses[i].s_addr == INADDR_ANY)
			continue;
		if (one->s_addr != INADDR_ANY && one->s_addr != addresses[i].s_addr)
			return false;
		*one = addresses[i];
	}
	return one->s_addr != INADDR_ANY;
}

enum owner_finding owner_find(const struct owner_facts *facts, struct in_addr *out)
{
	struct in_addr one;

	if (facts->served_count == 0)
		return OWNER_NOT_YET;
	if (!are_one(facts->served, facts->served_count, &one) &&
	    !are_one(facts->sources, facts->source_count, &one))
		return OWNER_UNCLEAR;
	*out = one;
	return OWNER_FOUND;
}

static bool is_loopback(struct in_addr address)
{
	return ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
}

static bool is_listened_on(const struct conf_addresses *listen, struct in_addr address)
{
	for (size_t i = 0; i < listen->count; i++)
		if (listen->items[i].s_addr == address.s_addr)
			return true;
	return false;
}

static bool is_served(const struct nbnsd_settings *settings, const struct iface *iface)
{
	if (is_loopback(iface->address))
		return false;
	if (settings->nbnsd.listen.count > 0)
		return is_listened_on(&settings->nbnsd.listen, iface->address);
	return iface_is_selected(iface, (const char *const *)settings->global.interfaces.items);
}

/* The address from which a packet to this one would leave. None is sent. */
static struct in_addr source_to(struct in_addr address)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(42),
				  .sin_addr = address };
	struct sockaddr_in from = { .sin_family = AF_INET };
	socklen_t len = sizeof(from);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&from, &len) < 0)
		from.sin_addr.s_addr = INADDR_ANY;
	if (fd >= 0)
		close(fd);
	return from.sin_addr;
}

static bool is_here(const struct iface_list *ifaces, struct in_addr address)
{
	for (size_t i = 0; i < ifaces->count; i++)
		if (ifaces->items[i].address.s_addr == address.s_addr)
			return true;
	return false;
}

/* Also by an address of this host that is not the one that was found. */
static int check_partners(const struct conf_groups *partners, const struct iface_list *ifaces,
			  char error[CONF_ERROR_MAX])
{
	const struct conf_partner *partner = partners->items;

	for (size_t i = 0; i < partners->count; i++) {
		char address[INET_ADDRSTRLEN];

		if (!is_here(ifaces, partner[i].address))
			continue;
		snprintf(error, CONF_ERROR_MAX,
			 "the partner %s is this host; allowed: other servers",
			 inet_ntop(AF_INET, &partner[i].address, address, sizeof(address)));
		return -EINVAL;
	}
	return 0;
}

static int find(const struct nbnsd_settings *settings, const struct iface_list *ifaces,
		struct in_addr *out, char error[CONF_ERROR_MAX])
{
	const struct conf_partner *partner = settings->nbnsd.partners.items;
	struct in_addr *served = calloc(ifaces->count + 1, sizeof(*served));
	struct in_addr sources[PARTNERS_MAX];
	struct owner_facts facts = { .served = served,
				     .sources = sources,
				     .source_count = settings->nbnsd.partners.count };
	enum owner_finding finding;

	if (served == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < ifaces->count; i++)
		if (is_served(settings, &ifaces->items[i]))
			served[facts.served_count++] = ifaces->items[i].address;
	for (size_t i = 0; i < facts.source_count; i++)
		sources[i] = source_to(partner[i].address);
	finding = owner_find(&facts, out);
	free(served);
	if (finding != OWNER_UNCLEAR)
		return 0;
	snprintf(error, CONF_ERROR_MAX,
		 "this host has several addresses by which partners may know it; set "
		 "\"replication-address\" to the one that they have");
	return -EINVAL;
}

int owner_address(const struct nbnsd_settings *settings, struct in_addr *out,
		  char error[CONF_ERROR_MAX])
{
	struct iface_list ifaces;
	int ret;

	*out = (struct in_addr){ INADDR_ANY };
	if (!conf_replicates(settings))
		return 0;
	ret = iface_list_read(&ifaces);
	if (ret < 0)
		return ret;
	ret = check_partners(&settings->nbnsd.partners, &ifaces, error);
	if (ret == 0 && settings->nbnsd.replication_address.s_addr != INADDR_ANY)
		*out = settings->nbnsd.replication_address;
	else if (ret == 0)
		ret = find(settings, &ifaces, out, error);
	iface_list_free(&ifaces);
	return ret;
}

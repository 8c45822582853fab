#include "nbnsd/dns_edge.h"

#include <string.h>

#include "common/log.h"
#include "common/loop.h"
#include "nbnsd/dns/dns.h"
#include "nbnsd/nbnsd.h"

static void looked_up(void *ctx, uint32_t number, const struct dns_addresses *found, uint32_t ttl_s,
		      bool failed)
{
	struct nbnsd *nbnsd = ctx;
	const struct nbt_env env = loop_env(nbnsd->loop);

	service_looked_up(nbnsd->service, number, found, ttl_s, failed, &env);
}

int dns_edge_open(struct nbnsd *nbnsd, bool is_on)
{
	const struct conf_dns *conf = &nbnsd->settings.dns;
	const struct dns_options options = {
		.servers = conf->servers.items,
		.server_count = conf->servers.count,
		.domains = (const char *const *)conf->domains.items,
		.domain_count = conf->domains.count,
		.timeout_ms = conf->timeout,
	};

	return is_on ? dns_open(&nbnsd->dns, nbnsd->loop, &options, looked_up, nbnsd) : 0;
}

void dns_edge_close(struct nbnsd *nbnsd)
{
	dns_close(nbnsd->dns);
	nbnsd->dns = NULL;
}

void dns_edge_turn(struct nbnsd *nbnsd)
{
	char name[DNS_NAME_SIZE];
	uint32_t number;

	if (nbnsd->dns == NULL)
		return;
	while ((number = service_take_lookup(nbnsd->service, name)) != DNS_NONE)
		dns_query(nbnsd->dns, number, name);
}

int dns_edge_reload(struct nbnsd *nbnsd)
{
	struct service_settings settings;
	int ret;

	nbnsd_settings_apply(&nbnsd->settings, nbnsd->access, &settings);
	dns_edge_close(nbnsd); /* what is under way ends before its cache does */
	service_set_dns(nbnsd->service, &settings.dns);
	ret = dns_edge_open(nbnsd, settings.dns.names > 0);
	if (ret < 0)
		log_error("DNS cannot be asked: %s", strerror(-ret));
	return ret;
}

/* DNS queries for the fallback: the only file that knows c-ares. Nothing here waits. */
#ifndef NBNSD_DNS_DNS_H
#define NBNSD_DNS_DNS_H

#include "nbnsd/dns/dns_cache.h"

struct dns;
struct loop;

struct dns_options {
	const struct in_addr *servers; /* none: those of /etc/resolv.conf */
	size_t server_count;
	uint16_t port;              /* of the servers; 0: 53 */
	const char *const *domains; /* tried one after the other; none: those of /etc/resolv.conf */
	size_t domain_count;
	uint64_t timeout_ms; /* that somebody waits; servers are tried in turn within it */
};

/* ttl_s: the shortest of the addresses. failed: nobody answered, or with nonsense. */
typedef void dns_result_fn(void *ctx, uint32_t number, const struct dns_addresses *found,
			   uint32_t ttl_s, bool failed);

/* Options are copied. Returns 0 or a negative errno. */
int dns_open(struct dns **out, struct loop *loop, const struct dns_options *options,
	     dns_result_fn *result, void *ctx);

/* What is under way ends as failed. NULL is fine. */
void dns_close(struct dns *dns);

/* Looks a name up; the result comes once, maybe before this returns. */
void dns_query(struct dns *dns, uint32_t number, const char *name);

#endif

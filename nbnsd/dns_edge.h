/* Look-ups in DNS between the service, which wants them, and c-ares. */
#ifndef NBNSD_DNS_EDGE_H
#define NBNSD_DNS_EDGE_H

#include <stdbool.h>

struct nbnsd;

/* By the settings; is_on: the service has a cache for it. Returns 0 or a negative errno. */
int dns_edge_open(struct nbnsd *nbnsd, bool is_on);
void dns_edge_close(struct nbnsd *nbnsd);

/* Sends what the service wants to know, at each turn of the loop. */
void dns_edge_turn(struct nbnsd *nbnsd);

/* Other settings are in force: other servers, other limits, or none of it. 0 or a negative errno.
 */
int dns_edge_reload(struct nbnsd *nbnsd);

#endif

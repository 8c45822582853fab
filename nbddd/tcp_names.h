/* Questions to name servers by TCP port 137: complete lists of members, for the service. */
#ifndef NBDDD_TCP_NAMES_H
#define NBDDD_TCP_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include <nbt/local.h>

struct nbddd;

/* As the sink of service.h; ctx is struct nbddd. */
bool tcp_names_ask(void *ctx, const struct nbt_local_query *query, uint32_t token);

/* Ends all questions without a word. */
void tcp_names_cancel(struct nbddd *nbddd);

#endif

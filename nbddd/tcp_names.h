/* Questions to name servers by TCP port 137: complete lists of members, for the service. */
#ifndef NBDDD_TCP_NAMES_H
#define NBDDD_TCP_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/local.h>
#include <nbt/packet.h>

struct nbddd;

/* Whether these bytes are an answer to the question of this id; bytes NULL: there are none. */
bool tcp_names_decode(struct nbt_packet *packet, const uint8_t *bytes, size_t len, uint16_t id);

/* As the sink of service.h; ctx is struct nbddd. */
bool tcp_names_ask(void *ctx, const struct nbt_local_query *query, uint32_t token);

/* Ends all questions without a word. */
void tcp_names_cancel(struct nbddd *nbddd);

#endif

#include "nbddd/tcp_names.h"

#include <arpa/inet.h>

#include "common/loop.h"
#include "common/tcp_ask.h"
#include "nbddd/nbddd.h"

#define NAME_PORT 137
#define QUERY_MAX 576

bool tcp_names_decode(struct nbt_packet *packet, const uint8_t *bytes, size_t len, uint16_t id)
{
	return bytes != NULL && nbt_packet_decode(packet, bytes, len) == NBT_OK &&
	       packet->id == id && (packet->flags & NBT_FLAG_R) != 0;
}

static void told(void *ctx, uint32_t token, const uint8_t *bytes, size_t len,
		 const struct nbt_env *env)
{
	struct nbddd *nbddd = ctx;
	struct local_event event = { .type = LOCAL_ANSWER,
				     .token = token,
				     .rcode = NBT_RCODE_SRV_ERR };
	struct nbt_packet packet;

	nbddd->asks[token] = NULL;
	if (tcp_names_decode(&packet, bytes, len, (uint16_t)token)) {
		event.packet = &packet;
		event.rcode = packet.rcode;
	}
	dgram_names_event(nbddd->service, &event, env);
}

bool tcp_names_ask(void *ctx, const struct nbt_local_query *query, uint32_t token)
{
	struct nbddd *nbddd = ctx;
	uint8_t bytes[QUERY_MAX];
	struct tcp_ask_options options = {
		.to = { .sin_family = AF_INET,
			.sin_port = htons(NAME_PORT),
			.sin_addr = query->peer },
		.bytes = bytes,
		.timeout_ms = nbddd->settings.nbddd.members_wait,
		.told = told,
		.ctx = nbddd,
		.token = token,
	};
	struct nbt_packet packet;

	nbt_make_query(&packet, (uint16_t)token, NBT_FLAG_RD, &query->name, &query->scope,
		       NBT_TYPE_NB);
	return token < TCP_NAMES_MAX && nbddd->asks[token] == NULL &&
	       nbt_packet_encode(&packet, bytes, sizeof(bytes), &options.len) == NBT_OK &&
	       tcp_ask(&nbddd->asks[token], nbddd->loop, &options) == 0;
}

void tcp_names_cancel(struct nbddd *nbddd)
{
	for (size_t i = 0; i < TCP_NAMES_MAX; i++) {
		tcp_ask_cancel(nbddd->asks[i]);
		nbddd->asks[i] = NULL;
	}
}

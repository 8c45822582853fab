#include "nbddd/refuse.h"

#include "common/ratelimit.h"
#include "nbddd/service_inner.h"

static void send_error(struct dgram_service *s, const struct refusal *refusal)
{
	const struct nbt_datagram error = {
		.type = NBT_DGM_ERROR,
		.flags = refusal->flags,
		.id = refusal->id,
		.source_address = s->sockets[refusal->socket].address,
		.source_port = s->settings.port,
		.error_code = NBT_DGM_ERR_DESTINATION,
	};

	dgram_count(s, DGRAM_ERRORS_SENT);
	dgram_send_packet(s, refusal->socket, &refusal->to, &error);
}

/* The host may have the name although no program wants its datagrams: those are dropped silently.
 * Without nbnsd nobody knows. */
static void told_whether_ours(void *ctx, uint32_t token, const struct look_up_answer *answer,
			      const struct nbt_env *env)
{
	struct dgram_service *s = ctx;
	struct refusal *refusal = &s->refusals[token];

	(void)env;
	if (answer->packet != NULL && answer->rcode == NBT_RCODE_NAM_ERR)
		send_error(s, refusal);
	refusal->in_use = false;
}

/* RFC 1001 section 17.2: to SOURCE_IP and SOURCE_PORT, which an NBDD leaves as they are. */
static bool begin(struct dgram_service *s, const struct dgram_arrival *arrival)
{
	const struct nbt_datagram *datagram = arrival->datagram;
	const struct nbt_local_query query = { .name = datagram->destination,
					       .scope = datagram->destination_scope,
					       .is_local = true };
	uint32_t slot = 0;

	while (slot < REFUSALS_MAX && s->refusals[slot].in_use)
		slot++;
	if (slot == REFUSALS_MAX || !dgram_look_up(s, &query, told_whether_ours, s, slot))
		return false;
	s->refusals[slot] = (struct refusal){
		.in_use = true,
		.socket = arrival->socket,
		.to = { .sin_family = AF_INET,
			.sin_port = htons(datagram->source_port),
			.sin_addr = datagram->source_address },
		.flags = (uint8_t)(datagram->flags & NBT_DGM_SNT),
		.id = datagram->id,
	};
	return true;
}

/* The source is what the sender says it is: nobody has us send to services of this host. */
static bool can_be_told(const struct dgram_service *s, const struct nbt_datagram *datagram)
{
	uint32_t address = ntohl(datagram->source_address.s_addr);
	uint16_t socket;

	return address != INADDR_ANY && !IN_MULTICAST(address) && !IN_BADCLASS(address) &&
	       address >> IN_CLASSA_NSHIFT != IN_LOOPBACKNET && datagram->source_port != 0 &&
	       !dgram_is_broadcast(s, datagram->source_address) &&
	       !dgram_find_socket(s, datagram->source_address, &socket);
}

enum stage_verdict refuse_stage(struct dgram_service *s, const struct dgram_arrival *arrival,
				const struct nbt_env *env)
{
	const struct nbt_datagram *datagram = arrival->datagram;

	if (datagram->type != NBT_DGM_DIRECT_UNIQUE || arrival->to_broadcast ||
	    arrival->from_client != 0 || !can_be_told(s, datagram))
		return STAGE_TAKEN;
	if (!ratelimit_take(s->errors, arrival->from.sin_addr, env->now_ms) || !begin(s, arrival))
		dgram_count(s, DGRAM_ERRORS_LIMITED);
	return STAGE_TAKEN;
}

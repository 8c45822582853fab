#include "nbddd/stages.h"

#include <string.h>

#include "common/array.h"
#include "nbddd/distributor.h"
#include "nbddd/refuse.h"
#include "nbddd/relay.h"
#include "nbddd/service_inner.h"
#include "nbddd/subscribers.h"

/*
 * Delivery to the programs of this host.
 */

struct delivery {
	struct dgram_service *service;
	const struct dgram_arrival *arrival;
	size_t message_len;
};

/* The sender is not told what it said. */
static void deliver_one(void *ctx, const struct subscriber *subscriber)
{
	struct delivery *d = ctx;
	struct dgram_service *s = d->service;

	if (subscriber->client == d->arrival->from_client)
		return;
	if (s->sinks.deliver(s->ctx, subscriber->client, s->message, d->message_len))
		dgram_count(s, DGRAM_DELIVERED);
	else
		dgram_count(s, DGRAM_LOST);
}

/* The sender is the source of the header: behind an NBDD it is not who sent the packets, and
 * answers go to it. */
static bool write_message(struct delivery *d)
{
	const struct dgram_arrival *arrival = d->arrival;
	struct dgram_service *s = d->service;
	const struct nbt_envelope envelope = {
		.flags = NBT_LOCAL_DATAGRAM | (arrival->to_broadcast ? NBT_LOCAL_BROADCAST : 0),
		.interface = s->sockets[arrival->socket].address,
		.peer = arrival->from.sin_addr,
		.peer_port = ntohs(arrival->from.sin_port),
	};

	if (arrival->len > sizeof(s->message) - NBT_ENVELOPE_LEN ||
	    nbt_envelope_encode(&envelope, s->message, NBT_ENVELOPE_LEN) != NBT_OK)
		return false;
	memcpy(s->message + NBT_ENVELOPE_LEN, arrival->bytes, arrival->len);
	d->message_len = NBT_ENVELOPE_LEN + arrival->len;
	return true;
}

size_t dgram_deliver(struct dgram_service *s, const struct dgram_arrival *arrival)
{
	const struct nbt_datagram *datagram = arrival->datagram;
	struct delivery delivery = { .service = s, .arrival = arrival };
	struct in_addr interface = s->sockets[arrival->socket].address;

	if (!write_message(&delivery))
		return 0;
	return subscribers_each(s->subscribers, &datagram->destination,
				&datagram->destination_scope, interface, deliver_one, &delivery);
}

/* RFC 1002 section 5.3.3: a P node ignores broadcasts; a relay of its host does not. */
static bool is_ignored(const struct dgram_service *s, const struct dgram_arrival *arrival)
{
	return s->settings.node_type == DGRAM_NODE_P && arrival->to_broadcast &&
	       arrival->from_client == 0;
}

/* A datagram for a unique name ends here if it is here; others may have members elsewhere. */
static enum stage_verdict deliver(struct dgram_service *s, const struct dgram_arrival *arrival,
				  const struct nbt_env *env)
{
	size_t found;

	(void)env;
	if (is_ignored(s, arrival)) {
		dgram_count(s, DGRAM_P_BROADCAST);
		return STAGE_PASS;
	}
	found = dgram_deliver(s, arrival);
	if (found == 0)
		dgram_count(s, DGRAM_NOT_WANTED);
	return found > 0 && arrival->datagram->type == NBT_DGM_DIRECT_UNIQUE ? STAGE_TAKEN
									     : STAGE_PASS;
}

/* In this order. */
static stage_fn *const stages[] = { recognise_stage,  relay_stage,       deliver,
				    distribute_stage, relay_reply_stage, refuse_stage };

void stages_run(struct dgram_service *s, const struct dgram_arrival *arrival,
		const struct nbt_env *env)
{
	for (size_t i = 0; i < ARRAY_SIZE(stages); i++)
		if (stages[i](s, arrival, env) == STAGE_TAKEN)
			return;
}

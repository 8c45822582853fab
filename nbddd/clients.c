/* What programs say on datagram.sock, nbt-local(7), and what they are told. */
#include <string.h>

#include "nbddd/node.h"
#include "nbddd/service_inner.h"
#include "nbddd/subscribers.h"

/* A message on its way to an answer. */
struct message {
	struct dgram_service *service;
	uint32_t client;
	struct nbt_envelope envelope;
	const uint8_t *bytes; /* of the packet */
	size_t len;
	const struct nbt_env *env;
};

/*
 * Answers.
 */

static void tell(struct dgram_service *s, uint32_t client, const struct nbt_envelope *envelope,
		 const struct nbt_packet *packet)
{
	size_t len;

	if (nbt_local_encode(envelope, packet, s->message, sizeof(s->message), &len) == NBT_OK)
		s->sinks.answer(s->ctx, client, s->message, len);
}

/* Nothing but the header: the request was not understood. */
static void answer_error(const struct message *m, enum nbt_rcode rcode)
{
	const struct nbt_envelope envelope = { .interface = m->envelope.interface };
	const struct nbt_packet packet = { .id = (uint16_t)(m->bytes[0] << 8 | m->bytes[1]),
					   .flags = NBT_FLAG_R | NBT_FLAG_AA,
					   .opcode = m->bytes[2] >> 3 & 15,
					   .rcode = (uint8_t)rcode };

	dgram_count(m->service, DGRAM_REQUESTS_WRONG);
	tell(m->service, m->client, &envelope, &packet);
}

/* To a subscription or the end of one. */
static void tell_claim(struct dgram_service *s, const struct subscriber *whom,
		       enum nbt_opcode opcode, enum nbt_rcode rcode, struct in_addr who)
{
	const struct nbt_local_claim *claim = whom->claim;
	const struct nbt_envelope envelope = { .interface = claim->interface, .peer = who };
	const struct nbt_address echo = { claim->is_group ? NBT_NB_GROUP : 0, claim->interface };
	bool is_release = opcode == NBT_OP_RELEASE;
	uint8_t rdata[NBT_ADDRESS_LEN];
	struct nbt_packet packet;

	nbt_address_write(rdata, &echo, 1);
	nbt_make_response(&packet, opcode, whom->id,
			  is_release ? NBT_FLAG_AA : NBT_FLAG_AA | NBT_FLAG_RD | NBT_FLAG_RA, rcode,
			  &claim->name, &claim->scope, NBT_TYPE_NB, 0, rdata, sizeof(rdata));
	tell(s, whom->client, &envelope, &packet);
}

void dgram_tell_error(struct dgram_service *s, uint32_t client, uint16_t id, uint8_t code,
		      struct in_addr who)
{
	const struct nbt_datagram error = {
		.type = NBT_DGM_ERROR, .id = id, .source_address = who, .error_code = code
	};
	const struct nbt_envelope envelope = { .flags = NBT_LOCAL_DATAGRAM, .peer = who };
	size_t len;

	if (nbt_envelope_encode(&envelope, s->message, NBT_ENVELOPE_LEN) == NBT_OK &&
	    nbt_datagram_encode(&error, s->message + NBT_ENVELOPE_LEN,
				sizeof(s->message) - NBT_ENVELOPE_LEN, &len) == NBT_OK)
		(void)s->sinks.deliver(s->ctx, client, s->message, NBT_ENVELOPE_LEN + len);
}

/*
 * What nbnsd decides.
 */

struct decision {
	struct dgram_service *service;
	const struct local_event *event;
};

static const struct in_addr nobody;

static void tell_held(void *ctx, const struct subscriber *subscriber)
{
	const struct decision *d = ctx;

	tell_claim(d->service, subscriber, NBT_OP_REGISTRATION, NBT_RCODE_OK, nobody);
}

/* Who waited hears the answer; who had the name hears that it is lost. */
static void tell_gone(void *ctx, const struct subscriber *subscriber, bool waited)
{
	const struct decision *d = ctx;

	tell_claim(d->service, subscriber, NBT_OP_REGISTRATION,
		   waited ? (enum nbt_rcode)d->event->rcode : NBT_RCODE_CFT_ERR, d->event->who);
}

void dgram_claim_event(struct dgram_service *s, const struct local_event *event)
{
	struct decision decision = { s, event };

	if (event->type == LOCAL_CLAIMED) {
		subscribers_held(s->subscribers, event->claim, tell_held, &decision);
		return;
	}
	subscribers_gone(s->subscribers, event->claim, tell_gone, &decision);
	if (event->type == LOCAL_LOST)
		s->sinks.release(s->ctx, event->claim); /* it may be claimed anew */
}

/*
 * Subscriptions.
 */

/* As for claims on name.sock. */
static bool read_claim(const struct nbt_packet *packet, const struct message *m,
		       struct nbt_local_claim *claim)
{
	const struct nbt_record *record =
		&packet->record[packet->answer_count + packet->authority_count];

	if (packet->question_count != 1 || packet->question[0].klass != NBT_CLASS_IN ||
	    packet->additional_count == 0 || record->of.type != NBT_TYPE_NB ||
	    nbt_record_address_count(record) == 0)
		return false;
	*claim = (struct nbt_local_claim){
		.interface = m->envelope.interface,
		.name = packet->question[0].name,
		.scope = packet->question[0].scope,
		.is_group = nbt_record_address(record, 0).flags & NBT_NB_GROUP,
		.broadcast_only = packet->flags & NBT_FLAG_B,
	};
	return true;
}

static enum nbt_rcode subscribe(struct dgram_service *s, const struct subscriber *whom)
{
	switch (subscribers_add(s->subscribers, whom->client, whom->id, whom->claim)) {
	case SUBSCRIBE_HELD:
		tell_claim(s, whom, NBT_OP_REGISTRATION, NBT_RCODE_OK, nobody);
		return NBT_RCODE_OK;
	case SUBSCRIBE_WAIT:
		return NBT_RCODE_OK;
	case SUBSCRIBE_CLAIM:
		if (s->sinks.claim(s->ctx, whom->claim))
			return NBT_RCODE_OK;
		(void)subscribers_remove(s->subscribers, whom->client, whom->claim);
		return NBT_RCODE_SRV_ERR;
	case SUBSCRIBE_OTHER:
		return NBT_RCODE_ACT_ERR;
	case SUBSCRIBE_TOO_MANY:
		break;
	}
	return NBT_RCODE_SRV_ERR;
}

static enum nbt_rcode receive_claim(const struct message *m, const struct nbt_packet *packet)
{
	struct nbt_local_claim claim;
	const struct subscriber whom = { m->client, packet->id, &claim };
	struct subscriber earlier = { .client = m->client, .claim = &claim };
	enum nbt_rcode rcode;
	bool waits;

	if (!read_claim(packet, m, &claim))
		return NBT_RCODE_FMT_ERR;
	waits = subscribers_is_waiting(m->service->subscribers, m->client, &claim, &earlier.id);
	rcode = subscribe(m->service, &whom);
	if (rcode != NBT_RCODE_OK)
		tell_claim(m->service, &whom, NBT_OP_REGISTRATION, rcode, nobody);
	else if (waits && earlier.id != whom.id)
		tell_claim(m->service, &earlier, NBT_OP_REGISTRATION, NBT_RCODE_NAM_ERR, nobody);
	return NBT_RCODE_OK;
}

static enum nbt_rcode receive_release(const struct message *m, const struct nbt_packet *packet)
{
	struct dgram_service *s = m->service;
	struct nbt_local_claim claim;
	const struct subscriber whom = { m->client, packet->id, &claim };
	struct subscriber earlier = { .client = m->client, .claim = &claim };
	enum unsubscribe_verdict verdict;

	if (!read_claim(packet, m, &claim))
		return NBT_RCODE_FMT_ERR;
	if (subscribers_is_waiting(s->subscribers, m->client, &claim, &earlier.id))
		tell_claim(s, &earlier, NBT_OP_REGISTRATION, NBT_RCODE_NAM_ERR, nobody);
	verdict = subscribers_remove(s->subscribers, m->client, &claim);
	if (verdict == UNSUBSCRIBE_RELEASE)
		s->sinks.release(s->ctx, &claim);
	tell_claim(s, &whom, NBT_OP_RELEASE,
		   verdict == UNSUBSCRIBE_UNKNOWN ? NBT_RCODE_NAM_ERR : NBT_RCODE_OK, nobody);
	return NBT_RCODE_OK;
}

void dgram_client_gone(struct dgram_service *s, uint32_t client)
{
	struct nbt_local_claim claim;
	bool released;

	while (subscribers_remove_any(s->subscribers, client, &claim, &released))
		if (released)
			s->sinks.release(s->ctx, &claim);
}

/*
 * Messages.
 */

/* OK: it is answered, or will be. */
typedef enum nbt_rcode request_fn(const struct message *m, const struct nbt_packet *packet);

static request_fn *const operations[NBT_OPCODE_COUNT] = {
	[NBT_OP_REGISTRATION] = receive_claim, [NBT_OP_MULTIHOMED] = receive_claim,
	[NBT_OP_REFRESH] = receive_claim,      [NBT_OP_REFRESH_ALT] = receive_claim,
	[NBT_OP_RELEASE] = receive_release,
};

/* What has an envelope and a header of a request can be answered. */
static bool receive_request(const struct message *m)
{
	enum nbt_rcode rcode = NBT_RCODE_FMT_ERR;
	struct nbt_packet packet;

	if (m->len < NBT_HEADER_LEN || (m->bytes[2] & 0x80) != 0)
		return false;
	if (nbt_packet_decode(&packet, m->bytes, m->len) == NBT_OK)
		rcode = operations[packet.opcode] != NULL ? operations[packet.opcode](m, &packet)
							  : NBT_RCODE_IMP_ERR;
	if (rcode != NBT_RCODE_OK)
		answer_error(m, rcode);
	return true;
}

/* Whole, and one of those that programs send. */
static bool can_be_sent(const struct nbt_datagram *datagram)
{
	return datagram->type >= NBT_DGM_DIRECT_UNIQUE && datagram->type <= NBT_DGM_BROADCAST &&
	       !reassembly_is_fragment(datagram);
}

static bool receive_datagram(const struct message *m)
{
	struct nbt_datagram datagram;
	const struct node_send send = {
		.client = m->client,
		.interface = m->envelope.interface,
		.peer = m->envelope.peer,
		.peer_port = m->envelope.peer_port,
		.by_broadcast = (m->envelope.flags & NBT_LOCAL_BROADCAST) != 0,
		.datagram = &datagram,
	};

	if (nbt_datagram_decode(&datagram, m->bytes, m->len) != NBT_OK || !can_be_sent(&datagram))
		return false;
	node_send(m->service->node, &send, m->env);
	return true;
}

bool dgram_message(struct dgram_service *s, uint32_t client, const uint8_t *bytes, size_t len,
		   const struct nbt_env *env)
{
	struct message m = { .service = s, .client = client, .env = env };
	bool is_good = nbt_envelope_decode(&m.envelope, bytes, len) == NBT_OK;

	if (is_good) {
		m.bytes = bytes + NBT_ENVELOPE_LEN;
		m.len = len - NBT_ENVELOPE_LEN;
		is_good = m.envelope.flags & NBT_LOCAL_DATAGRAM ? receive_datagram(&m)
								: receive_request(&m);
	}
	if (!is_good)
		dgram_count(s, DGRAM_HOPELESS);
	return is_good;
}

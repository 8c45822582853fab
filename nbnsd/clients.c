#include "nbnsd/clients.h"

#include <stdlib.h>
#include <string.h>

#include <nbt/local.h>

#include "common/stats.h"
#include "nbnsd/service/whole.h"

#define LISTINGS_MAX 16 /* long answers at a time */
#define LEFT_FREE    32 /* look-ups, by those who do not speak for this host */

enum clients_stat { CLIENTS_STATS(STATS_ENUM) CLIENTS_STAT_COUNT };
static const char *const stat_names[] = { CLIENTS_STATS(STATS_NAME) };

/* A long answer that is being put together. */
struct listing_job {
	uint32_t client;
	struct nbt_envelope envelope;
	struct whole *whole; /* NULL: none */
};

struct clients {
	struct service *service;
	clients_send_fn *send;
	clients_is_member_fn *is_member; /* NULL: everybody is */
	void *ctx;
	struct listing_job jobs[LISTINGS_MAX];
	size_t job_count;
	struct stats stats;
	uint64_t counters[CLIENTS_STAT_COUNT];
	uint8_t out[NBT_LOCAL_MESSAGE_MAX];
};

/* A message on its way to an answer. */
struct message {
	struct clients *clients;
	uint32_t client;
	struct nbt_envelope envelope;
	struct nbt_packet packet;
	const uint8_t *bytes; /* of the packet */
	size_t len;
	const struct nbt_env *env;
};

/*
 * Create and destroy.
 */

struct clients *clients_create(struct service *service, clients_send_fn *send, void *ctx)
{
	struct clients *clients = calloc(1, sizeof(*clients));

	if (clients == NULL)
		return NULL;
	clients->service = service;
	clients->send = send;
	clients->ctx = ctx;
	clients->stats = (struct stats){ stat_names, clients->counters, CLIENTS_STAT_COUNT };
	return clients;
}

static void end_job(struct clients *clients, struct listing_job *job)
{
	whole_destroy(job->whole);
	job->whole = NULL;
	clients->job_count--;
}

void clients_destroy(struct clients *clients)
{
	if (clients == NULL)
		return;
	for (size_t i = 0; i < LISTINGS_MAX; i++)
		whole_destroy(clients->jobs[i].whole);
	free(clients);
}

void clients_set_rights(struct clients *clients, clients_is_member_fn *is_member)
{
	clients->is_member = is_member;
}

struct stats *clients_stats(struct clients *clients)
{
	return &clients->stats;
}

static void count(struct clients *clients, enum clients_stat counter)
{
	stats_count(&clients->stats, counter);
}

/*
 * Rights.
 */

static bool is_member(const struct message *m)
{
	const struct clients *clients = m->clients;

	return clients->is_member == NULL || clients->is_member(clients->ctx, m->client);
}

static bool is_allowed(const struct message *m)
{
	if (is_member(m))
		return true;
	count(m->clients, CLIENTS_NOT_ALLOWED);
	return false;
}

/*
 * Answers.
 */

/* Everything fits: a packet from the network did, and lists are bounded. */
static void tell(struct clients *clients, uint32_t client, const struct nbt_envelope *envelope,
		 const struct nbt_packet *packet)
{
	size_t len;

	if (nbt_local_encode(envelope, packet, clients->out, sizeof(clients->out), &len) == NBT_OK)
		clients->send(clients->ctx, client, clients->out, len);
}

/* Nothing but the header: the question was not understood. */
static void answer_error(const struct message *m, uint16_t id, uint8_t opcode, enum nbt_rcode rcode)
{
	const struct nbt_envelope envelope = { .interface = m->envelope.interface };
	const struct nbt_packet packet = { .id = id,
					   .flags = NBT_FLAG_R | NBT_FLAG_AA,
					   .opcode = opcode,
					   .rcode = (uint8_t)rcode };

	tell(m->clients, m->client, &envelope, &packet);
}

/* To a claim or the end of one. */
static void tell_claim(struct clients *clients, const struct node_claim *claim,
		       enum nbt_opcode opcode, enum nbt_rcode rcode, struct in_addr who)
{
	const struct nbt_envelope envelope = { .interface = claim->interface, .peer = who };
	const struct nbt_address echo = { (uint16_t)(node_nb_flags(service_node(clients->service),
								   claim->is_group)),
					  claim->interface };
	bool is_release = opcode == NBT_OP_RELEASE;
	uint8_t rdata[NBT_ADDRESS_LEN];
	struct nbt_packet packet;

	nbt_address_write(rdata, &echo, 1);
	nbt_make_response(&packet, opcode, (uint16_t)claim->token,
			  is_release ? NBT_FLAG_AA : NBT_FLAG_AA | NBT_FLAG_RD | NBT_FLAG_RA, rcode,
			  &claim->name, &claim->scope, NBT_TYPE_NB, 0, rdata, sizeof(rdata));
	tell(clients, claim->client, &envelope, &packet);
}

void clients_event(struct clients *clients, const struct node_event *event)
{
	static const struct in_addr nobody;
	bool is_lost = event->type == NODE_LOST;

	if (is_lost)
		count(clients, CLIENTS_LOST);
	tell_claim(clients, &event->claim, NBT_OP_REGISTRATION,
		   is_lost ? NBT_RCODE_CFT_ERR : (enum nbt_rcode)event->rcode,
		   is_lost || event->rcode != NBT_RCODE_OK ? event->who : nobody);
}

static void tell_names(struct clients *clients, const struct resolver_answer *answer,
		       const struct nbt_envelope *envelope)
{
	uint8_t rdata[RESOLVER_ADDRESSES_MAX * NBT_ADDRESS_LEN];
	const struct resolver_question *question = answer->question;
	bool is_positive = answer->rcode == NBT_RCODE_OK && answer->count > 0;
	struct nbt_packet packet;

	nbt_address_write(rdata, answer->list, is_positive ? answer->count : 0);
	nbt_make_response(&packet, NBT_OP_QUERY, (uint16_t)answer->token,
			  answer->flags | NBT_FLAG_AA | NBT_FLAG_RD, (enum nbt_rcode)answer->rcode,
			  &question->name, &question->scope,
			  is_positive ? NBT_TYPE_NB : NBT_TYPE_NULL, 0, rdata,
			  (uint16_t)(is_positive ? answer->count * NBT_ADDRESS_LEN : 0));
	tell(clients, answer->client, envelope, &packet);
}

static void tell_status(struct clients *clients, uint32_t client, uint16_t id,
			const struct nbt_question *question, const struct nbt_envelope *envelope,
			const struct nbt_node_status *status, enum nbt_rcode rcode)
{
	uint8_t rdata[1 + 18 * NBT_STATUS_MAX_NAMES + NBT_STATUS_STATS_LEN];
	struct nbt_packet packet;
	size_t len = 0;

	if (status != NULL && nbt_node_status_encode(status, rdata, sizeof(rdata), &len) != NBT_OK)
		rcode = NBT_RCODE_SRV_ERR;
	nbt_make_response(&packet, NBT_OP_QUERY, id, NBT_FLAG_AA, rcode, &question->name,
			  &question->scope, len > 0 ? NBT_TYPE_NBSTAT : NBT_TYPE_NULL, 0, rdata,
			  (uint16_t)len);
	tell(clients, client, envelope, &packet);
}

static void tell_answer(struct clients *clients, const struct resolver_answer *answer)
{
	const struct resolver_question *question = answer->question;
	const struct nbt_question about = { question->name, question->scope, NBT_TYPE_NBSTAT,
					    NBT_CLASS_IN };
	const struct nbt_envelope envelope = {
		.interface = question->interface,
		.peer = answer->from,
		.peer_port = question->peer_port,
	};

	if (question->way == RESOLVE_STATUS)
		tell_status(clients, answer->client, (uint16_t)answer->token, &about, &envelope,
			    answer->status, (enum nbt_rcode)answer->rcode);
	else
		tell_names(clients, answer, &envelope);
}

void clients_answer(struct clients *clients)
{
	struct resolver_answer answer;

	while (resolver_next_answer(service_resolver(clients->service), &answer))
		tell_answer(clients, &answer);
}

/*
 * Long answers.
 */

static struct listing_job *begin_job(struct clients *clients)
{
	for (size_t i = 0; i < LISTINGS_MAX; i++)
		if (clients->jobs[i].whole == NULL)
			return &clients->jobs[i];
	return NULL;
}

/* The database is asked as one asks it over the network, but nothing is kept from us. */
static void list_members(const struct message *m)
{
	struct clients *clients = m->clients;
	struct listing_job *job = begin_job(clients);
	struct incoming in = {
		.bytes = m->bytes,
		.len = m->len,
		.from = { .sin_family = AF_INET,
			  .sin_port = htons(NBT_NAME_PORT),
			  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) },
	};

	if (job != NULL && service_find_socket(clients->service, m->envelope.interface, &in.socket))
		job->whole = whole_begin(clients->service, &in,
					 NBT_LOCAL_MESSAGE_MAX - NBT_ENVELOPE_LEN, m->env);
	if (job == NULL || job->whole == NULL) {
		answer_error(m, m->packet.id, NBT_OP_QUERY, NBT_RCODE_SRV_ERR);
		return;
	}
	job->client = m->client;
	job->envelope = (struct nbt_envelope){ .interface = m->envelope.interface };
	clients->job_count++;
}

/* The client may be gone when send() returns, but not before. */
static void finish_job(struct clients *clients, struct listing_job *job)
{
	uint32_t client = job->client;
	const uint8_t *bytes;
	size_t len;

	bytes = whole_answer(job->whole, &len);
	memcpy(clients->out + NBT_ENVELOPE_LEN, bytes, len);
	if (nbt_envelope_encode(&job->envelope, clients->out, NBT_ENVELOPE_LEN) != NBT_OK)
		len = 0;
	end_job(clients, job);
	if (len > 0)
		clients->send(clients->ctx, client, clients->out, NBT_ENVELOPE_LEN + len);
}

bool clients_work(struct clients *clients, const struct nbt_env *env)
{
	if (clients->job_count == 0)
		return false;
	for (size_t i = 0; i < LISTINGS_MAX; i++) {
		struct listing_job *job = &clients->jobs[i];

		if (job->whole == NULL)
			continue;
		if (whole_step(job->whole, env))
			finish_job(clients, job);
		break;
	}
	return clients->job_count > 0;
}

/*
 * Claims.
 */

/* name-service.md 6 C3, as for claims by the network. */
static bool read_claim(const struct message *m, struct node_claim *claim)
{
	const struct nbt_packet *packet = &m->packet;
	const struct nbt_record *record =
		&packet->record[packet->answer_count + packet->authority_count];

	if (packet->question_count != 1 || packet->question[0].klass != NBT_CLASS_IN ||
	    packet->additional_count == 0 || record->of.type != NBT_TYPE_NB ||
	    nbt_record_address_count(record) == 0)
		return false;
	*claim = (struct node_claim){
		.client = m->client,
		.token = packet->id,
		.interface = m->envelope.interface,
		.name = packet->question[0].name,
		.scope = packet->question[0].scope,
		.is_group = nbt_record_address(record, 0).flags & NBT_NB_GROUP,
		.broadcast_only = packet->flags & NBT_FLAG_B,
	};
	return true;
}

static enum nbt_rcode receive_claim(const struct message *m)
{
	static const struct in_addr nobody;
	struct node_claim claim;
	enum nbt_rcode rcode;

	if (!read_claim(m, &claim))
		return NBT_RCODE_FMT_ERR;
	count(m->clients, CLIENTS_CLAIM);
	if (is_allowed(m))
		rcode = node_claim(service_node(m->clients->service), &claim, m->env);
	else
		rcode = NBT_RCODE_RFS_ERR;
	if (rcode != NBT_RCODE_OK)
		tell_claim(m->clients, &claim, NBT_OP_REGISTRATION, rcode, nobody);
	return NBT_RCODE_OK;
}

static enum nbt_rcode receive_release(const struct message *m)
{
	static const struct in_addr nobody;
	struct node_claim claim;
	bool was_there;

	if (!read_claim(m, &claim))
		return NBT_RCODE_FMT_ERR;
	count(m->clients, CLIENTS_RELEASE);
	was_there = node_release(service_node(m->clients->service), m->client, claim.interface,
				 &claim.name, &claim.scope, m->env);
	tell_claim(m->clients, &claim, NBT_OP_RELEASE, was_there ? NBT_RCODE_OK : NBT_RCODE_NAM_ERR,
		   nobody);
	return NBT_RCODE_OK;
}

/*
 * Questions.
 */

static enum nbt_rcode ask(const struct message *m, enum resolver_way way)
{
	struct resolver *resolver = service_resolver(m->clients->service);
	const struct resolver_question question = {
		.way = way,
		.name = m->packet.question[0].name,
		.scope = m->packet.question[0].scope,
		.interface = m->envelope.interface,
		.peer = m->envelope.peer,
		.peer_port = m->envelope.peer_port,
		.recursion = (m->packet.flags & NBT_FLAG_RD) != 0,
		.leave_free = is_member(m) ? 0 : LEFT_FREE,
	};
	struct resolver_answer refusal = { .client = m->client,
					   .token = m->packet.id,
					   .question = &question,
					   .from = m->envelope.peer };

	refusal.rcode = (uint8_t)resolver_ask(resolver, &question, m->client, m->packet.id, m->env);
	if (refusal.rcode != NBT_RCODE_OK)
		tell_answer(m->clients, &refusal);
	return NBT_RCODE_OK;
}

/* An answer that says no more than the code. */
static enum nbt_rcode answer_question(const struct message *m, enum nbt_rcode rcode)
{
	struct nbt_envelope envelope = m->envelope;

	envelope.flags = 0;
	tell_status(m->clients, m->client, m->packet.id, &m->packet.question[0], &envelope, NULL,
		    rcode);
	return NBT_RCODE_OK;
}

static enum nbt_rcode receive_query(const struct message *m)
{
	const struct nbt_question *question = &m->packet.question[0];
	bool all = m->envelope.flags & NBT_LOCAL_ALL_MEMBERS || question->name.bytes[0] == '*';

	count(m->clients, CLIENTS_QUERY);
	if ((all || m->envelope.peer.s_addr != INADDR_ANY) && !is_allowed(m))
		return answer_question(m, NBT_RCODE_RFS_ERR);
	if (m->envelope.peer.s_addr != INADDR_ANY)
		return ask(m, RESOLVE_PEER);
	if ((m->packet.flags & NBT_FLAG_RD) == 0)
		return ask(m, RESOLVE_LOCAL);
	if (m->packet.flags & NBT_FLAG_B)
		return ask(m, RESOLVE_BROADCAST);
	if (!all || !service_has_listing(m->clients->service, question, m->env))
		return ask(m, RESOLVE_AS_NODE);
	list_members(m);
	return NBT_RCODE_OK;
}

static enum nbt_rcode receive_status(const struct message *m)
{
	struct service *service = m->clients->service;
	const struct nbt_question *question = &m->packet.question[0];
	struct in_addr of = m->envelope.peer;
	struct nbt_envelope envelope = m->envelope;
	struct nbt_node_status status;
	uint16_t socket;
	bool is_there;

	count(m->clients, CLIENTS_STATUS);
	if (of.s_addr != INADDR_ANY && !service_find_socket(service, of, &socket))
		return is_allowed(m) ? ask(m, RESOLVE_STATUS)
				     : answer_question(m, NBT_RCODE_RFS_ERR);
	if (of.s_addr == INADDR_ANY)
		of = m->envelope.interface;
	is_there = service_own_status(service, of, &question->name, &question->scope, &status);
	envelope.flags = 0;
	tell_status(m->clients, m->client, m->packet.id, question, &envelope,
		    is_there ? &status : NULL, is_there ? NBT_RCODE_OK : NBT_RCODE_NAM_ERR);
	return NBT_RCODE_OK;
}

static enum nbt_rcode receive_question(const struct message *m)
{
	if (m->packet.question_count != 1 || m->packet.question[0].klass != NBT_CLASS_IN)
		return NBT_RCODE_FMT_ERR;
	if (m->packet.question[0].type == NBT_TYPE_NB)
		return receive_query(m);
	if (m->packet.question[0].type == NBT_TYPE_NBSTAT)
		return receive_status(m);
	return NBT_RCODE_IMP_ERR;
}

/*
 * Messages.
 */

/* OK: it is answered, or will be. */
typedef enum nbt_rcode receive_fn(const struct message *m);

static receive_fn *const operations[NBT_OPCODE_COUNT] = {
	[NBT_OP_QUERY] = receive_question,    [NBT_OP_REGISTRATION] = receive_claim,
	[NBT_OP_MULTIHOMED] = receive_claim,  [NBT_OP_REFRESH] = receive_claim,
	[NBT_OP_REFRESH_ALT] = receive_claim, [NBT_OP_RELEASE] = receive_release,
};

/* What has an envelope and a header of a request can be answered. */
static bool can_be_answered(const struct message *m)
{
	return m->len >= NBT_HEADER_LEN && (m->bytes[2] & 0x80) == 0;
}

static void refuse(const struct message *m, enum nbt_rcode rcode)
{
	uint16_t id = (uint16_t)(m->bytes[0] << 8 | m->bytes[1]);

	count(m->clients, rcode == NBT_RCODE_FMT_ERR ? CLIENTS_MALFORMED : CLIENTS_UNKNOWN);
	answer_error(m, id, m->bytes[2] >> 3 & 15, rcode);
}

bool clients_message(struct clients *clients, uint32_t client, const uint8_t *bytes, size_t len,
		     const struct nbt_env *env)
{
	struct message m = { .clients = clients, .client = client, .env = env };
	enum nbt_rcode rcode = NBT_RCODE_FMT_ERR;

	if (nbt_envelope_decode(&m.envelope, bytes, len) == NBT_OK) {
		m.bytes = bytes + NBT_ENVELOPE_LEN;
		m.len = len - NBT_ENVELOPE_LEN;
	}
	if (!can_be_answered(&m)) {
		count(clients, CLIENTS_HOPELESS);
		return false;
	}
	if (nbt_packet_decode(&m.packet, m.bytes, m.len) == NBT_OK)
		rcode = operations[m.packet.opcode] != NULL ? operations[m.packet.opcode](&m)
							    : NBT_RCODE_IMP_ERR;
	if (rcode != NBT_RCODE_OK)
		refuse(&m, rcode);
	return true;
}

static void end_jobs(struct clients *clients, uint32_t client)
{
	for (size_t i = 0; i < LISTINGS_MAX; i++)
		if (clients->jobs[i].whole != NULL && clients->jobs[i].client == client)
			end_job(clients, &clients->jobs[i]);
}

void clients_gone(struct clients *clients, uint32_t client, const struct nbt_env *env)
{
	node_client_gone(service_node(clients->service), client, env);
	resolver_client_gone(service_resolver(clients->service), client);
	end_jobs(clients, client);
}

/*
 * The datagram service: the bytes are a story of what programs say on datagram.sock, of packets
 * from the network, of what nbnsd and others answer, and of time. Whatever comes, only those who
 * are there are told anything; what is sent can be read; and in the end nothing waits and no name
 * is claimed.
 */
#include "fuzz.h"

#include <string.h>

#include <nbt/local.h>

#include "common/access.h"
#include "common/array.h"
#include "nbddd/service.h"

#define CONNECTIONS 4
#define CLAIMS      64
#define LOOK_UPS    64
#define SENT        8 /* of our own packets are remembered, to be answered */
#define NAMES       8

struct sent {
	struct sockaddr_in to;
	uint8_t bytes[OUTGOING_MAX];
	size_t len;
};

struct look_up {
	bool in_use;
	struct nbt_local_query query;
	uint32_t token;
};

struct story {
	struct fuzz_input in;
	struct dgram_service *service;
	struct nbt_env env;
	uint32_t lots;
	uint32_t connection[CONNECTIONS], last_connection;
	struct nbt_local_claim claims[CLAIMS];
	size_t claim_count;
	struct look_up look_ups[LOOK_UPS];
	struct sent sent[SENT];
	size_t sent_count;
};

static const struct served_socket sockets[] = {
	{ .address = { 0x0100007F }, .netmask = { 0x000000FF } },
	{ .address = { 0x0100000A }, .netmask = { 0x00FFFFFF }, .broadcast = { 0xFF00000A } },
	{ .address = { 0x0101000A }, .netmask = { 0x00FFFFFF }, .broadcast = { 0xFF01000A } },
};

/*
 * Sinks, and what must hold.
 */

static void must_be_there(const struct story *story, uint32_t client)
{
	size_t i = 0;

	while (i < CONNECTIONS && story->connection[i] != client)
		i++;
	must(i < CONNECTIONS);
}

static void on_send(void *ctx, uint16_t socket, const struct sockaddr_in *to, bool is_broadcast,
		    const uint8_t *bytes, size_t len)
{
	struct story *story = ctx;
	struct sent *sent = &story->sent[story->sent_count++ % SENT];
	struct nbt_datagram datagram;

	(void)is_broadcast;
	must(socket < ARRAY_SIZE(sockets) && len <= OUTGOING_MAX && to->sin_port != 0);
	must(nbt_datagram_decode(&datagram, bytes, len) == NBT_OK);
	sent->to = *to;
	sent->len = len;
	memcpy(sent->bytes, bytes, len);
}

/* A program that has gone hears of nothing, but errors may still be on their way to it. */
static bool on_deliver(void *ctx, uint32_t client, const uint8_t *message, size_t len)
{
	const struct story *story = ctx;
	struct nbt_datagram datagram;
	struct nbt_envelope envelope;

	must(nbt_envelope_decode(&envelope, message, len) == NBT_OK);
	must((envelope.flags & NBT_LOCAL_DATAGRAM) != 0);
	must(nbt_datagram_decode(&datagram, message + NBT_ENVELOPE_LEN, len - NBT_ENVELOPE_LEN) ==
	     NBT_OK);
	if (datagram.type != NBT_DGM_ERROR)
		must_be_there(story, client);
	return true;
}

static void on_answer(void *ctx, uint32_t client, const uint8_t *message, size_t len)
{
	static struct nbt_packet packet;
	struct nbt_envelope envelope;

	must_be_there(ctx, client);
	must(nbt_local_decode(&envelope, &packet, message, len) == NBT_OK);
	must((packet.flags & NBT_FLAG_R) != 0);
}

static size_t find_claim(const struct story *story, const struct nbt_local_claim *claim)
{
	size_t i = 0;

	while (i < story->claim_count &&
	       (story->claims[i].interface.s_addr != claim->interface.s_addr ||
		!nbt_name_equal(&story->claims[i].name, &claim->name) ||
		!nbt_scope_equal(&story->claims[i].scope, &claim->scope)))
		i++;
	return i;
}

static bool on_claim(void *ctx, const struct nbt_local_claim *claim)
{
	struct story *story = ctx;

	must(find_claim(story, claim) == story->claim_count);
	must(story->claim_count < CLAIMS);
	story->claims[story->claim_count++] = *claim;
	return true;
}

static void forget_claim(struct story *story, size_t i)
{
	must(i < story->claim_count);
	story->claims[i] = story->claims[--story->claim_count];
}

static void on_release(void *ctx, const struct nbt_local_claim *claim)
{
	struct story *story = ctx;

	forget_claim(story, find_claim(story, claim));
}

static bool on_look_up(void *ctx, const struct nbt_local_query *query, uint32_t token)
{
	struct story *story = ctx;

	for (size_t i = 0; i < LOOK_UPS; i++)
		if (!story->look_ups[i].in_use) {
			story->look_ups[i] = (struct look_up){ true, *query, token };
			return true;
		}
	return false;
}

static const struct dgram_sinks sinks = { on_send,  on_deliver, on_answer,
					  on_claim, on_release, on_look_up };

/*
 * Steps.
 */

static struct nbt_name take_name(struct story *story)
{
	static const char *const texts[NAMES] = { "FRED<20>", "FRED<00>", "LAB<1C>",  "LAB<1D>",
						  "LAB<1E>",  "ANNE<20>", "ANNE<00>", "*" };
	struct nbt_name name;

	must(nbt_name_from_text(&name, texts[fuzz_take(&story->in) % NAMES], 0) == NBT_OK);
	return name;
}

static struct in_addr take_address(struct story *story)
{
	static const uint32_t addresses[] = { 0,          0x0A000001, 0x0A000009, 0x0A000109,
					      0x0A0000FF, 0xFFFFFFFF, 0x0A090909, 0x7F000001 };

	return (struct in_addr){ htonl(addresses[fuzz_take(&story->in) % ARRAY_SIZE(addresses)]) };
}

static uint8_t *take_bytes(struct story *story, size_t *len)
{
	uint8_t *exact;

	*len = fuzz_take(&story->in);
	if (*len > story->in.left)
		*len = story->in.left;
	exact = malloc(*len > 0 ? *len : 1);
	must(exact != NULL);
	memcpy(exact, story->in.bytes, *len);
	story->in.bytes += *len;
	story->in.left -= *len;
	return exact;
}

/* No datagram may reach it from now on. */
static void gone(struct story *story, size_t i)
{
	uint32_t client = story->connection[i];

	story->connection[i] = ++story->last_connection;
	dgram_client_gone(story->service, client);
}

static void say(struct story *story, const uint8_t *bytes, size_t len)
{
	size_t i = fuzz_take(&story->in) % CONNECTIONS;

	if (!dgram_message(story->service, story->connection[i], bytes, len, &story->env))
		gone(story, i);
}

static void step_raw(struct story *story)
{
	size_t len;
	uint8_t *bytes = take_bytes(story, &len);

	say(story, bytes, len);
	free(bytes);
}

static void step_gone(struct story *story)
{
	gone(story, fuzz_take(&story->in) % CONNECTIONS);
}

static void step_claim(struct story *story)
{
	uint8_t how = fuzz_take(&story->in);
	const struct nbt_local_claim claim = {
		.interface = how & 16 ? take_address(story) : (struct in_addr){ 0 },
		.name = take_name(story),
		.scope = { .len = how & 1 ? 2 : 0, .labels = { 1, 'X' } },
		.is_group = how & 2,
		.broadcast_only = how & 4,
	};
	uint8_t rdata[NBT_ADDRESS_LEN], bytes[600];
	struct nbt_envelope envelope;
	struct nbt_packet packet;
	size_t len;

	nbt_local_make_claim(&envelope, &packet, how & 8 ? NBT_OP_RELEASE : NBT_OP_REGISTRATION,
			     fuzz_take(&story->in), &claim, rdata);
	must(nbt_local_encode(&envelope, &packet, bytes, sizeof(bytes), &len) == NBT_OK);
	say(story, bytes, len);
}

/* A datagram of any kind, encoded; its length. */
static size_t make_datagram(struct story *story, struct nbt_datagram *datagram, uint8_t *bytes,
			    size_t size)
{
	static uint8_t data[3000];
	uint8_t how = fuzz_take(&story->in);
	size_t len;

	datagram->type = (uint8_t)(NBT_DGM_DIRECT_UNIQUE + how % 7);
	datagram->id = fuzz_take(&story->in);
	datagram->source = take_name(story);
	datagram->destination = take_name(story);
	datagram->destination_scope.len = how & 128 ? 2 : 0;
	datagram->destination_scope.labels[0] = 1;
	datagram->destination_scope.labels[1] = 'X';
	datagram->data = data;
	datagram->data_len = how & 64 ? 3000 : how % 64;
	if (datagram->data_len > size - 600)
		datagram->data_len = size - 600;
	must(nbt_datagram_encode(datagram, bytes, size, &len) == NBT_OK);
	return len;
}

static void step_send(struct story *story)
{
	static uint8_t bytes[4096];
	uint8_t how = fuzz_take(&story->in);
	const struct nbt_envelope envelope = {
		.flags = how & 1 ? NBT_LOCAL_DATAGRAM | NBT_LOCAL_BROADCAST : NBT_LOCAL_DATAGRAM,
		.interface = how & 2 ? take_address(story) : (struct in_addr){ 0 },
		.peer = how & 4 ? take_address(story) : (struct in_addr){ 0 },
	};
	struct nbt_datagram datagram = { .flags = 0 };
	size_t len;

	must(nbt_envelope_encode(&envelope, bytes, sizeof(bytes)) == NBT_OK);
	len = make_datagram(story, &datagram, bytes + NBT_ENVELOPE_LEN,
			    sizeof(bytes) - NBT_ENVELOPE_LEN);
	say(story, bytes, NBT_ENVELOPE_LEN + len);
}

static void receive(struct story *story, struct in_addr from, const uint8_t *bytes, size_t len)
{
	uint8_t how = fuzz_take(&story->in);
	const struct incoming in = {
		.bytes = bytes,
		.len = len,
		.from = { .sin_family = AF_INET, .sin_port = htons(138), .sin_addr = from },
		.socket = how % ARRAY_SIZE(sockets),
		.to_broadcast = how & 4,
	};

	dgram_receive(story->service, &in, &story->env);
}

static void step_packet(struct story *story)
{
	uint8_t bytes[OUTGOING_MAX];
	struct nbt_datagram datagram = { .source_address = take_address(story),
					 .source_port = 138,
					 .flags = fuzz_take(&story->in) };
	size_t len;

	if ((datagram.flags & NBT_DGM_FLAG_FIRST) == 0)
		datagram.offset = (uint16_t)(fuzz_take(&story->in) * 100);
	len = make_datagram(story, &datagram, bytes, sizeof(bytes));
	receive(story, take_address(story), bytes, len);
}

static void step_bytes(struct story *story)
{
	struct in_addr from = take_address(story);
	size_t len;
	uint8_t *bytes = take_bytes(story, &len);

	receive(story, from, bytes, len);
	free(bytes);
}

/* An answer to something that we sent, or an error about it. */
static void step_answer(struct story *story)
{
	const struct sent *sent = &story->sent[fuzz_take(&story->in) % SENT];
	uint8_t bytes[OUTGOING_MAX];
	struct nbt_datagram datagram;
	size_t len;

	if (sent->len == 0)
		return;
	must(nbt_datagram_decode(&datagram, sent->bytes, sent->len) == NBT_OK);
	if (datagram.type == NBT_DGM_QUERY_REQUEST)
		datagram.type = (uint8_t)(NBT_DGM_POSITIVE_RESPONSE + fuzz_take(&story->in) % 2);
	else
		datagram.type = NBT_DGM_ERROR;
	datagram.error_code = NBT_DGM_ERR_DESTINATION;
	must(nbt_datagram_encode(&datagram, bytes, sizeof(bytes), &len) == NBT_OK);
	receive(story, sent->to.sin_addr, bytes, len);
}

static void answer_look_up(struct story *story, struct look_up *look_up, uint8_t how)
{
	const enum nbt_rcode rcodes[] = { NBT_RCODE_OK, NBT_RCODE_OK, NBT_RCODE_NAM_ERR,
					  NBT_RCODE_SRV_ERR };
	struct nbt_address list[2] = { { how & 4 ? NBT_NB_GROUP : 0, take_address(story) },
				       { 0, take_address(story) } };
	struct local_event event = { .type = LOCAL_ANSWER,
				     .token = look_up->token,
				     .rcode = (uint8_t)rcodes[how & 3] };
	uint8_t rdata[2 * NBT_ADDRESS_LEN];
	struct nbt_packet packet;

	nbt_address_write(rdata, list, 2);
	nbt_make_response(&packet, NBT_OP_QUERY, 1, NBT_FLAG_AA, (enum nbt_rcode)event.rcode,
			  &look_up->query.name, &look_up->query.scope, NBT_TYPE_NB, 0, rdata,
			  how & 8 ? sizeof(rdata) : NBT_ADDRESS_LEN);
	event.packet = event.rcode == NBT_RCODE_SRV_ERR ? NULL : &packet;
	look_up->in_use = false;
	dgram_names_event(story->service, &event, &story->env);
}

static void step_look_up(struct story *story)
{
	struct look_up *look_up = &story->look_ups[fuzz_take(&story->in) % LOOK_UPS];

	for (size_t i = 0; i < LOOK_UPS && !look_up->in_use; i++)
		look_up = &story->look_ups[i];
	if (look_up->in_use)
		answer_look_up(story, look_up, fuzz_take(&story->in));
}

static void step_decision(struct story *story)
{
	static const enum local_event_type types[] = { LOCAL_CLAIMED, LOCAL_CLAIMED, LOCAL_REFUSED,
						       LOCAL_LOST };
	uint8_t how = fuzz_take(&story->in);
	struct local_event event = { .type = types[how & 3], .rcode = NBT_RCODE_ACT_ERR };
	struct nbt_local_claim claim;

	if (story->claim_count == 0)
		return;
	claim = story->claims[(how >> 2) % story->claim_count];
	event.claim = &claim;
	if (event.type == LOCAL_REFUSED)
		forget_claim(story, find_claim(story, &claim)); /* nbnsd has */
	dgram_names_event(story->service, &event, &story->env);
}

static void wake(struct story *story)
{
	for (unsigned i = 0; dgram_deadline(story->service) <= story->env.now_ms; i++) {
		must(i < 10000);
		dgram_wake(story->service, &story->env);
	}
}

static void step_time(struct story *story)
{
	static const uint32_t ms[] = { 1, 100, 250, 1000, 1500, 2000, 10000, 60000 };

	story->env.now_ms += ms[fuzz_take(&story->in) % ARRAY_SIZE(ms)];
	wake(story);
}

static void (*const steps[])(struct story *story) = {
	step_raw,   step_claim,  step_claim,   step_send,     step_send, step_packet, step_packet,
	step_bytes, step_answer, step_look_up, step_decision, step_time, step_gone,
};

/*
 * The story.
 */

static struct access_list *everybody(void)
{
	static const struct access_network all = { .bits = 0 };
	static const struct access_rule rules[DGRAM_RULES] = {
		[MAY_SEND] = { &all, 1 }, [MAY_DISTRIBUTE] = { &all, 1 }
	};
	struct access_list *list = access_list_create(rules, DGRAM_RULES, NULL, 0);

	must(list != NULL);
	return list;
}

static void begin(struct story *story, const struct access_list *access, uint8_t how)
{
	static const struct in_addr nbdds[] = { { 0x0900000A }, { 0x0901000A } };
	const struct dgram_settings settings = {
		.node_type = (enum dgram_node_type)(how & 3),
		.server = how & 4,
		.relay = how & 8,
		.port = 138,
		.packet_max = how & 16 ? 548 : OUTGOING_MAX,
		.access = access,
		.node = { .nbdds = { nbdds, how >> 5 & 1 ? 2 : 0 },
			  .group_sends = (enum dgram_group_sends)(how >> 6 & 1 ? 2 : 0),
			  .query_ms = 1500,
			  .query_tries = 2,
			  .route_ms = 30000,
			  .waiting = 20 },
		.members = { .groups = 4, .remember_ms = 5000, .wait_ms = 3000, .retry_ms = 60000 },
		.distribution = { .limit = 0,
				  .waiting = 8,
				  .bytes = 64 * 1024,
				  .duplicate_ms = 5000,
				  .query_memory_ms = 60000,
				  .backoff_ms = 30000 },
		.error_limit = how & 128 ? 3 : 0,
		.reassembly = { .datagrams = 8, .bytes = 256 * 1024, .timeout_ms = 2000 },
		.names = 8,
		.clients = CONNECTIONS,
	};

	story->env =
		(struct nbt_env){ .now_ms = 1000, .random = fuzz_draw, .random_ctx = &story->lots };
	story->service = dgram_create(&settings, &sinks, story, &story->env);
	must(story->service != NULL);
	dgram_set_sockets(story->service, sockets, ARRAY_SIZE(sockets));
	for (size_t i = 0; i < CONNECTIONS; i++)
		story->connection[i] = ++story->last_connection;
}

static bool answer_all(struct story *story)
{
	bool any = false;

	for (size_t i = 0; i < LOOK_UPS; i++)
		if (story->look_ups[i].in_use) {
			answer_look_up(story, &story->look_ups[i], 3);
			any = true;
		}
	return any;
}

/* All have gone, and nobody answers any more. */
static void end(struct story *story)
{
	struct dgram_gauges now;

	for (size_t i = 0; i < CONNECTIONS; i++)
		gone(story, i);
	for (unsigned i = 0; i < 50; i++) {
		story->env.now_ms += 60000;
		wake(story);
		must(!answer_all(story) || i < 40);
	}
	now = dgram_gauges(story->service);
	must(story->claim_count == 0 && now.names == 0 && now.subscriptions == 0);
	must(now.waiting == 0);
	must(dgram_deadline(story->service) == NBT_NEVER);
	dgram_destroy(story->service);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct access_list *access = everybody();
	struct story *story = calloc(1, sizeof(*story));

	must(story != NULL);
	story->in = (struct fuzz_input){ data, size };
	begin(story, access, fuzz_take(&story->in));
	while (story->in.left > 0)
		steps[fuzz_take(&story->in) % ARRAY_SIZE(steps)](story);
	end(story);
	free(story);
	access_list_destroy(access);
	return 0;
}

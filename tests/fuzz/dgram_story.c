#include "dgram_story.h"

#include <string.h>

const struct served_socket story_sockets[STORY_SOCKETS] = {
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

/* Not to ourselves, and to a subnet only if it was meant. */
static void check_target(const struct story *story, struct in_addr to, bool is_broadcast)
{
	bool to_subnet = to.s_addr == INADDR_BROADCAST;

	for (size_t i = 0; i < STORY_SOCKETS; i++) {
		const struct served_socket *socket = &story->sockets[i];

		must(socket->address.s_addr == 0 || socket->address.s_addr != to.s_addr);
		to_subnet |= socket->broadcast.s_addr != 0 && socket->broadcast.s_addr == to.s_addr;
	}
	must(to_subnet == is_broadcast);
}

static void on_send(void *ctx, uint16_t socket, const struct sockaddr_in *to, bool is_broadcast,
		    const uint8_t *bytes, size_t len)
{
	struct story *story = ctx;
	struct sent *sent = &story->sent[story->sent_count++ % SENT];
	struct nbt_datagram datagram;

	must(socket < STORY_SOCKETS && to->sin_port != 0);
	must(len <= story->settings.packet_max);
	if (story->others_only)
		check_target(story, to->sin_addr, is_broadcast);
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
	return !story->is_deaf;
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
	if (story->is_speechless)
		return false;
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

	for (size_t i = 0; i < LOOK_UPS && !story->is_speechless; i++)
		if (!story->look_ups[i].in_use) {
			story->look_ups[i] = (struct look_up){ true, *query, token };
			return true;
		}
	return false;
}

/* Where answers come from makes no difference to who asked. */
static bool on_look_up_by_tcp(void *ctx, const struct nbt_local_query *query, uint32_t token)
{
	return on_look_up(ctx, query, token);
}

static const struct dgram_sinks sinks = { on_send,    on_deliver, on_answer,        on_claim,
					  on_release, on_look_up, on_look_up_by_tcp };

/*
 * Values of the input.
 */

struct nbt_name story_name(struct story *story)
{
	static const char *const texts[NAMES] = { "FRED<20>", "FRED<00>", "LAB<1C>",  "LAB<1D>",
						  "LAB<1E>",  "ANNE<20>", "ANNE<00>", "*" };
	struct nbt_name name;

	must(nbt_name_from_text(&name, texts[fuzz_take(&story->in) % NAMES], 0) == NBT_OK);
	return name;
}

struct in_addr story_address(struct story *story)
{
	static const uint32_t addresses[] = { 0,          0x0A000001, 0x0A000009, 0x0A000109,
					      0x0A0000FF, 0xFFFFFFFF, 0x0A090909, 0x7F000001 };

	return (struct in_addr){ htonl(addresses[fuzz_take(&story->in) % ARRAY_SIZE(addresses)]) };
}

uint8_t *story_bytes(struct story *story, size_t *len)
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

/* A datagram of any kind, encoded; its length. */
size_t story_datagram(struct story *story, struct nbt_datagram *datagram, uint8_t *bytes,
		      size_t size)
{
	static uint8_t data[3000];
	uint8_t how = fuzz_take(&story->in);
	size_t len;

	datagram->type = (uint8_t)(NBT_DGM_DIRECT_UNIQUE + how % 7);
	datagram->id = fuzz_take(&story->in);
	datagram->source = story_name(story);
	datagram->destination = story_name(story);
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

/*
 * Programs.
 */

/* No datagram may reach it from now on. */
void story_gone(struct story *story, size_t i)
{
	uint32_t client = story->connection[i];

	story->connection[i] = ++story->last_connection;
	dgram_client_gone(story->service, client);
}

void story_say(struct story *story, const uint8_t *bytes, size_t len)
{
	size_t i = fuzz_take(&story->in) % CONNECTIONS;

	if (!dgram_message(story->service, story->connection[i], bytes, len, &story->env))
		story_gone(story, i);
}

void story_claim(struct story *story)
{
	uint8_t how = fuzz_take(&story->in);
	const struct nbt_local_claim claim = {
		.interface = how & 16 ? story_address(story) : (struct in_addr){ 0 },
		.name = story_name(story),
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
	story_say(story, bytes, len);
}

void story_send(struct story *story)
{
	static uint8_t bytes[4096];
	uint8_t how = fuzz_take(&story->in);
	const struct nbt_envelope envelope = {
		.flags = how & 1 ? NBT_LOCAL_DATAGRAM | NBT_LOCAL_BROADCAST : NBT_LOCAL_DATAGRAM,
		.interface = how & 2 ? story_address(story) : (struct in_addr){ 0 },
		.peer = how & 4 ? story_address(story) : (struct in_addr){ 0 },
	};
	struct nbt_datagram datagram = { .flags = 0 };
	size_t len;

	must(nbt_envelope_encode(&envelope, bytes, sizeof(bytes)) == NBT_OK);
	len = story_datagram(story, &datagram, bytes + NBT_ENVELOPE_LEN,
			     sizeof(bytes) - NBT_ENVELOPE_LEN);
	story_say(story, bytes, NBT_ENVELOPE_LEN + len);
}

/*
 * The network, and nbnsd.
 */

void story_receive(struct story *story, struct in_addr from, const uint8_t *bytes, size_t len)
{
	uint8_t how = fuzz_take(&story->in);
	const struct incoming in = {
		.bytes = bytes,
		.len = len,
		.from = { .sin_family = AF_INET, .sin_port = htons(138), .sin_addr = from },
		.socket = how % STORY_SOCKETS,
		.to_broadcast = how & 4,
	};

	dgram_receive(story->service, &in, &story->env);
}

void story_answer_look_up(struct story *story, struct look_up *look_up, uint8_t how)
{
	const enum nbt_rcode rcodes[] = { NBT_RCODE_OK, NBT_RCODE_OK, NBT_RCODE_NAM_ERR,
					  NBT_RCODE_SRV_ERR };
	struct nbt_address list[2] = { { how & 4 ? NBT_NB_GROUP : 0, story_address(story) },
				       { 0, story_address(story) } };
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

void story_look_up(struct story *story)
{
	struct look_up *look_up = &story->look_ups[fuzz_take(&story->in) % LOOK_UPS];

	for (size_t i = 0; i < LOOK_UPS && !look_up->in_use; i++)
		look_up = &story->look_ups[i];
	if (look_up->in_use)
		story_answer_look_up(story, look_up, fuzz_take(&story->in));
}

void story_decision(struct story *story)
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

/*
 * Time.
 */

void story_wake(struct story *story)
{
	for (unsigned i = 0; dgram_deadline(story->service) <= story->env.now_ms; i++) {
		must(i < 10000);
		dgram_wake(story->service, &story->env);
	}
}

void story_time(struct story *story)
{
	static const uint32_t ms[] = { 1, 100, 250, 1000, 1500, 2000, 10000, 60000 };
	uint8_t how = fuzz_take(&story->in);

	story->is_deaf = how & 0x40;
	story->is_speechless = how & 0x80;
	story->env.now_ms += ms[how % ARRAY_SIZE(ms)];
	story_wake(story);
}

/*
 * Beginning and end.
 */

static struct access_list *access_of(size_t networks)
{
	static const struct access_network all = { .bits = 0 };
	const struct access_rule rules[DGRAM_RULES] = {
		[MAY_SEND] = { &all, networks }, [MAY_DISTRIBUTE] = { &all, networks }
	};
	struct access_list *list = access_list_create(rules, DGRAM_RULES, NULL, 0);

	must(list != NULL);
	return list;
}

void story_begin(struct story *story, const struct dgram_settings *settings)
{
	story->access = access_of(1);
	story->nobody = access_of(0);
	story->settings = *settings;
	story->settings.access = story->access;
	story->env =
		(struct nbt_env){ .now_ms = 1000, .random = fuzz_draw, .random_ctx = &story->lots };
	story->service = dgram_create(&story->settings, &sinks, story, &story->env);
	must(story->service != NULL);
	memcpy(story->sockets, story_sockets, sizeof(story->sockets));
	dgram_set_sockets(story->service, story->sockets, STORY_SOCKETS);
	for (size_t i = 0; i < CONNECTIONS; i++)
		story->connection[i] = ++story->last_connection;
}

void story_check(const struct story *story)
{
	const struct dgram_gauges now = dgram_gauges(story->service);
	const struct dgram_settings *settings = &story->settings;

	must(now.incomplete <= settings->reassembly.datagrams);
	must(now.incomplete_bytes <= settings->reassembly.bytes);
	must(now.names <= settings->names);
	must(now.waiting <= settings->node.waiting);
	must(now.waiting_bytes <= settings->node.waiting_bytes);
	/* As datagrams until members are known, and again as copies, of which one may be large. */
	must(now.distributing <= 2 * settings->distribution.waiting);
	must(now.distributing_bytes <= 2 * settings->distribution.bytes + NBT_LOCAL_MESSAGE_MAX);
}

static bool answer_all(struct story *story)
{
	bool any = false;

	for (size_t i = 0; i < LOOK_UPS; i++)
		if (story->look_ups[i].in_use) {
			story_answer_look_up(story, &story->look_ups[i], 3);
			any = true;
		}
	return any;
}

void story_end(struct story *story)
{
	struct dgram_gauges now;

	for (size_t i = 0; i < CONNECTIONS; i++)
		story_gone(story, i);
	for (unsigned i = 0; dgram_deadline(story->service) != NBT_NEVER || answer_all(story);
	     i++) {
		must(i < 50);
		story->env.now_ms += 60000;
		story_wake(story);
	}
	now = dgram_gauges(story->service);
	must(story->claim_count == 0 && now.names == 0 && now.subscriptions == 0);
	must(now.waiting == 0 && now.waiting_bytes == 0 && now.distributing == 0 &&
	     now.distributing_bytes == 0);
	must(dgram_deadline(story->service) == NBT_NEVER);
	dgram_destroy(story->service);
	access_list_destroy(story->access);
	access_list_destroy(story->nobody);
}

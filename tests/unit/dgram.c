#include "dgram.h"

#include <arpa/inet.h>
#include <stdlib.h>

#define PORT 138

struct in_addr ip(const char *text)
{
	struct in_addr address;

	assert_int_equal(inet_pton(AF_INET, text, &address), 1);
	return address;
}

/*
 * Sinks.
 */

static void on_send(void *ctx, uint16_t socket, const struct sockaddr_in *to, bool is_broadcast,
		    const uint8_t *bytes, size_t len)
{
	struct dgram_fixture *f = ctx;
	struct sent_packet *sent = &f->sent[f->sent_count++];

	assert_true(f->sent_count <= DGRAM_RECORDS);
	assert_true(len <= OUTGOING_MAX);
	assert_true(socket < SOCKETS);
	sent->socket = socket;
	sent->to = *to;
	sent->is_broadcast = is_broadcast;
	sent->len = len;
	memcpy(sent->bytes, bytes, len);
}

static void record(struct dgram_fixture *f, uint32_t client, bool is_datagram, const uint8_t *bytes,
		   size_t len)
{
	struct told_message *told = &f->told[f->told_count++];

	assert_true(f->told_count <= DGRAM_RECORDS);
	*told = (struct told_message){ .client = client, .is_datagram = is_datagram, .len = len };
	told->bytes = malloc(len);
	assert_non_null(told->bytes);
	memcpy(told->bytes, bytes, len);
	if (is_datagram) {
		assert_error("envelope", nbt_envelope_decode(&told->envelope, told->bytes, len),
			     NBT_OK);
		assert_error("datagram",
			     nbt_datagram_decode(&told->datagram, told->bytes + NBT_ENVELOPE_LEN,
						 len - NBT_ENVELOPE_LEN),
			     NBT_OK);
		return;
	}
	assert_error("message", nbt_local_decode(&told->envelope, &told->packet, told->bytes, len),
		     NBT_OK);
}

static bool on_deliver(void *ctx, uint32_t client, const uint8_t *message, size_t len)
{
	struct dgram_fixture *f = ctx;

	if (f->is_deaf)
		return false;
	record(f, client, true, message, len);
	return true;
}

static void on_answer(void *ctx, uint32_t client, const uint8_t *message, size_t len)
{
	record(ctx, client, false, message, len);
}

static bool on_claim(void *ctx, const struct nbt_local_claim *claim)
{
	struct dgram_fixture *f = ctx;

	if (f->is_speechless)
		return false;
	assert_true(f->claimed_count < DGRAM_RECORDS);
	f->claimed[f->claimed_count++] = *claim;
	return true;
}

static void on_release(void *ctx, const struct nbt_local_claim *claim)
{
	struct dgram_fixture *f = ctx;

	assert_true(f->released_count < DGRAM_RECORDS);
	f->released[f->released_count++] = *claim;
}

static bool on_look_up(void *ctx, const struct nbt_local_query *query, uint32_t token)
{
	struct dgram_fixture *f = ctx;

	if (f->is_speechless)
		return false;
	assert_true(f->asked_count < DGRAM_RECORDS);
	f->asked[f->asked_count++] = (struct asked_question){ *query, token };
	return true;
}

static bool on_look_up_by_tcp(void *ctx, const struct nbt_local_query *query, uint32_t token)
{
	struct dgram_fixture *f = ctx;

	assert_true(f->asked_by_tcp_count < DGRAM_RECORDS);
	f->asked_by_tcp[f->asked_by_tcp_count++] = (struct asked_question){ *query, token };
	return true;
}

static const struct dgram_sinks sinks = { on_send,    on_deliver, on_answer,        on_claim,
					  on_release, on_look_up, on_look_up_by_tcp };

/*
 * Set up.
 */

static uint32_t no_chance(void *ctx, uint32_t below)
{
	(void)ctx;
	(void)below;
	return 0;
}

static struct access_list *make_access(void)
{
	struct access_network network;
	const struct access_rule rules[DGRAM_RULES] = { { &network, 1 }, { &network, 1 } };

	assert_int_equal(access_network_parse(&network, "10.0.0.0/8"), 0);
	return access_list_create(rules, DGRAM_RULES, NULL, 0);
}

void dgram_start(struct dgram_fixture *f)
{
	dgram_destroy(f->service);
	dgram_clear(f);
	f->service = dgram_create(&f->settings, &sinks, f, &f->env);
	assert_non_null(f->service);
	dgram_set_sockets(f->service, f->sockets, SOCKETS);
}

int dgram_set_up(void **state)
{
	struct dgram_fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	*state = f;
	f->env = (struct nbt_env){ .now_ms = 1000, .random = no_chance };
	f->access = make_access();
	f->sockets[SOCKET_LO] =
		(struct served_socket){ .address = ip("127.0.0.1"), .netmask = ip("255.0.0.0") };
	f->sockets[SOCKET_LAN1] = (struct served_socket){ .address = ip(OUR_LAN1),
							  .netmask = ip("255.255.0.0"),
							  .broadcast = ip(LAN1_ALL) };
	f->sockets[SOCKET_LAN2] = (struct served_socket){ .address = ip(OUR_LAN2),
							  .netmask = ip("255.255.0.0"),
							  .broadcast = ip(LAN2_ALL) };
	f->settings = (struct dgram_settings){
		.node_type = DGRAM_NODE_B,
		.port = PORT,
		.packet_max = OUTGOING_MAX,
		.access = f->access,
		.node = { .query_ms = 1500,
			  .query_tries = 3,
			  .route_ms = 30000,
			  .waiting = 8,
			  .waiting_bytes = 1024 * 1024 },
		.members = { .groups = 8, .remember_ms = 5000, .wait_ms = 3000, .retry_ms = 60000 },
		.distribution = { .limit = 1000,
				  .waiting = 16,
				  .bytes = 64 * 1024,
				  .slice = 1000,
				  .duplicate_ms = 5000,
				  .query_memory_ms = 3600000,
				  .backoff_ms = 30000 },
		.error_limit = 10,
		.reassembly = { .datagrams = 16, .bytes = 256 * 1024, .timeout_ms = 2000 },
		.names = 16,
		.clients = 16,
	};
	dgram_start(f);
	return 0;
}

int dgram_tear_down(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_destroy(f->service);
	dgram_clear(f);
	access_list_destroy(f->access);
	free(f);
	return 0;
}

void dgram_clear(struct dgram_fixture *f)
{
	for (size_t i = 0; i < f->told_count; i++)
		free(f->told[i].bytes);
	f->sent_count = f->told_count = f->claimed_count = f->released_count = f->asked_count =
		f->asked_by_tcp_count = 0;
}

void dgram_pass(struct dgram_fixture *f, uint64_t ms)
{
	uint64_t until = f->env.now_ms + ms;

	while (dgram_deadline(f->service) <= until) {
		if (dgram_deadline(f->service) > f->env.now_ms)
			f->env.now_ms = dgram_deadline(f->service);
		dgram_wake(f->service, &f->env);
	}
	f->env.now_ms = until;
}

/*
 * Programs.
 */

static void say_claim(struct dgram_fixture *f, uint32_t client, enum nbt_opcode opcode, uint16_t id,
		      const struct nbt_local_claim *claim)
{
	uint8_t rdata[NBT_ADDRESS_LEN], bytes[1024];
	struct nbt_envelope envelope;
	struct nbt_packet packet;
	size_t len;

	nbt_local_make_claim(&envelope, &packet, opcode, id, claim, rdata);
	assert_error("claim", nbt_local_encode(&envelope, &packet, bytes, sizeof(bytes), &len),
		     NBT_OK);
	assert_true(dgram_message(f->service, client, bytes, len, &f->env));
}

void dgram_subscribe(struct dgram_fixture *f, uint32_t client, uint16_t id, const char *name,
		     bool is_group)
{
	const struct nbt_local_claim claim = { .name = name_of(name), .is_group = is_group };

	say_claim(f, client, NBT_OP_REGISTRATION, id, &claim);
}

void dgram_unsubscribe(struct dgram_fixture *f, uint32_t client, uint16_t id, const char *name)
{
	const struct nbt_local_claim claim = { .name = name_of(name) };

	say_claim(f, client, NBT_OP_RELEASE, id, &claim);
}

void dgram_decide(struct dgram_fixture *f, enum local_event_type type,
		  const struct nbt_local_claim *claim, uint8_t rcode)
{
	const struct local_event event = { .type = type, .claim = claim, .rcode = rcode };

	dgram_names_event(f->service, &event, &f->env);
}

void dgram_hold(struct dgram_fixture *f, uint32_t client, const char *name, bool is_group)
{
	const struct nbt_local_claim claim = { .name = name_of(name), .is_group = is_group };

	dgram_subscribe(f, client, 1, name, is_group);
	dgram_decide(f, LOCAL_CLAIMED, &claim, NBT_RCODE_OK);
	dgram_clear(f);
}

bool dgram_send(struct dgram_fixture *f, const struct program_send *send)
{
	static uint8_t bytes[70000];
	const struct nbt_envelope envelope = {
		.flags = NBT_LOCAL_DATAGRAM | send->flags,
		.interface = send->interface != NULL ? ip(send->interface) : (struct in_addr){ 0 },
		.peer = send->peer != NULL ? ip(send->peer) : (struct in_addr){ 0 },
	};
	const struct nbt_datagram datagram = {
		.type = send->type,
		.id = send->id,
		.source = name_of(send->from),
		.destination = name_of(send->to),
		.source_scope = scope_of(send->scope != NULL ? send->scope : ""),
		.destination_scope = scope_of(send->scope != NULL ? send->scope : ""),
		.data = (const uint8_t *)send->data,
		.data_len = send->len > 0 ? send->len : strlen(send->data),
	};
	size_t len;

	assert_error("envelope", nbt_envelope_encode(&envelope, bytes, sizeof(bytes)), NBT_OK);
	assert_error("datagram",
		     nbt_datagram_encode(&datagram, bytes + NBT_ENVELOPE_LEN,
					 sizeof(bytes) - NBT_ENVELOPE_LEN, &len),
		     NBT_OK);
	return dgram_message(f->service, send->client, bytes, NBT_ENVELOPE_LEN + len, &f->env);
}

/*
 * nbnsd.
 */

static void answer(struct dgram_fixture *f, const struct asked_question *asked,
		   enum nbt_rcode rcode, const char *const *addresses, size_t count, bool is_group)
{
	struct nbt_address list[16];
	uint8_t rdata[16 * NBT_ADDRESS_LEN];
	struct nbt_packet packet;
	struct local_event event = { .type = LOCAL_ANSWER, .rcode = (uint8_t)rcode };

	assert_true(count <= ARRAY_SIZE(list));
	for (size_t j = 0; j < count; j++)
		list[j] = (struct nbt_address){ is_group ? NBT_NB_GROUP : 0, ip(addresses[j]) };
	nbt_address_write(rdata, list, count);
	nbt_make_response(&packet, NBT_OP_QUERY, 1, NBT_FLAG_AA, rcode, &asked->query.name,
			  &asked->query.scope, count > 0 ? NBT_TYPE_NB : NBT_TYPE_NULL, 0, rdata,
			  (uint16_t)(count * NBT_ADDRESS_LEN));
	event.token = asked->token;
	if (f->is_cut)
		packet.flags |= NBT_FLAG_TC;
	event.packet = rcode == NBT_RCODE_SRV_ERR ? NULL : &packet;
	dgram_names_event(f->service, &event, &f->env);
}

void dgram_answer(struct dgram_fixture *f, size_t i, enum nbt_rcode rcode,
		  const char *const *addresses, size_t count, bool is_group)
{
	assert_true(i < f->asked_count);
	answer(f, &f->asked[i], rcode, addresses, count, is_group);
}

void dgram_answer_by_tcp(struct dgram_fixture *f, size_t i, enum nbt_rcode rcode,
			 const char *const *addresses, size_t count)
{
	assert_true(i < f->asked_by_tcp_count);
	answer(f, &f->asked_by_tcp[i], rcode, addresses, count, true);
}

/*
 * The network.
 */

void dgram_bytes(struct dgram_fixture *f, const char *from, uint16_t socket, bool to_broadcast,
		 const uint8_t *bytes, size_t len)
{
	const struct incoming in = {
		.bytes = bytes,
		.len = len,
		.from = { .sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr = ip(from) },
		.socket = socket,
		.to_broadcast = to_broadcast
	};

	dgram_receive(f->service, &in, &f->env);
}

void dgram_packet(struct dgram_fixture *f, const struct network_packet *packet)
{
	const char *scope = packet->scope != NULL ? packet->scope : "";
	struct nbt_datagram datagram = {
		.type = packet->type,
		.flags = packet->flags != 0 ? packet->flags : NBT_DGM_FLAG_FIRST,
		.id = packet->id,
		.source_address = ip(packet->source != NULL ? packet->source : packet->from),
		.source_port = PORT,
		.error_code = packet->error_code,
		.source_scope =
			scope_of(packet->source_scope != NULL ? packet->source_scope : scope),
		.destination_scope = scope_of(scope),
	};
	uint8_t bytes[2000];
	size_t len;

	if (packet->source_name != NULL)
		datagram.source = name_of(packet->source_name);
	if (packet->to_name != NULL)
		datagram.destination = name_of(packet->to_name);
	if (packet->data != NULL) {
		datagram.data = (const uint8_t *)packet->data;
		datagram.data_len = strlen(packet->data);
	}
	assert_error("packet", nbt_datagram_encode(&datagram, bytes, sizeof(bytes), &len), NBT_OK);
	dgram_bytes(f, packet->from, packet->socket != 0 ? packet->socket : SOCKET_LAN1,
		    packet->to_broadcast, bytes, len);
}

/*
 * What came of it.
 */

struct counter_search {
	const char *name;
	uint64_t value;
	bool found;
};

static void look_at_stats(void *ctx, const struct stats *stats)
{
	struct counter_search *search = ctx;

	for (size_t i = 0; i < stats->count; i++)
		if (strcmp(stats->names[i], search->name) == 0) {
			search->value = stats->values[i];
			search->found = true;
		}
}

uint64_t dgram_counter(struct dgram_fixture *f, const char *name)
{
	struct counter_search search = { .name = name };

	dgram_each_stats(f->service, look_at_stats, &search);
	assert_true(search.found);
	return search.value;
}

struct nbt_datagram dgram_sent(const struct dgram_fixture *f, size_t i)
{
	struct nbt_datagram datagram;

	assert_true(i < f->sent_count);
	assert_error("sent", nbt_datagram_decode(&datagram, f->sent[i].bytes, f->sent[i].len),
		     NBT_OK);
	return datagram;
}

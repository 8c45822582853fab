/*
 * name.sock: the bytes are a story of what programs say, of connections that end, of time, and of
 * what others on the network answer to what was sent. Whatever comes, only those who are there are
 * told anything, in messages that can be read; and in the end nobody holds anything.
 */
#include "fuzz.h"

#include <string.h>

#include <nbt/local.h>

#include "common/array.h"
#include "nbnsd/clients.h"

#define CONNECTIONS 4
#define SENT        8 /* of our own packets are remembered, to be answered */

struct story {
	struct fuzz_input in;

	struct registry *registry;
	struct service *service;
	struct clients *clients;
	struct nbt_env env;
	uint32_t lots;
	uint32_t connection[CONNECTIONS], last_connection;
	struct outgoing sent[SENT];
	size_t sent_count;
};

static struct outbox out;

/* Some of the bytes of the story, where reading beyond them is seen. */
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

/*
 * What must hold.
 */

static void hear(void *ctx, uint32_t client, const uint8_t *bytes, size_t len)
{
	static struct nbt_packet packet;
	struct story *story = ctx;
	struct nbt_envelope envelope;
	size_t i = 0;

	while (i < CONNECTIONS && story->connection[i] != client)
		i++;
	must(i < CONNECTIONS);
	must(nbt_local_decode(&envelope, &packet, bytes, len) == NBT_OK);
	must((packet.flags & NBT_FLAG_R) != 0 && packet.opcode != NBT_OP_WACK);
}

static void look_at_outbox(struct story *story)
{
	static struct nbt_packet packet;

	must(out.count <= OUTBOX_SIZE);
	for (size_t i = 0; i < out.count; i++) {
		must(nbt_packet_decode(&packet, out.packet[i].bytes, out.packet[i].len) == NBT_OK);
		if ((packet.flags & NBT_FLAG_R) == 0)
			story->sent[story->sent_count++ % SENT] = out.packet[i];
	}
	out.count = 0;
}

/* What the edge does after everything. */
static void turn(struct story *story)
{
	struct changes *changes = service_take_changes(story->service);
	struct node_event event;

	while (service_wake(story->service, &out, &story->env))
		look_at_outbox(story);
	look_at_outbox(story);
	if (changes != NULL)
		service_committed(story->service, changes);
	while (service_answers(story->service, &out, &story->env))
		look_at_outbox(story);
	look_at_outbox(story);
	while (node_next_event(service_node(story->service), &event))
		if (event.claim.client != NODE_CONFIGURATION)
			clients_event(story->clients, &event);
	clients_answer(story->clients);
	(void)clients_work(story->clients, &story->env);
}

/*
 * Steps.
 */

static void gone(struct story *story, size_t i)
{
	uint32_t client = story->connection[i];

	story->connection[i] = ++story->last_connection;
	clients_gone(story->clients, client, &story->env);
}

static void say(struct story *story, const uint8_t *bytes, size_t len)
{
	size_t i = fuzz_take(&story->in) % CONNECTIONS;

	if (!clients_message(story->clients, story->connection[i], bytes, len, &story->env))
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

static struct nbt_name take_name(struct story *story)
{
	static const char *const texts[] = { "FRED<20>",    "FRED<00>", "LAB<1C>", "LAB<1D>",
					     "OFFICE1<20>", "WORK<00>", "ANNE<20>" };
	size_t i = fuzz_take(&story->in) % (ARRAY_SIZE(texts) + 1);
	struct nbt_name name = { "*" };

	if (i < ARRAY_SIZE(texts))
		must(nbt_name_from_text(&name, texts[i], 0) == NBT_OK);
	return name;
}

/* Ours, the name server's, or somebody's. */
static struct in_addr take_address(struct story *story)
{
	uint8_t n = fuzz_take(&story->in);

	return (struct in_addr){ n % 4 == 0 ? 0 : htonl(0x0A000000u + n % 8) };
}

static void say_packet(struct story *story, const struct nbt_envelope *envelope,
		       const struct nbt_packet *packet)
{
	uint8_t bytes[600];
	size_t len;

	must(nbt_local_encode(envelope, packet, bytes, sizeof(bytes), &len) == NBT_OK);
	say(story, bytes, len);
}

static void step_claim(struct story *story)
{
	uint8_t how = fuzz_take(&story->in);
	const struct nbt_local_claim claim = {
		.interface = take_address(story),
		.name = take_name(story),
		.scope = { .len = how & 1 ? 2 : 0, .labels = { 1, 'X' } },
		.is_group = how & 2,
		.broadcast_only = how & 4,
	};
	uint8_t rdata[NBT_ADDRESS_LEN];
	struct nbt_envelope envelope;
	struct nbt_packet packet;

	nbt_local_make_claim(&envelope, &packet, how & 8 ? NBT_OP_RELEASE : NBT_OP_REGISTRATION,
			     fuzz_take(&story->in), &claim, rdata);
	say_packet(story, &envelope, &packet);
}

static void step_query(struct story *story)
{
	uint8_t how = fuzz_take(&story->in);
	const struct nbt_local_query query = {
		.interface = take_address(story),
		.peer = take_address(story),
		.name = take_name(story),
		.scope = { .len = how & 1 ? 2 : 0, .labels = { 1, 'X' } },
		.is_status = how & 2,
		.is_local = how & 4,
		.all_members = how & 8,
	};
	struct nbt_envelope envelope;
	struct nbt_packet packet;

	nbt_local_make_query(&envelope, &packet, fuzz_take(&story->in), &query);
	if (how & 16)
		packet.flags |= NBT_FLAG_B;
	say_packet(story, &envelope, &packet);
}

static void receive(struct story *story, const uint8_t *bytes, size_t len, struct in_addr from,
		    bool to_broadcast)
{
	const struct incoming in = { .bytes = bytes,
				     .len = len,
				     .from = { .sin_family = AF_INET,
					       .sin_port = htons(NBT_NAME_PORT),
					       .sin_addr = from },
				     .to_broadcast = to_broadcast };

	service_receive(story->service, &in, &out, &story->env);
	look_at_outbox(story);
}

static void step_network(struct story *story)
{
	struct in_addr from = take_address(story);
	bool to_broadcast = fuzz_take(&story->in) % 2;
	size_t len;
	uint8_t *bytes = take_bytes(story, &len);

	receive(story, bytes, len, from, to_broadcast);
	free(bytes);
}

/* An answer to something that we sent; how decides what it says. */
static void step_answer(struct story *story)
{
	uint8_t how = fuzz_take(&story->in);
	const struct outgoing *sent = &story->sent[how % SENT];
	const struct nbt_address address = { how & 8 ? NBT_NB_GROUP : 0, take_address(story) };
	uint8_t rdata[NBT_ADDRESS_LEN], bytes[OUTGOING_MAX];
	struct nbt_packet asked, answer;
	size_t len;

	if (sent->len == 0)
		return;
	must(nbt_packet_decode(&asked, sent->bytes, sent->len) == NBT_OK);
	nbt_address_write(rdata, &address, 1);
	nbt_make_response(&answer, how & 16 ? NBT_OP_WACK : (enum nbt_opcode)asked.opcode, asked.id,
			  NBT_FLAG_AA | NBT_FLAG_RD | NBT_FLAG_RA,
			  how & 32 ? NBT_RCODE_ACT_ERR : NBT_RCODE_OK, &asked.question[0].name,
			  &asked.question[0].scope, how & 64 ? NBT_TYPE_NBSTAT : NBT_TYPE_NB,
			  fuzz_take(&story->in), rdata, sizeof(rdata));
	must(nbt_packet_encode(&answer, bytes, sizeof(bytes), &len) == NBT_OK);
	receive(story, bytes, len, how & 128 ? take_address(story) : sent->to.sin_addr, false);
}

static void step_time(struct story *story)
{
	static const uint32_t ms[] = { 1, 100, 250, 1000, 1500, 10000, 600000, 7200000 };

	story->env.now_ms += ms[fuzz_take(&story->in) % 8];
}

static void step_interfaces(struct story *story)
{
	const struct served_socket sockets[] = {
		{ .address = { htonl(0x0A000001) },
		  .netmask = { htonl(0xFFFFFF00) },
		  .broadcast = { htonl(0x0A0000FF) } },
		{ .address = { htonl(0x0A000102) },
		  .netmask = { htonl(0xFFFFFF00) },
		  .broadcast = { htonl(0x0A0001FF) } },
		{ .address = { htonl(INADDR_LOOPBACK) } },
	};
	uint8_t which = fuzz_take(&story->in);
	struct served_socket table[ARRAY_SIZE(sockets)] = { { .address = { 0 } } };

	for (size_t i = 0; i < ARRAY_SIZE(sockets); i++)
		if (which >> i & 1)
			table[i] = sockets[i];
	service_set_sockets(story->service, table, ARRAY_SIZE(table));
}

static void (*const steps[])(struct story *story) = {
	step_raw,  step_claim,  step_claim,   step_query, step_query,
	step_time, step_answer, step_network, step_gone,  step_interfaces,
};

/*
 * The story.
 */

static void begin(struct story *story, uint8_t how)
{
	static const uint8_t key[16] = { 1 };
	static const struct in_addr servers[2] = { { 0x0500000A }, { 0x0600000A } };
	const struct service_settings settings = {
		.netbios_name = "OFFICE1",
		.workgroup = "WORK",
		.node_type = how & 3,
		.server = how & 4,
		.proxy = how & 8,
		.node = { .servers = servers,
			  .server_count = how >> 4 & 1 ? 2 : 0,
			  .is_server = how & 4,
			  .refresh_min = 300000,
			  .refresh_retry = 600000,
			  .refresh_share = 3600000,
			  .claim_retry = 600000 },
		.resolver = { .conflict_ms = 1000,
			      .server_retry_ms = 30000,
			      .cache_ms = 600000,
			      .negative_cache_ms = 5000 },
		.renewal_s = 6000,
		.extinction_s = 6000,
		.extinction_timeout_s = 6000,
		.verify_s = 60000,
		.scavenge_s = 3600,
		.challenge_retry_ms = 500,
		.challenge_tries = 3,
		.max_challenges = 100,
		.max_waiting = 100,
	};

	story->env =
		(struct nbt_env){ .now_ms = 1000, .random = fuzz_draw, .random_ctx = &story->lots };
	story->registry = registry_create(key);
	story->service = service_create(&settings, story->registry, 1, 100000, &story->env);
	must(story->service != NULL);
	story->clients = clients_create(story->service, hear, story);
	must(story->clients != NULL);
	for (size_t i = 0; i < CONNECTIONS; i++)
		story->connection[i] = ++story->last_connection;
}

/* All have gone: after a while nothing of theirs is left. */
static void end(struct story *story)
{
	struct node_own own;
	uint64_t cursor = 0;

	for (size_t i = 0; i < CONNECTIONS; i++)
		gone(story, i);
	for (unsigned i = 0; i < 20; i++) {
		story->env.now_ms += 60000;
		turn(story);
	}
	while (node_own_next(service_node(story->service), &cursor, &own))
		must(own.client == NODE_CONFIGURATION);
	must(!resolver_has_answer(service_resolver(story->service)));
	must(resolver_deadline(service_resolver(story->service)) == NBT_NEVER);
	clients_destroy(story->clients);
	service_destroy(story->service);
	registry_destroy(story->registry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct story story = { .in = { data, size } };

	begin(&story, fuzz_take(&story.in));
	step_interfaces(&story);
	turn(&story);
	while (story.in.left > 0) {
		steps[fuzz_take(&story.in) % ARRAY_SIZE(steps)](&story);
		turn(&story);
	}
	end(&story);
	return 0;
}

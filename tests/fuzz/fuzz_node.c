/*
 * The node: the bytes are a story of local programs that claim and release names, of strangers'
 * packets in any order, of interfaces that come and go, and of time. Every program hears what it
 * must hear, in the end all names are released and nothing is left.
 */
#include "fuzz.h"

#include <string.h>

#include "common/array.h"
#include "nbnsd/node/node.h"
#include "nbnsd/node/own.h"
#include "nbnsd/service/service.h"

#define CLIENTS 4 /* the first is the configuration */
#define NAMES   6

/* What a program knows of its claim. */
enum known { KNOWS_NOTHING, WAITS, HAS_IT, HAS_LOST_IT };

struct story {
	struct fuzz_input in;
	struct node_settings settings;
	struct node *node;
	struct served_socket sockets[3];
	struct nbt_env env;
	uint32_t lots;
	uint16_t socket; /* of the last packet */
	struct nbt_packet asked;
	bool has_asked;
	struct claim registration; /* handed to the registrar last */
	enum known known[CLIENTS][NAMES][3];
	unsigned ended[CLIENTS][NAMES][3]; /* claims that ended undecided: each is to be told */
	bool was_configured[NAMES];        /* who shared it then may go on */
};

static const char *const names[NAMES] = { "FRED<20>", "FRED<00>",       "WORK<1D>",
					  "WORK<1E>", "*SMBSERVER<20>", "JANE<20>" };

static struct nbt_name name_at(size_t i)
{
	struct nbt_name name;

	must(nbt_name_from_text(&name, names[i], 0) == NBT_OK);
	return name;
}

/* Every interface, the first, the second. */
static struct in_addr interface_at(size_t i)
{
	return (struct in_addr){ htonl(i == 0 ? 0 : 0x0A000005u + (uint32_t)(i - 1) * 256) };
}

/*
 * What is looked at after every step.
 */

static size_t name_of(const struct node_claim *claim)
{
	size_t name = 0;

	while (memcmp(name_at(name).bytes, claim->name.bytes, NBT_NAME_LEN) != 0)
		must(++name < NAMES);
	return name;
}

static size_t interface_of(const struct node_claim *claim)
{
	size_t interface = 0;

	while (interface_at(interface).s_addr != claim->interface.s_addr)
		must(++interface < 3);
	return interface;
}

static enum known *known_of(struct story *story, const struct node_claim *claim)
{
	must(claim->client < CLIENTS);
	return &story->known[claim->client][name_of(claim)][interface_of(claim)];
}

static unsigned *ended_of(struct story *story, const struct node_claim *claim)
{
	must(claim->client < CLIENTS);
	return &story->ended[claim->client][name_of(claim)][interface_of(claim)];
}

static void hear_events(struct story *story)
{
	struct node_event event;

	while (node_next_event(story->node, &event)) {
		enum known *known = known_of(story, &event.claim);
		unsigned *ended = ended_of(story, &event.claim);

		if (*ended > 0) { /* in order: that is told first */
			must(event.type == NODE_DECIDED && event.rcode == NBT_RCODE_NAM_ERR);
			(*ended)--;
		} else if (event.type == NODE_LOST) {
			must(*known == HAS_IT && event.rcode != NBT_RCODE_OK);
			*known = HAS_LOST_IT;
		} else if (event.rcode == NBT_RCODE_OK) {
			must(*known == WAITS ||
			     (*known == HAS_LOST_IT && event.claim.client == NODE_CONFIGURATION));
			*known = HAS_IT;
		} else { /* the configuration's is tried again */
			must(*known == WAITS);
			*known = event.claim.client == NODE_CONFIGURATION ? HAS_LOST_IT
									  : KNOWS_NOTHING;
		}
	}
}

/* Two programs never have one unique name, unless it is the configuration's. */
static void check_names(const struct story *story)
{
	for (size_t name = 0; name < NAMES; name++) {
		struct nbt_name bytes = name_at(name);
		const struct nbt_scope scope = { 0 };
		unsigned clients = 0;

		for (size_t client = 1; client < CLIENTS; client++)
			for (size_t i = 0; i < 3; i++)
				if (story->known[client][name][i] != KNOWS_NOTHING)
					clients |= 1U << client;
		if (!node_find(story->node, 0, &bytes, &scope).is_group &&
		    !story->was_configured[name])
			must((clients & (clients - 1)) == 0);
	}
}

static void step(struct story *story)
{
	static const unsigned none[CLIENTS][NAMES][3];
	struct node_step step;
	enum node_step_type type;
	size_t steps = 0;

	while ((type = node_step(story->node, &step, &story->env)) != NODE_WAIT) {
		must(++steps < 10000);
		if (type == NODE_REGISTER) {
			must(story->settings.is_server);
			story->registration = step.claim;
			continue;
		}
		must(step.socket < 3);
		must(nbt_packet_decode(&story->asked, step.packet->bytes, step.packet->len) ==
		     NBT_OK);
		must((story->asked.flags & NBT_FLAG_R) == 0);
		must(story->sockets[step.socket].address.s_addr != INADDR_ANY);
		must(step.is_broadcast == ((story->asked.flags & NBT_FLAG_B) != 0));
		story->socket = step.socket;
		story->has_asked = true;
	}
	hear_events(story);
	must(memcmp(story->ended, none, sizeof(none)) == 0); /* each request has its answer */
	check_names(story);
}

static void pass(struct story *story, uint64_t ms)
{
	uint64_t end = story->env.now_ms + ms;

	for (size_t turns = 0; node_deadline(story->node) <= end; turns++) {
		must(turns < 20000);
		if (node_deadline(story->node) > story->env.now_ms)
			story->env.now_ms = node_deadline(story->node);
		step(story);
	}
	story->env.now_ms = end;
}

/*
 * Steps.
 */

static struct node_claim take_claim(struct story *story)
{
	uint8_t who = fuzz_take(&story->in), what = fuzz_take(&story->in);

	story->was_configured[what % NAMES] |= who % CLIENTS == NODE_CONFIGURATION;
	return (struct node_claim){ .client = who % CLIENTS,
				    .interface = interface_at(who / 4 % 3),
				    .name = name_at(what % NAMES),
				    .is_group = what & 64,
				    .broadcast_only = what & 128 };
}

/* The configuration claims for every interface. */
static void step_claim(struct story *story)
{
	struct node_claim claim = take_claim(story);

	if (claim.client == NODE_CONFIGURATION)
		claim.interface = interface_at(0);
	if (node_claim(story->node, &claim, &story->env) == NBT_RCODE_OK)
		*known_of(story, &claim) = WAITS;
	hear_events(story);
}

static void step_release(struct story *story)
{
	const struct node_claim claim = take_claim(story);
	enum known *known = known_of(story, &claim);

	hear_events(story);
	must(node_release(story->node, claim.client, claim.interface, &claim.name, &claim.scope,
			  &story->env) == (*known != KNOWS_NOTHING));
	if (*known == WAITS && claim.client != NODE_CONFIGURATION)
		++*ended_of(story, &claim);
	*known = KNOWS_NOTHING;
}

static void step_gone(struct story *story)
{
	uint32_t client = 1 + fuzz_take(&story->in) % (CLIENTS - 1);

	node_client_gone(story->node, client, &story->env);
	memset(story->known[client], 0, sizeof(story->known[client]));
	memset(story->ended[client], 0, sizeof(story->ended[client]));
	hear_events(story);
}

static struct sockaddr_in take_sender(struct story *story)
{
	uint8_t n = fuzz_take(&story->in);

	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(NBT_NAME_PORT),
				     .sin_addr = { htonl(0x0A000000u + n % 4 * 256 + n / 4) } };
}

/* To what the node sent last, by anybody. */
static void step_answer(struct story *story)
{
	static const uint8_t opcodes[] = { NBT_OP_REGISTRATION, NBT_OP_REGISTRATION, NBT_OP_RELEASE,
					   NBT_OP_WACK };
	const struct sockaddr_in from = take_sender(story);
	uint8_t how = fuzz_take(&story->in);
	const struct nbt_address address = { 0, { htonl(0x0A000005u) } };
	uint8_t rdata[NBT_ADDRESS_LEN];
	struct nbt_packet response;

	if (!story->has_asked)
		return;
	nbt_address_write(rdata, &address, 1);
	nbt_make_response(&response, (enum nbt_opcode)opcodes[how % 4], story->asked.id,
			  how & 4 ? NBT_FLAG_RA : 0, (enum nbt_rcode)(how / 8 % 8),
			  &story->asked.question[0].name, &story->asked.question[0].scope,
			  NBT_TYPE_NB, fuzz_take(&story->in) * 100u, rdata, sizeof(rdata));
	node_response(story->node, story->socket, &from, &response, &story->env);
}

static void step_raw(struct story *story)
{
	const struct sockaddr_in from = take_sender(story);
	size_t len = fuzz_take(&story->in);
	struct nbt_packet packet;

	if (len > story->in.left)
		len = story->in.left;
	if (nbt_packet_decode(&packet, story->in.bytes, len) == NBT_OK && packet.flags & NBT_FLAG_R)
		node_response(story->node, (uint16_t)(from.sin_addr.s_addr % 3), &from, &packet,
			      &story->env);
	story->in.bytes += len;
	story->in.left -= len;
}

/* Another node's claim, as the service handles it. */
static void step_stranger(struct story *story)
{
	const struct sockaddr_in from = take_sender(story);
	uint8_t how = fuzz_take(&story->in);
	const struct claim claim = { .name = name_at(fuzz_take(&story->in) % NAMES),
				     .opcode = how & 1 ? NBT_OP_REGISTRATION : NBT_OP_RELEASE,
				     .nb_flags = how & 2 ? NBT_NB_GROUP : 0,
				     .address = from.sin_addr,
				     .source = from.sin_addr,
				     .source_port = from.sin_port,
				     .socket = how / 4 % 3 };
	const struct node_found found =
		node_find(story->node, claim.socket, &claim.name, &claim.scope);

	if (found.hold == NODE_CLAIMING && claim.opcode == NBT_OP_REGISTRATION)
		node_outdoes(story->node, &claim, &story->env);
	if (own_decide_claim(&found, story->settings.type, &claim, SENT_UNICAST,
			     node_uses_server(story->node, from.sin_addr)
				     ? CLAIMANT_SERVER
				     : CLAIMANT_OTHER) == OWN_CLAIM_YIELD)
		node_yield(story->node, &claim, &story->env);
}

static void step_registrar(struct story *story)
{
	uint8_t how = fuzz_take(&story->in);

	node_registered(story->node, &story->registration, (enum nbt_rcode)(how % 8),
			fuzz_take(&story->in) * 10u, (struct in_addr){ htonl(0x0A000009u) },
			&story->env);
}

/* 10.0.0.5, 10.0.1.5 and loopback, each there or not. */
static void set_sockets(struct story *story, uint8_t which)
{
	static const uint32_t addresses[] = { 0x0A000005u, 0x0A000105u, 0x7F000001u };
	struct served_socket *sockets = story->sockets;

	for (size_t i = 0; i < 3; i++) {
		sockets[i] = (struct served_socket){ .address = { 0 } };
		if (!(which >> i & 1))
			continue;
		sockets[i].address.s_addr = htonl(addresses[i]);
		sockets[i].netmask.s_addr = htonl(0xFFFFFF00);
		if (i < 2 && !(which & 8))
			sockets[i].broadcast.s_addr = htonl(addresses[i] | 255);
	}
	node_set_sockets(story->node, sockets, 3, &story->env);
}

static void step_sockets(struct story *story)
{
	set_sockets(story, fuzz_take(&story->in));
}

static void step_time(struct story *story)
{
	static const uint32_t ms[] = { 0, 100, 250, 1500, 10000, 600000, 3600000, 50000000 };

	pass(story, ms[fuzz_take(&story->in) % 8]);
}

static void step_look(struct story *story)
{
	static struct nbt_status_name list[NBT_STATUS_MAX_NAMES];
	const struct nbt_scope scope = { 0 };
	const struct nbt_name name = name_at(fuzz_take(&story->in) % NAMES);
	struct nbt_address addresses[3];
	size_t count = node_addresses(story->node, story->socket, &name, &scope, addresses, 3);

	must(count >= 1 && count <= 3);
	must(node_status_names(story->node, 1, &scope, list, 3) <= 3);
}

static void (*const steps[])(struct story *story) = {
	step_claim,    step_claim,   step_release, step_gone, step_answer, step_answer,    step_raw,
	step_stranger, step_sockets, step_time,    step_time, step_look,   step_registrar,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct in_addr servers[] = { { 0x0100000A }, { 0x0101000A } };
	struct story story = { .in = { data, size } };
	uint8_t how = fuzz_take(&story.in);

	story.env =
		(struct nbt_env){ .now_ms = 1000, .random = fuzz_draw, .random_ctx = &story.lots };
	story.settings = (struct node_settings){ .type = (enum node_type)(how & 3),
						 .servers = servers,
						 .server_count = how / 4 % 3,
						 .is_server = how & 16 };
	story.node = node_create(&story.settings, &story.env);
	must(story.node != NULL);
	set_sockets(&story, 7);
	while (story.in.left > 0) {
		steps[fuzz_take(&story.in) % ARRAY_SIZE(steps)](&story);
		step(&story);
	}
	node_stop(story.node, &story.env);
	memset(story.known, 0, sizeof(story.known));
	memset(story.ended, 0, sizeof(story.ended));
	pass(&story, 3600000);
	must(node_is_stopped(story.node) && node_deadline(story.node) == NBT_NEVER);
	node_destroy(story.node);
	return 0;
}

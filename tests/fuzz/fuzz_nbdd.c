/*
 * The NBDD and the relay: the bytes are a story of packets that other hosts send to port 138, of
 * what name servers say about members, of ICMP, of reloads and of addresses that come and go.
 * Whatever comes, no copy goes to ourselves or to a subnet that was not meant, what is kept has its
 * bounds, and in the end nothing waits.
 */
#include "dgram_story.h"

#include <string.h>

#include "common/fragments.h"

#define MEMBERS_MAX 6
#define RELAYS_MARK 0x80 /* in FLAGS of what relays hand over */

/* B, P, M and H nodes, in our subnets and elsewhere; two relays, one of them in a subnet of ours.
 */
static const uint32_t hosts[] = { 0x0A000009, 0x0A000109, 0x0A090909, 0x0A09090A,
				  0x0A000002, 0x0A090002, 0x0A090909, 0x0A000008 };
static const struct in_addr peers[] = { { 0x0200000A }, { 0x0200090A } };
static const struct in_addr name_servers[] = { { 0x0700090A }, { 0x0800090A } };
static const char *const groups[] = { "LAB", "FRED" };

static struct in_addr take_host(struct story *story)
{
	return (struct in_addr){ htonl(hosts[fuzz_take(&story->in) % ARRAY_SIZE(hosts)]) };
}

/*
 * Packets of other hosts. Most of them are as they must be.
 */

static size_t take_datagram(struct story *story, uint8_t *bytes, size_t size, struct in_addr *from)
{
	static const uint8_t node_types[] = { 0x00, 0x04, 0x08, 0x0C };
	uint8_t how = fuzz_take(&story->in);
	struct nbt_datagram datagram = {
		.flags = (uint8_t)(NBT_DGM_FLAG_FIRST | node_types[how & 3] | (how & RELAYS_MARK)),
		.source_port = how & 4 ? 138 : 1138,
	};
	size_t len;

	*from = take_host(story);
	datagram.source_address = how & 0x30 ? *from : take_host(story);
	len = story_datagram(story, &datagram, bytes, size);
	if (how & 0x40 && datagram.type < NBT_DGM_ERROR)
		bytes[0] = NBT_DGM_DIRECT_GROUP;
	return len;
}

static void step_datagram(struct story *story)
{
	uint8_t bytes[OUTGOING_MAX];
	struct in_addr from;
	size_t len = take_datagram(story, bytes, sizeof(bytes), &from);

	story_receive(story, from, bytes, len);
}

/* Once more, or without one of them, or in another order. */
static void step_fragments(struct story *story)
{
	static uint8_t whole[4096], packets[16][OUTGOING_MAX];
	size_t lens[16], count = 0;
	struct in_addr from;
	size_t len = take_datagram(story, whole, sizeof(whole), &from);
	uint8_t first = fuzz_take(&story->in), missing = fuzz_take(&story->in);
	struct fragments fragments;

	if (whole[0] >= NBT_DGM_ERROR)
		return;
	fragments_begin(&fragments, whole, len, 576);
	while (count < ARRAY_SIZE(packets) &&
	       (lens[count] = fragments_next(&fragments, packets[count])) > 0)
		count++;
	for (size_t i = 0; i < count; i++)
		if (i != missing)
			story_receive(story, from, packets[(first + i) % count],
				      lens[(first + i) % count]);
}

static void step_query(struct story *story)
{
	struct nbt_datagram query = { .type = NBT_DGM_QUERY_REQUEST,
				      .flags = NBT_DGM_FLAG_FIRST | NBT_DGM_SNT,
				      .id = fuzz_take(&story->in),
				      .source_address = take_host(story),
				      .source_port = 138,
				      .destination = story_name(story) };
	uint8_t bytes[OUTGOING_MAX];
	size_t len;

	must(nbt_datagram_encode(&query, bytes, sizeof(bytes), &len) == NBT_OK);
	story_receive(story, query.source_address, bytes, len);
}

static void step_bytes(struct story *story)
{
	struct in_addr from = take_host(story);
	size_t len;
	uint8_t *bytes = story_bytes(story, &len);

	story_receive(story, from, bytes, len);
	free(bytes);
}

/* Another NBDD or relay that sends on what it got from us. */
static void step_loop(struct story *story)
{
	const struct sent sent = story->sent[fuzz_take(&story->in) % SENT];

	if (sent.len > 0)
		story_receive(story, take_host(story), sent.bytes, sent.len);
}

/*
 * Name servers.
 */

static void step_members(struct story *story)
{
	struct nbt_address list[MEMBERS_MAX];
	uint8_t rdata[MEMBERS_MAX * NBT_ADDRESS_LEN], how = fuzz_take(&story->in);
	struct look_up *look_up = &story->look_ups[fuzz_take(&story->in) % 4];
	struct local_event event = { .type = LOCAL_ANSWER, .token = look_up->token };
	size_t count = how % (MEMBERS_MAX + 1);
	struct nbt_packet packet;

	if (!look_up->in_use)
		return;
	for (size_t i = 0; i < count; i++)
		list[i] = (struct nbt_address){ NBT_NB_GROUP, how & 0x40 ? story_address(story)
									 : take_host(story) };
	nbt_address_write(rdata, list, count);
	nbt_make_response(&packet, NBT_OP_QUERY, 1, NBT_FLAG_AA | (how & 0x80 ? NBT_FLAG_TC : 0),
			  NBT_RCODE_OK, &look_up->query.name, &look_up->query.scope, NBT_TYPE_NB, 0,
			  rdata, (uint16_t)(count * NBT_ADDRESS_LEN));
	event.packet = &packet;
	look_up->in_use = false;
	dgram_names_event(story->service, &event, &story->env);
}

/*
 * The rest of the world.
 */

static void step_unreachable(struct story *story)
{
	dgram_unreachable(story->service, take_host(story), &story->env);
}

static void step_reload(struct story *story)
{
	uint8_t how = fuzz_take(&story->in);

	story->settings.peers.count = how % (ARRAY_SIZE(peers) + 1);
	story->settings.name_servers.count = (how >> 2) % (ARRAY_SIZE(name_servers) + 1);
	story->settings.relaying.group_count = (how >> 4) % (ARRAY_SIZE(groups) + 1);
	story->settings.distribution.limit = how & 0x40 ? 3 : 0;
	story->settings.packet_max = how & 0x80 ? 548 : OUTGOING_MAX;
	dgram_set_settings(story->service, &story->settings);
}

/* One address is gone; its number stays. Rules may be others, too. */
static void step_sockets(struct story *story)
{
	uint8_t how = fuzz_take(&story->in);
	size_t gone = how % (STORY_SOCKETS + 1);

	memcpy(story->sockets, story_sockets, sizeof(story->sockets));
	if (gone < STORY_SOCKETS)
		story->sockets[gone] = (struct served_socket){ .address = { 0 } };
	dgram_set_sockets(story->service, story->sockets, STORY_SOCKETS);
	story->settings.access = how & 0x80 ? story->nobody : story->access;
	dgram_set_access(story->service, story->settings.access);
}

static void seen_stats(void *ctx, const struct stats *stats)
{
	*(size_t *)ctx += stats->count;
}
static void seen_group(void *ctx, const struct nbt_name *name, const struct nbt_scope *scope,
		       const struct members_list *list, uint64_t expires_ms)
{
	(void)name;
	(void)scope;
	(void)expires_ms;
	must(list->is_known || list->count == 0);
	for (size_t i = 1; i < list->count; i++)
		must(ntohl(list->items[i - 1].s_addr) < ntohl(list->items[i].s_addr));
	++*(size_t *)ctx;
}
static void seen_peer(void *ctx, const struct relay_peer *peer)
{
	must(peer->address.s_addr != 0);
	++*(size_t *)ctx;
}
static void seen_flow(void *ctx, const struct originator *originator)
{
	must(originator->datagrams > 0);
	++*(size_t *)ctx;
}

/* What an administrator sees. */
static void step_look(struct story *story)
{
	size_t stats = 0, seen = 0, seen_peers = 0, flows = 0;

	dgram_each_stats(story->service, seen_stats, &stats);
	dgram_each_group(story->service, seen_group, &seen);
	dgram_each_peer(story->service, seen_peer, &seen_peers);
	dgram_each_flow(story->service, &story->env, seen_flow, &flows);
	must(stats > 0 && seen <= story->settings.members.groups);
	must(seen_peers <= ARRAY_SIZE(peers) && flows <= story->settings.relaying.originators);
}

static void (*const steps[])(struct story *story) = {
	step_datagram,  step_datagram, step_fragments,   step_query,  step_bytes,   step_members,
	step_members,   step_loop,     step_unreachable, step_reload, step_sockets, story_claim,
	story_decision, story_send,    story_look_up,    step_look,   story_time,
};

/*
 * The story.
 */

static void begin(struct story *story, uint8_t how)
{
	struct dgram_settings settings = {
		.node_type = how & 4 ? DGRAM_NODE_P : DGRAM_NODE_B,
		.server = how & 1,
		.relay = how & 2,
		.port = 138,
		.packet_max = OUTGOING_MAX,
		.peers = { peers, how >> 3 & 1 ? ARRAY_SIZE(peers) : 1 },
		.name_servers = { name_servers, how >> 4 & 1 ? ARRAY_SIZE(name_servers) : 0 },
		.node = { .query_ms = 1500,
			  .query_tries = 1,
			  .route_ms = 30000,
			  .waiting = 4,
			  .waiting_bytes = 8000 },
		.members = { .groups = 3, .remember_ms = 5000, .wait_ms = 3000, .retry_ms = 60000 },
		.distribution = { .limit = how >> 5 & 1 ? 3 : 0,
				  .waiting = 8,
				  .bytes = 4096,
				  .slice = 2,
				  .duplicate_ms = 5000,
				  .query_memory_ms = 60000,
				  .backoff_ms = 30000 },
		.relaying = { .groups = groups,
			      .group_count = how >> 6 & 1,
			      .memory_ms = 5000,
			      .reply_ms = 30000,
			      .datagrams = 16,
			      .originators = 2 },
		.error_limit = 3,
		.reassembly = { .datagrams = 8, .bytes = 256 * 1024, .timeout_ms = 2000 },
		.names = 8,
		.clients = CONNECTIONS,
	};

	for (size_t suffix = 0; suffix < 256; suffix++)
		settings.relaying.suffixes[suffix] = suffix != 0x1D;
	story_begin(story, &settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct story *story = calloc(1, sizeof(*story));

	must(story != NULL);
	story->in = (struct fuzz_input){ data, size };
	story->others_only = true;
	begin(story, fuzz_take(&story->in));
	while (story->in.left > 0) {
		steps[fuzz_take(&story->in) % ARRAY_SIZE(steps)](story);
		story_check(story);
	}
	story_end(story);
	free(story);
	return 0;
}

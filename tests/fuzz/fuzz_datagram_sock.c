/*
 * The datagram service: the bytes are a story of what programs say on datagram.sock, of packets
 * from the network, of what nbnsd and others answer, and of time. Whatever comes, only those who
 * are there are told anything; what is sent can be read; and in the end nothing waits and no name
 * is claimed.
 */
#include "dgram_story.h"

static void step_raw(struct story *story)
{
	size_t len;
	uint8_t *bytes = story_bytes(story, &len);

	story_say(story, bytes, len);
	free(bytes);
}

static void step_gone(struct story *story)
{
	story_gone(story, fuzz_take(&story->in) % CONNECTIONS);
}

static void step_packet(struct story *story)
{
	uint8_t bytes[OUTGOING_MAX];
	struct nbt_datagram datagram = { .source_address = story_address(story),
					 .source_port = 138,
					 .flags = fuzz_take(&story->in) };
	size_t len;

	if ((datagram.flags & NBT_DGM_FLAG_FIRST) == 0)
		datagram.offset = (uint16_t)(fuzz_take(&story->in) * 100);
	len = story_datagram(story, &datagram, bytes, sizeof(bytes));
	story_receive(story, story_address(story), bytes, len);
}

static void step_bytes(struct story *story)
{
	struct in_addr from = story_address(story);
	size_t len;
	uint8_t *bytes = story_bytes(story, &len);

	story_receive(story, from, bytes, len);
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
	story_receive(story, sent->to.sin_addr, bytes, len);
}

static void (*const steps[])(struct story *story) = {
	step_raw,       story_claim, story_claim, story_send,  story_send,
	step_packet,    step_packet, step_bytes,  step_answer, story_look_up,
	story_decision, story_time,  step_gone,
};

static void begin(struct story *story, uint8_t how)
{
	static const struct in_addr nbdds[] = { { 0x0900000A }, { 0x0901000A } };
	const struct dgram_settings settings = {
		.node_type = (enum dgram_node_type)(how & 3),
		.server = how & 4,
		.relay = how & 8,
		.port = 138,
		.packet_max = how & 16 ? 548 : OUTGOING_MAX,
		.node = { .nbdds = { nbdds, how >> 5 & 1 ? 2 : 0 },
			  .group_sends = (enum dgram_group_sends)(how >> 6 & 1 ? 2 : 0),
			  .query_ms = 1500,
			  .query_tries = 2,
			  .route_ms = 30000,
			  .waiting = 20,
			  .waiting_bytes = 20000 },
		.members = { .groups = 4, .remember_ms = 5000, .wait_ms = 3000, .retry_ms = 60000 },
		.distribution = { .limit = 0,
				  .waiting = 8,
				  .bytes = 64 * 1024,
				  .slice = 100,
				  .duplicate_ms = 5000,
				  .query_memory_ms = 60000,
				  .backoff_ms = 30000 },
		.error_limit = how & 128 ? 3 : 0,
		.reassembly = { .datagrams = 8, .bytes = 256 * 1024, .timeout_ms = 2000 },
		.names = 8,
		.clients = CONNECTIONS,
	};

	story_begin(story, &settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct story *story = calloc(1, sizeof(*story));

	must(story != NULL);
	story->in = (struct fuzz_input){ data, size };
	begin(story, fuzz_take(&story->in));
	while (story->in.left > 0) {
		steps[fuzz_take(&story->in) % ARRAY_SIZE(steps)](story);
		story_check(story);
	}
	story_end(story);
	free(story);
	return 0;
}

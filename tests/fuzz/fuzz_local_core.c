/*
 * The client's half of a local socket: the input says what is wanted, when there is a connection,
 * and what the daemon says. Requests can be read, and each query gets exactly one answer.
 */
#include <string.h>

#include "common/local_core.h"
#include "fuzz.h"

#define NAMES 3

enum step { CLAIM, RELEASE, QUERY, CONNECT, DISCONNECT, SEND, ANSWER, RAW, LATER, STEPS };

static struct local_core *core;
static struct nbt_env env;
static unsigned open_queries;
static uint8_t request[LOCAL_CORE_REQUEST_MAX];
static size_t request_len; /* 0: none was sent yet */

static struct nbt_local_claim claim_of(uint8_t choice)
{
	static const char *const names[NAMES] = { "ONE", "TWO", "THREE" };
	struct nbt_local_claim claim = { .interface.s_addr = choice & 0x80,
					 .is_group = choice & 0x40 };

	must(nbt_name_make(&claim.name, names[choice % NAMES], 0x20) == NBT_OK);
	return claim;
}

static void ask(uint8_t choice)
{
	const struct nbt_local_query query = { .name = claim_of(choice).name,
					       .is_status = choice & 0x40 };

	open_queries += local_core_query(core, &query, 0, &env);
}

static void drain(void)
{
	struct local_event event;

	while (local_core_next_event(core, &event)) {
		must(event.type <= LOCAL_DATAGRAM);
		if (event.type == LOCAL_ANSWER)
			must(open_queries-- > 0);
	}
}

static void send_one(void)
{
	struct nbt_envelope envelope;
	struct nbt_packet packet;
	size_t len = local_core_output(core, request);

	must(len == 0 || nbt_local_decode(&envelope, &packet, request, len) == NBT_OK);
	must(len == 0 || local_core_is_connected(core));
	if (len > 0)
		request_len = len;
}

/* A request turned into an answer: the question becomes the record's name. */
static void answer(uint8_t rcode)
{
	struct nbt_envelope envelope;
	struct nbt_packet packet, response;
	uint8_t bytes[LOCAL_CORE_REQUEST_MAX];
	size_t len;

	if (request_len == 0 ||
	    nbt_local_decode(&envelope, &packet, request, request_len) != NBT_OK)
		return;
	nbt_make_response(&response, (enum nbt_opcode)packet.opcode, packet.id, 0,
			  (enum nbt_rcode)(rcode & 7), &packet.question[0].name,
			  &packet.question[0].scope, packet.question[0].type, 0, NULL, 0);
	must(nbt_local_encode(&envelope, &response, bytes, sizeof(bytes), &len) == NBT_OK);
	local_core_receive(core, bytes, len);
}

static void connect_or_not(uint8_t choice)
{
	if (!local_core_wants_connection(core, &env))
		return;
	if (choice & 1)
		local_core_connected(core, &env);
	else
		local_core_disconnected(core, &env);
}

/* Returns how many bytes it took besides the two that every step has. */
static size_t run(enum step step, uint8_t choice, const uint8_t *rest, size_t left)
{
	const struct nbt_local_claim claim = claim_of(choice);
	size_t len = choice < left ? choice : left;

	if (step == CLAIM)
		(void)local_core_claim(core, &claim, choice);
	else if (step == RELEASE)
		(void)local_core_release(core, &claim);
	else if (step == QUERY)
		ask(choice);
	else if (step == CONNECT)
		connect_or_not(choice);
	else if (step == DISCONNECT && local_core_is_connected(core))
		local_core_disconnected(core, &env);
	else if (step == SEND)
		send_one();
	else if (step == ANSWER)
		answer(choice);
	else if (step == RAW)
		local_core_receive(core, rest, len);
	else if (step == LATER)
		env.now_ms += (uint64_t)choice * 100;
	return step == RAW ? len : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct local_settings settings = { .claims = 2,
						 .queries = 2,
						 .reconnect_min_ms = 100,
						 .reconnect_max_ms = 5000,
						 .query_ms = 3000 };

	env = (struct nbt_env){ .now_ms = 1 };
	open_queries = 0;
	request_len = 0;
	core = local_core_create(&settings);
	must(core != NULL);
	while (size >= 2) {
		size_t used = 2 + run((enum step)(data[0] % STEPS), data[1], data + 2, size - 2);

		local_core_wake(core, &env);
		drain();
		must(!local_core_is_connected(core) || local_core_deadline(core) > env.now_ms);
		data += used;
		size -= used;
	}
	env.now_ms += settings.query_ms;
	local_core_wake(core, &env);
	drain();
	must(open_queries == 0);
	local_core_destroy(core);
	return 0;
}

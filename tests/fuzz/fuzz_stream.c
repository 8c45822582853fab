/*
 * A stream of bytes as it comes by TCP from somebody who may have all members: framed messages in
 * pieces of any size, questions and anything else, to a name server that has a few names. Every
 * answer is a packet that fits its question, and nothing changes.
 */
#include "fuzz.h"

#include <arpa/inet.h>

#include "common/frames.h"
#include "nbnsd/registry/registry.h"
#include "nbnsd/service/whole.h"

#define MEMBERS 200

static void add(struct registry *registry, const char *text, enum record_kind kind)
{
	struct record record = { .kind = (uint8_t)kind, .expiry = LEASE_FOREVER };
	uint32_t id;

	must(nbt_name_from_text(&record.name, text, 0) == NBT_OK);
	if (kind != RECORD_GROUP)
		record.address[record.address_count++] =
			(struct record_address){ .address = { htonl(0x0A000001) },
						 .expiry = LEASE_FOREVER };
	id = registry_add(registry, &record);
	must(id != REGISTRY_NONE);
	for (uint32_t i = 0; kind == RECORD_GROUP && i < MEMBERS; i++)
		must(registry_member_put(registry, id, (struct in_addr){ htonl(0x0A010000 + i) },
					 LEASE_FOREVER) == MEMBER_ADDED);
}

static void check_answer(const struct incoming *in, const uint8_t *bytes, size_t len)
{
	static struct nbt_packet asked, answer;

	must(len <= WHOLE_MAX);
	must(nbt_packet_decode(&asked, in->bytes, in->len) == NBT_OK);
	must(nbt_packet_decode(&answer, bytes, len) == NBT_OK);
	must(answer.flags & NBT_FLAG_R && answer.opcode == NBT_OP_QUERY && answer.id == asked.id);
	must(answer.answer_count == 1);
	must(nbt_name_equal(&answer.record[0].of.name, &asked.question[0].name));
}

/* false: the connection is closed. */
static bool answer(struct service *service, const uint8_t *message, size_t len,
		   const struct nbt_env *env)
{
	uint8_t *exact = malloc(len + 1); /* so that its end is seen */
	struct incoming in = { .bytes = exact,
			       .len = len,
			       .from = { .sin_addr = { htonl(0x0A000009) }, .sin_port = 1 } };
	struct whole *whole;
	const uint8_t *bytes;

	must(exact != NULL);
	memcpy(exact, message, len);
	whole = whole_begin(service, &in, WHOLE_MAX, env);
	if (whole != NULL) {
		while (!whole_step(whole, env))
			continue;
		bytes = whole_answer(whole, &len);
		check_answer(&in, bytes, len);
	}
	whole_destroy(whole);
	free(exact);
	return whole != NULL;
}

static void talk(struct service *service, const uint8_t *data, size_t size, size_t piece,
		 const struct nbt_env *env)
{
	const uint8_t *message;
	struct frames frames;
	size_t len, room;

	must(frames_init(&frames, 2, OUTGOING_MAX) == 0);
	for (;;) {
		enum frames_result result = frames_next(&frames, &message, &len);

		if (result == FRAMES_MESSAGE && answer(service, message, len, env))
			continue;
		if (result != FRAMES_INCOMPLETE || size == 0)
			break;
		uint8_t *place = frames_room(&frames, &room);
		size_t take = size < piece ? size : piece;

		take = take < room ? take : room;
		must(take > 0);
		memcpy(place, data, take);
		frames_add(&frames, take);
		data += take;
		size -= take;
	}
	frames_free(&frames);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[16];
	static const struct served_socket socket = { .address = { 0x6400000A } };
	static const struct service_settings settings = { .netbios_name = "OFFICE1",
							  .workgroup = "WORK",
							  .node_type = 3,
							  .server = true,
							  .renewal_s = 518400,
							  .scavenge_s = 259200,
							  .challenge_tries = 1,
							  .max_challenges = 1,
							  .max_waiting = 1 };
	struct registry *registry = registry_create(key);
	uint32_t lots = 0;
	const struct nbt_env env = { .now_ms = 1000, .random = fuzz_draw, .random_ctx = &lots };
	struct service *service;

	must(registry != NULL);
	service = service_create(&settings, registry, 1, 1000, &env);
	must(service != NULL);
	service_set_sockets(service, &socket, 1);
	add(registry, "LAB<00>", RECORD_GROUP);
	add(registry, "FRED<20>", RECORD_UNIQUE);
	add(registry, "LAB<1C>", RECORD_SPECIAL_GROUP);
	if (size > 0)
		talk(service, data + 1, size - 1, data[0] + 1u, &env);
	must(service_take_changes(service) == NULL);
	service_destroy(service);
	registry_destroy(registry);
	return 0;
}

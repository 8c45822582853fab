/* A made-up clock, network and other side for the tests of exchanges. */
#include "support.h"

#include "exchange.h"

#include <arpa/inet.h>
#include <stdio.h>

struct nbt_env now;

static const struct nbt_scope no_scope;

struct sockaddr_in host_at(const char *address)
{
	struct sockaddr_in host = { .sin_family = AF_INET, .sin_port = htons(NBT_NAME_PORT) };

	assert_int_equal(inet_pton(AF_INET, address, &host.sin_addr), 1);
	return host;
}

size_t servers_at(const struct sockaddr_in **servers, const char *addresses)
{
	static struct sockaddr_in list[4];
	char address[INET_ADDRSTRLEN];
	size_t count = 0;
	int used;

	while (sscanf(addresses, " %15s%n", address, &used) == 1) {
		assert_true(count < ARRAY_SIZE(list));
		list[count++] = host_at(address);
		addresses += used;
	}
	*servers = list;
	return count;
}

struct nbt_request request_to(const char *addresses, bool broadcast)
{
	struct nbt_request request = { .id = EXCHANGE_ID,
				       .name = name_of(EXCHANGE_NAME),
				       .broadcast = broadcast };

	request.server_count = servers_at(&request.servers, addresses);
	return request;
}

/* Through the codec, so that what the exchange sees is what the wire carries. */
static unsigned hand_over(struct nbt_exchange *x, const char *from, const struct nbt_packet *packet)
{
	struct sockaddr_in host = host_at(from);
	struct nbt_packet arrived;
	uint8_t wire[NBT_UDP_PAYLOAD_MAX];
	size_t len;

	assert_error(from, nbt_packet_encode(packet, wire, sizeof(wire), &len), NBT_OK);
	assert_error(from, nbt_packet_decode(&arrived, wire, len), NBT_OK);
	return nbt_exchange_packet(x, &arrived, &host, &now);
}

unsigned deliver(struct nbt_exchange *x, const char *from, const struct reply *reply)
{
	struct nbt_name name = name_of(reply->name != NULL ? reply->name : EXCHANGE_NAME);
	struct nbt_packet packet;
	uint8_t rdata[NBT_UDP_PAYLOAD_MAX];
	size_t len = unhex(rdata, sizeof(rdata), reply->rdata != NULL ? reply->rdata : "");

	nbt_make_response(&packet, (enum nbt_opcode)(reply->word >> NBT_OPCODE_SHIFT & 15),
			  reply->id != 0 ? reply->id : EXCHANGE_ID, reply->word & NBT_FLAGS_MASK,
			  (enum nbt_rcode)(reply->word & 15), &name, &no_scope, reply->type,
			  reply->ttl, rdata, (uint16_t)len);
	packet.flags = reply->word & NBT_FLAGS_MASK;
	if (reply->type == 0)
		packet.answer_count = 0;
	return hand_over(x, from, &packet);
}

static void check_sent(const struct nbt_exchange *x, const struct step *step)
{
	struct sockaddr_in to = host_at(step->to);
	struct nbt_name name = name_of(EXCHANGE_NAME);
	struct nbt_packet packet;

	assert_error(step->what, nbt_packet_decode(&packet, x->out.bytes, x->out.len), NBT_OK);
	if (nbt_packet_flags_word(&packet) != step->word)
		fail_msg("%s: sent %04x, wanted %04x", step->what, nbt_packet_flags_word(&packet),
			 step->word);
	assert_int_equal(packet.id, EXCHANGE_ID);
	assert_memory_equal(&x->out.to.sin_addr, &to.sin_addr, sizeof(to.sin_addr));
	assert_int_equal(x->out.to.sin_port, to.sin_port);
	assert_true(nbt_name_equal(packet.question_count > 0 ? &packet.question[0].name
							     : &packet.record[0].of.name,
				   &name));
}

void play(struct nbt_exchange *x, unsigned todo, const struct step *steps, size_t count)
{
	uint64_t start = now.now_ms;

	for (size_t i = 0; i < count; i++) {
		const struct step *step = &steps[i];

		now.now_ms = start + step->at;
		if (i > 0 && nbt_exchange_deadline(x) < now.now_ms)
			fail_msg("%s: should have been woken before", step->what);
		if (i > 0)
			todo = step->from != NULL ? deliver(x, step->from, &step->reply)
						  : nbt_exchange_wake(x, &now);
		if (todo != step->todo)
			fail_msg("%s: todo %u, wanted %u", step->what, todo, step->todo);
		if ((todo & NBT_TODO_SEND) != 0)
			check_sent(x, step);
	}
}

/* The simple loads: names that belong to their clients, or to nobody. */
#include "tools/bench.h"

#include <stdio.h>
#include <stdlib.h>

#define PROPOSE_TTL 300000

static const struct nbt_scope no_scope = { .len = 0 };

struct in_addr bench_client(const struct bench_load *load, uint32_t number)
{
	return (struct in_addr){ htonl(ntohl(load->client_base.s_addr) + number % load->clients) };
}

static void make_name(struct nbt_name *name, char letter, uint32_t number)
{
	char text[16];

	snprintf(text, sizeof(text), "%c%010u", letter, number);
	if (nbt_name_make(name, text, NBT_SUFFIX_SERVER) != NBT_OK)
		abort();
}

void bench_name(struct nbt_name *name, uint32_t number)
{
	make_name(name, 'N', number);
}

static bool is_about(const struct nbt_packet *packet, const struct nbt_name *name)
{
	return nbt_packet_record_count(packet) == 1 &&
	       nbt_name_equal(&packet->record[0].of.name, name);
}

bool bench_is_about(const struct nbt_packet *packet, uint32_t number, struct in_addr address)
{
	struct nbt_name name;

	bench_name(&name, number);
	return is_about(packet, &name) && nbt_record_address_count(&packet->record[0]) == 1 &&
	       nbt_record_address(&packet->record[0], 0).address.s_addr == address.s_addr;
}

static bool is_confirmed(const struct bench_load *load, const struct bench_answer *answer)
{
	return answer->packet->rcode == NBT_RCODE_OK &&
	       bench_is_about(answer->packet, answer->number, bench_client(load, answer->number));
}

/*
 * Queries.
 */

void bench_ask_query(const struct bench_load *load, uint32_t number, uint16_t id,
		     struct nbt_packet *packet, uint8_t rdata[NBT_ADDRESS_LEN])
{
	struct nbt_name name;

	(void)load;
	(void)rdata;
	bench_name(&name, number);
	nbt_make_query(packet, id, NBT_FLAG_RD, &name, &no_scope, NBT_TYPE_NB);
}

static void ask_miss(const struct bench_load *load, uint32_t number, uint16_t id,
		     struct nbt_packet *packet, uint8_t rdata[NBT_ADDRESS_LEN])
{
	struct nbt_name name;

	(void)load;
	(void)rdata;
	make_name(&name, 'X', number);
	nbt_make_query(packet, id, NBT_FLAG_RD, &name, &no_scope, NBT_TYPE_NB);
}

static bool is_denied(const struct bench_load *load, const struct bench_answer *answer)
{
	struct nbt_name name;

	(void)load;
	make_name(&name, 'X', answer->number);
	return answer->packet->rcode == NBT_RCODE_NAM_ERR && is_about(answer->packet, &name);
}

const struct bench_kind bench_query = { "query", 62, bench_ask_query, is_confirmed };
const struct bench_kind bench_miss = { "miss", 56, ask_miss, is_denied };

/*
 * Claims.
 */

void bench_make_claim(struct nbt_packet *packet, enum nbt_opcode opcode, uint16_t id,
		      uint32_t number, struct in_addr address, uint8_t rdata[NBT_ADDRESS_LEN])
{
	const struct nbt_address claimed = { NBT_NB_H, address };
	bool is_release = opcode == NBT_OP_RELEASE;
	struct nbt_name name;

	bench_name(&name, number);
	nbt_make_claim(packet, opcode, id, is_release ? 0 : NBT_FLAG_RD, &name, &no_scope,
		       is_release ? 0 : PROPOSE_TTL, &claimed, rdata);
}

void bench_ask_registration(const struct bench_load *load, uint32_t number, uint16_t id,
			    struct nbt_packet *packet, uint8_t rdata[NBT_ADDRESS_LEN])
{
	bench_make_claim(packet, NBT_OP_REGISTRATION, id, number, bench_client(load, number),
			 rdata);
}

static void ask_refresh(const struct bench_load *load, uint32_t number, uint16_t id,
			struct nbt_packet *packet, uint8_t rdata[NBT_ADDRESS_LEN])
{
	bench_make_claim(packet, NBT_OP_REFRESH, id, number, bench_client(load, number), rdata);
}

static void ask_release(const struct bench_load *load, uint32_t number, uint16_t id,
			struct nbt_packet *packet, uint8_t rdata[NBT_ADDRESS_LEN])
{
	bench_make_claim(packet, NBT_OP_RELEASE, id, number, bench_client(load, number), rdata);
}

const struct bench_kind bench_register = { "register", 0, bench_ask_registration, is_confirmed };
const struct bench_kind bench_refresh = { "refresh", 0, ask_refresh, is_confirmed };
const struct bench_kind bench_release = { "release", 0, ask_release, is_confirmed };

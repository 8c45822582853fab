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

/*
 * What a LAN does. Of twenty names the first ten are asked for, four are nobody's, four are
 * refreshed, and two are released and registered by turns.
 */

#define ROLES 20

enum role { ROLE_QUERY, ROLE_MISS, ROLE_REFRESH, ROLE_COME_AND_GO };

static enum role role_of(uint32_t number)
{
	static const unsigned ends[] = { 10, 14, 18, ROLES };
	unsigned role = ROLE_QUERY;

	while (number % ROLES >= ends[role])
		role++;
	return (enum role)role;
}

/* Whether it is to be registered this time. Names so far apart may share a bit: then one of them is
 * released or registered twice, which is answered in the same way. */
static bool comes(uint32_t number)
{
	static bool is_gone[1 << 18];
	bool *gone = &is_gone[number % (sizeof(is_gone) / sizeof(is_gone[0]))];

	*gone = !*gone;
	return !*gone;
}

static void ask_mixed(const struct bench_load *load, uint32_t number, uint16_t id,
		      struct nbt_packet *packet, uint8_t rdata[NBT_ADDRESS_LEN])
{
	switch (role_of(number)) {
	case ROLE_QUERY:
		bench_ask_query(load, number, id, packet, rdata);
		break;
	case ROLE_MISS:
		ask_miss(load, number, id, packet, rdata);
		break;
	case ROLE_REFRESH:
		ask_refresh(load, number, id, packet, rdata);
		break;
	case ROLE_COME_AND_GO:
		(comes(number) ? bench_ask_registration : ask_release)(load, number, id, packet,
								       rdata);
	}
}

static bool is_right_of_its_role(const struct bench_load *load, const struct bench_answer *answer)
{
	return role_of(answer->number) == ROLE_MISS ? is_denied(load, answer)
						    : is_confirmed(load, answer);
}

const struct bench_kind bench_mixed = { "mixed", 62, ask_mixed, is_right_of_its_role };

#include "nbnsd/service/reply.h"

#include <assert.h>

/* Everything here fits: names and lists are bounded. */
static void encode(struct outgoing *out, const struct nbt_packet *packet)
{
	size_t len = 0;
	enum nbt_error err = nbt_packet_encode(packet, out->bytes, sizeof(out->bytes), &len);

	assert(err == NBT_OK);
	(void)err;
	out->len = (uint16_t)len;
}

/* The opcode is 5 whichever kind of registration or refresh it was (RFC 1002 section 4.2.4). */
void reply_claim(struct outgoing *out, const struct claim *claim, enum nbt_rcode rcode,
		 uint32_t ttl)
{
	const struct nbt_address echo = { claim->nb_flags, claim->address };
	bool is_release = claim->opcode == NBT_OP_RELEASE;
	uint8_t rdata[NBT_ADDRESS_LEN];
	struct nbt_packet packet;

	nbt_address_write(rdata, &echo, 1);
	nbt_make_response(&packet, is_release ? NBT_OP_RELEASE : NBT_OP_REGISTRATION, claim->id,
			  is_release ? NBT_FLAG_AA : NBT_FLAG_AA | NBT_FLAG_RD | NBT_FLAG_RA, rcode,
			  &claim->name, &claim->scope, NBT_TYPE_NB,
			  is_release || rcode != NBT_RCODE_OK ? 0 : ttl, rdata, sizeof(rdata));
	encode(out, &packet);
}

/* RFC 1002 section 4.2.16 calls the type "NULL (0x0020)"; Samba's clients know it as 0x0020. */
void reply_wack(struct outgoing *out, const struct claim *claim, uint32_t ttl)
{
	const uint8_t rdata[2] = { (uint8_t)(claim->flags_word >> 8),
				   (uint8_t)(claim->flags_word & 0xF0) };
	struct nbt_packet packet;

	nbt_make_response(&packet, NBT_OP_WACK, claim->id, NBT_FLAG_AA, NBT_RCODE_OK, &claim->name,
			  &claim->scope, NBT_TYPE_NB, ttl, rdata, sizeof(rdata));
	encode(out, &packet);
}

/* What a record takes beside its rdata: name, type, class, TTL, length. */
static size_t overhead(const struct nbt_packet *query)
{
	return NBT_HEADER_LEN + 1 + 32 + query->question[0].scope.len + 1 + 10;
}

static size_t positive(uint8_t *bytes, size_t size, const struct nbt_packet *query,
		       uint16_t recursion, const uint8_t *rdata, size_t count, bool more)
{
	size_t most = (size - overhead(query)) / NBT_ADDRESS_LEN;
	size_t cut = count < most ? count : most, len = 0;
	uint16_t truncated = more || cut < count ? NBT_FLAG_TC : 0;
	struct nbt_packet packet;
	enum nbt_error err;

	nbt_make_response(&packet, NBT_OP_QUERY, query->id,
			  NBT_FLAG_AA | NBT_FLAG_RD | recursion | truncated, NBT_RCODE_OK,
			  &query->question[0].name, &query->question[0].scope, NBT_TYPE_NB, 0,
			  rdata, (uint16_t)(cut * NBT_ADDRESS_LEN));
	err = nbt_packet_encode(&packet, bytes, size, &len);
	assert(err == NBT_OK);
	(void)err;
	return len;
}

void reply_positive(struct outgoing *out, const struct nbt_packet *query, uint16_t recursion,
		    const struct nbt_address *list, size_t count)
{
	uint8_t rdata[NBT_UDP_PAYLOAD_MAX];
	size_t most = sizeof(rdata) / NBT_ADDRESS_LEN;
	size_t cut = count < most ? count : most;

	nbt_address_write(rdata, list, cut);
	out->len = (uint16_t)positive(out->bytes, NBT_UDP_PAYLOAD_MAX, query, recursion, rdata, cut,
				      cut < count);
}

size_t reply_roster(uint8_t *bytes, size_t size, const struct nbt_packet *query, uint16_t recursion,
		    const struct roster *roster, bool more)
{
	return positive(bytes, size, query, recursion, roster_rdata(roster), roster_count(roster),
			more || roster_is_cut(roster));
}

/* With a NULL record, as Samba's nmbd sends it; RFC 1002 prints ANCOUNT 0 above one. */
void reply_negative(struct outgoing *out, const struct nbt_packet *query)
{
	struct nbt_packet packet;

	nbt_make_response(&packet, NBT_OP_QUERY, query->id, NBT_FLAG_AA | NBT_FLAG_RD | NBT_FLAG_RA,
			  NBT_RCODE_NAM_ERR, &query->question[0].name, &query->question[0].scope,
			  NBT_TYPE_NULL, 0, NULL, 0);
	encode(out, &packet);
}

#define STATUS_NAME_LEN 18 /* RFC 1002 section 4.2.18 */

size_t reply_status_limit(const struct nbt_packet *query)
{
	size_t room = OUTGOING_MAX - overhead(query) - 1 - NBT_STATUS_STATS_LEN;

	return room / STATUS_NAME_LEN;
}

void reply_status(struct outgoing *out, const struct nbt_packet *query,
		  const struct nbt_node_status *status)
{
	uint8_t rdata[OUTGOING_MAX];
	size_t len = 0;
	struct nbt_packet packet;
	enum nbt_error err = nbt_node_status_encode(status, rdata, sizeof(rdata), &len);

	assert(err == NBT_OK);
	(void)err;
	nbt_make_response(&packet, NBT_OP_QUERY, query->id, NBT_FLAG_AA, NBT_RCODE_OK,
			  &query->question[0].name, &query->question[0].scope, NBT_TYPE_NBSTAT, 0,
			  rdata, (uint16_t)len);
	encode(out, &packet);
}

/* RD is 0: with 1 a host that runs a name server would answer from its database. */
void reply_challenge(struct outgoing *out, const struct challenge *challenge)
{
	struct nbt_packet packet;

	nbt_make_query(&packet, challenge->id, 0, &challenge->name, &challenge->scope, NBT_TYPE_NB);
	encode(out, &packet);
}

void reply_demand(struct outgoing *out, const struct claim *claim)
{
	const struct nbt_address address = { claim->nb_flags, claim->address };
	uint8_t rdata[NBT_ADDRESS_LEN];
	struct nbt_packet packet;

	nbt_make_claim(&packet, NBT_OP_RELEASE, claim->id, 0, &claim->name, &claim->scope, 0,
		       &address, rdata);
	encode(out, &packet);
}

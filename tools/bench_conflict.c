/* Claims of names that others have, and how each must end. */
#include "tools/bench_conflict.h"

const char *const bench_owner_names[BENCH_OWNERS] = {
	[OWNER_LIVE] = "live",
	[OWNER_JOINED] = "joined",
	[OWNER_DENYING] = "denying",
	[OWNER_DEAD] = "dead",
	[OWNER_OTHER_NAME] = "other-name",
	[OWNER_OTHER_ADDRESS] = "other-address",
	[OWNER_OTHER_ID] = "other-id",
	[OWNER_CUT] = "cut",
};

static struct in_addr owner_of(uint32_t number)
{
	return bench_owner_address((enum bench_owner)(number % BENCH_OWNERS));
}

static void ask_own(const struct bench_load *load, uint32_t number, uint16_t id,
		    struct nbt_packet *packet, uint8_t rdata[NBT_ADDRESS_LEN])
{
	(void)load;
	bench_make_claim(packet, NBT_OP_REGISTRATION, id, number, owner_of(number), rdata);
}

static bool is_owned(const struct bench_load *load, const struct bench_answer *answer)
{
	(void)load;
	return !answer->told_to_wait && answer->packet->rcode == NBT_RCODE_OK &&
	       bench_is_about(answer->packet, answer->number, owner_of(answer->number));
}

/* A live owner keeps his name; a claimant whose address is his too gets it at once, as does one
 * whose owner denies it, and the others when they have been silent long enough. All are told to
 * wait first. */
static bool ends_rightly(const struct bench_load *load, const struct bench_answer *answer)
{
	enum nbt_rcode wanted =
		answer->number % BENCH_OWNERS == OWNER_LIVE ? NBT_RCODE_ACT_ERR : NBT_RCODE_OK;

	return answer->told_to_wait && answer->packet->rcode == wanted &&
	       bench_is_about(answer->packet, answer->number, bench_client(load, answer->number));
}

static bool claim_ends(const struct bench_load *load, const struct bench_answer *answer)
{
	size_t owner = answer->number % BENCH_OWNERS;
	struct bench_ends *ends = load->ctx;
	bool right = ends_rightly(load, answer);

	ends->right[owner] += right;
	ends->wrong[owner] += !right;
	bench_latency_add(&ends->latency[owner], answer->ns);
	return right;
}

static bool lists(const struct nbt_record *record, struct in_addr address)
{
	for (size_t i = 0; i < nbt_record_address_count(record); i++)
		if (nbt_record_address(record, i).address.s_addr == address.s_addr)
			return true;
	return false;
}

static bool is_settled(const struct bench_load *load, const struct bench_answer *answer)
{
	enum bench_owner owner = (enum bench_owner)(answer->number % BENCH_OWNERS);
	struct in_addr claimant = bench_client(load, answer->number);
	const struct nbt_record *record = &answer->packet->record[0];

	if (owner != OWNER_JOINED)
		return bench_is_about(answer->packet, answer->number,
				      owner == OWNER_LIVE ? owner_of(answer->number) : claimant);
	return nbt_packet_record_count(answer->packet) == 1 &&
	       nbt_record_address_count(record) == 2 && lists(record, claimant) &&
	       lists(record, owner_of(answer->number));
}

const struct bench_kind bench_own = { "own", 0, ask_own, is_owned };
const struct bench_kind bench_claim = { "claim", 0, bench_ask_registration, claim_ends };
const struct bench_kind bench_settled = { "settled", 0, bench_ask_query, is_settled };

/* Registering, refreshing and releasing: every rule as the steps of one exchange. */
#include "support.h"

#include <nbt/exchange.h>

#include "exchange.h"

#define NB     NBT_TYPE_NB
#define SEND   NBT_TODO_SEND
#define DONE   NBT_TODO_DONE
#define A      "10.0.0.1"
#define B      "10.0.0.2"
#define SUBNET "10.0.0.255"

#define OURS   "60 00 0a 00 00 05"
#define THEIRS "60 00 0a 00 00 01"

static const struct step granted[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x2900 },
	{ "from someone else", 10, B, { 0xad80, NB, OURS, 60, NULL, 0 }, 0, NULL, 0 },
	{ "another opcode", 11, A, { 0xb400, NB, OURS, 60, NULL, 0 }, 0, NULL, 0 },
	{ "no record", 12, A, { 0xad80, 0, NULL, 0, NULL, 0 }, 0, NULL, 0 },
	{ "granted", 20, A, { 0xad80, NB, OURS, 518400, NULL, 0 }, DONE, NULL, 0 },
};

static const struct step refused[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x2900 },
	{ "second try", 1500, NULL, { 0 }, SEND, A, 0x2900 },
	{ "refused", 1600, A, { 0xad86, NB, OURS, 0, NULL, 0 }, DONE, NULL, 0 },
};

static const struct step silence[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x2900 },
	{ "second try", 1500, NULL, { 0 }, SEND, A, 0x2900 },
	{ "third try", 3000, NULL, { 0 }, SEND, A, 0x2900 },
	{ "the next server", 4500, NULL, { 0 }, SEND, B, 0x2900 },
	{ "granted there", 4600, B, { 0xad80, NB, OURS, 7, NULL, 0 }, DONE, NULL, 0 },
};

static const struct step nobody[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x2900 },
	{ "second try", 1500, NULL, { 0 }, SEND, A, 0x2900 },
	{ "third try", 3000, NULL, { 0 }, SEND, A, 0x2900 },
	{ "in vain", 4500, NULL, { 0 }, DONE, NULL, 0 },
};

/* RFC 1002 section 4.2.7: RA is 0, and the address is another's. */
static const struct step end_node_challenge[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x2900 },
	{ "it may be theirs", 10, A, { 0xad00, NB, THEIRS, 0, NULL, 0 }, DONE, NULL, 0 },
};

static const struct step granted_without_ra[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x2900 },
	{ "it is ours", 10, A, { 0xad00, NB, OURS, 60, NULL, 0 }, DONE, NULL, 0 },
};

static const struct step granted_with_ra[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x2900 },
	{ "RA decides", 10, A, { 0xad80, NB, THEIRS, 60, NULL, 0 }, DONE, NULL, 0 },
};

static const struct step wack_76[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x2900 },
	{ "WACK from someone else", 5, B, { 0xbc00, NB, "29 00", 9, NULL, 0 }, 0, NULL, 0 },
	{ "WACK", 10, A, { 0xbc00, NB, "29 00", 9, NULL, 0 }, 0, NULL, 0 },
	{ "nothing is sent", 1500, NULL, { 0 }, 0, NULL, 0 },
	{ "nor then", 4500, NULL, { 0 }, 0, NULL, 0 },
	{ "granted", 7010, A, { 0xad80, NB, OURS, 518400, NULL, 0 }, DONE, NULL, 0 },
};

static const struct step wack_76_type_null[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x2900 },
	{ "WACK", 10, A, { 0xbc00, NBT_TYPE_NULL, "29 00", 9, NULL, 0 }, 0, NULL, 0 },
	{ "nothing is sent", 9009, NULL, { 0 }, 0, NULL, 0 },
	{ "granted", 9009, A, { 0xad80, NB, OURS, 518400, NULL, 0 }, DONE, NULL, 0 },
};

static const struct step wack_in_vain[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x2900 },
	{ "WACK", 10, A, { 0xbc00, NB, "29 00", 2, NULL, 0 }, 0, NULL, 0 },
	{ "second try", 2010, NULL, { 0 }, SEND, A, 0x2900 },
	{ "third try", 3510, NULL, { 0 }, SEND, A, 0x2900 },
	{ "in vain", 5010, NULL, { 0 }, DONE, NULL, 0 },
};

static const struct step wack_ttl_0[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x2900 },
	{ "WACK", 10, A, { 0xbc00, NB, "29 00", 0, NULL, 0 }, 0, NULL, 0 },
	{ "not yet", 4509, NULL, { 0 }, 0, NULL, 0 },
	{ "all tries' time", 4510, NULL, { 0 }, SEND, A, 0x2900 },
};

static const struct step wacks[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x2900 },
	{ "first", 1000, A, { 0xbc00, NB, "29 00", 100, NULL, 0 }, 0, NULL, 0 },
	{ "second", 100000, A, { 0xbc00, NB, "29 00", 150, NULL, 0 }, 0, NULL, 0 },
	{ "third", 240000, A, { 0xbc00, NB, "29 00", 3600, NULL, 0 }, 0, NULL, 0 },
	{ "fourth", 250000, A, { 0xbc00, NB, "29 00", 1, NULL, 0 }, 0, NULL, 0 },
	{ "not yet", 300999, NULL, { 0 }, 0, NULL, 0 },
	{ "five minutes from the first", 301000, NULL, { 0 }, SEND, A, 0x2900 },
};

static const struct step broadcast_granted[] = {
	{ "asked", 0, NULL, { 0 }, SEND, SUBNET, 0x2910 },
	{ "consent does not count", 10, A, { 0xad80, NB, OURS, 0, NULL, 0 }, 0, NULL, 0 },
	{ "nor do WACKs", 20, A, { 0xbc00, NB, "29 10", 9, NULL, 0 }, 0, NULL, 0 },
	{ "second try", 250, NULL, { 0 }, SEND, SUBNET, 0x2910 },
	{ "third try", 500, NULL, { 0 }, SEND, SUBNET, 0x2910 },
	{ "overwrite demand", 750, NULL, { 0 }, SEND | DONE, SUBNET, 0x2810 },
	{ "too late", 751, A, { 0xad86, NB, OURS, 0, NULL, 0 }, 0, NULL, 0 },
};

static const struct step broadcast_defended[] = {
	{ "asked", 0, NULL, { 0 }, SEND, SUBNET, 0x2910 },
	{ "second try", 250, NULL, { 0 }, SEND, SUBNET, 0x2910 },
	{ "defended", 300, A, { 0xad86, NB, THEIRS, 0, NULL, 0 }, DONE, NULL, 0 },
};

static const struct step multihomed[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x7900 },
	{ "granted by opcode 5", 10, A, { 0xad80, NB, OURS, 60, NULL, 0 }, DONE, NULL, 0 },
};

static const struct step refresh[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x4000 },
	{ "granted by opcode 5", 10, A, { 0xad80, NB, OURS, 60, NULL, 0 }, DONE, NULL, 0 },
};

static const struct step release[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x3000 },
	{ "another opcode", 10, A, { 0xad80, NB, OURS, 0, NULL, 0 }, 0, NULL, 0 },
	{ "released", 20, A, { 0xb400, NB, OURS, 0, NULL, 0 }, DONE, NULL, 0 },
};

static const struct step release_confirmed_otherwise[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x3000 },
	{ "released", 20, A, { 0xb400, NB, THEIRS, 0, NULL, 0 }, DONE, NULL, 0 },
};

static const struct step release_refused[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x3000 },
	{ "refused", 20, A, { 0xb406, NB, OURS, 0, NULL, 0 }, DONE, NULL, 0 },
};

static const struct step broadcast_release[] = {
	{ "told", 0, NULL, { 0 }, SEND, SUBNET, 0x3010 },
	{ "second time", 250, NULL, { 0 }, SEND, SUBNET, 0x3010 },
	{ "third time", 500, NULL, { 0 }, SEND, SUBNET, 0x3010 },
	{ "that was all", 750, NULL, { 0 }, DONE, NULL, 0 },
};

#define STEPS(list) (list), ARRAY_SIZE(list)
#define REGISTER    NBT_OP_REGISTRATION

static const struct claim_case {
	const char *what;
	enum nbt_opcode opcode;
	const char *servers;
	const struct step *steps;
	size_t count;
	enum nbt_error result;
	uint8_t rcode;
	uint32_t granted_ttl;
} claim_cases[] = {
	{ "granted", REGISTER, A, STEPS(granted), NBT_OK, 0, 518400 },
	{ "refused", REGISTER, A " " B, STEPS(refused), NBT_ENEGATIVE, 6, 0 },
	{ "silence", REGISTER, A " " B, STEPS(silence), NBT_OK, 0, 7 },
	{ "nobody", REGISTER, A, STEPS(nobody), NBT_ETIMEOUT, 0, 0 },
	{ "end-node challenge", REGISTER, A, STEPS(end_node_challenge), NBT_ENEGATIVE, 6, 0 },
	{ "RA clear, but ours", REGISTER, A, STEPS(granted_without_ra), NBT_OK, 0, 60 },
	{ "another address", REGISTER, A, STEPS(granted_with_ra), NBT_OK, 0, 60 },
	{ "WACK in vain", REGISTER, A, STEPS(wack_in_vain), NBT_ETIMEOUT, 0, 0 },
	{ "WACK with TTL 0", REGISTER, A, STEPS(wack_ttl_0), NBT_OK, 0, 0 },
	{ "many WACKs", REGISTER, A, STEPS(wacks), NBT_OK, 0, 0 },
	{ "broadcast", REGISTER, SUBNET, STEPS(broadcast_granted), NBT_OK, 0, 0 },
	{ "defended", REGISTER, SUBNET, STEPS(broadcast_defended), NBT_ENEGATIVE, 6, 0 },
	{ "multihomed", NBT_OP_MULTIHOMED, A, STEPS(multihomed), NBT_OK, 0, 60 },
	{ "refresh", NBT_OP_REFRESH, A, STEPS(refresh), NBT_OK, 0, 60 },
	{ "release", NBT_OP_RELEASE, A, STEPS(release), NBT_OK, 0, 0 },
	{ "released otherwise", NBT_OP_RELEASE, A, STEPS(release_confirmed_otherwise), NBT_OK, 0,
	  0 },
	{ "release refused", NBT_OP_RELEASE, A, STEPS(release_refused), NBT_ENEGATIVE, 6, 0 },
	{ "broadcast release", NBT_OP_RELEASE, SUBNET, STEPS(broadcast_release), NBT_OK, 0, 0 },
};

static const struct claim_case cases_76[] = {
	{ "WACK, then +", REGISTER, A, STEPS(wack_76), NBT_OK, 0, 518400 },
	{ "WACK of type NULL", REGISTER, A, STEPS(wack_76_type_null), NBT_OK, 0, 518400 },
};

static struct nbt_claim_request request_of(enum nbt_opcode opcode, const char *servers)
{
	struct nbt_claim_request request = {
		.to = request_to(servers, strcmp(servers, SUBNET) == 0),
		.opcode = opcode,
		.ttl = 300000,
		.address = { .flags = NBT_NB_H, .address = host_at("10.0.0.5").sin_addr },
	};

	return request;
}

static void play_claim(const struct claim_case *c)
{
	struct nbt_claim_request request = request_of(c->opcode, c->servers);
	struct nbt_claim claim;

	play(&claim.exchange, nbt_claim_start(&claim, &request, &now), c->steps, c->count);
	assert_error(c->what, claim.exchange.result, c->result);
	assert_int_equal(claim.exchange.rcode, c->rcode);
	assert_int_equal(claim.granted_ttl, c->granted_ttl);
}

static void claims(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(claim_cases); i++)
		play_claim(&claim_cases[i]);
}

static void case_76_wack_stops_retransmissions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases_76); i++)
		play_claim(&cases_76[i]);
}

static void registration_is_vector_v1(void **state)
{
	static const char v1[] =
		"80 01 29 00 00 01 00 00 00 00 00 01 20 45 47 46 43 45 46 45 45 43 41 43 41 43 41 43"
		" 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 00 00 20 00 01 c0 0c 00 20 00 01"
		" 00 04 93 e0 00 06 60 00 0a 00 00 05";
	struct nbt_claim_request request = request_of(REGISTER, A);
	struct nbt_claim claim;
	uint8_t want[NBT_UDP_PAYLOAD_MAX];
	size_t len = unhex(want, sizeof(want), v1);

	(void)state;
	assert_int_equal(nbt_claim_start(&claim, &request, &now), SEND);
	assert_int_equal(claim.exchange.out.len, len);
	assert_memory_equal(claim.exchange.out.bytes, want, len);
}

static void an_unsent_broadcast_claims_nothing(void **state)
{
	struct nbt_claim_request request = request_of(REGISTER, SUBNET);
	struct nbt_claim claim;

	(void)state;
	nbt_claim_start(&claim, &request, &now);
	assert_int_equal(nbt_exchange_unsent(&claim.exchange, &now), DONE);
	assert_error("unsent", claim.exchange.result, NBT_ESYSTEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(claims),
		cmocka_unit_test(case_76_wack_stops_retransmissions),
		cmocka_unit_test(registration_is_vector_v1),
		cmocka_unit_test(an_unsent_broadcast_claims_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

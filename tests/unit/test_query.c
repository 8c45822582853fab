/* Asking who has a name: every rule as the steps of one exchange. */
#include "support.h"

#include <nbt/exchange.h>

#include "exchange.h"

#define NB       NBT_TYPE_NB
#define SEND     NBT_TODO_SEND
#define ANSWER   NBT_TODO_ANSWER
#define DONE     NBT_TODO_DONE
#define A        "10.0.0.1"
#define B        "10.0.0.2"
#define C        "10.0.0.3"
#define SUBNET   "10.0.0.255"

#define UNIQUE_A "60 00 0a 00 00 01"
#define UNIQUE_B "60 00 0a 00 00 02"
#define GROUP_A  "e0 00 0a 00 00 01"
#define GROUP_B  "80 00 0a 00 00 02"

static const struct step unicast_silence[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x0100 },
	{ "too early", 1499, NULL, { 0 }, 0, NULL, 0 },
	{ "second try", 1500, NULL, { 0 }, SEND, A, 0x0100 },
	{ "third try", 3000, NULL, { 0 }, SEND, A, 0x0100 },
	{ "the next server", 4500, NULL, { 0 }, SEND, B, 0x0100 },
	{ "B, second try", 6000, NULL, { 0 }, SEND, B, 0x0100 },
	{ "B, third try", 7500, NULL, { 0 }, SEND, B, 0x0100 },
	{ "A comes too late", 8000, A, { 0x8580, NB, UNIQUE_A, 0, NULL, 0 }, 0, NULL, 0 },
	{ "nobody is left", 9000, NULL, { 0 }, DONE, NULL, 0 },
	{ "over is over", 9001, A, { 0x8580, NB, UNIQUE_A, 0, NULL, 0 }, 0, NULL, 0 },
};

static const struct step unicast_positive[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x0100 },
	{ "from someone else", 10, B, { 0x8580, NB, UNIQUE_A, 0, NULL, 0 }, 0, NULL, 0 },
	{ "no response", 11, A, { 0x0100, NB, UNIQUE_A, 0, NULL, 0 }, 0, NULL, 0 },
	{ "another id", 12, A, { 0x8580, NB, UNIQUE_A, 0, NULL, 7 }, 0, NULL, 0 },
	{ "another name", 13, A, { 0x8580, NB, UNIQUE_A, 0, "FRED<00>", 0 }, 0, NULL, 0 },
	{ "another opcode", 14, A, { 0xad80, NB, UNIQUE_A, 0, NULL, 0 }, 0, NULL, 0 },
	{ "another type", 15, A, { 0x8580, NBT_TYPE_NBSTAT, UNIQUE_A, 0, NULL, 0 }, 0, NULL, 0 },
	{ "no address", 16, A, { 0x8580, NB, NULL, 0, NULL, 0 }, 0, NULL, 0 },
	{ "half an address", 17, A, { 0x8580, NB, "60 00 0a", 0, NULL, 0 }, 0, NULL, 0 },
	{ "neither answer nor redirect", 18, A, { 0x8580, 0, NULL, 0, NULL, 0 }, 0, NULL, 0 },
	{ "the answer, cut", 20, A, { 0x8780, NB, UNIQUE_A, 0, NULL, 0 }, ANSWER | DONE, NULL, 0 },
	{ "once more", 21, A, { 0x8580, NB, UNIQUE_A, 0, NULL, 0 }, 0, NULL, 0 },
};

static const struct step unicast_negative[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x0100 },
	{ "no", 10, A, { 0x8583, NBT_TYPE_NULL, NULL, 0, NULL, 0 }, DONE, NULL, 0 },
};

static const struct step unicast_negative_bare[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x0100 },
	{ "no", 10, A, { 0x8403, 0, NULL, 0, NULL, 0 }, DONE, NULL, 0 },
};

static const struct step unicast_wack[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x0100 },
	{ "patience", 10, A, { 0xbc00, NB, "01 00", 9, NULL, 0 }, 0, NULL, 0 },
	{ "still none", 9010, NULL, { 0 }, SEND, A, 0x0100 },
	{ "the answer", 9020, A, { 0x8580, NB, UNIQUE_A, 0, NULL, 0 }, ANSWER | DONE, NULL, 0 },
};

static const struct step broadcast_silence[] = {
	{ "asked", 0, NULL, { 0 }, SEND, SUBNET, 0x0110 },
	{ "a negative one", 10, A, { 0x8583, NBT_TYPE_NULL, NULL, 0, NULL, 0 }, 0, NULL, 0 },
	{ "negative with an address", 15, A, { 0x8583, NB, UNIQUE_A, 0, NULL, 0 }, 0, NULL, 0 },
	{ "a WACK", 20, A, { 0xbc00, NB, "01 10", 9, NULL, 0 }, 0, NULL, 0 },
	{ "second try", 250, NULL, { 0 }, SEND, SUBNET, 0x0110 },
	{ "third try", 500, NULL, { 0 }, SEND, SUBNET, 0x0110 },
	{ "nobody", 750, NULL, { 0 }, DONE, NULL, 0 },
};

static const struct step broadcast_members[] = {
	{ "asked", 0, NULL, { 0 }, SEND, SUBNET, 0x0110 },
	{ "second try", 250, NULL, { 0 }, SEND, SUBNET, 0x0110 },
	{ "A", 260, A, { 0x8500, NB, GROUP_A, 0, NULL, 0 }, ANSWER, NULL, 0 },
	{ "A again", 261, A, { 0x8500, NB, GROUP_A, 0, NULL, 0 }, 0, NULL, 0 },
	{ "B", 262, B, { 0x8500, NB, GROUP_B, 0, NULL, 0 }, ANSWER, NULL, 0 },
	{ "no third try", 500, NULL, { 0 }, 0, NULL, 0 },
	{ "the conflict timer ends it", 1260, NULL, { 0 }, DONE, NULL, 0 },
};

/* Conformance case 77. */
static const struct step two_owners[] = {
	{ "asked", 0, NULL, { 0 }, SEND, SUBNET, 0x0110 },
	{ "A", 10, A, { 0x8500, NB, UNIQUE_A, 0, NULL, 0 }, ANSWER, NULL, 0 },
	{ "A again", 20, A, { 0x8500, NB, UNIQUE_A, 0, NULL, 0 }, 0, NULL, 0 },
	{ "A's other address",
	  30,
	  C,
	  { 0x8500, NB, "60 00 0a 00 00 03" UNIQUE_A, 0, NULL, 0 },
	  0,
	  NULL,
	  0 },
	{ "A, another list", 40, A, { 0x8500, NB, "60 00 0a 00 00 09", 0, NULL, 0 }, 0, NULL, 0 },
	{ "B as well", 900, B, { 0x8500, NB, UNIQUE_B, 0, NULL, 0 }, SEND, B, 0xad87 },
	{ "the end", 1010, NULL, { 0 }, DONE, NULL, 0 },
	{ "after CONFLICT_TIMER", 1011, B, { 0x8500, NB, UNIQUE_B, 0, NULL, 0 }, 0, NULL, 0 },
};

static const struct step group_then_unique[] = {
	{ "asked", 0, NULL, { 0 }, SEND, SUBNET, 0x0110 },
	{ "A", 10, A, { 0x8500, NB, GROUP_A, 0, NULL, 0 }, ANSWER, NULL, 0 },
	{ "B", 20, B, { 0x8500, NB, UNIQUE_B, 0, NULL, 0 }, SEND, B, 0xad87 },
};

static const struct step unique_then_group[] = {
	{ "asked", 0, NULL, { 0 }, SEND, SUBNET, 0x0110 },
	{ "A", 10, A, { 0x8500, NB, UNIQUE_A, 0, NULL, 0 }, ANSWER, NULL, 0 },
	{ "B", 20, B, { 0x8500, NB, GROUP_B, 0, NULL, 0 }, SEND, B, 0xad87 },
};

/* As a program asks that wants an answer and looks for no conflicts. */
static const struct step collected[] = {
	{ "asked", 0, NULL, { 0 }, SEND, SUBNET, 0x0110 },
	{ "A", 10, A, { 0x8500, NB, GROUP_A, 0, NULL, 0 }, ANSWER, NULL, 0 },
	{ "B", 20, B, { 0x8500, NB, GROUP_B, 0, NULL, 0 }, ANSWER, NULL, 0 },
	{ "the try ends it", 250, NULL, { 0 }, DONE, NULL, 0 },
};

static const struct step until_unique[] = {
	{ "asked", 0, NULL, { 0 }, SEND, SUBNET, 0x0110 },
	{ "a member", 10, A, { 0x8500, NB, GROUP_A, 0, NULL, 0 }, ANSWER, NULL, 0 },
	{ "an owner", 20, B, { 0x8500, NB, GROUP_A UNIQUE_B, 0, NULL, 0 }, ANSWER | DONE, NULL, 0 },
};

#define STEPS(list) (list), ARRAY_SIZE(list)

static const struct query_case {
	const char *what, *servers;
	bool broadcast, until_unique;
	uint32_t conflict_ms;
	const struct step *steps;
	size_t count;
	enum nbt_error result;
	uint8_t rcode;
	bool conflict;
} query_cases[] = {
	{ "silence", A " " B, false, false, 0, STEPS(unicast_silence), NBT_ETIMEOUT, 0, false },
	{ "positive", A " " B, false, false, 0, STEPS(unicast_positive), NBT_OK, 0, false },
	{ "negative", A " " B, false, false, 0, STEPS(unicast_negative), NBT_ENEGATIVE, 3, false },
	{ "no record", A, false, false, 0, STEPS(unicast_negative_bare), NBT_ENEGATIVE, 3, false },
	{ "WACK", A, false, false, 0, STEPS(unicast_wack), NBT_OK, 0, false },
	{ "subnet silent", SUBNET, true, false, 1000, STEPS(broadcast_silence), NBT_ETIMEOUT, 0,
	  false },
	{ "members", SUBNET, true, false, 1000, STEPS(broadcast_members), NBT_OK, 0, false },
	{ "group, unique", SUBNET, true, false, 1000, STEPS(group_then_unique), NBT_OK, 0, true },
	{ "unique, group", SUBNET, true, false, 1000, STEPS(unique_then_group), NBT_OK, 0, true },
	{ "collected", SUBNET, true, false, 0, STEPS(collected), NBT_OK, 0, false },
	{ "until unique", SUBNET, true, true, 0, STEPS(until_unique), NBT_OK, 0, false },
};

static void play_query(struct nbt_query *q, const struct query_case *c)
{
	struct nbt_query_request request = { .to = request_to(c->servers, c->broadcast),
					     .recursion = true,
					     .until_unique = c->until_unique,
					     .conflict_ms = c->conflict_ms };

	play(&q->exchange, nbt_query_start(q, &request, &now), c->steps, c->count);
	assert_error(c->what, q->exchange.result, c->result);
	assert_int_equal(q->exchange.rcode, c->rcode);
	assert_int_equal(q->conflict, c->conflict);
}

static void queries(void **state)
{
	struct nbt_query q;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(query_cases); i++)
		play_query(&q, &query_cases[i]);
}

static void case_77_two_owners_only_the_second_is_told(void **state)
{
	static const struct query_case c = { "two owners",      SUBNET, true, false, 1000,
					     STEPS(two_owners), NBT_OK, 0,    true };
	static const char demand[] =
		"80 01 ad 87 00 00 00 01 00 00 00 00 20 45 47 46 43 45 46 45 45 43 41 43 41 43 41 43"
		" 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 00 00 20 00 01 00 00 00 00 00 06"
		" 60 00 00 00 00 00";
	struct nbt_query q;
	uint8_t want[NBT_UDP_PAYLOAD_MAX];
	size_t len = unhex(want, sizeof(want), demand);

	(void)state;
	play_query(&q, &c);
	assert_int_equal(q.exchange.out.len, len); /* the last thing sent */
	assert_memory_equal(q.exchange.out.bytes, want, len);
}

static void an_answer_in_another_scope_is_none(void **state)
{
	static const struct reply unscoped = { 0x8580, NB, UNIQUE_A, 0, NULL, 0 };
	struct nbt_query_request request = { .to = request_to(A, false) };
	struct nbt_query q;

	(void)state;
	assert_error("scope", nbt_scope_from_text(&request.to.scope, "LAB"), NBT_OK);
	assert_int_equal(nbt_query_start(&q, &request, &now), SEND);
	assert_int_equal(deliver(&q.exchange, A, &unscoped), 0);
}

static void without_recursion_rd_is_clear(void **state)
{
	static const struct step steps[] = { { "asked", 0, NULL, { 0 }, SEND, A, 0x0000 } };
	struct nbt_query_request request = { .to = request_to(A, false) };
	struct nbt_query q;

	(void)state;
	play(&q.exchange, nbt_query_start(&q, &request, &now), STEPS(steps));
}

static void timers_are_the_callers(void **state)
{
	static const struct step steps[] = {
		{ "asked", 0, NULL, { 0 }, SEND, A, 0x0000 },
		{ "again", 40, NULL, { 0 }, SEND, A, 0x0000 },
		{ "the end", 80, NULL, { 0 }, DONE, NULL, 0 },
	};
	struct nbt_query_request request = { .to = request_to(A, false) };
	struct nbt_query q;

	(void)state;
	request.to.timers = (struct nbt_timers){ .timeout_ms = 40, .tries = 2 };
	play(&q.exchange, nbt_query_start(&q, &request, &now), STEPS(steps));
}

static void nobody_to_ask(void **state)
{
	struct nbt_query_request request = { .to = request_to("", false) };
	struct nbt_query q;

	(void)state;
	assert_int_equal(nbt_query_start(&q, &request, &now), DONE);
	assert_error("no server", q.exchange.result, NBT_ETIMEOUT);
	assert_true(nbt_exchange_deadline(&q.exchange) == NBT_NEVER);
}

static void what_cannot_be_encoded_ends_at_once(void **state)
{
	struct nbt_query_request request = { .to = request_to(A, false) };
	struct nbt_query q;

	(void)state;
	request.to.scope.len = 65;
	memset(request.to.scope.labels, 64, 65); /* a label over 63 bytes */
	assert_int_equal(nbt_query_start(&q, &request, &now), DONE);
	assert_error("scope", q.exchange.result, NBT_ELABEL);
}

static void what_cannot_be_sent_goes_to_the_next_server(void **state)
{
	struct nbt_query_request request = { .to = request_to(A " " B, false) };
	struct sockaddr_in b = host_at(B);
	struct nbt_query q;

	(void)state;
	assert_int_equal(nbt_query_start(&q, &request, &now), SEND);
	assert_int_equal(nbt_exchange_unsent(&q.exchange, &now), SEND);
	assert_memory_equal(&q.exchange.out.to, &b, sizeof(b));
	assert_int_equal(nbt_exchange_unsent(&q.exchange, &now), DONE);
	assert_error("nowhere", q.exchange.result, NBT_ESYSTEM);
	assert_int_equal(nbt_exchange_unsent(&q.exchange, &now), 0);
}

static void an_unsent_conflict_demand_changes_nothing(void **state)
{
	struct nbt_query_request request = { .to = request_to(SUBNET, true), .conflict_ms = 1000 };
	struct reply owner = { 0x8500, NB, UNIQUE_A, 0, NULL, 0 };
	struct reply other = { 0x8500, NB, UNIQUE_B, 0, NULL, 0 };
	struct nbt_query q;

	(void)state;
	nbt_query_start(&q, &request, &now);
	assert_int_equal(deliver(&q.exchange, A, &owner), ANSWER);
	assert_int_equal(deliver(&q.exchange, B, &other), SEND);
	assert_int_equal(nbt_exchange_unsent(&q.exchange, &now), 0);
	assert_true(nbt_exchange_deadline(&q.exchange) == now.now_ms + 1000);
}

/* The codec leaves what is beyond the counts as it was. */
static void only_counted_records_are_read(void **state)
{
	struct nbt_query_request request = { .to = request_to(A, false) };
	static const uint8_t stale[] = { 0x60, 0, 10, 0, 0, 1 };
	struct nbt_packet p = { .id = EXCHANGE_ID, .flags = NBT_FLAG_R };
	struct sockaddr_in from = host_at(A);
	struct nbt_query q;

	(void)state;
	p.record[0].of.type = NB;
	p.record[0].rdata = stale;
	p.record[0].rdata_len = sizeof(stale);
	nbt_query_start(&q, &request, &now);
	assert_int_equal(nbt_exchange_packet(&q.exchange, &p, &from, &now), 0);
}

/* RFC 1002 section 4.2.15: an NS record, and the A record that says where it is. */
static struct nbt_packet redirect_to(const struct sockaddr_in *target)
{
	struct nbt_packet p = { .id = EXCHANGE_ID,
				.flags = NBT_FLAG_R | NBT_FLAG_RD,
				.authority_count = 1,
				.additional_count = 1 };

	p.record[0].of.name = name_of(EXCHANGE_NAME);
	p.record[0].of.type = NBT_TYPE_NS;
	p.record[1].of.type = NBT_TYPE_A;
	p.record[1].rdata = (const uint8_t *)&target->sin_addr;
	p.record[1].rdata_len = 4;
	return p;
}

static unsigned deliver_redirect(struct nbt_exchange *x, const char *from, const char *target)
{
	struct sockaddr_in sender = host_at(from), to = host_at(target);
	struct nbt_packet p = redirect_to(&to);

	return nbt_exchange_packet(x, &p, &sender, &now);
}

static void half_redirects_are_ignored(void **state)
{
	struct nbt_query_request request = { .to = request_to(A, false) };
	struct sockaddr_in a = host_at(A), b = host_at(B);
	struct nbt_packet broken[] = { redirect_to(&b), redirect_to(&b), redirect_to(&b),
				       redirect_to(&b) };
	struct nbt_query q;

	(void)state;
	broken[0].record[1].rdata_len = 3;
	broken[1].record[1].of.type = NBT_TYPE_NULL;
	broken[2].additional_count = 0;
	broken[3].authority_count = 0; /* its NS record is an answer now */
	broken[3].answer_count = 1;
	nbt_query_start(&q, &request, &now);
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++)
		assert_int_equal(nbt_exchange_packet(&q.exchange, &broken[i], &a, &now), 0);
}

static void redirects_are_followed_three_times(void **state)
{
	struct nbt_query_request request = { .to = request_to(A, false) };
	struct reply answer = { 0x8580, NB, UNIQUE_A, 0, NULL, 0 };
	struct nbt_query q;

	(void)state;
	nbt_query_start(&q, &request, &now);
	assert_int_equal(deliver_redirect(&q.exchange, B, C), 0); /* B was not asked */
	assert_int_equal(deliver_redirect(&q.exchange, A, B), SEND);
	assert_int_equal(q.exchange.out.to.sin_addr.s_addr, host_at(B).sin_addr.s_addr);
	assert_int_equal(deliver(&q.exchange, A, &answer), 0);
	assert_int_equal(deliver_redirect(&q.exchange, B, C), SEND);
	assert_int_equal(deliver_redirect(&q.exchange, C, A), SEND);
	assert_int_equal(deliver_redirect(&q.exchange, A, B), 0);
	assert_int_equal(deliver(&q.exchange, A, &answer), ANSWER | DONE);
}

static void a_subnet_does_not_redirect(void **state)
{
	struct nbt_query_request request = { .to = request_to(SUBNET, true) };
	struct nbt_query q;

	(void)state;
	nbt_query_start(&q, &request, &now);
	assert_int_equal(deliver_redirect(&q.exchange, A, B), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queries),
		cmocka_unit_test(case_77_two_owners_only_the_second_is_told),
		cmocka_unit_test(an_answer_in_another_scope_is_none),
		cmocka_unit_test(without_recursion_rd_is_clear),
		cmocka_unit_test(timers_are_the_callers),
		cmocka_unit_test(nobody_to_ask),
		cmocka_unit_test(what_cannot_be_encoded_ends_at_once),
		cmocka_unit_test(what_cannot_be_sent_goes_to_the_next_server),
		cmocka_unit_test(an_unsent_conflict_demand_changes_nothing),
		cmocka_unit_test(only_counted_records_are_read),
		cmocka_unit_test(half_redirects_are_ignored),
		cmocka_unit_test(redirects_are_followed_three_times),
		cmocka_unit_test(a_subnet_does_not_redirect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

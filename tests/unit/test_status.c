/* Asking a node for its names. */
#include "support.h"

#include <nbt/exchange.h>

#include "exchange.h"

#define NBSTAT      NBT_TYPE_NBSTAT
#define SEND        NBT_TODO_SEND
#define DONE        NBT_TODO_DONE
#define A           "10.0.0.1"
#define B           "10.0.0.2"

#define ONE_NAME    "01 46 52 45 44 20 20 20 20 20 20 20 20 20 20 20 20 64 00"
#define MAC         "00 11 22 33 44 55"

#define STEPS(list) (list), ARRAY_SIZE(list)

static const struct step answered[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x0000 },
	{ "from someone else", 10, B, { 0x8400, NBSTAT, ONE_NAME MAC, 0, NULL, 0 }, 0, NULL, 0 },
	{ "another type", 11, A, { 0x8400, NBT_TYPE_NB, ONE_NAME, 0, NULL, 0 }, 0, NULL, 0 },
	{ "another opcode", 12, A, { 0xad80, NBSTAT, ONE_NAME, 0, NULL, 0 }, 0, NULL, 0 },
	{ "more names than bytes",
	  13,
	  A,
	  { 0x8400, NBSTAT, "02" ONE_NAME, 0, NULL, 0 },
	  0,
	  NULL,
	  0 },
	{ "nothing at all", 14, A, { 0x8400, 0, NULL, 0, NULL, 0 }, 0, NULL, 0 },
	{ "second try", 1500, NULL, { 0 }, SEND, A, 0x0000 },
	{ "the answer", 1600, A, { 0x8400, NBSTAT, ONE_NAME MAC, 0, NULL, 0 }, DONE, NULL, 0 },
};

static const struct step refused[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x0000 },
	{ "no", 10, A, { 0x8403, 0, NULL, 0, NULL, 0 }, DONE, NULL, 0 },
};

static const struct step silence[] = {
	{ "asked", 0, NULL, { 0 }, SEND, A, 0x0000 },
	{ "second try", 1500, NULL, { 0 }, SEND, A, 0x0000 },
	{ "third try", 3000, NULL, { 0 }, SEND, A, 0x0000 },
	{ "in vain", 4500, NULL, { 0 }, DONE, NULL, 0 },
};

static const struct status_case {
	const char *what;
	const struct step *steps;
	size_t count;
	enum nbt_error result;
	uint8_t names;
} status_cases[] = {
	{ "answered", STEPS(answered), NBT_OK, 1 },
	{ "refused", STEPS(refused), NBT_ENEGATIVE, 0 },
	{ "silence", STEPS(silence), NBT_ETIMEOUT, 0 },
};

static void statuses(void **state)
{
	static const uint8_t mac[] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55 };
	struct nbt_request request = request_to(A, false);
	struct nbt_status status;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(status_cases); i++) {
		const struct status_case *c = &status_cases[i];

		play(&status.exchange, nbt_status_start(&status, &request, &now), c->steps,
		     c->count);
		assert_error(c->what, status.exchange.result, c->result);
		assert_int_equal(status.node.count, c->names);
		if (c->names > 0)
			assert_memory_equal(status.node.unit_id, mac, sizeof(mac));
	}
}

/* The codec leaves what is beyond the counts as it was. */
static void only_counted_records_are_read(void **state)
{
	static const uint8_t stale[] = { 0 };
	struct nbt_request request = request_to(A, false);
	struct nbt_packet p = { .id = EXCHANGE_ID, .flags = NBT_FLAG_R };
	struct sockaddr_in from = host_at(A);
	struct nbt_status status;

	(void)state;
	p.record[0].of.type = NBSTAT;
	p.record[0].rdata = stale;
	p.record[0].rdata_len = sizeof(stale);
	nbt_status_start(&status, &request, &now);
	assert_int_equal(nbt_exchange_packet(&status.exchange, &p, &from, &now), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses),
		cmocka_unit_test(only_counted_records_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

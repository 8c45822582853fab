/* Autodiscovery of partners: who is believed. */
#include "support.h"

#include <arpa/inet.h>
#include <stdio.h>

#include <nbt/replication.h>

#include "nbnsd/partners/discovery.h"

static struct in_addr address(const char *text)
{
	return (struct in_addr){ inet_addr(text) };
}

static size_t from_hex(const char *hex, uint8_t *out)
{
	size_t len = 0;
	unsigned byte;

	for (int n; sscanf(hex, " %2x%n", &byte, &n) == 1; hex += n)
		out[len++] = (uint8_t)byte;
	return len;
}

#define UP       "cd ab 00 00 00 00 00 00 "
#define DOWN     "cd ab 00 00 01 00 00 00 "
#define OFFICE   "0a 01 00 02 "
#define BRANCH   "0a 02 00 02 "
#define CELLAR   "c0 a8 05 02 "
#define OURSELF  "0a 01 00 01 "
#define STRANGER "c0 00 02 01 " /* 192.0.2.1 */

/* Each goes on where the one before it ended. */
static const struct discovery_case {
	const char *what, *source, *hex;
	bool is_changed;
	const char *found; /* then */
} discovery_cases[] = {
	{ "a server with two addresses", "10.1.0.2", UP OFFICE CELLAR "00 00 00 00", true,
	  "10.1.0.2 192.168.5.2 " },
	{ "once more", "10.1.0.2", UP OFFICE CELLAR "00 00 00 00", false, "10.1.0.2 192.168.5.2 " },
	{ "our own", "10.1.0.1", DOWN OFFICE "00 00 00 00", false, "10.1.0.2 192.168.5.2 " },
	{ "case 17: two odd bytes at the end", "10.2.0.2", UP BRANCH "0a 01", true,
	  "10.1.0.2 192.168.5.2 10.2.0.2 " },
	{ "what is behind the end of the list does not count", "10.2.0.2",
	  UP BRANCH "00 00 00 00 0a 09 09 09", false, "10.1.0.2 192.168.5.2 10.2.0.2 " },
	{ "case 17: the signature 0xABD0 is none", "10.1.0.3",
	  "d0 ab 00 00 00 00 00 00 0a 01 00 03 00 00 00 00", false,
	  "10.1.0.2 192.168.5.2 10.2.0.2 " },
	{ "but 0xABCF is", "10.1.0.3", "cf ab 00 00 00 00 00 00 0a 01 00 03 00 00 00 00", true,
	  "10.1.0.2 192.168.5.2 10.2.0.2 10.1.0.3 " },
	{ "case 17: opcode 7 means down", "10.1.0.3",
	  "cd ab 00 00 07 00 00 00 0a 01 00 03 00 00 00 00", true,
	  "10.1.0.2 192.168.5.2 10.2.0.2 " },
	{ "who is not in his own list is not believed", "10.1.0.9", UP "0a 01 00 04 00 00 00 00",
	  false, "10.1.0.2 192.168.5.2 10.2.0.2 " },
	{ "nor when he says that another one goes", "10.1.0.9", DOWN OFFICE "00 00 00 00", false,
	  "10.1.0.2 192.168.5.2 10.2.0.2 " },
	{ "nor an empty list", "10.1.0.9", UP "00 00 00 00", false,
	  "10.1.0.2 192.168.5.2 10.2.0.2 " },
	{ "a stranger is no partner", "192.0.2.1", UP STRANGER "00 00 00 00", false,
	  "10.1.0.2 192.168.5.2 10.2.0.2 " },
	{ "of a list only what is private is taken, and not ourselves", "10.1.0.4",
	  UP "0a 01 00 04 " STRANGER OURSELF "ac 1f ff fe ac 20 00 01 00 00 00 00", true,
	  "10.1.0.2 192.168.5.2 10.2.0.2 10.1.0.4 172.31.255.254 " },
	{ "one goes with all its addresses", "192.168.5.2", DOWN OFFICE CELLAR "00 00 00 00", true,
	  "10.2.0.2 10.1.0.4 172.31.255.254 " },
	{ "one goes that nobody knows", "10.1.0.2", DOWN OFFICE "00 00 00 00", false,
	  "10.2.0.2 10.1.0.4 172.31.255.254 " },
	{ "seven bytes", "10.1.0.2", "cd ab 00 00 00 00 00", false,
	  "10.2.0.2 10.1.0.4 172.31.255.254 " },
	{ "nothing", "10.1.0.2", "", false, "10.2.0.2 10.1.0.4 172.31.255.254 " },
};

static void case_17_autodiscovery(void **state)
{
	const struct nbt_env env = { .now_ms = 1000 };
	struct discovery discovery = { .count = 3 };

	(void)state;
	discovery_begin(&discovery, &env);
	for (size_t i = 0; i < ARRAY_SIZE(discovery_cases); i++) {
		const struct discovery_case *c = &discovery_cases[i];
		uint8_t bytes[128];
		char found[256] = "";
		size_t len = from_hex(c->hex, bytes);
		bool is_changed = discovery_receive(&discovery, bytes, len, address(c->source),
						    address("10.1.0.1"), &env);

		for (size_t j = 0; j < discovery.count; j++) {
			strcat(found, inet_ntoa(discovery.found[j]));
			strcat(found, " ");
		}
		if (is_changed != c->is_changed || strcmp(found, c->found) != 0)
			fail_msg("%s: %d, %s", c->what, is_changed, found);
	}
	assert_int_equal(discovery.counters[DISCOVERY_HEARD], ARRAY_SIZE(discovery_cases) - 1);
	assert_int_equal(discovery.counters[DISCOVERY_MALFORMED], 3);
	assert_int_equal(discovery.counters[DISCOVERY_REFUSED], 6);
}

static void thirty_two_are_enough(void **state)
{
	const struct nbt_env env = { .now_ms = 0 };
	struct discovery discovery = { .count = 0 };
	struct nbt_discovery message = { .count = 1 };
	uint8_t bytes[64];
	size_t len;

	(void)state;
	discovery_begin(&discovery, &env);
	for (uint32_t i = 0; i < 40; i++) {
		message.address[0].s_addr = htonl(0x0A010100 + i);
		assert_int_equal(nbt_discovery_encode(&message, bytes, sizeof(bytes), &len),
				 NBT_OK);
		assert_int_equal(discovery_receive(&discovery, bytes, len, message.address[0],
						   address("10.1.0.1"), &env),
				 i < PARTNERS_DISCOVERED_MAX);
	}
	assert_int_equal(discovery.count, PARTNERS_DISCOVERED_MAX);
	assert_int_equal(discovery.counters[DISCOVERY_TOO_MANY], 8);
}

static bool cellar_answers(void *ctx, struct in_addr server)
{
	(void)ctx;
	return server.s_addr == address("192.168.5.2").s_addr;
}

static bool hear(struct discovery *discovery, const char *hex, const char *source,
		 const struct nbt_env *env)
{
	uint8_t bytes[64];
	size_t len = from_hex(hex, bytes);

	return discovery_receive(discovery, bytes, len, address(source), address("10.1.0.1"), env);
}

static void who_died_without_a_word_is_forgotten(void **state)
{
	struct nbt_env env = { .now_ms = 5000 };
	struct discovery discovery = { .count = 0 };

	(void)state;
	discovery_begin(&discovery, &env);
	assert_true(hear(&discovery, UP OFFICE, "10.1.0.2", &env));
	assert_true(hear(&discovery, UP CELLAR, "192.168.5.2", &env));
	assert_true(hear(&discovery, UP BRANCH, "10.2.0.2", &env));
	env.now_ms += 7200000 - 1;
	assert_false(hear(&discovery, UP BRANCH, "10.2.0.2", &env)); /* is still there */
	assert_false(discovery_forget_silent(&discovery, 2400, cellar_answers, NULL, &env));
	env.now_ms++;
	assert_true(discovery_forget_silent(&discovery, 2400, cellar_answers, NULL, &env));
	assert_int_equal(discovery.count, 2);
	assert_int_equal(discovery.found[0].s_addr, address("192.168.5.2").s_addr);
	assert_int_equal(discovery.found[1].s_addr, address("10.2.0.2").s_addr);
	assert_false(discovery_forget_silent(&discovery, 2400, cellar_answers, NULL, &env));
	assert_true(hear(&discovery, UP OFFICE, "10.1.0.2", &env)); /* and is back */
}

static void we_say_that_we_are_there(void **state)
{
	struct nbt_env env = { .now_ms = 5000 };
	struct discovery discovery = { .count = 0 };
	uint8_t message[DISCOVERY_MESSAGE_MAX], wanted[DISCOVERY_MESSAGE_MAX];

	(void)state;
	discovery_begin(&discovery, &env);
	assert_true(discovery_is_due(&discovery, 2400, &env));
	assert_false(discovery_is_due(&discovery, 2400, &env));
	assert_int_equal(discovery.next_ms, 2405000);
	env.now_ms = discovery.next_ms - 1;
	assert_false(discovery_is_due(&discovery, 2400, &env));
	env.now_ms++;
	assert_true(discovery_is_due(&discovery, 2400, &env));
	assert_true(discovery_is_due(&discovery, 2399, &env)); /* the setting has changed */
	assert_false(discovery_is_due(&discovery, 9999, &env));

	assert_int_equal(discovery_message(&discovery, address("10.1.0.2"), false, message), 16);
	assert_int_equal(from_hex(UP OFFICE "00 00 00 00", wanted), 16);
	assert_memory_equal(message, wanted, 16);
	assert_int_equal(discovery_message(&discovery, address("10.1.0.2"), true, message), 16);
	assert_int_equal(from_hex(DOWN OFFICE "00 00 00 00", wanted), 16);
	assert_memory_equal(message, wanted, 16);
	assert_int_equal(discovery_message(&discovery, address("0.0.0.0"), true, message), 0);
	assert_string_equal(discovery_stats(&discovery).names[DISCOVERY_SAID], "discovery.said");
	assert_int_equal(discovery_stats(&discovery).values[DISCOVERY_SAID], 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_17_autodiscovery),
		cmocka_unit_test(thirty_two_are_enough),
		cmocka_unit_test(who_died_without_a_word_is_forgotten),
		cmocka_unit_test(we_say_that_we_are_there),
	};

	return cmocka_run_group_tests_name("nbnsd/partners/discovery", tests, NULL, NULL);
}

/* nbnsd as the proxy of a subnet of B nodes: who is told what it knows, and who is not. */
#include "support.h"

#include <arpa/inet.h>

#include "nbns.h"

/* The subnet is 10.0.0.0/24; everybody is registered. */
static struct nbns *proxy_new(bool is_proxy, uint32_t rate_limit)
{
	const struct served_socket socket = { .address = { inet_addr(NS_ADDRESS) },
					      .netmask = { inet_addr("255.255.255.0") },
					      .broadcast = { inet_addr("10.0.0.255") } };
	struct client far = client_at("10.5.0.1"), mixed = client_at("10.5.0.2");
	struct nbns *ns = nbns_new();

	ns->settings.proxy = is_proxy;
	ns->settings.rate_limit = rate_limit;
	ns->settings.resolver.cache_ms = 600000;
	nbns_start(ns);
	service_set_sockets(ns->service, &socket, 1);
	claim(ns, &far, REGISTER, "FAR<20>", UNIQUE);
	claim(ns, &ns->a, REGISTER, "NEAR<20>", UNIQUE);
	claim(ns, &far, REGISTER, "GROUP<00>", GROUP);
	claim(ns, &far, REGISTER, "DOMAIN<1C>", GROUP);
	claim(ns, &mixed, REGISTER, "BOTH<1C>", GROUP);
	claim(ns, &ns->a, REGISTER, "BOTH<1C>", GROUP);
	nbns_pass_ms(ns, 5000);
	ns->arrived = ns->seen = 0;
	return ns;
}

static void broadcast(struct nbns *ns, struct client *from, const char *name)
{
	const struct nbt_name bytes = name_of(name);
	const struct nbt_scope scope = { .len = 0 };

	nbt_make_query(&from->sent, ns->id++, NBT_FLAG_RD | NBT_FLAG_B, &bytes, &scope,
		       NBT_TYPE_NB);
	send_packet(ns, from, &from->sent, true);
	nbns_pass_ms(ns, 0);
}

static void only_names_of_other_subnets_are_told(void **state)
{
	static const struct {
		const char *what, *name, *addresses;
		uint16_t nb_flags;
	} cases[] = {
		{ "on another subnet", "FAR<20>", "10.5.0.1", UNIQUE },
		{ "on this one: its owner answers", "NEAR<20>", NULL, 0 },
		{ "a normal group", "GROUP<00>", NULL, 0 },
		{ "a list of addresses elsewhere", "DOMAIN<1C>", "10.5.0.1", NBT_NB_GROUP },
		{ "one of them is here", "BOTH<1C>", NULL, 0 },
		{ "nobody", "NOBODY<20>", NULL, 0 },
	};
	struct nbns *ns = proxy_new(true, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("%s\n", cases[i].what);
		broadcast(ns, &ns->b, cases[i].name);
		if (cases[i].addresses != NULL)
			expect_addresses(ns, &ns->b, cases[i].nb_flags, cases[i].addresses);
		expect_silence(ns);
	}
	nbns_free(ns);
}

static void own_names_are_answered_as_ever(void **state)
{
	struct nbns *ns = proxy_new(true, 0);

	(void)state;
	broadcast(ns, &ns->b, "OFFICE1<20>");
	expect_addresses(ns, &ns->b, UNIQUE, NS_ADDRESS);
	expect_silence(ns);
	nbns_free(ns);
}

static void without_the_setting_nobody_is_told(void **state)
{
	struct nbns *ns = proxy_new(false, 0);

	(void)state;
	broadcast(ns, &ns->b, "FAR<20>");
	expect_silence(ns);
	nbns_free(ns);
}

static void answers_are_limited(void **state)
{
	struct nbns *ns = proxy_new(true, 5);

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		broadcast(ns, &ns->b, "FAR<20>");
	assert_true(ns->arrived > 0 && ns->arrived <= 10);
	nbns_free(ns);
}

/* Without a database the servers are asked, once however often it is repeated. */
static void servers_are_asked(void **state)
{
	static struct in_addr server;
	const struct served_socket socket = { .address = { inet_addr(NS_ADDRESS) },
					      .netmask = { inet_addr("255.255.255.0") } };
	struct client far = client_at("10.9.0.5");
	struct nbns *ns = nbns_new();
	struct nbt_packet asked, answer;

	(void)state;
	server = far.address;
	ns->settings.server = false;
	ns->settings.proxy = true;
	ns->settings.node.servers = &server;
	ns->settings.node.server_count = 1;
	nbns_start(ns);
	service_set_sockets(ns->service, &socket, 1);
	nbns_pass_ms(ns, 20000); /* own names: there is nobody to grant them */
	ns->arrived = ns->seen = 0;

	broadcast(ns, &ns->b, "FAR<20>");
	assert_int_equal(next_packet(ns, &asked, __LINE__)->to.sin_addr.s_addr, server.s_addr);
	assert_int_equal(asked.opcode, NBT_OP_QUERY);
	assert_int_equal(asked.flags, NBT_FLAG_RD);
	send_again(ns, &ns->b);
	nbns_pass_ms(ns, 0);
	expect_silence(ns);
	say_mine(ns, &far, asked.id, "FAR<20>", "10.5.0.1");
	nbns_pass_ms(ns, 0);
	assert_int_equal(next_packet(ns, &answer, __LINE__)->to.sin_addr.s_addr,
			 ns->b.address.s_addr);
	assert_int_equal(answer.id, ns->b.sent.id);
	assert_int_equal(nbt_record_address(&answer.record[0], 0).address.s_addr,
			 inet_addr("10.5.0.1"));
	expect_silence(ns);
	nbns_free(ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_names_of_other_subnets_are_told),
		cmocka_unit_test(own_names_are_answered_as_ever),
		cmocka_unit_test(without_the_setting_nobody_is_told),
		cmocka_unit_test(answers_are_limited),
		cmocka_unit_test(servers_are_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

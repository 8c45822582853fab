/* Look-ups by c-ares, of a DNS server that the test plays: one that answers, and ones that don't.
 */
#include "support.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/loop.h"
#include "common/udp.h"
#include "nbnsd/dns/dns.h"

#define TOO_LONG   20000 /* ms; only a test that fails waits so long */
#define TIMEOUT_MS 400

enum manner { ANSWERS, IS_SILENT, SENDS_GARBAGE, REFUSES, TRUNCATES };

struct fixture {
	struct loop *loop;
	struct udp *server; /* on 127.0.0.1 */
	uint16_t port;
	enum manner manner;
	char asked[512]; /* names in the order in which they were asked for, each with a blank */
	struct dns *dns;
	bool late;

	size_t results, wanted;
	uint32_t number, ttl_s;
	struct dns_addresses found;
	bool failed;
};

/*
 * The server: knows FOO.example.org (two addresses, TTL 600 and 300), and BAR.example.net by way of
 * a CNAME (TTL 60).
 */

static size_t read_name(const uint8_t *bytes, size_t len, char *name)
{
	size_t at = 12;

	while (at < len && bytes[at] != 0) {
		memcpy(name, bytes + at + 1, bytes[at]);
		name += bytes[at];
		at += bytes[at] + 1u;
		*name++ = '.';
	}
	name[-1] = '\0';
	return at + 5; /* behind type and class */
}

static size_t add(uint8_t *out, size_t len, const char *hex)
{
	return len + unhex(out + len, 512 - len, hex);
}

static size_t answer_for(uint8_t *out, size_t len, const char *name)
{
	if (strcmp(name, "FOO.example.org") == 0) {
		out[7] = 2;
		len = add(out, len, "C00C 0001 0001 00000258 0004 0A090001");
		return add(out, len, "C00C 0001 0001 0000012C 0004 0A090002");
	}
	if (strcmp(name, "BAR.example.net") == 0) {
		size_t alias = len + 12;

		out[7] = 2;
		len = add(out, len, "C00C 0005 0001 0000003C 0004 01 78 C000");
		out[len - 1] = 12 + 4; /* x.example.net */
		len = add(out, len, "C000 0001 0001 00000258 0004 0A090003");
		out[len - 15] = (uint8_t)alias;
		return len;
	}
	out[3] |= 3; /* NXDOMAIN */
	return len;
}

static void serve(struct fixture *f, const struct udp_packet *packet)
{
	uint8_t out[512] = { 0 };
	char name[256];
	size_t len = read_name(packet->bytes, packet->len, name);
	size_t used = strlen(f->asked);

	snprintf(f->asked + used, sizeof(f->asked) - used, "%s ", name);
	if (f->manner == IS_SILENT)
		return;
	memcpy(out, packet->bytes, len);
	out[2] |= 0x80;
	out[3] = 0x80;
	out[10] = out[11] = 0;
	switch (f->manner) {
	case ANSWERS:
		len = answer_for(out, len, name);
		break;
	case REFUSES:
		out[3] |= 5;
		break;
	case TRUNCATES: /* and there is nobody by TCP */
		out[2] |= 2;
		break;
	default:
		out[7] = 200; /* records that are not there */
		memset(out + 12, 0xFF, len - 12);
	}
	(void)udp_send(f->server, &packet->peer, out, len);
}

static void on_packets(void *ctx, const struct udp_packet *packets, size_t count,
		       const struct nbt_env *env)
{
	(void)env;
	for (size_t i = 0; i < count; i++)
		serve(ctx, &packets[i]);
}

/*
 * The test.
 */

static void on_result(void *ctx, uint32_t number, const struct dns_addresses *found, uint32_t ttl_s,
		      bool failed)
{
	struct fixture *f = ctx;

	f->number = number;
	f->found = *found;
	f->ttl_s = ttl_s;
	f->failed = failed;
	if (++f->results == f->wanted)
		loop_stop(f->loop);
}

static void on_deadline(void *ctx, const struct nbt_env *env)
{
	struct fixture *f = ctx;

	(void)env;
	f->late = true;
	loop_stop(f->loop);
}

static const struct loop_events events = { .deadline = on_deadline };

static void start_server(struct fixture *f)
{
	const struct sockaddr_in local = { .sin_family = AF_INET,
					   .sin_port = htons(f->port),
					   .sin_addr = { htonl(INADDR_LOOPBACK) } };

	assert_int_equal(udp_open(&f->server, f->loop, UDP_ADDRESS, &local, on_packets, f), 0);
	f->port = ntohs(udp_local(f->server).sin_port);
}

static void open_dns(struct fixture *f, bool dead_first)
{
	static const char *const domains[] = { "example.org", "example.net" };
	const struct in_addr servers[] = { { htonl(INADDR_LOOPBACK + 1) },
					   { htonl(INADDR_LOOPBACK) } };
	const struct dns_options options = { .servers = servers + !dead_first,
					     .server_count = dead_first ? 2 : 1,
					     .port = f->port,
					     .domains = domains,
					     .domain_count = ARRAY_SIZE(domains),
					     .timeout_ms = TIMEOUT_MS };

	assert_int_equal(dns_open(&f->dns, f->loop, &options, on_result, f), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	assert_int_equal(loop_create(&f->loop, &events, f), 0);
	loop_set_deadline(f->loop, loop_env(f->loop).now_ms + TOO_LONG);
	start_server(f);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int ret;

	dns_close(f->dns);
	dns_close(NULL);
	udp_close(f->server);
	loop_destroy(f->loop);
	ret = f->late ? -1 : 0;
	free(f);
	return ret;
}

static void look_up(struct fixture *f, const char *name)
{
	f->wanted = f->results + 1;
	dns_query(f->dns, 77, name);
	if (f->results < f->wanted)
		assert_int_equal(loop_run(f->loop), 0);
	assert_false(f->late);
	assert_int_equal(f->number, 77);
}

static void expect_found(const struct fixture *f, size_t count, const char *first, uint32_t ttl_s)
{
	assert_false(f->failed);
	assert_int_equal(f->found.count, count);
	assert_int_equal(f->found.address[0].s_addr, inet_addr(first));
	assert_int_equal(f->ttl_s, ttl_s);
}

static void names_are_found_in_their_domains(void **state)
{
	struct fixture *f = *state;

	open_dns(f, false);
	look_up(f, "FOO");
	expect_found(f, 2, "10.9.0.1", 300);
	assert_string_equal(f->asked, "FOO.example.org ");
	look_up(f, "BAR");
	expect_found(f, 1, "10.9.0.3", 60);
	look_up(f, "NOBODY");
	assert_false(f->failed);
	assert_int_equal(f->found.count, 0);
}

static void trouble_is_told(void **state)
{
	static const enum manner manners[] = { IS_SILENT, SENDS_GARBAGE, REFUSES, TRUNCATES };
	struct fixture *f = *state;

	open_dns(f, false);
	for (size_t i = 0; i < ARRAY_SIZE(manners); i++) {
		f->manner = manners[i];
		look_up(f, "FOO");
		assert_int_equal(f->found.count, 0);
		if (!f->failed)
			fail_msg("manner %zu", i);
		f->manner = ANSWERS;
		look_up(f, "FOO");
		expect_found(f, 2, "10.9.0.1", 300);
	}
}

/* ICMP says that nobody has the port; the socket goes on. */
static void server_may_come_back(void **state)
{
	struct fixture *f = *state;

	open_dns(f, false);
	udp_close(f->server);
	f->server = NULL;
	look_up(f, "FOO");
	assert_true(f->failed);
	start_server(f);
	look_up(f, "FOO");
	expect_found(f, 2, "10.9.0.1", 300);
}

static void second_server_is_asked(void **state)
{
	struct fixture *f = *state;

	open_dns(f, true);
	look_up(f, "FOO");
	expect_found(f, 2, "10.9.0.1", 300);
}

static void closing_ends_what_is_under_way(void **state)
{
	struct fixture *f = *state;

	open_dns(f, false);
	f->manner = IS_SILENT;
	dns_query(f->dns, 1, "FOO");
	dns_query(f->dns, 2, "BAR");
	dns_close(f->dns);
	f->dns = NULL;
	assert_int_equal(f->results, 2);
	assert_true(f->failed);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(names_are_found_in_their_domains),
		TEST(trouble_is_told),
		TEST(server_may_come_back),
		TEST(second_server_is_asked),
		TEST(closing_ends_what_is_under_way),
	};

	return cmocka_run_group_tests_name("dns", tests, NULL, NULL);
}

/* The blocking client of name.sock, with a daemon by hand. */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include <nbt/local.h>

#include "scripted.h"

static struct scripted server;
static struct nbt_local *local;

static int connect_to_server(void **state)
{
	(void)state;
	scripted_open(&server);
	assert_error("open", nbt_local_open(&local, server.path), NBT_OK);
	scripted_accept(&server);
	return 0;
}

static int disconnect(void **state)
{
	(void)state;
	nbt_local_close(local);
	scripted_close(&server);
	return 0;
}

static struct nbt_local_claim claim_of(const char *text)
{
	return (struct nbt_local_claim){ .name = name_of(text) };
}

static void a_claim_and_its_end(void **state)
{
	struct nbt_local_claim claim = claim_of("APP<20>");
	struct nbt_local_message request, answer;
	uint16_t id;

	(void)state;
	assert_error("claim", nbt_local_claim(local, &claim, &id), NBT_OK);
	assert_true(scripted_receive(&server, &request));
	assert_int_equal(nbt_packet_flags_word(&request.packet), 0x2900);
	assert_int_equal(request.packet.id, id);
	assert_int_equal(nbt_record_address(&request.packet.record[0], 0).flags, 0);
	scripted_answer(&server, &request, NBT_RCODE_OK, 300, (uint8_t[6]){ 0 }, 6);
	assert_error("granted", nbt_local_answer(local, id, 10000, &answer), NBT_OK);
	assert_int_equal(answer.packet.record[0].ttl, 300);

	scripted_demand(&server, &request);
	assert_error("lost", nbt_local_next(local, 10000, &answer), NBT_OK);
	assert_int_equal(answer.packet.rcode, NBT_RCODE_CFT_ERR);
	assert_int_equal(answer.envelope.peer.s_addr, inet_addr("10.1.0.9"));

	assert_error("release", nbt_local_release(local, &claim, &id), NBT_OK);
	assert_true(scripted_receive(&server, &request));
	assert_int_equal(nbt_packet_flags_word(&request.packet), 0x3000);
	scripted_answer(&server, &request, NBT_RCODE_NAM_ERR, 0, (uint8_t[6]){ 0 }, 6);
	assert_error("refused", nbt_local_answer(local, id, 10000, &answer), NBT_ENEGATIVE);
	assert_int_equal(answer.packet.rcode, NBT_RCODE_NAM_ERR);
}

static void a_claim_of_a_group_on_one_interface(void **state)
{
	struct nbt_local_claim claim = { .interface.s_addr = inet_addr("10.1.0.5"),
					 .name = name_of("LAB<1E>"),
					 .scope = scope_of("A.B"),
					 .is_group = true,
					 .broadcast_only = true };
	struct nbt_local_message request;
	uint16_t id;

	(void)state;
	assert_error("claim", nbt_local_claim(local, &claim, &id), NBT_OK);
	assert_true(scripted_receive(&server, &request));
	assert_int_equal(nbt_packet_flags_word(&request.packet), 0x2910);
	assert_int_equal(nbt_record_address(&request.packet.record[0], 0).flags, NBT_NB_GROUP);
	assert_int_equal(request.envelope.interface.s_addr, claim.interface.s_addr);
	assert_true(nbt_scope_equal(&request.packet.question[0].scope, &claim.scope));
}

static const struct query_case {
	const char *what;
	struct nbt_local_query query;
	uint16_t flags, type;
	uint8_t envelope;
} queries[] = {
	{ "a look-up", { .peer_port = 0 }, NBT_FLAG_RD, NBT_TYPE_NB, 0 },
	{ "of our own names", { .is_local = true }, 0, NBT_TYPE_NB, 0 },
	{ "of all members",
	  { .all_members = true },
	  NBT_FLAG_RD,
	  NBT_TYPE_NB,
	  NBT_LOCAL_ALL_MEMBERS },
	{ "a node status", { .is_status = true, .peer_port = 1137 }, 0, NBT_TYPE_NBSTAT, 0 },
};

static void queries_say_what_they_want(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(queries); i++) {
		const struct query_case *c = &queries[i];
		struct nbt_local_query query = c->query;
		struct nbt_local_message request;
		uint16_t id;

		query.name = name_of("FRED<20>");
		query.peer.s_addr = inet_addr("10.1.0.7");
		assert_error(c->what, nbt_local_query(local, &query, &id), NBT_OK);
		assert_true(scripted_receive(&server, &request));
		assert_int_equal(nbt_packet_flags_word(&request.packet), c->flags);
		assert_int_equal(request.packet.question[0].type, c->type);
		assert_int_equal(request.envelope.flags, c->envelope);
		assert_int_equal(request.envelope.peer.s_addr, query.peer.s_addr);
		assert_int_equal(request.envelope.peer_port, query.peer_port);
	}
}

static void only_the_answer_counts(void **state)
{
	const char *const addresses[] = { "10.1.0.7", "10.1.0.8", NULL };
	struct nbt_local_query query = { .name = name_of("FRED<20>") };
	struct nbt_local_message first, second, answer;
	uint16_t id;

	(void)state;
	assert_error("query", nbt_local_query(local, &query, &id), NBT_OK);
	assert_error("query", nbt_local_query(local, &query, &id), NBT_OK);
	assert_true(scripted_receive(&server, &first));
	assert_true(scripted_receive(&server, &second));
	assert_int_not_equal(first.packet.id, second.packet.id);
	scripted_send(&server, "nonsense", 8);
	scripted_demand(&server, &first);
	scripted_answer(&server, &first, NBT_RCODE_NAM_ERR, 0, NULL, 0);
	scripted_answer_addresses(&server, &second, addresses);
	assert_error("answer", nbt_local_answer(local, id, 10000, &answer), NBT_OK);
	assert_int_equal(nbt_record_address_count(&answer.packet.record[0]), 2);
	assert_int_equal(nbt_record_address(&answer.packet.record[0], 1).address.s_addr,
			 inet_addr("10.1.0.8"));
}

static struct nbt_datagram datagram_of(const char *source, const char *destination)
{
	return (struct nbt_datagram){ .type = NBT_DGM_DIRECT_UNIQUE,
				      .flags = NBT_DGM_FLAG_FIRST,
				      .id = 7,
				      .source = name_of(source),
				      .destination = name_of(destination),
				      .data = (const uint8_t *)"text",
				      .data_len = 4 };
}

static void datagrams_are_sent(void **state)
{
	struct nbt_envelope envelope = { .interface.s_addr = inet_addr("10.1.0.5"),
					 .peer.s_addr = inet_addr("10.1.0.255"),
					 .flags = NBT_LOCAL_BROADCAST };
	struct nbt_datagram sent = datagram_of("APP<00>", "FRED<20>"), got;
	static uint8_t data[UINT16_MAX];
	size_t len;

	(void)state;
	assert_error("send", nbt_local_send(local, NULL, &sent), NBT_OK);
	len = scripted_read(&server);
	assert_memory_equal(server.buf, "\x01\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_error("packet", nbt_datagram_decode(&got, server.buf + 16, len - 16), NBT_OK);
	assert_true(nbt_datagram_equal(&sent, &got));

	assert_error("send", nbt_local_send(local, &envelope, &sent), NBT_OK);
	assert_int_equal(scripted_read(&server), len);
	assert_memory_equal(server.buf, "\x01\x06\0\0\x0a\x01\0\x05\x0a\x01\0\xff\0\0\0\0", 16);
	sent.data = data;
	sent.data_len = sizeof(data);
	assert_error("too long", nbt_local_send(local, NULL, &sent), NBT_ESPACE);
	sent.type = 0;
	assert_error("no datagram", nbt_local_send(local, NULL, &sent), NBT_EVALUE);
}

/* A datagram is no answer, whatever its bytes. */
static void datagrams_are_received(void **state)
{
	struct nbt_local_claim claim = claim_of("APP<20>");
	struct nbt_datagram sent = datagram_of("FRED<20>", "APP<20>");
	struct nbt_local_message request, message;
	uint8_t wire[256] = { 1, NBT_LOCAL_DATAGRAM | NBT_LOCAL_BROADCAST };
	uint16_t id;
	size_t len;

	(void)state;
	assert_error("encode", nbt_datagram_encode(&sent, wire + 16, sizeof(wire) - 16, &len),
		     NBT_OK);
	assert_error("claim", nbt_local_claim(local, &claim, &id), NBT_OK);
	assert_true(scripted_receive(&server, &request));
	scripted_send(&server, wire, 16 + len);
	scripted_answer(&server, &request, NBT_RCODE_OK, 300, (uint8_t[6]){ 0 }, 6);
	scripted_send(&server, wire, 16 + len);
	scripted_send(&server, wire, 20);
	assert_error("answer", nbt_local_answer(local, id, 10000, &message), NBT_OK);
	assert_error("datagram", nbt_local_next(local, 10000, &message), NBT_OK);
	assert_int_equal(message.envelope.flags, NBT_LOCAL_DATAGRAM | NBT_LOCAL_BROADCAST);
	assert_true(nbt_datagram_equal(&message.datagram, &sent));
	assert_error("cut", nbt_local_next(local, 10000, &message), NBT_ETRUNC);
}

static void a_silent_daemon(void **state)
{
	struct nbt_local_message message;

	(void)state;
	assert_error("next", nbt_local_next(local, 1, &message), NBT_ETIMEOUT);
	assert_error("answer", nbt_local_answer(local, 7, 0, &message), NBT_ETIMEOUT);
	scripted_send(&server, "nonsense", 8);
	assert_error("nonsense", nbt_local_next(local, -1, &message), NBT_EVALUE);
}

static void a_daemon_that_goes(void **state)
{
	struct nbt_local_claim claim = claim_of("APP<20>");
	struct nbt_local_message message;
	uint16_t id;

	(void)state;
	scripted_stop(&server);
	assert_error("next", nbt_local_next(local, -1, &message), NBT_ESYSTEM);
	assert_int_equal(errno, ECONNRESET);
	assert_error("claim", nbt_local_claim(local, &claim, &id), NBT_ESYSTEM);
	assert_int_equal(errno, EPIPE);
}

/* Nobody reads: what does not fit is not waited for without end. */
static void a_daemon_that_does_not_read(void **state)
{
	struct nbt_local_query query = { .name = name_of("FRED<20>") };
	enum nbt_error err = NBT_OK;
	uint16_t id;

	(void)state;
	for (unsigned i = 0; i < 100000 && err == NBT_OK; i++)
		err = nbt_local_query(local, &query, &id);
	assert_error("full", err, NBT_ESYSTEM);
	assert_int_equal(errno, EAGAIN);
}

static void no_daemon(void **state)
{
	struct nbt_local *none = (struct nbt_local *)&server;
	char path[200];

	(void)state;
	assert_error("no such path", nbt_local_open(&none, "/nonexistent/name.sock"), NBT_ESYSTEM);
	assert_int_equal(errno, ENOENT);
	assert_null(none);
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_error("a long path", nbt_local_open(&none, path), NBT_ESYSTEM);
	assert_int_equal(errno, ENAMETOOLONG);
	nbt_local_close(none);
}

static void the_directory_can_be_another(void **state)
{
	struct nbt_local *here;

	(void)state;
	setenv("NBT_RUN_DIRECTORY", server.directory, 1);
	assert_error("open", nbt_local_open(&here, NULL), NBT_OK);
	assert_true(nbt_local_fd(here) >= 0);
	nbt_local_close(here);
	setenv("NBT_RUN_DIRECTORY", "/nonexistent", 1);
	assert_error("open", nbt_local_open(&here, NULL), NBT_ESYSTEM);
	assert_error("datagrams", nbt_local_open_datagrams(&here, NULL), NBT_ESYSTEM);
	unsetenv("NBT_RUN_DIRECTORY");
	assert_error("datagrams", nbt_local_open_datagrams(&here, server.path), NBT_OK);
	nbt_local_close(here);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, connect_to_server, disconnect)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SERVER(a_claim_and_its_end),
		WITH_SERVER(a_claim_of_a_group_on_one_interface),
		WITH_SERVER(queries_say_what_they_want),
		WITH_SERVER(only_the_answer_counts),
		WITH_SERVER(datagrams_are_sent),
		WITH_SERVER(datagrams_are_received),
		WITH_SERVER(a_silent_daemon),
		WITH_SERVER(a_daemon_that_goes),
		WITH_SERVER(a_daemon_that_does_not_read),
		cmocka_unit_test(no_daemon),
		WITH_SERVER(the_directory_can_be_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The blocking client, against responders on the loopback interface. */
#include "config.h"

#include "support.h"

#include <nbt/client.h>

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define AA       NBT_FLAG_AA
#define AA_RD_RA (NBT_FLAG_AA | NBT_FLAG_RD | NBT_FLAG_RA)
#define LONG_MS  60000 /* an exchange that waits so long makes the test hang, and fail */
#define MANY     82    /* entries of one answer */

static const struct nbt_scope no_scope;

/* What a responder does with a request; sends its answers with answer(). */
struct responder;
typedef void respond_fn(struct responder *r, const struct nbt_packet *request);

struct responder {
	int fd;
	pthread_t thread;
	struct sockaddr_in at, peer;
	unsigned requests; /* read this and peer after responder_stop() only */
	respond_fn *respond;
};

/* No assertion in the responders' threads: cmocka knows one thread only. */
static void must(bool holds)
{
	if (!holds)
		abort();
}

static void answer_bytes(const struct responder *r, const void *bytes, size_t len)
{
	must(sendto(r->fd, bytes, len, 0, (const struct sockaddr *)&r->peer, sizeof(r->peer)) ==
	     (ssize_t)len);
}

static void answer(const struct responder *r, const struct nbt_packet *request,
		   enum nbt_opcode opcode, uint16_t flags, enum nbt_rcode rcode, uint32_t ttl,
		   const uint8_t *rdata, size_t rdata_len)
{
	const struct nbt_question *q = &request->question[0];
	struct nbt_packet reply;
	uint8_t wire[NBT_UDP_PAYLOAD_MAX];
	size_t len;

	nbt_make_response(&reply, opcode, request->id, flags, rcode, &q->name, &q->scope, q->type,
			  ttl, rdata, (uint16_t)rdata_len);
	must(nbt_packet_encode(&reply, wire, sizeof(wire), &len) == NBT_OK);
	answer_bytes(r, wire, len);
}

static void answer_address(const struct responder *r, const struct nbt_packet *request,
			   uint16_t nb_flags, const char *address)
{
	struct nbt_address entry = { .flags = nb_flags };
	uint8_t rdata[NBT_ADDRESS_LEN];

	inet_pton(AF_INET, address, &entry.address);
	nbt_address_write(rdata, &entry, 1);
	answer(r, request, NBT_OP_QUERY, AA, NBT_RCODE_OK, 0, rdata, sizeof(rdata));
}

/* Until an empty datagram comes. */
static void *responder_run(void *arg)
{
	struct responder *r = arg;
	struct nbt_packet request;
	struct sockaddr_in peer;
	uint8_t buf[NBT_UDP_PAYLOAD_MAX];
	socklen_t peer_len = sizeof(peer);
	ssize_t len;

	while ((len = recvfrom(r->fd, buf, sizeof(buf), 0, (struct sockaddr *)&peer, &peer_len)) >
	       0) {
		r->peer = peer;
		r->requests++;
		if (nbt_packet_decode(&request, buf, (size_t)len) == NBT_OK)
			r->respond(r, &request);
		peer_len = sizeof(peer);
	}
	return NULL;
}

static void responder_start(struct responder *r, respond_fn *respond)
{
	socklen_t len = sizeof(r->at);

	*r = (struct responder){ .respond = respond };
	r->at.sin_family = AF_INET;
	r->at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	r->fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_true(r->fd >= 0);
	assert_int_equal(bind(r->fd, (struct sockaddr *)&r->at, sizeof(r->at)), 0);
	assert_int_equal(getsockname(r->fd, (struct sockaddr *)&r->at, &len), 0);
	assert_int_equal(pthread_create(&r->thread, NULL, responder_run, r), 0);
}

static void responder_stop(struct responder *r)
{
	assert_int_equal(sendto(r->fd, "", 0, 0, (struct sockaddr *)&r->at, sizeof(r->at)), 0);
	pthread_join(r->thread, NULL);
	close(r->fd);
}

static struct nbt_client *client_open(void)
{
	struct nbt_client *client;

	assert_error("open", nbt_client_open(&client, NULL), NBT_OK);
	return client;
}

static struct nbt_request request_to(const struct sockaddr_in *servers, size_t count)
{
	return (struct nbt_request){ .name = name_of("FRED<20>"),
				     .scope = no_scope,
				     .servers = servers,
				     .server_count = count,
				     .timers = { .timeout_ms = LONG_MS, .tries = 1 } };
}

static void assert_address(const struct nbt_address *got, uint16_t flags, const char *address)
{
	char text[INET_ADDRSTRLEN];

	assert_string_equal(inet_ntop(AF_INET, &got->address, text, sizeof(text)), address);
	assert_int_equal(got->flags, flags);
}

static void respond_positive(struct responder *r, const struct nbt_packet *request)
{
	answer_bytes(r, "no packet", 9);
	answer_address(r, request, NBT_NB_H, "10.0.0.1");
}

static void a_query_is_answered(void **state)
{
	struct nbt_client *client = client_open();
	struct nbt_query_request request;
	struct nbt_answers answers;
	struct responder r;

	(void)state;
	responder_start(&r, respond_positive);
	request = (struct nbt_query_request){ .to = request_to(&r.at, 1) };
	assert_error("query", nbt_client_query(client, &request, &answers), NBT_OK);
	assert_int_equal(answers.count, 1);
	assert_address(&answers.addresses[0], NBT_NB_H, "10.0.0.1");
	assert_int_equal(answers.flags, NBT_FLAG_R | AA);
	responder_stop(&r);
	assert_int_equal(r.requests, 1);
	nbt_client_close(client);
}

static void respond_negative(struct responder *r, const struct nbt_packet *request)
{
	answer(r, request, NBT_OP_QUERY, AA_RD_RA, NBT_RCODE_NAM_ERR, 0, NULL, 0);
}

static void a_negative_answer_is_told(void **state)
{
	struct nbt_client *client = client_open();
	struct nbt_query_request request;
	struct nbt_answers answers;
	struct responder r;

	(void)state;
	responder_start(&r, respond_negative);
	request = (struct nbt_query_request){ .to = request_to(&r.at, 1) };
	assert_error("query", nbt_client_query(client, &request, &answers), NBT_ENEGATIVE);
	assert_int_equal(answers.count, 0);
	assert_int_equal(answers.rcode, NBT_RCODE_NAM_ERR);
	responder_stop(&r);
	nbt_client_close(client);
}

static void respond_the_second_time(struct responder *r, const struct nbt_packet *request)
{
	if (r->requests == 2)
		answer_address(r, request, NBT_NB_H, "10.0.0.1");
}

static void a_lost_query_is_repeated(void **state)
{
	struct nbt_client *client = client_open();
	struct nbt_query_request request;
	struct nbt_answers answers;
	struct responder r;

	(void)state;
	responder_start(&r, respond_the_second_time);
	request = (struct nbt_query_request){ .to = request_to(&r.at, 1) };
	request.to.timers = (struct nbt_timers){ .timeout_ms = 20, .tries = 1000 };
	assert_error("query", nbt_client_query(client, &request, &answers), NBT_OK);
	responder_stop(&r);
	assert_true(r.requests >= 2);
	nbt_client_close(client);
}

static void respond_not(struct responder *r, const struct nbt_packet *request)
{
	(void)r;
	(void)request;
}

static void silence_is_a_timeout(void **state)
{
	struct nbt_client *client = client_open();
	struct nbt_query_request request;
	struct nbt_answers answers;
	struct responder r;

	(void)state;
	responder_start(&r, respond_not);
	request = (struct nbt_query_request){ .to = request_to(&r.at, 1) };
	request.to.timers = (struct nbt_timers){ .timeout_ms = 10, .tries = 3 };
	assert_error("query", nbt_client_query(client, &request, &answers), NBT_ETIMEOUT);
	responder_stop(&r);
	assert_int_equal(r.requests, 3);
	nbt_client_close(client);
}

static void respond_member_1(struct responder *r, const struct nbt_packet *request)
{
	answer_address(r, request, NBT_NB_GROUP, "10.0.0.1");
	answer_address(r, request, NBT_NB_GROUP, "10.0.0.1");
}

static void respond_member_2(struct responder *r, const struct nbt_packet *request)
{
	answer_address(r, request, NBT_NB_GROUP, "10.0.0.2");
}

static void subnets_are_asked_at_the_same_time(void **state)
{
	struct nbt_client *client = client_open();
	struct sockaddr_in subnets[2];
	struct nbt_query_request request;
	struct nbt_answers answers;
	struct responder r[2];

	(void)state;
	responder_start(&r[0], respond_member_1);
	responder_start(&r[1], respond_member_2);
	subnets[0] = r[0].at;
	subnets[1] = r[1].at;
	request = (struct nbt_query_request){ .to = request_to(subnets, 2) };
	request.to.broadcast = true;
	request.to.timers.timeout_ms = 1000;
	assert_error("query", nbt_client_query(client, &request, &answers), NBT_OK);
	assert_int_equal(answers.count, 2);
	responder_stop(&r[0]);
	responder_stop(&r[1]);
	nbt_client_close(client);
}

static void respond_unique(struct responder *r, const struct nbt_packet *request)
{
	answer_address(r, request, NBT_NB_H, "10.0.0.2");
}

static void a_unique_answer_ends_all(void **state)
{
	struct nbt_client *client = client_open();
	struct sockaddr_in subnets[2];
	struct nbt_query_request request;
	struct nbt_answers answers;
	struct responder r[2];

	(void)state;
	responder_start(&r[0], respond_not);
	responder_start(&r[1], respond_unique);
	subnets[0] = r[0].at;
	subnets[1] = r[1].at;
	request = (struct nbt_query_request){ .to = request_to(subnets, 2), .until_unique = true };
	request.to.broadcast = true;
	assert_error("query", nbt_client_query(client, &request, &answers), NBT_OK);
	assert_int_equal(answers.count, 1);
	assert_address(&answers.addresses[0], NBT_NB_H, "10.0.0.2");
	responder_stop(&r[0]);
	responder_stop(&r[1]);
	nbt_client_close(client);
}

/* Answers of 82 entries each, all different. */
static void respond_crowd(struct responder *r, const struct nbt_packet *request)
{
	struct nbt_address entries[MANY];
	uint8_t rdata[MANY * NBT_ADDRESS_LEN];

	for (uint32_t block = 0; block < 14; block++) {
		for (uint32_t i = 0; i < MANY; i++)
			entries[i] = (struct nbt_address){ .flags = NBT_NB_GROUP,
							   .address = { htonl(0x0a000000 +
									      block * MANY + i) } };
		nbt_address_write(rdata, entries, MANY);
		answer(r, request, NBT_OP_QUERY, AA, NBT_RCODE_OK, 0, rdata, sizeof(rdata));
	}
	answer_address(r, request, NBT_NB_H, "10.99.0.1"); /* ends it */
}

static void a_crowd_is_cut(void **state)
{
	static struct nbt_answers answers;
	struct nbt_client *client = client_open();
	struct nbt_query_request request;
	struct responder r;

	(void)state;
	responder_start(&r, respond_crowd);
	request = (struct nbt_query_request){ .to = request_to(&r.at, 1), .until_unique = true };
	request.to.broadcast = true;
	assert_error("query", nbt_client_query(client, &request, &answers), NBT_OK);
	assert_int_equal(answers.count, NBT_ANSWERS_MAX);
	assert_address(&answers.addresses[NBT_ANSWERS_MAX - 1], NBT_NB_GROUP, "10.0.3.255");
	responder_stop(&r);
	nbt_client_close(client);
}

static void respond_status(struct responder *r, const struct nbt_packet *request)
{
	static const uint8_t rdata[] = "\x01"
				       "FRED           \x20\x64\x00"
				       "\x00\x11\x22\x33\x44\x55";

	if (request->question[0].type == NBT_TYPE_NBSTAT)
		answer(r, request, NBT_OP_QUERY, AA, NBT_RCODE_OK, 0, rdata, sizeof(rdata) - 1);
}

static void a_node_tells_its_names(void **state)
{
	struct nbt_client *client = client_open();
	struct nbt_name fred = name_of("FRED<20>");
	struct nbt_request request;
	struct nbt_node_status node;
	struct responder r;

	(void)state;
	responder_start(&r, respond_status);
	request = request_to(&r.at, 1);
	assert_error("status", nbt_client_status(client, &request, &node), NBT_OK);
	assert_int_equal(node.count, 1);
	assert_true(nbt_name_equal(&node.names[0].name, &fred));
	assert_int_equal(node.unit_id[5], 0x55);
	responder_stop(&r);
	nbt_client_close(client);
}

/* WACK, then the answer. */
static void respond_registration(struct responder *r, const struct nbt_packet *request)
{
	const struct nbt_record *claim = &request->record[0];

	answer(r, request, NBT_OP_WACK, AA, NBT_RCODE_OK, 60, (const uint8_t *)"\x29\x00", 2);
	answer(r, request, NBT_OP_REGISTRATION, AA_RD_RA, NBT_RCODE_OK, 518400, claim->rdata,
	       claim->rdata_len);
}

static void respond_refusal(struct responder *r, const struct nbt_packet *request)
{
	const struct nbt_record *claim = &request->record[0];

	answer(r, request, NBT_OP_REGISTRATION, AA_RD_RA, NBT_RCODE_ACT_ERR, 0, claim->rdata,
	       claim->rdata_len);
}

static void a_name_is_registered_or_refused(void **state)
{
	struct nbt_client *client = client_open();
	struct nbt_claim_request request = { .opcode = NBT_OP_REGISTRATION, .ttl = 300000 };
	struct nbt_claim_answer got;
	struct responder r[2];

	(void)state;
	responder_start(&r[0], respond_registration);
	responder_start(&r[1], respond_refusal);
	request.to = request_to(&r[0].at, 1);
	assert_error("claim", nbt_client_claim(client, &request, &got), NBT_OK);
	assert_int_equal(got.ttl, 518400);
	assert_int_equal(got.who.sin_port, r[0].at.sin_port);
	request.to = request_to(&r[1].at, 1);
	assert_error("claim", nbt_client_claim(client, &request, &got), NBT_ENEGATIVE);
	assert_int_equal(got.rcode, NBT_RCODE_ACT_ERR);
	assert_error("without answer", nbt_client_claim(client, &request, NULL), NBT_ENEGATIVE);
	responder_stop(&r[0]);
	responder_stop(&r[1]);
	nbt_client_close(client);
}

/* Port 0 is nowhere: the kernel refuses to send. */
static void who_cannot_be_reached_is_passed_over(void **state)
{
	struct nbt_client *client = client_open();
	struct sockaddr_in servers[2] = { { .sin_family = AF_INET,
					    .sin_addr = { htonl(INADDR_LOOPBACK) } } };
	struct nbt_query_request request;
	struct nbt_answers answers;
	struct responder r;

	(void)state;
	responder_start(&r, respond_positive);
	servers[1] = r.at;
	request = (struct nbt_query_request){ .to = request_to(servers, 2) };
	assert_error("the second", nbt_client_query(client, &request, &answers), NBT_OK);
	request.to.server_count = 1;
	errno = 0;
	assert_error("none", nbt_client_query(client, &request, &answers), NBT_ESYSTEM);
	assert_int_equal(errno, EINVAL);
	request.to.server_count = 0;
	request.to.broadcast = true;
	assert_error("nobody", nbt_client_query(client, &request, &answers), NBT_ETIMEOUT);
	responder_stop(&r);
	nbt_client_close(client);
}

static void the_local_port_is_used(void **state)
{
	struct sockaddr_in local = { .sin_family = AF_INET,
				     .sin_addr = { htonl(INADDR_LOOPBACK + 1) } };
	struct nbt_query_request request;
	struct nbt_answers answers;
	struct nbt_client *client, *second;
	struct responder r;

	(void)state;
	responder_start(&r, respond_positive);
	request = (struct nbt_query_request){ .to = request_to(&r.at, 1) };
	assert_error("open", nbt_client_open(&client, &local), NBT_OK);
	assert_error("query", nbt_client_query(client, &request, &answers), NBT_OK);
	responder_stop(&r);
	assert_int_equal(ntohl(r.peer.sin_addr.s_addr), INADDR_LOOPBACK + 1);
	nbt_client_close(client);

	local = r.at; /* one that is taken, once we have taken it */
	assert_error("open", nbt_client_open(&client, &local), NBT_OK);
	assert_error("taken", nbt_client_open(&second, &local), NBT_ESYSTEM);
	assert_int_equal(errno, EADDRINUSE);
	assert_null(second);
	nbt_client_close(second);
	nbt_client_close(client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_is_answered),
		cmocka_unit_test(a_negative_answer_is_told),
		cmocka_unit_test(a_lost_query_is_repeated),
		cmocka_unit_test(silence_is_a_timeout),
		cmocka_unit_test(subnets_are_asked_at_the_same_time),
		cmocka_unit_test(a_unique_answer_ends_all),
		cmocka_unit_test(a_crowd_is_cut),
		cmocka_unit_test(a_node_tells_its_names),
		cmocka_unit_test(a_name_is_registered_or_refused),
		cmocka_unit_test(who_cannot_be_reached_is_passed_over),
		cmocka_unit_test(the_local_port_is_used),
	};

	alarm(50); /* nothing here waits */
	return cmocka_run_group_tests(tests, NULL, NULL);
}

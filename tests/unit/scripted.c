/* The daemon's end of a local socket, by hand. */
#include "support.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "scripted.h"

#define PATIENCE_MS 10000
#define ANSWER_MAX  100

void scripted_open(struct scripted *s)
{
	strcpy(s->directory, "/tmp/nbt-local-XXXXXX");
	assert_non_null(mkdtemp(s->directory));
	snprintf(s->path, sizeof(s->path), "%s/name.sock", s->directory);
	s->fd = -1;
	scripted_start(s);
}

void scripted_start(struct scripted *s)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	strcpy(at.sun_path, s->path);
	s->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(s->listener, 128), 0);
}

void scripted_hang_up(struct scripted *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

void scripted_stop(struct scripted *s)
{
	scripted_hang_up(s);
	if (s->listener >= 0) {
		close(s->listener);
		unlink(s->path);
	}
	s->listener = -1;
}

void scripted_close(struct scripted *s)
{
	scripted_stop(s);
	rmdir(s->directory);
}

static void await(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&pfd, 1, PATIENCE_MS), 1);
}

void scripted_accept(struct scripted *s)
{
	scripted_hang_up(s);
	await(s->listener);
	s->fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(s->fd >= 0);
}

size_t scripted_read(struct scripted *s)
{
	ssize_t len;

	await(s->fd);
	len = recv(s->fd, s->buf, sizeof(s->buf), 0);
	return len > 0 ? (size_t)len : 0;
}

bool scripted_receive(struct scripted *s, struct nbt_local_message *request)
{
	size_t len = scripted_read(s);

	if (len == 0)
		return false;
	assert_error("a request",
		     nbt_local_decode(&request->envelope, &request->packet, s->buf, len), NBT_OK);
	return true;
}

void scripted_send(struct scripted *s, const void *bytes, size_t len)
{
	assert_int_equal(send(s->fd, bytes, len, MSG_NOSIGNAL), len);
}

static void send_packet(struct scripted *s, const struct nbt_envelope *envelope,
			const struct nbt_packet *packet)
{
	size_t len;

	assert_error("an answer", nbt_local_encode(envelope, packet, s->buf, sizeof(s->buf), &len),
		     NBT_OK);
	scripted_send(s, s->buf, len);
}

void scripted_answer(struct scripted *s, const struct nbt_local_message *request,
		     enum nbt_rcode rcode, uint32_t ttl, const uint8_t *rdata, size_t len)
{
	const struct nbt_question *q = &request->packet.question[0];
	const struct nbt_envelope envelope = { .interface = request->envelope.interface };
	struct nbt_packet p;

	nbt_make_response(&p, (enum nbt_opcode)request->packet.opcode, request->packet.id,
			  NBT_FLAG_AA | NBT_FLAG_RD, rcode, &q->name, &q->scope, q->type, ttl,
			  rdata, (uint16_t)len);
	send_packet(s, &envelope, &p);
}

void scripted_answer_addresses(struct scripted *s, const struct nbt_local_message *request,
			       const char *const *addresses)
{
	struct nbt_address list[ANSWER_MAX];
	uint8_t rdata[ANSWER_MAX * NBT_ADDRESS_LEN];
	size_t count = 0;

	for (; addresses[count] != NULL; count++)
		list[count] = (struct nbt_address){ .address.s_addr = inet_addr(addresses[count]) };
	nbt_address_write(rdata, list, count);
	scripted_answer(s, request, NBT_RCODE_OK, 300, rdata, count * NBT_ADDRESS_LEN);
}

void scripted_demand(struct scripted *s, const struct nbt_local_message *claim)
{
	const struct nbt_question *q = &claim->packet.question[0];
	const struct nbt_envelope envelope = { .interface = claim->envelope.interface,
					       .peer.s_addr = inet_addr("10.1.0.9") };
	const uint8_t rdata[NBT_ADDRESS_LEN] = { 0 };
	struct nbt_packet p;

	nbt_make_response(&p, NBT_OP_REGISTRATION, 0, NBT_FLAG_AA | NBT_FLAG_RD | NBT_FLAG_RA,
			  NBT_RCODE_CFT_ERR, &q->name, &q->scope, NBT_TYPE_NB, 0, rdata,
			  sizeof(rdata));
	send_packet(s, &envelope, &p);
}

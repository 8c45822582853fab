/* The blocking client of name.sock and datagram.sock: nbt-local(7). */
#include "config.h"

#include <nbt/local.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* A daemon that is there takes a connection and a request at once. */
#define SEND_TIMEOUT_MS 500
#define REQUEST_MAX     (NBT_ENVELOPE_LEN + NBT_UDP_PAYLOAD_MAX + NBT_NAME_WIRE_MAX)

struct nbt_local {
	int fd;
	uint16_t id; /* of the last request */
	uint8_t buf[NBT_LOCAL_MESSAGE_MAX];
};

static bool make_address(struct sockaddr_un *at, const char *path, const char *name)
{
	const char *directory = path == NULL ? secure_getenv("NBT_RUN_DIRECTORY") : NULL;
	int len;

	*at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (path != NULL)
		len = snprintf(at->sun_path, sizeof(at->sun_path), "%s", path);
	else
		len = snprintf(at->sun_path, sizeof(at->sun_path), "%s/%s",
			       directory != NULL ? directory : NBT_LOCAL_DIRECTORY, name);
	if (len >= 0 && (size_t)len < sizeof(at->sun_path))
		return true;
	errno = ENAMETOOLONG;
	return false;
}

/* The timeout also bounds connect(), which waits while the daemon's queue is full. */
static bool connect_to(struct nbt_local *l, const struct sockaddr_un *at)
{
	const struct timeval timeout = { .tv_usec = SEND_TIMEOUT_MS * 1000 };

	l->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	return l->fd >= 0 &&
	       setsockopt(l->fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) == 0 &&
	       connect(l->fd, (const struct sockaddr *)at, sizeof(*at)) == 0;
}

static enum nbt_error open_socket(struct nbt_local **out, const char *path, const char *name)
{
	struct sockaddr_un at;
	struct nbt_local *l;

	*out = NULL;
	if (!make_address(&at, path, name))
		return NBT_ESYSTEM;
	l = malloc(sizeof(*l));
	if (l == NULL)
		return NBT_ESYSTEM;
	if (!connect_to(l, &at) || getrandom(&l->id, sizeof(l->id), 0) != (ssize_t)sizeof(l->id)) {
		nbt_local_close(l);
		return NBT_ESYSTEM;
	}
	*out = l;
	return NBT_OK;
}

enum nbt_error nbt_local_open(struct nbt_local **out, const char *path)
{
	return open_socket(out, path, "name.sock");
}

enum nbt_error nbt_local_open_datagrams(struct nbt_local **out, const char *path)
{
	return open_socket(out, path, "datagram.sock");
}

void nbt_local_close(struct nbt_local *local)
{
	int saved = errno;

	if (local == NULL)
		return;
	if (local->fd >= 0)
		close(local->fd);
	free(local);
	errno = saved;
}

int nbt_local_fd(const struct nbt_local *local)
{
	return local->fd;
}

static enum nbt_error send_bytes(struct nbt_local *l, const uint8_t *buf, size_t len)
{
	ssize_t sent;

	do
		sent = send(l->fd, buf, len, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent >= 0 ? NBT_OK : NBT_ESYSTEM;
}

static enum nbt_error send_message(struct nbt_local *l, const struct nbt_envelope *envelope,
				   const struct nbt_packet *packet)
{
	uint8_t buf[REQUEST_MAX];
	size_t len;
	enum nbt_error err = nbt_local_encode(envelope, packet, buf, sizeof(buf), &len);

	return err == NBT_OK ? send_bytes(l, buf, len) : err;
}

enum nbt_error nbt_local_send(struct nbt_local *local, const struct nbt_envelope *envelope,
			      const struct nbt_datagram *datagram)
{
	struct nbt_envelope flagged = { 0 };
	uint8_t *packet = local->buf + NBT_ENVELOPE_LEN;
	size_t len;
	enum nbt_error err;

	if (envelope != NULL)
		flagged = *envelope;
	flagged.flags |= NBT_LOCAL_DATAGRAM;
	err = nbt_envelope_encode(&flagged, local->buf, sizeof(local->buf));
	if (err == NBT_OK)
		err = nbt_datagram_encode(datagram, packet, sizeof(local->buf) - NBT_ENVELOPE_LEN,
					  &len);
	return err == NBT_OK ? send_bytes(local, local->buf, NBT_ENVELOPE_LEN + len) : err;
}

static enum nbt_error send_claim(struct nbt_local *l, enum nbt_opcode opcode,
				 const struct nbt_local_claim *claim, uint16_t *id)
{
	struct nbt_envelope envelope;
	struct nbt_packet packet;
	uint8_t rdata[NBT_ADDRESS_LEN];

	*id = ++l->id;
	nbt_local_make_claim(&envelope, &packet, opcode, *id, claim, rdata);
	return send_message(l, &envelope, &packet);
}

enum nbt_error nbt_local_claim(struct nbt_local *local, const struct nbt_local_claim *claim,
			       uint16_t *id)
{
	return send_claim(local, NBT_OP_REGISTRATION, claim, id);
}

enum nbt_error nbt_local_release(struct nbt_local *local, const struct nbt_local_claim *claim,
				 uint16_t *id)
{
	return send_claim(local, NBT_OP_RELEASE, claim, id);
}

enum nbt_error nbt_local_query(struct nbt_local *local, const struct nbt_local_query *query,
			       uint16_t *id)
{
	struct nbt_envelope envelope;
	struct nbt_packet packet;

	*id = ++local->id;
	nbt_local_make_query(&envelope, &packet, *id, query);
	return send_message(local, &envelope, &packet);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until when; -1: for ever. */
static int64_t deadline_in(int timeout_ms)
{
	return timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
}

/* Never more than was left at first, so it fits. */
static int left_until(int64_t deadline)
{
	int64_t left = deadline - now_ms();

	if (deadline < 0)
		return -1;
	return left > 0 ? (int)left : 0;
}

static enum nbt_error await_readable(struct nbt_local *l, int64_t deadline)
{
	struct pollfd pfd = { .fd = l->fd, .events = POLLIN };
	int ready;

	do
		ready = poll(&pfd, 1, left_until(deadline));
	while (ready < 0 && errno == EINTR);
	if (ready > 0)
		return NBT_OK;
	return ready == 0 ? NBT_ETIMEOUT : NBT_ESYSTEM;
}

static enum nbt_error decode(struct nbt_local_message *message, const uint8_t *buf, size_t len)
{
	enum nbt_error err = nbt_envelope_decode(&message->envelope, buf, len);

	if (err == NBT_OK && (message->envelope.flags & NBT_LOCAL_DATAGRAM) != 0)
		return nbt_datagram_decode(&message->datagram, buf + NBT_ENVELOPE_LEN,
					   len - NBT_ENVELOPE_LEN);
	return nbt_local_decode(&message->envelope, &message->packet, buf, len);
}

static bool is_answer(const struct nbt_local_message *message, uint16_t id)
{
	return (message->envelope.flags & NBT_LOCAL_DATAGRAM) == 0 && message->packet.id == id &&
	       (message->packet.flags & NBT_FLAG_R) != 0;
}

static enum nbt_error receive(struct nbt_local *l, int64_t deadline,
			      struct nbt_local_message *message)
{
	ssize_t len = -1;
	enum nbt_error err = NBT_OK;

	while (err == NBT_OK && len < 0) {
		err = await_readable(l, deadline);
		if (err == NBT_OK)
			len = recv(l->fd, l->buf, sizeof(l->buf), MSG_DONTWAIT);
		if (len < 0 && err == NBT_OK && errno != EAGAIN && errno != EINTR)
			err = NBT_ESYSTEM;
	}
	if (err != NBT_OK)
		return err;
	if (len == 0) {
		errno = ECONNRESET;
		return NBT_ESYSTEM;
	}
	return decode(message, l->buf, (size_t)len);
}

enum nbt_error nbt_local_next(struct nbt_local *local, int timeout_ms,
			      struct nbt_local_message *message)
{
	return receive(local, deadline_in(timeout_ms), message);
}

enum nbt_error nbt_local_answer(struct nbt_local *local, uint16_t id, int timeout_ms,
				struct nbt_local_message *message)
{
	int64_t deadline = deadline_in(timeout_ms);
	enum nbt_error err;

	do
		err = receive(local, deadline, message);
	while ((err == NBT_OK && !is_answer(message, id)) ||
	       (err != NBT_OK && err != NBT_ETIMEOUT && err != NBT_ESYSTEM));
	if (err == NBT_OK && message->packet.rcode != NBT_RCODE_OK)
		return NBT_ENEGATIVE;
	return err;
}

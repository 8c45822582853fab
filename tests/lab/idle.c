/*
 * Connects from many sources and says nothing, for the lab:
 *
 *	idle TARGET PORT FIRST-SOURCE SOURCES EACH [BYTES [WORD]]
 *
 * BYTES of a frame that never ends are sent by each connection; WORD, in hex, is how it begins, for
 * other protocols than the session service. Prints how many connections there
 * are, and keeps them until it is ended. The sources must be local addresses:
 * ip route add local NETWORK dev lo.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BYTES_MAX 4096

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "idle: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct in_addr address(const char *text)
{
	struct in_addr out;

	if (inet_pton(AF_INET, text, &out) != 1)
		die(text);
	return out;
}

static void allow_descriptors(unsigned long count)
{
	struct rlimit limit = { count, count };

	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		die("descriptors");
}

static uint8_t frame[BYTES_MAX] = { 0, 1, 0, 0 };

static void begin_with(const char *hex)
{
	unsigned long word = strtoul(hex, NULL, 16);

	for (int i = 0; i < 4; i++)
		frame[i] = (uint8_t)(word >> (24 - 8 * i));
}

static void open_one(const struct sockaddr_in *target, struct in_addr source, size_t bytes)
{
	const struct sockaddr_in local = { .sin_family = AF_INET, .sin_addr = source };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1;

	/* The port is chosen when it is known where to. */
	if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) < 0 ||
	    bind(fd, (const struct sockaddr *)&local, sizeof(local)) < 0 ||
	    connect(fd, (const struct sockaddr *)target, sizeof(*target)) < 0)
		die("connect");
	/* Who is turned away is one that has connected. */
	if (bytes > 0 && send(fd, frame, bytes, MSG_NOSIGNAL) < 0 && errno != ECONNRESET &&
	    errno != EPIPE)
		die("send");
}

int main(int argc, char **argv)
{
	struct sockaddr_in target = { .sin_family = AF_INET };
	uint32_t first;
	unsigned long sources, each, bytes;

	if (argc < 6) {
		fprintf(stderr,
			"usage: idle TARGET PORT FIRST-SOURCE SOURCES EACH [BYTES [WORD]]\n");
		return 2;
	}
	target.sin_addr = address(argv[1]);
	target.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
	first = ntohl(address(argv[3]).s_addr);
	sources = strtoul(argv[4], NULL, 10);
	each = strtoul(argv[5], NULL, 10);
	bytes = argc > 6 ? strtoul(argv[6], NULL, 10) : 0;
	if (bytes > BYTES_MAX)
		bytes = BYTES_MAX;
	if (argc > 7)
		begin_with(argv[7]);
	allow_descriptors(sources * each + 16);
	for (unsigned long i = 0; i < sources * each; i++)
		open_one(&target, (struct in_addr){ htonl(first + (uint32_t)(i % sources)) },
			 bytes);
	printf("%lu\n", sources * each);
	fflush(stdout);
	pause();
	return 0;
}

/*
 * A session service that sends everybody elsewhere (RFC 1002 section 4.3.5), for the lab:
 *
 *	retarget ADDRESS PORT
 *
 * It has port 139, prints "ready", and answers one client after the other until it is ended.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SESSION_PORT 139
#define REQUEST_LEN  72 /* of names without a scope */

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "retarget: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int listen_here(void)
{
	const struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(SESSION_PORT) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (const struct sockaddr *)&here, sizeof(here)) < 0 || listen(fd, 4) < 0)
		die("port 139");
	return fd;
}

static void answer(int fd, struct in_addr address, uint16_t port)
{
	uint8_t request[REQUEST_LEN], retarget[10] = { 0x84, 0, 0, 6 };

	port = htons(port);
	memcpy(retarget + 4, &address, 4);
	memcpy(retarget + 8, &port, 2);
	if (recv(fd, request, sizeof(request), MSG_WAITALL) == REQUEST_LEN)
		(void)send(fd, retarget, sizeof(retarget), MSG_NOSIGNAL);
	close(fd);
}

int main(int argc, char **argv)
{
	struct in_addr address;
	int listening, fd;

	if (argc != 3 || inet_pton(AF_INET, argv[1], &address) != 1) {
		fprintf(stderr, "usage: retarget ADDRESS PORT\n");
		return 2;
	}
	listening = listen_here();
	puts("ready");
	fflush(stdout);
	while ((fd = accept(listening, NULL, NULL)) >= 0)
		answer(fd, address, (uint16_t)strtoul(argv[2], NULL, 10));
	die("accept");
}

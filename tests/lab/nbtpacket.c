/*
 * Sends one packet, bytes as they are given, and prints what comes back: for lab tests, which want
 * to see what is on the wire.
 *
 *	nbtpacket [-s] [-p PORT] [-n COUNT] [-t SECONDS] [ADDRESS HEX]
 *
 * Binds PORT (default: any), sends HEX to ADDRESS port 137, then prints each packet received as
 * "10.0.0.5:137 800185..." until there were COUNT (default 1; status 0) or SECONDS are over
 * (default 5; status 1). With -s by TCP: HEX is sent as it is, lengths and all, and what comes is
 * printed as one packet until COUNT bytes have come or the peer closes (status 1).
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct options {
	bool stream;
	uint16_t port;
	long count, seconds;
	const char *address, *hex;
};

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static struct options read_options(int argc, char **argv)
{
	struct options options = { .count = 1, .seconds = 5 };
	int letter;

	while ((letter = getopt(argc, argv, "sp:n:t:")) != -1) {
		switch (letter) {
		case 's':
			options.stream = true;
			break;
		case 'p':
			options.port = (uint16_t)strtol(optarg, NULL, 10);
			break;
		case 'n':
			options.count = strtol(optarg, NULL, 10);
			break;
		case 't':
			options.seconds = strtol(optarg, NULL, 10);
			break;
		default:
			exit(2);
		}
	}
	if (argc - optind == 2) {
		options.address = argv[optind];
		options.hex = argv[optind + 1];
	}
	return options;
}

static int bind_port(uint16_t port, int type)
{
	const struct sockaddr_in local = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, type, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&local, sizeof(local)) < 0)
		fail("bind");
	return fd;
}

static int connect_if(int fd, bool stream, const struct sockaddr_in *to)
{
	return stream ? connect(fd, (const struct sockaddr *)to, sizeof(*to)) : 0;
}

static void send_packet(int fd, const struct options *options)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(137) };
	uint8_t bytes[1500];
	size_t len = 0;
	unsigned byte;

	for (const char *hex = options->hex; len < sizeof(bytes) && sscanf(hex, "%2x", &byte) == 1;
	     hex += 2)
		bytes[len++] = (uint8_t)byte;
	if (inet_pton(AF_INET, options->address, &to.sin_addr) != 1 ||
	    connect_if(fd, options->stream, &to) < 0 ||
	    sendto(fd, bytes, len, MSG_NOSIGNAL, (const struct sockaddr *)&to,
		   options->stream ? 0 : sizeof(to)) < 0)
		fail(options->address);
}

static void print_packet(int fd)
{
	char from[INET_ADDRSTRLEN];
	uint8_t bytes[1500];
	struct sockaddr_in peer;
	socklen_t peer_len = sizeof(peer);
	ssize_t len = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&peer, &peer_len);

	if (len < 0)
		fail("recvfrom");
	inet_ntop(AF_INET, &peer.sin_addr, from, sizeof(from));
	printf("%s:%u ", from, (unsigned)ntohs(peer.sin_port));
	for (ssize_t i = 0; i < len; i++)
		printf("%02x", bytes[i]);
	printf("\n");
	fflush(stdout);
}

/* Returns the exit status. */
static int stream(const struct options *options)
{
	const struct timeval patience = { .tv_sec = options->seconds };
	int fd = bind_port(options->port, SOCK_STREAM);
	uint8_t byte;
	long seen = 0;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	send_packet(fd, options);
	while (seen < options->count && recv(fd, &byte, 1, 0) == 1) {
		printf("%02x", byte);
		seen++;
	}
	printf("\n");
	return seen == options->count ? 0 : 1;
}

int main(int argc, char **argv)
{
	const struct options options = read_options(argc, argv);
	const time_t end = time(NULL) + options.seconds;
	struct pollfd wait = { .events = POLLIN };
	long seen = 0;

	if (options.stream)
		return stream(&options);
	wait.fd = bind_port(options.port, SOCK_DGRAM);
	if (options.address != NULL)
		send_packet(wait.fd, &options);
	else
		fprintf(stderr, "listening\n");
	while (seen < options.count && time(NULL) <= end) {
		if (poll(&wait, 1, 100) <= 0)
			continue;
		print_packet(wait.fd);
		seen++;
	}
	return seen == options.count ? 0 : 1;
}

/*
 * What bare sockets carry, for the lab: one sends, one copies to many, each of many counts.
 *
 *	bare send ADDRESS PORT COUNT PER-SECOND SIZE
 *	bare copy PORT ADDRESS...		what comes goes to each address, at the same port
 *	bare count PORT				SIGUSR1: so far; SIGTERM ends it
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH      64
#define PACKET_MAX 1500
#define MANY       64

static volatile sig_atomic_t stop, report;
static uint8_t buffers[BATCH][PACKET_MAX];
static struct iovec bytes[BATCH];
static struct mmsghdr in[BATCH], out[MANY];
static int fd;

static void on_signal(int number)
{
	if (number == SIGUSR1)
		report = 1;
	else
		stop = 1;
}

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "bare: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct sockaddr_in at(const char *address, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };

	if (inet_pton(AF_INET, address, &to.sin_addr) != 1)
		die(address);
	return to;
}

static void open_at(const char *port)
{
	const struct sockaddr_in local = at("0.0.0.0", port);
	const int size = 8 << 20; /* as a daemon has it */

	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&local, sizeof(local)) < 0)
		die(port);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	for (size_t i = 0; i < BATCH; i++) {
		bytes[i] = (struct iovec){ buffers[i], sizeof(buffers[i]) };
		in[i].msg_hdr = (struct msghdr){ .msg_iov = &bytes[i], .msg_iovlen = 1 };
	}
	puts("ready");
	fflush(stdout);
}

/* How many came; 0: a signal. */
static size_t receive(void)
{
	int got = recvmmsg(fd, in, BATCH, MSG_WAITFORONE, NULL);

	if (got < 0 && errno != EINTR && errno != ECONNREFUSED)
		die("recvmmsg");
	return got > 0 ? (size_t)got : 0;
}

static void count(void)
{
	unsigned long received = 0;

	while (!stop) {
		received += receive();
		if (report)
			printf("received %lu\n", received);
		report = 0;
		fflush(stdout);
	}
}

static void copy(const char *port, size_t members, char **addresses)
{
	static struct sockaddr_in to[MANY];
	static struct iovec what[MANY];

	for (size_t i = 0; i < members; i++) {
		to[i] = at(addresses[i], port);
		out[i].msg_hdr = (struct msghdr){ .msg_name = &to[i],
						  .msg_namelen = sizeof(to[i]),
						  .msg_iov = &what[i],
						  .msg_iovlen = 1 };
	}
	while (!stop)
		for (size_t got = receive(), i = 0; i < got; i++) {
			for (size_t j = 0; j < members; j++)
				what[j] = (struct iovec){ buffers[i], in[i].msg_len };
			if (sendmmsg(fd, out, (unsigned)members, 0) < 0 && errno != ECONNREFUSED)
				die("sendmmsg");
		}
}

static void send_all(char **argv)
{
	const struct sockaddr_in to = at(argv[0], argv[1]);
	unsigned long total = strtoul(argv[2], NULL, 10), rate = strtoul(argv[3], NULL, 10);
	size_t size = strtoul(argv[4], NULL, 10);
	struct timespec start, when;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (unsigned long i = 0; i < total && !stop; i++) {
		uint64_t ns = (uint64_t)start.tv_nsec + i * 1000000000 / rate;

		when.tv_sec = start.tv_sec + (time_t)(ns / 1000000000);
		when.tv_nsec = (long)(ns % 1000000000);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
		if (sendto(fd, buffers[0], size, 0, (const struct sockaddr *)&to, sizeof(to)) < 0)
			die("sendto");
	}
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	if (argc == 7 && strcmp(argv[1], "send") == 0 &&
	    strtoul(argv[6], NULL, 10) <= sizeof(buffers[0]) && atoi(argv[5]) > 0) {
		open_at("0");
		send_all(argv + 2);
	} else if (argc > 3 && argc - 3 <= MANY && strcmp(argv[1], "copy") == 0) {
		open_at(argv[2]);
		copy(argv[2], (size_t)(argc - 3), argv + 3);
	} else if (argc == 3 && strcmp(argv[1], "count") == 0) {
		open_at(argv[2]);
		count();
	} else {
		return 2;
	}
	return 0;
}

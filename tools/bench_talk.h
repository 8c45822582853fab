/*
 * A conversation by TCP: how many bytes a client sent, and how many came back, by turns. Recorded
 * with a server, and played with a bare process that sends as many and does nothing else: the limit
 * of that server.
 */
#ifndef TOOLS_BENCH_TALK_H
#define TOOLS_BENCH_TALK_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BENCH_STEPS_MAX 256

struct bench_talk {
	size_t count;
	struct {
		size_t sent, received;
	} steps[BENCH_STEPS_MAX];
};

/* A connection from this address, any port; 0.0.0.0: as the routes have it. A descriptor, whose
 * reads and writes fail after ten seconds, or a negative errno. */
int bench_talk_connect(const struct sockaddr_in *to, struct in_addr from);

/* All of it; counted. Receiving: what is there, up to size, 0: the other side has closed. The
 * number of bytes or a negative errno. */
ssize_t bench_talk_send(struct bench_talk *talk, int fd, const uint8_t *bytes, size_t len);
ssize_t bench_talk_receive(struct bench_talk *talk, int fd, uint8_t *bytes, size_t size);

/* The bare process, at this address, on the processors that the process beside has; talk is copied.
 * bench_bare_stop() ends it. */
int bench_talk_bare_start(const struct bench_talk *talk, const struct sockaddr_in *local,
			  pid_t beside, pid_t *pid);

/* Plays it on a connection of its own. 0 or a negative errno. */
int bench_talk_play(const struct bench_talk *talk, const struct sockaddr_in *to,
		    struct in_addr from);

#endif

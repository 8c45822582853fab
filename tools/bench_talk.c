#include "tools/bench_talk.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tools/bench.h"

#define CHUNK (64 * 1024)

/* What is sent, and what is received, when it does not matter. */
static uint8_t bytes_of_no_meaning[CHUNK];

static int set_options(int fd)
{
	static const struct timeval patience = { .tv_sec = 10 };
	static const int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
		return -errno;
	return 0;
}

int bench_talk_connect(const struct sockaddr_in *to, struct in_addr from)
{
	const struct sockaddr_in local = { .sin_family = AF_INET, .sin_addr = from };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -errno;
	ret = set_options(fd);
	if (ret == 0 && (bind(fd, (const struct sockaddr *)&local, sizeof(local)) < 0 ||
			 connect(fd, (const struct sockaddr *)to, sizeof(*to)) < 0))
		ret = -errno;
	if (ret == 0)
		return fd;
	close(fd);
	return ret;
}

/*
 * Recording.
 */

/* What is sent after something was received begins a step. */
static size_t step_to_send(struct bench_talk *talk)
{
	if (talk->count == 0 ||
	    (talk->steps[talk->count - 1].received > 0 && talk->count < BENCH_STEPS_MAX))
		talk->count++;
	return talk->count - 1;
}

static ssize_t send_all(int fd, const uint8_t *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = send(fd, bytes + done, len - done, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)len;
}

ssize_t bench_talk_send(struct bench_talk *talk, int fd, const uint8_t *bytes, size_t len)
{
	talk->steps[step_to_send(talk)].sent += len;
	return send_all(fd, bytes, len);
}

ssize_t bench_talk_receive(struct bench_talk *talk, int fd, uint8_t *bytes, size_t size)
{
	ssize_t n;

	do
		n = recv(fd, bytes, size, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (talk->count > 0)
		talk->steps[talk->count - 1].received += (size_t)n;
	return n;
}

/*
 * Playing.
 */

static size_t chunk_of(size_t left)
{
	return left < CHUNK ? left : CHUNK;
}

static int send_any(int fd, size_t len)
{
	for (ssize_t n; len > 0; len -= (size_t)n) {
		n = send_all(fd, bytes_of_no_meaning, chunk_of(len));
		if (n < 0)
			return (int)n;
	}
	return 0;
}

static int receive_any(int fd, size_t len)
{
	while (len > 0) {
		ssize_t n = recv(fd, bytes_of_no_meaning, chunk_of(len), 0);

		if (n == 0)
			return -ECONNRESET;
		if (n < 0 && errno != EINTR)
			return -errno;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int bench_talk_play(const struct bench_talk *talk, const struct sockaddr_in *to,
		    struct in_addr from)
{
	int fd = bench_talk_connect(to, from);
	int ret = fd < 0 ? fd : 0;

	for (size_t i = 0; ret == 0 && i < talk->count; i++) {
		ret = send_any(fd, talk->steps[i].sent);
		if (ret == 0)
			ret = receive_any(fd, talk->steps[i].received);
	}
	if (fd >= 0)
		close(fd);
	return ret;
}

static void answer_forever(int listener, const void *arg)
{
	const struct bench_talk *talk = arg;

	for (;;) {
		int fd = accept(listener, NULL, NULL);
		int ret = fd < 0 ? -errno : set_options(fd);

		for (size_t i = 0; ret == 0 && i < talk->count; i++) {
			ret = receive_any(fd, talk->steps[i].sent);
			if (ret == 0)
				ret = send_any(fd, talk->steps[i].received);
		}
		if (fd >= 0)
			close(fd);
	}
}

int bench_talk_bare_start(const struct bench_talk *talk, const struct sockaddr_in *local,
			  pid_t beside, pid_t *pid)
{
	static const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (const struct sockaddr *)local, sizeof(*local)) < 0 || listen(fd, 16) < 0) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	return bench_bare_fork(fd, beside, answer_forever, talk, pid);
}

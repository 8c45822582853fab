/*
 * Faults for a program that is started with this library in LD_PRELOAD: a lab makes files in the
 * directory that FAULTS names, and as long as one is there the fault is.
 *
 *	disk	holds a number, errno: what changes a file by pwrite(), or syncs or cuts it, fails
 *	clock	holds seconds, by which the wall clock is ahead
 *	icmp	holds 1: every UDP socket is told of ICMP errors, not only connected ones
 *	loss	holds a number: so many of 100 packets that sendmmsg() is given are lost, and a
 *		quarter of the others leaves behind the next one, as "tc netem" does it where
 *		the kernel has that
 *	restore	holds 1: what "nbtctl restore" puts in place is cut; 2: the old one is lost, too
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* The number in such a file; 0: there is no such fault. */
static long fault(const char *name)
{
	const char *directory = getenv("FAULTS");
	char path[256], text[32];
	ssize_t len;
	int fd;

	if (directory == NULL)
		return 0;
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	return strtol(text, NULL, 10);
}

static int meet_disk(void)
{
	int error = (int)fault("disk");

	if (error == 0)
		return 0;
	errno = error;
	return -1;
}

/* ISO C has no way from the pointer that dlsym() returns to one of a function. */
#define REAL(name)                                                                                 \
	__typeof__(&(name)) real;                                                                  \
	void *found = dlsym(RTLD_NEXT, #name);                                                     \
                                                                                                   \
	memcpy(&real, &found, sizeof(real))

/* Behind the rename, as a disk may do it. */
static void meet_restore(const char *from, const char *to)
{
	long kind = fault("restore");
	size_t len = strlen(from), tail = strlen(".restore");
	char old[256];

	if (kind == 0 || len < tail || strcmp(from + len - tail, ".restore") != 0)
		return;
	if (truncate(to, 100) < 0)
		abort();
	snprintf(old, sizeof(old), "%s.old", to);
	if (kind == 2)
		(void)unlink(old);
}

int rename(const char *from, const char *to)
{
	REAL(rename);
	int ret = real(from, to);

	if (ret == 0)
		meet_restore(from, to);
	return ret;
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
	REAL(pwrite64);
	return meet_disk() < 0 ? -1 : real(fd, bytes, len, at);
}

int ftruncate64(int fd, off64_t len)
{
	REAL(ftruncate64);
	return meet_disk() < 0 ? -1 : real(fd, len);
}

int fsync(int fd)
{
	REAL(fsync);
	return meet_disk() < 0 ? -1 : real(fd);
}

int fdatasync(int fd)
{
	REAL(fdatasync);
	return meet_disk() < 0 ? -1 : real(fd);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	REAL(clock_gettime);
	int ret = real(clock, now);

	if (ret == 0 && clock == CLOCK_REALTIME)
		now->tv_sec += fault("clock");
	return ret;
}

int socket(int domain, int type, int protocol)
{
	REAL(socket);
	int one = 1, fd = real(domain, type, protocol);

	if (fd >= 0 && domain == AF_INET && type & SOCK_DGRAM && fault("icmp") != 0 &&
	    setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one)) < 0)
		abort();
	return fd;
}

/* A packet that leaves behind the next one. */
static struct {
	int fd;
	struct sockaddr_in to;
	size_t len;
	unsigned char bytes[65536];
} held;

/* Whether it was kept, or lost. */
static int hold(int fd, const struct msghdr *message, long loss)
{
	long chance = random() % 100;

	if (chance < loss)
		return 1;
	if (chance >= loss + (100 - loss) / 4 || held.len > 0 || message->msg_iovlen != 1)
		return 0;
	held.fd = fd;
	held.len = message->msg_iov[0].iov_len;
	memcpy(&held.to, message->msg_name, sizeof(held.to));
	memcpy(held.bytes, message->msg_iov[0].iov_base, held.len);
	return 1;
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
	REAL(sendmmsg);
	long loss = fault("loss");

	if (loss == 0)
		return real(fd, messages, count, flags);
	for (unsigned i = 0; i < count; i++) {
		if (hold(fd, &messages[i].msg_hdr, loss))
			continue;
		(void)sendmsg(fd, &messages[i].msg_hdr, flags);
		if (held.len > 0)
			(void)sendto(held.fd, held.bytes, held.len, flags,
				     (const struct sockaddr *)&held.to, sizeof(held.to));
		held.len = 0;
	}
	return (int)count;
}

/* The limits: packet servers that do nothing else, and how much CPU a process has used. */
#include "tools/bench.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nbt/packet.h>

#include "tools/bench_copies.h"

#define BATCH        64
#define PACKET_MAX   600
#define DATAGRAM_MAX 1500
#define NAME_END     46 /* of a name without scope */

/*
 * A name server that does nothing else.
 */

/* What makes a request a reply that a client takes: it is the same for all. */
static const uint8_t header[] = { 0x85, 0x80, 0, 0, 0, 1, 0, 0, 0, 0 };
static const uint8_t record[] = { 0, 0x20, 0, 1, 0, 0, 0, 0, 0, 6, 0x60, 0, 127, 0, 0, 1 };

static void answer_forever(int fd, const void *arg)
{
	const size_t reply_len = *(const size_t *)arg;
	static uint8_t bytes[BATCH][PACKET_MAX];
	static struct sockaddr_in peer[BATCH];
	static struct iovec io[BATCH];
	static struct mmsghdr batch[BATCH];

	for (;;) {
		int n;

		for (size_t i = 0; i < BATCH; i++) {
			io[i] = (struct iovec){ bytes[i], PACKET_MAX };
			batch[i].msg_hdr = (struct msghdr){ .msg_name = &peer[i],
							    .msg_namelen = sizeof(peer[i]),
							    .msg_iov = &io[i],
							    .msg_iovlen = 1 };
		}
		n = recvmmsg(fd, batch, BATCH, MSG_WAITFORONE, NULL);
		for (int i = 0; i < n; i++) {
			memcpy(bytes[i] + 2, header, sizeof(header));
			memcpy(bytes[i] + NAME_END, record, sizeof(record));
			if (reply_len < NAME_END + sizeof(record))
				bytes[i][NAME_END + 9] = 0;
			io[i].iov_len = reply_len;
		}
		if (n > 0)
			sendmmsg(fd, batch, (unsigned)n, 0);
	}
}

/*
 * An NBDD that does nothing else.
 */

struct copies {
	int fd;
	const struct bench_copies *load;
	struct sockaddr_in to[BENCH_COPIES_MEMBERS_MAX];
	struct iovec io; /* the datagram, the same for all */
	struct mmsghdr out[BENCH_COPIES_MEMBERS_MAX];
};

static void prepare_copies(struct copies *copies)
{
	for (uint32_t i = 0; i < copies->load->members; i++) {
		copies->to[i] =
			(struct sockaddr_in){ .sin_family = AF_INET,
					      .sin_port = copies->load->port,
					      .sin_addr = bench_copies_member(copies->load, i) };
		copies->out[i].msg_hdr = (struct msghdr){ .msg_name = &copies->to[i],
							  .msg_namelen = sizeof(copies->to[i]),
							  .msg_iov = &copies->io,
							  .msg_iovlen = 1 };
	}
}

static void send_copies(struct copies *copies, uint8_t *bytes, size_t len)
{
	unsigned done = 0;

	copies->io = (struct iovec){ bytes, len };
	while (done < copies->load->members) {
		int n = sendmmsg(copies->fd, copies->out + done, copies->load->members - done, 0);

		if (n > 0)
			done += (unsigned)n;
	}
}

static void copy_forever(int fd, const void *arg)
{
	static uint8_t bytes[BATCH][DATAGRAM_MAX];
	static struct iovec io[BATCH];
	static struct mmsghdr batch[BATCH];
	static struct copies copies;

	copies.fd = fd;
	copies.load = arg;
	prepare_copies(&copies);
	for (size_t i = 0; i < BATCH; i++) {
		io[i] = (struct iovec){ bytes[i], DATAGRAM_MAX };
		batch[i].msg_hdr = (struct msghdr){ .msg_iov = &io[i], .msg_iovlen = 1 };
	}
	for (;;) {
		int n = recvmmsg(fd, batch, BATCH, MSG_WAITFORONE, NULL);

		for (int i = 0; i < n; i++)
			send_copies(&copies, bytes[i], batch[i].msg_len);
	}
}

/*
 * Processes.
 */

/* A packet that changes the processor costs more than one that doesn't. */
static void take_place_of(pid_t pid)
{
	cpu_set_t processors;

	if (sched_getaffinity(pid, sizeof(processors), &processors) == 0)
		(void)sched_setaffinity(0, sizeof(processors), &processors);
}

int bench_bare_fork(int fd, pid_t beside, bench_serve_fn *serve, const void *arg, pid_t *pid)
{
	int ret = 0;

	*pid = fork();
	if (*pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		take_place_of(beside);
		serve(fd, arg);
		_exit(1);
	}
	if (*pid < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static int start(const struct sockaddr_in *local, pid_t beside, bench_serve_fn *serve,
		 const void *arg, pid_t *pid)
{
	int fd = bench_open_socket(local);

	return fd < 0 ? fd : bench_bare_fork(fd, beside, serve, arg, pid);
}

int bench_bare_start(const struct sockaddr_in *local, size_t reply_len, pid_t beside, pid_t *pid)
{
	return start(local, beside, answer_forever, &reply_len, pid);
}

int bench_copies_bare_start(const struct bench_copies *load, pid_t beside, pid_t *pid)
{
	return start(&load->nbdd, beside, copy_forever, load, pid);
}

void bench_bare_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static uint64_t thread_ns(const char *task, const char *thread)
{
	char path[320];
	uint64_t ns = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/schedstat", task, thread);
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%" SCNu64, &ns) != 1)
		ns = 0;
	fclose(file);
	return ns;
}

uint64_t bench_cpu_ns(pid_t pid)
{
	char task[40];
	struct dirent *thread;
	uint64_t sum = 0;
	DIR *dir;

	snprintf(task, sizeof(task), "/proc/%d/task", (int)pid);
	dir = opendir(task);
	if (dir == NULL)
		return 0;
	while ((thread = readdir(dir)) != NULL)
		if (thread->d_name[0] != '.')
			sum += thread_ns(task, thread->d_name);
	closedir(dir);
	return sum;
}

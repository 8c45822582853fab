/* Latencies within a server, by the kernel's stamps on the loopback interface. */
#include "tools/bench.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH      64
#define PAUSE_NS   10000000L    /* the socket's buffer holds some hundred times as much */
#define HEADERS    (60 + 8 + 4) /* of IP and UDP, then id and flags */
#define UDP_HEADER 8
#define IDS        65536

struct tap_batch {
	struct mmsghdr messages[BATCH];
	struct iovec io[BATCH];
	uint8_t bytes[BATCH][HEADERS];
	_Alignas(struct cmsghdr) uint8_t control[BATCH][CMSG_SPACE(sizeof(struct timespec))];
};

struct bench_tap {
	int fd;
	pthread_t thread;
	atomic_bool stopping;
	uint64_t asked_ns[IDS]; /* 0: no query waits under this id */
	struct bench_latency latency;
	struct tap_batch batch;
};

/* A packet's bytes begin with the IP header. A load's queries have ids of their own; the answer's
 * id is that of its query. */
static void take_packet(struct bench_tap *tap, const uint8_t *bytes, size_t len, uint64_t ns)
{
	size_t udp = (bytes[0] & 15U) * 4U;
	const uint8_t *name_service = bytes + udp + UDP_HEADER;
	uint64_t *asked_ns;

	if (len < udp + UDP_HEADER + 4)
		return;
	asked_ns = &tap->asked_ns[name_service[0] << 8 | name_service[1]];
	if ((name_service[2] & 0x80) == 0) {
		*asked_ns = ns;
	} else if (*asked_ns != 0) {
		bench_latency_add(&tap->latency, ns > *asked_ns ? ns - *asked_ns : 0);
		*asked_ns = 0;
	}
}

static uint64_t stamp_of(struct msghdr *message)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(message);
	struct timespec stamp = { 0, 0 };

	if (control != NULL && control->cmsg_level == SOL_SOCKET &&
	    control->cmsg_type == SCM_TIMESTAMPNS)
		memcpy(&stamp, CMSG_DATA(control), sizeof(stamp));
	return (uint64_t)stamp.tv_sec * 1000000000U + (uint64_t)stamp.tv_nsec;
}

static bool take_batch(struct bench_tap *tap)
{
	struct tap_batch *batch = &tap->batch;
	int count;

	for (size_t i = 0; i < BATCH; i++) {
		batch->io[i] = (struct iovec){ batch->bytes[i], HEADERS };
		batch->messages[i].msg_hdr =
			(struct msghdr){ .msg_iov = &batch->io[i],
					 .msg_iovlen = 1,
					 .msg_control = batch->control[i],
					 .msg_controllen = sizeof(batch->control[i]) };
	}
	count = recvmmsg(tap->fd, batch->messages, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < count; i++)
		take_packet(tap, batch->bytes[i], batch->messages[i].msg_len,
			    stamp_of(&batch->messages[i].msg_hdr));
	return count > 0;
}

/* Woken by every packet it would take from the server a good part of the processors. At the end,
 * what has passed already is taken. */
static void *run(void *arg)
{
	static const struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct bench_tap *tap = arg;
	bool stopping;

	do {
		stopping = atomic_load(&tap->stopping);
		nanosleep(&pause, NULL);
		while (take_batch(tap))
			continue;
	} while (!stopping);
	return NULL;
}

/* UDP to or from the port, not fragmented, with the opcode of a query. */
static int set_filter(int fd, in_port_t port)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 10),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1FFF, 8, 0),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohs(port), 2, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohs(port), 0, 3),
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, UDP_HEADER + 2),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x78, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, HEADERS),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* It hears nothing before it is bound. What passes the loopback interface would be seen twice, as
 * sent and as received: only the latter has a stamp of the time, not of our reading it. */
static int open_socket(in_port_t port)
{
	static const int on = 1, size = 64 << 20;
	const struct sockaddr_ll lo = { .sll_family = AF_PACKET,
					.sll_protocol = htons(ETH_P_IP),
					.sll_ifindex = (int)if_nametoindex("lo") };
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (set_filter(fd, port) == 0 &&
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) == 0 &&
	    bind(fd, (const struct sockaddr *)&lo, sizeof(lo)) == 0)
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

int bench_tap_start(struct bench_tap **out, in_port_t port)
{
	struct bench_tap *tap = calloc(1, sizeof(*tap));
	int ret;

	if (tap == NULL)
		return -ENOMEM;
	ret = tap->fd = open_socket(port);
	if (ret >= 0)
		ret = -pthread_create(&tap->thread, NULL, run, tap);
	if (ret < 0) {
		if (tap->fd >= 0)
			close(tap->fd);
		free(tap);
		return ret;
	}
	*out = tap;
	return 0;
}

void bench_tap_stop(struct bench_tap *tap, struct bench_latency *latency, uint64_t *missed)
{
	struct tpacket_stats stats = { 0, 0 };
	socklen_t len = sizeof(stats);

	atomic_store(&tap->stopping, true);
	pthread_join(tap->thread, NULL);
	(void)getsockopt(tap->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len);
	*missed = stats.tp_drops;
	*latency = tap->latency;
	close(tap->fd);
	free(tap);
}

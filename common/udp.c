/* Bound UDP sockets over recvmmsg() and sendmmsg(). */
#include "common/udp.h"

#include <errno.h>
#include <netinet/ip_icmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h> /* linux/errqueue.h needs it */
#include <unistd.h>

#include <linux/errqueue.h>
#include <linux/sock_diag.h>

#include "common/loop.h"

/* Batches read before others have their turn: half a thousand packets are below a millisecond. */
#define MAX_ROUNDS     8
#define MAX_ERRORS     256 /* ICMP errors in one turn */

/* A second of a name server's load arrives at once when a site's hosts are switched on. */
#define RECEIVE_BUFFER (8 << 20)

struct udp {
	int fd;
	enum udp_kind kind;
	struct loop *loop;
	struct loop_poll *poll;
	udp_receive_fn *receive;
	udp_unreachable_fn *unreachable; /* NULL: the kernel keeps ICMP errors to itself */
	void *ctx;
	bool receiving, closed, is_held;
	struct udp_counters counters;

	/* Filled by recvmmsg(), which writes peers straight into the packets. */
	struct udp_packet packets[UDP_BATCH];
	struct mmsghdr in[UDP_BATCH];
	struct iovec in_bytes[UDP_BATCH];
	_Alignas(struct cmsghdr) uint8_t control[UDP_BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];

	struct mmsghdr out[UDP_BATCH];
	struct iovec out_bytes[UDP_BATCH];

	size_t packet_max;
	uint8_t buffers[]; /* UDP_BATCH of them */
};

/* An odd number of cache lines each, or a batch's packets would share a few sets. */
_Static_assert(UDP_PACKET_MAX / 64 % 2 == 1, "see struct udp");
_Static_assert(UDP_LARGE_MAX / 64 % 2 == 1, "see struct udp");

static void prepare_headers(struct udp *udp)
{
	for (size_t i = 0; i < UDP_BATCH; i++) {
		struct msghdr *in = &udp->in[i].msg_hdr, *out = &udp->out[i].msg_hdr;

		uint8_t *buffer = udp->buffers + i * udp->packet_max;

		udp->packets[i].bytes = buffer;
		udp->in_bytes[i] = (struct iovec){ buffer, udp->packet_max };
		in->msg_iov = &udp->in_bytes[i];
		in->msg_iovlen = 1;
		in->msg_name = &udp->packets[i].peer;
		in->msg_namelen = sizeof(udp->packets[i].peer); /* IPv4 leaves it as it is */
		if (udp->kind == UDP_LIMITED_BROADCAST)
			in->msg_control = udp->control[i];

		out->msg_iov = &udp->out_bytes[i];
		out->msg_iovlen = 1;
		out->msg_namelen = sizeof(struct sockaddr_in);
	}
}

static int set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int set_options(int fd, enum udp_kind kind, bool is_large)
{
	int size = RECEIVE_BUFFER;
	int ret;

	/* As much as we may: the second is bounded by net.core.rmem_max. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));

	/* Never fragmented, which 576 bytes need not be: the kernel then has no identification to
	 * choose for each packet, a twelfth of what an answer costs. */
	if (kind == UDP_ADDRESS)
		ret = set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER,
				 is_large ? IP_PMTUDISC_DONT : IP_PMTUDISC_DO);
	else
		ret = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (ret == 0 && kind == UDP_LIMITED_BROADCAST)
		ret = set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
	if (ret == 0 && kind == UDP_GROUP) /* else also what other sockets joined for */
		ret = set_option(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
	return ret;
}

static int open_socket(enum udp_kind kind, const struct sockaddr_in *local, bool is_large)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -errno;
	ret = set_options(fd, kind, is_large);
	if (ret == 0 && bind(fd, (const struct sockaddr *)local, sizeof(*local)) < 0)
		ret = -errno;
	if (ret < 0) {
		close(fd);
		return ret;
	}
	return fd;
}

static void udp_free(struct udp *udp)
{
	loop_poll_close(udp->poll);
	if (udp->fd >= 0)
		close(udp->fd);
	free(udp);
}

static unsigned packet_ifindex(struct msghdr *header)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(header);
	struct in_pktinfo info;

	if (control == NULL || control->cmsg_level != IPPROTO_IP ||
	    control->cmsg_type != IP_PKTINFO)
		return 0;
	memcpy(&info, CMSG_DATA(control), sizeof(info));
	return (unsigned)info.ipi_ifindex;
}

static void fill_packet(struct udp *udp, size_t i)
{
	struct udp_packet *packet = &udp->packets[i];

	packet->len = udp->in[i].msg_len;
	packet->truncated = (udp->in[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
	udp->counters.truncated += packet->truncated;
	if (udp->kind == UDP_LIMITED_BROADCAST)
		packet->ifindex = packet_ifindex(&udp->in[i].msg_hdr);
}

static int receive_batch(struct udp *udp)
{
	if (udp->kind == UDP_LIMITED_BROADCAST)
		for (size_t i = 0; i < UDP_BATCH; i++)
			udp->in[i].msg_hdr.msg_controllen = sizeof(udp->control[i]);
	return recvmmsg(udp->fd, udp->in, UDP_BATCH, MSG_DONTWAIT, NULL);
}

static void udp_ready(void *ctx, unsigned events)
{
	struct udp *udp = ctx;
	struct nbt_env env;
	int got = UDP_BATCH;

	if (!(events & LOOP_READABLE) || udp->is_held)
		return; /* an ICMP error about something sent long ago, or not now */

	env = loop_env(udp->loop);
	udp->receiving = true;
	for (int round = 0; round < MAX_ROUNDS && got == UDP_BATCH && !udp->closed && !udp->is_held;
	     round++) {
		got = receive_batch(udp);
		if (got <= 0)
			break;
		for (int i = 0; i < got; i++)
			fill_packet(udp, (size_t)i);
		udp->counters.received += (uint64_t)got;
		udp->receive(udp->ctx, udp->packets, (size_t)got, &env);
	}
	udp->receiving = false;
	if (udp->closed)
		udp_free(udp);
}

static int open_sized(struct udp **out, struct loop *loop, enum udp_kind kind,
		      const struct sockaddr_in *local, size_t packet_max, udp_receive_fn *receive,
		      void *ctx)
{
	struct udp *udp = calloc(1, sizeof(*udp) + UDP_BATCH * packet_max);
	int ret;

	*out = NULL;
	if (udp == NULL)
		return -ENOMEM;
	udp->kind = kind;
	udp->loop = loop;
	udp->receive = receive;
	udp->ctx = ctx;
	udp->packet_max = packet_max;
	prepare_headers(udp);

	ret = udp->fd = open_socket(kind, local, packet_max > UDP_PACKET_MAX);
	if (ret >= 0)
		ret = loop_poll_open(&udp->poll, loop, udp->fd, LOOP_READABLE, udp_ready, udp);
	if (ret < 0) {
		udp_free(udp);
		return ret;
	}
	*out = udp;
	return 0;
}

int udp_open(struct udp **out, struct loop *loop, enum udp_kind kind,
	     const struct sockaddr_in *local, udp_receive_fn *receive, void *ctx)
{
	return open_sized(out, loop, kind, local, UDP_PACKET_MAX, receive, ctx);
}

int udp_open_large(struct udp **out, struct loop *loop, enum udp_kind kind,
		   const struct sockaddr_in *local, udp_receive_fn *receive, void *ctx)
{
	return open_sized(out, loop, kind, local, UDP_LARGE_MAX, receive, ctx);
}

void udp_close(struct udp *udp)
{
	if (udp == NULL)
		return;
	if (udp->receiving)
		udp->closed = true; /* udp_ready() frees it */
	else
		udp_free(udp);
}

void udp_hold(struct udp *udp, bool hold)
{
	udp->is_held = hold;
	(void)loop_poll_want(udp->poll, hold ? 0 : LOOP_READABLE);
}

struct sockaddr_in udp_local(const struct udp *udp)
{
	struct sockaddr_in local = { .sin_family = AF_INET };
	socklen_t len = sizeof(local);

	(void)getsockname(udp->fd, (struct sockaddr *)&local, &len);
	return local;
}

/* After an error: counts what it cost, and says how many packets. */
static size_t count_failure(struct udp *udp, int error, size_t left)
{
	if (error == EAGAIN || error == ENOBUFS) {
		udp->counters.send_dropped += left; /* no room for this one, none for the others */
		return left;
	}
	udp->counters.send_failed++; /* the others may have other ways to go */
	return 1;
}

static int send_prepared(struct udp *udp, size_t count)
{
	size_t done = 0;
	int first_error = 0;
	bool is_second = false;

	while (done < count) {
		int sent =
			sendmmsg(udp->fd, udp->out + done, (unsigned)(count - done), MSG_DONTWAIT);

		/* It may be what ICMP says of a packet before. */
		if (sent < 0 && udp->unreachable != NULL && !is_second) {
			is_second = true;
			continue;
		}
		is_second = false;
		if (sent < 0) {
			if (first_error == 0)
				first_error = -errno;
			done += count_failure(udp, errno, count - done);
		} else {
			udp->counters.sent += (uint64_t)sent;
			done += (size_t)sent;
		}
	}
	return first_error;
}

int udp_send_batch(struct udp *udp, const struct udp_packet *packets, size_t count)
{
	int first_error = 0;

	while (count > 0) {
		size_t n = count < UDP_BATCH ? count : UDP_BATCH;
		int ret;

		for (size_t i = 0; i < n; i++) {
			udp->out_bytes[i] =
				(struct iovec){ (void *)packets[i].bytes, packets[i].len };
			udp->out[i].msg_hdr.msg_name = (void *)&packets[i].peer;
		}
		ret = send_prepared(udp, n);
		if (first_error == 0)
			first_error = ret;
		packets += n;
		count -= n;
	}
	return first_error;
}

int udp_send(struct udp *udp, const struct sockaddr_in *to, const uint8_t *bytes, size_t len)
{
	struct udp_packet packet = { .bytes = bytes, .len = len, .peer = *to };

	return udp_send_batch(udp, &packet, 1);
}

/* The kernel lets broadcasts leave for the length of this call: there are few, and a socket that
 * always could would send one to whoever registers a broadcast address. */
int udp_send_broadcast(struct udp *udp, const struct udp_packet *packet)
{
	int ret = set_option(udp->fd, SOL_SOCKET, SO_BROADCAST, 1);

	if (ret < 0)
		return ret;
	ret = udp_send_batch(udp, packet, 1);
	(void)set_option(udp->fd, SOL_SOCKET, SO_BROADCAST, 0);
	return ret;
}

/*
 * Multicast.
 */

static int change_membership(struct udp *udp, unsigned ifindex, int option)
{
	const struct ip_mreqn membership = { .imr_multiaddr = udp_local(udp).sin_addr,
					     .imr_ifindex = (int)ifindex };

	return setsockopt(udp->fd, IPPROTO_IP, option, &membership, sizeof(membership)) < 0 ? -errno
											    : 0;
}

int udp_join(struct udp *udp, unsigned ifindex)
{
	return change_membership(udp, ifindex, IP_ADD_MEMBERSHIP);
}

int udp_leave(struct udp *udp, unsigned ifindex)
{
	return change_membership(udp, ifindex, IP_DROP_MEMBERSHIP);
}

int udp_send_multicast(struct udp *udp, const struct udp_packet *packet, unsigned ifindex, int hops)
{
	const struct ip_mreqn way = { .imr_ifindex = (int)ifindex };
	int ret = set_option(udp->fd, IPPROTO_IP, IP_MULTICAST_TTL, hops);

	if (ret == 0)
		ret = set_option(udp->fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
	if (ret == 0 && setsockopt(udp->fd, IPPROTO_IP, IP_MULTICAST_IF, &way, sizeof(way)) < 0)
		ret = -errno;
	return ret == 0 ? udp_send_batch(udp, packet, 1) : ret;
}

/*
 * ICMP errors.
 */

/* That a packet is too long is no sign that nobody is there. */
static bool is_unreachable(struct msghdr *header)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(header);
	struct sock_extended_err error;

	if (control == NULL || control->cmsg_level != IPPROTO_IP ||
	    control->cmsg_type != IP_RECVERR)
		return false;
	memcpy(&error, CMSG_DATA(control), sizeof(error));
	return error.ee_origin == SO_EE_ORIGIN_ICMP && error.ee_type == ICMP_DEST_UNREACH &&
	       error.ee_code != ICMP_FRAG_NEEDED;
}

/* The peer of each is whom the packet was for. What is beyond MAX_ERRORS the loop takes off. */
static void read_errors(void *ctx)
{
	struct udp *udp = ctx;
	_Alignas(struct cmsghdr) uint8_t
		control[CMSG_SPACE(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in))];

	for (int i = 0; i < MAX_ERRORS; i++) {
		struct sockaddr_in peer;
		struct msghdr header = { .msg_name = &peer,
					 .msg_namelen = sizeof(peer),
					 .msg_control = control,
					 .msg_controllen = sizeof(control) };

		if (recvmsg(udp->fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			return;
		if (is_unreachable(&header))
			udp->unreachable(udp->ctx, &peer);
	}
}

int udp_watch_unreachable(struct udp *udp, udp_unreachable_fn *unreachable)
{
	udp->unreachable = unreachable;
	loop_poll_watch_errors(udp->poll, read_errors);
	return set_option(udp->fd, IPPROTO_IP, IP_RECVERR, 1);
}

struct udp_counters udp_counters(const struct udp *udp)
{
	struct udp_counters counters = udp->counters;
	uint32_t memory[SK_MEMINFO_VARS];
	socklen_t len = sizeof(memory);

	/* Costs nothing per packet, unlike SO_RXQ_OVFL. */
	if (getsockopt(udp->fd, SOL_SOCKET, SO_MEMINFO, memory, &len) == 0 && len == sizeof(memory))
		counters.receive_dropped = memory[SK_MEMINFO_DROPS];
	return counters;
}

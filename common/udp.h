/*
 * Bound UDP sockets: batches in, batches out. Per packet nothing is allocated, copied or cleared.
 *
 * An error of a socket (its address is gone, the network is unreachable) is returned and counted;
 * the socket stays open.
 */
#ifndef COMMON_UDP_H
#define COMMON_UDP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/env.h>
#include <nbt/error.h>

struct loop;
struct udp;

enum udp_kind {
	/* On one address of this host; sends, but to a broadcast address only by
	 * udp_send_broadcast(): whose packet is answered cannot turn us against a whole subnet.
	 * Nobody else may have the port. */
	UDP_ADDRESS,
	/* On the broadcast address of a subnet; receives only. The address may be had by several.
	 */
	UDP_BROADCAST,
	/* On 255.255.255.255; receives only, with the interface of each packet. */
	UDP_LIMITED_BROADCAST,
	/* On a multicast group; receives only, what comes by the interfaces of udp_join(). */
	UDP_GROUP
};

#define UDP_BATCH      64    /* packets handed over at once, at most */
#define UDP_PACKET_MAX 1600  /* bytes; what is longer comes cut */
#define UDP_LARGE_MAX  65600 /* the same of a large socket: nothing is longer */

struct udp_packet {
	const uint8_t *bytes; /* received: valid during the callback only */
	size_t len;
	struct sockaddr_in peer;
	unsigned ifindex; /* received with UDP_LIMITED_BROADCAST; else 0 */
	bool truncated;   /* received: was longer than the socket takes */
};

/* What one recvmmsg() brought. */
typedef void udp_receive_fn(void *ctx, const struct udp_packet *packets, size_t count,
			    const struct nbt_env *env);

/*
 * local: address and port; port 0: any free one. -EADDRINUSE: somebody has the port;
 * -EADDRNOTAVAIL: the address is not this host's; -EACCES: the port needs privileges.
 */
int udp_open(struct udp **out, struct loop *loop, enum udp_kind kind,
	     const struct sockaddr_in *local, udp_receive_fn *receive, void *ctx) NBT_MUSTCHECK;

/* The same for a service whose packets may have any length: those that are too long for the way are
 * fragmented by IP, instead of never. */
int udp_open_large(struct udp **out, struct loop *loop, enum udp_kind kind,
		   const struct sockaddr_in *local, udp_receive_fn *receive,
		   void *ctx) NBT_MUSTCHECK;

/* Allowed in its own callback, for which the packets stay valid. NULL is fine. */
void udp_close(struct udp *udp);

/* The address that it is bound to. */
struct sockaddr_in udp_local(const struct udp *udp);

/*
 * Sends packets in order, each to its peer and, if the socket is not large, never in fragments. A
 * packet that cannot be sent is dropped and counted, the others go on. Returns 0 or the first
 * error; -EAGAIN: the socket's buffer is full.
 */
int udp_send_batch(struct udp *udp, const struct udp_packet *packets, size_t count);
int udp_send(struct udp *udp, const struct sockaddr_in *to, const uint8_t *bytes, size_t len);

/* Sends one packet, which may go to a broadcast address. */
int udp_send_broadcast(struct udp *udp, const struct udp_packet *packet);

/* A socket of kind UDP_GROUP is in its group on this interface, or not any more. */
int udp_join(struct udp *udp, unsigned ifindex);
int udp_leave(struct udp *udp, unsigned ifindex);

/* Sends one packet to a multicast group by this interface, over so many hops at most; not to
 * sockets of this host. */
int udp_send_multicast(struct udp *udp, const struct udp_packet *packet, unsigned ifindex,
		       int hops);

/* Nothing is received, or again: what comes waits in the socket's buffer. Allowed in the receive
 * callback, after which no batch follows then. */
void udp_hold(struct udp *udp, bool hold);

struct udp_counters {
	uint64_t received, truncated;
	uint64_t sent;
	uint64_t send_dropped;    /* no room in the socket's buffer */
	uint64_t send_failed;     /* any other error */
	uint64_t receive_dropped; /* by the kernel: no room in the socket's buffer */
};

/* A packet to this peer could not be delivered: ICMP "destination unreachable", by whoever on the
 * way says so. ctx is that of udp_open(). */
typedef void udp_unreachable_fn(void *ctx, const struct sockaddr_in *peer);

/* Is told from now on; must not close the socket. */
int udp_watch_unreachable(struct udp *udp, udp_unreachable_fn *unreachable) NBT_MUSTCHECK;

/* Counted since udp_open(). */
struct udp_counters udp_counters(const struct udp *udp);

#endif

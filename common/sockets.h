/*
 * The sockets of a service: one for each address served, receive-only ones for broadcasts.
 * They follow the interfaces as they come, go and change.
 *
 * A socket is known by a number, which it gets back when its address comes back, and which no other
 * address gets: an answer that has been held back leaves by the address that was asked, or not at
 * all.
 */
#ifndef COMMON_SOCKETS_H
#define COMMON_SOCKETS_H

#include "common/packets.h"
#include "common/served.h"
#include "common/udp.h"

struct loop;
struct sockets;

/* Packets from somebody else that came together; bytes are valid during the call only. */
typedef void sockets_receive_fn(void *ctx, const struct incoming *in, size_t count,
				const struct nbt_env *env);

struct sockets_options {
	struct served_wish wish; /* borrowed for the life of the sockets */
	uint16_t port;           /* 0: no socket at all */
	bool large;              /* packets of any length: udp_open_large() */
	const char *doing;       /* for the log: "answering" */
	sockets_receive_fn *receive;
	/* A packet to this peer could not be delivered; NULL: it does not matter. */
	void (*unreachable)(void *ctx, const struct sockaddr_in *peer);
	void *ctx;
};

#define SOCKETS_ERROR_MAX 256

/*
 * Binds every address that is there now. When one cannot be bound returns a negative errno, and
 * error says which and what to do about it.
 */
int sockets_open(struct sockets **out, struct loop *loop, const struct sockets_options *options,
		 const struct iface_list *ifaces, char error[SOCKETS_ERROR_MAX]);

/* Nothing is received, or again: see udp_hold(). */
void sockets_hold(struct sockets *sockets, bool hold);

/* Another wish, for the next update: sockets of addresses that stay are never closed. Borrowed as
 * the first one was. */
void sockets_set_wish(struct sockets *sockets, const struct served_wish *wish);

/* Brings the sockets in line with the interfaces of now, and logs what has changed. An address that
 * cannot be bound is logged, once for each reason, and tried again at the next call. Whether all
 * could be had. */
bool sockets_update(struct sockets *sockets, const struct iface_list *ifaces);

/* Sends in order, each packet by its socket; to a broadcast address only what is marked so. What is
 * for an address that has gone is dropped. */
void sockets_send(const struct sockets *sockets, const struct outbox *outbox);

/* Sockets by their number; the address of one that is closed is 0.0.0.0. Valid until the next
 * update. */
const struct served_socket *sockets_table(const struct sockets *sockets, size_t *count);

/* Of all sockets since the start, also of those that are closed. */
struct udp_counters sockets_counters(const struct sockets *sockets);

void sockets_close(struct sockets *sockets); /* NULL is fine */

#endif

/*
 * The network as a service has it: the sockets of the addresses served, and the interfaces that
 * they follow. What cannot be had is tried again: descriptors may be short, another program may go.
 */
#ifndef COMMON_NETWORK_H
#define COMMON_NETWORK_H

#include <stdbool.h>

#include "common/sockets.h"

struct loop;
struct network;

struct network_options {
	struct sockets_options sockets;
	/* The sockets are in line with these interfaces: at network_start(), and whenever something
	 * changed. false: it is to be called again in a while. */
	bool (*changed)(void *ctx, const struct iface_list *ifaces);
	void *ctx;
};

/* Binds the sockets, best while root; nothing is received before the loop runs. 0, a negative
 * errno, or -ECANCELED after it has said in the log what is wrong. */
int network_open(struct network **out, struct loop *loop,
		 const struct network_options *options) NBT_MUSTCHECK;

/* Looks at the interfaces, and follows them from now on. */
int network_start(struct network *network) NBT_MUSTCHECK;

/* Looks at them now: whoever changed() is for has been made anew. */
void network_update(struct network *network);

/* Other addresses are wished for: as sockets_set_wish(), and brings the sockets in line. */
void network_set_wish(struct network *network, const struct served_wish *wish);

/* The interfaces are not followed any more; the sockets stay. NULL is fine. */
void network_stop(struct network *network);

struct sockets *network_sockets(const struct network *network);

void network_close(struct network *network); /* NULL is fine */

#endif

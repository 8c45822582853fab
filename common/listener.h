/*
 * A TCP socket that listens and hands out who connects. Where descriptors run out it rests for a
 * moment: it would be readable all the time.
 */
#ifndef COMMON_LISTENER_H
#define COMMON_LISTENER_H

#include <netinet/in.h>

#include <nbt/error.h>

struct loop;
struct listener;

/* fd: does not block, and is the callee's from now on: to be closed, or turned away. It must not
 * close the listener. */
typedef void listener_fn(void *ctx, int fd, const struct sockaddr_in *peer);

/* local: port 0: any free one. backlog: connections that may wait in the kernel. -EADDRINUSE,
 * -EADDRNOTAVAIL, -EACCES, -ENOMEM. */
int listener_open(struct listener **out, struct loop *loop, const struct sockaddr_in *local,
		  int backlog, listener_fn *accepted, void *ctx) NBT_MUSTCHECK;
void listener_close(struct listener *listener); /* NULL is fine */

struct sockaddr_in listener_address(const struct listener *listener);

/* Closes with a reset: nothing of the connection stays in the kernel. */
void listener_turn_away(int fd);

#endif

/* Unix sockets that a daemon listens on, in the run directory. */
#ifndef COMMON_LOCAL_SOCKET_H
#define COMMON_LOCAL_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include <nbt/error.h>

struct local_socket_options {
	const char *directory, *name; /* the run directory, made if need be; "nbnsd.ctl" */
	int type;                     /* SOCK_STREAM, SOCK_SEQPACKET */
	const char *group; /* may use it; where there is no such group: the owner alone */
	bool everybody;    /* may connect; what he may do is the server's to say */
	const char *owner; /* the user that the daemon becomes; NULL or no such user: who we are */
};

/*
 * A listening socket that does not block, or a negative errno: -EADDRINUSE: a living process
 * listens there. One that a dead process left behind is replaced. Best called while root, so that
 * the file can be given to owner and group.
 */
int local_socket_listen(const struct local_socket_options *options) NBT_MUSTCHECK;

/* Removes the file; the caller closes the socket. */
void local_socket_remove(const struct local_socket_options *options);

#endif

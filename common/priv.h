/* Giving up root. */
#ifndef COMMON_PRIV_H
#define COMMON_PRIV_H

#include <stdbool.h>

#include <nbt/error.h>

struct priv_request {
	const char *user; /* the setting: a user's name; "auto": own_user if it exists; "": stay */
	const char *own_user; /* the daemon's own: "nbnsd" */
	const char *group;    /* "nbt"; where it does not exist: the user's own group */
	bool keep_net_bind;   /* CAP_NET_BIND_SERVICE, to bind addresses that come later */
};

/*
 * Gives up root for good, verifies that it cannot be had back, and forbids new privileges by
 * execve(). Says in the log when it is still root. Before any thread is started. Not undoable. 0 or
 * a negative errno: -ENOENT: no such user; -EPERM: neither root nor that user; -EMFILE and others:
 * users could not be looked up.
 */
int priv_drop(const struct priv_request *request) NBT_MUSTCHECK;

#endif

/* Steps of a start that every daemon takes, with their words for the log. */
#ifndef COMMON_STARTING_H
#define COMMON_STARTING_H

#include <stdbool.h>

#include "common/conf_global.h"

struct ctl;
struct ctl_options;
struct local_server;
struct local_server_events;
struct local_server_options;
struct loop;

/* The user that the daemon becomes, for those who make sockets before; own_user: the daemon's, what
 * "auto" stands for. NULL: it stays who it is. */
const char *starting_later_user(const struct conf_global *global, const char *own_user);

/*
 * The control socket and a socket for programs of this host. Without them the daemon does its work
 * all the same: that one cannot be had is a warning, and leaves *out NULL. Only when descriptors
 * are short, so that nothing else would go well, either, a negative errno. daemon: its name.
 */
int starting_control(struct ctl **out, struct loop *loop, const struct ctl_options *options,
		     const char *daemon) NBT_MUSTCHECK;
int starting_local(struct local_server **out, struct loop *loop,
		   const struct local_server_options *options,
		   const struct local_server_events *events, void *ctx,
		   const char *daemon) NBT_MUSTCHECK;

/* Gives up root, but not the ports below 1024, because addresses come later, too. 0, or -ECANCELED
 * after it has said why not. */
int starting_drop_privileges(const struct conf_global *global, const char *own_user) NBT_MUSTCHECK;

/* Forbids what is not needed; that it cannot is a warning, because it only makes a break-in less
 * worth. */
void starting_confine(void);

#endif

/*
 * Reload: the configuration is read and checked whole, in a thread, and applied whole or not at
 * all. While it is read, and when it is wrong, what is in force stays in force.
 */
#ifndef COMMON_RELOAD_H
#define COMMON_RELOAD_H

#include "common/daemon.h"

struct ctl_request;
struct loop;
struct reload;

/*
 * A part of the daemon that settings are about. When apply() is called the new ones are in force;
 * the old ones are freed when all parts have been called, so nothing may borrow from them
 * afterwards, whatever happens. 0, or a negative errno for the log; -ECANCELED: it has said why.
 */
struct reload_part {
	const char *name;
	int (*apply)(void *daemon);
	const char *group; /* it is called only if a setting in this group changes; NULL: always */
};

struct reload_options {
	const struct daemon_program *program;
	const struct daemon_options *options;
	void *settings; /* in force; their content is replaced */
	/* Takes over what program->prepare() has made, before the parts are called; may be NULL. */
	void (*adopt)(void *daemon, void *prepared);
	const struct reload_part *parts;
	size_t part_count;
	void *daemon;
};

/* How a reload ended. */
struct reload_result {
	const char *error; /* NULL: the new configuration is in force; else why not */
	const char *kept;  /* settings that have changed, but take a restart; "": none */
};

typedef void reload_done_fn(void *ctx, const struct reload_result *result);

/* options is copied, what it points to borrowed. */
int reload_open(struct reload **out, struct loop *loop,
		const struct reload_options *options) NBT_MUSTCHECK;

/*
 * Reads the configuration and applies it, and logs what came of it. done() is called at the end;
 * it may be NULL. If one is being read already, this is another one, which follows it.
 */
void reload_start(struct reload *reload, reload_done_fn *done, void *ctx);

/* The control command "reload"; argc: words behind it. reload NULL: the daemon is starting or
 * stopping. */
void reload_command(struct reload *reload, const char *daemon, struct ctl_request *rq, int argc);

/* Whoever waits for a reload hears no more of it. NULL is fine. */
void reload_close(struct reload *reload);

#endif

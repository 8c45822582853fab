/*
 * Log lines. Levels have meanings: error - someone must act; warning - someone should look; info -
 * the daemon changed its state; debug - per packet, off by default.
 *
 * Lines that a stranger can cause go through log_packet_limited().
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <netinet/in.h>
#include <stdbool.h>

#include <nbt/env.h>

#include "common/ratelimit.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVELS };

enum log_target { LOG_TO_STDERR, LOG_TO_SYSLOG };

/* Before the first call lines go to stderr. program is borrowed. May be called again. */
void log_open(const char *program, enum log_target target);
void log_close(void);

/* The level is info at first. */
void log_set_level(enum log_level level);

/* Whether lines of this level are written: to save the work of making them. */
bool log_wants(enum log_level level);

/* One line each, without "\n". Any thread may call them. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How often one kind of line may come: 5 at once, then one in 12 seconds. Zeroed to begin with;
 * typically static beside the call. */
struct log_limit {
	struct ratelimit_bucket bucket;
	unsigned left_out;
};

/* A warning about a packet, "10.1.2.3:137: ...". Lines over the limit are counted; the next that
 * is written ends in "(N more)". peer NULL: none. */
void log_packet_limited(struct log_limit *limit, const struct nbt_env *env,
			const struct sockaddr_in *peer, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif

/*
 * A daemon's metrics by HTTP, for Prometheus: GET /metrics on 127.0.0.1. The daemon's work comes
 * first: connections are few, each answers one request and has a few seconds for it, and a port
 * that cannot be had is a warning, and tried again.
 */
#ifndef COMMON_METRICS_HTTP_H
#define COMMON_METRICS_HTTP_H

#include <stdint.h>

#include <nbt/error.h>

struct loop;
struct metrics;
struct metrics_http;

#define METRICS_HTTP_PATIENCE_MS 5000

/* Listens nowhere yet. metrics is copied. patience_ms: for a connection, all in all, and between
 * tries of what cannot be had. 0 or a negative errno. */
int metrics_http_open(struct metrics_http **out, struct loop *loop, const struct metrics *metrics,
		      uint64_t patience_ms) NBT_MUSTCHECK;

/* From now on this port, and no other; 0: none. What it cannot do is logged. */
void metrics_http_listen(struct metrics_http *http, uint16_t port);

void metrics_http_close(struct metrics_http *http); /* NULL is fine */

#endif

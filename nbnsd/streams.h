/*
 * Port 137 by TCP, on every address that is served: whole answers for those who may have all
 * members of a group (whole.h); others are turned away. Nothing of the name service depends on it.
 */
#ifndef NBNSD_STREAMS_H
#define NBNSD_STREAMS_H

#include "nbnsd/service/service.h"

struct loop;
struct stats;
struct streams;

struct streams_options {
	uint16_t port;
	size_t connections; /* at once; a quarter of them from one source */
	uint64_t idle_ms;
};

/* service is borrowed. -ENOMEM. */
int streams_open(struct streams **out, struct loop *loop, const struct streams_options *options,
		 struct service *service);

/*
 * Listens on the addresses of the table, as sockets_table() has it, and on no other. What cannot be
 * had is logged, once for each reason, and tried again at the next call. Whether all could be had.
 */
bool streams_update(struct streams *streams, const struct served_socket *table, size_t count);

/* Other limits; the port stays. With no connections allowed those that are there end at the next
 * streams_update(). */
void streams_set_limits(struct streams *streams, size_t connections, uint64_t idle_ms);

struct stats *streams_stats(struct streams *streams);

void streams_close(struct streams *streams); /* NULL is fine */

#endif

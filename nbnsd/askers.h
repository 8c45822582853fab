/* The last few clients that asked for a name, the latest first. Inline, and in place: it is part of
 * what one cache line holds. */
#ifndef NBNSD_ASKERS_H
#define NBNSD_ASKERS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* clients: network order, 0: none. */
static inline void askers_note(uint32_t *clients, size_t count, uint32_t client)
{
	size_t place = 0;

	while (place < count - 1 && clients[place] != client)
		place++;
	memmove(clients + 1, clients, place * sizeof(*clients));
	clients[0] = client;
}

#endif

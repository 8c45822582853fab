/* The last few clients that asked for a name, the latest first. Inline, and in place: it is part of
 * what one cache line holds. */
#ifndef NBNSD_AUDIT_ASKERS_H
#define NBNSD_AUDIT_ASKERS_H

#include <stddef.h>
#include <stdint.h>

/* clients: network order, 0: none. */
static inline void askers_note(uint32_t *clients, size_t count, uint32_t client)
{
	uint32_t next = client;

	for (size_t i = 0; i < count; i++) {
		uint32_t here = clients[i];

		clients[i] = next;
		if (here == client)
			return;
		next = here;
	}
}

#endif

/*
 * Memory for tables: zeroed, and from 2 MiB on in huge pages where the system has them. With a
 * hundred thousand names nearly every look-up would else wait for the addresses of two pages.
 */
#ifndef NBNSD_REGISTRY_PAGES_H
#define NBNSD_REGISTRY_PAGES_H

#include <stddef.h>

/* At least at a cache line; big ones become real, page by page, as they are touched. NULL: out of
 * memory. */
void *pages_get(size_t size);

/* size as it was asked for; NULL is fine. */
void pages_free(void *memory, size_t size);

#endif

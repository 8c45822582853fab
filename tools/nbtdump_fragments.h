/* Fragments of IPv4 packets put together, with bounded memory. Pure. */
#ifndef TOOLS_NBTDUMP_FRAGMENTS_H
#define TOOLS_NBTDUMP_FRAGMENTS_H

#include <stddef.h>
#include <stdint.h>

/* So many packets at a time, of 64 KiB at most; the oldest one makes room. */
#define DUMP_FRAGMENTS_MAX 64

struct dump_fragments;

/* NULL: no memory. */
struct dump_fragments *dump_fragments_create(void);
void dump_fragments_destroy(struct dump_fragments *fragments);

/*
 * Takes the fragment behind an IP header of at least 20 bytes. Returns what all fragments carry
 * when this one was the last that was missing, valid until the next call, else NULL. What comes
 * twice counts once: the first bytes stay.
 */
const uint8_t *dump_fragments_add(struct dump_fragments *fragments, const uint8_t *ip,
				  const uint8_t *bytes, size_t len, size_t *whole_len);

#endif

/* Addresses to be swept: from text to ranges, and from those to one address after the other. Pure.
 */
#ifndef TOOLS_SCAN_TARGETS_H
#define TOOLS_SCAN_TARGETS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TARGETS_MAX (1U << 24) /* addresses: a /8 */

struct target_range {
	uint32_t first, last; /* in host byte order */
	uint32_t before;      /* addresses of the ranges before it */
};

struct targets {
	struct target_range *ranges;
	size_t range_count, room;
	uint32_t count; /* addresses; counted by targets_settle() */
};

enum targets_error {
	TARGETS_OK,
	TARGETS_NO_ADDRESS, /* the text is none of the forms */
	TARGETS_TOO_MANY,   /* it has more addresses than TARGETS_MAX */
	TARGETS_NO_MEMORY
};

/* Adds "10.0.0.1", "10.0.0.0/24", "10.0.0.25-137" or "10.0.0.25-10.0.1.137"; all of a network, with
 * its first and last address. *targets is zero at first; free with targets_free(). */
enum targets_error targets_add(struct targets *targets, const char *text);

/* In the order of addresses, and each one once; to be called before those below. false: there are
 * more than TARGETS_MAX. */
bool targets_settle(struct targets *targets);

/* The address at index, which is below count. */
struct in_addr targets_at(const struct targets *targets, uint32_t index);

/* The reverse. false: it is no target. */
bool targets_find(const struct targets *targets, struct in_addr address, uint32_t *index);

void targets_free(struct targets *targets);

#endif

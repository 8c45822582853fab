/*
 * A sweep as a machine: which address is asked when, and whose an answer is. It has no socket and
 *no clock; whoever drives it
 *
 *	while (scan_next(scan, now_ms, &request))
 *		... sends it ...
 *	... waits for packets, or for scan_deadline() ...
 *
 * until scan_is_over().
 */
#ifndef TOOLS_SCAN_H
#define TOOLS_SCAN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "tools/scan_targets.h"

struct scan_plan {
	const struct targets *targets; /* settled; borrowed */
	uint32_t rate;                 /* requests in any second, at most; 1 .. SCAN_RATE_MAX */
	uint32_t window;               /* addresses that are waited for at once, at most */
	uint32_t tries;                /* requests to an address */
	uint32_t timeout_ms;           /* from a request to the next, and after the last */
	uint16_t first_id;             /* by chance */
};

#define SCAN_RATE_MAX    100000
#define SCAN_TIMEOUT_MAX 60000

struct scan;

/* NULL: no memory. */
struct scan *scan_create(const struct scan_plan *plan, uint64_t now_ms);
void scan_destroy(struct scan *scan); /* NULL is fine */

struct scan_request {
	struct in_addr to;
	uint16_t id;
};

/* What is to be sent now; false: nothing before scan_deadline(). */
bool scan_next(struct scan *scan, uint64_t now_ms, struct scan_request *out);

/* The request that scan_next() has just given could not be sent: this host has no room for it, and
 * it comes again after a pause; or there is no way to the address, and no more is sent to it. */
void scan_is_full(struct scan *scan, uint64_t now_ms);
void scan_has_no_way(struct scan *scan);

enum scan_answer {
	SCAN_FIRST,
	SCAN_AGAIN,  /* this address was heard before */
	SCAN_UNASKED /* an answer to nothing that was asked */
};

/* An answer with this id came. *asked: the address that it is for, which may be another one; with
 * SCAN_FIRST only. */
enum scan_answer scan_answered(struct scan *scan, struct in_addr from, uint16_t id,
			       struct in_addr *asked);

/* Somebody on the way says that the address can't be reached: it is not waited for. */
void scan_unreachable(struct scan *scan, struct in_addr address);

/* When to go on; NBT_NEVER: when it is over. */
uint64_t scan_deadline(const struct scan *scan);
bool scan_is_over(const struct scan *scan);

/* Whether the address is a target that has not answered. */
bool scan_is_silent(const struct scan *scan, struct in_addr address);

struct scan_counts {
	uint32_t targets, asked, answered, unreachable;
	uint64_t sent; /* requests */
};

struct scan_counts scan_counts(const struct scan *scan);

#endif

/* A change of a name, as those hear of it who watch: the control socket's events, the hook. */
#ifndef NBNSD_SERVICE_NAME_EVENT_H
#define NBNSD_SERVICE_NAME_EVENT_H

#include <stddef.h>

#include "nbnsd/registry/record.h"

enum name_operation {
	NAME_ADD,       /* it was not active, and is now */
	NAME_REFRESH,   /* it is still active; its lease, its addresses or its owner changed */
	NAME_RELEASE,   /* it is released: by its owner, or at the end of its lease */
	NAME_TOMBSTONE, /* it is extinct, and kept for the partners' sake */
	NAME_DELETE,    /* the record has gone */
	NAME_JOIN,      /* a normal group has one more member */
	NAME_LEAVE,     /* or one less */
	NAME_OPERATIONS
};

struct name_event {
	uint8_t operation;     /* enum name_operation */
	bool was_active;       /* before */
	struct in_addr member; /* NAME_JOIN, NAME_LEAVE */
	/* As it is now; what is not active any more has the addresses that it had. The last member:
	 * only so many addresses as there are need to be there. */
	struct record record;
};

static inline size_t name_event_size(const struct name_event *event)
{
	return offsetof(struct name_event, record.address) +
	       event->record.address_count * sizeof(event->record.address[0]);
}

/* "add", "refresh" ... */
const char *name_operation_text(enum name_operation operation);

/* What it means that a record takes the place of another, or of none (NULL). */
enum name_operation name_operation_of(const struct record *before, const struct record *now);

/*
 * How Samba's "wins hook" is called: OPERATION NAME TYPE TTL [IP ...].
 *
 * As with Samba's nmbd it is not called for names with other characters than letters, digits, "-",
 * "_" and "."; the name ends at a NUL, or with its padding. A normal group has the address 0.0.0.0.
 * Names in a scope, of which a hook cannot be told, are left out.
 */
#define HOOK_ARGUMENTS 4
struct hook_call {
	const char *argument[HOOK_ARGUMENTS + RECORD_MAX_ADDRESSES +
			     1]; /* into text; NULL at the end */
	char text[16 + 3 + 11 + RECORD_MAX_ADDRESSES * 16];
};

/* ttl_s: of the lease. false: the hook is not called for this event. */
bool hook_call_make(struct hook_call *call, const struct name_event *event, uint32_t ttl_s);

#define HOOK_TTL_FOREVER 2147483647U /* of static names: the longest that DNS has */

#endif

/*
 * What of the lists a client is shown: NetServerEnum2 and 3 (MS-RAP section 2.5.5.2, and what smbd
 * does where that says nothing that works). Pure.
 */
#ifndef BROWSERD_SELECT_H
#define BROWSERD_SELECT_H

#include "browserd/lists.h"

struct select_question {
	uint32_t types;        /* NBT_SV_*, with LOCAL_LIST_ONLY and DOMAIN_ENUM */
	const char *workgroup; /* NULL or "": our own */
	const char *first;     /* NetServerEnum3: from this name on; NULL: from the first */
};

/* record: its type as the client is to see it. false ends the walk. */
typedef bool select_fn(void *ctx, const struct lists_record *record);

/* The entries in the order of their names, none twice. An unknown workgroup has none. */
void select_entries(const struct lists *lists, const char *own_workgroup,
		    const struct select_question *question, select_fn *each, void *ctx);

#endif

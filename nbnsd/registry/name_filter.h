/* Which names an administrator wants to see. Pure. */
#ifndef NBNSD_REGISTRY_NAME_FILTER_H
#define NBNSD_REGISTRY_NAME_FILTER_H

#include <netinet/in.h>

#include "nbnsd/registry/record.h"

enum name_origin {
	ORIGIN_ANY,
	ORIGIN_SELF,    /* this host's own names */
	ORIGIN_REPLICA, /* registered at another server */
	ORIGIN_STATIC,  /* an administrator's */
	ORIGIN_DYNAMIC  /* registered here */
};

#define FILTER_ANY (-1)

struct name_filter {
	const char *pattern;     /* of the name as text, with * and ?; NULL: any */
	int suffix, kind, state; /* FILTER_ANY, or the value */
	bool has_owner, has_address, has_scope;
	struct in_addr owner, address;
	struct nbt_scope scope;
	enum name_origin origin;
};

/* Everything passes. */
void name_filter_init(struct name_filter *filter);

/* is_own: it is one of this host's own names. Members of groups are not looked at. */
bool name_filter_passes(const struct name_filter *filter, const struct record *record, bool is_own);

/* Whether the text is as the pattern, with * for any characters and ? for one; letters of ASCII in
 * either case. */
bool name_pattern_fits(const char *pattern, const char *text);

#endif

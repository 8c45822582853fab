/* Which packets are wanted. */
#ifndef TOOLS_NBTDUMP_FILTER_H
#define TOOLS_NBTDUMP_FILTER_H

#include "tools/nbtdump_packet.h"

#define DUMP_FILTER_PATTERN_MAX 64

struct dump_filter {
	unsigned kinds;      /* any of these; 0: all */
	bool has_host;       /* either end, or the source that a datagram names */
	struct in_addr host; /* network order */
	struct in_addr mask;
	char name[DUMP_FILTER_PATTERN_MAX]; /* "": any */
	int suffix;                         /* of name; -1: any */
	char workgroup[DUMP_FILTER_PATTERN_MAX];
};

/* Each reads the argument of its option; false: it is none. "a,b" are several kinds, a host is an
 * address or a network, names and workgroups may have wildcards. */
bool dump_filter_kinds(struct dump_filter *filter, const char *text);
bool dump_filter_host(struct dump_filter *filter, const char *text);
bool dump_filter_name(struct dump_filter *filter, const char *text);
bool dump_filter_workgroup(struct dump_filter *filter, const char *text);

/* Nothing is filtered. */
bool dump_filter_is_open(const struct dump_filter *filter);

bool dump_filter_wants(const struct dump_filter *filter, const struct dump_packet *packet);

#endif

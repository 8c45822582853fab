/* Rows of the audit for control commands, and which of them are wanted. */
#ifndef NBNSD_CONTROL_AUDIT_ROWS_H
#define NBNSD_CONTROL_AUDIT_ROWS_H

#include "common/access.h"
#include "common/ctl.h"
#include "nbnsd/audit/audit.h"

enum audit_list { AUDIT_LIST_CLIENTS, AUDIT_LIST_NAMES, AUDIT_LIST_MISSING };

enum audit_sort { AUDIT_SORT_NONE, AUDIT_SORT_QUERIES, AUDIT_SORT_LAST, AUDIT_SORT_REGISTRATIONS };

struct audit_filter {
	int64_t since_s;      /* last seen or asked for at this time or later; 0: whenever */
	int64_t idle_since_s; /* last before this time, or never; 0: whenever */
	bool has_client;      /* of clients: this one; of names: asked for by it, lately */
	struct access_network client;
	const char *pattern; /* of names, as name_pattern_fits() takes it; NULL: any */
	bool has_suffix;
	uint8_t suffix; /* of names */
};

/* Whether the row with this number is there and wanted, and its place in the order. */
bool audit_row_passes(const struct audit *audit, const struct registry *registry,
		      enum audit_list list, uint32_t number, const struct audit_filter *filter,
		      enum audit_sort sort, uint64_t *key);

json_t *audit_list_row(const struct audit *audit, const struct registry *registry,
		       enum audit_list list, uint32_t number);

/* Numbers are below this. */
uint32_t audit_list_bound(const struct audit *audit, const struct registry *registry,
			  enum audit_list list);

#endif

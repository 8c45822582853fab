/*
 * Static mappings as records (name-service.md section 12), made from the entries of LMHOSTS files:
 * a host is three unique or multihomed names, groups are collected from their lines. Pure.
 */
#ifndef NBNSD_SERVICE_STATICS_H
#define NBNSD_SERVICE_STATICS_H

#include "common/lmhosts.h"
#include "nbnsd/registry/record.h"

struct statics;

struct statics *statics_create(void);          /* NULL: out of memory */
void statics_destroy(struct statics *statics); /* NULL is fine */

/* Adds what the entry stands for. -EINVAL: it cannot be a static mapping, and error says why, with
 * file and line, and what is allowed; -ENOMEM. */
int statics_add(struct statics *statics, const struct lmhosts_entry *entry,
		char error[LMHOSTS_ERROR_MAX]);

/* After the last entry: puts them in order. -EINVAL: entries contradict each other; as above. */
int statics_finish(struct statics *statics, char error[LMHOSTS_ERROR_MAX]);

/*
 * The records, when they are finished; in the order of their names.
 */
size_t statics_count(const struct statics *statics);
bool statics_has(const struct statics *statics, const struct nbt_name *name);

/* Name, kind and addresses, without scope; version and owner are left to the caller. Addresses
 * beyond the count are not set. */
void statics_get(const struct statics *statics, size_t i, struct record *out);

#endif

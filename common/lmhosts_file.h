/* The files behind lmhosts.h: read whole, their text taken for UTF-8. */
#ifndef COMMON_LMHOSTS_FILE_H
#define COMMON_LMHOSTS_FILE_H

#include "common/lmhosts.h"

#define LMHOSTS_FILE_MAX    (8 * 1024 * 1024) /* bytes; longer ones are -EFBIG */
#define LMHOSTS_ENTRIES_MAX 100000

/* Regular files, names in the character set of the wire. */
struct lmhosts_source lmhosts_file_source(void);

struct lmhosts_entries {
	struct lmhosts_entry *items; /* their file is NULL */
	size_t count;
};

/* Told of every line that cannot be used: "FILE:LINE: what is wrong; what is allowed". */
typedef void lmhosts_complain_fn(void *ctx, const char *error);

/*
 * All entries of a file and those that it includes. 0, or a negative errno and no entries: -ENOENT:
 * there is no such file, which nobody is told; -EINVAL: it is broken, which somebody is; -ENOMEM;
 * -E2BIG: more than LMHOSTS_ENTRIES_MAX.
 */
int lmhosts_entries_load(struct lmhosts_entries *out, const char *path,
			 lmhosts_complain_fn *complain, void *ctx);
void lmhosts_entries_free(struct lmhosts_entries *entries);

#endif

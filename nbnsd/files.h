/* The files that the settings name, read whole: at the start, and by a reload in its thread. */
#ifndef NBNSD_FILES_H
#define NBNSD_FILES_H

#include <stdbool.h>

#include "common/conf.h"
#include "common/lmhosts_file.h"

struct nbnsd_settings;
struct statics;

struct files {
	struct statics *statics;        /* of static-mappings; never NULL */
	struct lmhosts_entries lmhosts; /* for look-ups; of a line that is wrong the log knows */
	bool lmhosts_failed;            /* it is there, but cannot be used; the log knows why */
};

/* 0 or a negative errno: a static mapping is wrong, and error says which, and why. */
int files_load(struct files **out, const struct nbnsd_settings *settings,
	       char error[CONF_ERROR_MAX]) NBT_MUSTCHECK;
void files_free(struct files *files); /* NULL is fine */

/* The LMHOSTS file alone. -ENOENT: there is none; else the log knows why not. */
int files_load_lmhosts(struct lmhosts_entries *out, const char *path);

#endif

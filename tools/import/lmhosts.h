/* LMHOSTS files as static names, by the rules of the setting static-mappings. */
#ifndef TOOLS_IMPORT_LMHOSTS_H
#define TOOLS_IMPORT_LMHOSTS_H

#include "common/lmhosts.h"
#include "tools/import/import.h"

/*
 * Reads the file and those that it includes. The records come in the order of names, with all
 * addresses. NULL, or a sentence that says why nothing of it can be used; it is in error, or
 * static.
 */
const char *import_lmhosts(const struct lmhosts_source *source, const char *path,
			   const struct import_sink *sink, char error[LMHOSTS_ERROR_MAX]);

#endif

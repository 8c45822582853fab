/* Files read line by line, in bounded memory. */
#ifndef TOOLS_IMPORT_FILE_H
#define TOOLS_IMPORT_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* One line without its end; of one that is too long only the beginning, IMPORT_LINE_MAX bytes.
 * false ends the reading. */
typedef bool import_line_fn(void *ctx, const char *line, size_t len);

/* Reads a file, or "-": standard input. 0 or a negative errno; -ECANCELED: line() ended it. */
int import_read_file(const char *path, import_line_fn *line, void *ctx);

#endif

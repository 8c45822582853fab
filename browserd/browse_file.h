/* The lists as a file for smbd: written anew when they have changed, whole or not at all. */
#ifndef BROWSERD_BROWSE_FILE_H
#define BROWSERD_BROWSE_FILE_H

#include <nbt/error.h>

#include "browserd/lists.h"

struct browse_file;
struct loop;

struct browse_file_settings {
	const char *path;     /* NULL: none is written, and one that was there is removed */
	uint64_t interval_ms; /* at least, between two times */
	const struct lists *lists;
	const char *workgroup; /* the own one */
};

/* Writes nothing yet. -ENOMEM. */
int browse_file_create(struct browse_file **out, struct loop *loop) NBT_MUSTCHECK;

/* Removes the file: what is in it would grow old. NULL is fine. */
void browse_file_destroy(struct browse_file *file);

/* Writes at once. Everything is borrowed but the path, which is copied. -ENOMEM: as before. Other
 * errors are logged, once for each reason. */
int browse_file_set(struct browse_file *file,
		    const struct browse_file_settings *settings) NBT_MUSTCHECK;

#endif

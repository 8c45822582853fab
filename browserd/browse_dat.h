/* The lists as Samba's smbd reads them, which serves them where it has ports 139 and 445: text of
 * the file browse.dat. Pure. */
#ifndef BROWSERD_BROWSE_DAT_H
#define BROWSERD_BROWSE_DAT_H

#include "browserd/lists.h"

#define BROWSE_DAT_LINE_MAX 160

/* Called for each line, which ends in a newline. */
typedef void browse_dat_fn(void *ctx, const char *line, size_t len);

/* smbd shows nothing without a record of its workgroup, and thinks that the first is that. */
void browse_dat_write(const struct lists *lists, const char *own_workgroup, browse_dat_fn *each,
		      void *ctx);

#endif

/* The terminal that standard output may be. */
#ifndef TOOLS_SCREEN_H
#define TOOLS_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

bool screen_is_there(void);

/* How wide it is; 0: it is none, or does not say: nothing has to fit then. */
size_t screen_columns(void);

/* How many lines it has; 0: as above. */
size_t screen_lines(void);

#endif

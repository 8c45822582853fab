/* A value of a row for people: nested ones with their parts beside each other. */
#ifndef TOOLS_ROWS_TEXT_H
#define TOOLS_ROWS_TEXT_H

#include <jansson.h>

/* For free(). NULL: out of memory. */
char *rows_text(json_t *value);

#endif

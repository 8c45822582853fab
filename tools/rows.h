/* Rows of an answer of a daemon's, printed as a table, as JSON or as CSV, while they come. */
#ifndef TOOLS_ROWS_H
#define TOOLS_ROWS_H

#include <jansson.h>
#include <stdbool.h>

enum rows_form { ROWS_TABLE, ROWS_JSON, ROWS_CSV };

struct rows;

struct rows *rows_begin(enum rows_form form);  /* NULL: out of memory */
void rows_add(struct rows *rows, json_t *row); /* borrowed */

/* Prints what is left and frees it. false: standard output could not be written. */
bool rows_end(struct rows *rows);

#endif

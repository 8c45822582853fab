/* Columns of a table that fit a terminal, and texts that do. Pure, but for the stream. */
#ifndef TOOLS_COLUMNS_H
#define TOOLS_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "tools/paint.h"

#define COLUMNS_MAX   64
#define COLUMNS_GAP   2 /* blanks between two of them */

/* Names, addresses, times and numbers are never wider, and never cut. */
#define COLUMNS_WHOLE 24

struct columns {
	size_t room; /* of a line; 0: without end */
	size_t count, widths[COLUMNS_MAX];
	bool begins_line[COLUMNS_MAX]; /* the columns before filled the line */
};

/* The column has this text, too. */
void columns_widen(struct columns *columns, size_t i, const char *text);

/*
 * Makes the table fit the room: columns of texts and lists are cut, the widest first; if that is
 * not enough a row has several lines.
 */
void columns_fit(struct columns *columns);

/* Cell by cell; behind the last one the line ends. The text is UTF-8 without control characters. */
void columns_cell(const struct columns *columns, size_t i, enum paint meaning, const char *text,
		  FILE *to);

/* Columns of the terminal that UTF-8 takes: East Asian characters two, combining ones none. */
size_t columns_width(const char *text);

/* As much of the text as has room, with an ellipsis if that is not all of it; 0: all of it. Returns
 * its width. */
size_t columns_print(const char *text, size_t room, FILE *to);

/* Words on lines of this room, after a head that the first line begins with; further ones begin
 * with blanks. 0: one line. */
void columns_wrap(const char *head, const char *text, size_t margin, size_t room, FILE *to);

#endif

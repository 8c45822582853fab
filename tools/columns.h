/* Columns of a table that fit a terminal, and texts that do. Pure, but for the stream. */
#ifndef TOOLS_COLUMNS_H
#define TOOLS_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "tools/paint.h"

#define COLUMNS_MAX   64
#define COLUMNS_GAP   2 /* blanks between two of them */

/* Names, addresses, times and numbers are never wider, and stay in one piece. */
#define COLUMNS_WHOLE 24

struct columns {
	size_t room; /* of a line; 0: without end */
	size_t count, widths[COLUMNS_MAX];
	bool begins_line[COLUMNS_MAX]; /* the columns before filled the line */
};

/* The column has this text, too. */
void columns_widen(struct columns *columns, size_t i, const char *text);

/*
 * Makes the table fit the room: columns of texts and lists become narrower, the widest first; if
 * that is not enough columns go on below the others.
 */
void columns_fit(struct columns *columns);

/* A text for each column, in UTF-8 without control characters. What is wider than its column goes
 * on below; without a terminal it is a line in any case. */
void columns_row(const struct columns *columns, const enum paint *meanings,
		 const char *const *texts, FILE *to);

/* Columns of the terminal that UTF-8 takes: East Asian characters two, combining ones none. */
size_t columns_width(const char *text);

/* As much of the text as has room, with an ellipsis if that is not all of it; 0: all of it. Returns
 * its width. */
size_t columns_print(const char *text, size_t room, FILE *to);

/* Words on lines of this room, after a head in a colour; further lines begin with blanks. 0: one
 * line. */
void columns_wrap(enum paint meaning, const char *head, const char *text, size_t margin,
		  size_t room, FILE *to);

#endif

/* Colours for people at a terminal: decided once, for all that goes to standard output as text. */
#ifndef TOOLS_PAINT_H
#define TOOLS_PAINT_H

#include <stdbool.h>
#include <stdio.h>

enum paint { PAINT_PLAIN, PAINT_HEADING, PAINT_GOOD, PAINT_WARNING, PAINT_BAD, PAINT_DIM };

/*
 * "always", "never" or "auto": if standard output is a terminal, NO_COLOR is not set, and TERM is
 * not "dumb". So it is without a choice, too. false: it is none of these.
 */
bool paint_choose(const char *when);

/* What goes before text of this meaning; PAINT_PLAIN: behind it. "" without colours. */
const char *paint(enum paint meaning);

/* The text, painted. */
void paint_print(FILE *to, enum paint meaning, const char *text);

#endif

/* What comes out of an importer, as text: a line for each record, remark and setting. */
#ifndef TESTS_IMPORTS_H
#define TESTS_IMPORTS_H

#include <stdio.h>

#include "tools/import/import.h"

/* Its ctx is a FILE, which gets
 *	1: FRED<20>.SCOPE unique H 1795988495 10.0.0.1 10.0.0.2
 *	2 WHAT: WHY
 *	3: SETTING */
struct import_sink import_text_sink(FILE *out);

/* Reads the text, lines as they are, as the format. Result to be freed; what is wrong with the file
 * is the last line. The time is 1000. */
char *import_as_text(const char *format, const char *text, bool expired);

#define IMPORT_TEST_NOW 1000

#endif

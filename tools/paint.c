/* Colours: the sixteen that every terminal has, in the shades that its owner likes. */
#include "config.h"

#include "tools/paint.h"

#include <stdlib.h>
#include <string.h>

#include "tools/screen.h"

static enum { UNDECIDED, WITHOUT, WITH } decided;

static bool is_welcome(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return screen_is_there() && (no_color == NULL || *no_color == '\0') && term != NULL &&
	       strcmp(term, "dumb") != 0;
}

bool paint_choose(const char *when)
{
	if (strcmp(when, "always") == 0)
		decided = WITH;
	else if (strcmp(when, "never") == 0)
		decided = WITHOUT;
	else if (strcmp(when, "auto") == 0)
		decided = is_welcome() ? WITH : WITHOUT;
	else
		return false;
	return true;
}

const char *paint(enum paint meaning)
{
	static const char *const codes[] = {
		[PAINT_PLAIN] = "\033[0m", [PAINT_HEADING] = "\033[1m",
		[PAINT_GOOD] = "\033[32m", [PAINT_WARNING] = "\033[33m",
		[PAINT_BAD] = "\033[31m",  [PAINT_DIM] = "\033[2m",
	};

	if (decided == UNDECIDED)
		(void)paint_choose("auto");
	return decided == WITH ? codes[meaning] : "";
}

void paint_print(FILE *to, enum paint meaning, const char *text)
{
	if (meaning == PAINT_PLAIN)
		fputs(text, to);
	else
		fprintf(to, "%s%s%s", paint(meaning), text, paint(PAINT_PLAIN));
}

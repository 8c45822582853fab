#define _DEFAULT_SOURCE /* timegm() */
#include "tools/import/when.h"

#include <string.h>
#include <time.h>

/* So many digits from *text on, which moves; -1: there are fewer. */
static int digits(const char **text, int count)
{
	int value = 0;

	for (; count > 0; count--, (*text)++) {
		if (**text < '0' || **text > '9')
			return -1;
		value = value * 10 + (**text - '0');
	}
	return value;
}

static bool is_end(const char *text)
{
	if (*text == '.')
		text += 1 + strspn(text + 1, "0123456789");
	return strcmp(text, "Z") == 0;
}

bool when_read(const char *text, int64_t *out)
{
	struct tm tm = { 0 };

	*out = 0;
	if (strcmp(text, "0") == 0)
		return true;
	tm.tm_year = digits(&text, 4) - 1900;
	tm.tm_mon = digits(&text, 2) - 1;
	tm.tm_mday = digits(&text, 2);
	tm.tm_hour = digits(&text, 2);
	tm.tm_min = digits(&text, 2);
	tm.tm_sec = digits(&text, 2);
	if (tm.tm_year < 0 || tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1 ||
	    tm.tm_mday > 31 || tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 ||
	    tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60 || !is_end(text))
		return false;
	*out = timegm(&tm);
	return true;
}

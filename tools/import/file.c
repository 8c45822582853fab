#include "tools/import/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/import/import.h"

struct line {
	size_t len;
	char text[IMPORT_LINE_MAX];
};

static int read_lines(FILE *in, import_line_fn *line, void *ctx)
{
	static struct line l;
	int c;

	l.len = 0;
	while ((c = getc_unlocked(in)) != EOF) {
		if (c != '\n') {
			if (l.len < sizeof(l.text))
				l.text[l.len++] = (char)c;
			continue;
		}
		if (!line(ctx, l.text, l.len))
			return -ECANCELED;
		l.len = 0;
	}
	if (ferror(in))
		return -errno;
	return l.len == 0 || line(ctx, l.text, l.len) ? 0 : -ECANCELED;
}

int import_read_file(const char *path, import_line_fn *line, void *ctx)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	int ret;

	if (in == NULL)
		return -errno;
	ret = read_lines(in, line, ctx);
	if (in != stdin)
		fclose(in);
	return ret;
}

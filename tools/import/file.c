#include "tools/import/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/array.h"
#include "tools/import/import.h"

struct line {
	size_t len;
	char text[IMPORT_LINE_MAX];
};

/* What Windows puts before a text, and how the text goes on. */
enum form { PLAIN, UTF16_LE, UTF16_BE };

static const struct {
	const char *mark;
	size_t len;
	enum form form;
} marks[] = {
	{ "\xef\xbb\xbf", 3, PLAIN }, /* UTF-8 */
	{ "\xff\xfe", 2, UTF16_LE },
	{ "\xfe\xff", 2, UTF16_BE },
};

/* Of which the mark has been read. */
struct text {
	FILE *in;
	enum form form;
	unsigned char begun[4]; /* read in search of the mark */
	size_t begun_len, begun_at;
};

/* PowerShell may have dropped the mark; every format begins with ASCII. */
static enum form guess_form(const struct text *text)
{
	const unsigned char *c = text->begun;

	if (text->begun_len < sizeof(text->begun))
		return PLAIN;
	if (c[0] != 0 && c[1] == 0 && c[2] != 0 && c[3] == 0)
		return UTF16_LE;
	return c[0] == 0 && c[1] != 0 && c[2] == 0 && c[3] != 0 ? UTF16_BE : PLAIN;
}

static void open_text(struct text *text, FILE *in)
{
	text->in = in;
	text->begun_len = fread(text->begun, 1, sizeof(text->begun), in);
	text->form = guess_form(text);
	text->begun_at = 0;
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		if (text->begun_len < marks[i].len ||
		    memcmp(text->begun, marks[i].mark, marks[i].len) != 0)
			continue;
		text->form = marks[i].form;
		text->begun_at = marks[i].len;
		return;
	}
}

static int next_byte(struct text *text)
{
	return text->begun_at < text->begun_len ? text->begun[text->begun_at++]
						: getc_unlocked(text->in);
}

/* A character, or EOF. Of pairs in UTF-16, which no name has, each half is one. */
static int next_character(struct text *text)
{
	int first = next_byte(text), second;

	if (text->form == PLAIN || first == EOF)
		return first;
	second = next_byte(text);
	if (second == EOF)
		return EOF;
	return text->form == UTF16_LE ? second << 8 | first : first << 8 | second;
}

static void append_byte(struct line *line, int byte)
{
	if (line->len < sizeof(line->text))
		line->text[line->len++] = (char)byte;
}

static void append(struct line *line, enum form form, int c)
{
	if (form == PLAIN || c < 0x80) {
		append_byte(line, c);
		return;
	}
	if (c >= 0x800) {
		append_byte(line, 0xe0 | c >> 12);
		append_byte(line, 0x80 | (c >> 6 & 0x3f));
	} else {
		append_byte(line, 0xc0 | c >> 6);
	}
	append_byte(line, 0x80 | (c & 0x3f));
}

static int read_lines(FILE *in, import_line_fn *line, void *ctx)
{
	static struct line l;
	struct text text;
	int c;

	l.len = 0;
	open_text(&text, in);
	while ((c = next_character(&text)) != EOF) {
		if (c != '\n') {
			append(&l, text.form, c);
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

#include "config.h"

#include "tools/columns.h"

#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define MARGIN        4 /* of a row's further lines */
#define ELLIPSIS      "\xe2\x80\xa6"
#define CHARACTER_MAX 4 /* bytes */

/*
 * Texts.
 */

/* The width of the next character, and its bytes. What is no UTF-8 is a byte and a column. */
static size_t next_character(const char *text, size_t *bytes)
{
	mbstate_t state = { 0 };
	wchar_t character;
	size_t len = mbrtowc(&character, text, strnlen(text, CHARACTER_MAX), &state);
	int width;

	*bytes = 1;
	if (len == 0 || len > CHARACTER_MAX)
		return 1;
	*bytes = len;
	width = wcwidth(character);
	return width >= 0 ? (size_t)width : 1;
}

/* Bytes from the beginning of the text that have room; *width: theirs. */
static size_t measure(const char *text, size_t room, size_t *width)
{
	/* The C library's knowledge of characters, whatever the user's language. */
	static locale_t utf8;
	size_t at = 0, bytes;
	locale_t before;

	if (utf8 == (locale_t)0)
		utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	before = uselocale(utf8);
	for (*width = 0; text[at] != '\0'; at += bytes) {
		size_t more = next_character(text + at, &bytes);

		if (*width + more > room)
			break;
		*width += more;
	}
	uselocale(before);
	return at;
}

size_t columns_width(const char *text)
{
	size_t width;

	(void)measure(text, SIZE_MAX, &width);
	return width;
}

/* Without a terminal a table's characters are counted, of whatever width. */
static size_t characters(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

size_t columns_print(const char *text, size_t room, FILE *to)
{
	size_t width, bytes = measure(text, room > 0 ? room : SIZE_MAX, &width);

	if (text[bytes] == '\0') {
		fputs(text, to);
		return width;
	}
	bytes = measure(text, room - 1, &width);
	fprintf(to, "%.*s" ELLIPSIS, (int)bytes, text);
	return width + 1;
}

static size_t word_width(const char *text, size_t bytes)
{
	char *word = strndup(text, bytes);
	size_t width = columns_width(word != NULL ? word : "");

	free(word);
	return width;
}

/* A blank, or a new line, and a word. at: where the line ends so far; the new end. */
static size_t add_word(const char *text, size_t bytes, size_t at, size_t margin, size_t room,
		       FILE *to)
{
	size_t width = word_width(text, bytes);
	bool fits = at + 1 + width <= room;

	if (fits)
		fputc(' ', to);
	else
		fprintf(to, "\n%*s", (int)margin, "");
	fwrite(text, 1, bytes, to);
	return (fits ? at + 1 : margin) + width;
}

void columns_wrap(enum paint meaning, const char *head, const char *text, size_t margin,
		  size_t room, FILE *to)
{
	size_t bytes = room > 0 ? strcspn(text, " ") : strlen(text);
	size_t at = columns_width(head) + word_width(text, bytes);

	paint_print(to, meaning, head);
	fwrite(text, 1, bytes, to);
	while (text[bytes] == ' ') {
		text += bytes + 1;
		bytes = strcspn(text, " ");
		at = add_word(text, bytes, at, margin, room, to);
	}
	fputc('\n', to);
}

/*
 * Tables.
 */

static size_t whole_width(const struct columns *c)
{
	size_t width = 0;

	for (size_t i = 0; i < c->count; i++)
		width += c->widths[i] + (i > 0 ? COLUMNS_GAP : 0);
	return width;
}

static size_t widest(const struct columns *c)
{
	size_t found = 0;

	for (size_t i = 1; i < c->count; i++)
		if (c->widths[i] > c->widths[found])
			found = i;
	return found;
}

static void cut(struct columns *c)
{
	size_t width = whole_width(c), i = widest(c);

	for (; width > c->room && c->widths[i] > COLUMNS_WHOLE; i = widest(c)) {
		c->widths[i]--;
		width--;
	}
}

/* The last column of a line has all that is left of it. */
static void break_lines(struct columns *c)
{
	size_t at = 0; /* where column i begins */

	for (size_t i = 0; i < c->count; i++) {
		size_t end = at + c->widths[i];

		c->begins_line[i] = i > 0 && end > c->room;
		if (c->begins_line[i])
			end = MARGIN + c->widths[i];
		at = end + COLUMNS_GAP;
		if (i + 1 < c->count && at + c->widths[i + 1] <= c->room)
			continue;
		if (end < c->room)
			c->widths[i] += c->room - end;
	}
}

void columns_widen(struct columns *c, size_t i, const char *text)
{
	size_t width = c->room > 0 ? columns_width(text) : characters(text);

	if (width > c->widths[i])
		c->widths[i] = width;
}

void columns_fit(struct columns *columns)
{
	if (columns->count == 0 || columns->room == 0)
		return;
	cut(columns);
	break_lines(columns);
}

/* Where there is no terminal a row is a line, and a cell may be wider than its column. */
static void print_line(const struct columns *c, const enum paint *meanings,
		       const char *const *texts, FILE *to)
{
	for (size_t i = 0; i < c->count; i++) {
		size_t width = characters(texts[i]);

		paint_print(to, meanings[i], texts[i]);
		for (; i + 1 < c->count && width < c->widths[i] + COLUMNS_GAP; width++)
			fputc(' ', to);
	}
	fputc('\n', to);
}

/* Bytes of the text that are the next line of a cell; *width: theirs. */
static size_t cell_line(const struct columns *c, size_t i, const char *text, size_t *width)
{
	/* A row that came later may be wider than its column. */
	size_t room = c->widths[i] > COLUMNS_WHOLE ? c->widths[i] : COLUMNS_WHOLE;
	size_t bytes = measure(text, room, width), blank = bytes;

	if (text[bytes] == '\0')
		return bytes;
	while (blank > 0 && text[blank] != ' ')
		blank--;
	if (blank == 0)
		return bytes;
	*width = word_width(text, blank);
	return blank;
}

static void print_cell(const struct columns *c, size_t i, enum paint meaning, const char **text,
		       bool is_last, FILE *to)
{
	size_t width, bytes = cell_line(c, i, *text, &width);
	char *line = strndup(*text, bytes);

	paint_print(to, bytes > 0 ? meaning : PAINT_PLAIN, line != NULL ? line : "");
	free(line);
	for (; !is_last && width < c->widths[i] + COLUMNS_GAP; width++)
		fputc(' ', to);
	*text += bytes;
	*text += strspn(*text, " ");
}

/* Columns first to end - 1, as many lines as the longest of them takes. */
static void print_part(const struct columns *c, size_t first, size_t end,
		       const enum paint *meanings, const char **rest, FILE *to)
{
	bool goes_on = true;

	while (goes_on) {
		goes_on = false;
		fprintf(to, "%*s", first > 0 ? MARGIN : 0, "");
		for (size_t i = first; i < end; i++) {
			print_cell(c, i, meanings[i], &rest[i], i + 1 == end, to);
			goes_on |= *rest[i] != '\0';
		}
		fputc('\n', to);
	}
}

void columns_row(const struct columns *c, const enum paint *meanings, const char *const *texts,
		 FILE *to)
{
	const char *rest[COLUMNS_MAX];

	if (c->room == 0) {
		print_line(c, meanings, texts, to);
		return;
	}
	memcpy(rest, texts, c->count * sizeof(rest[0]));
	for (size_t first = 0, end; first < c->count; first = end) {
		end = first + 1;
		while (end < c->count && !c->begins_line[end])
			end++;
		print_part(c, first, end, meanings, rest, to);
	}
}

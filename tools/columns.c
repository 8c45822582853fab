#include "config.h"

#include "tools/columns.h"

#include <locale.h>
#include <stdint.h>
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

void columns_wrap(const char *head, const char *text, size_t margin, size_t room, FILE *to)
{
	size_t at = columns_width(head), bytes, width;
	bool is_first = true;

	fputs(head, to);
	for (; *text != '\0'; text += bytes, is_first = false) {
		char word[1024];

		bytes = strcspn(text, " ");
		snprintf(word, sizeof(word), "%.*s", (int)bytes, text);
		width = columns_width(word);
		if (room > 0 && !is_first && at + 1 + width > room) {
			fprintf(to, "\n%*s", (int)margin, "");
			at = margin;
		} else if (!is_first) {
			fputc(' ', to);
			at++;
		}
		fwrite(text, 1, bytes, to);
		at += width;
		bytes += text[bytes] == ' ';
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

static void break_lines(struct columns *c)
{
	size_t at = 0;

	for (size_t i = 0; i < c->count; i++) {
		size_t gap = i > 0 ? COLUMNS_GAP : 0;

		c->begins_line[i] = i > 0 && at + gap + c->widths[i] > c->room;
		at = c->begins_line[i] ? MARGIN + c->widths[i] : at + gap + c->widths[i];
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

/* What a cell may take; 0: all that it has. A row that came later may be wider than its column. */
static size_t room_of(const struct columns *c, size_t i)
{
	if (c->room == 0)
		return 0;
	return c->widths[i] > COLUMNS_WHOLE ? c->widths[i] : COLUMNS_WHOLE;
}

void columns_cell(const struct columns *c, size_t i, enum paint meaning, const char *text, FILE *to)
{
	size_t width;

	if (c->begins_line[i])
		fprintf(to, "\n%*s", MARGIN, "");
	if (meaning != PAINT_PLAIN)
		fputs(paint(meaning), to);
	width = columns_print(text, room_of(c, i), to);
	if (c->room == 0)
		width = characters(text);
	if (meaning != PAINT_PLAIN)
		fputs(paint(PAINT_PLAIN), to);
	if (i + 1 == c->count)
		fputc('\n', to);
	else if (!c->begins_line[i + 1])
		for (; width < c->widths[i] + COLUMNS_GAP; width++)
			fputc(' ', to);
}

/*
 * The columns are the fields of the first row. A table's widths are those of the first rows; it
 * leaves out the bytes of names, which stand there as text. A row that has rows inside is no line
 * of a table: it is printed a field per line. Rows of text are printed as they are.
 */
#include "config.h"

#include "tools/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/columns.h"
#include "tools/rows_text.h"
#include "tools/screen.h"

#define KEPT      200 /* rows from which the widths are taken */
#define KEY_WIDTH 18

struct rows {
	enum rows_form form;
	json_t *kept; /* of a table whose head is not printed yet */
	size_t count;
	bool follows; /* events */
	char *keys[COLUMNS_MAX];
	struct columns columns;
};

/*
 * Tables.
 */

static void take_columns(struct rows *rows, json_t *row)
{
	struct columns *c = &rows->columns;
	const char *key;
	json_t *value;

	json_object_foreach(row, key, value)
	{
		if (c->count == COLUMNS_MAX)
			return;
		if (rows->form == ROWS_TABLE && strcmp(key, "raw") == 0)
			continue;
		rows->keys[c->count] = strdup(key);
		if (rows->keys[c->count] == NULL)
			return;
		c->count++;
	}
}

static void widen(struct rows *rows, const json_t *row)
{
	for (size_t i = 0; i < rows->columns.count; i++) {
		char *text = rows_text(json_object_get(row, rows->keys[i]));

		columns_widen(&rows->columns, i, text != NULL ? text : "");
		free(text);
	}
}

/* What is worth a colour. */
static enum paint meaning_of(const char *key, const char *text)
{
	static const struct {
		const char *key, *text; /* NULL: anything */
		enum paint meaning;
	} meanings[] = {
		{ "state", "released", PAINT_DIM },     { "state", "tombstone", PAINT_DIM },
		{ "state", "claiming", PAINT_WARNING }, { "state", "releasing", PAINT_WARNING },
		{ "state", "conflict", PAINT_BAD },     { "state", "failing", PAINT_BAD },
		{ "role", "master", PAINT_GOOD },       { "role", "domain master", PAINT_GOOD },
		{ "last_error", NULL, PAINT_WARNING },
	};

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strcmp(key, meanings[i].key) == 0 &&
		    (meanings[i].text == NULL || strcmp(text, meanings[i].text) == 0))
			return meanings[i].meaning;
	return PAINT_PLAIN;
}

static void print_table_row(const struct rows *rows, const json_t *row)
{
	enum paint meanings[COLUMNS_MAX];
	const char *shown[COLUMNS_MAX];
	char *texts[COLUMNS_MAX];

	for (size_t i = 0; i < rows->columns.count; i++) {
		texts[i] = rows_text(json_object_get(row, rows->keys[i]));
		shown[i] = texts[i] != NULL ? texts[i] : "";
		meanings[i] = meaning_of(rows->keys[i], shown[i]);
	}
	columns_row(&rows->columns, meanings, shown, stdout);
	for (size_t i = 0; i < rows->columns.count; i++)
		free(texts[i]);
}

/* On a terminal, which they only make narrower; nothing comes that could fill them. */
static void drop_empty_columns(struct rows *rows)
{
	struct columns *c = &rows->columns;
	size_t kept = 0;

	for (size_t i = 0; i < c->count; i++) {
		if (c->widths[i] == 0) {
			free(rows->keys[i]);
			continue;
		}
		rows->keys[kept] = rows->keys[i];
		c->widths[kept++] = c->widths[i];
	}
	c->count = kept;
}

static void print_kept(struct rows *rows)
{
	struct columns *c = &rows->columns;
	enum paint meanings[COLUMNS_MAX];
	json_t *row;
	size_t i;

	for (i = 0; i < c->count; i++) {
		columns_widen(c, i, rows->keys[i]);
		meanings[i] = PAINT_HEADING;
	}
	columns_fit(c);
	columns_row(c, meanings, (const char *const *)rows->keys, stdout);
	json_array_foreach(rows->kept, i, row) print_table_row(rows, row);
	json_decref(rows->kept);
	rows->kept = NULL;
}

/*
 * Rows that are no lines of a table.
 */

static bool is_text(const json_t *row)
{
	return json_object_size(row) == 1 && json_is_string(json_object_get(row, "text"));
}

static bool has_rows_inside(json_t *row)
{
	const char *key;
	json_t *value;

	json_object_foreach(row, key, value)
	{
		if (json_is_object(value) || json_is_object(json_array_get(value, 0)))
			return true;
	}
	return false;
}

static void print_field(const char *key, json_t *value)
{
	char head[64], *text = rows_text(value);

	snprintf(head, sizeof(head), "%-*s", KEY_WIDTH, key);
	columns_wrap(PAINT_HEADING, head, text != NULL ? text : "", KEY_WIDTH, screen_columns(),
		     stdout);
	free(text);
}

static void print_block(const struct rows *rows, json_t *row)
{
	const char *key;
	json_t *value, *part;
	size_t i;

	if (rows->count > 0)
		putchar('\n');
	json_object_foreach(row, key, value)
	{
		if (!json_is_array(value))
			print_field(key, value);
		json_array_foreach(value, i, part) print_field(i == 0 ? key : "", part);
	}
}

/* Whether it was one of them. */
static bool print_apart(const struct rows *rows, json_t *row)
{
	if (is_text(row))
		puts(json_string_value(json_object_get(row, "text")));
	else if (has_rows_inside(row))
		print_block(rows, row);
	else
		return false;
	return true;
}

static void add_to_table(struct rows *rows, json_t *row)
{
	if (print_apart(rows, row))
		return;
	if (rows->kept == NULL) {
		print_table_row(rows, row);
		return;
	}
	widen(rows, row);
	json_array_append(rows->kept, row);
	if (json_array_size(rows->kept) == KEPT)
		print_kept(rows);
}

/*
 * CSV (RFC 4180).
 */

static void print_csv_field(const char *text, bool is_last)
{
	bool quoted = strpbrk(text, ",\"\r\n") != NULL;

	if (quoted)
		putchar('"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	if (quoted)
		putchar('"');
	fputs(is_last ? "\r\n" : ",", stdout);
}

static void add_to_csv(struct rows *rows, const json_t *row)
{
	for (size_t i = 0; rows->count == 0 && i < rows->columns.count; i++)
		print_csv_field(rows->keys[i], i + 1 == rows->columns.count);
	for (size_t i = 0; i < rows->columns.count; i++) {
		char *text = rows_text(json_object_get(row, rows->keys[i]));

		print_csv_field(text != NULL ? text : "", i + 1 == rows->columns.count);
		free(text);
	}
}

static void add_to_json(const struct rows *rows, json_t *row)
{
	fputs(rows->count == 0 ? "[\n" : ",\n", stdout);
	json_dumpf(row, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
}

struct rows *rows_begin(enum rows_form form)
{
	struct rows *rows = calloc(1, sizeof(*rows));

	if (rows == NULL)
		return NULL;
	rows->form = form;
	rows->kept = json_array();
	rows->columns.room = screen_columns();
	return rows;
}

/* Events come one by one, without an end: in every form they are lines of JSON, at once. */
static bool print_event(struct rows *rows, const json_t *row)
{
	if (!json_is_string(json_object_get(row, "event")))
		return false;
	rows->follows = true;
	json_dumpf(row, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	putchar('\n');
	(void)fflush(stdout);
	return true;
}

void rows_add(struct rows *rows, json_t *row)
{
	if (print_event(rows, row))
		return;
	if (rows->count == 0)
		take_columns(rows, row);
	if (rows->form == ROWS_TABLE)
		add_to_table(rows, row);
	else if (rows->form == ROWS_CSV)
		add_to_csv(rows, row);
	else
		add_to_json(rows, row);
	rows->count++;
}

bool rows_end(struct rows *rows)
{
	if (rows->form == ROWS_TABLE && json_array_size(rows->kept) > 0) {
		if (rows->columns.room > 0)
			drop_empty_columns(rows);
		print_kept(rows);
	}
	if (rows->form == ROWS_JSON && !rows->follows)
		fputs(rows->count == 0 ? "[]\n" : "\n]\n", stdout);
	json_decref(rows->kept);
	for (size_t i = 0; i < rows->columns.count; i++)
		free(rows->keys[i]);
	free(rows);
	return fflush(stdout) == 0 && !ferror(stdout);
}

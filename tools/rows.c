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

#define KEPT        200 /* rows from which the widths are taken */
#define COLUMNS_MAX 64

struct rows {
	enum rows_form form;
	json_t *kept; /* of a table whose head is not printed yet */
	size_t count, column_count;
	bool follows; /* events */
	char *columns[COLUMNS_MAX];
	size_t widths[COLUMNS_MAX];
};

/*
 * A value as text: nested ones with their parts beside each other.
 */

/* What a terminal could take for an order is printed as names have it: "<07>". */
static void print_string(FILE *to, const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			fprintf(to, "<%02x>", (unsigned)*text);
		else
			fputc(*text, to);
}

static void print_value(FILE *to, json_t *value)
{
	const char *key;
	json_t *part;
	size_t i;

	if (json_is_string(value)) {
		print_string(to, json_string_value(value));
	} else if (json_is_integer(value)) {
		fprintf(to, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	} else if (json_is_real(value)) {
		fprintf(to, "%.3f", json_real_value(value));
	} else if (json_is_boolean(value)) {
		fputs(json_is_true(value) ? "yes" : "no", to);
	} else if (json_is_array(value)) {
		json_array_foreach(value, i, part)
		{
			fputs(i > 0 ? ", " : "", to);
			print_value(to, part);
		}
	} else if (json_is_object(value)) {
		bool is_first = true;

		json_object_foreach(value, key, part)
		{
			fprintf(to, "%s%s=", is_first ? "" : " ", key);
			print_value(to, part);
			is_first = false;
		}
	}
}

/* NULL: out of memory. */
static char *text_of(json_t *value)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (memory == NULL)
		return NULL;
	print_value(memory, value);
	fclose(memory);
	return text;
}

/* Characters, of UTF-8. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text != '\0'; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

/*
 * Tables.
 */

static void take_columns(struct rows *rows, json_t *row)
{
	const char *key;
	json_t *value;

	json_object_foreach(row, key, value)
	{
		if (rows->column_count == COLUMNS_MAX)
			return;
		if (rows->form == ROWS_TABLE && strcmp(key, "raw") == 0)
			continue;
		rows->columns[rows->column_count] = strdup(key);
		if (rows->columns[rows->column_count] == NULL)
			return;
		rows->widths[rows->column_count++] = strlen(key);
	}
}

static void widen(struct rows *rows, const json_t *row)
{
	for (size_t i = 0; i < rows->column_count; i++) {
		char *text = text_of(json_object_get(row, rows->columns[i]));
		size_t width = text != NULL ? width_of(text) : 0;

		if (width > rows->widths[i])
			rows->widths[i] = width;
		free(text);
	}
}

static void print_cell(const struct rows *rows, size_t column, const char *text)
{
	size_t width = width_of(text);

	fputs(text, stdout);
	if (column + 1 == rows->column_count)
		putchar('\n');
	else
		for (; width < rows->widths[column] + 2; width++)
			putchar(' ');
}

static void print_table_row(const struct rows *rows, const json_t *row)
{
	for (size_t i = 0; i < rows->column_count; i++) {
		char *text = text_of(json_object_get(row, rows->columns[i]));

		print_cell(rows, i, text != NULL ? text : "");
		free(text);
	}
}

static void print_kept(struct rows *rows)
{
	json_t *row;
	size_t i;

	for (i = 0; i < rows->column_count; i++)
		print_cell(rows, i, rows->columns[i]);
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

static void print_line(const char *key, json_t *value)
{
	char *text = text_of(value);

	printf("%-18s%s\n", key, text != NULL ? text : "");
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
			print_line(key, value);
		json_array_foreach(value, i, part) print_line(i == 0 ? key : "", part);
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

static void print_field(const char *text, bool is_last)
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
	for (size_t i = 0; rows->count == 0 && i < rows->column_count; i++)
		print_field(rows->columns[i], i + 1 == rows->column_count);
	for (size_t i = 0; i < rows->column_count; i++) {
		char *text = text_of(json_object_get(row, rows->columns[i]));

		print_field(text != NULL ? text : "", i + 1 == rows->column_count);
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
	if (rows->form == ROWS_TABLE && json_array_size(rows->kept) > 0)
		print_kept(rows);
	if (rows->form == ROWS_JSON && !rows->follows)
		fputs(rows->count == 0 ? "[]\n" : "\n]\n", stdout);
	json_decref(rows->kept);
	for (size_t i = 0; i < rows->column_count; i++)
		free(rows->columns[i]);
	free(rows);
	return fflush(stdout) == 0 && !ferror(stdout);
}

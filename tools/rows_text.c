#include "config.h"

#include "tools/rows_text.h"

#include <stdio.h>

#include "common/charset.h"

/* What a terminal could take for an order is printed as names have it: "<07>". */
static void print_string(FILE *to, const char *text)
{
	size_t bytes;

	for (; *text != '\0'; text += bytes) {
		bytes = charset_is_control(text);
		if (bytes > 0)
			fprintf(to, "<%02x>", (unsigned)(unsigned char)text[bytes - 1]);
		else
			fputc(*text, to);
		bytes += bytes == 0;
	}
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

char *rows_text(json_t *value)
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

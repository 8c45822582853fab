#include "imports.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

static void record(void *ctx, const struct import_record *r)
{
	static const char *const kinds[] = { "unique", "group", "internet", "multihomed" };
	char name[NBT_NAME_TEXT_MAX], scope[NBT_SCOPE_TEXT_MAX], address[INET_ADDRSTRLEN];

	fprintf(ctx, "%u: %s", r->line, nbt_name_print(&r->name, name, sizeof(name)));
	if (r->scope.len > 0)
		fprintf(ctx, ".%s", nbt_scope_print(&r->scope, scope, sizeof(scope)));
	fprintf(ctx, " %s %c ", kinds[r->kind], "BPMH"[r->node_type]);
	if (r->is_static)
		fputs("static", ctx);
	else
		fprintf(ctx, "%lld", (long long)r->expires);
	for (size_t i = 0; i < r->address_count; i++)
		fprintf(ctx, " %s", inet_ntop(AF_INET, &r->addresses[i], address, sizeof(address)));
	fputc('\n', ctx);
}

static void skipped(void *ctx, unsigned line, const char *what, const char *why)
{
	fprintf(ctx, "%u %s: %s\n", line, what, why);
}

static void setting(void *ctx, unsigned line, const char *text)
{
	fprintf(ctx, "%u: %s\n", line, text);
}

struct import_sink import_text_sink(FILE *out)
{
	return (struct import_sink){ record, skipped, setting, out };
}

char *import_as_text(const char *format, const char *text, bool expired)
{
	static struct import_reader reader;
	const struct import_options options = { IMPORT_TEST_NOW, expired };
	struct import_sink sink;
	char *result = NULL;
	const char *error;
	size_t len;
	FILE *out = open_memstream(&result, &len);

	assert_non_null(out);
	sink = import_text_sink(out);
	import_begin(&reader, import_find_format(format), &sink, &options);
	while (*text != '\0') {
		size_t line = strcspn(text, "\n");

		import_line(&reader, text, line);
		text += line + (text[line] == '\n');
	}
	error = import_end(&reader);
	if (error != NULL)
		fprintf(out, "%s\n", error);
	fclose(out);
	return result;
}

/* A file of another name server, of the format FUZZ_FORMAT: what comes out of it is whole. */
#include "fuzz.h"

#include <string.h>

#include "tools/import/import.h"

static size_t lines;

static void record(void *ctx, const struct import_record *r)
{
	(void)ctx;
	must(r->line > 0 && r->line <= lines);
	must(r->kind <= IMPORT_MULTIHOMED && r->node_type <= 3);
	must(r->address_count <= IMPORT_ADDRESSES_MAX);
	must(r->address_count > 0 || r->kind == IMPORT_GROUP);
	must(r->is_static || r->expires > 1000);
}

static void skipped(void *ctx, unsigned line, const char *what, const char *why)
{
	(void)ctx;
	must(line <= lines && strlen(what) < IMPORT_LINE_MAX && strlen(why) > 0);
}

static void setting(void *ctx, unsigned line, const char *text)
{
	(void)ctx;
	must(line > 0 && line <= lines && strlen(text) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct import_reader reader;
	const struct import_sink sink = { record, skipped, setting, NULL };
	const struct import_options options = { 1000, false };

	lines = 0;
	import_begin(&reader, import_find_format(FUZZ_FORMAT), &sink, &options);
	while (size > 0) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end != NULL ? (size_t)(end - data) : size;
		char *line = malloc(len); /* of exactly so many bytes */

		must(line != NULL || len == 0);
		if (len > 0)
			memcpy(line, data, len);
		lines++;
		import_line(&reader, line, len);
		free(line);
		data += len + (end != NULL);
		size -= len + (end != NULL);
	}
	(void)import_end(&reader);
	return 0;
}

#include "tools/import/reader.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/array.h"
#include "common/charset.h"

const struct import_format *const import_formats[] = {
	&import_wins_dat,
	&import_ldif,
	&import_netsh,
	NULL,
};

const struct import_format *import_find_format(const char *name)
{
	for (const struct import_format *const *format = import_formats; *format != NULL; format++)
		if (strcmp((*format)->name, name) == 0)
			return *format;
	return NULL;
}

/*
 * Lines.
 */

void import_begin(struct import_reader *reader, const struct import_format *format,
		  const struct import_sink *sink, const struct import_options *options)
{
	memset(reader, 0, sizeof(*reader));
	reader->format = format;
	reader->sink = *sink;
	reader->options = *options;
}

void import_line(struct import_reader *reader, const char *line, size_t len)
{
	size_t shown = len < sizeof(reader->beginning) ? len : sizeof(reader->beginning) - 1;

	reader->line++;
	memcpy(reader->beginning, line, shown);
	reader->beginning[shown] = '\0';
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len >= sizeof(reader->text)) {
		reader_skip_line(reader, "the line is too long");
		return;
	}
	if (memchr(line, '\0', len) != NULL) {
		reader_skip_line(reader, "a NUL byte: this is no text");
		return;
	}
	memcpy(reader->text, line, len);
	reader->text[len] = '\0';
	reader->format->line(reader, reader->text);
}

const char *import_end(struct import_reader *reader)
{
	return reader->format->end != NULL ? reader->format->end(reader) : NULL;
}

void reader_skip_line(struct import_reader *reader, const char *why)
{
	reader->sink.skipped(reader->sink.ctx, reader->line, reader->beginning, why);
}

/*
 * Records.
 */

void reader_start_record(struct import_reader *reader)
{
	memset(&reader->record, 0, sizeof(reader->record));
	memset(reader->record.name.bytes, ' ', NBT_NAME_LEN);
	reader->record.line = reader->line;
	reader->seen = 0;
	reader->is_tombstone = reader->is_released = false;
}

static bool is_host(struct in_addr address)
{
	uint32_t host = ntohl(address.s_addr);

	return host != INADDR_ANY && host != INADDR_BROADCAST && !IN_MULTICAST(host);
}

static bool has_address(const struct import_record *record, struct in_addr address)
{
	for (size_t i = 0; i < record->address_count; i++)
		if (record->addresses[i].s_addr == address.s_addr)
			return true;
	return false;
}

bool reader_add_address(struct import_record *record, const char *text)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) != 1)
		return false;
	if (!is_host(address) || has_address(record, address))
		return true;
	if (record->address_count == IMPORT_ADDRESSES_MAX)
		record->is_cut = true;
	else
		record->addresses[record->address_count++] = address;
	return true;
}

/* Well enough to tell it from an 8-bit character set. */
static bool is_utf8(const char *text)
{
	size_t more = 0; /* bytes that the character still wants */

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c & 0xc0) == 0x80) {
			if (more-- == 0)
				return false;
			continue;
		}
		if (more > 0 || c > 0xf4)
			return false;
		more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	}
	return more == 0;
}

bool reader_name(struct import_record *record, const char *text, uint8_t suffix)
{
	if (*text == '\0')
		return false;
	if (is_utf8(text))
		return charset_make_name(&record->name, text, suffix);
	return nbt_name_make(&record->name, text, suffix) == NBT_OK;
}

void reader_skip_record(struct import_reader *reader, const char *why)
{
	const struct import_record *record = &reader->record;
	char text[NBT_NAME_TEXT_MAX];

	reader->sink.skipped(reader->sink.ctx, record->line,
			     nbt_name_print(&record->name, text, sizeof(text)), why);
}

static bool is_expired(const struct import_reader *reader, const struct import_record *record)
{
	return !record->is_static && record->expires <= reader->options.now &&
	       !reader->options.expired;
}

static const char *why_not(const struct import_reader *reader, const struct import_record *record)
{
	if (record->name.bytes[0] == '*')
		return "no server keeps a name that begins with *";
	if (nbt_name_suffix(&record->name) == NBT_SUFFIX_LMB)
		return "local master browsers are found by broadcast: no server keeps <1D>";
	if (reader->is_tombstone)
		return "a tombstone: the name is gone";
	if (reader->is_released)
		return "its owner has released it";
	if (is_expired(reader, record))
		return "its lease has ended (--expired takes it all the same)";
	if (record->address_count == 0 && record->kind != IMPORT_GROUP)
		return "it has no address of a host";
	return NULL;
}

static void normalise_kind(struct import_record *record)
{
	if (record->kind == IMPORT_UNIQUE && record->address_count > 1)
		record->kind = IMPORT_MULTIHOMED;
	if (record->kind == IMPORT_GROUP && nbt_name_suffix(&record->name) == NBT_SUFFIX_DC)
		record->kind = IMPORT_INTERNET; /* domain controllers */
}

void reader_end_record(struct import_reader *reader)
{
	const char *why;

	normalise_kind(&reader->record);
	why = why_not(reader, &reader->record);
	if (why != NULL) {
		reader_skip_record(reader, why);
		return;
	}
	reader->sink.record(reader->sink.ctx, &reader->record);
	if (reader->record.is_cut)
		reader_skip_record(reader, "addresses beyond the 25 that a name can have");
}

/*
 * Words.
 */

static bool number(const char *text, const char *digits, int base, uint64_t max, uint64_t *out)
{
	if (*text == '\0' || text[strspn(text, digits)] != '\0')
		return false;
	errno = 0;
	*out = strtoull(text, NULL, base);
	return errno == 0 && *out <= max;
}

bool reader_number(const char *text, uint64_t max, uint64_t *out)
{
	return number(text, "0123456789", 10, max, out);
}

bool reader_hex(const char *text, uint64_t max, uint64_t *out)
{
	if (strncasecmp(text, "0x", 2) == 0)
		text += 2;
	return number(text, "0123456789abcdefABCDEF", 16, max, out);
}

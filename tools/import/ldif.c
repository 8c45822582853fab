/*
 * The database of Samba AD's WINS server (wins.ldb) as LDIF (RFC 2849), as ldbsearch prints it:
 *
 *	dn: name=OFFICE,type=0x1C
 *	name: OFFICE
 *	type: 0x1C
 *	recordType: 2
 *	recordState: 0
 *	nodeType: 3
 *	isStatic: 0
 *	expireTime: 20261129215036.0Z
 *	address: 10.77.10.1;winsOwner:10.88.2.11;expireTime:20261129215036.0Z;
 *
 * Lines may go on in the next ones, which begin with a blank; values may be in Base64. Names are
 * bytes as they were on the wire. Attributes come in any order.
 */
#include <string.h>
#include <strings.h>

#include "common/array.h"
#include "tools/import/base64.h"
#include "tools/import/reader.h"
#include "tools/import/when.h"

enum { SEEN_DN = 1, SEEN_RECORD = 2, SEEN_NAME = 4, SEEN_TYPE = 8, SEEN_KIND = 16, SEEN_TIME = 32 };

static bool read_kind(struct import_reader *reader, const char *value, size_t len)
{
	uint64_t kind;

	(void)len;
	if (!reader_number(value, IMPORT_MULTIHOMED, &kind))
		return false;
	reader->record.kind = (enum import_kind)kind;
	reader->seen |= SEEN_KIND;
	return true;
}

static bool read_state(struct import_reader *reader, const char *value, size_t len)
{
	uint64_t state;

	(void)len;
	if (!reader_number(value, 2, &state))
		return false;
	reader->is_released = state == 1;
	reader->is_tombstone = state == 2;
	return true;
}

static bool read_node_type(struct import_reader *reader, const char *value, size_t len)
{
	uint64_t type;

	(void)len;
	if (!reader_number(value, 3, &type))
		return false;
	reader->record.node_type = (uint8_t)type;
	return true;
}

static bool read_static(struct import_reader *reader, const char *value, size_t len)
{
	uint64_t is_static;

	(void)len;
	if (!reader_number(value, 1, &is_static))
		return false;
	reader->record.is_static = is_static == 1;
	return true;
}

static bool read_time(struct import_reader *reader, const char *value, size_t len)
{
	(void)len;
	reader->seen |= SEEN_TIME;
	return when_read(value, &reader->record.expires);
}

/* Samba prints suffixes from 80 on as negative numbers. */
static bool read_type(struct import_reader *reader, const char *value, size_t len)
{
	uint64_t type;

	(void)len;
	if (!reader_hex(value, UINT32_MAX, &type) || (type > 0xff && type < 0xffffff80))
		return false;
	reader->record.name.bytes[NBT_NAME_LEN - 1] = (uint8_t)type;
	reader->seen |= SEEN_TYPE;
	return true;
}

static bool read_name(struct import_reader *reader, const char *value, size_t len)
{
	if (len > NBT_NAME_LEN - 1)
		return false;
	memset(reader->record.name.bytes, ' ', NBT_NAME_LEN - 1);
	memcpy(reader->record.name.bytes, value, len);
	reader->seen |= SEEN_NAME;
	return true;
}

static bool read_scope(struct import_reader *reader, const char *value, size_t len)
{
	return strlen(value) == len && nbt_scope_from_text(&reader->record.scope, value) == NBT_OK;
}

/* The address alone, or with its owner and lease. */
static bool read_address(struct import_reader *reader, const char *value, size_t len)
{
	char text[INET_ADDRSTRLEN] = "";
	size_t end = strcspn(value, ";");

	(void)len;
	if (end >= sizeof(text))
		return false;
	memcpy(text, value, end);
	return reader_add_address(&reader->record, text);
}

static bool read_dn(struct import_reader *reader, const char *value, size_t len)
{
	(void)value, (void)len;
	reader->seen |= SEEN_DN;
	return true;
}

static bool read_class(struct import_reader *reader, const char *value, size_t len)
{
	(void)len;
	if (strcasecmp(value, "winsRecord") == 0)
		reader->seen |= SEEN_RECORD;
	return true;
}

static const struct {
	const char *name;
	bool (*read)(struct import_reader *reader, const char *value, size_t len);
} attributes[] = {
	{ "dn", read_dn },
	{ "objectClass", read_class },
	{ "name", read_name },
	{ "type", read_type },
	{ "scope", read_scope },
	{ "recordType", read_kind },
	{ "recordState", read_state },
	{ "nodeType", read_node_type },
	{ "isStatic", read_static },
	{ "expireTime", read_time },
	{ "address", read_address },
};

/*
 * Logical lines.
 */

static const char bad_value[] = "a value that is not understood: the record is left out";

/* The line, of which pending holds the attribute's name, cannot be used: the rest of the record is
 * passed over. */
static void give_up(struct import_reader *reader, const char *why)
{
	reader->sink.skipped(reader->sink.ctx, reader->first_line, reader->pending, why);
	reader->is_broken = true;
}

static void attribute(struct import_reader *reader, const char *name, char *value, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		if (strcasecmp(attributes[i].name, name) != 0)
			continue;
		if (!attributes[i].read(reader, value, len))
			give_up(reader, bad_value);
		return;
	}
}

/* "name: value", "name:: value in Base64", "name:" */
static void logical_line(struct import_reader *reader, char *line)
{
	char *colon = strchr(line, ':'), *value;
	bool is_coded;
	size_t len;

	if (colon == NULL) {
		give_up(reader, "is no line of LDIF; they are ATTRIBUTE: VALUE");
		return;
	}
	*colon = '\0';
	is_coded = colon[1] == ':';
	value = colon + 1 + is_coded;
	value += strspn(value, " ");
	len = strlen(value);
	if (!is_coded || base64_decode(value, &len))
		attribute(reader, line, value, len);
	else
		give_up(reader, "a value that is no Base64: the record is left out");
}

static void start_record(struct import_reader *reader)
{
	reader_start_record(reader);
	reader->record.line = reader->first_line;
}

static void end_line(struct import_reader *reader)
{
	if (reader->pending_len == 0)
		return;
	reader->pending[reader->pending_len] = '\0';
	reader->pending_len = 0;
	if (reader->seen == 0 && !reader->is_broken)
		start_record(reader);
	if (!reader->is_broken)
		logical_line(reader, reader->pending);
}

#define SEEN_WHOLE (SEEN_NAME | SEEN_TYPE | SEEN_KIND)

static void end_entry(struct import_reader *reader)
{
	if (reader->is_broken) {
		reader->is_head_seen |= (reader->seen & (SEEN_DN | SEEN_RECORD)) != 0;
	} else if (reader->seen & SEEN_RECORD) {
		reader->is_head_seen = true;
		if ((reader->seen & SEEN_WHOLE) != SEEN_WHOLE ||
		    !(reader->record.is_static || reader->seen & SEEN_TIME))
			reader_skip_record(reader, "it lacks name, type, recordType or expireTime");
		else
			reader_end_record(reader);
	}
	reader->seen = 0;
	reader->is_broken = false;
}

static void append(struct import_reader *reader, const char *text)
{
	size_t len = strlen(text);

	if (reader->is_broken)
		return;
	if (reader->pending_len + len >= sizeof(reader->pending)) {
		reader->pending[reader->pending_len] = '\0';
		reader->pending[strcspn(reader->pending, ":")] = '\0';
		give_up(reader, "the line is too long: the record is left out");
		return;
	}
	if (reader->pending_len == 0)
		reader->first_line = reader->line;
	memcpy(reader->pending + reader->pending_len, text, len);
	reader->pending_len += len;
}

/* ldbsearch numbers the entries, and counts them at the end. */
static void comment(struct import_reader *reader, const char *line)
{
	reader->must_close |= strncmp(line, "# record ", 9) == 0;
	reader->is_closed |= strncmp(line, "# returned ", 11) == 0;
}

static void ldif_line(struct import_reader *reader, char *line)
{
	if (*line == ' ') {
		if (!reader->is_comment)
			append(reader, line + 1);
		return;
	}
	end_line(reader);
	reader->is_comment = *line == '#';
	if (*line == '\0')
		end_entry(reader);
	else if (reader->is_comment)
		comment(reader, line);
	else
		append(reader, line);
}

static const char *ldif_end(struct import_reader *reader)
{
	bool is_cut = reader->must_close && !reader->is_closed;

	end_line(reader);
	if (is_cut && !reader->is_broken && reader->seen != 0)
		reader_skip_record(reader, "the file ends here, before it should");
	else
		end_entry(reader);
	if (is_cut)
		return "the file is cut off: \"# returned ... records\" is missing at its end";
	return reader->is_head_seen ? NULL : "no winsRecord in it: this is no LDIF of wins.ldb";
}

const struct import_format import_ldif = {
	.name = "ldif",
	.what = "wins.ldb of Samba's AD server, as ldbsearch prints it",
	.line = ldif_line,
	.end = ldif_end,
};

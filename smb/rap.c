/* RAP: everything is read and written by the descriptors (MS-RAP section 2.5.1). */
#include "smb/rap.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define POINTER_SIZE 4

#define SERVER_0     "B16"
#define SERVER_1     "B16BBDz"

/* NetSessionEnum is not in MS-RAP; its records are those of LAN Manager. */
static const struct rap_function functions[] = {
	{ RAP_SHARE_ENUM,
	  "WrLeh",
	  NULL,
	  { { 0, "B13" }, { 1, "B13BWz" }, { 2, "B13BWzWWWzB9B" } } },
	{ RAP_SHARE_GET_INFO,
	  "zWrLh",
	  NULL,
	  { { 0, "B13" }, { 1, "B13BWz" }, { 2, "B13BWzWWWzB9B" } } },
	{ RAP_SESSION_ENUM,
	  "WrLeh",
	  NULL,
	  { { 0, "z" }, { 1, "zzWWWDDD" }, { 2, "zzWWWDDDz" }, { 10, "zzDD" } } },
	{ RAP_SERVER_GET_INFO, "WrLh", NULL, { { 0, SERVER_0 }, { 1, SERVER_1 } } },
	{ RAP_WKSTA_GET_INFO, "WrLh", NULL, { { 10, "zzzBBzz" } } },
	{ RAP_REMOTE_TOD, "rL", NULL, { { 0, "DDBBBBWWBBWB" } } },
	{ RAP_SERVER_ENUM2, "WrLehDz", "WrLehDO", { { 0, SERVER_0 }, { 1, SERVER_1 } } },
	{ RAP_SERVER_ENUM3, "WrLehDzz", NULL, { { 0, SERVER_0 }, { 1, SERVER_1 } } },
};

const struct rap_function *rap_find(uint16_t number)
{
	for (size_t i = 0; i < COUNT(functions); i++)
		if (functions[i].number == number)
			return &functions[i];
	return NULL;
}

const char *rap_record_of(const struct rap_function *function, uint16_t level)
{
	for (size_t i = 0; i < COUNT(function->levels); i++)
		if (function->levels[i].record != NULL && function->levels[i].level == level)
			return function->levels[i].record;
	return NULL;
}

bool rap_asks_for_groups(uint32_t types)
{
	return types != RAP_TYPE_ALL && (types & RAP_TYPE_DOMAIN_ENUM) != 0;
}

bool rap_asks_for(uint32_t types, uint32_t type)
{
	if (types == RAP_TYPE_ALL)
		return true;
	return (types & RAP_TYPE_LOCAL_LIST) != 0 ? (type & RAP_TYPE_LOCAL_LIST) != 0
						  : (type & types) != 0;
}

/* An item of a descriptor: a letter, and how often; B13 is thirteen bytes. */
struct item {
	char letter;
	size_t repeat; /* 0: no number stands there */
};

static bool next_item(const char **descriptor, struct item *item)
{
	item->letter = **descriptor;
	item->repeat = 0;
	if (item->letter == '\0')
		return false;
	for (++*descriptor; **descriptor >= '0' && **descriptor <= '9'; ++*descriptor)
		if (item->repeat < RAP_DATA_MAX)
			item->repeat = item->repeat * 10 + (size_t)(**descriptor - '0');
	return true;
}

static void read_argument(struct nbt_reader *r, char letter, struct rap_arguments *out)
{
	switch (letter) {
	case 'W':
		out->level = nbt_read_le16(r);
		break;
	case 'L':
		out->buffer = nbt_read_le16(r);
		break;
	case 'D':
		out->types = nbt_read_le32(r);
		break;
	case 'z':
	case 'O':
		if (out->text_count == COUNT(out->text))
			nbt_reader_fail(r, NBT_EVALUE);
		else
			out->text[out->text_count++] = letter == 'z' ? nbt_read_cstring(r) : NULL;
		break;
	case 'r': /* results: they are in the reply */
	case 'e':
	case 'h':
		break;
	default:
		nbt_reader_fail(r, NBT_EVALUE);
	}
}

enum nbt_error rap_read_request(const uint8_t *bytes, size_t len, struct rap_request *out)
{
	struct nbt_reader r = nbt_reader_of(bytes, len);
	const char *rest;
	struct item item;

	memset(out, 0, sizeof(*out));
	out->number = nbt_read_le16(&r);
	out->params = nbt_read_cstring(&r);
	out->record = nbt_read_cstring(&r);
	if (r.err != NBT_OK)
		return r.err;
	rest = out->params;
	while (r.err == NBT_OK && next_item(&rest, &item))
		read_argument(&r, item.letter, &out->arguments);
	return r.err;
}

static void write_argument(struct nbt_writer *w, char letter, const struct rap_arguments *in,
			   unsigned *texts)
{
	if (letter == 'W')
		nbt_write_le16(w, in->level);
	else if (letter == 'L')
		nbt_write_le16(w, in->buffer);
	else if (letter == 'D')
		nbt_write_le32(w, in->types);
	else if (letter == 'z' && *texts < in->text_count)
		nbt_write_bytes(w, in->text[*texts], strlen(in->text[*texts]) + 1);
	*texts += letter == 'z' || letter == 'O';
}

void rap_write_request(struct nbt_writer *w, const struct rap_request *in)
{
	const char *rest = in->params;
	unsigned texts = 0;
	struct item item;

	nbt_write_le16(w, in->number);
	nbt_write_bytes(w, in->params, strlen(in->params) + 1);
	nbt_write_bytes(w, in->record, strlen(in->record) + 1);
	while (next_item(&rest, &item))
		write_argument(w, item.letter, &in->arguments, &texts);
}

void rap_write_reply(struct nbt_writer *w, const char *params, const struct rap_reply *in)
{
	bool enumeration = strchr(params, 'e') != NULL;

	nbt_write_le16(w, in->status);
	nbt_write_le16(w, in->converter);
	if (enumeration)
		nbt_write_le16(w, in->returned);
	if (strchr(params, 'h') != NULL)
		nbt_write_le16(w, enumeration ? in->available : in->total);
}

enum nbt_error rap_read_reply(const uint8_t *bytes, size_t len, const char *params,
			      struct rap_reply *out)
{
	struct nbt_reader r = nbt_reader_of(bytes, len), results;
	bool enumeration = strchr(params, 'e') != NULL;

	memset(out, 0, sizeof(*out));
	out->status = nbt_read_le16(&r);
	out->converter = nbt_read_le16(&r);
	results = r;
	if (enumeration)
		out->returned = nbt_read_le16(&results);
	if (strchr(params, 'h') != NULL)
		*(enumeration ? &out->available : &out->total) = nbt_read_le16(&results);
	return r.err;
}

static size_t item_size(const struct item *item)
{
	if (item->letter == 'z' || item->letter == 'D')
		return POINTER_SIZE;
	if (item->letter == 'W')
		return 2;
	return item->repeat > 0 ? item->repeat : 1;
}

size_t rap_record_size(const char *record)
{
	struct item item;
	size_t size = 0;

	while (next_item(&record, &item))
		size += item_size(&item);
	return size;
}

size_t rap_texts_size(const char *record, const struct rap_value *values)
{
	struct item item;
	size_t size = 0;

	for (; next_item(&record, &item); values++)
		if (item.letter == 'z')
			size += strlen(values->text) + 1;
	return size;
}

struct rap_records rap_begin_records(const char *record, size_t count, uint8_t *buf, size_t size)
{
	struct rap_records records = { .record = record,
				       .fixed = nbt_writer_of(buf, size),
				       .texts = nbt_writer_of(buf, size) };

	if (nbt_write_space(&records.texts, count * rap_record_size(record)) != NULL)
		records.fixed.size = records.texts.pos;
	else
		records.fixed.size = 0;
	return records;
}

/* A text in a field of so many bytes, its NUL included, the rest zeros. */
static void write_fixed_text(struct nbt_writer *w, const char *text, size_t size)
{
	size_t len = strlen(text) < size ? strlen(text) : size - 1;

	nbt_write_bytes(w, text, len);
	nbt_write_zeros(w, size - len);
}

static void write_value(struct rap_records *records, const struct item *item,
			const struct rap_value *value)
{
	struct nbt_writer *fixed = &records->fixed;

	switch (item->letter) {
	case 'z':
		nbt_write_le32(fixed, (uint32_t)records->texts.pos);
		nbt_write_bytes(&records->texts, value->text, strlen(value->text) + 1);
		break;
	case 'D':
		nbt_write_le32(fixed, value->number);
		break;
	case 'W':
		nbt_write_le16(fixed, (uint16_t)value->number);
		break;
	default:
		if (item->repeat > 0)
			write_fixed_text(fixed, value->text, item->repeat);
		else
			nbt_write_u8(fixed, (uint8_t)value->number);
	}
}

void rap_add_record(struct rap_records *records, const struct rap_value *values)
{
	const char *rest = records->record;
	struct item item;

	for (; next_item(&rest, &item); values++)
		write_value(records, &item, values);
}

size_t rap_end_records(const struct rap_records *records, enum nbt_error *err)
{
	*err = records->fixed.err != NBT_OK ? records->fixed.err : records->texts.err;
	return records->texts.pos;
}

/* MS-RAP section 2.5.3: the low half less the converter is the offset in the data. */
static const char *text_at(const uint8_t *data, size_t len, uint32_t pointer, uint16_t converter)
{
	uint16_t offset = (uint16_t)((uint16_t)pointer - converter);

	return offset < len && memchr(data + offset, 0, len - offset) != NULL
		       ? (const char *)data + offset
		       : "";
}

static void read_value(struct nbt_reader *r, const struct item *item, uint16_t converter,
		       struct rap_value *value)
{
	const uint8_t *field;

	switch (item->letter) {
	case 'z':
		value->text = text_at(r->base, r->end, nbt_read_le32(r), converter);
		break;
	case 'D':
		value->number = nbt_read_le32(r);
		break;
	case 'W':
		value->number = nbt_read_le16(r);
		break;
	default:
		if (item->repeat == 0) {
			value->number = nbt_read_u8(r);
			break;
		}
		field = nbt_read_bytes(r, item->repeat);
		if (field != NULL && memchr(field, 0, item->repeat) == NULL)
			nbt_reader_fail(r, NBT_EVALUE);
		value->text = (const char *)field;
	}
}

enum nbt_error rap_read_record(const char *record, const uint8_t *data, size_t len, size_t i,
			       uint16_t converter, struct rap_value *values)
{
	struct nbt_reader r = nbt_reader_of(data, len);
	struct item item;

	nbt_read_bytes(&r, i * rap_record_size(record));
	for (; r.err == NBT_OK && next_item(&record, &item); values++) {
		*values = (struct rap_value){ .text = "" };
		read_value(&r, &item, converter, values);
	}
	return r.err;
}

/* From the command line to a datagram. */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nbt/mailslot.h>

#include "common/charset.h"
#include "tools/nbtsend.h"
#include "tools/nbtsend_frame.h"

#define MSBROWSE        "\x01\x02__MSBROWSE__\x02"
#define MAILSLOT_PREFIX "\\MAILSLOT\\"
#define POPUP_MAX       1024
#define HEX_DIGITS      "0123456789abcdefABCDEF"

static bool fails(struct send_message *m, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool fails(struct send_message *m, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(m->error, sizeof(m->error), format, args);
	va_end(args);
	return false;
}

/* "-" is everybody's master browser, "*" everybody. */
static bool read_name(struct send_message *m, struct nbt_name *name, const char *text, int *suffix)
{
	if (strcmp(text, "-") == 0) {
		*suffix = NBT_SUFFIX_BROWSE;
		return nbt_name_make_exact(name, MSBROWSE, NBT_SUFFIX_BROWSE) == NBT_OK;
	}
	return charset_read_name(name, text, suffix) ||
	       fails(m, "%s: not a NetBIOS name of up to 15 characters", text);
}

/* The host's own name, as nbnsd has it: up to the first dot. */
static bool read_source(struct send_message *m, const char *text)
{
	char host[256] = "";
	int suffix = NBT_SUFFIX_WORKSTATION;

	if (text != NULL)
		return read_name(m, &m->datagram.source, text, &suffix);
	if (gethostname(host, sizeof(host) - 1) != 0)
		return fails(m, "gethostname: %s", strerror(errno));
	host[strcspn(host, ".")] = '\0';
	host[NBT_NAME_LEN - 1] = '\0';
	return read_name(m, &m->datagram.source, host, &suffix);
}

static bool read_scope(struct send_message *m, const char *text)
{
	struct nbt_datagram *d = &m->datagram;

	d->source_scope.len = 0;
	if (text != NULL && nbt_scope_from_text(&d->source_scope, text) != NBT_OK)
		return fails(m, "%s: not a scope", text);
	d->destination_scope = d->source_scope;
	return true;
}

static uint8_t type_of(const struct send_options *o, const char *name, uint8_t otherwise)
{
	switch (o->type.letter) {
	case 'u':
		return NBT_DGM_DIRECT_UNIQUE;
	case 'g':
		return NBT_DGM_DIRECT_GROUP;
	case 'b':
		return NBT_DGM_BROADCAST;
	default:
		return strcmp(name, "*") == 0 ? NBT_DGM_BROADCAST : otherwise;
	}
}

/* A name as it is in frames and pop-ups: without padding and suffix. */
static void bare_name(const struct nbt_name *name, char out[NBT_BROWSE_NAME_SIZE])
{
	size_t len = NBT_NAME_LEN - 1;

	while (len > 0 && (name->bytes[len - 1] == ' ' || name->bytes[len - 1] == '\0'))
		len--;
	memcpy(out, name->bytes, len);
	out[len] = '\0';
}

static bool read_file(struct send_message *m, const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "r");
	bool failed;

	if (file == NULL)
		return fails(m, "%s: %s", path, strerror(errno));
	m->datagram.data_len = fread(m->data, 1, sizeof(m->data), file);
	failed = ferror(file) || (m->datagram.data_len == sizeof(m->data) && getc(file) != EOF);
	if (!is_stdin)
		fclose(file);
	return !failed ||
	       fails(m, "%s: cannot be read, or is longer than %u bytes", path, SEND_DATA_MAX);
}

static bool read_hex(struct send_message *m, const char *text)
{
	const char *at = text + strspn(text, " ");
	size_t digits, len = 0;

	while (len < sizeof(m->data) && (digits = strspn(at, HEX_DIGITS)) > 0) {
		const char byte[3] = { at[0], digits > 1 ? at[1] : '\0' };

		m->data[len++] = (uint8_t)strtoul(byte, NULL, 16);
		at += strlen(byte);
		at += strspn(at, " ");
	}
	m->datagram.data_len = len;
	return *at == '\0' || fails(m, "%s: not in hex, or too long", text);
}

/* What is to be sent, as it is. */
static bool read_data(struct send_message *m, const struct send_options *o, const char *text)
{
	int sources = (o->file != NULL) + (o->hex != NULL) + (text != NULL);

	if (sources > 1)
		return fails(m, "only one of TEXT, --file and --hex can be sent");
	if (o->file != NULL)
		return read_file(m, o->file);
	if (o->hex != NULL)
		return read_hex(m, o->hex);
	if (text == NULL)
		return fails(m, "what is to be sent? TEXT, --file or --hex");
	m->datagram.data_len = strlen(text);
	if (m->datagram.data_len > sizeof(m->data))
		return fails(m, "the text is longer than %u bytes", SEND_DATA_MAX);
	memcpy(m->data, text, m->datagram.data_len);
	return true;
}

/* Puts the data into a message to this mailslot. */
static bool wrap(struct send_message *m, const char *mailslot)
{
	static uint8_t data[SEND_DATA_MAX];
	size_t prefix_len = sizeof(MAILSLOT_PREFIX) - 1, room;
	char name[256];
	struct nbt_mailslot slot = { .name = name,
				     .priority = 1,
				     .klass = NBT_MAILSLOT_CLASS_UNRELIABLE,
				     .timeout_ms = 1000,
				     .data = data,
				     .data_len = m->datagram.data_len };

	if (*mailslot == '\0' || strlen(mailslot) >= sizeof(name) - prefix_len)
		return fails(m, "%s: not the name of a mailslot", mailslot);
	snprintf(name, sizeof(name), "%s%s",
		 strncasecmp(mailslot, MAILSLOT_PREFIX, prefix_len) == 0 ? "" : MAILSLOT_PREFIX,
		 mailslot);
	room = NBT_MAILSLOT_MAX - NBT_MAILSLOT_HEADER_LEN - strlen(name) - 1;
	if (slot.data_len > room)
		return fails(m,
			     "%zu bytes are too long: a message to %s has %zu bytes at most, since "
			     "Windows and Samba know no fragments",
			     slot.data_len, name, room);
	memcpy(data, m->data, slot.data_len);
	return nbt_mailslot_encode(&slot, m->data, sizeof(m->data), &m->datagram.data_len) ==
		       NBT_OK ||
	       fails(m, "%s: not the name of a mailslot", mailslot);
}

/* LF becomes CR LF; a line feed at the end is of the file, not of the text. */
static size_t break_lines(const char *text, size_t len, char *out, size_t size)
{
	size_t pos = 0;

	if (len > 0 && text[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < len && pos + 2 <= size; i++) {
		if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
			out[pos++] = '\r';
		out[pos++] = text[i];
	}
	return pos;
}

static bool make_popup(struct send_message *m, const struct send_options *o, const char *text)
{
	char from[NBT_BROWSE_NAME_SIZE], to[NBT_BROWSE_NAME_SIZE];
	char utf8[POPUP_MAX], wire[POPUP_MAX], lines[2 * POPUP_MAX];
	struct nbt_popup popup = { .from = from, .to = to, .text = (const uint8_t *)lines };
	size_t len;

	if (!read_data(m, o, text))
		return false;
	len = m->datagram.data_len;
	if (len >= sizeof(utf8))
		return fails(m, "%zu bytes are too long for a pop-up", len);
	memcpy(utf8, m->data, len);
	utf8[len] = '\0';
	if (strlen(utf8) != len || !charset_to_wire(utf8, wire, sizeof(wire), &len))
		return fails(m, "the text has a character that is not in the character set");
	popup.text_len = break_lines(wire, len, lines, sizeof(lines));
	bare_name(&m->datagram.source, from);
	bare_name(&m->datagram.destination, to);
	return nbt_popup_encode(&popup, m->data, sizeof(m->data), &m->datagram.data_len) ==
		       NBT_OK &&
	       wrap(m, NBT_MAILSLOT_MESSNGR);
}

static bool make_frame(struct send_message *m, const struct send_options *o,
		       const struct frame_kind *kind, char **assignments, int count)
{
	char host[NBT_BROWSE_NAME_SIZE], group[NBT_BROWSE_NAME_SIZE];
	struct nbt_browse frame;

	bare_name(&m->datagram.source, host);
	bare_name(&m->datagram.destination, group);
	frame_defaults(&frame, kind, host, group);
	for (int i = 0; i < count; i++)
		if (!frame_set(&frame, kind, assignments[i], m->error, sizeof(m->error)))
			return false;
	if (nbt_browse_encode(&frame, m->data, sizeof(m->data), &m->datagram.data_len) != NBT_OK)
		return fails(m, "period: a LAN Manager announcement has 65535000 ms at most");
	if (kind->opcode == NBT_BROWSE_DOMAIN_ANNOUNCEMENT &&
	    nbt_name_make_exact(&m->datagram.destination, MSBROWSE, NBT_SUFFIX_BROWSE) != NBT_OK)
		return false;
	return wrap(m, o->mailslot != NULL ? o->mailslot : nbt_browse_mailslot(kind->opcode));
}

static bool make_plain(struct send_message *m, const struct send_options *o, const char *text)
{
	return read_data(m, o, text) && (o->mailslot == NULL || wrap(m, o->mailslot));
}

static bool make_data(struct send_message *m, const struct send_options *o,
		      const struct frame_kind *kind, char **rest, int count)
{
	if (kind != NULL)
		return make_frame(m, o, kind, rest, count);
	if (count > 1)
		return fails(m, "%s: only one TEXT can be sent; quote it", rest[1]);
	return o->popup ? make_popup(m, o, rest[0]) : make_plain(m, o, rest[0]);
}

bool message_make(struct send_message *m, const struct send_options *o, char **arguments, int count)
{
	const struct frame_kind *kind = NULL;
	int suffix = NBT_SUFFIX_WORKSTATION;

	memset(&m->datagram, 0, sizeof(m->datagram));
	if (o->browse != NULL) {
		kind = frame_kind_find(o->browse);
		if (kind == NULL)
			return fails(m, "%s: no such frame; --browse=help shows them", o->browse);
		if (o->popup || o->file != NULL || o->hex != NULL)
			return fails(m, "a frame has no TEXT");
		suffix = kind->suffix;
	}
	if (o->popup && o->mailslot != NULL)
		return fails(m, "a pop-up has its own mailslot");
	m->datagram.type =
		type_of(o, arguments[0], kind != NULL ? kind->type : NBT_DGM_DIRECT_UNIQUE);
	m->datagram.data = m->data;
	return read_scope(m, o->scope) && read_source(m, o->source) &&
	       read_name(m, &m->datagram.destination, arguments[0], &suffix) &&
	       make_data(m, o, kind, arguments + 1, count - 1);
}

bool message_make_listener(struct send_message *m, const struct send_options *o, const char *name)
{
	int suffix = -1;

	memset(&m->datagram, 0, sizeof(m->datagram));
	if (!read_scope(m, o->scope) || !read_name(m, &m->datagram.destination, name, &suffix))
		return false;
	m->any_suffix = suffix < 0;
	if (m->any_suffix)
		m->datagram.destination.bytes[NBT_NAME_LEN - 1] = NBT_SUFFIX_WORKSTATION;
	m->datagram.type = type_of(o, name,
				   suffix == NBT_SUFFIX_ELECTION || suffix == NBT_SUFFIX_BROWSE
					   ? NBT_DGM_DIRECT_GROUP
					   : NBT_DGM_DIRECT_UNIQUE);
	return true;
}

/* "*" wants everything of the scope. Further fragments have no names. */
bool message_is_wanted(const struct send_message *m, const struct nbt_datagram *datagram)
{
	const struct nbt_name *want = &m->datagram.destination, *got = &datagram->destination;
	size_t len = m->any_suffix ? NBT_NAME_LEN - 1 : NBT_NAME_LEN;

	if (datagram->type > NBT_DGM_BROADCAST || nbt_datagram_is_rest(datagram) ||
	    !nbt_scope_equal(&m->datagram.destination_scope, &datagram->destination_scope))
		return false;
	return want->bytes[0] == '*' || memcmp(want->bytes, got->bytes, len) == 0;
}

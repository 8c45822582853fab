/* What arrives: as text, with what is inside of it as far as it is known; or as JSON. */
#include "config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <nbt/dump.h>

#include "common/charset.h"
#include "tools/nbtsend.h"
#include "tools/report.h"

#define LINE_MAX_LEN 4096

/* What a datagram carries. */
struct content {
	bool is_mailslot, is_frame, is_popup;
	struct nbt_mailslot mailslot;
	struct nbt_browse frame;
	struct nbt_popup popup;
};

static bool decode_frame(struct content *c)
{
	const struct nbt_mailslot *m = &c->mailslot;

	if (nbt_mailslot_is(m, NBT_MAILSLOT_BROWSE))
		return nbt_browse_decode(&c->frame, m->data, m->data_len) == NBT_OK;
	return nbt_mailslot_is(m, NBT_MAILSLOT_LANMAN) &&
	       nbt_lanman_decode(&c->frame, m->data, m->data_len) == NBT_OK;
}

static void decode_content(struct content *c, const struct nbt_datagram *d)
{
	c->is_frame = c->is_popup = false;
	c->is_mailslot = d->data != NULL &&
			 nbt_mailslot_decode(&c->mailslot, d->data, d->data_len) == NBT_OK;
	if (!c->is_mailslot)
		return;
	c->is_frame = decode_frame(c);
	c->is_popup = nbt_mailslot_is(&c->mailslot, NBT_MAILSLOT_MESSNGR) &&
		      nbt_popup_decode(&c->popup, c->mailslot.data, c->mailslot.data_len) == NBT_OK;
}

/* A dump is ASCII, with other bytes as <xx>: back to bytes, and those to UTF-8. */
static void show_dump(char *text, char *out, size_t size)
{
	size_t len = 0;
	unsigned byte;

	for (const char *at = text; *at != '\0'; at++) {
		if (sscanf(at, "<%2x>", &byte) == 1) {
			text[len++] = (char)byte;
			at += 3;
		} else {
			text[len++] = *at;
		}
	}
	charset_from_wire(text, len, out, size);
}

static bool is_text(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isprint(bytes[i]) && !isspace(bytes[i]) && bytes[i] < 0x80)
			return false;
	return true;
}

static void print_bytes(const uint8_t *bytes, size_t len)
{
	static char text[4 * SEND_DATA_MAX + 8]; /* "<xx>" for each byte */

	if (is_text(bytes, len)) {
		printf("%s\n", charset_from_wire(bytes, len, text, sizeof(text)));
		return;
	}
	for (size_t i = 0; i < len; i++)
		printf("%02x", bytes[i]);
	putchar('\n');
}

static void print_frame(const struct nbt_browse *frame)
{
	char dump[LINE_MAX_LEN], text[LINE_MAX_LEN];

	nbt_dump_browse(frame, NBT_DUMP_TEXT, dump, sizeof(dump));
	show_dump(dump, text, sizeof(text));
	printf("%s\n", text);
}

static void print_content(const struct content *c, const struct nbt_datagram *d)
{
	char text[LINE_MAX_LEN];

	if (c->is_frame) {
		print_frame(&c->frame);
	} else if (c->is_popup) {
		printf("message from %s",
		       charset_from_wire(c->popup.from, strlen(c->popup.from), text, sizeof(text)));
		printf(" to %s:\n",
		       charset_from_wire(c->popup.to, strlen(c->popup.to), text, sizeof(text)));
		printf("%s\n",
		       charset_from_wire(c->popup.text, c->popup.text_len, text, sizeof(text)));
	} else if (c->is_mailslot) {
		printf("%s: ", charset_from_wire(c->mailslot.name, strlen(c->mailslot.name), text,
						 sizeof(text)));
		print_bytes(c->mailslot.data, c->mailslot.data_len);
	} else {
		print_bytes(d->data, d->data_len);
	}
}

static bool is_fragment(const struct nbt_datagram *d)
{
	return (d->flags & (NBT_DGM_FLAG_FIRST | NBT_DGM_FLAG_MORE)) != NBT_DGM_FLAG_FIRST;
}

void say_datagram(const struct nbt_datagram *datagram, const struct send_peer *peer)
{
	char address[INET_ADDRSTRLEN], source[CHARSET_PRINT_MAX], destination[CHARSET_PRINT_MAX];
	struct content content;

	decode_content(&content, datagram);
	printf("%s:%u %s to %s: ", inet_ntop(AF_INET, &peer->address, address, sizeof(address)),
	       peer->port, charset_print_name(&datagram->source, source),
	       charset_print_name(&datagram->destination, destination));
	if (is_fragment(datagram))
		printf("fragment at %u: ", datagram->offset);
	print_content(&content, datagram);
	fflush(stdout);
}

static json_t *report_text(const void *bytes, size_t len)
{
	char text[LINE_MAX_LEN];

	return json_string(charset_from_wire(bytes, len, text, sizeof(text)));
}

static json_t *report_hex(const uint8_t *bytes, size_t len)
{
	char *text = malloc(2 * len + 1);
	json_t *string;

	if (text == NULL)
		return NULL;
	text[0] = '\0';
	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	string = json_string(text);
	free(text);
	return string;
}

/* The dump, with texts in UTF-8. */
static json_t *report_frame(const struct nbt_browse *frame)
{
	char dump[LINE_MAX_LEN];
	json_t *json, *backup, *value;
	static const char *const comments[] = { "comment", "master" };
	size_t i;

	nbt_dump_browse(frame, NBT_DUMP_JSON, dump, sizeof(dump));
	json = json_loads(dump, 0, NULL);
	json_object_del(json, "proto");
	if (json_object_get(json, "name") != NULL)
		json_object_set_new(json, "name", report_text(frame->name, strlen(frame->name)));
	for (i = 0; i < 2; i++)
		if (json_object_get(json, comments[i]) != NULL)
			json_object_set_new(json, comments[i],
					    report_text(frame->comment, strlen(frame->comment)));
	backup = json_object_get(json, "backup");
	json_array_foreach(backup, i, value) json_array_set_new(
		backup, i, report_text(frame->backup[i], strlen(frame->backup[i])));
	return json;
}

static void add_content(json_t *json, const struct content *c)
{
	const struct nbt_mailslot *m = &c->mailslot;

	if (c->is_mailslot)
		json_object_set_new(json, "mailslot",
				    json_pack("{s:o, s:i, s:i, s:o}", "name",
					      report_text(m->name, strlen(m->name)), "class",
					      m->klass, "priority", m->priority, "data",
					      report_hex(m->data, m->data_len)));
	if (c->is_frame)
		json_object_set_new(json, "frame", report_frame(&c->frame));
	if (c->is_popup)
		json_object_set_new(json, "popup",
				    json_pack("{s:o, s:o, s:o}", "from",
					      report_text(c->popup.from, strlen(c->popup.from)),
					      "to", report_text(c->popup.to, strlen(c->popup.to)),
					      "text",
					      report_text(c->popup.text, c->popup.text_len)));
}

void say_datagram_json(const struct nbt_datagram *datagram, const struct send_peer *peer,
		       const char *key)
{
	static const char *const types[] = { "unique", "group", "broadcast" };
	char scope[NBT_SCOPE_TEXT_MAX];
	struct content content;
	json_t *json = json_object();

	decode_content(&content, datagram);
	if (peer->address.s_addr != INADDR_ANY)
		json_object_set_new(json, key, report_address(peer->address));
	json_object_set_new(json, "port", json_integer(peer->port));
	if (peer->is_broadcast)
		json_object_set_new(json, "broadcast", json_true());
	json_object_set_new(json, "type",
			    json_string(types[datagram->type - NBT_DGM_DIRECT_UNIQUE]));
	json_object_set_new(json, "source", report_name(&datagram->source));
	json_object_set_new(json, "destination", report_name(&datagram->destination));
	json_object_set_new(
		json, "scope",
		json_string(nbt_scope_print(&datagram->destination_scope, scope, sizeof(scope))));
	if (is_fragment(datagram))
		json_object_set_new(json, "offset", json_integer(datagram->offset));
	json_object_set_new(json, "data", report_hex(datagram->data, datagram->data_len));
	add_content(json, &content);
	report_print(json);
}

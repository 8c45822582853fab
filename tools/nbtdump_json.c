/* A packet as one object: where it was, then what libnbt says of it, then what is in it. */
#include "config.h"

#include <inttypes.h>

#include <nbt/dump.h>

#include "libnbt/wire/json.h"
#include "tools/nbtdump_say.h"

/* The outermost object of a dump goes on with ours; its brackets are ours then. */
#define GO_ON(json, DUMP, packet)                                                                  \
	do {                                                                                       \
		struct nbt_text *text_ = &(json)->text;                                            \
		size_t at_ = text_->len < text_->size ? text_->len : text_->size;                  \
                                                                                                   \
		text_->len += DUMP((packet), NBT_DUMP_JSON, text_->buf + at_, text_->size - at_);  \
		if (at_ < text_->size)                                                             \
			text_->buf[at_] = ',';                                                     \
		text_->len--;                                                                      \
	} while (0)

#define ADD(json, key, DUMP, packet)                                                               \
	do {                                                                                       \
		struct nbt_text *text_ = &(json)->text;                                            \
		size_t at_;                                                                        \
                                                                                                   \
		nbt_text_format(text_, ",\"%s\":", key);                                           \
		at_ = text_->len < text_->size ? text_->len : text_->size;                         \
		text_->len += DUMP((packet), NBT_DUMP_JSON, text_->buf + at_, text_->size - at_);  \
	} while (0)

static void add_end(struct nbt_json *json, const char *address, const char *port,
		    const struct dump_end *end)
{
	nbt_json_address(json, address, end->address);
	nbt_json_number(json, port, end->port);
}

static void add_frame(struct nbt_json *json, const struct dump_packet *p)
{
	nbt_json_number(json, "frame", p->mark.frame);
	nbt_text_format(&json->text, ",\"time\":%" PRId64 ".%06" PRId64, p->mark.time_us / 1000000,
			p->mark.time_us % 1000000);
	nbt_json_number(json, "len", p->mark.len);
	if (p->mark.cap_len != p->mark.len)
		nbt_json_number(json, "cap_len", p->mark.cap_len);
	add_end(json, "src", "sport", &p->source);
	add_end(json, "dst", "dport", &p->destination);
	nbt_json_string(json, "l4", p->is_tcp ? "tcp" : "udp");
	if (p->is_quoted)
		nbt_json_string(json, "embedded_in", "icmp");
}

static void add_popup(struct nbt_json *json, const struct nbt_popup *popup)
{
	nbt_json_begin(json, "popup", '{');
	nbt_json_bytes(json, "from", popup->from);
	nbt_json_bytes(json, "to", popup->to);
	nbt_json_hex(json, "text", popup->text, popup->text_len);
	nbt_json_end(json, '}');
}

static void add_datagram(struct nbt_json *json, const struct dump_packet *p)
{
	GO_ON(json, nbt_dump_datagram, &p->datagram);
	if (p->kinds & DUMP_KIND_MAILSLOT)
		ADD(json, "mailslot", nbt_dump_mailslot, &p->mailslot);
	if (p->kinds & DUMP_KIND_BROWSE)
		ADD(json, "browse", nbt_dump_browse, &p->browse);
	if (p->kinds & DUMP_KIND_POPUP)
		add_popup(json, &p->popup);
}

static void add_problem(struct nbt_json *json, const struct dump_packet *p)
{
	nbt_json_string(json, "proto", p->kinds & DUMP_KIND_MISSING ? "missing" : "undissected");
	nbt_json_string(json, "service", dump_service_word(p->service));
	if (p->kinds & DUMP_KIND_MALFORMED)
		nbt_json_string(json, "error", nbt_strerror(p->err));
	nbt_json_number(json, "bytes", p->len);
}

static void add_session(struct nbt_json *json, const struct dump_packet *p)
{
	GO_ON(json, nbt_dump_session, &p->session);
	if (p->kinds & DUMP_KIND_SMB)
		dump_smb_json(&p->smb, json);
}

void dump_json(const struct dump_packet *p, struct nbt_text *text)
{
	struct nbt_json json = { .text = *text, .comma = false };

	nbt_json_begin(&json, NULL, '{');
	add_frame(&json, p);
	if (p->kinds & (DUMP_KIND_MALFORMED | DUMP_KIND_MISSING))
		add_problem(&json, p);
	else if (p->kinds & DUMP_KIND_NAME)
		GO_ON(&json, nbt_dump_packet, &p->name);
	else if (p->kinds & DUMP_KIND_DATAGRAM)
		add_datagram(&json, p);
	else if (p->kinds & DUMP_KIND_SESSION)
		add_session(&json, p);
	else if (p->kinds & DUMP_KIND_REPLICATION)
		GO_ON(&json, nbt_dump_replication, &p->replication);
	else
		GO_ON(&json, nbt_dump_discovery, &p->discovery);
	nbt_json_end(&json, '}');
	*text = json.text;
}

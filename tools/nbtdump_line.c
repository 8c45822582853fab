/* What a packet says, in one line. */
#include "config.h"

#include <nbt/dump.h>

#include "tools/nbtdump_say.h"

const char *dump_service_word(enum dump_service service)
{
	static const char *const words[DUMP_SERVICES] = {
		[DUMP_NO_SERVICE] = "",
		[DUMP_NAMES] = "name",
		[DUMP_DATAGRAMS] = "datagram",
		[DUMP_SESSIONS] = "session",
		[DUMP_REPLICATION] = "replication",
		[DUMP_DISCOVERY] = "discovery",
	};

	return words[service];
}

/* DUMP is one of nbt_dump_packet() and its sisters; what does not fit is only counted. */
#define ADD(text, DUMP, packet)                                                                    \
	do {                                                                                       \
		size_t at_ = (text)->len < (text)->size ? (text)->len : (text)->size;              \
                                                                                                   \
		(text)->len +=                                                                     \
			DUMP((packet), NBT_DUMP_TEXT, (text)->buf + at_, (text)->size - at_);      \
	} while (0)

static void add_popup(struct nbt_text *text, const struct nbt_popup *popup)
{
	nbt_text_format(text, ": from ");
	nbt_text_bytes(text, popup->from);
	nbt_text_format(text, " to ");
	nbt_text_bytes(text, popup->to);
	nbt_text_format(text, ", %zu bytes of text", popup->text_len);
}

static void add_datagram(struct nbt_text *text, const struct dump_packet *p)
{
	ADD(text, nbt_dump_datagram, &p->datagram);
	if (!(p->kinds & DUMP_KIND_MAILSLOT))
		return;
	nbt_text_format(text, "; ");
	if (!(p->kinds & DUMP_KIND_BROWSE))
		ADD(text, nbt_dump_mailslot, &p->mailslot);
	else
		ADD(text, nbt_dump_browse, &p->browse);
	if (p->kinds & DUMP_KIND_POPUP)
		add_popup(text, &p->popup);
}

static void add_session(struct nbt_text *text, const struct dump_packet *p)
{
	ADD(text, nbt_dump_session, &p->session);
	if (!(p->kinds & DUMP_KIND_SMB))
		return;
	nbt_text_format(text, "; ");
	dump_smb_text(&p->smb, text);
}

void dump_line(const struct dump_packet *p, struct nbt_text *text)
{
	if (p->kinds & DUMP_KIND_MALFORMED)
		nbt_text_format(text, "malformed, %zu bytes: %s", p->len, nbt_strerror(p->err));
	else if (p->kinds & DUMP_KIND_MISSING)
		nbt_text_format(text, "%zu bytes are missing before this", p->len);
	else if (p->kinds & DUMP_KIND_NAME)
		ADD(text, nbt_dump_packet, &p->name);
	else if (p->kinds & DUMP_KIND_DATAGRAM)
		add_datagram(text, p);
	else if (p->kinds & DUMP_KIND_SESSION)
		add_session(text, p);
	else if (p->kinds & DUMP_KIND_REPLICATION)
		ADD(text, nbt_dump_replication, &p->replication);
	else
		ADD(text, nbt_dump_discovery, &p->discovery);
	if (p->is_quoted)
		nbt_text_format(text, " (quoted in an ICMP error)");
}

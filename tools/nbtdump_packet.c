/* Bytes to packets, and what kinds they are of. */
#include "config.h"

#include "tools/nbtdump_packet.h"

#include <string.h>
#include <strings.h>

#include "common/array.h"

#define NAMES_PREFIX      2
#define NETLOGON_MAILSLOT "\\MAILSLOT\\NET\\"

const char *dump_kind_word(enum dump_kind_number kind)
{
#define WORD(name, word) word,
	static const char *const words[] = { DUMP_KIND_MAP(WORD) };
#undef WORD

	return kind < ARRAY_SIZE(words) ? words[kind] : NULL;
}

static unsigned opcode_kind(const struct nbt_packet *p)
{
	switch (p->opcode) {
	case NBT_OP_QUERY:
		return (p->question_count > 0 && p->question[0].type == NBT_TYPE_NBSTAT) ||
				       (p->answer_count > 0 &&
					p->record[0].of.type == NBT_TYPE_NBSTAT)
			       ? DUMP_KIND_STATUS
			       : DUMP_KIND_QUERY;
	case NBT_OP_REGISTRATION:
	case NBT_OP_MULTIHOMED:
		return DUMP_KIND_REGISTRATION;
	case NBT_OP_REFRESH:
	case NBT_OP_REFRESH_ALT:
		return DUMP_KIND_REFRESH;
	case NBT_OP_RELEASE:
		return DUMP_KIND_RELEASE;
	case NBT_OP_WACK:
		return DUMP_KIND_WACK;
	default:
		return 0;
	}
}

static unsigned name_kinds(const struct nbt_packet *p)
{
	unsigned kinds = DUMP_KIND_NAME | opcode_kind(p);

	if (!(p->flags & NBT_FLAG_R) || p->rcode == NBT_RCODE_OK)
		return kinds;
	if (p->rcode == NBT_RCODE_CFT_ERR ||
	    (p->rcode == NBT_RCODE_ACT_ERR && (kinds & DUMP_KIND_REGISTRATION)))
		kinds |= DUMP_KIND_CONFLICT;
	return kinds | DUMP_KIND_NEGATIVE;
}

static void read_name(struct dump_packet *out, const uint8_t *bytes, size_t len)
{
	const struct nbt_record *record = &out->name.record[0];

	out->err = nbt_packet_decode(&out->name, bytes, len);
	if (out->err != NBT_OK)
		return;
	out->kinds = name_kinds(&out->name);
	out->status.count = 0;
	if ((out->kinds & DUMP_KIND_STATUS) && out->name.answer_count > 0 &&
	    nbt_node_status_decode(&out->status, record->rdata, record->rdata_len) != NBT_OK)
		out->status.count = 0;
}

static unsigned browse_kinds(const struct nbt_browse *f)
{
	switch (f->opcode) {
	case NBT_BROWSE_ELECTION:
		return DUMP_KIND_BROWSE | DUMP_KIND_ELECTION;
	case NBT_BROWSE_HOST_ANNOUNCEMENT:
	case NBT_BROWSE_DOMAIN_ANNOUNCEMENT:
	case NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT:
	case NBT_BROWSE_MASTER_ANNOUNCEMENT:
	case NBT_BROWSE_LANMAN_ANNOUNCEMENT:
		return DUMP_KIND_BROWSE | DUMP_KIND_ANNOUNCEMENT;
	case NBT_BROWSE_GET_BACKUP_LIST_REQUEST:
	case NBT_BROWSE_GET_BACKUP_LIST_RESPONSE:
		return DUMP_KIND_BROWSE | DUMP_KIND_BACKUP_LIST;
	default:
		return DUMP_KIND_BROWSE;
	}
}

static void read_mailslot(struct dump_packet *out)
{
	const struct nbt_mailslot *m = &out->mailslot;
	enum nbt_error err = NBT_EVALUE;

	if (out->datagram.data_len == 0 || nbt_mailslot_decode(&out->mailslot, out->datagram.data,
							       out->datagram.data_len) != NBT_OK)
		return;
	out->kinds |= DUMP_KIND_MAILSLOT;
	if (nbt_mailslot_is(m, NBT_MAILSLOT_BROWSE))
		err = nbt_browse_decode(&out->browse, m->data, m->data_len);
	else if (nbt_mailslot_is(m, NBT_MAILSLOT_LANMAN))
		err = nbt_lanman_decode(&out->browse, m->data, m->data_len);
	else if (nbt_mailslot_is(m, NBT_MAILSLOT_MESSNGR) &&
		 nbt_popup_decode(&out->popup, m->data, m->data_len) == NBT_OK)
		out->kinds |= DUMP_KIND_POPUP;
	else if (strncasecmp(m->name, NETLOGON_MAILSLOT, strlen(NETLOGON_MAILSLOT)) == 0)
		out->kinds |= DUMP_KIND_NETLOGON;
	if (err == NBT_OK)
		out->kinds |= browse_kinds(&out->browse);
}

static void read_datagram(struct dump_packet *out, const uint8_t *bytes, size_t len)
{
	out->err = nbt_datagram_decode(&out->datagram, bytes, len);
	if (out->err != NBT_OK)
		return;
	out->kinds = DUMP_KIND_DATAGRAM;
	read_mailslot(out);
}

static void read_session(struct dump_packet *out, struct dump_calls *calls, const uint8_t *bytes,
			 size_t len)
{
	out->err = nbt_session_decode(&out->session, bytes, len);
	if (out->err != NBT_OK)
		return;
	out->kinds = DUMP_KIND_SESSION;
	if (out->session.type != NBT_SES_MESSAGE)
		return;
	dump_smb_read(&out->smb, calls, &out->source, &out->destination, out->session.data,
		      out->session.length);
	if (out->smb.version != DUMP_NO_SMB)
		out->kinds |= DUMP_KIND_SMB;
	if (out->smb.has_call || out->smb.has_answer)
		out->kinds |= DUMP_KIND_RAP;
}

static void begin(struct dump_packet *out, const struct dump_mark *mark, enum dump_service service,
		  bool is_tcp, size_t len)
{
	out->mark = *mark;
	out->service = service;
	out->is_tcp = is_tcp;
	out->is_quoted = false;
	out->kinds = 0;
	out->err = NBT_OK;
	out->len = len;
}

static void end(struct dump_packet *out)
{
	if (out->err != NBT_OK)
		out->kinds = DUMP_KIND_MALFORMED;
}

void dump_packet_of_payload(struct dump_packet *out, const struct dump_mark *mark,
			    const struct dump_payload *p)
{
	begin(out, mark, p->service, false, p->len);
	out->is_quoted = p->is_quoted;
	out->source = p->source;
	out->destination = p->destination;
	if (p->service == DUMP_NAMES) {
		read_name(out, p->bytes, p->len);
	} else if (p->service == DUMP_DATAGRAMS) {
		read_datagram(out, p->bytes, p->len);
	} else {
		out->err = nbt_discovery_decode(&out->discovery, p->bytes, p->len);
		out->kinds = DUMP_KIND_DISCOVERY;
	}
	end(out);
}

static void read_found(struct dump_packet *out, struct dump_calls *calls,
		       const struct dump_stream_found *f)
{
	switch (f->service) {
	case DUMP_NAMES:
		read_name(out, f->bytes + NAMES_PREFIX, f->len - NAMES_PREFIX);
		break;
	case DUMP_SESSIONS:
		read_session(out, calls, f->bytes, f->len);
		break;
	default:
		out->err = nbt_replication_decode(&out->replication, f->bytes, f->len);
		out->kinds = DUMP_KIND_REPLICATION;
		break;
	}
}

void dump_packet_of_stream(struct dump_packet *out, struct dump_calls *calls,
			   const struct dump_mark *mark, const struct dump_stream_found *f)
{
	begin(out, mark, f->service, true, f->len);
	out->source = f->source;
	out->destination = f->destination;
	if (f->event == DUMP_STREAM_MESSAGE)
		read_found(out, calls, f);
	else if (f->event == DUMP_STREAM_MISSING)
		out->kinds = DUMP_KIND_MISSING;
	else
		out->err = NBT_EVALUE;
	end(out);
}

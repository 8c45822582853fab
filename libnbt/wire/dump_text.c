/* Packets as one line for people. */
#include "libnbt/wire/dump.h"

#include "libnbt/wire/tables.h"
#include "libnbt/wire/text.h"

void nbt_dump_code_text(struct nbt_text *text, const char *name, const char *what, unsigned code)
{
	if (name != NULL)
		nbt_text_string(text, name);
	else
		nbt_text_format(text, "%s 0x%02x", what, code);
}

void nbt_dump_name_text(struct nbt_text *text, const struct nbt_name *name,
			const struct nbt_scope *scope)
{
	char buf[NBT_SCOPE_TEXT_MAX];

	nbt_text_string(text, nbt_name_print(name, buf, sizeof(buf)));
	if (scope->len > 0)
		nbt_text_format(text, ".%s", nbt_scope_print(scope, buf, sizeof(buf)));
}

static void add_flags(struct nbt_text *text, uint16_t flags)
{
	static const struct {
		uint16_t flag;
		const char *name;
	} names[] = {
		{ NBT_FLAG_AA, "AA" }, { NBT_FLAG_TC, "TC" }, { NBT_FLAG_RD, "RD" },
		{ NBT_FLAG_RA, "RA" }, { NBT_FLAG_B, "B" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (flags & names[i].flag)
			nbt_text_format(text, " %s", names[i].name);
}

static void add_question(struct nbt_text *text, const struct nbt_question *q)
{
	nbt_dump_name_text(text, &q->name, &q->scope);
	nbt_text_char(text, ' ');
	nbt_dump_code_text(text, nbt_type_name(q->type), "type", q->type);
	if (q->klass != NBT_CLASS_IN)
		nbt_text_format(text, " class %u", q->klass);
}

static void add_addresses(struct nbt_text *text, const struct nbt_record *record)
{
	for (size_t i = 0; i < nbt_record_address_count(record); i++) {
		struct nbt_address entry = nbt_record_address(record, i);

		nbt_text_format(text, "%s %s%c ", i > 0 ? "," : "",
				entry.flags & NBT_NB_GROUP ? "group " : "",
				nbt_node_type_letter(ONT_OF(entry.flags)));
		nbt_text_address(text, entry.address);
	}
}

static void add_status_name(struct nbt_text *text, const struct nbt_status_name *entry)
{
	char buf[NBT_NAME_TEXT_MAX];

	nbt_text_format(text, " %s%s %c%s%s%s%s,", nbt_name_print(&entry->name, buf, sizeof(buf)),
			entry->flags & NBT_STATUS_GROUP ? " group" : "",
			nbt_node_type_letter(ONT_OF(entry->flags)),
			entry->flags & NBT_STATUS_DEREGISTERING ? " deregistering" : "",
			entry->flags & NBT_STATUS_CONFLICT ? " conflict" : "",
			entry->flags & NBT_STATUS_ACTIVE ? " active" : "",
			entry->flags & NBT_STATUS_PERMANENT ? " permanent" : "");
}

static void add_node_status(struct nbt_text *text, const struct nbt_node_status *status)
{
	for (size_t i = 0; i < status->count; i++)
		add_status_name(text, &status->names[i]);
	nbt_text_string(text, " unit ");
	nbt_text_ethernet(text, status->unit_id);
}

static void add_rdata(struct nbt_text *text, const struct nbt_record *record)
{
	struct nbt_node_status status;

	if (record->of.type == NBT_TYPE_NB && nbt_record_address_count(record) > 0) {
		add_addresses(text, record);
	} else if (record->of.type == NBT_TYPE_NBSTAT &&
		   nbt_node_status_decode(&status, record->rdata, record->rdata_len) == NBT_OK) {
		add_node_status(text, &status);
	} else if (record->rdata_len > 0) {
		nbt_text_string(text, " rdata ");
		nbt_text_hex(text, record->rdata, record->rdata_len);
	}
}

static void add_record(struct nbt_text *text, const struct nbt_record *record, const char *section)
{
	nbt_text_format(text, "; %s ", section);
	add_question(text, &record->of);
	nbt_text_format(text, " ttl %lu", (unsigned long)record->ttl);
	add_rdata(text, record);
}

size_t nbt_dump_packet_text(const struct nbt_packet *packet, char *buf, size_t size)
{
	struct nbt_text text = nbt_text_of(buf, size);
	size_t records = nbt_packet_record_count(packet);

	nbt_dump_code_text(&text, nbt_opcode_name(packet->opcode), "opcode", packet->opcode);
	nbt_text_format(&text, " %s id %04x", packet->flags & NBT_FLAG_R ? "response" : "request",
			packet->id);
	add_flags(&text, packet->flags);
	if (packet->rcode != NBT_RCODE_OK) {
		nbt_text_char(&text, ' ');
		nbt_dump_code_text(&text, nbt_rcode_name(packet->rcode), "rcode", packet->rcode);
	}
	for (size_t i = 0; i < packet->question_count; i++) {
		nbt_text_string(&text, "; question ");
		add_question(&text, &packet->question[i]);
	}
	for (size_t i = 0; i < records; i++)
		add_record(&text, &packet->record[i], nbt_section_name(packet, i));
	return text.len;
}

static void add_fragment(struct nbt_text *text, const struct nbt_datagram *d)
{
	bool first = d->flags & NBT_DGM_FLAG_FIRST, more = d->flags & NBT_DGM_FLAG_MORE;

	nbt_text_format(text, "%s%zu bytes", nbt_datagram_is_rest(d) ? "" : ", ", d->data_len);
	if (!first || more)
		nbt_text_format(text, ", %s fragment at %u",
				first  ? "first"
				: more ? "middle"
				       : "last",
				d->offset);
}

static void add_names(struct nbt_text *text, const struct nbt_datagram *d)
{
	nbt_dump_name_text(text, &d->source, &d->source_scope);
	nbt_text_string(text, " to ");
	nbt_dump_name_text(text, &d->destination, &d->destination_scope);
}

static void add_datagram_body(struct nbt_text *text, const struct nbt_datagram *d)
{
	switch (d->type) {
	case NBT_DGM_DIRECT_UNIQUE:
	case NBT_DGM_DIRECT_GROUP:
	case NBT_DGM_BROADCAST:
		if (!nbt_datagram_is_rest(d))
			add_names(text, d);
		add_fragment(text, d);
		break;
	case NBT_DGM_ERROR:
		nbt_dump_code_text(text, nbt_datagram_error_name(d->error_code), "error",
				   d->error_code);
		break;
	default:
		nbt_dump_name_text(text, &d->destination, &d->destination_scope);
		break;
	}
}

size_t nbt_dump_datagram_text(const struct nbt_datagram *datagram, char *buf, size_t size)
{
	static const char *const senders[] = { "B", "P", "M", "H or NBDD" };
	struct nbt_text text = nbt_text_of(buf, size);

	nbt_dump_code_text(&text, nbt_datagram_type_name(datagram->type), "datagram type",
			   datagram->type);
	nbt_text_format(&text, " id %04x from ", datagram->id);
	nbt_text_address(&text, datagram->source_address);
	nbt_text_format(&text, ":%u (%s): ", datagram->source_port,
			senders[(datagram->flags & NBT_DGM_SNT) >> 2]);
	add_datagram_body(&text, datagram);
	return text.len;
}

static void add_session_body(struct nbt_text *text, const struct nbt_session *s)
{
	switch (s->type) {
	case NBT_SES_MESSAGE:
		nbt_text_format(text, ": %lu bytes", (unsigned long)s->length);
		break;
	case NBT_SES_REQUEST:
		nbt_text_string(text, ": ");
		nbt_dump_name_text(text, &s->calling, &s->calling_scope);
		nbt_text_string(text, " to ");
		nbt_dump_name_text(text, &s->called, &s->called_scope);
		break;
	case NBT_SES_NEGATIVE:
		nbt_text_string(text, ": ");
		nbt_dump_code_text(text, nbt_session_error_name(s->error_code), "error",
				   s->error_code);
		break;
	case NBT_SES_RETARGET:
		nbt_text_string(text, ": ");
		nbt_text_address(text, s->retarget_address);
		nbt_text_format(text, ":%u", s->retarget_port);
		break;
	default:
		break;
	}
}

size_t nbt_dump_session_text(const struct nbt_session *session, char *buf, size_t size)
{
	struct nbt_text text = nbt_text_of(buf, size);

	nbt_dump_code_text(&text, nbt_session_type_name(session->type), "session type",
			   session->type);
	add_session_body(&text, session);
	return text.len;
}

size_t nbt_dump_mailslot_text(const struct nbt_mailslot *mailslot, char *buf, size_t size)
{
	struct nbt_text text = nbt_text_of(buf, size);

	nbt_text_string(&text, "mailslot ");
	nbt_text_bytes(&text, mailslot->name);
	nbt_text_format(&text, " class %u priority %u, %zu bytes", mailslot->klass,
			mailslot->priority, mailslot->data_len);
	return text.len;
}

static void add_server_type(struct nbt_text *text, uint32_t type)
{
	nbt_text_format(text, ", type %08lx", (unsigned long)type);
	for (uint32_t bit = 1; bit != 0 && type != NBT_SV_ALL; bit <<= 1)
		if ((type & bit) != 0 && nbt_server_type_name(bit) != NULL)
			nbt_text_format(text, " %s", nbt_server_type_name(bit));
}

static void add_announcement(struct nbt_text *text, const struct nbt_browse *f)
{
	add_server_type(text, f->server_type);
	nbt_text_format(text, ", version %u.%u, again in %lu ms, \"", f->os_major, f->os_minor,
			(unsigned long)f->period_ms);
	nbt_text_bytes(text, f->comment);
	nbt_text_char(text, '"');
}

static void add_browse_body(struct nbt_text *text, const struct nbt_browse *f)
{
	switch (f->opcode) {
	case NBT_BROWSE_HOST_ANNOUNCEMENT:
	case NBT_BROWSE_DOMAIN_ANNOUNCEMENT:
	case NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT:
	case NBT_BROWSE_LANMAN_ANNOUNCEMENT:
		add_announcement(text, f);
		break;
	case NBT_BROWSE_ELECTION:
		nbt_text_format(text, ", version %u, criteria %08lx, up for %lu ms",
				f->election_version, (unsigned long)f->criteria,
				(unsigned long)f->uptime_ms);
		break;
	case NBT_BROWSE_GET_BACKUP_LIST_REQUEST:
	case NBT_BROWSE_GET_BACKUP_LIST_RESPONSE:
		nbt_text_format(text, "%u, token %08lx", f->count, (unsigned long)f->token);
		break;
	case NBT_BROWSE_RESET_STATE:
		nbt_text_format(text, "%02x", f->reset);
		break;
	default:
		break;
	}
}

size_t nbt_dump_browse_text(const struct nbt_browse *browse, char *buf, size_t size)
{
	struct nbt_text text = nbt_text_of(buf, size);

	nbt_dump_code_text(&text, nbt_browse_opcode_name(browse->opcode), "browser opcode",
			   browse->opcode);
	nbt_text_string(&text, ": ");
	nbt_text_bytes(&text, browse->name);
	add_browse_body(&text, browse);
	if (browse->opcode == NBT_BROWSE_GET_BACKUP_LIST_RESPONSE)
		for (size_t i = 0; i < browse->count && i < NBT_BROWSE_BACKUP_MAX; i++) {
			nbt_text_format(&text, i > 0 ? " " : ", ");
			nbt_text_bytes(&text, browse->backup[i]);
		}
	return text.len;
}

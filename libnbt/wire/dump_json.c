/* Packets as JSON. Names are texts that nbt_name_from_text() reads again, and their bytes. */
#include "libnbt/wire/dump.h"

#include "libnbt/wire/json.h"
#include "libnbt/wire/tables.h"

void nbt_dump_name_json(struct nbt_json *json, const struct nbt_name *name,
			const struct nbt_scope *scope)
{
	char buf[NBT_SCOPE_TEXT_MAX];

	nbt_json_string(json, "name", nbt_name_print(name, buf, sizeof(buf)));
	nbt_json_hex(json, "nb16", name->bytes, NBT_NAME_LEN);
	nbt_json_string(json, "scope", nbt_scope_print(scope, buf, sizeof(buf)));
}

static void add_name(struct nbt_json *json, const char *key, const struct nbt_name *name,
		     const struct nbt_scope *scope)
{
	nbt_json_begin(json, key, '{');
	nbt_dump_name_json(json, name, scope);
	nbt_json_end(json, '}');
}

static void add_question_members(struct nbt_json *json, const struct nbt_question *q)
{
	nbt_dump_name_json(json, &q->name, &q->scope);
	nbt_json_number(json, "type", q->type);
	nbt_json_number(json, "class", q->klass);
}

static void add_addresses(struct nbt_json *json, const struct nbt_record *record)
{
	nbt_json_begin(json, "addrs", '[');
	for (size_t i = 0; i < nbt_record_address_count(record); i++) {
		struct nbt_address entry = nbt_record_address(record, i);

		nbt_json_begin(json, NULL, '{');
		nbt_json_number(json, "nb_flags", entry.flags);
		nbt_json_number(json, "group", (entry.flags & NBT_NB_GROUP) != 0);
		nbt_json_number(json, "ont", ONT_OF(entry.flags));
		nbt_json_address(json, "addr", entry.address);
		nbt_json_end(json, '}');
	}
	nbt_json_end(json, ']');
}

static void add_node_status(struct nbt_json *json, const struct nbt_node_status *status)
{
	char buf[NBT_NAME_TEXT_MAX];

	nbt_json_number(json, "number_of_names", status->count);
	nbt_json_begin(json, "names", '[');
	for (size_t i = 0; i < status->count; i++) {
		const struct nbt_status_name *entry = &status->names[i];

		nbt_json_begin(json, NULL, '{');
		nbt_json_string(json, "name", nbt_name_print(&entry->name, buf, sizeof(buf)));
		nbt_json_hex(json, "raw", entry->name.bytes, NBT_NAME_LEN);
		nbt_json_number(json, "name_flags", entry->flags);
		nbt_json_end(json, '}');
	}
	nbt_json_end(json, ']');
	nbt_json_ethernet(json, "unit_id", status->unit_id);
}

static void add_rdata(struct nbt_json *json, const struct nbt_record *record)
{
	struct nbt_node_status status;

	if (record->of.type == NBT_TYPE_NB && nbt_record_address_count(record) > 0)
		add_addresses(json, record);
	else if (record->of.type == NBT_TYPE_NBSTAT &&
		 nbt_node_status_decode(&status, record->rdata, record->rdata_len) == NBT_OK)
		add_node_status(json, &status);
	else
		nbt_json_hex(json, "rdata", record->rdata, record->rdata_len);
}

static void add_record(struct nbt_json *json, const struct nbt_record *record, const char *section)
{
	nbt_json_begin(json, NULL, '{');
	nbt_json_string(json, "section", section);
	add_question_members(json, &record->of);
	nbt_json_number(json, "ttl", record->ttl);
	nbt_json_number(json, "rdlength", record->rdata_len);
	add_rdata(json, record);
	nbt_json_end(json, '}');
}

static void add_header(struct nbt_json *json, const struct nbt_packet *packet)
{
	nbt_json_number(json, "id", packet->id);
	nbt_json_number(json, "flags", nbt_packet_flags_word(packet));
	nbt_json_number(json, "response", (packet->flags & NBT_FLAG_R) != 0);
	nbt_json_number(json, "opcode", packet->opcode);
	nbt_json_number(json, "aa", (packet->flags & NBT_FLAG_AA) != 0);
	nbt_json_number(json, "tc", (packet->flags & NBT_FLAG_TC) != 0);
	nbt_json_number(json, "rd", (packet->flags & NBT_FLAG_RD) != 0);
	nbt_json_number(json, "ra", (packet->flags & NBT_FLAG_RA) != 0);
	nbt_json_number(json, "b", (packet->flags & NBT_FLAG_B) != 0);
	nbt_json_number(json, "rcode", packet->rcode);
	nbt_json_number(json, "qd", packet->question_count);
	nbt_json_number(json, "an", packet->answer_count);
	nbt_json_number(json, "ns", packet->authority_count);
	nbt_json_number(json, "ar", packet->additional_count);
}

size_t nbt_dump_packet_json(const struct nbt_packet *packet, char *buf, size_t size)
{
	struct nbt_json json = nbt_json_of(buf, size);

	nbt_json_begin(&json, NULL, '{');
	nbt_json_string(&json, "proto", "nbns");
	add_header(&json, packet);
	nbt_json_begin(&json, "questions", '[');
	for (size_t i = 0; i < packet->question_count; i++) {
		nbt_json_begin(&json, NULL, '{');
		add_question_members(&json, &packet->question[i]);
		nbt_json_end(&json, '}');
	}
	nbt_json_end(&json, ']');
	nbt_json_begin(&json, "records", '[');
	for (size_t i = 0; i < nbt_packet_record_count(packet); i++)
		add_record(&json, &packet->record[i], nbt_section_name(packet, i));
	nbt_json_end(&json, ']');
	nbt_json_end(&json, '}');
	return json.text.len;
}

static void add_datagram_body(struct nbt_json *json, const struct nbt_datagram *d)
{
	switch (d->type) {
	case NBT_DGM_DIRECT_UNIQUE:
	case NBT_DGM_DIRECT_GROUP:
	case NBT_DGM_BROADCAST:
		nbt_json_number(json, "dgram_len", d->length);
		nbt_json_number(json, "offset", d->offset);
		if (!nbt_datagram_is_rest(d)) {
			add_name(json, "source", &d->source, &d->source_scope);
			add_name(json, "destination", &d->destination, &d->destination_scope);
		}
		nbt_json_number(json, "data_len", d->data_len);
		break;
	case NBT_DGM_ERROR:
		nbt_json_number(json, "error_code", d->error_code);
		break;
	default:
		add_name(json, "destination", &d->destination, &d->destination_scope);
		break;
	}
}

size_t nbt_dump_datagram_json(const struct nbt_datagram *datagram, char *buf, size_t size)
{
	struct nbt_json json = nbt_json_of(buf, size);

	nbt_json_begin(&json, NULL, '{');
	nbt_json_string(&json, "proto", "nbdgm");
	nbt_json_number(&json, "msg_type", datagram->type);
	nbt_json_number(&json, "flags", datagram->flags);
	nbt_json_number(&json, "more", (datagram->flags & NBT_DGM_FLAG_MORE) != 0);
	nbt_json_number(&json, "first", (datagram->flags & NBT_DGM_FLAG_FIRST) != 0);
	nbt_json_number(&json, "node_type", (datagram->flags & NBT_DGM_SNT) >> 2);
	nbt_json_number(&json, "dgram_id", datagram->id);
	nbt_json_address(&json, "src_ip", datagram->source_address);
	nbt_json_number(&json, "src_port", datagram->source_port);
	add_datagram_body(&json, datagram);
	nbt_json_end(&json, '}');
	return json.text.len;
}

size_t nbt_dump_session_json(const struct nbt_session *session, char *buf, size_t size)
{
	struct nbt_json json = nbt_json_of(buf, size);

	nbt_json_begin(&json, NULL, '{');
	nbt_json_string(&json, "proto", "nbss");
	nbt_json_number(&json, "type", session->type);
	nbt_json_number(&json, "flags", session->flags);
	nbt_json_number(&json, "length", session->length);
	if (session->type == NBT_SES_REQUEST) {
		add_name(&json, "called", &session->called, &session->called_scope);
		add_name(&json, "calling", &session->calling, &session->calling_scope);
	}
	if (session->type == NBT_SES_NEGATIVE)
		nbt_json_number(&json, "error_code", session->error_code);
	if (session->type == NBT_SES_RETARGET) {
		nbt_json_address(&json, "retarget_ip_address", session->retarget_address);
		nbt_json_number(&json, "retarget_port", session->retarget_port);
	}
	nbt_json_end(&json, '}');
	return json.text.len;
}

size_t nbt_dump_mailslot_json(const struct nbt_mailslot *mailslot, char *buf, size_t size)
{
	struct nbt_json json = nbt_json_of(buf, size);

	nbt_json_begin(&json, NULL, '{');
	nbt_json_string(&json, "proto", "mailslot");
	nbt_json_bytes(&json, "name", mailslot->name);
	nbt_json_number(&json, "class", mailslot->klass);
	nbt_json_number(&json, "priority", mailslot->priority);
	nbt_json_number(&json, "timeout", mailslot->timeout_ms);
	nbt_json_number(&json, "data_len", mailslot->data_len);
	nbt_json_end(&json, '}');
	return json.text.len;
}

static void add_announcement(struct nbt_json *json, const struct nbt_browse *f)
{
	nbt_json_number(json, "update_count", f->update_count);
	nbt_json_number(json, "period", f->period_ms);
	nbt_json_bytes(json, "name", f->name);
	nbt_json_number(json, "os_major", f->os_major);
	nbt_json_number(json, "os_minor", f->os_minor);
	nbt_json_number(json, "server_type", f->server_type);
	if (f->opcode != NBT_BROWSE_LANMAN_ANNOUNCEMENT) {
		nbt_json_number(json, "browser_version", f->browser_version);
		nbt_json_number(json, "signature", f->signature);
	}
	nbt_json_bytes(json, f->opcode == NBT_BROWSE_DOMAIN_ANNOUNCEMENT ? "master" : "comment",
		       f->comment);
}

static void add_election(struct nbt_json *json, const struct nbt_browse *f)
{
	nbt_json_number(json, "election_version", f->election_version);
	nbt_json_number(json, "criteria", f->criteria);
	nbt_json_number(json, "uptime", f->uptime_ms);
	nbt_json_bytes(json, "name", f->name);
}

static void add_backup_list(struct nbt_json *json, const struct nbt_browse *f)
{
	nbt_json_number(json, "count", f->count);
	nbt_json_number(json, "token", f->token);
	if (f->opcode != NBT_BROWSE_GET_BACKUP_LIST_RESPONSE)
		return;
	nbt_json_begin(json, "backup", '[');
	for (size_t i = 0; i < f->count && i < NBT_BROWSE_BACKUP_MAX; i++)
		nbt_json_bytes(json, NULL, f->backup[i]);
	nbt_json_end(json, ']');
}

static void add_browse_body(struct nbt_json *json, const struct nbt_browse *f)
{
	switch (f->opcode) {
	case NBT_BROWSE_HOST_ANNOUNCEMENT:
	case NBT_BROWSE_DOMAIN_ANNOUNCEMENT:
	case NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT:
	case NBT_BROWSE_LANMAN_ANNOUNCEMENT:
		add_announcement(json, f);
		break;
	case NBT_BROWSE_ELECTION:
		add_election(json, f);
		break;
	case NBT_BROWSE_GET_BACKUP_LIST_REQUEST:
	case NBT_BROWSE_GET_BACKUP_LIST_RESPONSE:
		add_backup_list(json, f);
		break;
	case NBT_BROWSE_RESET_STATE:
		nbt_json_number(json, "reset", f->reset);
		break;
	default:
		nbt_json_bytes(json, "name", f->name);
		break;
	}
}

size_t nbt_dump_browse_json(const struct nbt_browse *browse, char *buf, size_t size)
{
	const char *name = nbt_browse_opcode_name(browse->opcode);
	struct nbt_json json = nbt_json_of(buf, size);

	nbt_json_begin(&json, NULL, '{');
	nbt_json_string(&json, "proto", "browse");
	nbt_json_number(&json, "opcode", browse->opcode);
	if (name != NULL)
		nbt_json_string(&json, "frame", name);
	add_browse_body(&json, browse);
	nbt_json_end(&json, '}');
	return json.text.len;
}

/* WINS replication as text and as JSON. */
#include "libnbt/wire/dump.h"

#include <inttypes.h>
#include <stdio.h>

#include "libnbt/wire/tables.h"

static void text_versions(struct nbt_text *text, const struct nbt_owner_versions *versions)
{
	nbt_text_char(text, ' ');
	nbt_text_address(text, versions->owner);
	nbt_text_format(text, " %" PRIu64 "-%" PRIu64, versions->min, versions->max);
}

static void text_owners(struct nbt_text *text, struct nbt_replication_list list)
{
	struct nbt_owner_versions versions;

	for (size_t i = 0; nbt_replication_next_owner(&list, &versions); i++) {
		if (i > 0)
			nbt_text_char(text, ',');
		text_versions(text, &versions);
	}
}

static void text_members(struct nbt_text *text, const struct nbt_replica *replica)
{
	for (size_t i = 0; i < replica->member_count; i++) {
		nbt_text_char(text, ' ');
		nbt_text_address(text, replica->member[i].address);
		if (replica->type < NBT_REPLICA_SPECIAL)
			continue;
		nbt_text_format(text, " of ");
		nbt_text_address(text, replica->member[i].owner);
	}
}

static void text_replicas(struct nbt_text *text, struct nbt_replication_list list)
{
	struct nbt_replica replica;

	nbt_text_format(text, " %lu record%s", (unsigned long)list.count,
			list.count == 1 ? "" : "s");
	while (nbt_replication_next_record(&list, &replica)) {
		nbt_text_format(text, "; ");
		nbt_dump_name_text(text, &replica.name, &replica.scope);
		nbt_text_format(
			text, " %s%s %c %s version %" PRIu64, replica.is_static ? "static " : "",
			nbt_replica_type_name(replica.type), nbt_node_type_letter(replica.node),
			nbt_replica_state_name(replica.state), replica.version);
		text_members(text, &replica);
	}
}

static void text_body(struct nbt_text *text, const struct nbt_replication *m)
{
	switch (m->opcode) {
	case NBT_REPL_MAP_RESPONSE:
		text_owners(text, m->list);
		break;
	case NBT_REPL_RECORDS_REQUEST:
		text_versions(text, &m->range);
		break;
	case NBT_REPL_RECORDS_RESPONSE:
		text_replicas(text, m->list);
		break;
	case NBT_REPL_UPDATE:
	case NBT_REPL_UPDATE_PROPAGATE:
	case NBT_REPL_UPDATE_PERSISTENT:
	case NBT_REPL_UPDATE_PERSISTENT_PROPAGATE:
		text_owners(text, m->list);
		nbt_text_format(text, ", from ");
		nbt_text_address(text, m->initiator);
		break;
	default:
		break;
	}
}

static void text_association(struct nbt_text *text, const struct nbt_replication *m)
{
	if (m->type == NBT_REPL_STOP)
		nbt_text_format(text, " reason %lu", (unsigned long)m->reason);
	else if (m->type < NBT_REPL_STOP)
		nbt_text_format(text, " handle %08lx version %u.%u", (unsigned long)m->handle,
				m->major, m->minor);
}

static size_t replication_text(const struct nbt_replication *message, char *buf, size_t size)
{
	struct nbt_text text = nbt_text_of(buf, size);
	bool replication = message->type == NBT_REPL_MESSAGE;

	nbt_text_format(&text, "replication ");
	if (replication)
		nbt_dump_code_text(&text, nbt_replication_opcode_name(message->opcode), "opcode",
				   message->opcode);
	else
		nbt_dump_code_text(&text, nbt_replication_type_name(message->type), "type",
				   message->type);
	nbt_text_format(&text, " to %08lx:", (unsigned long)message->destination);
	if (replication)
		text_body(&text, message);
	else
		text_association(&text, message);
	return text.len;
}

static size_t discovery_text(const struct nbt_discovery *discovery, char *buf, size_t size)
{
	struct nbt_text text = nbt_text_of(buf, size);

	nbt_text_format(&text, "autodiscovery %s:", discovery->down ? "down" : "up");
	for (size_t i = 0; i < discovery->count; i++) {
		nbt_text_char(&text, ' ');
		nbt_text_address(&text, discovery->address[i]);
	}
	return text.len;
}

static void json_version(struct nbt_json *json, const char *key, uint64_t version)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "%" PRIu64, version);
	nbt_json_string(json, key, buf);
}

static void json_versions(struct nbt_json *json, const char *key,
			  const struct nbt_owner_versions *versions)
{
	nbt_json_begin(json, key, '{');
	nbt_json_address(json, "owner", versions->owner);
	json_version(json, "max", versions->max);
	json_version(json, "min", versions->min);
	nbt_json_end(json, '}');
}

static void json_owners(struct nbt_json *json, struct nbt_replication_list list)
{
	struct nbt_owner_versions versions;

	nbt_json_begin(json, "owners", '[');
	while (nbt_replication_next_owner(&list, &versions))
		json_versions(json, NULL, &versions);
	nbt_json_end(json, ']');
}

static void json_replica(struct nbt_json *json, const struct nbt_replica *replica)
{
	nbt_json_begin(json, NULL, '{');
	nbt_dump_name_json(json, &replica->name, &replica->scope);
	nbt_json_number(json, "type", replica->type);
	nbt_json_number(json, "state", replica->state);
	nbt_json_number(json, "node", replica->node);
	nbt_json_number(json, "static", replica->is_static);
	json_version(json, "version", replica->version);
	nbt_json_begin(json, "addrs", '[');
	for (size_t i = 0; i < replica->member_count; i++) {
		nbt_json_begin(json, NULL, '{');
		nbt_json_address(json, "owner", replica->member[i].owner);
		nbt_json_address(json, "addr", replica->member[i].address);
		nbt_json_end(json, '}');
	}
	nbt_json_end(json, ']');
	nbt_json_end(json, '}');
}

static void json_replicas(struct nbt_json *json, struct nbt_replication_list list)
{
	struct nbt_replica replica;

	nbt_json_begin(json, "records", '[');
	while (nbt_replication_next_record(&list, &replica))
		json_replica(json, &replica);
	nbt_json_end(json, ']');
}

static void json_body(struct nbt_json *json, const struct nbt_replication *m)
{
	switch (m->opcode) {
	case NBT_REPL_MAP_RESPONSE:
		json_owners(json, m->list);
		break;
	case NBT_REPL_RECORDS_REQUEST:
		json_versions(json, "range", &m->range);
		break;
	case NBT_REPL_RECORDS_RESPONSE:
		json_replicas(json, m->list);
		break;
	case NBT_REPL_UPDATE:
	case NBT_REPL_UPDATE_PROPAGATE:
	case NBT_REPL_UPDATE_PERSISTENT:
	case NBT_REPL_UPDATE_PERSISTENT_PROPAGATE:
		json_owners(json, m->list);
		nbt_json_address(json, "initiator", m->initiator);
		break;
	default:
		break;
	}
}

static void json_association(struct nbt_json *json, const struct nbt_replication *m)
{
	if (m->type == NBT_REPL_STOP) {
		nbt_json_number(json, "reason", m->reason);
	} else if (m->type < NBT_REPL_STOP) {
		nbt_json_number(json, "handle", m->handle);
		nbt_json_number(json, "major", m->major);
		nbt_json_number(json, "minor", m->minor);
	}
}

static size_t replication_json(const struct nbt_replication *message, char *buf, size_t size)
{
	struct nbt_json json = nbt_json_of(buf, size);

	nbt_json_begin(&json, NULL, '{');
	nbt_json_string(&json, "proto", "winsrepl");
	nbt_json_number(&json, "destination", message->destination);
	nbt_json_number(&json, "type", message->type);
	if (message->type == NBT_REPL_MESSAGE) {
		nbt_json_number(&json, "opcode", message->opcode);
		json_body(&json, message);
	} else {
		json_association(&json, message);
	}
	nbt_json_end(&json, '}');
	return json.text.len;
}

static size_t discovery_json(const struct nbt_discovery *discovery, char *buf, size_t size)
{
	struct nbt_json json = nbt_json_of(buf, size);

	nbt_json_begin(&json, NULL, '{');
	nbt_json_string(&json, "proto", "winsdisc");
	nbt_json_number(&json, "down", discovery->down);
	nbt_json_begin(&json, "addrs", '[');
	for (size_t i = 0; i < discovery->count; i++)
		nbt_json_address(&json, NULL, discovery->address[i]);
	nbt_json_end(&json, ']');
	nbt_json_end(&json, '}');
	return json.text.len;
}

size_t nbt_dump_replication(const struct nbt_replication *message, enum nbt_dump_form form,
			    char *buf, size_t size)
{
	return form == NBT_DUMP_JSON ? replication_json(message, buf, size)
				     : replication_text(message, buf, size);
}

size_t nbt_dump_discovery(const struct nbt_discovery *discovery, enum nbt_dump_form form, char *buf,
			  size_t size)
{
	return form == NBT_DUMP_JSON ? discovery_json(discovery, buf, size)
				     : discovery_text(discovery, buf, size);
}

/* Names of codes. */
#include "libnbt/wire/tables.h"

#include <nbt/dump.h>

#define LOOK_UP(table, index) ((index) < sizeof(table) / sizeof((table)[0]) ? (table)[index] : NULL)

/* RFC 1002 section 4.2.1.1; multihomed: MS-NBTE 2.2.2. */
const char *nbt_opcode_name(unsigned opcode)
{
	static const char *const names[] = {
		[NBT_OP_QUERY] = "query",
		[NBT_OP_REGISTRATION] = "registration",
		[NBT_OP_RELEASE] = "release",
		[NBT_OP_WACK] = "WACK",
		[NBT_OP_REFRESH] = "refresh",
		[NBT_OP_REFRESH_ALT] = "refresh (9)",
		[NBT_OP_MULTIHOMED] = "multihomed registration",
	};

	return LOOK_UP(names, opcode);
}

/* RFC 1002 sections 4.2.6, 4.2.11 and 4.2.14. */
const char *nbt_rcode_name(unsigned rcode)
{
	static const char *const names[] = {
		[NBT_RCODE_OK] = "OK",           [NBT_RCODE_FMT_ERR] = "FMT_ERR",
		[NBT_RCODE_SRV_ERR] = "SRV_ERR", [NBT_RCODE_NAM_ERR] = "NAM_ERR",
		[NBT_RCODE_IMP_ERR] = "IMP_ERR", [NBT_RCODE_RFS_ERR] = "RFS_ERR",
		[NBT_RCODE_ACT_ERR] = "ACT_ERR", [NBT_RCODE_CFT_ERR] = "CFT_ERR",
	};

	return LOOK_UP(names, rcode);
}

const char *nbt_type_name(unsigned type)
{
	static const char *const names[] = {
		[NBT_TYPE_A] = "A",   [NBT_TYPE_NS] = "NS",         [NBT_TYPE_NULL] = "NULL",
		[NBT_TYPE_NB] = "NB", [NBT_TYPE_NBSTAT] = "NBSTAT",
	};

	return LOOK_UP(names, type);
}

const char *nbt_section_name(const struct nbt_packet *packet, size_t index)
{
	if (index < packet->answer_count)
		return "answer";
	if (index < (size_t)packet->answer_count + packet->authority_count)
		return "authority";
	return "additional";
}

/* MS-NBTE, product behaviour notes 2 and 3. */
const char *nbt_suffix_name(unsigned suffix, int group)
{
	static const char *const unique[256] = {
		[NBT_SUFFIX_WORKSTATION] = "Workstation service",
		[NBT_SUFFIX_BROWSE] = "Messenger service (old)",
		[NBT_SUFFIX_MESSENGER] = "Messenger service",
		[0x06] = "RAS server",
		[NBT_SUFFIX_DMB] = "Domain master browser",
		[NBT_SUFFIX_LMB] = "Local master browser",
		[0x1F] = "NetDDE",
		[NBT_SUFFIX_SERVER] = "Server service",
		[0x21] = "RAS client",
		[0x22] = "Exchange Interchange",
		[0x23] = "Exchange Store",
		[0x24] = "Exchange Directory",
		[0x2B] = "Lotus Notes server",
		[0x30] = "Modem sharing server",
		[0x31] = "Modem sharing client",
		[0x42] = "McAfee",
		[0x43] = "SMS remote control",
		[0x44] = "SMS administration",
		[0x45] = "SMS chat",
		[0x46] = "SMS transfer",
		[0x4C] = "DEC Pathworks",
		[0x52] = "DEC Pathworks",
		[0x6A] = "Exchange IMC",
		[0x87] = "Exchange MTA",
		[0xBE] = "Network Monitor agent",
		[0xBF] = "Network Monitor application",
	};
	static const char *const groups[256] = {
		[NBT_SUFFIX_WORKSTATION] = "Domain or workgroup",
		[NBT_SUFFIX_BROWSE] = "Master browsers",
		[NBT_SUFFIX_DC] = "Domain controllers",
		[NBT_SUFFIX_ELECTION] = "Browser elections",
		[NBT_SUFFIX_SERVER] = "Internet group",
		[0x2F] = "Lotus Notes multicast",
		[0x33] = "Lotus Notes name server",
	};

	return group ? LOOK_UP(groups, suffix) : LOOK_UP(unique, suffix);
}

/* RFC 1002 section 4.4.1. */
const char *nbt_datagram_type_name(unsigned type)
{
	static const char *const names[] = {
		[NBT_DGM_DIRECT_UNIQUE] = "datagram",
		[NBT_DGM_DIRECT_GROUP] = "group datagram",
		[NBT_DGM_BROADCAST] = "broadcast datagram",
		[NBT_DGM_ERROR] = "datagram error",
		[NBT_DGM_QUERY_REQUEST] = "datagram query request",
		[NBT_DGM_POSITIVE_RESPONSE] = "positive datagram query response",
		[NBT_DGM_NEGATIVE_RESPONSE] = "negative datagram query response",
	};

	return LOOK_UP(names, type);
}

/* RFC 1002 section 4.4.3. */
const char *nbt_datagram_error_name(unsigned code)
{
	static const char *const names[] = {
		[NBT_DGM_ERR_DESTINATION] = "destination name not present",
		[NBT_DGM_ERR_SOURCE] = "invalid source name format",
		[NBT_DGM_ERR_NAME] = "invalid destination name format",
	};

	return LOOK_UP(names, code);
}

/* RFC 1002 section 4.3.1. */
const char *nbt_session_type_name(unsigned type)
{
	static const char *const names[] = {
		[NBT_SES_MESSAGE] = "session message",
		[NBT_SES_REQUEST] = "session request",
		[NBT_SES_POSITIVE] = "positive session response",
		[NBT_SES_NEGATIVE] = "negative session response",
		[NBT_SES_RETARGET] = "session retarget response",
		[NBT_SES_KEEPALIVE] = "session keep alive",
	};

	return LOOK_UP(names, type);
}

/* RFC 1002 section 4.3.4. */
const char *nbt_session_error_name(unsigned code)
{
	static const char *const names[] = {
		[NBT_SES_ERR_NOT_LISTENING_CALLED] = "not listening on called name",
		[NBT_SES_ERR_NOT_LISTENING_CALLING] = "not listening for calling name",
		[NBT_SES_ERR_CALLED_NOT_PRESENT] = "called name not present",
		[NBT_SES_ERR_RESOURCES] = "insufficient resources",
		[NBT_SES_ERR_UNSPECIFIED] = "unspecified error",
	};

	return LOOK_UP(names, code);
}

/* MS-WINSRA section 2.2.2. */
const char *nbt_replication_type_name(unsigned long type)
{
	static const char *const names[] = {
		[NBT_REPL_START_REQUEST] = "start request",
		[NBT_REPL_START_RESPONSE] = "start response",
		[NBT_REPL_STOP] = "stop",
	};

	return LOOK_UP(names, type);
}

/* MS-WINSRA sections 2.2.6 to 2.2.10. */
const char *nbt_replication_opcode_name(unsigned opcode)
{
	static const char *const names[] = {
		[NBT_REPL_MAP_REQUEST] = "map request",
		[NBT_REPL_MAP_RESPONSE] = "map response",
		[NBT_REPL_RECORDS_REQUEST] = "records request",
		[NBT_REPL_RECORDS_RESPONSE] = "records response",
		[NBT_REPL_UPDATE] = "update",
		[NBT_REPL_UPDATE_PROPAGATE] = "update, propagate",
		[NBT_REPL_UPDATE_PERSISTENT] = "persistent update",
		[NBT_REPL_UPDATE_PERSISTENT_PROPAGATE] = "persistent update, propagate",
	};

	return LOOK_UP(names, opcode);
}

const char *nbt_replica_type_name(unsigned type)
{
	static const char *const names[] = { "unique", "group", "special group", "multihomed" };

	return names[type & 3];
}

const char *nbt_replica_state_name(unsigned state)
{
	static const char *const names[] = { "active", "released", "tombstone", "state 3" };

	return names[state & 3];
}

char nbt_node_type_letter(unsigned ont)
{
	return "BPMH"[ont & 3];
}

/* SMB and RAP as text and JSON. */
#include "config.h"

#include <string.h>

#include "common/array.h"
#include "libnbt/wire/json.h"
#include "smb/smb2.h"
#include "smb/status.h"
#include "tools/nbtdump_smb.h"

static const char *smb1_name(unsigned command)
{
	static const char *const names[256] = {
		[0x00] = "create directory",
		[0x01] = "delete directory",
		[0x02] = "open",
		[0x03] = "create",
		[SMB1_CLOSE] = "close",
		[0x05] = "flush",
		[0x06] = "delete",
		[0x07] = "rename",
		[0x08] = "query",
		[0x09] = "set information",
		[0x0A] = "read",
		[0x0B] = "write",
		[0x10] = "check directory",
		[0x24] = "locking",
		[SMB1_TRANSACTION] = "transaction",
		[0x26] = "transaction secondary",
		[SMB1_ECHO] = "echo",
		[SMB1_OPEN_ANDX] = "open",
		[SMB1_READ_ANDX] = "read",
		[SMB1_WRITE_ANDX] = "write",
		[0x32] = "transaction2",
		[0x33] = "transaction2 secondary",
		[0x34] = "find close",
		[SMB1_TREE_CONNECT] = "tree connect",
		[SMB1_TREE_DISCONNECT] = "tree disconnect",
		[SMB1_NEGOTIATE] = "negotiate",
		[SMB1_SESSION_SETUP] = "session setup",
		[SMB1_LOGOFF] = "logoff",
		[SMB1_TREE_CONNECT_ANDX] = "tree connect",
		[0x80] = "query disk",
		[0x81] = "search",
		[0xA0] = "NT transaction",
		[0xA1] = "NT transaction secondary",
		[SMB1_NT_CREATE] = "NT create",
		[SMB1_NT_CANCEL] = "NT cancel",
		[0xC0] = "open print file",
		[0xC1] = "write print file",
		[0xC2] = "close print file",
		[0xD0] = "send single block message",
	};

	return command < ARRAY_SIZE(names) ? names[command] : NULL;
}

static const char *smb2_name(unsigned command)
{
	static const char *const names[SMB2_COMMANDS] = {
		[SMB2_NEGOTIATE] = "negotiate",
		[SMB2_SESSION_SETUP] = "session setup",
		[SMB2_LOGOFF] = "logoff",
		[SMB2_TREE_CONNECT] = "tree connect",
		[SMB2_TREE_DISCONNECT] = "tree disconnect",
		[SMB2_CREATE] = "create",
		[SMB2_CLOSE] = "close",
		[SMB2_FLUSH] = "flush",
		[SMB2_READ] = "read",
		[SMB2_WRITE] = "write",
		[SMB2_LOCK] = "lock",
		[SMB2_IOCTL] = "ioctl",
		[SMB2_CANCEL] = "cancel",
		[SMB2_ECHO] = "echo",
		[SMB2_QUERY_DIRECTORY] = "query directory",
		[SMB2_CHANGE_NOTIFY] = "change notify",
		[SMB2_QUERY_INFO] = "query information",
		[SMB2_SET_INFO] = "set information",
		[SMB2_OPLOCK_BREAK] = "oplock break",
	};

	return command < ARRAY_SIZE(names) ? names[command] : NULL;
}

static const char *rap_name(unsigned number)
{
	switch (number) {
	case RAP_SHARE_ENUM:
		return "NetShareEnum";
	case RAP_SHARE_GET_INFO:
		return "NetShareGetInfo";
	case RAP_SESSION_ENUM:
		return "NetSessionEnum";
	case RAP_SERVER_GET_INFO:
		return "NetServerGetInfo";
	case RAP_WKSTA_GET_INFO:
		return "NetWkstaGetInfo";
	case RAP_REMOTE_TOD:
		return "NetRemoteTOD";
	case RAP_SERVER_ENUM2:
		return "NetServerEnum2";
	case RAP_SERVER_ENUM3:
		return "NetServerEnum3";
	default:
		return NULL;
	}
}

/* Without the SMB_ in front; NULL: unknown. */
static const char *status_name(const struct dump_smb *smb)
{
#define STATUS_NAME(name, nt, klass, code) #name,
	static const char *const names[] = { SMB_STATUS_MAP(STATUS_NAME) };
#undef STATUS_NAME

	for (int i = 0; i < SMB_STATUS_COUNT; i++)
		if (smb_status_code((enum smb_status)i, smb->is_nt_status) == smb->status)
			return names[i] + strlen("SMB_");
	return NULL;
}

/* A name of ours, or the number. */
static void add_code(struct nbt_text *text, const char *name, const char *what, unsigned code)
{
	if (name != NULL)
		nbt_text_format(text, "%s", name);
	else
		nbt_text_format(text, "%s %u", what, code);
}

static void call_text(const struct rap_request *call, struct nbt_text *text)
{
	add_code(text, rap_name(call->number), "function", call->number);
	nbt_text_format(text, " level %u", call->arguments.level);
	if (strchr(call->params, 'D') != NULL)
		nbt_text_format(text, " types %08lx", (unsigned long)call->arguments.types);
	for (unsigned i = 0; i < call->arguments.text_count; i++) {
		nbt_text_format(text, " \"");
		if (call->arguments.text[i] != NULL)
			nbt_text_bytes(text, call->arguments.text[i]);
		nbt_text_char(text, '"');
	}
}

/* The first text of a record is what it is about. */
static const char *record_name(const struct dump_smb *smb, unsigned i)
{
	struct rap_value values[RAP_VALUES_MAX];

	if (rap_read_record(smb->record, smb->data, smb->data_len, i, smb->answer.converter,
			    values) != NBT_OK ||
	    values[0].text == NULL)
		return "";
	return values[0].text;
}

static void answer_text(const struct dump_smb *smb, struct nbt_text *text)
{
	add_code(text, rap_name(smb->function->number), "function", smb->function->number);
	nbt_text_format(text, " status %u", smb->answer.status);
	if (strchr(smb->function->params, 'e') != NULL)
		nbt_text_format(text, ", %u of %u", smb->answer.returned, smb->answer.available);
	for (unsigned i = 0; i < smb->records; i++) {
		nbt_text_format(text, i > 0 ? " " : ": ");
		nbt_text_bytes(text, record_name(smb, i));
	}
}

void dump_smb_text(const struct dump_smb *smb, struct nbt_text *text)
{
	bool is_old = smb->version == DUMP_SMB1;

	nbt_text_format(text, is_old ? "SMB " : "SMB2 ");
	add_code(text, (is_old ? smb1_name : smb2_name)(smb->command), "command", smb->command);
	nbt_text_format(text, smb->is_reply ? " reply" : " request");
	if (smb->is_reply && smb->status != 0) {
		nbt_text_char(text, ' ');
		if (status_name(smb) != NULL)
			nbt_text_format(text, "%s", status_name(smb));
		else
			nbt_text_format(text, "status %08lx", (unsigned long)smb->status);
	}
	for (size_t i = 0; i < 3; i++) {
		const char *const texts[] = { smb->pipe, smb->path, smb->account };

		if (texts[i][0] == '\0')
			continue;
		nbt_text_char(text, ' ');
		nbt_text_bytes(text, texts[i]);
	}
	if (smb->has_call || smb->has_answer)
		nbt_text_format(text, ": ");
	if (smb->has_call)
		call_text(&smb->call, text);
	if (smb->has_answer)
		answer_text(smb, text);
}

static void call_json(const struct rap_request *call, struct nbt_json *json)
{
	nbt_json_begin(json, "rap", '{');
	nbt_json_number(json, "function", call->number);
	nbt_json_number(json, "level", call->arguments.level);
	nbt_json_number(json, "buffer", call->arguments.buffer);
	nbt_json_bytes(json, "params", call->params);
	nbt_json_bytes(json, "record", call->record);
	if (strchr(call->params, 'D') != NULL)
		nbt_json_number(json, "types", call->arguments.types);
	nbt_json_begin(json, "texts", '[');
	for (unsigned i = 0; i < call->arguments.text_count; i++)
		nbt_json_bytes(json, NULL,
			       call->arguments.text[i] != NULL ? call->arguments.text[i] : "");
	nbt_json_end(json, ']');
	nbt_json_end(json, '}');
}

static void answer_json(const struct dump_smb *smb, struct nbt_json *json)
{
	nbt_json_begin(json, "rap", '{');
	nbt_json_number(json, "function", smb->function->number);
	nbt_json_number(json, "status", smb->answer.status);
	if (strchr(smb->function->params, 'e') != NULL) {
		nbt_json_number(json, "returned", smb->answer.returned);
		nbt_json_number(json, "available", smb->answer.available);
	}
	nbt_json_begin(json, "names", '[');
	for (unsigned i = 0; i < smb->records; i++)
		nbt_json_bytes(json, NULL, record_name(smb, i));
	nbt_json_end(json, ']');
	nbt_json_end(json, '}');
}

void dump_smb_json(const struct dump_smb *smb, struct nbt_json *json)
{
	const struct {
		const char *key, *value;
	} texts[] = { { "pipe", smb->pipe }, { "path", smb->path }, { "account", smb->account } };

	nbt_json_begin(json, smb->version == DUMP_SMB1 ? "smb" : "smb2", '{');
	nbt_json_number(json, "command", smb->command);
	nbt_json_number(json, "response", smb->is_reply);
	nbt_json_number(json, "status", smb->status);
	if (smb->version == DUMP_SMB1) {
		nbt_json_number(json, "tree", smb->tree);
		nbt_json_number(json, "user", smb->user);
		nbt_json_number(json, "mid", smb->id);
	}
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (texts[i].value[0] != '\0')
			nbt_json_bytes(json, texts[i].key, texts[i].value);
	if (smb->has_call)
		call_json(&smb->call, json);
	if (smb->has_answer)
		answer_json(smb, json);
	nbt_json_end(json, '}');
}

/* Commands of SMB, and RAP in them. */
#include "config.h"

#include "tools/nbtdump_smb.h"

#include <string.h>

#include "common/array.h"
#include "libnbt/wire/wire.h"
#include "smb/smb2.h"
#include "smb/text.h"

#define LANMAN_PIPE "\\PIPE\\LANMAN"

static bool same_end(const struct dump_end *a, const struct dump_end *b)
{
	return a->address.s_addr == b->address.s_addr && a->port == b->port;
}

/* Of a call whose descriptors are those that we know; others could hold anything. */
static void remember(struct dump_calls *calls, const struct dump_smb *smb,
		     const struct dump_end *client, const struct dump_end *server)
{
	const struct rap_function *function = rap_find(smb->call.number);
	const char *record =
		function != NULL ? rap_record_of(function, smb->call.arguments.level) : NULL;

	if (function == NULL || (record != NULL && strcmp(record, smb->call.record) != 0))
		return;
	calls->calls[calls->next++ % DUMP_CALLS_MAX] = (struct dump_call){
		.client = *client,
		.server = *server,
		.id = smb->id,
		.user = smb->user,
		.function = function,
		.record = record,
	};
}

static const struct dump_call *recall(const struct dump_calls *calls, const struct dump_smb *smb,
				      const struct dump_end *client, const struct dump_end *server)
{
	for (unsigned i = 1; i <= DUMP_CALLS_MAX; i++) {
		const struct dump_call *c = &calls->calls[(calls->next - i) % DUMP_CALLS_MAX];

		if (c->function != NULL && c->id == smb->id && same_end(&c->client, client) &&
		    same_end(&c->server, server))
			return c;
	}
	return NULL;
}

static void read_call(struct dump_smb *smb, const struct smb1_block *block, bool unicode)
{
	struct smb1_trans trans;

	if (smb1_read_trans(block, unicode, &trans) != NBT_OK)
		return;
	memcpy(smb->pipe, trans.name, sizeof(smb->pipe));
	smb->has_call = smb_compare(trans.name, LANMAN_PIPE) == 0 &&
			rap_read_request(trans.params, trans.param_count, &smb->call) == NBT_OK;
}

/* How many records of an answer are whole in this part. */
static unsigned count_records(const struct dump_smb *smb)
{
	struct rap_value values[RAP_VALUES_MAX];
	unsigned wanted = strchr(smb->function->params, 'e') != NULL ? smb->answer.returned : 1;
	unsigned i = 0;

	while (i < wanted && rap_read_record(smb->record, smb->data, smb->data_len, i,
					     smb->answer.converter, values) == NBT_OK)
		i++;
	return i;
}

static void read_answer(struct dump_smb *smb, const struct dump_call *call,
			const struct smb1_block *block)
{
	struct smb1_trans_reply reply;

	if (call == NULL || smb1_read_trans_reply(block, &reply) != NBT_OK ||
	    reply.param_count == 0 ||
	    rap_read_reply(reply.params, reply.param_count, call->function->params, &smb->answer) !=
		    NBT_OK)
		return;
	smb->has_answer = true;
	smb->function = call->function;
	smb->record = call->record;
	smb->data = reply.data;
	smb->data_len = reply.data_at == 0 ? reply.data_count : 0;
	if (smb->record != NULL &&
	    (smb->answer.status == RAP_OK || smb->answer.status == RAP_MORE_DATA))
		smb->records = count_records(smb);
}

static void read_smb1_request(struct dump_smb *smb, const struct smb1_block *block, bool unicode)
{
	static struct smb1_tree tree;
	static struct smb1_setup setup;
	enum nbt_error err;

	switch (smb->command) {
	case SMB1_TRANSACTION:
		read_call(smb, block, unicode);
		break;
	case SMB1_TREE_CONNECT:
	case SMB1_TREE_CONNECT_ANDX:
		err = smb->command == SMB1_TREE_CONNECT
			      ? smb1_read_tree(block, &tree)
			      : smb1_read_tree_andx(block, unicode, &tree);
		if (err == NBT_OK)
			memcpy(smb->path, tree.path, sizeof(smb->path));
		break;
	case SMB1_SESSION_SETUP:
		if (smb1_read_setup(block, unicode, &setup) == NBT_OK)
			memcpy(smb->account, setup.account, sizeof(smb->account));
		break;
	default:
		break;
	}
}

static void read_smb1(struct dump_smb *smb, struct dump_calls *calls, const struct dump_end *from,
		      const struct dump_end *to, struct nbt_reader r)
{
	struct smb1_header header;
	struct smb1_block block;

	smb1_read_header(&r, &header);
	if (r.err != NBT_OK)
		return;
	smb->version = DUMP_SMB1;
	smb->command = header.command;
	smb->is_reply = header.flags & SMB1_FLAG_REPLY;
	smb->is_nt_status = header.flags2 & SMB1_NTSTATUS;
	smb->status = header.status;
	smb->tree = header.tid;
	smb->user = header.uid;
	smb->id = header.mid;
	block = smb1_read_block(&r);
	if (r.err != NBT_OK)
		return;
	if (!smb->is_reply) {
		read_smb1_request(smb, &block, header.flags2 & SMB1_UNICODE);
		if (smb->has_call)
			remember(calls, smb, from, to);
	} else if (smb->command == SMB1_TRANSACTION) {
		read_answer(smb, recall(calls, smb, to, from), &block);
	}
}

static void read_smb2(struct dump_smb *smb, struct nbt_reader r)
{
	struct smb2_header header;

	smb2_read_header(&r, &header);
	if (r.err != NBT_OK)
		return;
	smb->version = DUMP_SMB2;
	smb->command = header.command;
	smb->is_reply = header.flags & SMB2_FLAG_REPLY;
	smb->is_nt_status = true;
	smb->status = header.status;
}

void dump_smb_read(struct dump_smb *out, struct dump_calls *calls, const struct dump_end *source,
		   const struct dump_end *destination, const uint8_t *bytes, size_t len)
{
	memset(out, 0, sizeof(*out));
	if (len > 0 && bytes[0] == SMB2_FIRST_BYTE)
		read_smb2(out, nbt_reader_of(bytes, len));
	else
		read_smb1(out, calls, source, destination, nbt_reader_of(bytes, len));
}

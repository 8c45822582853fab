/* The IPC$ client's lists: a transaction for each round, its answer put together and read. */
#include "smb/ipc_inner.h"

#include <string.h>

#include "smb/smb1_trans.h"
#include "smb/text.h"

#define BUFFER       0xFFFF
#define RECORD_SIZE  26
#define COMMENT_SIZE 256

/* A part of a list's answer that has been read. */
struct round {
	struct rap_reply reply;
	size_t fresh;             /* entries that were not there before */
	char last[IPC_NAME_SIZE]; /* the name of the last entry */
};

static const struct ipc_request *present(const struct ipc_client *c)
{
	return &c->task->requests[c->request];
}

/* Sends what comes next: a request, or the leave when all have had their end. */
static void ask_next(struct ipc_client *c, const struct nbt_env *env)
{
	memset(&c->answer, 0, sizeof(c->answer));
	ipc_enter(c, c->request < c->task->request_count ? IPC_STEP_LIST : IPC_STEP_LEAVE, env);
}

void ipc_begin_lists(struct ipc_client *c, const struct nbt_env *env)
{
	c->request = 0;
	c->listed = 0;
	c->last[0] = '\0';
	ask_next(c, env);
}

static void end_list(struct ipc_client *c, enum ipc_end end, uint32_t code,
		     const struct nbt_env *env)
{
	c->sinks->end(c->sinks->ctx, c->request, end, code);
	c->request++;
	c->listed = 0;
	c->last[0] = '\0';
	ask_next(c, env);
}

/* Without a domain as Windows asks; to go on is another function. */
static struct rap_request request_of(const struct ipc_client *c)
{
	const struct ipc_request *asked = present(c);
	struct rap_request rap = { .number = RAP_SERVER_ENUM2,
				   .params = "WrLehDz",
				   .record = "B16BBDz",
				   .arguments = { .level = 1,
						  .buffer = BUFFER,
						  .types = asked->types,
						  .text_count = 1,
						  .text = { asked->domain, c->last } } };

	if (asked->shares) {
		rap.number = RAP_SHARE_ENUM;
		rap.params = "WrLeh";
		rap.record = "B13BWz";
	} else if (c->last[0] != '\0') {
		rap.number = RAP_SERVER_ENUM3;
		rap.params = "WrLehDzz";
		rap.arguments.text_count = 2;
	} else if (asked->domain[0] == '\0') {
		rap.params = "WrLehDO";
	}
	return rap;
}

void ipc_write_list(struct ipc_client *c, struct nbt_writer *w)
{
	uint8_t params[128];
	struct nbt_writer p = nbt_writer_of(params, sizeof(params));

	c->rap = request_of(c);
	rap_write_request(&p, &c->rap);
	if (p.err != NBT_OK) {
		nbt_writer_fail(w, p.err);
		return;
	}
	smb1_write_trans(w, &(struct smb1_trans){ .name = "\\PIPE\\LANMAN",
						  .max_params = 8,
						  .max_data = BUFFER,
						  .params = params,
						  .param_count = (uint16_t)p.pos });
}

static void lower(size_t *total, size_t told)
{
	if (told < *total)
		*total = told;
}

/* Parts may come in any order, and totals may shrink (MS-CIFS section 3.2.5.1.4). false: this one
 * brings nothing, or goes beyond what there is room for. */
static bool add_part(struct ipc_answer *a, const struct smb1_trans_reply *part)
{
	bool first = !a->begun;

	if (first) {
		a->begun = true;
		a->total_params = part->total_params;
		a->total_data = part->total_data;
	}
	lower(&a->total_params, part->total_params);
	lower(&a->total_data, part->total_data);
	if (a->total_params > sizeof(a->params) ||
	    (size_t)part->param_at + part->param_count > sizeof(a->params) ||
	    (size_t)part->data_at + part->data_count > sizeof(a->data))
		return false;
	if (part->param_count > 0)
		memcpy(a->params + part->param_at, part->params, part->param_count);
	if (part->data_count > 0)
		memcpy(a->data + part->data_at, part->data, part->data_count);
	a->got_params += part->param_count;
	a->got_data += part->data_count;
	return first || part->param_count > 0 || part->data_count > 0;
}

static bool is_complete(const struct ipc_answer *a)
{
	return a->got_params >= a->total_params && a->got_data >= a->total_data;
}

/* A name of a host or a share; what has other bytes in it would only confuse who reads it. */
bool ipc_is_name(const char *name, size_t size)
{
	size_t len = strlen(name);

	if (len == 0 || len >= size)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)name[i] < 0x20 || name[i] == 0x7F)
			return false;
	return true;
}

void ipc_clean(char *out, size_t size, const char *text)
{
	size_t i;

	for (i = 0; text[i] != '\0' && i + 1 < size; i++)
		out[i] = (uint8_t)text[i] < 0x20 || text[i] == 0x7F ? '?' : text[i];
	out[i] = '\0';
}

static const char *comment_of(const struct ipc_client *c, const struct rap_value *values)
{
	return present(c)->shares ? values[3].text : values[4].text;
}

static void hand_on(struct ipc_client *c, const struct rap_value *values)
{
	bool share = present(c)->shares;
	char comment[COMMENT_SIZE];
	const struct smb_listed entry = { .name = values[0].text,
					  .type = values[share ? 2 : 3].number,
					  .major = share ? 0 : (uint8_t)values[1].number,
					  .minor = share ? 0 : (uint8_t)values[2].number,
					  .comment = comment };

	ipc_clean(comment, sizeof(comment), comment_of(c, values));
	c->listed += RECORD_SIZE + strlen(comment);
	c->sinks->entry(c->sinks->ctx, c->request, &entry);
}

/* One that can't be right is left out. A later round begins with the entry that the one before
 * ended with. */
static void take_entry(struct ipc_client *c, struct round *round, const struct rap_value *values)
{
	if (!ipc_is_name(values[0].text, IPC_NAME_SIZE))
		return;
	strcpy(round->last, values[0].text);
	if (c->last[0] != '\0' && smb_compare(values[0].text, c->last) == 0)
		return;
	round->fresh++;
	hand_on(c, values);
}

/* Records end where texts begin: what is told of their number is only told. */
static void read_entries(struct ipc_client *c, struct round *round)
{
	const struct ipc_answer *a = &c->answer;
	const char *data = (const char *)a->data;
	size_t end = a->total_data, size = rap_record_size(c->rap.record);

	for (size_t i = 0; i < round->reply.returned && c->listed < IPC_LIST_MAX; i++) {
		struct rap_value values[RAP_VALUES_MAX];
		enum nbt_error err;
		const char *comment;

		if ((i + 1) * size > end)
			break;
		err = rap_read_record(c->rap.record, a->data, a->total_data, i,
				      round->reply.converter, values);
		if (err != NBT_OK)
			continue;
		comment = comment_of(c, values);
		if (comment[0] != '\0' && (size_t)(comment - data) < end)
			end = (size_t)(comment - data);
		if ((i + 1) * size <= end)
			take_entry(c, round, values);
	}
}

/* There is more: with the function for it, as long as that brings something new. */
static void go_on(struct ipc_client *c, const struct round *round, const struct nbt_env *env)
{
	if (present(c)->shares || round->fresh == 0 || c->listed >= IPC_LIST_MAX ||
	    smb_compare(round->last, c->last) == 0) {
		end_list(c, IPC_PARTIAL, 0, env);
		return;
	}
	strcpy(c->last, round->last);
	ask_next(c, env);
}

static void read_answer(struct ipc_client *c, const struct nbt_env *env)
{
	const struct ipc_answer *a = &c->answer;
	bool later = c->last[0] != '\0';
	struct round round = { .fresh = 0 };

	if (rap_read_reply(a->params, a->total_params, c->rap.params, &round.reply) != NBT_OK) {
		end_list(c, later ? IPC_PARTIAL : IPC_BROKEN, 0, env);
		return;
	}
	if (round.reply.status != RAP_OK && round.reply.status != RAP_MORE_DATA) {
		/* It does not know how to go on: what there is stays. */
		end_list(c, later ? IPC_PARTIAL : IPC_REFUSED, round.reply.status, env);
		return;
	}
	read_entries(c, &round);
	if (round.reply.status == RAP_MORE_DATA)
		go_on(c, &round, env);
	else
		end_list(c, c->listed < IPC_LIST_MAX ? IPC_WHOLE : IPC_PARTIAL, 0, env);
}

void ipc_take_list(struct ipc_client *c, const struct ipc_reply *reply, const struct nbt_env *env)
{
	struct ipc_answer *a = &c->answer;
	struct smb1_trans_reply part;

	if (reply->header.status != 0) {
		end_list(c, c->last[0] != '\0' ? IPC_PARTIAL : IPC_REFUSED, reply->header.status,
			 env);
		return;
	}
	if (smb1_read_trans_reply(&reply->block, &part) != NBT_OK || !add_part(a, &part)) {
		ipc_fail(c, "the server's answer makes no sense", 0);
		return;
	}
	if (is_complete(a))
		read_answer(c, env);
}

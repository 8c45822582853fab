/*
 * RAP: a function for each number. Where MS-RAP and smbd differ it is smbd's way, as clients are
 * tested with that; the digest of it is in the captures that tests/unit/test_smb_replay.c plays.
 */
#include "smb/session_inner.h"

#include <string.h>

#include "smb/rap.h"
#include "smb/text.h"

#define NOT_TOLD      4     /* bytes of status and converter, which is all that some errors have */
#define CLOCK_TICK    10000 /* of NetRemoteTOD, in 1/10000 s */
#define NO_USER_LIMIT 0xFFFF

/* A request being answered. */
struct rap_work {
	const struct smb_exchange *x;
	const struct rap_request *request;
	uint16_t max_data;
	struct rap_reply reply;
	size_t data_len;
};

/* Walks a list twice: what fits is counted, then written. */
struct rap_list {
	struct rap_work *work;
	size_t room;
	bool full;
	uint32_t types;   /* as they were asked for */
	const char *from; /* the first name that is wanted, or NULL */
	uint16_t left;    /* records still to be written */
	struct rap_records records;
};

static void set_listed(struct rap_value *values, const struct smb_listed *entry)
{
	values[0] = (struct rap_value){ .text = entry->name };
	values[1] = (struct rap_value){ .number = entry->major };
	values[2] = (struct rap_value){ .number = entry->minor };
	values[3] = (struct rap_value){ .number = entry->type & ~RAP_TYPE_LOCAL_LIST };
	values[4] = (struct rap_value){ .text = entry->comment };
}

static bool is_wanted(const struct rap_list *list, const struct smb_listed *entry)
{
	return rap_asks_for(list->types, entry->type) &&
	       (list->from == NULL || smb_compare(entry->name, list->from) >= 0);
}

static bool count_listed(void *ctx, const struct smb_listed *entry)
{
	struct rap_list *list = ctx;
	struct rap_reply *reply = &list->work->reply;
	const char *record = list->work->request->record;
	struct rap_value values[RAP_VALUES_MAX];
	size_t size;

	if (!is_wanted(list, entry))
		return true;
	set_listed(values, entry);
	size = rap_record_size(record) + rap_texts_size(record, values);
	if (size > list->room)
		list->full = true;
	if (!list->full) {
		list->room -= size;
		reply->returned++;
	}
	if (reply->available < UINT16_MAX)
		reply->available++;
	return true;
}

static bool write_listed(void *ctx, const struct smb_listed *entry)
{
	struct rap_list *list = ctx;
	struct rap_value values[RAP_VALUES_MAX];

	if (!is_wanted(list, entry))
		return true;
	if (list->left == 0)
		return false;
	set_listed(values, entry);
	rap_add_record(&list->records, values);
	list->left--;
	return true;
}

/* MaxDataCount is where the client has no room for a single entry: it is told so, as smbd does it.
 * A small buffer of the request itself is only an end of the list. */
static void finish_list(struct rap_work *work)
{
	struct rap_reply *reply = &work->reply;

	if (reply->returned == reply->available)
		return;
	reply->status = RAP_MORE_DATA;
	if (reply->returned == 0 && work->max_data < work->request->arguments.buffer)
		*reply = (struct rap_reply){ .status = RAP_BUFFER_TOO_SMALL };
}

static void begin_records(struct rap_work *work, size_t count, struct rap_records *records)
{
	struct smb_workspace *space = work->x->io->work;

	*records = rap_begin_records(work->request->record, count, space->data, RAP_DATA_MAX);
}

/* What was counted fits. */
static void end_records(struct rap_work *work, const struct rap_records *records)
{
	enum nbt_error err;

	work->data_len = rap_end_records(records, &err);
	if (err != NBT_OK) {
		work->data_len = 0;
		work->reply = (struct rap_reply){ .status = RAP_BUFFER_TOO_SMALL };
	}
}

static size_t room_for_list(const struct rap_work *work)
{
	uint16_t buffer = work->request->arguments.buffer;

	return buffer < work->max_data ? buffer : work->max_data;
}

typedef void walk_fn(const struct smb_host *host, const char *domain, smb_each_fn *each,
		     struct rap_list *list);

static void walk_servers(const struct smb_host *host, const char *domain, smb_each_fn *each,
			 struct rap_list *list)
{
	host->servers(host->ctx, domain, each, list);
}

static void walk_groups(const struct smb_host *host, const char *domain, smb_each_fn *each,
			struct rap_list *list)
{
	(void)domain;
	host->groups(host->ctx, each, list);
}

/* Without a domain it is ours, also where smbd answers with an empty list: so smbclient -L -N shows
 * one. */
static void enumerate_servers(struct rap_work *work)
{
	const struct rap_arguments *asked = &work->request->arguments;
	const struct smb_host *host = work->x->host;
	const char *domain = asked->text[0];
	struct rap_list list = { .work = work,
				 .room = room_for_list(work),
				 .types = asked->types,
				 .from = asked->text_count > 1 ? asked->text[1] : NULL };
	walk_fn *walk = rap_asks_for_groups(asked->types) ? walk_groups : walk_servers;

	if (host->is_browser != NULL && !host->is_browser(host->ctx)) {
		work->reply.status = RAP_NOT_ACCEPTED;
		return;
	}
	if (domain == NULL || domain[0] == '\0')
		domain = host->workgroup;
	walk(host, domain, count_listed, &list);
	list.left = work->reply.returned;
	finish_list(work);
	begin_records(work, list.left, &list.records);
	if (list.left > 0)
		walk(host, domain, write_listed, &list);
	end_records(work, &list.records);
}

/* One record that is there whole or not at all. smbd ignores the buffer of the request, and clients
 * ask with one of any size. */
static void give_record(struct rap_work *work, const struct rap_value *values)
{
	const char *record = work->request->record;
	size_t size = rap_record_size(record) + rap_texts_size(record, values);
	struct rap_records records;

	if (size > work->max_data) {
		work->reply = (struct rap_reply){ .status = RAP_BUFFER_TOO_SMALL };
		return;
	}
	begin_records(work, 1, &records);
	rap_add_record(&records, values);
	end_records(work, &records);
	work->reply.total = (uint16_t)size;
}

static void give_server(struct rap_work *work)
{
	const struct smb_host *host = work->x->host;
	const struct smb_listed self = { .name = host->name,
					 .type = host->type,
					 .major = host->major,
					 .minor = host->minor,
					 .comment = host->comment };
	struct rap_value values[RAP_VALUES_MAX];

	set_listed(values, &self);
	give_record(work, values);
}

static void give_workstation(struct rap_work *work)
{
	const struct smb_host *host = work->x->host;
	const struct rap_value values[] = { { .text = host->name },
					    { .text = "" }, /* nobody works here */
					    { .text = host->workgroup },
					    { .number = host->major },
					    { .number = host->minor },
					    { .text = host->workgroup },
					    { .text = "" } };

	give_record(work, values);
}

/* MS-RAP section 2.5.9.2.1. */
static void give_time(struct rap_work *work)
{
	const struct nbt_env *env = work->x->env;
	struct smb_date date = smb_date_of(env->wall_s);
	const struct rap_value values[] = { { .number = (uint32_t)env->wall_s },
					    { .number = (uint32_t)env->now_ms },
					    { .number = date.hour },
					    { .number = date.minute },
					    { .number = date.second },
					    { .number = 0 },
					    { .number = 0 }, /* our times are UTC */
					    { .number = CLOCK_TICK },
					    { .number = date.day },
					    { .number = date.month },
					    { .number = date.year },
					    { .number = date.weekday } };

	give_record(work, values);
}

/* Levels 0 to 2 have the same beginning. */
static void set_ipc(struct rap_value values[RAP_VALUES_MAX], const char *remark)
{
	const struct rap_value ipc[] = { { .text = SMB_IPC_NAME },
					 { .number = 0 },
					 { .number = RAP_SHARE_TYPE_IPC },
					 { .text = remark },
					 { .number = 0 }, /* permissions */
					 { .number = NO_USER_LIMIT },
					 { .number = 1 },
					 { .text = "" }, /* path */
					 { .text = "" }, /* password */
					 { .number = 0 } };

	memcpy(values, ipc, sizeof(ipc));
}

static void enumerate_shares(struct rap_work *work)
{
	const char *record = work->request->record;
	struct rap_value values[RAP_VALUES_MAX];
	char remark[SMB_REMARK_MAX];
	struct rap_records records;

	smb_ipc_remark(work->x->host, remark);
	set_ipc(values, remark);
	work->reply.available = 1;
	work->reply.returned =
		rap_record_size(record) + rap_texts_size(record, values) <= room_for_list(work);
	begin_records(work, work->reply.returned, &records);
	if (work->reply.returned > 0)
		rap_add_record(&records, values);
	end_records(work, &records);
	finish_list(work);
}

static void give_share(struct rap_work *work)
{
	struct rap_value values[RAP_VALUES_MAX];
	char remark[SMB_REMARK_MAX];

	if (smb_compare(work->request->arguments.text[0], SMB_IPC_NAME) != 0) {
		work->reply.status = RAP_NO_SUCH_SHARE;
		return;
	}
	smb_ipc_remark(work->x->host, remark);
	set_ipc(values, remark);
	give_record(work, values);
}

/* Who else is connected is nobody's business. */
static void enumerate_sessions(struct rap_work *work)
{
	(void)work;
}

static const struct {
	uint16_t number;
	void (*answer)(struct rap_work *work);
} handlers[] = {
	{ RAP_SHARE_ENUM, enumerate_shares },     { RAP_SHARE_GET_INFO, give_share },
	{ RAP_SESSION_ENUM, enumerate_sessions }, { RAP_SERVER_GET_INFO, give_server },
	{ RAP_WKSTA_GET_INFO, give_workstation }, { RAP_REMOTE_TOD, give_time },
	{ RAP_SERVER_ENUM2, enumerate_servers },  { RAP_SERVER_ENUM3, enumerate_servers },
};

static bool is_form(const struct rap_function *function, const char *params)
{
	return strcmp(params, function->params) == 0 ||
	       (function->other_params != NULL && strcmp(params, function->other_params) == 0);
}

/* Whether the descriptors are those of the function and of its level. NetRemoteTOD has one record
 * only, and clients that describe it otherwise. */
static bool is_served(struct rap_request *request)
{
	const struct rap_function *function = rap_find(request->number);
	const char *record, *asked = request->record;

	if (function == NULL || !is_form(function, request->params))
		return false;
	record = rap_record_of(function, request->arguments.level);
	request->record = record;
	return record != NULL && (request->number == RAP_REMOTE_TOD || strcmp(record, asked) == 0);
}

static void answer_served(struct rap_work *work)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].number == work->request->number)
			handlers[i].answer(work);
}

void smb_answer_rap(const struct smb_exchange *x, const struct smb1_trans *request,
		    struct smb_rap_answer *answer)
{
	struct nbt_writer w = nbt_writer_of(answer->params, sizeof(answer->params));
	struct rap_request asked;
	struct rap_work work = { .x = x, .request = &asked, .max_data = request->max_data };

	if (rap_read_request(request->params, request->param_count, &asked) != NBT_OK ||
	    !is_served(&asked)) {
		rap_write_reply(&w, "", &(struct rap_reply){ .status = RAP_NOT_SUPPORTED });
	} else {
		answer_served(&work);
		rap_write_reply(&w, asked.params, &work.reply);
	}
	answer->param_len = (uint16_t)w.pos;
	answer->data_len = (uint16_t)work.data_len;
	if (answer->param_len <= request->max_params)
		return;
	w.pos = 0;
	rap_write_reply(&w, "", &(struct rap_reply){ .status = RAP_BUFFER_TOO_SMALL });
	answer->param_len = NOT_TOLD;
	answer->data_len = 0;
}

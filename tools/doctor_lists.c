/* The doctor's probe of a master's lists, by the IPC$ client. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/loop.h"
#include "smb/ipc_call.h"
#include "smb/rap.h"
#include "tools/doctor_ask.h"

#define ANY_SERVER "*SMBSERVER"

enum { SERVERS, WORKGROUPS, REQUESTS };

struct doctor_lists {
	struct doctor_lists_options options;
	struct ipc_call *call;
	struct ipc_request requests[REQUESTS];
	char workgroup[DOCTOR_NAME_SIZE], called[DOCTOR_NAME_SIZE];
	struct in_addr address;
	bool has_servers;
	char why[DOCTOR_WHY_SIZE];
};

static void call_entry(void *ctx, size_t request, const struct smb_listed *entry)
{
	const struct doctor_lists *lists = ctx;
	struct doctor_entry added = { .from = lists->address,
				      .type = entry->type & ~RAP_TYPE_DOMAIN_ENUM };

	if (request == WORKGROUPS)
		added.type |= RAP_TYPE_DOMAIN_ENUM;
	memcpy(added.workgroup, lists->workgroup, sizeof(added.workgroup));
	memcpy(added.name, entry->name, strnlen(entry->name, DOCTOR_NAME_SIZE - 1));
	(void)doctor_add_entry(lists->options.facts, &added);
}

static void call_end(void *ctx, size_t request, enum ipc_end end, uint32_t code)
{
	struct doctor_lists *lists = ctx;

	if (request != SERVERS)
		return;
	if (end == IPC_REFUSED)
		snprintf(lists->why, sizeof(lists->why),
			 "its list of servers is refused with status %u", (unsigned)code);
	else if (end == IPC_BROKEN)
		snprintf(lists->why, sizeof(lists->why),
			 "its list of servers makes no sense, or never came");
	else
		lists->has_servers = true;
}

static void call_done(void *ctx, const struct ipc_failure *failure)
{
	struct doctor_lists *lists = ctx;
	struct doctor_question *q = &lists->options.facts->questions[lists->options.question];

	if (failure != NULL && failure->error != 0)
		snprintf(lists->why, sizeof(lists->why), "%s: %s", failure->what,
			 strerror(-failure->error));
	else if (failure != NULL)
		snprintf(lists->why, sizeof(lists->why), "%s", failure->what);
	q->outcome = lists->has_servers ? DOCTOR_ANSWERED : DOCTOR_FAILED;
	memcpy(q->why, lists->why, sizeof(q->why));
	lists->options.done(lists->options.ctx);
}

static const struct ipc_call_events call_events = { call_entry, call_end, call_done };

/* The name of its server: a strict one answers to no other. */
static void name_called(struct doctor_lists *lists)
{
	const struct nbt_node_status *node = doctor_status_of(lists->options.facts, lists->address);
	struct nbt_name name;

	memcpy(lists->called, ANY_SERVER, sizeof(ANY_SERVER));
	if (doctor_host_name(node, &name) && nbt_name_suffix(&name) == NBT_SUFFIX_SERVER)
		doctor_text(lists->called, &name);
}

static int begin(struct doctor_lists *lists, struct loop *loop)
{
	const struct doctor_lists_options *o = &lists->options;
	struct ipc_call_options call = { .to = lists->address,
					 .events = &call_events,
					 .ctx = lists };

	lists->requests[SERVERS] =
		(struct ipc_request){ .types = RAP_TYPE_ALL &
					       ~(RAP_TYPE_DOMAIN_ENUM | RAP_TYPE_LOCAL_LIST),
				      .domain = lists->workgroup };
	lists->requests[WORKGROUPS] =
		(struct ipc_request){ .types = RAP_TYPE_DOMAIN_ENUM, .domain = "" };
	call.task = (struct ipc_task){ .server = lists->called,
				       .called = doctor_name(lists->called, NBT_SUFFIX_SERVER),
				       .calling = o->own_name,
				       .scope = o->scope,
				       .requests = lists->requests,
				       .request_count = REQUESTS,
				       .reply_ms = o->timeout_s * 1000,
				       .whole_ms = o->timeout_s * 4000 };
	return ipc_call(&lists->call, loop, &call);
}

int doctor_lists_open(struct doctor_lists **out, struct loop *loop,
		      const struct doctor_lists_options *options)
{
	const struct doctor_question *q = &options->facts->questions[options->question];
	struct doctor_lists *lists = calloc(1, sizeof(*lists));
	int ret;

	*out = NULL;
	if (lists == NULL)
		return -ENOMEM;
	lists->options = *options;
	lists->address = q->at;
	doctor_text(lists->workgroup, &q->name);
	name_called(lists);
	ret = begin(lists, loop);
	if (ret < 0)
		free(lists);
	else
		*out = lists;
	return ret;
}

void doctor_lists_close(struct doctor_lists *lists)
{
	if (lists == NULL)
		return;
	ipc_call_close(lists->call);
	free(lists);
}

/* nbtbrowse: lists and shares of hosts, by the IPC$ client. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "smb/ipc_call.h"
#include "smb/rap.h"
#include "tools/nbtbrowse.h"

#define ANY_SERVER   "*SMBSERVER"
#define REQUESTS_MAX 2

struct pull {
	struct browse *b;
	struct pull *next;
	struct walk_action action;
	struct ipc_call *call;
	struct ipc_request requests[REQUESTS_MAX];
	enum walk_list lists[REQUESTS_MAX]; /* of each request */
	size_t request_count;
	const char *called; /* the server's name, or what stands for it */
	char at[INET_ADDRSTRLEN];
};

static void call_entry(void *ctx, size_t request, const struct smb_listed *entry)
{
	const struct pull *pull = ctx;

	walk_entry(pull->b->walk, pull->action.id, pull->lists[request],
		   ipc_call_domain(pull->call), entry);
}

static void call_end(void *ctx, size_t request, enum ipc_end end, uint32_t code)
{
	const struct pull *pull = ctx;

	walk_listed(pull->b->walk, pull->action.id, pull->lists[request],
		    ipc_call_domain(pull->call), end, code);
}

static void pull_free(struct pull *pull)
{
	struct pull **at = &pull->b->pulls;

	while (*at != pull)
		at = &(*at)->next;
	*at = pull->next;
	ipc_call_close(pull->call);
	free(pull);
}

static void call_done(void *ctx, const struct ipc_failure *failure)
{
	struct pull *pull = ctx;

	walk_pulled(pull->b->walk, pull->action.id, failure, loop_env(pull->b->loop).now_ms);
	pull_free(pull);
}

static const struct ipc_call_events call_events = { call_entry, call_end, call_done };

static void want(struct pull *pull, enum walk_list list, const struct ipc_request *request)
{
	pull->requests[pull->request_count] = *request;
	pull->lists[pull->request_count++] = list;
}

static void want_all(struct pull *pull)
{
	if (pull->action.shares) {
		want(pull, WALK_OF_SHARES, &(struct ipc_request){ .shares = true, .domain = "" });
		return;
	}
	want(pull, WALK_OF_SERVERS,
	     &(struct ipc_request){ .types = RAP_TYPE_ALL &
					     ~(RAP_TYPE_DOMAIN_ENUM | RAP_TYPE_LOCAL_LIST),
				    .domain = pull->action.workgroup });
	want(pull, WALK_OF_WORKGROUPS,
	     &(struct ipc_request){ .types = RAP_TYPE_DOMAIN_ENUM, .domain = "" });
}

static bool start(struct pull *pull)
{
	struct browse *b = pull->b;
	struct ipc_call_options options = { .to = pull->action.address,
					    .events = &call_events,
					    .ctx = pull };

	options.task = (struct ipc_task){
		.server = pull->action.called != NULL ? pull->action.called : pull->at,
		.calling = b->own_name,
		.scope = b->places.scope,
		.requests = pull->requests,
		.request_count = pull->request_count,
		.by_smb2 = pull->action.shares,
		.user = b->user,
		.reply_ms = b->plan.timeout_ms,
		.whole_ms = b->plan.timeout_ms * 4,
	};
	return nbt_name_make(&options.task.called, pull->called, NBT_SUFFIX_SERVER) == NBT_OK &&
	       ipc_call(&pull->call, b->loop, &options) == 0;
}

void pull_begin(struct browse *b, const struct walk_action *action)
{
	static const struct ipc_failure no_memory = { .what = "out of memory" };
	struct pull *pull = calloc(1, sizeof(*pull));

	if (pull != NULL) {
		pull->b = b;
		pull->next = b->pulls;
		b->pulls = pull;
		pull->action = *action;
		pull->called = action->called != NULL ? action->called : ANY_SERVER;
		inet_ntop(AF_INET, &action->address, pull->at, sizeof(pull->at));
		want_all(pull);
		if (start(pull))
			return;
		pull_free(pull);
	}
	walk_pulled(b->walk, action->id, &no_memory, loop_env(b->loop).now_ms);
}

void pull_close(struct browse *b)
{
	while (b->pulls != NULL)
		pull_free(b->pulls);
}

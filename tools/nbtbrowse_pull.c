/* nbtbrowse: lists and shares of hosts, by the IPC$ client, several hosts at once. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/loop.h"
#include "smb/ipc_call.h"
#include "smb/rap.h"
#include "tools/nbtbrowse.h"

#define ANY_SERVER "*SMBSERVER"

enum request { SERVERS, WORKGROUPS, SHARES, REQUESTS };

/* Several at once; the rest waits. */
struct pulling {
	struct browse *b;
	struct job *jobs;
	size_t count, next, running;
};

struct pull {
	struct pulling *pulling;
	struct job *job;
	struct ipc_call *call;
	struct ipc_request requests[REQUESTS];
	enum request kinds[REQUESTS]; /* of each request */
	size_t request_count;
	const char *called; /* the server's name, or what stands for it */
};

static void start_more(struct pulling *pulling);

/*
 * Entries.
 */

/* The workgroup of the servers that come: it may have been known before, or is what the host says
 * of itself. */
static struct tree_workgroup *workgroup_of(const struct pull *pull)
{
	const struct job *job = pull->job;
	const char *name = job->host.workgroup;

	if (job->workgroup != NULL)
		return job->workgroup;
	if (*name == '\0')
		name = ipc_call_domain(pull->call);
	return tree_workgroup(&pull->pulling->b->tree, name);
}

static void add_server(const struct pull *pull, const struct smb_listed *entry)
{
	struct tree *tree = &pull->pulling->b->tree;
	struct tree_workgroup *workgroup = workgroup_of(pull);
	struct tree_server *server =
		workgroup != NULL ? tree_server(tree, workgroup, entry->name) : NULL;

	if (server == NULL)
		return;
	tree_text(server->comment, sizeof(server->comment), entry->comment);
	server->type = entry->type & ~RAP_TYPE_LOCAL_LIST;
	server->major = entry->major;
	server->minor = entry->minor;
}

static void add_workgroup(const struct pull *pull, const struct smb_listed *entry)
{
	struct tree_workgroup *workgroup = tree_workgroup(&pull->pulling->b->tree, entry->name);

	if (workgroup != NULL && workgroup->master[0] == '\0')
		tree_text(workgroup->master, sizeof(workgroup->master), entry->comment);
}

static void add_share(const struct pull *pull, const struct smb_listed *entry)
{
	struct tree_share *share =
		tree_share(&pull->pulling->b->tree, pull->job->server, entry->name);

	if (share == NULL)
		return;
	tree_text(share->comment, sizeof(share->comment), entry->comment);
	share->type = entry->type;
}

static void call_entry(void *ctx, size_t request, const struct smb_listed *entry)
{
	static void (*const add[REQUESTS])(const struct pull *pull,
					   const struct smb_listed *entry) = {
		[SERVERS] = add_server, [WORKGROUPS] = add_workgroup, [SHARES] = add_share
	};
	const struct pull *pull = ctx;

	add[pull->kinds[request]](pull, entry);
}

/*
 * Ends.
 */

/* The first one counts. */
static void __attribute__((format(printf, 2, 3))) note(struct job *job, const char *format, ...)
{
	va_list args;

	if (job->failure[0] != '\0')
		return;
	va_start(args, format);
	vsnprintf(job->failure, sizeof(job->failure), format, args);
	va_end(args);
}

static void call_end(void *ctx, size_t request, enum ipc_end end, uint32_t code)
{
	static const char *const what[REQUESTS] = { "its list of servers", "its list of workgroups",
						    "its list of shares" };
	const struct pull *pull = ctx;
	enum request kind = pull->kinds[request];
	struct tree_workgroup *workgroup;

	if (end == IPC_PARTIAL) {
		note(pull->job, "the server does not give the rest of %s", what[kind]);
		pull->pulling->b->tree.is_full = true;
	}
	if (end == IPC_REFUSED) {
		note(pull->job, "%s is refused with status %u", what[kind], (unsigned)code);
	} else if (end == IPC_BROKEN) {
		note(pull->job, "%s makes no sense, or never came", what[kind]);
	} else if (kind == SHARES) {
		pull->job->server->has_shares = true;
	} else if (kind == SERVERS) {
		workgroup = workgroup_of(pull);
		if (workgroup != NULL)
			workgroup->has_servers = true;
		pull->pulling->b->has_master = true;
	}
}

static void pull_free(struct pull *pull)
{
	ipc_call_close(pull->call);
	free(pull);
}

static void call_done(void *ctx, const struct ipc_failure *failure)
{
	struct pull *pull = ctx;
	struct pulling *pulling = pull->pulling;
	struct job *job = pull->job;

	if (failure != NULL) {
		job->failure[0] = '\0';
		if (failure->error != 0)
			note(job, "%s: %s", failure->what, strerror(-failure->error));
		else
			note(job, "%s", failure->what);
	}
	pull_free(pull);
	pulling->running--;
	start_more(pulling);
}

static const struct ipc_call_events call_events = { call_entry, call_end, call_done };

/*
 * Beginning.
 */

static void want(struct pull *pull, enum request kind, const struct ipc_request *request)
{
	pull->requests[pull->request_count] = *request;
	pull->kinds[pull->request_count++] = kind;
}

static void want_all(struct pull *pull)
{
	const struct job *job = pull->job;

	if (job->wants_lists) {
		want(pull, SERVERS,
		     &(struct ipc_request){
			     .types = RAP_TYPE_ALL & ~(RAP_TYPE_DOMAIN_ENUM | RAP_TYPE_LOCAL_LIST),
			     .domain = job->workgroup != NULL ? job->workgroup->name : "" });
		want(pull, WORKGROUPS,
		     &(struct ipc_request){ .types = RAP_TYPE_DOMAIN_ENUM, .domain = "" });
	}
	if (job->server != NULL)
		want(pull, SHARES, &(struct ipc_request){ .shares = true, .domain = "" });
}

static bool start(struct pulling *pulling, struct job *job)
{
	struct pull *pull = calloc(1, sizeof(*pull));
	struct ipc_call_options options = { .to = job->host.address,
					    .events = &call_events,
					    .ctx = pull };

	if (pull == NULL)
		return false;
	pull->pulling = pulling;
	pull->job = job;
	pull->called = job->host.name[0] != '\0' ? job->host.name : ANY_SERVER;
	want_all(pull);
	options.task = (struct ipc_task){
		.server = pull->called,
		.calling = pulling->b->own_name,
		.requests = pull->requests,
		.request_count = pull->request_count,
		.reply_ms = pulling->b->options.timeout_s * 1000,
		.whole_ms = pulling->b->options.timeout_s * 4000,
	};
	if (nbt_name_make(&options.task.called, pull->called, NBT_SUFFIX_SERVER) != NBT_OK ||
	    ipc_call(&pull->call, pulling->b->loop, &options) < 0) {
		free(pull);
		return false;
	}
	pulling->running++;
	return true;
}

static void start_more(struct pulling *pulling)
{
	while (pulling->running < pulling->b->options.at_once && pulling->next < pulling->count) {
		struct job *job = &pulling->jobs[pulling->next++];

		if (!start(pulling, job))
			note(job, "out of memory");
	}
	if (pulling->running == 0)
		loop_stop(pulling->b->loop);
}

bool pull_all(struct browse *b, struct job *jobs, size_t count)
{
	struct pulling pulling = { .b = b, .jobs = jobs, .count = count };

	if (count == 0)
		return true;
	start_more(&pulling);
	return loop_run(b->loop) == 0;
}

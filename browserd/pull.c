#include "browserd/pull.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "browserd/text.h"
#include "smb/ipc_call.h"

#define FAILURE_MAX 160

struct pull {
	struct pulls *pulls;
	struct pull *next;
	uint32_t token;
	struct in_addr interface, address;
	bool is_local, is_strange;
	enum lists_kind first; /* of what is asked for */
	char workgroup[NBT_NAME_LEN], name[NBT_NAME_LEN];

	struct ipc_request requests[LISTS_KINDS];
	struct ipc_call *call;     /* NULL: it waits for its turn */
	char failure[FAILURE_MAX]; /* the first thing that went wrong */
};

struct pulls {
	struct loop *loop;
	struct pulls_settings settings;
	char name[NBT_NAME_LEN];
	const struct pulls_events *events;
	void *ctx;
	struct pull *first;             /* the oldest */
	size_t count, running, strange; /* strange: of those that run */
};

static void start_more(struct pulls *pulls);

static void free_pull(struct pull *pull)
{
	ipc_call_close(pull->call);
	free(pull);
}

static void unlink_pull(struct pull *pull)
{
	struct pull **at = &pull->pulls->first;

	while (*at != pull)
		at = &(*at)->next;
	*at = pull->next;
	pull->pulls->count--;
	if (pull->call == NULL)
		return;
	pull->pulls->running--;
	pull->pulls->strange -= pull->is_strange;
}

static void __attribute__((format(printf, 2, 3))) note(struct pull *pull, const char *format, ...)
{
	va_list args;

	if (pull->failure[0] != '\0')
		return;
	va_start(args, format);
	vsnprintf(pull->failure, sizeof(pull->failure), format, args);
	va_end(args);
}

/*
 * What the call has to say.
 */

static void call_entry(void *ctx, size_t request, const struct smb_listed *entry)
{
	const struct pull *pull = ctx;
	struct lists_record record = { .type = entry->type & ~NBT_SV_LOCAL_LIST_ONLY,
				       .os_major = entry->major,
				       .os_minor = entry->minor };

	text_copy(record.name, sizeof(record.name), entry->name);
	text_copy(record.comment, sizeof(record.comment), entry->comment);
	pull->pulls->events->record(pull->pulls->ctx, pull->token,
				    (enum lists_kind)(pull->first + request), &record);
}

/* A list of which the server does not give the rest is the best that there is. */
static void call_end(void *ctx, size_t request, enum ipc_end end, uint32_t code)
{
	struct pull *pull = ctx;
	const char *what = pull->first + request == LISTS_SERVERS ? "servers" : "workgroups";

	if (end == IPC_REFUSED)
		note(pull, "its list of %s is refused with status %u", what, (unsigned)code);
	else if (end == IPC_BROKEN)
		note(pull, "its list of %s makes no sense, or never came", what);
}

/* It says more than that some list has never come. */
static void note_failure(struct pull *pull, const struct ipc_failure *failure)
{
	pull->failure[0] = '\0';
	if (failure->error != 0)
		note(pull, "%s: %s", failure->what, strerror(-failure->error));
	else if (failure->status != 0)
		note(pull, "%s (status 0x%08x)", failure->what, (unsigned)failure->status);
	else
		note(pull, "%s", failure->what);
}

/* Its end is told when it is one of the pulls no more: another may be begun at once. */
static void call_done(void *ctx, const struct ipc_failure *failure)
{
	struct pull *pull = ctx;
	struct pulls *pulls = pull->pulls;

	if (failure != NULL)
		note_failure(pull, failure);
	unlink_pull(pull);
	pulls->events->end(pulls->ctx, pull->token,
			   pull->failure[0] != '\0' ? pull->failure : NULL);
	free_pull(pull);
	start_more(pulls);
}

static const struct ipc_call_events call_events = { call_entry, call_end, call_done };

/*
 * Beginning.
 */

static struct nbt_name name_of(const char *text, uint8_t suffix)
{
	struct nbt_name name;

	if (nbt_name_make(&name, text, suffix) != NBT_OK)
		memset(&name, 0, sizeof(name)); /* it is never too long */
	return name;
}

/* false: out of memory. */
static bool start(struct pull *pull)
{
	struct pulls *pulls = pull->pulls;
	const struct pulls_settings *settings = &pulls->settings;
	const struct ipc_call_options options = {
		.task = { .server = pull->name,
			  .called = name_of(pull->name, NBT_SUFFIX_SERVER),
			  .calling = name_of(pulls->name, NBT_SUFFIX_WORKSTATION),
			  .scope = settings->scope,
			  .requests = pull->requests + pull->first,
			  .request_count = LISTS_KINDS - pull->first,
			  .reply_ms = settings->reply_ms,
			  .whole_ms = settings->whole_ms },
		.to = pull->address,
		.from = pull->interface,
		.session_port = settings->session_port,
		.direct_port = settings->direct_port,
		.events = &call_events,
		.ctx = pull,
	};

	pull->requests[LISTS_SERVERS] =
		(struct ipc_request){ .types = pull->is_local ? NBT_SV_LOCAL_LIST_ONLY : NBT_SV_ALL,
				      .domain = pull->workgroup };
	pull->requests[LISTS_WORKGROUPS] =
		(struct ipc_request){ .types = NBT_SV_DOMAIN_ENUM |
					       (pull->is_local ? NBT_SV_LOCAL_LIST_ONLY : 0),
				      .domain = "" };
	if (ipc_call(&pull->call, pulls->loop, &options) < 0)
		return false;
	pulls->running++;
	pulls->strange += pull->is_strange;
	return true;
}

static struct pull *first_waiting(const struct pulls *pulls, bool is_strange)
{
	struct pull *pull = pulls->first;

	while (pull != NULL && (pull->call != NULL || pull->is_strange != is_strange))
		pull = pull->next;
	return pull;
}

/* Strangers, who may be made up and say nothing, come last, and have half of the places. */
static struct pull *next_waiting(const struct pulls *pulls)
{
	struct pull *pull = first_waiting(pulls, false);

	if (pull == NULL && 2 * pulls->strange < pulls->settings.at_once)
		pull = first_waiting(pulls, true);
	return pull;
}

static void start_more(struct pulls *pulls)
{
	struct pull *pull;

	while (pulls->running < pulls->settings.at_once && (pull = next_waiting(pulls)) != NULL)
		if (!start(pull)) {
			unlink_pull(pull);
			free_pull(pull);
		}
}

void pulls_add(struct pulls *pulls, const struct browser_pull *wanted)
{
	struct pull *pull = calloc(1, sizeof(*pull)), **at = &pulls->first;

	if (pull == NULL)
		return;
	pull->pulls = pulls;
	pull->token = wanted->token;
	pull->interface = wanted->interface;
	pull->address = wanted->address;
	pull->is_local = wanted->is_local;
	pull->is_strange = wanted->is_strange;
	pull->first = wanted->is_workgroups_only ? LISTS_WORKGROUPS : LISTS_SERVERS;
	text_copy(pull->workgroup, sizeof(pull->workgroup), wanted->workgroup);
	text_copy(pull->name, sizeof(pull->name), wanted->name);
	while (*at != NULL)
		at = &(*at)->next;
	*at = pull;
	pulls->count++;
	start_more(pulls);
}

/*
 * All of them.
 */

int pulls_open(struct pulls **out, struct loop *loop, const struct pulls_settings *settings,
	       const struct pulls_events *events, void *ctx)
{
	struct pulls *pulls = calloc(1, sizeof(*pulls));

	*out = pulls;
	if (pulls == NULL)
		return -ENOMEM;
	pulls->loop = loop;
	pulls->events = events;
	pulls->ctx = ctx;
	pulls_set_settings(pulls, settings);
	return 0;
}

void pulls_set_settings(struct pulls *pulls, const struct pulls_settings *settings)
{
	pulls->settings = *settings;
	text_copy(pulls->name, sizeof(pulls->name), settings->name);
	pulls->settings.name = pulls->name;
}

void pulls_cancel(struct pulls *pulls)
{
	while (pulls->first != NULL) {
		struct pull *pull = pulls->first;

		unlink_pull(pull);
		free_pull(pull);
	}
}

void pulls_close(struct pulls *pulls)
{
	if (pulls == NULL)
		return;
	pulls_cancel(pulls);
	free(pulls);
}

size_t pulls_count(const struct pulls *pulls)
{
	return pulls->count;
}

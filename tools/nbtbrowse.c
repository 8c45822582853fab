/* nbtbrowse: the network neighbourhood as a tree: workgroups, servers, shares. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "common/array.h"
#include "common/charset.h"
#include "common/loop.h"
#include "tools/nbtbrowse.h"

#define ROUNDS_MAX  8  /* lists of workgroups that name further workgroups */
#define LOOKUPS     24 /* timeouts that all look-ups of names may take together */
#define NO_TIME     "not asked: looking up names takes too long"

#define OPT(member) offsetof(struct browse_options, member)

static const struct tool_option nbtbrowse_options[] = {
	{ 'D', "domains", NULL, "show the workgroups only", TOOL_FLAG, OPT(workgroups_only), 0,
	  NULL },
	{ 'S', "servers", NULL, "show workgroups and servers, no shares", TOOL_FLAG, OPT(no_shares),
	  0, NULL },
	{ 'B', "broadcast", "ADDRESS", "ask this broadcast address", TOOL_CHOICE, OPT(target), 0,
	  NULL },
	{ 'U', "unicast", "HOST", "ask this name server instead of the subnets", TOOL_CHOICE,
	  OPT(target), 0, NULL },
	{ 'm', "master", "HOST", "begin with the lists of this host", TOOL_STRING, OPT(master), 0,
	  NULL },
	{ 'n', "name", "NAME", "call others by this name (the host's)", TOOL_STRING, OPT(name), 0,
	  NULL },
	{ 't', "timeout", "SECONDS", "wait so long for an answer (5)", TOOL_NUMBER, OPT(timeout_s),
	  3600, NULL },
	{ 0, "at-once", "NUMBER", "hosts that are asked at the same time (16)", TOOL_NUMBER,
	  OPT(at_once), 256, NULL },
	{ 0, "json", NULL, "print a JSON object", TOOL_FLAG, OPT(json), 0, NULL },
};

static const struct tool nbtbrowse = {
	.name = "nbtbrowse",
	.arguments = "[WORKGROUP... | //HOST]",
	.help = "Show the network neighbourhood: workgroups, their servers, their shares.",
	.misuse = TOOL_MISUSE,
	.options = nbtbrowse_options,
	.option_count = ARRAY_SIZE(nbtbrowse_options),
};

bool is_wanted(const struct browse *b, const char *workgroup)
{
	char text[4 * TREE_NAME_SIZE];

	if (b->wanted_count == 0)
		return true;
	charset_from_wire(workgroup, strlen(workgroup), text, sizeof(text));
	for (size_t i = 0; i < b->wanted_count; i++)
		if (strcasecmp(text, b->wanted[i]) == 0)
			return true;
	return false;
}

/*
 * The way down.
 */

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Who has given his lists need not be looked for. */
static void remember(struct browse *b, struct tree_workgroup *workgroup, const struct found *host)
{
	struct tree_server *server =
		host->name[0] != '\0' ? tree_server(&b->tree, workgroup, host->name) : NULL;

	if (server != NULL)
		server->address = host->address;
}

static void note_workgroup(struct tree_workgroup *workgroup, const char *failure)
{
	if (workgroup->has_servers)
		workgroup->failure[0] = '\0';
	else if (failure[0] != '\0')
		tree_text(workgroup->failure, sizeof(workgroup->failure), failure);
}

/* The lists of the masters that answer. */
static void ask_masters(struct browse *b)
{
	static struct found masters[FOUND_MAX];
	static struct job jobs[FOUND_MAX];
	size_t count = find_masters(b, masters);

	if (count == 0 && b->options.master != NULL)
		fprintf(stderr, "nbtbrowse: %s: its address is not found\n", b->options.master);
	for (size_t i = 0; i < count; i++)
		jobs[i] = (struct job){ .host = masters[i], .wants_lists = true };
	if (!pull_all(b, jobs, count))
		return;
	for (size_t i = 0; i < count; i++) {
		struct tree_workgroup *workgroup = NULL;

		if (masters[i].workgroup[0] != '\0')
			workgroup = tree_workgroup(&b->tree, masters[i].workgroup);
		if (workgroup == NULL)
			continue;
		if (workgroup->has_servers)
			remember(b, workgroup, &masters[i]);
		note_workgroup(workgroup, jobs[i].failure);
	}
}

static bool is_to_be_asked(const struct browse *b, const struct tree_workgroup *workgroup)
{
	return !workgroup->has_servers && !workgroup->is_asked && is_wanted(b, workgroup->name);
}

/* The servers of workgroups that nobody has told yet. false: there are none, or no memory. */
static bool ask_for_servers(struct browse *b)
{
	struct job *jobs = calloc(b->tree.workgroup_count + 1, sizeof(*jobs));
	size_t count = 0;

	for (size_t i = 0; jobs != NULL && i < b->tree.workgroup_count; i++) {
		struct tree_workgroup *workgroup = b->tree.workgroups[i];

		if (!is_to_be_asked(b, workgroup))
			continue;
		workgroup->is_asked = true;
		jobs[count] = (struct job){ .workgroup = workgroup, .wants_lists = true };
		if (now_ms() >= b->until_ms)
			note_workgroup(workgroup, NO_TIME);
		else if (find_master_of(b, workgroup, &jobs[count].host))
			count++;
		else
			note_workgroup(workgroup, "its master is not found");
	}
	if (jobs != NULL && pull_all(b, jobs, count))
		for (size_t i = 0; i < count; i++) {
			note_workgroup(jobs[i].workgroup, jobs[i].failure);
			if (jobs[i].workgroup->has_servers)
				remember(b, jobs[i].workgroup, &jobs[i].host);
		}
	free(jobs);
	return count > 0;
}

/* false: it cannot be asked, and why is in its failure. */
static bool find_address(struct browse *b, struct tree_server *server)
{
	bool is_late = now_ms() >= b->until_ms;

	if (server->address.s_addr == INADDR_ANY && !is_late)
		server->address = find_server(b, server->name);
	if (server->address.s_addr != INADDR_ANY)
		return true;
	tree_text(server->failure, sizeof(server->failure),
		  is_late ? NO_TIME : "its address is not found");
	return false;
}

/* One job for each server of the wanted workgroups. */
static size_t jobs_for_shares(struct browse *b, struct job *jobs)
{
	size_t count = 0;

	for (size_t i = 0; i < b->tree.workgroup_count; i++) {
		const struct tree_workgroup *workgroup = b->tree.workgroups[i];

		for (size_t j = 0; is_wanted(b, workgroup->name) && j < workgroup->server_count;
		     j++) {
			struct tree_server *server = workgroup->servers[j];
			struct job *job = &jobs[count];

			if (!find_address(b, server))
				continue;
			*job = (struct job){ .server = server,
					     .host = { .address = server->address } };
			tree_text(job->host.name, sizeof(job->host.name), server->name);
			count++;
		}
	}
	return count;
}

static void ask_for_shares(struct browse *b)
{
	struct job *jobs = calloc(b->tree.server_count + 1, sizeof(*jobs));
	size_t count = jobs != NULL ? jobs_for_shares(b, jobs) : 0;

	if (jobs != NULL && pull_all(b, jobs, count))
		for (size_t i = 0; i < count; i++)
			tree_text(jobs[i].server->failure, sizeof(jobs[i].server->failure),
				  jobs[i].failure);
	free(jobs);
}

static void walk(struct browse *b)
{
	ask_masters(b);
	for (size_t i = 0; i < b->wanted_count; i++) {
		struct nbt_name name;
		char text[TREE_NAME_SIZE];

		if (!charset_make_name(&name, b->wanted[i], NBT_SUFFIX_LMB))
			continue;
		tree_name(text, &name);
		(void)tree_workgroup(&b->tree, text); /* nobody may have spoken of it */
	}
	if (b->options.workgroups_only)
		return;
	for (size_t i = 0; i < ROUNDS_MAX && ask_for_servers(b); i++)
		;
	if (!b->options.no_shares)
		ask_for_shares(b);
}

/* Everything that one host says of itself and of others. */
static void ask_host(struct browse *b, const char *text)
{
	struct job job = { .wants_lists = true };
	struct tree_workgroup *workgroup;

	if (!find_host(b, text, &job.host)) {
		fprintf(stderr, "nbtbrowse: %s: its address is not found\n", text);
		return;
	}
	workgroup =
		tree_workgroup(&b->tree, job.host.workgroup[0] != '\0' ? job.host.workgroup : "?");
	if (workgroup != NULL && !b->options.no_shares && !b->options.workgroups_only) {
		char name[TREE_NAME_SIZE];

		tree_text(name, sizeof(name), job.host.name[0] != '\0' ? job.host.name : text);
		job.server = tree_server(&b->tree, workgroup, name);
	}
	if (job.server != NULL)
		job.server->address = job.host.address;
	if (!pull_all(b, &job, 1))
		return;
	b->has_master |= job.server != NULL && job.server->has_shares;
	if (job.server != NULL)
		tree_text(job.server->failure, sizeof(job.server->failure), job.failure);
	else if (job.failure[0] != '\0')
		fprintf(stderr, "nbtbrowse: %s: %s\n", text, job.failure);
}

/*
 * The start.
 */

static bool make_own_name(struct browse *b)
{
	char host[256] = "";
	const char *name = b->options.name;

	if (name == NULL) {
		(void)gethostname(host, sizeof(host) - 1);
		host[strcspn(host, ".")] = '\0';
		host[NBT_NAME_LEN - 1] = '\0';
		name = host;
	}
	return charset_make_name(&b->own_name, name, NBT_SUFFIX_WORKSTATION);
}

static bool prepare(struct browse *b)
{
	static const struct loop_events none = { .turn = NULL };

	if (!make_own_name(b)) {
		fprintf(stderr, "nbtbrowse: %s: no NetBIOS name\n",
			b->options.name != NULL ? b->options.name : "this host");
		return false;
	}
	if (b->options.timeout_s == 0 || b->options.at_once == 0) {
		fprintf(stderr, "nbtbrowse: --timeout and --at-once begin at 1\n");
		return false;
	}
	b->is_directed = b->options.target.letter != 0;
	if (b->is_directed && !netif_resolve(b->options.target.argument, &b->target)) {
		fprintf(stderr, "nbtbrowse: %s: its address is not found\n",
			b->options.target.argument);
		return false;
	}
	b->interface_count = netif_read(b->interfaces);
	if (nbt_client_open(&b->client, NULL) == NBT_OK && loop_create(&b->loop, &none, b) == 0)
		return true;
	perror("nbtbrowse");
	return false;
}

/* Whether there is something of what was wanted. */
static bool is_found(const struct browse *b)
{
	if (b->wanted_count == 0 || b->options.workgroups_only)
		return b->has_master;
	for (size_t i = 0; i < b->tree.workgroup_count; i++)
		if (is_wanted(b, b->tree.workgroups[i]->name) && b->tree.workgroups[i]->has_servers)
			return true;
	return false;
}

/* "//HOST" or "\\HOST". */
static const char *host_of(const char *word)
{
	bool is_host = (word[0] == '/' && word[1] == '/') || (word[0] == '\\' && word[1] == '\\');

	return is_host ? word + 2 : NULL;
}

int main(int argc, char **argv)
{
	static struct browse b = { .options = { .timeout_s = 5, .at_once = 16 } };
	const char *host;
	int first, status;

	if (!tool_read_options(&nbtbrowse, argc, argv, &b.options, &first, &status))
		return status;
	host = first < argc ? host_of(argv[first]) : NULL;
	if (host != NULL && argc - first > 1) {
		tool_print_usage(&nbtbrowse, stderr);
		return TOOL_MISUSE;
	}
	if (!prepare(&b))
		return TOOL_MISUSE;
	if (host != NULL) {
		ask_host(&b, host);
	} else {
		b.until_ms = now_ms() + LOOKUPS * UINT64_C(1000) * b.options.timeout_s;
		b.wanted = (const char *const *)argv + first;
		b.wanted_count = (size_t)(argc - first);
		walk(&b);
	}
	(b.options.json ? say_json : say_tree)(&b);
	if (!b.has_master && !b.options.json)
		fprintf(stderr, "nbtbrowse: no browser has answered\n");
	status = is_found(&b) ? TOOL_OK : TOOL_NOT_FOUND;
	tree_free(&b.tree);
	nbt_client_close(b.client);
	loop_destroy(b.loop);
	return status;
}

/* nbtbrowse: one visit: its lists are pulled, and become part of the tree. */
#include "tools/nbtbrowse_visit.h"

#include <string.h>

#include "smb/rap.h"

#define HOST_PATIENCE 4 /* timeouts that one host may take in all */

bool visit_next_pull(struct walk *w, struct walk_action *out, uint64_t now_ms)
{
	struct visit *v = visit_pop(&w->pulling);

	if (v == NULL)
		return false;
	w->pulling.running++;
	if (v->until_ms == 0)
		v->until_ms = now_ms + HOST_PATIENCE * (uint64_t)w->plan->timeout_ms;
	out->what = WALK_PULL;
	out->id = v->id;
	out->address = v->addresses[v->address];
	out->shares = v->phase == VISIT_PULL_SHARES;
	out->called = v->server_name[0] != '\0' ? v->server_name
		      : v->kind == VISIT_SERVER ? v->name
						: NULL;
	out->workgroup = v->workgroup != NULL ? v->workgroup->name : "";
	return true;
}

/* The workgroup of the servers that come: it was known before, or is what the host says of itself.
 */
static struct tree_workgroup *workgroup_of(struct walk *w, struct visit *v, const char *domain)
{
	if (v->workgroup != NULL)
		return v->workgroup;
	return tree_workgroup(&w->tree, v->workgroup_name[0] != '\0' ? v->workgroup_name : domain);
}

static void add_server(struct walk *w, struct visit *v, const char *domain,
		       const struct smb_listed *entry)
{
	struct tree_workgroup *workgroup = workgroup_of(w, v, domain);
	struct tree_server *server =
		workgroup != NULL ? tree_server(&w->tree, workgroup, entry->name) : NULL;

	if (server == NULL)
		return;
	tree_text(server->comment, sizeof(server->comment), entry->comment);
	server->type = entry->type & ~RAP_TYPE_LOCAL_LIST;
	server->major = entry->major;
	server->minor = entry->minor;
}

static void add_workgroup(struct walk *w, const struct smb_listed *entry)
{
	struct tree_workgroup *workgroup = tree_workgroup(&w->tree, entry->name);

	if (workgroup != NULL && workgroup->master[0] == '\0')
		tree_text(workgroup->master, sizeof(workgroup->master), entry->comment);
}

static void add_share(struct walk *w, const struct visit *v, const struct smb_listed *entry)
{
	struct tree_share *share =
		v->server != NULL ? tree_share(&w->tree, v->server, entry->name) : NULL;

	if (share == NULL)
		return;
	tree_text(share->comment, sizeof(share->comment), entry->comment);
	share->type = entry->type;
}

void walk_entry(struct walk *walk, size_t id, enum walk_list list, const char *domain,
		const struct smb_listed *entry)
{
	struct visit *v = walk->visits[id];

	if (list == WALK_OF_SERVERS)
		add_server(walk, v, domain, entry);
	else if (list == WALK_OF_WORKGROUPS)
		add_workgroup(walk, entry);
	else
		add_share(walk, v, entry);
}

static void has_come(struct walk *w, struct visit *v, enum walk_list list, const char *domain)
{
	if (list == WALK_OF_SHARES && v->server != NULL)
		v->server->has_shares = true;
	if (list != WALK_OF_SERVERS)
		return;
	w->has_master = true;
	v->listed = workgroup_of(w, v, domain);
	if (v->listed != NULL)
		v->listed->has_servers = true;
}

void walk_listed(struct walk *walk, size_t id, enum walk_list list, const char *domain,
		 enum ipc_end end, uint32_t code)
{
	static const char *const what[] = { "its list of servers", "its list of workgroups",
					    "its list of shares" };
	struct visit *v = walk->visits[id];

	if (end == IPC_PARTIAL) {
		visit_note(v, "the server does not give the rest of %s", what[list]);
		walk->tree.is_full = true;
	}
	if (end == IPC_REFUSED)
		visit_note(v, "%s is refused with status %u", what[list], (unsigned)code);
	else if (end == IPC_BROKEN)
		visit_note(v, "%s makes no sense, or never came", what[list]);
	else
		has_come(walk, v, list, domain);
}

/* It says more than that some list has never come. */
static void note_failure(struct visit *v, const struct ipc_failure *failure)
{
	v->failure[0] = '\0';
	if (failure->error != 0)
		visit_note(v, "%s: %s", failure->what, strerror(-failure->error));
	else if (failure->status != 0)
		visit_note(v, "%s (status 0x%08x)", failure->what, (unsigned)failure->status);
	else
		visit_note(v, "%s", failure->what);
}

/* Only who has been told an error of the system was not connected. */
static bool tries_next_address(struct walk *w, struct visit *v, const struct ipc_failure *failure,
			       uint64_t now_ms)
{
	if (failure == NULL || failure->error == 0 || v->address + 1 >= v->address_count ||
	    now_ms >= v->until_ms)
		return false;
	v->address++;
	v->failure[0] = '\0';
	visit_enter(w, v, v->phase);
	return true;
}

void walk_pulled(struct walk *walk, size_t id, const struct ipc_failure *failure, uint64_t now_ms)
{
	struct visit *v = walk->visits[id];

	walk->pulling.running--;
	if (tries_next_address(walk, v, failure, now_ms))
		return;
	if (failure != NULL)
		note_failure(v, failure);
	if (v->kind == VISIT_HOST && v->phase == VISIT_PULL_LISTS && v->server != NULL &&
	    (failure == NULL || failure->error == 0)) {
		tree_text(v->no_lists, sizeof(v->no_lists), v->failure);
		v->failure[0] = '\0';
		visit_enter(walk, v, VISIT_PULL_SHARES);
	} else {
		visit_end(walk, v);
	}
}

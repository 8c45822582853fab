/* nbtbrowse: the stages of the walk, and who is visited in each. */
#include "tools/nbtbrowse_visit.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/array.h"

#define ROUNDS_MAX       8 /* lists of workgroups that name further workgroups */
#define LOOKUPS_AT_ONCE  32
#define LOOKUPS_PATIENCE 24 /* timeouts that all look-ups of names may take together */
#define MASTERS_MAX      256

#define HOST_STEPS                                                                                 \
	{ STEP_NAME, NBT_SUFFIX_SERVER, WALK_SERVERS },                                            \
		{ STEP_NAME, NBT_SUFFIX_SERVER, WALK_SUBNETS },                                    \
		{ STEP_NAME, NBT_SUFFIX_WORKSTATION, WALK_SUBNETS },                               \
	{                                                                                          \
		STEP_NAME, NBT_SUFFIX_WORKSTATION, WALK_SERVERS                                    \
	}

static const struct step host_steps[] = { HOST_STEPS };

/* By the name that it is said to have, and by those of its office. */
static const struct step master_steps[] = {
	HOST_STEPS,
	{ STEP_WORKGROUP, NBT_SUFFIX_LMB, WALK_SUBNETS },
	{ STEP_WORKGROUP, NBT_SUFFIX_DMB, WALK_SERVERS },
	{ STEP_WORKGROUP, NBT_SUFFIX_DMB, WALK_SUBNETS },
	{ STEP_WORKGROUP, NBT_SUFFIX_LMB, WALK_SERVERS },
};

/* Those of all subnets, of ours, and of the domain. */
static const struct step everybody_steps[] = { { STEP_EVERYBODY, 0, WALK_SUBNETS },
					       { STEP_EVERYBODY, 0, WALK_SERVERS } };
static const struct step local_steps[] = { { STEP_NAME, NBT_SUFFIX_LMB, WALK_SUBNETS },
					   { STEP_NAME, NBT_SUFFIX_LMB, WALK_SERVERS } };
static const struct step domain_steps[] = { { STEP_NAME, NBT_SUFFIX_DMB, WALK_SERVERS },
					    { STEP_NAME, NBT_SUFFIX_DMB, WALK_SUBNETS } };

bool walk_is_wanted(const struct walk *walk, const char *workgroup)
{
	const struct walk_plan *plan = walk->plan;

	if (plan->wanted_count == 0)
		return true;
	for (size_t i = 0; i < plan->wanted_count; i++)
		if (strcasecmp(workgroup, plan->wanted[i]) == 0)
			return true;
	return false;
}

/*
 * Beginning and end of a visit.
 */

/* Without memory less is found. */
static struct visit *make(struct walk *w, enum visit_kind kind, const char *name)
{
	struct visit *v = visit_new(w, kind, name);

	if (v == NULL)
		w->tree.is_full = true;
	return v;
}

static void scout(struct walk *w, const char *name, const struct step *steps, size_t count)
{
	struct visit *v = make(w, VISIT_SCOUT, name);

	if (v != NULL)
		visit_start(w, v, steps, count);
}

static bool is_met(const struct walk *w, struct in_addr address)
{
	for (size_t i = 0; i < w->count; i++)
		for (size_t j = 0; j < w->visits[i]->address_count; j++)
			if (w->visits[i]->addresses[j].s_addr == address.s_addr)
				return true;
	return false;
}

void walk_met(struct walk *w, const struct in_addr *addresses, size_t count)
{
	struct visit *v;

	for (size_t i = 0; i < count; i++)
		if (is_met(w, addresses[i]))
			return;
	v = w->count < MASTERS_MAX ? make(w, VISIT_MASTER, NULL) : NULL;
	if (v == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		visit_address(v, addresses[i]);
	visit_start(w, v, NULL, 0);
}

static struct tree_server *server_of(struct walk *w, const struct visit *v)
{
	const char *name = v->server_name[0] != '\0' ? v->server_name
			   : v->name[0] != '\0'      ? v->name
						     : v->host;

	return v->workgroup != NULL ? tree_server(&w->tree, v->workgroup, name) : NULL;
}

/* What is said of the only host stands below its workgroup. */
void walk_knows(struct walk *w, struct visit *v)
{
	if (v->kind != VISIT_HOST)
		return;
	v->workgroup =
		tree_workgroup(&w->tree, v->workgroup_name[0] != '\0' ? v->workgroup_name : "?");
	if (!w->plan->no_shares && !w->plan->workgroups_only)
		v->server = server_of(w, v);
	if (v->server != NULL)
		v->server->address = v->addresses[0];
}

static void note(struct tree_workgroup *workgroup, const char *failure)
{
	if (workgroup->has_servers)
		workgroup->failure[0] = '\0';
	else if (failure[0] != '\0')
		tree_text(workgroup->failure, sizeof(workgroup->failure), failure);
}

/* Who has given his lists need not be looked for. */
static void remember(struct walk *w, struct tree_workgroup *workgroup, const struct visit *v)
{
	struct tree_server *server = workgroup->has_servers && v->server_name[0] != '\0'
					     ? tree_server(&w->tree, workgroup, v->server_name)
					     : NULL;

	if (server != NULL)
		server->address = v->addresses[v->address];
}

static void end_master(struct walk *w, const struct visit *v)
{
	struct tree_workgroup *workgroup = v->workgroup != NULL ? v->workgroup : v->listed;

	if (workgroup == NULL && v->workgroup_name[0] != '\0')
		workgroup = tree_workgroup(&w->tree, v->workgroup_name);
	if (workgroup != NULL) {
		remember(w, workgroup, v);
		note(workgroup, v->failure);
	} else if (v->host != NULL) {
		tree_text(w->complaint, sizeof(w->complaint), v->failure);
	}
}

static void end_host(struct walk *w, const struct visit *v)
{
	if (v->server == NULL) {
		tree_text(w->complaint, sizeof(w->complaint), v->failure);
		return;
	}
	w->has_master |= v->server->has_shares;
	note(v->workgroup, v->no_lists);
	v->server->address = v->addresses[v->address];
	tree_text(v->server->failure, sizeof(v->server->failure), v->failure);
}

static void end_server(const struct visit *v)
{
	v->server->address = v->addresses[v->address];
	tree_text(v->server->failure, sizeof(v->server->failure), v->failure);
}

void walk_ended(struct walk *w, struct visit *v)
{
	switch (v->kind) {
	case VISIT_SCOUT:
		break;
	case VISIT_MASTER:
		end_master(w, v);
		break;
	case VISIT_SERVER:
		end_server(v);
		break;
	case VISIT_HOST:
		end_host(w, v);
		break;
	}
}

/*
 * Stages.
 */

static void begin_at_host(struct walk *w)
{
	struct visit *v =
		make(w, w->plan->only_host ? VISIT_HOST : VISIT_MASTER, w->plan->host_name);

	if (v == NULL)
		return;
	v->host = w->plan->host;
	visit_start(w, v, host_steps, ARRAY_SIZE(host_steps));
}

static void scout_workgroup(struct walk *w, const char *name)
{
	scout(w, name, local_steps, ARRAY_SIZE(local_steps));
	scout(w, name, domain_steps, ARRAY_SIZE(domain_steps));
}

/* The lists of the masters that answer. */
static void begin_masters(struct walk *w)
{
	const struct walk_plan *plan = w->plan;

	if (plan->host != NULL) {
		begin_at_host(w);
		return;
	}
	scout(w, NULL, everybody_steps, ARRAY_SIZE(everybody_steps));
	for (size_t i = 0; i < plan->wanted_count; i++)
		scout_workgroup(w, plan->wanted[i]);
	if (plan->wanted_count == 0 && plan->own[0] != '\0')
		scout_workgroup(w, plan->own);
}

static bool is_to_be_asked(const struct walk *w, const struct tree_workgroup *workgroup)
{
	return !workgroup->has_servers && !workgroup->is_asked &&
	       walk_is_wanted(w, workgroup->name);
}

/* Those who were asked for have a place, even if nobody has spoken of them. */
static void add_wanted(struct walk *w)
{
	for (size_t i = 0; i < w->plan->wanted_count; i++)
		(void)tree_workgroup(&w->tree, w->plan->wanted[i]);
}

/* The servers of workgroups that nobody has told yet. */
static void begin_servers(struct walk *w)
{
	if (w->round == 0)
		add_wanted(w);
	for (size_t i = 0; !w->plan->workgroups_only && i < w->tree.workgroup_count; i++) {
		struct tree_workgroup *workgroup = w->tree.workgroups[i];
		struct visit *v;

		if (!is_to_be_asked(w, workgroup))
			continue;
		workgroup->is_asked = true;
		v = make(w, VISIT_MASTER, workgroup->master);
		if (v == NULL)
			continue;
		v->workgroup = workgroup;
		visit_start(w, v, master_steps, ARRAY_SIZE(master_steps));
	}
}

static void visit_server(struct walk *w, struct tree_server *server)
{
	struct visit *v = make(w, VISIT_SERVER, server->name);

	if (v == NULL)
		return;
	v->server = server;
	visit_address(v, server->address);
	visit_start(w, v, host_steps, ARRAY_SIZE(host_steps));
}

static void begin_shares(struct walk *w)
{
	if (w->plan->workgroups_only || w->plan->no_shares)
		return;
	for (size_t i = 0; i < w->tree.workgroup_count; i++) {
		const struct tree_workgroup *workgroup = w->tree.workgroups[i];

		for (size_t j = 0;
		     walk_is_wanted(w, workgroup->name) && j < workgroup->server_count; j++)
			visit_server(w, workgroup->servers[j]);
	}
}

static const struct {
	void (*begin)(struct walk *w);
	size_t rounds; /* it is begun again, as long as there is somebody to visit */
} stages[] = { { begin_masters, 1 }, { begin_servers, ROUNDS_MAX }, { begin_shares, 1 } };

static void forget_visits(struct walk *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->visits[i]);
	free(w->visits);
	w->visits = NULL;
	w->count = 0;
}

/* Begins the next stage, or the next round of this one. false: it was the last one. */
static bool advance(struct walk *w)
{
	size_t stages_count = w->plan->only_host ? 1 : ARRAY_SIZE(stages);

	if (w->stage < stages_count &&
	    (w->round == stages[w->stage].rounds || (w->round > 0 && w->count == 0))) {
		w->stage++;
		w->round = 0;
	}
	forget_visits(w);
	if (w->stage >= stages_count)
		return false;
	stages[w->stage].begin(w);
	w->round++;
	return true;
}

bool walk_next(struct walk *walk, struct walk_action *out, uint64_t now_ms)
{
	do {
		if (visit_next(walk, out, now_ms))
			return true;
	} while (walk->open == 0 && advance(walk));
	return false;
}

bool walk_is_over(const struct walk *walk)
{
	return walk->open == 0;
}

/*
 * Life, and the end.
 */

struct walk *walk_create(const struct walk_plan *plan, uint64_t now_ms)
{
	struct walk *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->plan = plan;
	w->until_ms = now_ms + LOOKUPS_PATIENCE * (uint64_t)plan->timeout_ms;
	w->looking.at_once = LOOKUPS_AT_ONCE;
	w->pulling.at_once = plan->pulls_at_once;
	return w;
}

void walk_destroy(struct walk *walk)
{
	if (walk == NULL)
		return;
	forget_visits(walk);
	tree_free(&walk->tree);
	free(walk);
}

const struct tree *walk_tree(const struct walk *walk)
{
	return &walk->tree;
}

bool walk_has_master(const struct walk *walk)
{
	return walk->has_master;
}

bool walk_is_found(const struct walk *walk)
{
	if (walk->plan->wanted_count == 0 || walk->plan->workgroups_only)
		return walk->has_master;
	for (size_t i = 0; i < walk->tree.workgroup_count; i++)
		if (walk_is_wanted(walk, walk->tree.workgroups[i]->name) &&
		    walk->tree.workgroups[i]->has_servers)
			return true;
	return false;
}

const char *walk_complaint(const struct walk *walk)
{
	return walk->complaint;
}

/* nbtbrowse: one visit: an address is found, its node status asked. */
#include "tools/nbtbrowse_visit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_TIME    "not asked: looking up names takes too long"
#define NO_ADDRESS "its address is not found"
#define NO_MASTER  "its master is not found"

static const struct nbt_name everybody = { "\x01\x02__MSBROWSE__\x02\x01" };

/*
 * Queues.
 */

static void push(struct queue *queue, struct visit *v)
{
	v->next = NULL;
	if (queue->first == NULL)
		queue->first = v;
	else
		queue->last->next = v;
	queue->last = v;
}

struct visit *visit_pop(struct queue *queue)
{
	struct visit *v = queue->running < queue->at_once ? queue->first : NULL;

	if (v != NULL)
		queue->first = v->next;
	return v;
}

/*
 * From phase to phase.
 */

struct visit *visit_new(struct walk *w, enum visit_kind kind, const char *name)
{
	struct visit *v = NULL;

	if ((w->count & (w->count - 1)) == 0) { /* full at every power of two */
		struct visit **more = realloc(w->visits, (w->count > 0 ? 2 * w->count : 1) *
								 sizeof(struct visit *));

		if (more == NULL)
			return NULL;
		w->visits = more;
	}
	v = calloc(1, sizeof(*v));
	if (v == NULL)
		return NULL;
	v->id = w->count;
	v->kind = kind;
	if (name != NULL)
		tree_text(v->name, sizeof(v->name), name);
	w->visits[w->count++] = v;
	w->open++;
	return v;
}

void visit_note(struct visit *v, const char *format, ...)
{
	va_list args;

	if (v->failure[0] != '\0')
		return;
	va_start(args, format);
	vsnprintf(v->failure, sizeof(v->failure), format, args);
	va_end(args);
}

void visit_end(struct walk *w, struct visit *v)
{
	v->phase = VISIT_ENDED;
	w->open--;
	walk_ended(w, v);
}

void visit_enter(struct walk *w, struct visit *v, enum visit_phase phase)
{
	v->phase = phase;
	push(phase < VISIT_PULL_LISTS ? &w->looking : &w->pulling, v);
}

/* A WINS server answers for groups with the broadcast address. */
static bool is_host(struct in_addr address)
{
	return address.s_addr != INADDR_ANY && !IN_MULTICAST(ntohl(address.s_addr)) &&
	       address.s_addr != INADDR_BROADCAST;
}

void visit_address(struct visit *v, struct in_addr address)
{
	if (!is_host(address) || v->address_count == VISIT_ADDRESSES)
		return;
	for (size_t i = 0; i < v->address_count; i++)
		if (v->addresses[i].s_addr == address.s_addr)
			return;
	v->addresses[v->address_count++] = address;
}

static void pull_first(struct walk *w, struct visit *v)
{
	visit_enter(w, v, v->kind == VISIT_SERVER ? VISIT_PULL_SHARES : VISIT_PULL_LISTS);
}

static void found(struct walk *w, struct visit *v)
{
	if (v->kind == VISIT_SERVER)
		pull_first(w, v);
	else
		visit_enter(w, v, VISIT_STATUS);
}

static const char *name_of(const struct visit *v, enum step_name whose)
{
	if (whose == STEP_WORKGROUP)
		return v->workgroup != NULL ? v->workgroup->name : "";
	return v->name;
}

/* Whether there is a name to look up, and somebody to ask. */
static bool is_possible(const struct walk *w, const struct visit *v, const struct step *step)
{
	bool has_place = step->place == WALK_SUBNETS ? w->plan->has_subnets
						     : w->plan->has_servers && !w->skips_servers;

	return has_place && (step->whose == STEP_EVERYBODY || *name_of(v, step->whose) != '\0');
}

static void next_step(struct walk *w, struct visit *v)
{
	while (v->step_count > 0 && !is_possible(w, v, v->steps)) {
		v->steps++;
		v->step_count--;
	}
	if (v->step_count > 0) {
		visit_enter(w, v, VISIT_LOOK_UP);
	} else if (v->host != NULL && v->phase != VISIT_RESOLVE) {
		visit_enter(w, v, VISIT_RESOLVE);
	} else {
		visit_note(v, v->kind == VISIT_MASTER && v->host == NULL ? NO_MASTER : NO_ADDRESS);
		visit_end(w, v);
	}
}

void visit_start(struct walk *w, struct visit *v, const struct step *steps, size_t count)
{
	v->steps = steps;
	v->step_count = count;
	if (v->address_count > 0)
		found(w, v);
	else
		next_step(w, v);
}

/*
 * Look-ups.
 */

static bool make_look_up(const struct visit *v, struct walk_action *out)
{
	const struct step *step = v->steps;

	out->what = WALK_LOOK_UP;
	out->place = step->place;
	out->all = step->whose == STEP_EVERYBODY;
	if (step->whose == STEP_EVERYBODY)
		out->name = everybody;
	else if (nbt_name_make(&out->name, name_of(v, step->whose), step->suffix) != NBT_OK)
		return false;
	return true;
}

/* false: there is nothing to ask; the visit has gone on. */
static bool begin_look_up(struct walk *w, struct visit *v, struct walk_action *out)
{
	switch (v->phase) {
	case VISIT_RESOLVE:
		out->what = WALK_RESOLVE;
		out->host = v->host;
		return true;
	case VISIT_STATUS:
		out->what = WALK_STATUS;
		out->address = v->addresses[0];
		return true;
	default:
		if (is_possible(w, v, v->steps) && make_look_up(v, out))
			return true;
		v->steps++;
		v->step_count--;
		next_step(w, v);
		return false;
	}
}

/* There is no time to look for it. What its status would say is not needed. */
static void give_up(struct walk *w, struct visit *v)
{
	if (v->phase == VISIT_STATUS) {
		pull_first(w, v);
		return;
	}
	visit_note(v, NO_TIME);
	visit_end(w, v);
}

static bool next_look_up(struct walk *w, struct walk_action *out, uint64_t now_ms)
{
	struct visit *v;

	while ((v = visit_pop(&w->looking)) != NULL) {
		if (now_ms >= w->until_ms) {
			give_up(w, v);
		} else if (begin_look_up(w, v, out)) {
			out->id = v->id;
			w->looking.running++;
			return true;
		}
	}
	return false;
}

static void take_hosts(struct walk *w, struct visit *v, const struct in_addr *list, size_t count)
{
	bool all = v->steps->whose == STEP_EVERYBODY;

	if (!all)
		walk_met(w, list, count);
	for (size_t i = 0; i < count && all; i++)
		walk_met(w, &list[i], 1);
	visit_end(w, v);
}

/* Those that can be a host's come first. */
static size_t keep_hosts(struct in_addr out[], const struct in_addr *list, size_t count, size_t max)
{
	size_t kept = 0;

	for (size_t i = 0; i < count && kept < max; i++)
		if (is_host(list[i]))
			out[kept++] = list[i];
	return kept;
}

#define SCOUTED_MAX 256

void walk_addresses(struct walk *walk, size_t id, const struct in_addr *list, size_t count,
		    bool is_silent)
{
	struct visit *v = walk->visits[id];
	struct in_addr hosts[SCOUTED_MAX];

	walk->looking.running--;
	count = keep_hosts(hosts, list, count, SCOUTED_MAX);
	if (v->phase == VISIT_LOOK_UP && is_silent && v->steps->place == WALK_SERVERS &&
	    walk->plan->has_subnets)
		walk->skips_servers = true; /* once is enough */
	if (v->phase == VISIT_LOOK_UP && count == 0) {
		v->steps++;
		v->step_count--;
	}
	if (count > 0 && v->kind == VISIT_SCOUT) {
		take_hosts(walk, v, hosts, count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		visit_address(v, hosts[i]);
	if (count > 0)
		found(walk, v);
	else
		next_step(walk, v);
}

/*
 * Node status.
 */

/* Its server is <20>, its workgroup a group <00>. */
static void read_status(struct visit *v, const struct nbt_node_status *node)
{
	for (size_t i = 0; i < node->count; i++) {
		const struct nbt_status_name *entry = &node->names[i];
		uint8_t suffix = nbt_name_suffix(&entry->name);

		if (entry->flags & NBT_STATUS_GROUP && suffix == NBT_SUFFIX_WORKSTATION)
			tree_name(v->workgroup_name, &entry->name);
		if (!(entry->flags & NBT_STATUS_GROUP) && suffix == NBT_SUFFIX_SERVER &&
		    v->server_name[0] == '\0')
			tree_name(v->server_name, &entry->name);
	}
}

static bool is_the_same(const struct visit *a, const struct visit *b)
{
	return a != b && a->kind == VISIT_MASTER && a->phase > VISIT_STATUS &&
	       b->server_name[0] != '\0' && strcmp(a->server_name, b->server_name) == 0 &&
	       strcmp(a->workgroup_name, b->workgroup_name) == 0;
}

/* A master with several addresses is met at each of them, and visited once. */
static bool is_met_again(const struct walk *w, const struct visit *v)
{
	for (size_t i = 0; v->kind == VISIT_MASTER && i < w->count; i++) {
		struct visit *other = w->visits[i];

		if (!is_the_same(other, v) ||
		    (other->phase == VISIT_ENDED && other->listed == NULL))
			continue;
		for (size_t j = 0; j < v->address_count; j++)
			visit_address(other, v->addresses[j]);
		return true;
	}
	return false;
}

void walk_node(struct walk *walk, size_t id, const struct nbt_node_status *node)
{
	struct visit *v = walk->visits[id];

	walk->looking.running--;
	if (node != NULL)
		read_status(v, node);
	if (is_met_again(walk, v)) {
		v->phase = VISIT_ENDED;
		walk->open--;
		return;
	}
	walk_knows(walk, v);
	pull_first(walk, v);
}

bool visit_next(struct walk *w, struct walk_action *out, uint64_t now_ms)
{
	*out = (struct walk_action){ .host = NULL };
	return next_look_up(w, out, now_ms) || visit_next_pull(w, out, now_ms);
}

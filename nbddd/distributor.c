#include "nbddd/distributor.h"

#include <stdlib.h>
#include <string.h>

#include "common/access.h"
#include "common/ratelimit.h"
#include "nbddd/copies.h"
#include "nbddd/members.h"
#include "nbddd/seen.h"
#include "nbddd/service_inner.h"
#include "nbddd/shares.h"

#define SEEN_MAX  16384 /* datagrams that are remembered */
#define ASKED_MAX 4096  /* nodes and names, of queries */

enum distributor_stat { DISTRIBUTOR_STATS(STATS_ENUM) DISTRIBUTOR_STAT_COUNT };
static const char *const stat_names[] = { DISTRIBUTOR_STATS(STATS_NAME) };

/* What is done when members are known: a datagram goes to them, or a query is answered. */
struct job {
	struct sockaddr_in from; /* the source of the header, too: see judge_sender() */
	uint16_t socket;
	bool is_query;
	bool is_heard; /* by the relay role */
	struct nbt_datagram query;
	const uint8_t *bytes;
	size_t len;
};

struct waiting {
	struct waiting *next_free;
	struct job *job; /* NULL: free */
};

struct distributor {
	struct dgram_service *service;
	struct seen *seen, *asked;
	struct ratelimit *limit;
	struct waiting *slots, *free_slots;
	struct shares *shares; /* of what waits */
	size_t slot_count, waiting_count, waiting_bytes;
	struct stats stats;
	uint64_t counters[DISTRIBUTOR_STAT_COUNT];
};

/*
 * Create and destroy.
 */

struct distributor *distributor_create(struct dgram_service *service, uint64_t secret)
{
	const struct dgram_server_settings *settings = &service->settings.distribution;
	struct distributor *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->service = service;
	d->stats = (struct stats){ stat_names, d->counters, DISTRIBUTOR_STAT_COUNT };
	d->seen = seen_create(SEEN_MAX, secret);
	d->asked = seen_create(ASKED_MAX, secret);
	d->limit = ratelimit_create(settings->limit, secret);
	d->slot_count = settings->waiting > 0 ? settings->waiting : 1;
	d->slots = calloc(d->slot_count, sizeof(*d->slots));
	d->shares = shares_create(d->slot_count, secret);
	if (d->seen == NULL || d->asked == NULL || d->limit == NULL || d->slots == NULL ||
	    d->shares == NULL) {
		distributor_destroy(d);
		return NULL;
	}
	for (size_t i = 0; i < d->slot_count; i++) {
		d->slots[i].next_free = d->free_slots;
		d->free_slots = &d->slots[i];
	}
	return d;
}

void distributor_destroy(struct distributor *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; d->slots != NULL && i < d->slot_count; i++)
		free(d->slots[i].job);
	free(d->slots);
	seen_destroy(d->seen);
	seen_destroy(d->asked);
	ratelimit_destroy(d->limit);
	shares_destroy(d->shares);
	free(d);
}

void distributor_set_limit(struct distributor *d)
{
	(void)ratelimit_set_rate(d->limit, d->service->settings.distribution.limit);
}

struct stats *distributor_stats(struct distributor *d)
{
	return &d->stats;
}

size_t distributor_waiting(const struct distributor *d)
{
	return d->waiting_count;
}

size_t distributor_bytes(const struct distributor *d)
{
	return d->waiting_bytes;
}

static void count(struct distributor *d, enum distributor_stat counter)
{
	stats_count(&d->stats, counter);
}

/*
 * Hop memory.
 */

/* Everything that is the same in each copy: not flags and length, which fragments may change. */
static uint64_t key_of_datagram(const struct distributor *d, const struct dgram_arrival *arrival)
{
	uint64_t key = seen_key(d->seen, 0, arrival->bytes, 1);

	key = seen_key(d->seen, key, arrival->bytes + 2, NBT_DATAGRAM_HEADER_LEN - 2);
	return seen_key(d->seen, key, arrival->bytes + NBT_DATAGRAM_HEADER_LEN + 4,
			arrival->len - NBT_DATAGRAM_HEADER_LEN - 4);
}

/* Broadcasts are left out: they have one hop. */
enum stage_verdict recognise_stage(struct dgram_service *s, const struct dgram_arrival *arrival,
				   const struct nbt_env *env)
{
	struct distributor *d = s->distributor;
	const struct nbt_datagram *datagram = arrival->datagram;
	uint64_t key;
	uint16_t socket;
	bool is_known;

	if (datagram->type == NBT_DGM_DIRECT_UNIQUE || arrival->to_broadcast)
		return STAGE_PASS;
	if (arrival->from_client == 0 && dgram_find_socket(s, datagram->source_address, &socket)) {
		count(d, DIST_CAME_BACK);
		return STAGE_TAKEN;
	}
	key = key_of_datagram(d, arrival);
	is_known = arrival->from_client == 0 &&
		   seen_has(d->seen, key, env->now_ms, s->settings.distribution.duplicate_ms);
	seen_add(d->seen, key, env->now_ms);
	if (!is_known)
		return STAGE_PASS;
	count(d, DIST_AGAIN);
	return STAGE_TAKEN;
}

/*
 * What is done when members are known.
 */

static void distribute(struct distributor *d, const struct job *job,
		       const struct members_list *list, const struct nbt_env *env)
{
	const struct copies_job copies = { .bytes = job->bytes,
					   .len = job->len,
					   .sender = job->from.sin_addr,
					   .socket = job->socket,
					   .is_heard = job->is_heard };

	if (list->count == 0) {
		count(d, list->is_known ? DIST_NO_MEMBERS : DIST_NOT_KNOWN);
		return;
	}
	count(d, DIST_TAKEN);
	(void)copies_send(d->service->copies, &copies, list, env);
}

static uint64_t key_of_query(const struct distributor *d, struct in_addr source,
			     const struct nbt_datagram *datagram)
{
	uint8_t name[NBT_NAME_WIRE_MAX];
	size_t len = 0;
	uint64_t key = seen_key(d->asked, 0, &source, sizeof(source));

	if (nbt_name_encode(&datagram->destination, &datagram->destination_scope, name,
			    sizeof(name), &len) != NBT_OK)
		len = 0;
	return seen_key(d->asked, key, name, len);
}

/* RFC 1002 section 5.3.4: to where the query came from, with its id. */
static void respond(struct distributor *d, const struct job *job, bool is_positive,
		    const struct nbt_env *env)
{
	struct dgram_service *s = d->service;
	struct nbt_datagram response = job->query;

	count(d, is_positive ? DIST_POSITIVE : DIST_NEGATIVE);
	if (is_positive)
		seen_add(d->asked, key_of_query(d, job->from.sin_addr, &job->query), env->now_ms);
	response.type = is_positive ? NBT_DGM_POSITIVE_RESPONSE : NBT_DGM_NEGATIVE_RESPONSE;
	response.flags = NBT_DGM_FLAG_FIRST | NBT_DGM_SNT;
	response.source_address = s->sockets[job->socket].address;
	response.source_port = s->settings.port;
	dgram_send_packet(s, job->socket, &job->from, &response);
}

static void finish(struct distributor *d, const struct job *job, const struct members_list *list,
		   const struct nbt_env *env)
{
	if (job->is_query)
		respond(d, job, list->count > 0, env);
	else
		distribute(d, job, list, env);
}

/*
 * Waiting for members.
 */

/* What a job takes of the memory. */
static size_t size_of(const struct job *job)
{
	return sizeof(*job) + job->len;
}

static void free_slot(struct distributor *d, struct waiting *slot)
{
	d->waiting_count--;
	d->waiting_bytes -= size_of(slot->job);
	shares_remove(d->shares, slot->job->from.sin_addr.s_addr, size_of(slot->job));
	free(slot->job);
	slot->job = NULL;
	slot->next_free = d->free_slots;
	d->free_slots = slot;
}

static void told(void *ctx, uint32_t token, const struct members_list *list,
		 const struct nbt_env *env)
{
	struct distributor *d = ctx;
	struct waiting *slot = &d->slots[token];

	finish(d, slot->job, list, env);
	free_slot(d, slot);
}

/* Whether there is room, for this source, too. */
static bool has_room(struct distributor *d, const struct job *job)
{
	const struct dgram_server_settings *settings = &d->service->settings.distribution;
	const struct share share = shares_of(d->shares, job->from.sin_addr.s_addr);

	if (d->free_slots == NULL || d->waiting_bytes + size_of(job) > settings->bytes) {
		count(d, DIST_FULL);
		return false;
	}
	if (share.count == 0 ||
	    (share.count < d->slot_count / 4 && share.bytes + size_of(job) <= settings->bytes / 4))
		return true;
	count(d, DIST_SHARE);
	return false;
}

static struct waiting *keep(struct distributor *d, const struct job *job)
{
	struct waiting *slot = d->free_slots;
	struct job *kept = malloc(size_of(job));
	uint8_t *bytes;

	if (kept == NULL)
		return NULL;
	bytes = (uint8_t *)(kept + 1);
	*kept = *job;
	if (job->len > 0)
		memcpy(bytes, job->bytes, job->len);
	kept->bytes = bytes;
	d->free_slots = slot->next_free;
	slot->job = kept;
	d->waiting_count++;
	d->waiting_bytes += size_of(job);
	shares_add(d->shares, job->from.sin_addr.s_addr, size_of(job));
	return slot;
}

/* What need not wait takes no place of what must. */
static void begin(struct distributor *d, const struct job *job, const struct nbt_datagram *datagram,
		  const struct nbt_env *env)
{
	struct members *members = d->service->members;
	struct members_list list;
	struct waiting *slot;

	if (members_remembers(members, &datagram->destination, &datagram->destination_scope, &list,
			      env)) {
		finish(d, job, &list, env);
		return;
	}
	if (!has_room(d, job))
		return;
	slot = keep(d, job);
	if (slot == NULL ||
	    !members_ask(members, &datagram->destination, &datagram->destination_scope, told, d,
			 (uint32_t)(slot - d->slots), env)) {
		count(d, DIST_FULL);
		if (slot != NULL)
			free_slot(d, slot);
	}
}

/*
 * Whether it is for us to distribute.
 */

static bool may_distribute(const struct dgram_service *s, struct in_addr source)
{
	return s->settings.access != NULL &&
	       (access_rights(s->settings.access, source) & 1U << MAY_DISTRIBUTE) != 0;
}

/* "*" is every node of the scope. No other name begins with it: RFC 1001 section 17.2. */
static bool is_wildcard(const struct nbt_name *name)
{
	static const struct nbt_name wildcard = { .bytes = { '*' } };

	return nbt_name_equal(name, &wildcard);
}

static bool can_have_members(const struct nbt_name *name, uint8_t type)
{
	if (type == NBT_DGM_BROADCAST)
		return is_wildcard(name);
	return name->bytes[0] != '*' || is_wildcard(name);
}

/* What the type of the source node says about why the datagram came. */
enum why {
	TO_DISTRIBUTE, /* P and M nodes send to groups through their NBDD alone */
	TO_US,         /* B nodes know no NBDD */
	IF_ASKED /* NBDDs, and nodes that distribute by themselves, send to members; H nodes say the
		  * same of themselves, but ask before they send */
};

static enum why why(const struct nbt_datagram *datagram)
{
	static const enum why by_node[] = { TO_US, TO_DISTRIBUTE, TO_DISTRIBUTE, IF_ASKED };

	return by_node[(datagram->flags & NBT_DGM_SNT) >> 2];
}

/* A packet from another host: may it? DIST_TAKEN: yes; else what is counted. */
static enum distributor_stat judge_sender(struct distributor *d,
					  const struct dgram_arrival *arrival,
					  const struct nbt_env *env)
{
	const struct nbt_datagram *datagram = arrival->datagram;
	const struct in_addr from = arrival->from.sin_addr;

	if (from.s_addr != datagram->source_address.s_addr)
		return DIST_OF_NBDD;
	if (why(datagram) == TO_US)
		return DIST_OF_B_NODE;
	if (why(datagram) == IF_ASKED &&
	    !seen_has(d->asked, key_of_query(d, from, datagram), env->now_ms,
		      d->service->settings.distribution.query_memory_ms))
		return DIST_NOT_ASKED;
	if (!may_distribute(d->service, from))
		return DIST_NOT_ALLOWED;
	if (!ratelimit_take(d->limit, from, env->now_ms))
		return DIST_LIMITED;
	return DIST_TAKEN;
}

static enum distributor_stat judge(struct distributor *d, const struct dgram_arrival *arrival,
				   const struct nbt_env *env)
{
	const struct nbt_datagram *datagram = arrival->datagram;

	if (!can_have_members(&datagram->destination, datagram->type))
		return DIST_NAME;
	if (!nbt_scope_equal(&datagram->source_scope, &datagram->destination_scope))
		return DIST_SCOPE;
	return arrival->from_client != 0 ? DIST_TAKEN : judge_sender(d, arrival, env);
}

enum stage_verdict distribute_stage(struct dgram_service *s, const struct dgram_arrival *arrival,
				    const struct nbt_env *env)
{
	struct distributor *d = s->distributor;
	const struct job job = { .from = arrival->from,
				 .socket = arrival->socket,
				 .bytes = arrival->bytes,
				 .len = arrival->len };
	enum distributor_stat verdict;

	if (!s->settings.server || !arrival->for_members || arrival->to_broadcast ||
	    arrival->datagram->type == NBT_DGM_DIRECT_UNIQUE)
		return STAGE_PASS;
	verdict = judge(d, arrival, env);
	if (verdict == DIST_TAKEN)
		begin(d, &job, arrival->datagram, env);
	else
		count(d, verdict);
	return STAGE_PASS;
}

void distributor_take_heard(struct distributor *d, const struct dgram_arrival *arrival,
			    const struct nbt_env *env)
{
	const struct job job = { .from = arrival->from,
				 .socket = arrival->socket,
				 .is_heard = true,
				 .bytes = arrival->bytes,
				 .len = arrival->len };

	if (!can_have_members(&arrival->datagram->destination, arrival->datagram->type))
		count(d, DIST_NAME);
	else if (!nbt_scope_equal(&arrival->datagram->source_scope,
				  &arrival->datagram->destination_scope))
		count(d, DIST_SCOPE);
	else
		begin(d, &job, arrival->datagram, env);
}

/* Who may not have datagrams distributed is told so, and sends them to the members himself. */
void distributor_receive_query(struct dgram_service *s, const struct dgram_packet *packet,
			       const struct nbt_env *env)
{
	struct distributor *d = s->distributor;
	const struct nbt_datagram *query = packet->datagram;
	const struct incoming *in = packet->in;
	const struct job job = {
		.from = in->from, .socket = in->socket, .is_query = true, .query = *query
	};

	if (!s->settings.server || in->to_broadcast)
		return;
	count(d, DIST_QUERIES);
	if (!ratelimit_take(d->limit, in->from.sin_addr, env->now_ms))
		count(d, DIST_LIMITED);
	else if (!may_distribute(s, in->from.sin_addr) ||
		 !can_have_members(&query->destination, NBT_DGM_QUERY_REQUEST))
		respond(d, &job, false, env);
	else
		begin(d, &job, query, env);
}

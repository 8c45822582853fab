#include "nbddd/copies.h"

#include <stdlib.h>
#include <string.h>

#include "nbddd/members.h"
#include "nbddd/relay.h"
#include "nbddd/seen.h"
#include "nbddd/service_inner.h"

#define UNREACHABLE_MAX 1024

enum copies_stat { COPIES_STATS(STATS_ENUM) COPIES_STAT_COUNT };
static const char *const stat_names[] = { COPIES_STATS(STATS_NAME) };

/* A datagram, and the members that have not got it. */
struct queued {
	struct queued *next;
	struct copies_job job; /* its bytes are behind the members */
	size_t size, done, count;
	struct in_addr members[];
};

struct copies {
	struct dgram_service *service;
	struct seen *unreachable;
	struct queued *first, **last;
	size_t waiting, bytes;
	size_t left; /* packets that may leave in this turn */
	uint64_t turn_ms;
	struct stats stats;
	uint64_t counters[COPIES_STAT_COUNT];
};

struct copies *copies_create(struct dgram_service *service, uint64_t secret)
{
	struct copies *copies = calloc(1, sizeof(*copies));

	if (copies == NULL)
		return NULL;
	copies->service = service;
	copies->last = &copies->first;
	copies->stats = (struct stats){ stat_names, copies->counters, COPIES_STAT_COUNT };
	copies->unreachable = seen_create(UNREACHABLE_MAX, secret);
	if (copies->unreachable != NULL)
		return copies;
	copies_destroy(copies);
	return NULL;
}

static void drop_first(struct copies *copies)
{
	struct queued *queued = copies->first;

	copies->first = queued->next;
	if (copies->first == NULL)
		copies->last = &copies->first;
	copies->waiting--;
	copies->bytes -= queued->size;
	free(queued);
}

void copies_destroy(struct copies *copies)
{
	if (copies == NULL)
		return;
	while (copies->first != NULL)
		drop_first(copies);
	seen_destroy(copies->unreachable);
	free(copies);
}

struct stats *copies_stats(struct copies *copies)
{
	return &copies->stats;
}

size_t copies_waiting(const struct copies *copies)
{
	return copies->waiting;
}

size_t copies_bytes(const struct copies *copies)
{
	return copies->bytes;
}

static void count(struct copies *copies, enum copies_stat counter)
{
	stats_count(&copies->stats, counter);
}

/*
 * Members that cannot be reached.
 */

void copies_unreachable(struct copies *copies, struct in_addr address, const struct nbt_env *env)
{
	count(copies, COPIES_UNREACHABLE);
	seen_add(copies->unreachable, seen_key(copies->unreachable, 0, &address, sizeof(address)),
		 env->now_ms);
}

static bool backs_off(const struct copies *copies, struct in_addr address,
		      const struct nbt_env *env)
{
	return seen_has(copies->unreachable,
			seen_key(copies->unreachable, 0, &address, sizeof(address)), env->now_ms,
			copies->service->settings.distribution.backoff_ms);
}

/*
 * Sending.
 */

static void spend(struct copies *copies, size_t len)
{
	size_t packets = 1 + len / copies->service->settings.packet_max; /* about */

	copies->left -= packets < copies->left ? packets : copies->left;
}

/* The socket by which a copy leaves. false: none, or it is in another job. */
static bool find_way(const struct copies *copies, const struct copies_job *job,
		     struct in_addr member, uint16_t *socket)
{
	if (job->way == COPIES_BY_SOCKET) {
		*socket = job->socket;
		return true;
	}
	return dgram_socket_towards(copies->service, member, socket) &&
	       (job->way == COPIES_ANY_WAY || *socket == job->socket);
}

static void send_one(struct copies *copies, const struct copies_job *job, struct in_addr member,
		     const struct nbt_env *env)
{
	struct dgram_service *s = copies->service;
	const struct sockaddr_in to = dgram_peer(s, member);
	uint16_t socket;

	if (member.s_addr == job->sender.s_addr || dgram_find_socket(s, member, &socket))
		return;
	if (job->is_heard && relay_reaches(s->relay, job->socket, member))
		return;
	if (!find_way(copies, job, member, &socket))
		return;
	if (backs_off(copies, member, env)) {
		count(copies, COPIES_BACKOFF);
		return;
	}
	count(copies, COPIES_SENT);
	spend(copies, job->len);
	dgram_transmit(s, socket, &to, false, job->bytes, job->len);
}

/* How many members are done with. */
static size_t send_some(struct copies *copies, const struct copies_job *job,
			const struct in_addr *members, size_t member_count,
			const struct nbt_env *env)
{
	size_t done = 0;

	while (done < member_count && copies->left > 0)
		send_one(copies, job, members[done++], env);
	return done;
}

static void begin_turn(struct copies *copies, const struct nbt_env *env)
{
	copies->left = copies->service->settings.distribution.slice;
	copies->turn_ms = env->now_ms;
}

/*
 * Waiting.
 */

/* One may always wait, however long its list is. */
static bool has_room(const struct copies *copies, size_t size)
{
	const struct dgram_server_settings *settings = &copies->service->settings.distribution;

	return copies->waiting == 0 ||
	       (copies->waiting < settings->waiting && copies->bytes + size <= settings->bytes);
}

static bool keep(struct copies *copies, const struct copies_job *job, const struct in_addr *members,
		 size_t member_count)
{
	size_t size = sizeof(struct queued) + member_count * sizeof(*members) + job->len;
	struct queued *queued = has_room(copies, size) ? malloc(size) : NULL;
	uint8_t *bytes;

	if (queued == NULL)
		return false;
	*queued = (struct queued){ .job = *job, .size = size, .count = member_count };
	memcpy(queued->members, members, member_count * sizeof(*members));
	bytes = (uint8_t *)&queued->members[member_count];
	memcpy(bytes, job->bytes, job->len);
	queued->job.bytes = bytes;
	*copies->last = queued;
	copies->last = &queued->next;
	copies->waiting++;
	copies->bytes += size;
	return true;
}

bool copies_send(struct copies *copies, const struct copies_job *job,
		 const struct members_list *list, const struct nbt_env *env)
{
	size_t done = 0;

	if (copies->turn_ms != env->now_ms)
		begin_turn(copies, env);
	if (copies->first == NULL)
		done = send_some(copies, job, list->items, list->count, env);
	if (done == list->count)
		return true;
	if (keep(copies, job, list->items + done, list->count - done)) {
		count(copies, COPIES_DELAYED);
		return true;
	}
	count(copies, COPIES_CUT_SHORT);
	return false;
}

/*
 * Time.
 */

uint64_t copies_deadline(const struct copies *copies)
{
	return copies->first != NULL ? 0 : NBT_NEVER;
}

void copies_wake(struct copies *copies, const struct nbt_env *env)
{
	begin_turn(copies, env);
	while (copies->first != NULL && copies->left > 0) {
		struct queued *queued = copies->first;

		queued->done += send_some(copies, &queued->job, queued->members + queued->done,
					  queued->count - queued->done, env);
		if (queued->done == queued->count)
			drop_first(copies);
	}
}

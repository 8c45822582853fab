#include "browserd/election.h"

#include <string.h>

#include "browserd/text.h"

#define SECOND 1000

static int compare(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

/* MS-BRWS does not name the version; on the wire it comes first: who forces an election has 0. */
int election_compare(const struct election_criteria *a, const struct election_criteria *b)
{
	int order = compare(a->version, b->version);

	if (order == 0)
		order = compare(a->criteria, b->criteria);
	if (order == 0)
		order = compare(a->uptime_ms, b->uptime_ms);
	return order != 0 ? order : text_compare(b->name, a->name);
}

/* nmbd's uptime is that of the moment, in whole seconds. Ours never is. */
static bool is_of_the_moment(const struct election_criteria *peer)
{
	return peer->version != 0 && peer->uptime_ms % SECOND == 0;
}

static void set_uptime(struct election *election, uint32_t uptime_ms)
{
	election->uptime_ms = uptime_ms % SECOND == 0 ? uptime_ms + 1 : uptime_ms;
}

static struct election_criteria as_of_contest(struct election *election,
					      const struct election_settings *s,
					      const struct election_criteria *own,
					      const struct nbt_env *env)
{
	struct election_criteria ours = *own;

	if (election->active_ms == 0 || env->now_ms >= election->active_ms + s->quiet_ms)
		set_uptime(election, own->uptime_ms);
	election->active_ms = env->now_ms;
	ours.uptime_ms = election->uptime_ms;
	return ours;
}

static void stand(struct election *election, const struct election_criteria *own, uint64_t delay_ms,
		  const struct nbt_env *env)
{
	if (election->is_running)
		return;
	election->is_running = true;
	election->own = *own;
	election->sent = 0;
	election->due_ms = env->now_ms + delay_ms;
}

void election_start(struct election *election, const struct election_settings *s,
		    const struct election_criteria *own, uint64_t delay_ms,
		    const struct nbt_env *env)
{
	const struct election_criteria ours = as_of_contest(election, s, own, env);

	stand(election, &ours, delay_ms, env);
}

void election_stop(struct election *election)
{
	election->is_running = false;
}

static void note_rival(struct election *election, const struct election_settings *s,
		       const struct nbt_env *env)
{
	if (env->now_ms >= election->rival_ms + s->quiet_ms)
		election->contest = 0;
	election->rival_ms = env->now_ms;
}

/*
 * Ours is that of the moment now, too: else an nmbd that came later would beat an older host by the
 * time since then. All who hear it do the same, and are to each other what they were. true: we win.
 */
static bool beats_moment(struct election *election, struct election_criteria *ours,
			 const struct election_criteria *own, const struct election_criteria *peer)
{
	struct election_criteria now = *ours;

	if (peer->version != ours->version || peer->criteria != ours->criteria)
		return election_compare(ours, peer) >= 0;
	set_uptime(election, own->uptime_ms);
	ours->uptime_ms = election->own.uptime_ms = election->uptime_ms;
	now.uptime_ms = own->uptime_ms - own->uptime_ms % SECOND;
	return election_compare(&now, peer) >= 0;
}

enum election_verdict election_hear(struct election *election, const struct election_settings *s,
				    const struct election_criteria *peer,
				    const struct election_criteria *own, uint64_t delay_ms,
				    const struct nbt_env *env)
{
	struct election_criteria ours = as_of_contest(election, s, own, env);

	if (election->is_running)
		ours = election->own;
	if (peer->version != 0)
		note_rival(election, s, env);
	if (is_of_the_moment(peer) ? !beats_moment(election, &ours, own, peer)
				   : election_compare(&ours, peer) < 0) {
		election_stop(election);
		return ELECTION_LOST;
	}
	stand(election, &ours, delay_ms, env);
	return ELECTION_NOTHING;
}

/* After the last frame there is time for an objection. */
enum election_verdict election_wake(struct election *election, const struct election_settings *s,
				    const struct nbt_env *env)
{
	if (!election->is_running || env->now_ms < election->due_ms)
		return ELECTION_NOTHING;
	if (election->sent >= s->frames) {
		election_stop(election);
		return ELECTION_WON;
	}
	if (election->rival_ms != 0 && election->contest >= s->frames_max) {
		election_stop(election);
		return ELECTION_LOST;
	}
	election->sent++;
	election->contest++;
	election->active_ms = env->now_ms;
	election->due_ms = env->now_ms + s->repeat_ms;
	return ELECTION_SEND;
}

#include "browserd/election.h"

#include <string.h>

#include "browserd/text.h"

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

static struct election_criteria as_of_contest(struct election *election,
					      const struct election_settings *s,
					      const struct election_criteria *own,
					      const struct nbt_env *env)
{
	struct election_criteria ours = *own;

	if (election->active_ms == 0 || env->now_ms >= election->active_ms + s->quiet_ms)
		election->uptime_ms = own->uptime_ms;
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
	if (election_compare(&ours, peer) < 0) {
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

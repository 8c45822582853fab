/*
 * An election of the local master: whose criteria are better, and when to speak (MS-BRWS sections
 * 3.3.5.8 and 3.3.6, and what is seen on the wire). Pure: the caller sends.
 */
#ifndef BROWSERD_ELECTION_H
#define BROWSERD_ELECTION_H

#include <stdbool.h>
#include <stdint.h>

#include <nbt/browse.h>
#include <nbt/env.h>

struct election_criteria {
	uint8_t version; /* 1; 0: who forces an election and does not stand */
	uint32_t criteria;
	uint32_t uptime_ms;
	char name[NBT_BROWSE_NAME_SIZE];
};

/* Above 0: a wins; below: b does; 0: there is nothing to tell them apart. */
int election_compare(const struct election_criteria *a, const struct election_criteria *b);

struct election_settings {
	unsigned frames;     /* without a better one: won; 4 */
	unsigned frames_max; /* of one contest: lost, or it would never end; 30 */
	uint64_t repeat_ms;  /* between frames */
	uint64_t quiet_ms;   /* without rivals: the next one is another contest */
};

/*
 * Zeroed: none has ever been. Our uptime is that of the beginning of the contest: hosts that have
 * been started at the same time, and grow older while they talk, would beat each other for ever.
 * Only to an nmbd, which has that of the moment, we say the same.
 */
struct election {
	bool is_running;
	struct election_criteria own;
	unsigned sent;      /* frames of this election */
	unsigned contest;   /* frames since there were no rivals */
	uint64_t rival_ms;  /* when there last was one */
	uint64_t active_ms; /* when anybody last said anything */
	uint32_t uptime_ms; /* of ours, in this contest */
	uint64_t due_ms;
};

enum election_verdict {
	ELECTION_NOTHING,
	ELECTION_SEND, /* a frame of election.own */
	ELECTION_WON,
	ELECTION_LOST
};

/* Stands for election, unless it does. delay_ms: until the first frame. */
void election_start(struct election *election, const struct election_settings *s,
		    const struct election_criteria *own, uint64_t delay_ms,
		    const struct nbt_env *env);

/* Another's frame. own: as we are now. LOST: theirs are better; else we stand. */
enum election_verdict election_hear(struct election *election, const struct election_settings *s,
				    const struct election_criteria *peer,
				    const struct election_criteria *own, uint64_t delay_ms,
				    const struct nbt_env *env);

void election_stop(struct election *election);

static inline uint64_t election_deadline(const struct election *election)
{
	return election->is_running ? election->due_ms : NBT_NEVER;
}

/* The time has come. */
enum election_verdict election_wake(struct election *election, const struct election_settings *s,
				    const struct nbt_env *env);

#endif

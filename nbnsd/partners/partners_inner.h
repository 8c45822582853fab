/* What the parts of the machine share: an association, a partner, and all of them. */
#ifndef NBNSD_PARTNERS_INNER_H
#define NBNSD_PARTNERS_INNER_H

#include <nbt/replication.h>

#include "common/stats.h"
#include "nbnsd/partners/association.h"
#include "nbnsd/partners/inbox.h"
#include "nbnsd/partners/owner_map.h"
#include "nbnsd/partners/partners.h"
#include "nbnsd/service/replicas.h"
#include "nbnsd/service/service.h"

enum partners_stat { PARTNERS_STATS(STATS_ENUM) PARTNERS_STAT_COUNT };

#define NEVER NBT_NEVER

/* What a connection of ours is for; an accepted one is what its peer makes of it. */
enum association_purpose { FOR_THE_PEER, FOR_A_PULL, FOR_A_PUSH, FOR_A_VERIFICATION, FOR_DOUBTS };

/* An answer with records: made as a copy, sent as the peer takes it. serving.c */
struct serving {
	bool is_active;
	bool dynamic_only;
	struct nbt_owner_versions range;
	struct service_reading *reading; /* NULL: it waits for others to end */
	bool is_whole, is_head_sent;
	size_t sent;
};

/* Ranges of versions that are asked for over an association, in slices. fetch.c */
struct fetch {
	struct nbt_owner_versions *todo;
	size_t count, at;
	struct service_verification *verification; /* NULL: a pull */
	uint64_t next, top;           /* the slice asked for; next 0: the first of an owner */
	uint64_t width;               /* of the next one */
	uint64_t highest;             /* version of the owner that is known to exist */
	uint64_t records;             /* that came, of all owners */
	uint64_t batch;               /* of the service, with the latest of them */
	bool is_applying;             /* the message at the head of the inbox */
	bool is_settling;             /* all have come, the store has them not yet */
	size_t message_len, applied;  /* of it, and what of it was applied */
	uint32_t message_count, left; /* records of it, and those not applied yet */
};

struct association {
	struct partners *all;
	uint32_t number;
	struct in_addr peer;
	struct partner *partner; /* NULL: a stranger */
	enum association_purpose purpose;
	enum association_state state;
	uint32_t ours, theirs; /* handles */
	uint16_t minor;        /* version of the peer */
	uint8_t strikes;
	bool is_closed;
	bool is_gone;                /* closed by others */
	bool is_broken;              /* by an error, that is */
	bool is_sending;             /* bytes wait to leave */
	bool is_paused;              /* nothing more is received */
	bool is_held;                /* a notification waits until another one has been seen to */
	bool is_told;                /* our notification was sent */
	bool was_asked;              /* for a map, or records */
	bool is_refused;             /* the peer said so */
	uint64_t since_ms, began_ms; /* see struct association_times */
	struct inbox in;
	struct serving serving;
	struct fetch *fetch;
	bool passes_on; /* what it makes us pull over it, as this server asks */
	struct in_addr initiator;
	struct association *next_dead;
};

enum pull_state {
	PULL_NONE,
	PULL_ASKING,  /* for the map */
	PULL_MERGING, /* it waits for the maps of others */
	PULL_FETCHING
};

#define PASS_ON_MAX   8 /* notifications of others that wait to be passed on to a partner */
#define PUSH_FAILURES 3 /* within so long it is left alone (MS-WINSRA section 3.2.6) */
#define PUSH_PAUSE_MS 300000
#define LIVES_MS      1000 /* from a failure until a partner that talks to us is tried again */

struct pulling {
	enum pull_state state;
	struct association *on; /* NULL: none; PULL_NONE: it stays for the next one */
	uint64_t began_ms, due_ms, last_ms, failed_ms;
	bool again; /* when this one has ended */
	uint32_t failures;
	uint64_t records;
	uint64_t width; /* of the first slice; 0: as in the settings */
	struct owner_map map;
	struct in_addr pass_on[PASS_ON_MAX]; /* what comes, as these servers ask */
	uint8_t pass_on_count;
	bool was_asked; /* since the start, successfully or not */
	bool owes_ours; /* our records, which were lost before it could be asked */
};

struct pushing {
	struct association *on; /* NULL: none; not busy: it stays for the next one */
	bool is_busy;
	bool wants, wants_propagation, is_by_hand;
	struct in_addr pass_on[PASS_ON_MAX];
	uint8_t pass_on_count;
	uint64_t told_versions, told_changes; /* as service_news() was then */
	uint64_t not_before_ms, last_ms;
	uint64_t failed_ms[PUSH_FAILURES]; /* the oldest first */
};

struct partner {
	struct partner_settings settings;
	struct pulling pull;
	struct pushing push;
	struct association *notifier; /* over which it makes us pull */
	uint64_t served;
	char error[PARTNER_ERROR_MAX];
	uint64_t error_ms;
};

/* Records of an owner compared with what it has. verify.c */
struct verifying {
	uint64_t due_ms;
	bool is_running, is_by_hand;
	struct in_addr owner;
	struct association *on;
	struct service_verification *verification;
	bool is_by_owner;
	uint64_t records;     /* of this run */
	struct in_addr *todo; /* by hand */
	size_t todo_count, todo_at;
};

/* Partners are asked for what is in doubt. doubting.c */
#define QUESTIONS_MAX 200 /* at once */
struct doubting {
	struct association *on;
	struct nbt_owner_versions question[QUESTIONS_MAX];
	size_t count;
};

struct partners {
	const struct replication_settings *settings;
	struct service *service;
	struct partners_sinks sinks;
	struct partner **partner;
	size_t partner_count;
	struct association *association[PARTNERS_CONNECTIONS_MAX];
	uint32_t association_end; /* all numbers are lower */
	struct association *dead; /* to be freed */
	size_t inbox_memory;
	uint32_t readings, turn_at;

	bool is_recovering;
	bool knows_versions; /* as struct partners_start has it */
	bool has_jumped;     /* partners have passed by what we told below */
	uint64_t recovery_end_ms;
	uint64_t own_min, own_max;    /* own records that partners have and we not; max 0: none */
	uint64_t own_done;            /* those up to this version have come back */
	uint64_t own_seen, own_first; /* as struct partners_start has them */
	bool is_in_debt;              /* some partner owes us what was lost */
	uint64_t lost_below; /* versions of before the loss, which a partner may show late; 0: there
			      * was none */

	struct service_news news;   /* that is committed */
	struct service_news coming; /* that will be with that batch */
	uint64_t news_batch;
	bool news_wait;

	struct verifying verify;
	struct doubting doubting;
	uint64_t counters[PARTNERS_STAT_COUNT];
	struct stats stats;
};

static inline void partners_count_one(struct partners *all, enum partners_stat stat)
{
	all->counters[stat]++;
}

/* partners.c */
struct partner *partners_find(const struct partners *all, struct in_addr address);
void partner_set_error(struct partner *partner, const char *what, const struct nbt_env *env);

/* associations.c */
struct association *association_dial(struct partners *all, struct in_addr to,
				     enum association_purpose purpose, int *error,
				     const struct nbt_env *env);
/* Closes it and tells whose it was; why NULL: as it should be. Never frees it at once. */
void association_end(struct association *a, const char *why, const struct nbt_env *env);
/* Closes it without telling anybody. */
void association_close(struct association *a);
bool association_is_busy(const struct association *a);
bool association_stays(const struct association *a); /* when what it is for is done */
void association_go_on(struct association *a, const struct nbt_env *env); /* not busy any more */
void associations_turn(struct partners *all, const struct nbt_env *env);
uint64_t associations_deadline(const struct partners *all);
void associations_bury(struct partners *all);

/* messages.c */
void association_send(struct association *a, const struct nbt_replication *message,
		      const struct nbt_env *env);
void association_send_start(struct association *a, uint32_t type, const struct nbt_env *env);
/* A map or a notification. false: out of memory. */
bool association_send_owners(struct association *a, const struct nbt_replication *head,
			     const struct nbt_owner_versions *rows, size_t count,
			     const struct nbt_env *env);
void association_send_bytes(struct association *a, const uint8_t *bytes, size_t len,
			    const struct nbt_env *env);
void association_stop(struct association *a, uint32_t reason, const struct nbt_env *env);
/* What one of the peer leads to; it is read then, unless it is kept. */
void association_take_message(struct association *a, const uint8_t *bytes, size_t len,
			      const struct nbt_env *env);
/* One that is worked on in steps, or has to wait, stays where it is. */
bool association_keeps_message(const struct association *a);

/* serving.c */
void serving_ask(struct association *a, const struct nbt_replication *request,
		 const struct nbt_env *env);
void serving_drained(struct association *a, const struct nbt_env *env);
void serving_turn(struct partners *all, const struct nbt_env *env);
void serving_end(struct association *a);
bool serving_has_work(const struct association *a);

/* fetch.c: takes todo, which is freed with the fetch. Ends with fetch_done() of the purpose, or
 * with association_end(). false: out of memory, and todo is freed. */
bool fetch_begin(struct association *a, struct nbt_owner_versions *todo, size_t count,
		 struct service_verification *verification, const struct nbt_env *env);
void fetch_take(struct association *a, const struct nbt_replication *answer, size_t message_len);
void fetch_turn(struct partners *all, const struct nbt_env *env);
void fetch_free(struct association *a);
bool fetch_has_work(const struct association *a);

/* plan.c: what is to be asked for. */
bool plan_has_news(struct partners *all, const struct owner_map *map);
/* What to fetch from this one of the sources. NULL: out of memory. */
struct nbt_owner_versions *plan_of(struct partners *all, const struct owner_source *sources,
				   size_t source_count, size_t which, size_t *count);

/* pull.c */
void pull_start(struct partner *partner, struct partners *all, const struct nbt_env *env);
/* What it brings is passed on as this server's, if not too many ask for that. */
void pull_pass_on(struct partner *partner, struct in_addr initiator);
void pull_opened(struct association *a, const struct nbt_env *env);
void pull_take_map(struct association *a, const struct nbt_replication *map,
		   const struct nbt_env *env);
void pull_fetched(struct association *a, const struct nbt_env *env);
void pull_ended(struct association *a, const char *why, const struct nbt_env *env);
void pull_turn(struct partners *all, const struct nbt_env *env);
uint64_t pull_deadline(const struct partners *all);
/* It is no source any more: nothing is pulled from it by itself. */
void pull_forget(struct partner *partner);
/* It talks to us: what failed is tried again soon. */
void pull_partner_lives(struct partner *partner);

/* notified.c: pulls that notifications ask for. */
void notified_here(struct association *a, const struct nbt_replication *update,
		   const struct nbt_env *env);
void notified_elsewhere(struct association *a, const struct nbt_replication *update,
			const struct nbt_env *env);
void notified_fetched(struct association *a, const struct nbt_env *env);
void notified_ended(struct association *a, const char *why, const struct nbt_env *env);

/* push.c */
void push_init(struct partner *partner, const struct partners *all);
void push_opened(struct association *a, const struct nbt_env *env);
void push_ended(struct association *a, const char *why, const struct nbt_env *env);
/* To all but these two. */
void push_pass_on(struct partners *all, struct in_addr initiator, struct in_addr from);
void push_turn(struct partners *all, const struct nbt_env *env);
uint64_t push_deadline(const struct partners *all);
void push_partner_lives(struct partner *partner);

/* recovery.c */
void recovery_begin(struct partners *all, const struct partners_start *start,
		    const struct nbt_env *env);
void recovery_turn(struct partners *all, const struct nbt_env *env);
uint64_t recovery_deadline(const struct partners *all);
/* A partner shows this version of ours. */
void recovery_seen(struct partners *all, uint64_t version);
/* Its map has come. */
void recovery_take_map(struct partners *all, struct pulling *pull);
void recovery_fetched(struct partners *all, uint64_t max, const struct nbt_env *env);

/* doubting.c */
void doubting_opened(struct association *a, const struct nbt_env *env);
void doubting_take_map(struct association *a, const struct nbt_replication *message,
		       const struct nbt_env *env);
void doubting_fetched(struct association *a, const struct nbt_env *env);
void doubting_ended(struct association *a, const char *why, const struct nbt_env *env);
void doubting_turn(struct partners *all, const struct nbt_env *env);
uint64_t doubting_deadline(const struct partners *all);

/* verify.c */
void verify_opened(struct association *a, const struct nbt_env *env);
void verify_fetched(struct association *a, const struct nbt_env *env);
void verify_ended(struct association *a, const char *why, const struct nbt_env *env);
void verify_turn(struct partners *all, const struct nbt_env *env);
uint64_t verify_deadline(const struct partners *all);
void verify_abandon(struct partners *all); /* what is under way is for nothing */
void verify_plan(struct partners *all, const struct nbt_env *env); /* the settings have changed */

#endif

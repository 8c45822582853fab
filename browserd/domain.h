/*
 * A workgroup beyond its subnets: its domain master (<1B>), to whom local masters tell that they
 * are there, and from whom they fetch the lists of all subnets. MS-BRWS sections 3.3.5.9, 3.3.6.
 * What this host is in it, state x event x now -> actions. Pure.
 *
 * Two browserds tell each other of changes at once, by the MasterAnnouncement, in both directions:
 * "come and fetch my list". They say which version of it there is, and say it again and again,
 * since datagrams are lost; a version is fetched once. With others the protocol's times hold.
 */
#ifndef BROWSERD_DOMAIN_H
#define BROWSERD_DOMAIN_H

#include "browserd/service_inner.h"

struct role_event;

enum domain_state {
	DOMAIN_APART,    /* another is the domain master, or nobody */
	DOMAIN_CLAIMING, /* its name is being claimed */
	DOMAIN_MASTER
};

enum domain_timer {
	DOMAIN_CLAIM_DUE,    /* the name of the domain master is to be claimed */
	DOMAIN_FIND_DUE,     /* who is it? is it there? */
	DOMAIN_ANNOUNCE_DUE, /* local master: MasterAnnouncement, and fetch its lists */
	DOMAIN_TELL_DUE,     /* our lists have changed: who is to know? */
	DOMAIN_TIMERS
};

/* The other side: of a local master its domain master, of the domain master a local one. */
struct domain_peer {
	struct in_addr address; /* 0.0.0.0: there is none */
	char name[NBT_BROWSE_NAME_SIZE];
	bool is_quick;     /* a browserd */
	uint64_t since_ms; /* known */
	uint64_t heard_ms; /* the last MasterAnnouncement; 0: none */
	uint64_t due_ms;   /* the next pull; NBT_NEVER */

	/* What it was told of, domain_changes(), and how often; when it is told that again, and
	 * when it is told what there is then; or NBT_NEVER. */
	uint64_t told, again_ms, turn_ms;
	unsigned tells;
	/* Versions of its lists: the latest that it told, that of the pull under way, that of the
	 * latest one that came whole. 0: it does not say, or there was none. */
	uint32_t version, pulling, fetched;

	uint32_t token;             /* of the pull under way; 0: none */
	bool is_wanted;             /* another one behind it */
	uint64_t begun_ms;          /* the latest pull */
	uint64_t whole_ms;          /* the latest one that came whole; 0: none */
	unsigned failures, servers; /* running; brought by the pull */
	struct lists_pull pulls[LISTS_KINDS];
};

struct domain {
	struct browser_service *service;
	const char *workgroup;
	enum domain_state state;
	bool is_lmb;     /* in a subnet at least */
	bool is_looking; /* for the domain master: as a local one, or to take its place */
	uint64_t due_ms[DOMAIN_TIMERS];
	uint64_t told_ms; /* when somebody was told of changes */
	uint64_t seen;    /* lists_changes() or lists_local_changes() that are dealt with */

	/* Finding the domain master. */
	uint32_t lookup; /* token; 0: none is under way */
	enum browser_lookup_type asked;
	struct in_addr candidates[BROWSER_ADDRESSES_MAX];
	size_t candidate_count, candidate;
	bool is_definite;         /* who it is, or that there is none, was said by somebody */
	unsigned absences;        /* running: there is none, or it does not answer */
	uint64_t again_ms;        /* MASTER: the NBNS has lost its name: not claimed again before */
	uint64_t insists_ms;      /* the NBNS refused its name: until then it need not be asked */
	bool is_probed;           /* the master has answered a probe */
	unsigned misses;          /* running: probes without answer */
	unsigned answers;         /* probes with one */
	struct in_addr contested; /* who was asked to give way, and when */
	uint64_t contested_ms;

	struct domain_peer master; /* APART */
	struct domain_peer *peers; /* MASTER */
	size_t peer_count, peer_space;
};

void domain_init(struct domain *domain, struct browser_service *service, const char *workgroup);
void domain_free(struct domain *domain);

/* Our names are held: what the settings want may begin. And they may want something else now. */
void domain_start(struct domain *domain, const struct nbt_env *env);
void domain_settings_changed(struct domain *domain, const struct nbt_env *env);
void domain_stop(struct domain *domain, const struct nbt_env *env); /* also: without nbddd */

/* Roles of the workgroup have changed. */
void domain_roles_changed(struct domain *domain, const struct nbt_env *env);

/* The claim of <1B> was decided, or the name is lost; who has it, if known. */
void domain_name_decided(struct domain *domain, struct in_addr who, const struct nbt_env *env);

/* MasterAnnouncement. false: it says nothing to this workgroup. */
bool domain_hear_master(struct domain *domain, const struct role_event *event,
			const struct nbt_env *env);
/* HostAnnouncement of a browserd to this host: a local master says goodbye. */
bool domain_hear_end(struct domain *domain, const struct role_event *event,
		     const struct nbt_env *env);
/* RequestElection to this host: who is configured to be it wants to. */
bool domain_hear_contest(struct domain *domain, const struct role_event *event,
			 const struct nbt_env *env);
/* GetBackupListRequest to <1B>. */
bool domain_answer_backups(struct domain *domain, const struct role_event *event,
			   const struct nbt_env *env);

/* What a look-up and a pull of this token brought. false: it is not ours. */
bool domain_found(struct domain *domain, uint32_t token, const struct browser_found *found,
		  const struct nbt_env *env);
struct domain_peer *domain_find_pull(struct domain *domain, uint32_t token);
void domain_pull_record(struct domain *domain, struct domain_peer *peer, enum lists_kind kind,
			const struct lists_record *record, const struct nbt_env *env);
void domain_pulled(struct domain *domain, struct domain_peer *peer, bool is_whole,
		   const struct nbt_env *env);

/* Whether lists are exchanged with that host. */
bool domain_knows(const struct domain *domain, struct in_addr address);

/* The administrator's order. false: there is nobody to fetch from. */
bool domain_pull_now(struct domain *domain, const struct nbt_env *env);

/* After every event: changes of the lists are to be told. */
void domain_notice(struct domain *domain, const struct nbt_env *env);
uint64_t domain_deadline(const struct domain *domain);
void domain_wake(struct domain *domain, const struct nbt_env *env);

#endif

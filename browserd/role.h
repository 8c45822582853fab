/*
 * One workgroup in one subnet: what this host is there, state x event x now -> actions, as tables.
 * MS-BRWS sections 3.2 and 3.3. Pure.
 */
#ifndef BROWSERD_ROLE_H
#define BROWSERD_ROLE_H

#include "browserd/service_inner.h"

/* What a frame was sent to. */
enum role_destination {
	TO_MEMBERS,  /* WG<00> */
	TO_MASTER,   /* WG<1D> */
	TO_BROWSERS, /* WG<1E> */
	TO_MASTERS,  /* __MSBROWSE__<01> */
	TO_HOST,     /* HOST<00> */
	TO_DOMAIN,   /* WG<1B> */
	TO_ANYBODY   /* * */
};

enum role_event_type {
	ROLE_START, /* our names are held */
	ROLE_STOP,  /* the end: goodbye is said */
	ROLE_CUT,   /* nothing can be sent or claimed any more */

	/* Frames. */
	ROLE_HOST_ANNOUNCED,
	ROLE_ANNOUNCEMENT_REQUESTED,
	ROLE_ELECTION_HEARD,
	ROLE_BACKUPS_ASKED,
	ROLE_BACKUP_MADE, /* of whom the frame names */
	ROLE_DOMAIN_ANNOUNCED,
	ROLE_RESET,
	ROLE_MASTER_ANNOUNCED,
	ROLE_BACKUPS_TOLD, /* by a master that we asked */

	ROLE_NAMES_CHANGED, /* of ours: see role_names_changed() */
	ROLE_PROBED,        /* the master is there */
	ROLE_MISSED,        /* no answer */
	ROLE_PULLED,
	ROLE_PULL_FAILED,

	/* Timers. */
	ROLE_ANNOUNCE_DUE,
	ROLE_MASTER_ANNOUNCE_DUE,
	ROLE_DOMAIN_ANNOUNCE_DUE,
	ROLE_LANMAN_DUE,
	ROLE_FIND_DUE,  /* no answer of a master */
	ROLE_CHECK_DUE, /* nothing heard of the master for long */
	ROLE_PULL_DUE,
	ROLE_BACKUPS_DUE,
	ROLE_PROBE_DUE, /* is the master there? */
	ROLE_EVENTS
};
#define ROLE_FIRST_TIMER ROLE_ANNOUNCE_DUE
#define ROLE_TIMERS      (ROLE_EVENTS - ROLE_FIRST_TIMER)

struct role_event {
	enum role_event_type type;
	/* Frames. */
	const struct nbt_browse *frame;
	enum role_destination to;
	const char *sender; /* name of the datagram's source */
	bool is_quick;      /* MasterAnnouncement: of a browserd, */
	uint32_t version;   /* whose lists have this version; 0: it does not say */
	struct sockaddr_in from;
};

struct role {
	struct browser_service *service;
	const char *workgroup;
	struct browser_interface interface;
	enum browser_role state;
	uint64_t since_ms;
	struct election election;
	uint64_t due_ms[ROLE_TIMERS];

	char master[NBT_BROWSE_NAME_SIZE]; /* "": not known */
	struct in_addr master_address;
	unsigned announced, master_announced, domain_announced; /* how often so far */
	uint64_t master_announced_ms, rival_ms;                 /* when last */
	unsigned tries;                                         /* to find the master */
	uint32_t find_token;                /* of the question in a virtual LAN */
	uint32_t probe;                     /* token; 0: none is under way */
	bool is_probed;                     /* the master has answered one */
	bool is_doubted;                    /* it has not, and was looked for once */
	unsigned misses;                    /* running: without answer */
	unsigned refusals;                  /* of its name */
	bool has_msbrowse, has_master_name; /* claims that are ours to release */
	bool says_lanman;

	char asked[NBT_BROWSE_NAME_SIZE]; /* master: who was told to be a backup; "": nobody */

	/* Backup: the pull under way or done. */
	bool is_promoting;
	uint32_t token; /* 0: none */
	unsigned failures;
	struct in_addr pulled_from;
	struct lists_pull pulls[LISTS_KINDS];
};

void role_init(struct role *role, struct browser_service *service, const char *workgroup,
	       const struct browser_interface *interface);

/* Ends without a word: its interface is gone. */
void role_drop(struct role *role);

void role_event(struct role *role, const struct role_event *event, const struct nbt_env *env);
void role_simple_event(struct role *role, enum role_event_type type, const struct nbt_env *env);

/* LAN Manager was heard: such hosts are to hear of us. */
void role_say_lanman(struct role *role, const struct nbt_env *env);

/* Orders of the administrator. */
bool role_elect(struct role *role, const char *why, const struct nbt_env *env);
bool role_pull_now(struct role *role, const struct nbt_env *env);
bool role_announce_now(struct role *role, const struct nbt_env *env);

uint64_t role_deadline(const struct role *role);
void role_wake(struct role *role, const struct nbt_env *env);

/* The bits of browsers in our server type. */
uint32_t role_bits(const struct role *role);

#endif

/*
 * The browser as one machine without sockets or clock: events of datagram.sock in; datagrams,
 * claims, pulls and news out, by the functions of struct browser_sinks. For each workgroup there is
 * a role (role.h) in each subnet, and all share the lists. Pure.
 */
#ifndef BROWSERD_SERVICE_H
#define BROWSERD_SERVICE_H

#include <nbt/browse.h>
#include <nbt/datagram.h>
#include <nbt/env.h>
#include <nbt/local.h>

#include "browserd/lists.h"
#include "browserd/settings.h"
#include "common/local_core.h"
#include "common/stats.h"

struct browser_service;

struct browser_interface {
	struct in_addr address, netmask;
};

enum browser_role {
	BROWSER_ROLE_OFF,       /* our names are not held (yet) */
	BROWSER_ROLE_NON,       /* announces itself, and that is all */
	BROWSER_ROLE_POTENTIAL, /* may be made a backup, or be elected */
	BROWSER_ROLE_BACKUP,    /* has a copy of its master's lists */
	BROWSER_ROLE_CLAIMING,  /* elected; the names of the master are being claimed */
	BROWSER_ROLE_MASTER,    /* the LMB */
	BROWSER_ROLES
};

/* A list to be fetched from a browser: the servers of the workgroup, and the workgroups. */
struct browser_pull {
	uint32_t token; /* of its answer */
	struct in_addr interface, address;
	const char *workgroup, *name; /* name: of the browser */
	bool is_local;                /* only what it has heard itself */
	bool is_workgroups_only;      /* and no servers */
	bool is_strange;              /* a host of which nothing has come before */
};

/* A look-up by the name service. */
enum browser_lookup_type {
	BROWSER_LOOKUP_NAME,    /* who has the name, asked as the node type has it */
	BROWSER_LOOKUP_NBNS,    /* who has it at the NBNS, though it is ours */
	BROWSER_LOOKUP_PROBE,   /* whether that host has it */
	BROWSER_LOOKUP_STATUS,  /* what that host, which should have it, is called as a server */
	BROWSER_LOOKUP_MASTERS, /* all domain masters that the NBNS knows: *<1B> */
	BROWSER_LOOKUP_NODE     /* whether this host uses an NBNS */
};

struct browser_lookup {
	uint32_t token;
	enum browser_lookup_type type;
	struct in_addr address;
	struct nbt_name name;
};

#define BROWSER_ADDRESSES_MAX 25 /* as many as a WINS server gives */
#define BROWSER_MASTERED_MAX  8
struct browser_found {
	bool is_there;    /* NODE: it does */
	bool is_definite; /* "no" was said, not just nothing */
	struct in_addr addresses[BROWSER_ADDRESSES_MAX];
	size_t count;                      /* NAME, NBNS, MASTERS */
	char server[NBT_BROWSE_NAME_SIZE]; /* STATUS */
	/* STATUS: the workgroups of which it is the domain master. */
	char mastered[BROWSER_MASTERED_MAX][NBT_BROWSE_NAME_SIZE];
	size_t mastered_count;
};

/* Whether an address is one of these. */
static inline bool browser_is_among(struct in_addr address, const struct in_addr *addresses,
				    size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (addresses[i].s_addr == address.s_addr)
			return true;
	return false;
}

enum browser_news_type {
	BROWSER_NEWS_ROLE,        /* role is another now */
	BROWSER_NEWS_ELECTION,    /* we stand in one; text says why */
	BROWSER_NEWS_LOST,        /* to other */
	BROWSER_NEWS_MASTER,      /* other is the master */
	BROWSER_NEWS_RIVAL,       /* other says it is the master, too */
	BROWSER_NEWS_SILENT,      /* the master, other, does not answer */
	BROWSER_NEWS_REFUSED,     /* name is not ours: address has it */
	BROWSER_NEWS_PULL_FAILED, /* from other */
	BROWSER_NEWS_RESET,       /* other has told us to leave our role */

	/* Of the workgroup, in no subnet. */
	BROWSER_NEWS_DOMAIN,         /* we are the domain master */
	BROWSER_NEWS_DOMAIN_LOST,    /* not any more: address has the name */
	BROWSER_NEWS_DOMAIN_YIELDED, /* to other, who is configured to be it */
	BROWSER_NEWS_DOMAIN_MASTER,  /* other is it */
	BROWSER_NEWS_DOMAIN_SILENT,  /* other does not answer any more */
	BROWSER_NEWS_SYNC_FAILED,    /* other's lists cannot be fetched */
	BROWSER_NEWS_TYPES
};

/* What the log is to say. All borrowed. */
struct browser_news {
	enum browser_news_type type;
	const char *workgroup;
	struct in_addr interface;
	enum browser_role role;
	const char *other, *text;    /* or NULL */
	const struct nbt_name *name; /* REFUSED */
	struct in_addr address;      /* 0.0.0.0: not known */
	bool is_server;              /* it is that of a name server, who says so */
};

/* Where things go; called from within the functions below. What is pointed to is valid during the
 * call. */
struct browser_sinks {
	/* As local_send_datagram() of common/local.h, not encoded yet. */
	void (*send)(void *ctx, const struct nbt_envelope *envelope,
		     const struct nbt_datagram *datagram);
	/* As local_claim() and local_release(). */
	bool (*claim)(void *ctx, const struct nbt_local_claim *claim);
	void (*release)(void *ctx, const struct nbt_local_claim *claim);
	/* Ends with browser_pull_end(), not called from within. */
	void (*pull)(void *ctx, const struct browser_pull *pull);
	/* Ends with browser_lookup_end(), not called from within. false: too many. */
	bool (*lookup)(void *ctx, const struct browser_lookup *lookup);
	void (*news)(void *ctx, const struct browser_news *news);
};

/* settings and what they point to are borrowed. NULL: out of memory. */
struct browser_service *browser_create(const struct browser_settings *settings,
				       const struct browser_sinks *sinks, void *ctx,
				       const struct nbt_env *env);
void browser_destroy(struct browser_service *service); /* NULL is fine */

/* Other settings, in place of those before; names, aliases, workgroups, scope, local_master and
 * virtual_lan must be the same. Whoever is to know of a new comment or type is told. */
void browser_set_settings(struct browser_service *service, const struct browser_settings *settings,
			  const struct nbt_env *env);

/* The subnets of this host. Roles in those that are no more end without a word. false: out of
 * memory, and they are as they were. */
bool browser_set_interfaces(struct browser_service *service, const struct browser_interface *items,
			    size_t count, const struct nbt_env *env);

/* What datagram.sock said: up and down, names, datagrams. */
void browser_event(struct browser_service *service, const struct local_event *event,
		   const struct nbt_env *env);

/* What a pull brought: records as they come, and how it ended. */
void browser_pull_record(struct browser_service *service, uint32_t token, enum lists_kind kind,
			 const struct lists_record *record, const struct nbt_env *env);
void browser_pull_end(struct browser_service *service, uint32_t token, bool is_whole,
		      const struct nbt_env *env);

/* How a look-up ended. */
void browser_lookup_end(struct browser_service *service, uint32_t token,
			const struct browser_found *found, const struct nbt_env *env);

/* The administrator wants an election, a pull, an announcement: of a workgroup, or NULL of all. The
 * number of roles that did so. */
enum browser_order { BROWSER_ELECT, BROWSER_PULL, BROWSER_ANNOUNCE };
size_t browser_order(struct browser_service *service, enum browser_order order,
		     const char *workgroup, const struct nbt_env *env);

/* Says goodbye and releases all names. Nothing happens after that. */
void browser_stop(struct browser_service *service, const struct nbt_env *env);

/* When browser_wake() wants to be called next; NBT_NEVER. */
uint64_t browser_deadline(const struct browser_service *service);
void browser_wake(struct browser_service *service, const struct nbt_env *env);

/*
 * What there is.
 */

const struct lists *browser_lists(const struct browser_service *service);

struct browser_role_view {
	const char *workgroup;
	struct in_addr interface;
	enum browser_role role;
	const char *master; /* "": not known */
	struct in_addr master_address;
	bool is_electing;
	uint64_t since_ms; /* in this role */
};

typedef void browser_role_fn(void *ctx, const struct browser_role_view *view);
void browser_each_role(const struct browser_service *service, browser_role_fn *each, void *ctx);

/* Who is told of changes, and fetched from, beyond the subnets. */
struct browser_sync_view {
	const char *workgroup, *name;
	struct in_addr address;
	bool is_domain_master; /* it is; else a local master of whom we are it */
	bool is_neighbour;     /* the domain master of another workgroup */
	bool is_quick;         /* told at once, and tells us */
	uint64_t since_ms, heard_ms, whole_ms, due_ms; /* 0: never; of times that were */
	unsigned failures;
};
typedef void browser_sync_fn(void *ctx, const struct browser_sync_view *view);
void browser_each_sync(const struct browser_service *service, browser_sync_fn *each, void *ctx);

/* Whether this host is its domain master; its local master in any subnet. */
bool browser_is_domain_master(const struct browser_service *service, const char *workgroup);
bool browser_is_local_master(const struct browser_service *service, const char *workgroup);

/* Whether who asks for its lists gets them: from masters, domain masters and backups, of any
 * workgroup in any subnet (MS-BRWS section 3.3.5.6). */
bool browser_gives_lists(const struct browser_service *service);

/* "master"; of any role. */
const char *browser_role_name(enum browser_role role);

#define BROWSER_STATS(X)                                                                           \
	X(BROWSER_FRAMES, "frames.received")                                                       \
	X(BROWSER_MALFORMED, "frames.malformed")                                                   \
	X(BROWSER_NOT_FOR_US, "frames.not-for-us") /* another name, mailslot, interface */         \
	X(BROWSER_LIMITED, "frames.limited")       /* questions of one host about backups */       \
	X(BROWSER_UNEXPECTED, "frames.unexpected") /* in our role */                               \
	X(BROWSER_OWN, "frames.own")               /* heard again */                               \
	X(BROWSER_SENT, "frames.sent")                                                             \
	X(BROWSER_LIST_BAD, "lists.bad-names")                                                     \
	X(BROWSER_LIST_FULL, "lists.full")                                                         \
	X(BROWSER_LIST_SOURCE, "lists.source-full")                                                \
	X(BROWSER_ELECTIONS, "elections.stood")                                                    \
	X(BROWSER_WON, "elections.won")                                                            \
	X(BROWSER_LOST, "elections.lost")                                                          \
	X(BROWSER_PULLS, "pulls.begun")                                                            \
	X(BROWSER_PULLS_FAILED, "pulls.failed")                                                    \
	X(BROWSER_RESETS_IGNORED, "resets.ignored")                                                \
	X(BROWSER_LOOKUPS, "lookups.begun")                                                        \
	X(BROWSER_PEERS_FULL, "peers.full")

enum browser_stat { BROWSER_STATS(STATS_ENUM) BROWSER_STAT_COUNT };

const struct stats *browser_stats(const struct browser_service *service);

#endif

/* The insides of the browser: for service.c and the role_*.c only. */
#ifndef BROWSERD_SERVICE_INNER_H
#define BROWSERD_SERVICE_INNER_H

#include "browserd/names.h"
#include "browserd/service.h"
#include "common/ratelimit.h"

struct role;
struct domain;
struct neighbours;

struct browser_service {
	const struct browser_settings *settings;
	struct browser_sinks sinks;
	void *ctx;
	struct lists *lists;
	struct names *names;
	struct ratelimit *backup_answers;
	struct role *roles; /* one after the other: all workgroups of each interface */
	size_t role_count;
	struct domain *domains; /* of all workgroups */
	struct neighbours *neighbours;
	uint64_t started_ms;
	uint64_t keep_ms;   /* disconnected: until then roles are kept */
	uint64_t remote_ms; /* the next remote announcement */
	uint64_t retry_ms;  /* own names that are gone are claimed again */
	bool is_connected, is_stopped;
	uint32_t last_token;
	uint32_t node_lookup; /* token; 0: none is under way */
	bool has_nbns;        /* this host uses one */
	uint32_t salt;        /* of the versions of our lists that browserds are told; domain.h */
	struct stats stats;
	uint64_t counters[BROWSER_STAT_COUNT];
};

static inline void browser_count(struct browser_service *service, enum browser_stat counter)
{
	stats_count(&service->stats, counter);
}

/*
 * By this priority of its mailslot what a browserd says to another is told from the frames of
 * others, who send 0 or 1. Nobody else reads it (MS-MAIL <9>): to them it is a frame as any. Nor
 * do they read the timeout (MS-MAIL <8>), in which is the version of the sender's lists.
 */
#define BROWSER_QUICK_PRIORITY 2

/* A frame on its way out. */
struct browser_send {
	const char *from; /* NULL: our name */
	struct nbt_name to;
	bool is_group;            /* DIRECT_GROUP, else DIRECT_UNIQUE */
	struct in_addr interface; /* 0.0.0.0: as the routes have it */
	struct in_addr address;   /* 0.0.0.0: by broadcast; in a virtual LAN, as the name has it */
	uint16_t port;
	bool is_quick;    /* with BROWSER_QUICK_PRIORITY */
	uint32_t version; /* quick: of our lists, in the mailslot's timeout; 0: none */
};

/* Of a pull or a look-up: never 0. */
static inline uint32_t browser_new_token(struct browser_service *service)
{
	if (++service->last_token == 0)
		++service->last_token;
	return service->last_token;
}

void browser_send_frame(struct browser_service *service, const struct browser_send *send,
			const struct nbt_browse *frame);

/* send.c: what remote-announce has. */
void browser_announce_remotely(struct browser_service *service, const struct nbt_env *env);

/*
 * self.c.
 */

/* The names of this host and its workgroups, on every interface. */
void browser_claim_own(struct browser_service *service);
void browser_release_own(struct browser_service *service);
void browser_retry_own(struct browser_service *service); /* those that are gone */

/* Whether roles of the workgroup can begin. Without an alias they can. */
bool browser_has_names(const struct browser_service *service, const char *workgroup);

bool browser_is_own_address(const struct browser_service *service, struct in_addr address);

/* Whether the name is this host's, an alias of it, too. */
bool browser_is_own(const struct browser_service *service, const char *name);

/* Makes a name of up to 15 bytes and a suffix. */
struct nbt_name browser_name(const char *text, uint8_t suffix);
struct nbt_name browser_msbrowse(void);

/* A role has changed: what the lists say of ourselves, and of our workgroup. The second: of all
 * workgroups. */
void browser_update_self(struct browser_service *service, const char *workgroup,
			 const struct nbt_env *env);
void browser_be_known(struct browser_service *service, const struct nbt_env *env);

/* receive.c: a datagram. */
void browser_receive(struct browser_service *service, const struct local_event *event,
		     const struct nbt_env *env);

/* Whether anybody but this domain, or the neighbours, is told of workgroups by that host. */
bool browser_is_told_by(const struct browser_service *service, const void *except,
			struct in_addr address);

struct domain *browser_domain_of(const struct browser_service *service, const char *workgroup);

/* Begins a look-up; its token, by which browser_lookup_end() finds who asked. 0: too many. */
uint32_t browser_ask(struct browser_service *service, const struct browser_lookup *lookup);

/* Counts what lists said. */
void browser_note(struct browser_service *service, enum lists_verdict verdict);

#endif

/*
 * The name service as one machine without sockets, disk or clock: packets in, packets and changes
 * out. Joins the registry, the registrar, the challenges and the server's own names. Pure.
 *
 * The edge hands in every packet received, carries what is in the outbox to the network, hands the
 * changes to the store, and says when they are committed: answers to what changed the database are
 * held back until then.
 */
#ifndef NBNSD_SERVICE_SERVICE_H
#define NBNSD_SERVICE_SERVICE_H

#include <netinet/in.h>
#include <stddef.h>

#include <nbt/env.h>
#include <nbt/packet.h>

#include "common/packets.h"
#include "nbnsd/dns/dns_cache.h"
#include "nbnsd/node/node.h"
#include "nbnsd/node/resolver.h"
#include "nbnsd/registry/changes.h"
#include "nbnsd/registry/record.h"
#include "nbnsd/registry/registry.h"

struct access_list; /* common/access.h */
struct service;

/* Of an outbox: one packet received makes so many at most. */
#define OUTBOX_PER_PACKET 2

/* Rules of the access list: what a source may do. */
enum service_rule {
	MAY_QUERY, /* names and node status; others get no answer, who knows whose address it is */
	MAY_REGISTER,
	MAY_HAVE_MEMBERS, /* all members of a group, also by TCP */
	MAY_ASK_ON,       /* without a limit of answers per second */
	SERVICE_RULES
};

/* Effective values: service_create() takes them as they are, conf.c applies the rules of WINSRA. */
struct service_settings {
	const char *netbios_name, *workgroup; /* as in the configuration; upper case, 15 at most */
	const char *const *aliases;           /* NULL-terminated */
	struct nbt_scope scope;               /* of the own names */
	uint8_t node_type;                    /* of the own names: 0 B, 1 P, 2 M, 3 H */
	bool server;                          /* be the NBNS; false: answer for own names only */
	struct node_settings node;            /* its NBNS and timers; the rest is above */
	struct resolver_settings resolver;    /* look-ups: timers; the rest is above and in node */
	bool proxy; /* answer broadcasts for names that only the NBNS knows */

	uint32_t renewal_s, extinction_s, extinction_timeout_s, verify_s; /* the four intervals */
	uint32_t scavenge_s;        /* between passes of the sweep; it makes more if it must */
	uint32_t deletion_uptime_s; /* tombstones are deleted only once the server was up so long */
	bool allow_proxy_names;     /* WPAD and ISATAP may be registered */
	bool migrate;               /* dynamic registrations may replace static unique names */
	bool prepend_1b;            /* the domain master's address leads a <1C> list */
	bool wildcard_1b;           /* answer *<1B> with all domain masters */
	bool keep_master_names;     /* <1D> is a name like any: one master for all subnets */
	uint32_t challenge_retry_ms; /* first interval; doubles */
	uint32_t challenge_tries;    /* transmissions per address */
	uint32_t max_challenges;   /* at once, CHALLENGES_MAX at most; further claims are dropped */
	uint32_t max_waiting;      /* answers waiting for the store; further changes are dropped */
	uint32_t burst_limit;      /* 0: no burst handling */
	uint32_t rate_limit;       /* answers per second and source; 0: none */
	struct dns_limits dns;     /* of the fallback; no names: it is off */
	uint32_t audit_clients;    /* that are remembered; 0: no audit */
	uint32_t audit_save_s;     /* what has changed in it is among the changes so often */
	uint32_t conflict_history; /* that are remembered; 0: none */
	struct in_addr replication_address; /* we, as the owner of records, for other WINS servers;
					     * 0.0.0.0: there are none */
	uint32_t longest_pull_s;  /* the longest time between two pulls of records with a partner */
	bool is_between_partners; /* there are two or more: one may hear of another by us only */
	const uint8_t *audit_key; /* AUDIT_KEY_LEN bytes of the database; NULL: drawn by lot */
	const struct access_list *access; /* of enum service_rule, borrowed; NULL: nobody may */
};

/* registry is borrowed. Leases begin at lease_now, at env->now_ms. NULL: out of memory. */
struct service *service_create(const struct service_settings *settings, struct registry *registry,
			       uint64_t next_version, lease_time lease_now,
			       const struct nbt_env *env);
void service_destroy(struct service *service);

/*
 * Other settings, for what is decided from now on: records keep the leases they have, what waits is
 * not forgotten. server stays as it is, and whether there is an audit; for dns see
 * service_set_dns(). Borrowed as the first ones were. false: out of memory, and some are as they
 * were.
 */
bool service_set_settings(struct service *service, const struct service_settings *settings,
			  const struct nbt_env *env);

/* Replaces the table of sockets; numbers keep their meaning for what is under way. */
void service_set_sockets(struct service *service, const struct served_socket *sockets,
			 size_t count);

/* Replaces the rules, which depend on the networks of the interfaces. Borrowed. */
void service_set_access(struct service *service, const struct access_list *access);

/*
 * While partners are asked for what a lost database held nothing is claimed, here or by others: a
 * request that would change something is dropped, as without a store, and comes again.
 */
void service_set_recovering(struct service *service, bool recovering);

/* Whether the source may, by this rule. */
bool service_may(const struct service *service, struct in_addr source, enum service_rule rule);

/* Somebody was refused by this rule, for the first time in an hour. false: nobody was. */
bool service_next_refusal(struct service *service, struct in_addr *source, enum service_rule *rule);

/*
 * Packets that will be handed in next: brings what their names are looked up by into the
 * processor's cache, so that a batch waits for memory once. Changes nothing.
 */
void service_expect(const struct service *service, const struct incoming *in, size_t count);

/* One packet from the network; the outbox has room for OUTBOX_PER_PACKET. */
void service_receive(struct service *service, const struct incoming *in, struct outbox *out,
		     const struct nbt_env *env);

/* When service_wake() wants to be called next (env->now_ms), or NBT_NEVER. */
uint64_t service_deadline(const struct service *service);

/* Carries on what waits for time: challenges, the sweep. Returns true when there is more to do but
 * the outbox is full: empty it and call again. */
bool service_wake(struct service *service, struct outbox *out, const struct nbt_env *env);

/*
 * DNS. The next name to look up and its number, or DNS_NONE; each comes to service_looked_up()
 * once. ttl_s: of the addresses found. failed: nobody answered, or with nonsense.
 */
uint32_t service_take_lookup(struct service *service, char name[DNS_NAME_SIZE]);
void service_looked_up(struct service *service, uint32_t number, const struct dns_addresses *found,
		       uint32_t ttl_s, bool failed, const struct nbt_env *env);

/* Other limits, or none at all: forgets what is known, and who waits; those will ask again. No
 * look-up is under way. */
void service_set_dns(struct service *service, const struct dns_limits *limits);

/*
 * The changes since the last call, as one batch, or NULL if there are none, or the store is in
 * trouble: then they wait here, in one piece. The caller hands it to the store, and then to
 * service_committed(), in the same order.
 */
struct changes *service_take_changes(struct service *service);

/* The batch is committed; its answers become due. Takes the batch back. */
void service_committed(struct service *service, struct changes *changes);

/* Moves answers that are due into the outbox; true: there are more. */
bool service_answers(struct service *service, struct outbox *out, const struct nbt_env *env);

/* While the store is in trouble requests that would change something are dropped and counted. */
void service_set_storing(struct service *service, bool storing);

/* A renewal is among the changes after this part of the renewal interval at the latest. */
#define SERVICE_STAMP_PART 16

/* The lease clock now. */
lease_time service_lease_now(const struct service *service, const struct nbt_env *env);

/*
 * An administrator's record: added, or put in place of what is there, with a new version. -EINVAL:
 * not as many addresses as its kind has (unique: 1, normal group: none, others: 1 to 25); -ENOMEM.
 */
int service_put(struct service *service, const struct record *record);

/* Gone from this server only; partners keep their copies. -ENOENT; -ENOMEM. */
int service_delete(struct service *service, const struct nbt_name *name,
		   const struct nbt_scope *scope);

/* Deleted everywhere: a tombstone of ours with a new version, which partners take. -ENOENT;
 * -ENOMEM. */
int service_tombstone(struct service *service, const struct nbt_name *name,
		      const struct nbt_scope *scope, const struct nbt_env *env);

/* The batch that the latest change is in; all changes made before are in it or in earlier ones. */
uint64_t service_batch(const struct service *service);
bool service_is_committed(const struct service *service, uint64_t batch);

/* Whether the store is out of trouble, see service_set_storing(). */
bool service_is_storing(const struct service *service);

/*
 * Ages all records now, as the sweep does in its own time, in slices. Returns the number of this
 * pass: it is over when service_passes() is as high.
 */
uint64_t service_scavenge(struct service *service, const struct nbt_env *env);
uint64_t service_passes(const struct service *service);

/* A sentence about what is wrong with the record in memory, which is there; NULL: nothing. */
const char *service_find_fault(const struct service *service, uint32_t id);

/* How many milliseconds the service runs. */
uint64_t service_uptime_ms(const struct service *service, const struct nbt_env *env);

/* The version that the next change gets. */
uint64_t service_next_version(const struct service *service);

/*
 * The static mappings of the configuration: records are added, changed and removed until the
 * database has them, in slices, by service_wake(). What an administrator added otherwise stays, and
 * what others registered gives way, unless migrate is on. Names of this host itself are left out.
 * Borrowed until the next call; begins anew, also with the same list.
 */
struct statics;
void service_set_statics(struct service *service, const struct statics *statics);

#define STATICS_NAMED 8
struct statics_report {
	size_t count, added, changed, removed;
	size_t left;     /* not put in place: names of this host, or migrate is on */
	size_t failed;   /* out of memory */
	size_t replaced; /* of those changed: what others had registered */
	struct nbt_name named[STATICS_NAMED]; /* the first of them */
};

/* Once when all of it is done; the changes may still wait for the store. */
bool service_statics_done(struct service *service, struct statics_report *out);

/* Before the end: every renewal that was not written yet is among the next changes. */
void service_save_renewals(struct service *service);

/* This host's own names: for those who claim some. */
struct node;
struct node *service_node(struct service *service);

/* Look-ups of this host's programs. */
struct resolver *service_resolver(struct service *service);

/* Entries of LMHOSTS for look-ups, in place of those before, which are forgotten; what was
 * remembered is, too. Borrowed. */
struct lmhosts_entry; /* common/lmhosts.h */
void service_set_lmhosts(struct service *service, const struct lmhosts_entry *entries,
			 size_t count);

/* The number of the socket on this address; 0.0.0.0: of any that is there. false: there is none. */
bool service_find_socket(const struct service *service, struct in_addr address, uint16_t *socket);

/* Node status of an interface of this host; 0.0.0.0: of all together. false: the name, which may
 * be "*", is not there. */
bool service_own_status(const struct service *service, struct in_addr interface,
			const struct nbt_name *name, const struct nbt_scope *scope,
			struct nbt_node_status *out);

/* Whether the answer to this question lists members, or everybody in the scope: what whole.h is
 * for. */
bool service_has_listing(struct service *service, const struct nbt_question *question,
			 const struct nbt_env *env);
/* Who uses the server, and for what; NULL: no audit. */
struct audit;
struct audit *service_audit(struct service *service);

/* Conflicts over names. */
struct conflicts;
struct conflicts *service_conflicts(struct service *service);

/* Whether the batches of changes say what they mean to those who watch: CHANGE_EVENT. */
void service_set_watched(struct service *service, bool watched);

/* Before the end: what is not saved of audit and conflicts is among the next changes. */
void service_save_audit(struct service *service);

/* Counters, see common/stats.h; names in service.c. */
struct stats;
struct stats *service_stats(struct service *service);

#endif

/* What the files of the service share; service.c joins them. */
#ifndef NBNSD_SERVICE_SERVICE_INNER_H
#define NBNSD_SERVICE_SERVICE_INNER_H

#include "common/ratelimit.h"
#include "common/stats.h"
#include "nbnsd/audit/audit.h"
#include "nbnsd/audit/conflicts.h"
#include "nbnsd/dns/dns_cache.h"
#include "nbnsd/node/own.h"
#include "nbnsd/registry/id_set.h"
#include "nbnsd/service/challenge.h"
#include "nbnsd/service/masters.h"
#include "nbnsd/service/name_event.h"
#include "nbnsd/service/registrar.h"
#include "nbnsd/service/replicas.h"
#include "nbnsd/service/roster.h"
#include "nbnsd/service/service.h"
#include "nbnsd/service/successor.h"
#include "nbnsd/service/waiting.h"

#define SERVICE_STATS(X)                                                                           \
	X(STAT_QUERY, "query.received")                                                            \
	X(STAT_STATUS, "status.received")                                                          \
	X(STAT_REGISTRATION, "registration.received")                                              \
	X(STAT_MULTIHOMED, "multihomed.received")                                                  \
	X(STAT_REFRESH, "refresh.received")                                                        \
	X(STAT_RELEASE, "release.received")                                                        \
	X(STAT_RESPONSE, "response.received")                                                      \
	X(STAT_QUERY_POSITIVE, "query.positive")                                                   \
	X(STAT_QUERY_NEGATIVE, "query.negative")                                                   \
	X(STAT_QUERY_MEMBERS, "query.members")                                                     \
	X(STAT_DNS_POSITIVE, "query.dns-positive")                                                 \
	X(STAT_DNS_NEGATIVE, "query.dns-negative")                                                 \
	X(STAT_DNS_BUSY, "dns.busy")                                                               \
	X(STAT_DNS_ASKED, "dns.answered")                                                          \
	X(STAT_DNS_FAILED, "dns.failed")                                                           \
	X(STAT_STATUS_ANSWERED, "status.answered")                                                 \
	X(STAT_CLAIM_POSITIVE, "claim.positive")                                                   \
	X(STAT_CLAIM_CONFLICT, "claim.conflict")                                                   \
	X(STAT_CLAIM_REFUSED, "claim.refused")                                                     \
	X(STAT_CLAIM_BURST, "claim.burst")                                                         \
	X(STAT_RELEASED, "release.positive")                                                       \
	X(STAT_RELEASE_REFUSED, "release.refused")                                                 \
	X(STAT_CHALLENGE, "challenge.begun")                                                       \
	X(STAT_CHALLENGE_HELD, "challenge.held")                                                   \
	X(STAT_CHALLENGE_JOINED, "challenge.joined")                                               \
	X(STAT_CHALLENGE_LOST, "challenge.lost")                                                   \
	X(STAT_WACK, "wack.sent")                                                                  \
	X(STAT_SWEEP_RELEASED, "sweep.released")                                                   \
	X(STAT_SWEEP_TOMBSTONE, "sweep.tombstone")                                                 \
	X(STAT_REPLICA_RECEIVED, "replica.received")                                               \
	X(STAT_REPLICA_REFUSED, "replica.refused")                                                 \
	X(STAT_REPLICA_TAKEN, "replica.taken")                                                     \
	X(STAT_REPLICA_KEPT, "replica.kept")                                                       \
	X(STAT_REPLICA_MERGED, "replica.merged")                                                   \
	X(STAT_REPLICA_INSISTED, "replica.insisted")                                               \
	X(STAT_REPLICA_ASKING, "replica.challenged")                                               \
	X(STAT_REPLICA_DROPPED, "replica.dropped")                                                 \
	X(STAT_REPLICA_WITHDRAWN, "replica.withdrawn")                                             \
	X(STAT_DOUBT, "replica.doubted")                                                           \
	X(STAT_DOUBT_DROPPED, "replica.doubts-dropped")                                            \
	X(STAT_DEMAND_SENT, "demand.sent")                                                         \
	X(STAT_DEMAND_DROPPED, "demand.dropped")                                                   \
	X(STAT_SWEEP_DELETED, "sweep.deleted")                                                     \
	X(STAT_SWEEP_ADDRESS, "sweep.address")                                                     \
	X(STAT_SWEEP_WRITTEN, "sweep.written")                                                     \
	X(STAT_REFUSED_QUERY, "refused.query")                                                     \
	X(STAT_REFUSED_REGISTER, "refused.register")                                               \
	X(STAT_OWN_SENT, "own.sent")                                                               \
	X(STAT_OWN_RESPONSE, "own.response")                                                       \
	X(STAT_OWN_DECIDED, "own.decided")                                                         \
	X(STAT_OWN_LOST, "own.lost")                                                               \
	X(STAT_PROXY_ASKED, "proxy.asked")                                                         \
	X(STAT_PROXY_ANSWERED, "proxy.answered")                                                   \
	X(STAT_AUDIT_SAVED, "audit.saved")                                                         \
	X(STAT_DROP_MALFORMED, "dropped.malformed")                                                \
	X(STAT_DROP_OPCODE, "dropped.opcode")                                                      \
	X(STAT_DROP_RESPONSE, "dropped.response")                                                  \
	X(STAT_DROP_NOT_OURS, "dropped.not-ours")                                                  \
	X(STAT_DROP_REPEATED, "dropped.repeated")                                                  \
	X(STAT_DROP_RATE, "dropped.rate")                                                          \
	X(STAT_DROP_BUSY, "dropped.busy")                                                          \
	X(STAT_DROP_STORE, "dropped.store")                                                        \
	X(STAT_DROP_MEMORY, "dropped.memory")

enum service_stat { SERVICE_STATS(STATS_ENUM) STAT_COUNT };

struct sweep {
	uint32_t position;      /* the next record to look at */
	uint32_t member_cursor; /* within its members, when it is a group */
	uint64_t began_ms;      /* this pass */
	uint64_t due_ms;        /* the next slice */
	uint64_t batch;         /* that the last slice changed something in */
	uint64_t passes;        /* that are over */
	uint64_t hurried;       /* up to this pass there is no pause between slices */
};

/* Of audit and conflicts: a pass over all that may have changed, a slice per tick. */
struct saving {
	struct audit_cursor cursor;
	uint64_t began_ms, due_ms;
	uint64_t batch; /* that the last slice added to */
};

/* Replication, see replicas.h and replicas_inner.h. */
struct offer {
	uint64_t batch; /* when it is committed partners may know */
	struct in_addr owner;
	uint64_t highest;
};

struct insistence {
	uint32_t id;
	struct in_addr owner;
	uint64_t version; /* if the record is still this */
	uint64_t due_ms;
};

struct rivals {
	struct challenges challenges;
	struct hash_key key;
	struct slab slab;
	struct table by_name;
	uint32_t first, last; /* of those that wait */
	uint64_t due_ms;      /* they are looked at again */
	struct ratelimit *per_address;
};

struct demands {
	struct demand *demand;
	size_t count, space;
	uint64_t due_ms;
};

struct doubts {
	struct doubt *doubt;
	size_t count, space;
	uint64_t due_ms; /* the first */
};

/* An owner's versions from this one on were told by others only. */
struct told {
	struct in_addr owner;
	uint64_t from;
};

struct replication {
	struct offer *offers; /* by batch */
	size_t offer_count, offer_space;
	struct insistence *news_due;
	size_t news_due_count, news_due_space;
	uint64_t news_due_ms; /* the first */
	bool has_more_news;   /* marked records, for which there was no room */
	bool is_looking;      /* for them, this record is the next: */
	uint32_t look_at;
	struct service_news news;
	struct rivals rivals;
	struct demands demands;
	struct doubts doubts;
	struct told *told;
	size_t told_count;
	struct owner_work *works; /* the first is being done */
	uint64_t work_batch;      /* that the last slice changed something in */
	struct id_set to_verify;  /* numbers of owners */
	uint64_t recovered_below; /* versions of ours that partners gave back in this run */
};

/* Static mappings on their way into the records. */
enum mappings_phase { MAPPINGS_IDLE, MAPPINGS_PUT, MAPPINGS_REMOVE, MAPPINGS_DONE };

struct mappings {
	const struct statics *statics; /* borrowed */
	enum mappings_phase phase;
	uint32_t position; /* in the list, or among the ids */
	uint64_t batch;    /* that the last slice changed something in */
	struct statics_report report;
};

/* The last source that a rule refused. */
struct refusal {
	struct in_addr source;
	bool is_news;
	uint64_t told_ms; /* the next is news an hour later; 0: never told */
};

struct service {
	struct service_settings settings;
	struct registry *registry; /* borrowed */
	uint64_t next_version;
	lease_time lease_start; /* at start_ms */
	uint64_t start_ms;

	struct served_socket *sockets;
	size_t socket_count;
	struct node *node;
	struct resolver *resolver; /* for this host's programs */
	struct proxy *proxy;       /* NULL: not wanted */
	const struct lmhosts_entry *lmhosts;
	size_t lmhosts_count;

	struct refusal refusals[SERVICE_RULES];
	bool has_refused; /* one of them is news */
	struct ratelimit *rate_limit;
	struct challenges challenges;
	struct waiting *waiting;
	struct roster *datagram;   /* for answers by UDP; one entry more than they take */
	struct waiting_list again; /* to be decided anew: what they waited for is over */
	uint32_t burst;            /* answered without being stored, since the limit was reached */
	struct masters masters;
	struct hash_key dns_key;
	struct dns_cache *dns; /* NULL: DNS is not asked */
	struct sweep sweep;
	struct mappings mappings;
	struct replication replication;
	struct audit *audit;         /* NULL: none */
	struct conflicts *conflicts; /* NULL: none */
	struct saving saving;
	bool watched; /* those who watch are told of changes */

	/* Batches of changes are numbered from 1. */
	struct changes *collecting, *spare;
	uint64_t batch;     /* being collected */
	uint64_t committed; /* all up to this one are */
	uint64_t unheld;    /* the last one with a change whose claim was dropped */
	bool storing;
	bool recovering; /* service_set_recovering() */

	struct stats stats;
	uint64_t counters[STAT_COUNT];
};

/* One call from the edge. */
struct context {
	struct service *service;
	struct outbox *out;
	const struct nbt_env *env;
	lease_time now;
	uint32_t rights; /* of the packet's source: a bit for each enum service_rule */
	bool is_whole;   /* the answer is for whole.h, at once */
};

static inline void count(struct context *ctx, enum service_stat counter)
{
	stats_count(&ctx->service->stats, counter);
}

static inline bool may(const struct context *ctx, enum service_rule rule)
{
	return (ctx->rights >> rule & 1) != 0;
}

static inline enum own_sent sent_how(const struct incoming *in, const struct nbt_packet *packet)
{
	if (in->to_broadcast)
		return SENT_BROADCAST;
	return packet->flags & NBT_FLAG_B ? SENT_UNICAST_AS_BROADCAST : SENT_UNICAST;
}

/* One that masters.h keeps. */
static inline bool is_active_master(const struct record *record)
{
	return record->state == RECORD_ACTIVE && nbt_name_suffix(&record->name) == NBT_SUFFIX_DMB;
}

static inline bool is_loopback(struct in_addr address)
{
	return ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* Whether there are partners who want to hear. */
static inline bool service_replicates(const struct service *service)
{
	return service->settings.replication_address.s_addr != INADDR_ANY;
}

static inline uint16_t recursion_flag(const struct service *service)
{
	return service->settings.server ? NBT_FLAG_RA : 0;
}

/* service.c */

/* The next packet of the outbox, addressed; the caller writes it. There is room. */
struct outgoing *service_post(struct context *ctx, uint16_t socket, struct in_addr address,
			      in_port_t port);

/* Counts it, and keeps it for service_next_refusal(). */
void service_refuse(struct context *ctx, struct in_addr source, enum service_rule rule,
		    enum service_stat counter);

/* Whether this source may have one more answer now. */
bool service_take_answer(struct context *ctx, const struct incoming *in);

struct terms service_terms(const struct context *ctx);

/* Into registry and batch; a new record gets an id. REGISTRY_NONE: out of memory, and nothing is
 * acknowledged. */
uint32_t service_keep(struct service *service, uint32_t id, const struct record *record);

struct context service_context(struct service *service, struct outbox *out,
			       const struct nbt_env *env);
/* A claim to a name that is somebody else's; record: his, or NULL. */
void service_note_conflict(struct context *ctx, const struct claim *claim,
			   enum conflict_outcome outcome, const struct record *record);

/* queries.c */

/* What the answer lists for those who may have it, beyond what is said to everybody. */
enum listing {
	LISTING_NONE,
	LISTING_GROUP,    /* a normal group's members */
	LISTING_EVERYBODY /* who is active in the scope */
};
enum listing queries_listing(const struct context *ctx, const struct nbt_question *question,
			     uint32_t *group);

void queries_answer(struct context *ctx, const struct incoming *in,
		    const struct nbt_packet *packet);

/* What the database says to everybody; returns the number of entries; 0: a negative answer. */
size_t queries_look_up(const struct context *ctx, const struct nbt_question *question,
		       struct nbt_address list[RECORD_MAX_ADDRESSES]);

/* lookups.c: the resolvers, ours and the proxy's. */
bool lookups_create(struct service *service, const struct nbt_env *env);
void lookups_destroy(struct service *service);
void lookups_set_sockets(struct service *service);
bool lookups_set_settings(struct service *service, const struct nbt_env *env);

/* What is due, as far as the outbox has room; true: there is more. */
bool lookups_carry_on(struct context *ctx);
uint64_t lookups_deadline(const struct service *service);

/* Packets of a resolver; true: there is no room for more. */
bool lookups_send(struct context *ctx, struct resolver *resolver);

/* A response to a query; false: none of the resolvers waits for it. */
bool lookups_response(struct context *ctx, const struct incoming *in,
		      const struct nbt_packet *packet);

/* Somebody claims or releases the name by broadcast: what is remembered of it may be wrong now. */
void lookups_forget(struct context *ctx, const struct nbt_name *name,
		    const struct nbt_scope *scope);

/* proxy.c */
struct proxy *proxy_create(const struct resolver_settings *settings, const struct nbt_env *env);
void proxy_set_settings(struct proxy *proxy, const struct resolver_settings *settings);
void proxy_destroy(struct proxy *proxy); /* NULL is fine */
struct resolver *proxy_resolver(struct proxy *proxy);

/* A query by broadcast for a name that is not ours. */
void proxy_query(struct context *ctx, const struct incoming *in, const struct nbt_packet *packet);
bool proxy_carry_on(struct context *ctx); /* as lookups_carry_on() */
/* What the database says; there is room. */
void queries_from_database(struct context *ctx, const struct incoming *in,
			   const struct nbt_packet *packet);

/* fallback.c: a query for a name that the database does not have. false: DNS has no say in it. */
bool fallback_answer(struct context *ctx, const struct incoming *in,
		     const struct nbt_packet *packet);

/* Clients that DNS was asked for, as far as the outbox has room; true: there are more. */
bool fallback_carry_on(struct context *ctx);
uint64_t fallback_deadline(const struct service *service);

/* claims.c */
void claims_receive(struct context *ctx, const struct incoming *in,
		    const struct nbt_packet *packet);

/* own_claims.c: what is due of our own names, as far as the outbox has room; true: there is more.
 */
bool own_claims_carry_on(struct context *ctx);
void own_claim_answered(struct context *ctx, const struct claim *claim, enum nbt_rcode rcode);

/* requests.c: a claim on its way to a decision. */
struct request {
	const struct claim *claim;
	uint32_t waiter; /* WAITING_NONE: it came in just now */

	/* request_set_facts() */
	uint32_t id; /* of the record, or REGISTRY_NONE */
	struct registrar_facts facts;
	uint8_t address_count; /* of the record */
};

/* Looks the record up. */
void request_set_facts(const struct context *ctx, struct request *rq);

/* Each of these ends the request with an answer, now or later, or without one. */
void request_decide(struct context *ctx, struct request *rq);
void request_carry_out(struct context *ctx, struct request *rq, enum registrar_verdict verdict);
void request_answer(struct context *ctx, const struct request *rq, enum nbt_rcode rcode);
void request_drop(struct context *ctx, const struct request *rq, enum service_stat why);

/* Positive, but not before what it rests on is safe: this change of the record, or an earlier one.
 */
void request_confirm(struct context *ctx, struct request *rq, uint32_t id, bool is_change);

/* The record in its new form, into registry and batch. */
void request_put(struct context *ctx, struct request *rq, struct record *record);

/* Whether a change can be made now, and its answer be held; if not, the request is dropped. */
bool request_can_change(struct context *ctx, const struct request *rq);

/* The answer to a claim that nothing needs to be kept of. */
void claim_answer(struct context *ctx, const struct claim *claim, enum nbt_rcode rcode);

/* releases.c */
void releases_decide(struct context *ctx, const struct claim *claim);

/* contests.c: what is due of the challenges, as far as the outbox has room; true: there is more. */
bool contests_carry_on(struct context *ctx);
uint64_t contests_deadline(const struct service *service);
void contests_receive(struct context *ctx, const struct incoming *in,
		      const struct nbt_packet *packet);

void contests_ask(struct context *ctx, const struct challenge *challenge); /* one packet */

/* replicas.c */
bool replicas_create(struct service *service, const struct nbt_env *env);
void replicas_destroy(struct service *service);
bool replicas_set_settings(struct service *service);
void replicas_committed(struct service *service, const struct changes *changes);
uint64_t replicas_deadline(const struct service *service);
void replicas_slice(struct context *ctx);
bool replicas_carry_on(struct context *ctx); /* true: the outbox is full */

/* admin.c: the record goes; it becomes a tombstone of ours. 0 or -ENOMEM. */
int service_remove(struct service *service, uint32_t id);
int service_bury(struct context *ctx, uint32_t id);

/* mappings.c */
void mappings_slice(struct context *ctx); /* if there is anything to do */
uint64_t mappings_deadline(const struct service *service);

/* sweep.c */
void sweep_start(struct service *service, uint64_t now_ms);
void sweep_slice(struct context *ctx);            /* if one is due */
void sweep_set_settings(struct service *service); /* they have changed */

/* telling.c: for those who watch, if service->watched; after what it is about was put into the
 * batch. before: NULL, there was no record. */
void telling_change(struct service *service, const struct record *before, const struct record *now);
void telling_renewal(struct service *service, const struct record *record);
void telling_gone(struct service *service, uint32_t id); /* before it has */
void telling_member(struct service *service, uint32_t group, struct in_addr member,
		    enum name_operation operation);

/* auditing.c */
bool auditing_start(struct service *service, const struct nbt_env *env); /* false: no memory */
bool auditing_set_settings(struct service *service); /* they have changed; false: no memory */

/* A query that is answered; id: the record of that name, or REGISTRY_NONE. */
void auditing_query(struct context *ctx, struct in_addr client, const struct nbt_question *question,
		    uint32_t id, bool found);
void auditing_slice(struct context *ctx); /* if one is due */

#endif

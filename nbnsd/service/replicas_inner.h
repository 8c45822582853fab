/* What the files of the service that have to do with replication share. */
#ifndef NBNSD_SERVICE_REPLICAS_INNER_H
#define NBNSD_SERVICE_REPLICAS_INNER_H

#include "nbnsd/replication/outcome.h"
#include "nbnsd/service/service_inner.h"

/* replicas.c */

/* Carries out what is decided about a replica; existing: NULL, there is none. */
void replicas_decide(struct context *ctx, const struct record *replica, bool is_verifying);
void replicas_carry_out(struct context *ctx, uint32_t id, enum replica_verdict verdict,
			const struct record *existing, const struct record *replica);
struct nbt_replica;

/* Partners may have asked for it. */
bool replicas_is_offered(const struct service *service, const struct record *replica);
struct outcome_terms replicas_terms(const struct context *ctx);

/* Records of this owner are to be verified. */
void replicas_set_due(struct service *service, struct in_addr owner);
enum replica_check replicas_receive(struct context *ctx, const struct nbt_replica *in,
				    const struct replica_question *question, bool is_verifying);
void replicas_note_conflict(struct context *ctx, const struct record *replica,
			    const struct record *existing, enum conflict_outcome outcome);
void replicas_forget_offers(struct service *service, struct in_addr owner);

/* What was seen of all owners but this one is asked for again. */
void replicas_ask_others(struct service *service, struct in_addr but);

/* Another server's record is ours, with a new version. */
void replicas_insist(struct context *ctx, uint32_t id, const struct record *record);

/* marks.c: what is not sure of an owner has changed. */
void marks_write(struct service *service, struct in_addr owner);
/* All of it is asked for again. */
void marks_rewind(struct service *service, struct in_addr owner);

/* insist.c: the record has what partners don't know, under a version that they have. */
void insist_later(struct context *ctx, uint32_t id, const struct record *record);
uint64_t insist_deadline(const struct service *service);
void insist_slice(struct context *ctx);

/* rivals.c: replicas that wait for what the present owner says. */
bool rivals_create(struct service *service, const struct nbt_env *env);
void rivals_destroy(struct service *service);
bool rivals_set_settings(struct service *service);
void rivals_add(struct context *ctx, const struct record *replica);
uint64_t rivals_deadline(const struct service *service);
bool rivals_carry_on(struct context *ctx); /* true: the outbox is full */

/* An answer to a challenge; false: it is to none of these. */
bool rivals_receive(struct context *ctx, const struct incoming *in,
		    const struct nbt_packet *packet);

/* By which such packets go to a client. */
uint16_t rivals_socket_for(const struct service *service, struct in_addr address);

/* Whether this address may be sent something now: nobody is to be flooded. */
bool rivals_may_send_to(struct context *ctx, struct in_addr address);
#define RIVALS_PAUSE_MS 250

/* demands.c: release demands, to those who have lost a name. */
void demands_add(struct context *ctx, const struct record *of, struct in_addr address,
		 uint32_t pause_ms);
uint64_t demands_deadline(const struct service *service);
bool demands_carry_on(struct context *ctx);
void demands_destroy(struct service *service);

/* doubts.c: the record is here, and the rival lost against it; one of ours needs only the former to
 * be asked for. */
void doubts_add(struct context *ctx, uint32_t id, const struct record *record,
		const struct record *rival);
uint64_t doubts_lowest(const struct service *service, struct in_addr owner);
void doubts_destroy(struct service *service);

/* owner_works.c */
void owner_works_slice(struct context *ctx);
uint64_t owner_works_deadline(const struct service *service);
void owner_works_destroy(struct service *service);

#endif

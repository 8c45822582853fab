/*
 * Replicas that are in doubt (replication/doubt.h), as those see them who talk with partners: what
 * is to be asked, and what was answered. Part of the service; pure. Asking makes no versions, so
 * servers that doubt each other come to an end.
 */
#ifndef NBNSD_SERVICE_DOUBTS_H
#define NBNSD_SERVICE_DOUBTS_H

#include "nbnsd/replication/replica.h"
#include "nbnsd/service/service.h"

struct nbt_owner_versions;
struct nbt_replica;

/* When there is something to ask, or NBT_NEVER. */
uint64_t service_doubts_deadline(const struct service *service);

/* What is to be asked now: an owner and one version each (min and max are the same). Returns how
 * many rows were filled. */
size_t service_doubts(struct service *service, struct nbt_owner_versions *rows, size_t size,
		      const struct nbt_env *env);

/* The answer to such a question has this record. */
enum replica_check service_doubt_replica(struct service *service, const struct nbt_replica *replica,
					 const struct nbt_owner_versions *question);

/* The answer is whole: what was not in it is not there. */
void service_doubt_answered(struct service *service, const struct nbt_owner_versions *question,
			    const struct nbt_env *env);

/* Nobody could be asked; it is tried again. */
void service_doubt_unanswered(struct service *service, const struct nbt_owner_versions *question,
			      const struct nbt_env *env);

#endif

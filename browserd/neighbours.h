/*
 * The domain masters of other workgroups, as the name server knows them: what nmbd calls "enhanced
 * browsing". A domain master takes from them which workgroups there are in their subnets, so that
 * workgroups which share no subnet see each other. browser.md section 8, last paragraph. Pure.
 */
#ifndef BROWSERD_NEIGHBOURS_H
#define BROWSERD_NEIGHBOURS_H

#include "browserd/service_inner.h"

struct neighbour {
	struct in_addr address;
	char name[NBT_BROWSE_NAME_SIZE];                             /* "": it has not said yet */
	char workgroups[BROWSER_MASTERED_MAX][NBT_BROWSE_NAME_SIZE]; /* of which it is the master */
	size_t workgroup_count;
	uint32_t token;              /* of the look-up or the pull under way; 0: none */
	uint64_t due_ms;             /* the next ones */
	uint64_t since_ms, whole_ms; /* known; its list came: 0: never */
	unsigned failures;           /* running */
	struct lists_pull pull;
};

struct neighbours {
	struct browser_service *service;
	bool is_active;  /* we are a domain master, and there is an NBNS */
	uint64_t ask_ms; /* who they are, the next time */
	uint32_t token;  /* of this question; 0: none is under way */
	struct neighbour items[BROWSER_ADDRESSES_MAX];
	size_t count;
};

void neighbours_init(struct neighbours *neighbours, struct browser_service *service);

/* After every event: we may have become a domain master, or be none any more. */
void neighbours_notice(struct neighbours *neighbours, const struct nbt_env *env);
void neighbours_stop(struct neighbours *neighbours, const struct nbt_env *env);

bool neighbours_know(const struct neighbours *neighbours, struct in_addr address);

uint64_t neighbours_deadline(const struct neighbours *neighbours);
void neighbours_wake(struct neighbours *neighbours, const struct nbt_env *env);

/* What a look-up and a pull of this token brought. false, NULL: it is not ours. */
bool neighbours_found(struct neighbours *neighbours, uint32_t token,
		      const struct browser_found *found, const struct nbt_env *env);
struct neighbour *neighbours_find_pull(struct neighbours *neighbours, uint32_t token);
void neighbours_pull_record(struct neighbours *neighbours, struct neighbour *neighbour,
			    const struct lists_record *record, const struct nbt_env *env);
void neighbours_pulled(struct neighbours *neighbours, struct neighbour *neighbour, bool is_whole,
		       const struct nbt_env *env);

#endif

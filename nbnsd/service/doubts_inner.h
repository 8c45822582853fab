/* What the files doubts*.c share. */
#ifndef NBNSD_SERVICE_DOUBTS_INNER_H
#define NBNSD_SERVICE_DOUBTS_INNER_H

#include "nbnsd/service/doubts.h"
#include "nbnsd/service/replicas_inner.h"

#define RIVALS_MAX 4

enum answer { NO_ANSWER, IS_THERE, IS_GONE };

/* A record that its owner is asked for. */
struct doubt_witness {
	struct in_addr owner;
	uint64_t version;
	enum answer answer;
	struct record *record; /* that came, of a rival */
};

struct doubt {
	uint32_t id;
	struct nbt_name name;
	bool is_asking;
	struct doubt_witness held; /* the record that is here */
	uint8_t rival_count;
	struct doubt_witness rival[RIVALS_MAX];
	uint64_t due_ms, pause_ms, since_ms;
};

static inline struct doubts *doubts_of(const struct service *service)
{
	return (struct doubts *)&service->replication.doubts;
}

/* doubts.c */

/* It is due after the pause, and some more. */
void doubts_set_due(struct context *ctx, struct doubt *doubt, uint64_t pause_ms);
void doubts_forget_answers(struct doubt *doubt);

/* The record that is doubted; false: there is none. */
bool doubts_get_record(const struct service *service, const struct doubt *doubt,
		       struct record *out) NBT_MUSTCHECK;

/* doubts_settle.c: all have answered. Whoever decides may doubt again. */
void doubts_settle(struct context *ctx, size_t number);

#endif

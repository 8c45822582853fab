/* What the parts of the probes share: doctor_ask.c has several questions asked at once,
 * doctor_exchange.c asks for names and node status by UDP. */
#ifndef TOOLS_DOCTOR_ASKING_H
#define TOOLS_DOCTOR_ASKING_H

#include <nbt/exchange.h>

#include "tools/doctor_ask.h"

#define DATAGRAM_MAX 65535

/* A question that is being asked. */
struct asking {
	struct doctor_asker *asker;
	bool is_busy;
	size_t question; /* its index: questions move */
	struct sockaddr_in to;
	struct nbt_query query; /* a name; else, ended by whichever comes first: */
	struct nbt_status status;
	struct dial *dial;
	uint64_t connect_ms; /* it is too late for that */
	struct doctor_lists *lists;
	uint16_t nbdd_id;
	uint64_t nbdd_ms; /* it is asked again then */
	unsigned nbdd_tries;
};

/* One for each subnet, so that broadcasts leave there, and one for all others. */
struct outlet {
	struct doctor_asker *asker;
	int fd;
	struct loop_poll *poll;
	struct in_addr address;
};

struct doctor_asker {
	struct doctor_facts *facts;
	struct doctor_ask_options options;
	struct loop *loop;
	struct outlet outlets[DOCTOR_SUBNETS + 1];
	size_t outlet_count;
	struct asking *askings; /* at_once of them */
	size_t busy, next;      /* the next question to look at */
	uint16_t id;
	bool is_late;
	uint8_t buf[DATAGRAM_MAX];
};

static inline struct doctor_question *question_of(const struct asking *asking)
{
	return &asking->asker->facts->questions[asking->question];
}

/* It is over. */
void asking_end(struct asking *asking, enum doctor_outcome outcome);

/*
 * doctor_exchange.c
 */

bool is_exchange(const struct asking *asking);
void exchange_start(struct asking *asking);
void exchange_wake(struct asking *asking, const struct nbt_env *env);
uint64_t exchange_deadline(struct asking *asking);

/* Packets have come. ctx: the outlet. */
void exchange_readable(void *ctx, unsigned events);

/*
 * doctor_nbdd.c
 */

bool is_nbdd(const struct asking *asking);
void nbdd_start(struct asking *asking);
void nbdd_wake(struct asking *asking);

/* false: it is no packet for one of these. */
bool nbdd_take(struct doctor_asker *asker, const uint8_t *bytes, size_t len,
	       const struct sockaddr_in *from);

#endif

/* One browser alone: whatever it does is written down, with its time; what it hears is what a test
 * says. Its clock jumps from deadline to deadline, and chance is at its lowest or its highest. */
#ifndef TESTS_BROWSER_BENCH_H
#define TESTS_BROWSER_BENCH_H

#include "support.h"

#include <nbt/browse.h>

#include "browserd/service.h"

#define SECOND   UINT64_C(1000)
#define MINUTE   (60 * SECOND)
#define HOUR     (60 * MINUTE)
#define MSBROWSE "\x01\x02__MSBROWSE__\x02<01>"
#define HOME     "10.1.0.1"
#define AWAY     "10.2.0.1"
#define PEER     "10.1.0.7"

enum deed { SENT, CLAIMED, RELEASED, PULLED, LOOKED };

struct act {
	enum deed deed;
	uint64_t at_ms;
	struct nbt_name name; /* SENT: its destination; LOOKED: what is looked up */
	struct in_addr interface;
	struct nbt_envelope envelope;
	struct nbt_browse frame;
	uint8_t type;
	bool is_quick;           /* SENT: as a browserd to another, */
	uint32_t version;        /* whose lists have this one */
	struct in_addr address;  /* PULLED, LOOKED: of the other host */
	bool is_local;           /* PULLED; CLAIMED: of the subnet only */
	bool is_workgroups_only; /* PULLED */
	char peer[NBT_BROWSE_NAME_SIZE];
	enum browser_lookup_type lookup;
};

struct bench {
	struct nbt_env env;
	bool is_late; /* chance is at its highest, not at its lowest */
	uint64_t started_ms;
	const char *workgroups[2], *aliases[1];
	struct browser_settings settings;
	struct browser_service *service;
	const char *refused; /* a name that another has, or NULL */
	struct nbt_local_claim pending[16];
	uint64_t pending_ms;
	size_t pending_count, pull_records; /* servers that a pull brings, */
	const char *pull_workgroup;         /* and a workgroup, or NULL */
	uint32_t pulling[8];                /* tokens of pulls that have not ended */
	size_t pulling_count;
	bool pulls_fail, lookups_fail;
	uint32_t looking; /* the latest look-up, which has had no answer; */
	uint32_t node;    /* of what this host is another, */
	uint32_t masters; /* and of who the domain masters are */
	bool is_quick;    /* what it hears is of a browserd, */
	uint32_t version; /* whose lists have this one */
	struct act acts[1024];
	size_t count;
};

/* A browser of LAB that is not started yet, so that a test may change its settings. */
struct bench *bench_create(void);

/* The same as fixtures of cmocka. */
int bench_set_up(void **state);
int bench_tear_down(void **state);

/* On the one interface HOME, until its names are its own. */
void bench_start(struct bench *bench);

/* second: NULL, or another one. */
void bench_set_interfaces(struct bench *bench, const char *first, const char *second);

/* Started, and then a master; a potential browser whose master is PEER; a backup of that. */
void bench_be_master(struct bench *bench);
void bench_be_potential(struct bench *bench);
void bench_be_backup(struct bench *bench);

/* The answer to the latest look-up; the name service says nothing by itself. */
void bench_answer(struct bench *bench, const struct browser_found *found);
void bench_answer_masters(struct bench *bench, const struct browser_found *found);
void bench_answer_node(struct bench *bench, bool has_nbns);

void bench_pass_ms(struct bench *bench, uint64_t ms);

/* A datagram at an interface, from an address and a name to a name; and from PEER at HOME. */
void bench_hear_from(struct bench *bench, const char *interface, const char *address,
		     const char *from, const char *to, const struct nbt_browse *frame);
void bench_hear(struct bench *bench, const char *to, const struct nbt_browse *frame);

/* Frames of PEER; ResetState comes from any address. */
void bench_elect(struct bench *bench, uint8_t version, uint32_t criteria);
void bench_announce(struct bench *bench, unsigned opcode, const char *to, const char *name,
		    uint32_t type);
void bench_promote(struct bench *bench, const char *to);
void bench_reset(struct bench *bench, const char *address, const char *to, uint8_t what);

/* The next of this deed, and for SENT of this opcode, from *at on; fails if there is none. */
const struct act *bench_next(const struct bench *bench, size_t *at, enum deed deed,
			     unsigned opcode);

/* How many frames of this opcode were sent from at on. */
size_t bench_count_sent(const struct bench *bench, size_t at, unsigned opcode);

/* In LAB at HOME, and anywhere. */
enum browser_role bench_role(const struct bench *bench);
enum browser_role bench_role_at(const struct bench *bench, const char *interface,
				const char *workgroup);

/* Whether a server of LAB is listed. */
bool bench_lists_it(const struct bench *bench, const char *name, struct lists_view *view);

struct in_addr address_of(const char *text);
void assert_name(const struct act *act, const char *want);

#endif

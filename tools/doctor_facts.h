/*
 * What the doctor knows of the network: what was asked, of whom, and what came of it. Pure, and
 * bounded, because strangers fill it. Probes add to it (doctor_ask.h), the plan looks for what is
 * still to be asked (doctor_plan.h), the rules for what is wrong (doctor_rules.h).
 */
#ifndef TOOLS_DOCTOR_FACTS_H
#define TOOLS_DOCTOR_FACTS_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/name.h>
#include <nbt/packet.h>

#define DOCTOR_NAME_SIZE  16 /* 15 bytes and NUL, as on the wire */
#define DOCTOR_SUBNETS    32
#define DOCTOR_SERVERS    16 /* WINS servers */
#define DOCTOR_NBDDS      8
#define DOCTOR_WORKGROUPS 32
#define DOCTOR_QUESTIONS  16384
#define DOCTOR_ANSWERS    16384
#define DOCTOR_STATUSES   1024
#define DOCTOR_ENTRIES    4096 /* of all lists */
#define DOCTOR_SYNCS      256
#define DOCTOR_WHY_SIZE   160

/* Of SMB: over NetBIOS, and directly over TCP. */
#define SESSION_PORT      139
#define DIRECT_PORT       445

/* A subnet, as this host's interface has it. */
struct doctor_subnet {
	char interface[IF_NAMESIZE];
	struct in_addr address, netmask;
};

enum doctor_kind {
	DOCTOR_SUBNET,  /* a name, by the broadcast address of the subnet in which we are "at" */
	DOCTOR_LIMITED, /* a name, by 255.255.255.255 there */
	DOCTOR_SERVER,  /* a name, of the name server "at" */
	DOCTOR_STATUS,  /* all names of the host "at" */
	DOCTOR_PORT,    /* whether it listens */
	DOCTOR_LISTS,   /* its lists of the workgroup that name says */
	DOCTOR_NBDD     /* whether the NBDD "at" distributes to the group that name says */
};

enum doctor_outcome {
	DOCTOR_OPEN,     /* not asked yet, or never */
	DOCTOR_ANSWERED, /* a port: there was a connection */
	DOCTOR_DENIED,   /* a name server has no such name; a host refused the connection; an NBDD
			    does not distribute */
	DOCTOR_SILENT,
	DOCTOR_FAILED /* lists: why says it */
};

struct doctor_question {
	enum doctor_kind kind;
	struct nbt_name name; /* zero: of none */
	struct in_addr at;
	uint16_t port; /* 0: of none */
	enum doctor_outcome outcome;
	uint16_t flags;                 /* NBT_FLAG_* of a name server's answer */
	struct nbt_node_status *status; /* of a status that was answered; else NULL */
	char why[DOCTOR_WHY_SIZE];
};

/* An address that was given for a name. */
struct doctor_answer {
	enum doctor_kind kind; /* one of the first three */
	struct nbt_name name;
	struct in_addr at, from; /* of the question; who says so */
	struct in_addr address;
	uint16_t flags; /* NBT_NB_* */
};

struct doctor_status {
	struct in_addr address;
	struct nbt_node_status node;
};

/* An entry of a list. */
struct doctor_entry {
	struct in_addr from;              /* whose list it is in */
	char workgroup[DOCTOR_NAME_SIZE]; /* of the list */
	char name[DOCTOR_NAME_SIZE];
	uint32_t type; /* RAP_TYPE_DOMAIN_ENUM: it is a workgroup */
	bool is_first; /* no list before has this server */
};

/* What the browser of this host says of the lists that it fetches from another one. */
struct doctor_sync {
	char workgroup[DOCTOR_NAME_SIZE], peer[DOCTOR_NAME_SIZE];
	struct in_addr address;
	uint64_t age_ms; /* since they came; or since the other is known, if they never have */
	bool is_never;
	unsigned failures; /* running */
};

struct doctor_facts {
	struct doctor_subnet subnets[DOCTOR_SUBNETS];
	size_t subnet_count;
	struct in_addr servers[DOCTOR_SERVERS];
	size_t server_count;
	struct in_addr nbdds[DOCTOR_NBDDS]; /* of this host's nbddd */
	size_t nbdd_count;
	char workgroups[DOCTOR_WORKGROUPS][DOCTOR_NAME_SIZE];
	size_t workgroup_count;
	size_t wanted_count; /* the first ones: the user has named them, and wants no others */
	char own[DOCTOR_NAME_SIZE]; /* of this host, by its configuration; "": it says nothing */

	struct doctor_question *questions;
	size_t question_count;
	uint32_t *places; /* of questions by their hashes: their numbers from 1 */
	struct doctor_answer *answers;
	size_t answer_count;
	struct doctor_status **statuses;
	size_t status_count;
	struct doctor_entry *entries;
	size_t entry_count;
	struct doctor_sync *syncs;
	size_t sync_count;
	bool is_cut; /* there was more than is kept, or no time for it, or no memory */
};

void doctor_facts_free(struct doctor_facts *f); /* zeroed is fine */

/*
 * Adding; false: there is no room. What is there already is there once.
 */

/* Also false: the user wants others only. */
bool doctor_add_workgroup(struct doctor_facts *f, const char *name);

/* A question, open; NULL also if it has been asked. name: may be NULL. Pointers to questions are
 * good until the next. */
struct doctor_question *doctor_want(struct doctor_facts *f, enum doctor_kind kind,
				    const struct nbt_name *name, struct in_addr at, uint16_t port);
bool doctor_add_answer(struct doctor_facts *f, const struct doctor_answer *answer);
bool doctor_add_status(struct doctor_facts *f, struct in_addr address,
		       const struct nbt_node_status *node);
bool doctor_add_entry(struct doctor_facts *f, const struct doctor_entry *entry);
bool doctor_add_sync(struct doctor_facts *f, const struct doctor_sync *sync);

/*
 * Looking.
 */

/* NULL: nobody has thought of it. */
const struct doctor_question *doctor_asked(const struct doctor_facts *f, enum doctor_kind kind,
					   const struct nbt_name *name, struct in_addr at,
					   uint16_t port);
enum doctor_outcome doctor_outcome_of(const struct doctor_facts *f, enum doctor_kind kind,
				      const struct nbt_name *name, struct in_addr at,
				      uint16_t port);

/* NULL: it did not say. */
const struct nbt_node_status *doctor_status_of(const struct doctor_facts *f,
					       struct in_addr address);

/* Whether a host says that it has this name, as a group or as its own. */
bool doctor_holds(const struct nbt_node_status *node, const struct nbt_name *name, bool as_group);

/* The subnet of ours that an address is in; NULL: none. */
const struct doctor_subnet *doctor_subnet_of(const struct doctor_facts *f, struct in_addr address);
bool doctor_is_own(const struct doctor_facts *f, struct in_addr address);

/* The name of a host by which its server is called, else that of its messages; false: it did not
 * say. */
bool doctor_host_name(const struct nbt_node_status *node, struct nbt_name *out);

/* "B" and "P" nodes ..., from its names; NBT_NB_B if it has none. */
uint16_t doctor_node_type(const struct nbt_node_status *node);

/* Names as on the wire, padded; text without padding and suffix. */
struct nbt_name doctor_name(const char *text, uint8_t suffix);
void doctor_text(char out[DOCTOR_NAME_SIZE], const struct nbt_name *name);

/* \x01\x02__MSBROWSE__\x02<01>, which every master has. */
struct nbt_name doctor_everybody(void);

/* Not 0.0.0.0, a broadcast or a multicast address: a WINS server has such ones for groups. */
bool doctor_is_host(struct in_addr address);

#endif

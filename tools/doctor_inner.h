/* What the rules share: judgements about hosts, words for findings, and the rules themselves. */
#ifndef TOOLS_DOCTOR_INNER_H
#define TOOLS_DOCTOR_INNER_H

#include "tools/doctor_rules.h"

/*
 * doctor_hosts.c
 */

/* What is known of whether a host lives. */
enum life {
	LIFE_UNKNOWN,
	LIFE_DEAD,  /* asked in every way, and silent */
	LIFE_TCP,   /* it has accepted or refused a connection, but UDP 137 is silent */
	LIFE_NAMES, /* it has said its names */
};

enum life life_of(const struct doctor_facts *f, struct in_addr address);

/* Two addresses of one host. */
bool is_same_machine(const struct doctor_facts *f, struct in_addr a, struct in_addr b);

/* A host that asks name servers only, and answers no broadcast. */
bool is_p_node(const struct nbt_node_status *node);

struct hosts {
	struct in_addr items[DOCTOR_STATUSES];
	size_t count;
};

void hosts_add(struct hosts *hosts, struct in_addr address);

/* Once for each machine. */
void hosts_add_machine(const struct doctor_facts *f, struct hosts *hosts, struct in_addr address);

/* Who has a unique name: by what is answered in that subnet, and by what hosts there say of
 * themselves. */
void holders_in(const struct doctor_facts *f, const struct doctor_subnet *subnet,
		const struct nbt_name *name, struct hosts *out);

/* The addresses that were given for a name, by whom ever. */
void addresses_of(const struct doctor_facts *f, const struct nbt_name *name, struct hosts *out);

/* The same for a server of a list, by either of its names. */
void addresses_of_server(const struct doctor_facts *f, const char *server, struct hosts *out);

/* An address and all in the same network, as far as one can know from here: networks mostly have
 * masks of one length. */
bool is_same_network(const struct doctor_facts *f, struct in_addr a, struct in_addr b);

/* No host at all of its network answers, several were asked, and it is none of ours. */
bool is_beyond_reach(const struct doctor_facts *f, struct in_addr address);

/* Whether anybody but this host has answered a broadcast there. */
bool is_heard(const struct doctor_facts *f, const struct doctor_subnet *subnet);

/* A name server keeps <1D>: the one master of all subnets (RFC 1001) has it. */
bool has_virtual_lan(const struct doctor_facts *f, const struct nbt_name *master);

/*
 * doctor_words.c
 */

/* Adds to a text of this size. */
void __attribute__((format(printf, 3, 4))) say(char *text, size_t size, const char *format, ...);

#define WHAT(finding, ...)     say((finding)->what, sizeof((finding)->what), __VA_ARGS__)
#define EVIDENCE(finding, ...) say((finding)->evidence, sizeof((finding)->evidence), __VA_ARGS__)

struct words {
	char text[80];
};

/* "FRED (10.0.0.1)", or the address alone. */
struct words host_words(const struct doctor_facts *f, struct in_addr address);
struct words address_words(struct in_addr address);
struct words subnet_words(const struct doctor_subnet *subnet); /* "eth0 (10.0.0.0/24)" */
struct words name_words(const struct nbt_name *name);          /* "FRED<20>" */
struct words text_words(const char *wire);

/* "A (10.0.0.1), B (10.0.0.2) and 3 more"; sorts them. */
void evidence_hosts(struct doctor_finding *finding, const struct doctor_facts *f,
		    struct hosts *hosts);

/* A new finding, with empty texts. */
struct doctor_finding *find(struct doctor_report *report, const char *rule,
			    enum doctor_severity severity, const char *cure);

/*
 * The rules.
 */

typedef void rule_fn(const struct doctor_facts *f, struct doctor_report *report);

/* doctor_rules_masters.c */
rule_fn rule_rival_masters, rule_dead_master, rule_master_not_kept, rule_no_master, rule_nobody,
	rule_no_list;

/* doctor_rules_domain.c */
rule_fn rule_rival_domain_masters, rule_dead_domain_master, rule_no_domain_master, rule_not_synced,
	rule_sync_failing;

/* doctor_rules_names.c */
rule_fn rule_duplicate_name, rule_conflict, rule_unresolvable, rule_stale_list, rule_wins_differs;

/* doctor_rules_wins.c */
rule_fn rule_wins_silent, rule_no_wins, rule_wrong_wins, rule_wins_disagree;

/* doctor_rules_nbdd.c */
rule_fn rule_nbdd_silent, rule_nbdd_ignorant;

/* doctor_rules_net.c */
rule_fn rule_wrong_mask, rule_other_network, rule_own_firewall, rule_host_firewall,
	rule_firewall_between, rule_blocked_139;

#endif

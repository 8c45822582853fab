/*
 * What is wrong with a network: rules that look at the facts, one function each, in a table. They
 * believe only what was asked and had an outcome: what was not looked at is no fault. Pure.
 */
#ifndef TOOLS_DOCTOR_RULES_H
#define TOOLS_DOCTOR_RULES_H

#include "tools/doctor_facts.h"

#define DOCTOR_FINDINGS 256

/* An error keeps people from finding or reaching hosts, a warning some of them, or soon. */
enum doctor_severity { DOCTOR_ERROR, DOCTOR_WARNING };

/* Texts in UTF-8. */
struct doctor_finding {
	const char *rule; /* its name: "no-master" */
	enum doctor_severity severity;
	char what[240], evidence[800];
	const char *cure;
};

struct doctor_report {
	struct doctor_finding
		findings[DOCTOR_FINDINGS]; /* in the order in which they are best mended */
	size_t count;
	bool is_cut;
	struct doctor_finding beyond; /* what there is no room for */
};

void doctor_judge(const struct doctor_facts *f, struct doctor_report *out);

/* A master browser, for who wants to see them all. */
struct doctor_master {
	char workgroup[DOCTOR_NAME_SIZE];
	struct in_addr address;
	bool is_domain_master;
	const struct doctor_subnet *subnet; /* of a local one; NULL: not one of ours */
};

#define DOCTOR_MASTERS 256

/* Returns how many. */
size_t doctor_masters(const struct doctor_facts *f, struct doctor_master list[DOCTOR_MASTERS]);

#endif

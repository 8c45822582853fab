/*
 * nbtbrowse --doctor: what is wrong with the neighbourhood, and what to do about it.
 *
 * Probes (doctor_ask.h) gather facts (doctor_facts.h) as the plan (doctor_plan.h) has them; rules
 * (doctor_rules.h) judge these; doctor_say.c prints what they found. Or a picture (picture.h) is
 * made of them.
 */
#ifndef TOOLS_DOCTOR_H
#define TOOLS_DOCTOR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "tools/doctor_rules.h"

struct doctor_options {
	const char *const *workgroups; /* in UTF-8; none: all that are met */
	size_t workgroup_count;
	const char *conf;      /* NULL: the daemons' own nbt.conf, if there is one */
	struct in_addr server; /* instead of the name servers there; 0.0.0.0: those */
	const char *workgroup; /* of this host; NULL: as nbt.conf has it */
	const char *scope;     /* in text form; NULL: the same */
	const char *name;      /* as which others are called; NULL: the host's */
	unsigned timeout_s, at_once;
	enum {
		DOCTOR_TEXT,
		DOCTOR_JSON,
		DOCTOR_DOT,
		DOCTOR_SVG
	} form; /* the last two: a picture */
};

/* Exit statuses. */
enum doctor_exit { DOCTOR_HEALTHY = 0, DOCTOR_ILL = 1, DOCTOR_CANNOT_LOOK = 2 };

int doctor_run(const struct doctor_options *options);

/* doctor_say.c */
void doctor_say(const struct doctor_facts *f, const struct doctor_report *report, bool json);

/* doctor_local.c: what the browser of this host says of its exchanges with others. false: none
 * runs, or it did not say. */
bool doctor_ask_browser(struct doctor_facts *f, const char *run_directory);

#endif

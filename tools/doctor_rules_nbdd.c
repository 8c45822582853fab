/* The doctor's rules about NBDDs: a silent one, and one that knows less than the name server. */
#include "tools/doctor_inner.h"

/* It was asked for a group at least, and has answered nothing. */
static bool is_silent(const struct doctor_facts *f, struct in_addr nbdd)
{
	bool was_asked = false;

	for (size_t i = 0; i < f->question_count; i++) {
		const struct doctor_question *q = &f->questions[i];

		if (q->kind != DOCTOR_NBDD || q->at.s_addr != nbdd.s_addr)
			continue;
		if (q->outcome == DOCTOR_ANSWERED || q->outcome == DOCTOR_DENIED)
			return false;
		was_asked |= q->outcome == DOCTOR_SILENT;
	}
	return was_asked;
}

void rule_nbdd_silent(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->nbdd_count; i++) {
		struct doctor_finding *finding;

		if (!is_silent(f, f->nbdds[i]))
			continue;
		finding = find(
			report, "nbdd-silent", DOCTOR_ERROR,
			"Start nbddd there, with server = true, or correct the address: nbdd-servers in "
			"nbt.conf. If it runs, let UDP 138 through to it, and answers back. Until then "
			"datagrams to groups go to each member by itself, after a wait.");
		WHAT(finding, "the NBDD %s does not answer", host_words(f, f->nbdds[i]).text);
		EVIDENCE(finding, "%s",
			 life_of(f, f->nbdds[i]) == LIFE_DEAD
				 ? "neither UDP 138 nor UDP 137, TCP 139 and 445 answer there"
				 : "UDP 138 does not answer there");
	}
}

/* A name server that has the name; NULL: none. */
static const struct in_addr *who_has(const struct doctor_facts *f, const struct nbt_name *name)
{
	for (size_t i = 0; i < f->server_count; i++)
		if (doctor_outcome_of(f, DOCTOR_SERVER, name, f->servers[i], 0) == DOCTOR_ANSWERED)
			return &f->servers[i];
	return NULL;
}

static void find_ignorant(const struct doctor_facts *f, const struct doctor_question *q,
			  struct in_addr server, struct doctor_report *report)
{
	struct doctor_finding *finding = find(
		report, "nbdd-ignorant", DOCTOR_ERROR,
		"nbddd distributes what its nbnsd, on the same host, has: see there that this is the name "
		"server of all, or replicates with it, and \"nbtctl datagrams groups\". It also "
		"refuses hosts that are in none of its allow-distribute.");

	WHAT(finding, "the NBDD %s does not distribute to %s", host_words(f, q->at).text,
	     name_words(&q->name).text);
	EVIDENCE(finding, "asked by this host it says no; the name server %s has the group",
		 address_words(server).text);
}

void rule_nbdd_ignorant(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->question_count; i++) {
		const struct doctor_question *q = &f->questions[i];
		const struct in_addr *server;

		if (q->kind != DOCTOR_NBDD || q->outcome != DOCTOR_DENIED)
			continue;
		server = who_has(f, &q->name);
		if (server != NULL)
			find_ignorant(f, q, *server, report);
	}
}

/* The doctor's rules about name servers: none, a silent one, the wrong one, two that differ. */
#include "tools/doctor_inner.h"

static const char *const server_cure =
	"Start the name server there, or correct the address: wins-servers in nbt.conf, \"wins server\" in "
	"smb.conf, option 44 of DHCP. If the server runs, let UDP 137 through to it, and answers back.";

static bool was_asked(const struct doctor_facts *f, struct in_addr server)
{
	bool was = false;

	for (size_t i = 0; i < f->question_count; i++)
		if (f->questions[i].kind == DOCTOR_SERVER &&
		    f->questions[i].at.s_addr == server.s_addr) {
			if (f->questions[i].outcome != DOCTOR_SILENT)
				return false;
			was = true;
		}
	return was;
}

void rule_wins_silent(const struct doctor_facts *f, struct doctor_report *report)
{
	static const char *const why[] = {
		[LIFE_UNKNOWN] = "UDP 137 does not answer there",
		[LIFE_DEAD] = "neither UDP 137 nor TCP 139 and 445 answer there",
		[LIFE_TCP] = "the host is there (TCP answers), but UDP 137 does not answer",
		[LIFE_NAMES] = "the host is there with names of its own, but it is no name server",
	};

	for (size_t i = 0; i < f->server_count; i++) {
		struct doctor_finding *finding;

		if (!was_asked(f, f->servers[i]))
			continue;
		finding = find(report, "wins-silent", DOCTOR_ERROR, server_cure);
		WHAT(finding, "the name server %s does not answer",
		     host_words(f, f->servers[i]).text);
		EVIDENCE(finding, "%s", why[life_of(f, f->servers[i])]);
	}
}

/* What a name server has answered. */
struct conduct {
	unsigned others, own; /* yes, to names of others, and to its own */
	unsigned plain;       /* of these without RA, which a name server sets */
	unsigned no, silent;
};

static struct conduct conduct_of(const struct doctor_facts *f, struct in_addr server)
{
	const struct nbt_node_status *node = doctor_status_of(f, server);
	struct conduct conduct = { 0 };

	for (size_t i = 0; i < f->question_count; i++) {
		const struct doctor_question *q = &f->questions[i];
		bool is_answered = q->outcome == DOCTOR_ANSWERED;

		if (q->kind != DOCTOR_SERVER || q->at.s_addr != server.s_addr)
			continue;
		conduct.own += is_answered && doctor_holds(node, &q->name, false);
		conduct.others += is_answered && !doctor_holds(node, &q->name, false);
		conduct.plain += is_answered && (q->flags & NBT_FLAG_RA) == 0;
		conduct.no += q->outcome == DOCTOR_DENIED;
		conduct.silent += q->outcome == DOCTOR_SILENT;
	}
	return conduct;
}

/* A host that answers for itself: without RA, or with silence for all other names. */
static bool is_plain_host(const struct doctor_facts *f, struct in_addr server)
{
	const struct conduct c = conduct_of(f, server);

	return c.others == 0 && c.own > 0 && (c.plain == c.own || (c.silent > 0 && c.no == 0));
}

void rule_no_wins(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->server_count; i++) {
		struct doctor_finding *finding;

		if (!is_plain_host(f, f->servers[i]))
			continue;
		finding = find(report, "no-name-server", DOCTOR_ERROR, server_cure);
		WHAT(finding, "%s is no name server", host_words(f, f->servers[i]).text);
		EVIDENCE(finding, "it answers for its own names only, as any host does");
	}
}

/* How many name servers have a name, and how many say that they don't. */
static void count_servers(const struct doctor_facts *f, const struct nbt_name *name, size_t *having,
			  size_t *lacking)
{
	*having = *lacking = 0;
	for (size_t i = 0; i < f->server_count; i++) {
		enum doctor_outcome outcome =
			doctor_outcome_of(f, DOCTOR_SERVER, name, f->servers[i], 0);

		if (is_plain_host(f, f->servers[i]))
			continue;
		*having += outcome == DOCTOR_ANSWERED;
		*lacking += outcome == DOCTOR_DENIED;
	}
}

/* Hosts here that register their names at name servers, by their node type, but not at ours. */
void rule_wrong_wins(const struct doctor_facts *f, struct doctor_report *report)
{
	struct hosts strangers = { .count = 0 };
	struct doctor_finding *finding;

	for (size_t i = 0; i < f->status_count; i++) {
		const struct doctor_status *status = f->statuses[i];
		size_t having, lacking;
		struct nbt_name name;

		if (doctor_node_type(&status->node) == NBT_NB_B ||
		    !doctor_host_name(&status->node, &name))
			continue;
		count_servers(f, &name, &having, &lacking);
		if (having == 0 && lacking > 0)
			hosts_add_machine(f, &strangers, status->address);
	}
	if (strangers.count == 0)
		return;
	finding = find(
		report, "wrong-wins", DOCTOR_ERROR,
		"Give all hosts the same WINS servers, or such as replicate: wins-servers in "
		"nbt.conf, \"wins server\" in smb.conf, option 44 of DHCP. Hosts of other subnets "
		"cannot find these. If only this host has another one, mend it here.");
	WHAT(finding, "%zu host%s use%s another WINS server than this one, or a wrong one",
	     strangers.count, strangers.count > 1 ? "s" : "", strangers.count > 1 ? "" : "s");
	EVIDENCE(finding, "not known at %s", address_words(f->servers[0]).text);
	for (size_t i = 1; i < f->server_count; i++)
		EVIDENCE(finding, ", %s", address_words(f->servers[i]).text);
	EVIDENCE(finding, ", although by their node type they register at a name server: ");
	evidence_hosts(finding, f, &strangers);
}

void rule_wins_disagree(const struct doctor_facts *f, struct doctor_report *report)
{
	struct doctor_finding *finding = NULL;
	size_t names = 0;

	for (size_t i = 0; i < f->question_count; i++) {
		const struct doctor_question *q = &f->questions[i];
		size_t having, lacking;

		if (q->kind != DOCTOR_SERVER || q->outcome != DOCTOR_DENIED)
			continue;
		count_servers(f, &q->name, &having, &lacking);
		if (having == 0)
			continue;
		if (finding == NULL)
			finding = find(
				report, "wins-disagree", DOCTOR_WARNING,
				"Let the name servers replicate with each other (partners in "
				"nbt.conf), or use one of them only. A name that is new may need "
				"until the next replication.");
		if (names++ < 4)
			EVIDENCE(finding, "%s%s is not known at %s", names > 1 ? "; " : "",
				 name_words(&q->name).text, address_words(q->at).text);
	}
	if (finding == NULL)
		return;
	WHAT(finding, "the name servers do not know the same names");
	EVIDENCE(finding, ", but at another of them%s", names > 4 ? ", and there are more" : "");
}

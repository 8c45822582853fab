/*
 * Records that come from another name server, not from their owners: what becomes of each beside
 * what is here already. Names that are in use here win, unless the administrator says otherwise.
 *
 * intake_decide() is pure; service_take_in() carries it out.
 */
#ifndef NBNSD_SERVICE_INTAKE_H
#define NBNSD_SERVICE_INTAKE_H

#include "nbnsd/registry/record.h"
#include "nbnsd/service/service.h"

enum intake_verdict {
	INTAKE_ADD,     /* the name is not here */
	INTAKE_REPLACE, /* it takes the place of what is here */
	INTAKE_JOIN,    /* its members join the normal group that is here */
	INTAKE_MERGE,   /* its addresses join the list of the special group that is here */
	INTAKE_SAME,    /* all of it is here already */
	INTAKE_KEEP,    /* what is here stays as it is */
	INTAKE_OWN,     /* the same: a name of this host, or of a file of static mappings */
	INTAKE_REFUSE   /* no name server keeps such a name */
};

/* What a decision needs to know of the record that is here. */
struct intake_facts {
	bool exists;
	uint8_t kind, state;
	bool is_static;
	bool is_own;     /* of this host, or of a file */
	bool has_it_all; /* its addresses, or members, are all that the new one brings */
};

enum intake_verdict intake_decide(const struct intake_facts *here, const struct record *record,
				  bool replace);

/* The checks that its owner's registration would have to pass; static names may be WPAD. */
bool intake_is_refused(const struct record *record, bool allow_proxy_names);

/* A record; of a normal group the addresses are members. Owner, version and leases are set here:
 * remaining_s is what is left of its lease, which will be the renewal interval at least. */
struct intake {
	struct record record;
	uint32_t remaining_s;
	bool replace;
	bool is_trial; /* nothing is changed */
	bool is_own;   /* see above */
	bool allow_proxy_names;
};

/*
 * Reads a record from a line, which is cut up: "RAW KIND NODE LEASE ADDRESSES [SCOPE]", with the 16
 * bytes of the name in hexadecimal, "static" or the rest of the lease in seconds, and addresses
 * with commas between them, or "-"; no "|", which is between records. Sets the record and the rest
 * of its lease. false: it is none.
 */
bool intake_read(char *line, struct intake *intake);

/* What became of it. -ENOMEM. -EINVAL: its addresses don't fit its kind. */
int service_take_in(struct service *service, const struct intake *intake, const struct nbt_env *env,
		    enum intake_verdict *verdict);

#endif

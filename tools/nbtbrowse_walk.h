/*
 * The walk through the neighbourhood, as a machine: which names are looked up, which hosts are
 * asked for what, and what becomes of the answers. It has no socket and no clock:
 *
 *	while (walk_next(walk, &action, now_ms))
 *		... begin it; several go on at the same time ...
 *	... each ends with one call of walk_addresses(), walk_node() or walk_pulled(); again ...
 *
 * until walk_is_over(). First come the masters, then the masters of workgroups that those know of,
 * last all servers for their shares.
 */
#ifndef TOOLS_NBTBROWSE_WALK_H
#define TOOLS_NBTBROWSE_WALK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/name.h>
#include <nbt/packet.h>

#include "smb/ipc_call.h"
#include "tools/nbtbrowse_tree.h"

/* What is wanted. Names in the character set of the wire; borrowed. */
struct walk_plan {
	const char (*wanted)[TREE_NAME_SIZE]; /* workgroups; none: all */
	size_t wanted_count;
	const char *own;  /* without wanted: its masters are asked, too; "" */
	const char *host; /* as the user wrote it: begins there, or asks nobody else; NULL */
	char host_name[TREE_NAME_SIZE]; /* as a NetBIOS name; "": it is none */
	bool only_host, workgroups_only, no_shares;
	bool has_subnets, has_servers; /* where names can be looked up */
	size_t pulls_at_once;
	uint32_t timeout_ms;
};

struct walk;

/* plan must stay until the end. NULL: no memory. */
struct walk *walk_create(const struct walk_plan *plan, uint64_t now_ms);
void walk_destroy(struct walk *walk); /* NULL is fine */

/*
 * Actions.
 */

enum walk_what {
	WALK_LOOK_UP, /* ends with walk_addresses() */
	WALK_RESOLVE, /* a name of DNS, or an address; the same */
	WALK_STATUS,  /* node status; walk_node() */
	WALK_PULL     /* lists; walk_pulled() */
};

enum walk_place { WALK_SUBNETS, WALK_SERVERS };

enum walk_list { WALK_OF_SERVERS, WALK_OF_WORKGROUPS, WALK_OF_SHARES };

/* Names are borrowed until the action has ended. */
struct walk_action {
	enum walk_what what;
	size_t id; /* for its end */

	/* Look-up: of every host that has the name, or of the first with it as a unique name. */
	struct nbt_name name;
	enum walk_place place;
	bool all;

	const char *host;       /* to resolve */
	struct in_addr address; /* status and pull: whose */

	/* Pull: shares, or servers and workgroups. */
	bool shares;
	const char *called;    /* the host's name; NULL: not known */
	const char *workgroup; /* its servers; "": those of the host's own */
};

/* What is to be begun now; false: nothing, before one of those going on has ended. */
bool walk_next(struct walk *walk, struct walk_action *out, uint64_t now_ms);
bool walk_is_over(const struct walk *walk);

/*
 * Answers.
 */

/* The hosts with a name, the nearest first. is_silent: not even a no has come. */
void walk_addresses(struct walk *walk, size_t id, const struct in_addr *list, size_t count,
		    bool is_silent);

/* NULL: it did not say. */
void walk_node(struct walk *walk, size_t id, const struct nbt_node_status *node);

/* An entry of a list, and the end of one. domain: that the host counts itself to, or "". */
void walk_entry(struct walk *walk, size_t id, enum walk_list list, const char *domain,
		const struct smb_listed *entry);
void walk_listed(struct walk *walk, size_t id, enum walk_list list, const char *domain,
		 enum ipc_end end, uint32_t code);

/* A pull is over. failure: NULL: every list has had its end. */
void walk_pulled(struct walk *walk, size_t id, const struct ipc_failure *failure, uint64_t now_ms);

/*
 * What came of it.
 */

const struct tree *walk_tree(const struct walk *walk);

/* Whether the workgroup is wanted. */
bool walk_is_wanted(const struct walk *walk, const char *workgroup);

/* Whether any browser has given a list; and whether there is something of what was wanted. */
bool walk_has_master(const struct walk *walk);
bool walk_is_found(const struct walk *walk);

/* What is wrong with the host of the plan, where that does not stand in the tree; "". */
const char *walk_complaint(const struct walk *walk);

#endif

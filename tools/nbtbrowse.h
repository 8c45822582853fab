/* nbtbrowse in four parts: nbtbrowse.c walks, nbtbrowse_find.c finds hosts, nbtbrowse_pull.c
 * fetches lists, nbtbrowse_say.c prints. */
#ifndef TOOLS_NBTBROWSE_H
#define TOOLS_NBTBROWSE_H

#include <nbt/client.h>

#include "tools/nbtbrowse_tree.h"
#include "tools/netif.h"
#include "tools/tool.h"

struct browse_options {
	struct tool_choice target; /* -B or -U */
	const char *master, *name;
	unsigned timeout_s, at_once;
	bool workgroups_only, no_shares, json;
};

struct browse {
	struct browse_options options;
	struct nbt_client *client;
	struct netif interfaces[NETIF_MAX];
	size_t interface_count;
	bool is_directed; /* asked is target; else the subnets of all interfaces */
	struct in_addr target;
	const char *const *wanted; /* workgroups; none: all */
	size_t wanted_count;
	struct nbt_name own_name; /* as which we call others */
	struct loop *loop;
	struct tree tree;
	bool has_master;   /* one has given its lists */
	uint64_t until_ms; /* names are looked up, of CLOCK_MONOTONIC */
};

/*
 * nbtbrowse_find.c
 */

/* A host, and what its node status says. */
struct found {
	struct in_addr address;
	char name[TREE_NAME_SIZE];      /* of its server; "": it did not say */
	char workgroup[TREE_NAME_SIZE]; /* that it belongs to; "" */
};

#define FOUND_MAX 256

/* The master browsers that answer. */
size_t find_masters(struct browse *b, struct found list[FOUND_MAX]);

/* The host of this name, an address or DNS name, too. */
bool find_host(struct browse *b, const char *name, struct found *out);

/* The master of a workgroup, by the name that it is said to have, and by those of its office. */
bool find_master_of(struct browse *b, const struct tree_workgroup *workgroup, struct found *out);

/* The address of a server; 0.0.0.0: nobody has its name. */
struct in_addr find_server(struct browse *b, const char *name);

/*
 * nbtbrowse_pull.c
 */

/* What is fetched from a host. */
struct job {
	struct found host;
	struct tree_workgroup *workgroup; /* its servers; NULL: those of the host's own */
	struct tree_server *server;       /* its shares; NULL: not wanted */
	bool wants_lists;                 /* servers and workgroups */
	char failure[TREE_FAILURE_SIZE];  /* "": everything came */
};

/* Carries out all of them, several at once. false: out of memory, or no loop. */
bool pull_all(struct browse *b, struct job *jobs, size_t count);

/*
 * nbtbrowse_say.c
 */

void say_tree(const struct browse *b);
void say_json(const struct browse *b);

/* Whether the workgroup is one of those of the command line. */
bool is_wanted(const struct browse *b, const char *workgroup);

#endif

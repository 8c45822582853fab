/* nbtbrowse in parts: nbtbrowse.c starts, nbtbrowse_walk.h decides, nbtbrowse_find.c looks names
 * up, nbtbrowse_pull.c fetches lists, nbtbrowse_say.c prints. */
#ifndef TOOLS_NBTBROWSE_H
#define TOOLS_NBTBROWSE_H

#include "common/loop.h"
#include "tools/nbtbrowse_walk.h"
#include "tools/netif.h"
#include "tools/tool.h"

struct browse_options {
	struct tool_choice target; /* -B or -U */
	const char *master, *name, *conf;
	unsigned timeout_s, at_once;
	bool workgroups_only, no_shares, json, doctor;
};

/* Where names are looked up. */
struct places {
	struct in_addr subnets[NETIF_MAX]; /* broadcast addresses */
	struct in_addr servers[NETIF_MAX];
	size_t subnet_count, server_count;
	struct netif interfaces[NETIF_MAX];
	size_t interface_count;
	struct nbt_scope scope;
};

struct browse {
	struct browse_options options;
	struct places places;
	struct nbt_name own_name; /* as which we call others */
	struct walk_plan plan;
	struct walk *walk;
	struct loop *loop;
	struct finder *finder;
	struct pull *pulls; /* that go on */
};

/*
 * nbtbrowse_find.c: WALK_LOOK_UP, WALK_RESOLVE and WALK_STATUS.
 */

/* 0, or a negative errno. */
int find_open(struct browse *b) NBT_MUSTCHECK;
void find_close(struct browse *b);

void find_begin(struct browse *b, const struct walk_action *action);

/* The time has come for some of them. */
void find_wake(struct browse *b, const struct nbt_env *env);
uint64_t find_deadline(const struct browse *b);

/*
 * nbtbrowse_pull.c: WALK_PULL.
 */

void pull_begin(struct browse *b, const struct walk_action *action);
void pull_close(struct browse *b);

/*
 * nbtbrowse_say.c
 */

void say_tree(const struct browse *b);
void say_json(const struct browse *b);

#endif

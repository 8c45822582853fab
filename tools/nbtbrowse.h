/* nbtbrowse in parts: nbtbrowse.c starts, nbtbrowse_plan.c says what is wanted, nbtbrowse_walk.h
 * decides, nbtbrowse_find.c looks names up, nbtbrowse_pull.c fetches lists, nbtbrowse_say.c prints.
 */
#ifndef TOOLS_NBTBROWSE_H
#define TOOLS_NBTBROWSE_H

#include "common/loop.h"
#include "tools/nbtbrowse_walk.h"
#include "tools/netif.h"
#include "tools/tool.h"

#define USER_SIZE 64

struct browse_options {
	struct tool_choice target; /* -B or -U */
	const char *conf, *master, *name, *scope, *user, *workgroup;
	unsigned timeout_s, at_once;
	bool workgroups_only, no_shares, json, doctor, dot, svg;
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
	char own[TREE_NAME_SIZE]; /* our workgroup */
	char user[USER_SIZE];     /* as whom shares and lists are asked for; "": nobody */
	struct walk *walk;
	struct loop *loop;
	struct finder *finder;
	struct pull *pulls; /* that go on */
};

/*
 * nbtbrowse_plan.c: what is asked, and where, as the command line and nbt.conf have it.
 */

/* "//HOST" or "\\\\HOST"; NULL: it is none of these. */
const char *plan_host_of(const char *word);

/* words: of the command line. false: a mistake, which was told. */
bool plan_make(struct browse *b, char *const *words, size_t count);
void plan_free(struct browse *b);

/*
 * nbtbrowse_find.c: WALK_LOOK_UP, WALK_RESOLVE and WALK_STATUS.
 */

/* 0, or a negative errno. */
int find_open(struct browse *b) NBT_MUSTCHECK;
void find_close(struct browse *b);

void find_begin(struct browse *b, const struct walk_action *action);

/* Tells the walk what has ended. false: nothing. */
bool find_settle(const struct browse *b);

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

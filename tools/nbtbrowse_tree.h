/* The neighbourhood as it becomes known: workgroups, their servers, their shares, each in the order
 * of its name and once. Bounded, because strangers fill it. Pure. */
#ifndef TOOLS_NBTBROWSE_TREE_H
#define TOOLS_NBTBROWSE_TREE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/name.h>

#define TREE_NAME_SIZE    16 /* 15 bytes and NUL */
#define TREE_COMMENT_SIZE 257
#define TREE_FAILURE_SIZE 160

#define TREE_WORKGROUPS   1024
#define TREE_SERVERS      20000 /* of all */
#define TREE_SHARES       1024  /* of a server */

/* Texts in the character set of the wire. */
struct tree_share {
	char name[TREE_COMMENT_SIZE], comment[TREE_COMMENT_SIZE];
	uint32_t type;
};

struct tree_server {
	char name[TREE_NAME_SIZE], comment[TREE_COMMENT_SIZE];
	uint32_t type;
	uint8_t major, minor;
	struct in_addr address;          /* 0.0.0.0: not known */
	bool has_shares;                 /* they were asked for, and came */
	char failure[TREE_FAILURE_SIZE]; /* why not; "": nobody asked */
	struct tree_share *shares;
	size_t share_count;
};

struct tree_workgroup {
	char name[TREE_NAME_SIZE], master[TREE_NAME_SIZE]; /* "": not known */
	bool is_asked;                                     /* for its servers */
	bool has_servers;                                  /* and they came */
	char failure[TREE_FAILURE_SIZE];
	struct tree_server **servers;
	size_t server_count;
};

struct tree {
	struct tree_workgroup **workgroups;
	size_t workgroup_count, server_count;
	bool is_full; /* something was left out */
};

void tree_free(struct tree *tree); /* zeroed is fine */

/* Finds or adds; what is given stays where it is. NULL: out of memory, no name, or there are too
 * many. */
struct tree_workgroup *tree_workgroup(struct tree *tree, const char *name);
struct tree_server *tree_server(struct tree *tree, struct tree_workgroup *workgroup,
				const char *name);
/* The pointer is good until the next share is added. */
struct tree_share *tree_share(struct tree *tree, struct tree_server *server, const char *name);

/* A NetBIOS name without suffix and padding. */
void tree_name(char out[TREE_NAME_SIZE], const struct nbt_name *name);

/* Copies, and cuts what is too long. */
void tree_text(char *out, size_t size, const char *text);

#endif

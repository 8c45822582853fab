#include "tools/nbtbrowse_tree.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void tree_text(char *out, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len > size - 1)
		len = size - 1;
	memcpy(out, text, len);
	out[len] = '\0';
}

void tree_name(char out[TREE_NAME_SIZE], const struct nbt_name *name)
{
	size_t len = NBT_NAME_LEN - 1;

	while (len > 0 && name->bytes[len - 1] == ' ')
		len--;
	memcpy(out, name->bytes, len);
	out[len] = '\0';
}

void tree_free(struct tree *tree)
{
	for (size_t i = 0; i < tree->workgroup_count; i++) {
		struct tree_workgroup *workgroup = tree->workgroups[i];

		for (size_t j = 0; j < workgroup->server_count; j++) {
			free(workgroup->servers[j]->shares);
			free(workgroup->servers[j]);
		}
		free(workgroup->servers);
		free(workgroup);
	}
	free(tree->workgroups);
	*tree = (struct tree){ 0 };
}

/* Room for one more at a place. NULL: out of memory; else the list, which may have moved. */
static void *insert(void *list, size_t count, size_t at, size_t size)
{
	uint8_t *more = list;

	if ((count & (count - 1)) == 0) { /* full at every power of two */
		more = realloc(list, (count > 0 ? 2 * count : 1) * size);
		if (more == NULL)
			return NULL;
	}
	memmove(more + (at + 1) * size, more + at * size, (count - at) * size);
	memset(more + at * size, 0, size);
	return more;
}

/* Lists of pointers, each to something that begins with its name. */
static size_t place_of(void *const *list, size_t count, const char *name)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcasecmp(list[middle], name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(void *const *list, size_t count, size_t at, const char *name)
{
	return at < count && strcasecmp(list[at], name) == 0;
}

/* The one of this name, found or made. */
static void *find_or_add(void ***list, size_t *count, const char *name, size_t size, bool is_full)
{
	char cut[TREE_NAME_SIZE];
	size_t at;
	void **more;

	tree_text(cut, sizeof(cut), name);
	at = place_of(*list, *count, cut);
	if (is_at(*list, *count, at, cut))
		return (*list)[at];
	if (is_full || *cut == '\0')
		return NULL;
	more = insert(*list, *count, at, sizeof(*more));
	if (more == NULL)
		return NULL;
	*list = more;
	more[at] = calloc(1, size);
	if (more[at] == NULL) { /* as it was */
		memmove(more + at, more + at + 1, (*count - at) * sizeof(*more));
		return NULL;
	}
	memcpy(more[at], cut, sizeof(cut));
	++*count;
	return more[at];
}

struct tree_workgroup *tree_workgroup(struct tree *tree, const char *name)
{
	bool is_full = tree->workgroup_count >= TREE_WORKGROUPS;
	struct tree_workgroup *workgroup =
		find_or_add((void ***)&tree->workgroups, &tree->workgroup_count, name,
			    sizeof(*workgroup), is_full);

	tree->is_full |= workgroup == NULL && is_full;
	return workgroup;
}

struct tree_server *tree_server(struct tree *tree, struct tree_workgroup *workgroup,
				const char *name)
{
	bool is_full = tree->server_count >= TREE_SERVERS;
	size_t before = workgroup->server_count;
	struct tree_server *server =
		find_or_add((void ***)&workgroup->servers, &workgroup->server_count, name,
			    sizeof(*server), is_full);

	tree->server_count += workgroup->server_count - before;
	tree->is_full |= server == NULL && is_full;
	return server;
}

struct tree_share *tree_share(struct tree *tree, struct tree_server *server, const char *name)
{
	size_t at = 0;
	struct tree_share *more;

	while (at < server->share_count && strcasecmp(server->shares[at].name, name) < 0)
		at++;
	if (at < server->share_count && strcasecmp(server->shares[at].name, name) == 0)
		return &server->shares[at];
	if (server->share_count >= TREE_SHARES || *name == '\0') {
		tree->is_full |= *name != '\0';
		return NULL;
	}
	more = insert(server->shares, server->share_count, at, sizeof(*more));
	if (more == NULL)
		return NULL;
	server->shares = more;
	server->share_count++;
	tree_text(more[at].name, sizeof(more[at].name), name);
	return &more[at];
}

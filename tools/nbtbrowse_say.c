/* nbtbrowse: what was found, as a tree or as JSON. Texts are strangers': nothing in them reaches a
 * terminal as it is. */
#include "config.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/charset.h"
#include "tools/columns.h"
#include "tools/nbtbrowse.h"
#include "tools/paint.h"
#include "tools/report.h"
#include "tools/screen.h"

#define TEXT_SIZE (4 * TREE_COMMENT_SIZE)
#define PATH_SIZE (2 * TEXT_SIZE + 4)
#define TAB       8
#define SHORTEST  16 /* what is left of a comment, however narrow the terminal */

/* In UTF-8, on one line. */
static const char *text_of(const char *wire, char out[TEXT_SIZE])
{
	charset_from_wire(wire, strlen(wire), out, TEXT_SIZE);
	for (char *at = out; *at != '\0'; at++)
		if (*at == '\n' || *at == '\t')
			*at = ' ';
	return out;
}

/*
 * A tree, as smbtree of Samba has it.
 */

/* tabs: before the path, as many as it is deep, and behind it. */
static void say_line(const char *path, int tabs_before, int tabs_behind, const char *comment)
{
	size_t at = columns_width(path) > 30 ? columns_width(path) : 30, room = screen_columns();

	at = (at / TAB + (size_t)tabs_before + (size_t)tabs_behind) * TAB;
	printf("%.*s%-30s%.*s", tabs_before, "\t\t", path, tabs_behind, "\t\t");
	if (room > 0)
		room = room > at + SHORTEST ? room - at : SHORTEST;
	columns_print(comment, room, stdout);
	putchar('\n');
}

/* What could not be had. */
static void say_failure(const char *tabs, const char *failure)
{
	if (*failure != '\0')
		printf("%s%s(%s)%s\n", tabs, paint(PAINT_WARNING), failure, paint(PAINT_PLAIN));
}

static void say_share(const struct tree_server *server, const struct tree_share *share)
{
	char name[TEXT_SIZE], path[PATH_SIZE], comment[TEXT_SIZE], host[TEXT_SIZE];

	snprintf(path, sizeof(path), "\\\\%s\\%s", text_of(server->name, host),
		 text_of(share->name, name));
	say_line(path, 2, 1, text_of(share->comment, comment));
}

static void say_server(const struct browse *b, const struct tree_server *server)
{
	char name[TEXT_SIZE], path[PATH_SIZE], comment[TEXT_SIZE];

	snprintf(path, sizeof(path), "\\\\%s", text_of(server->name, name));
	say_line(path, 1, 2, text_of(server->comment, comment));
	if (b->options.no_shares)
		return;
	for (size_t i = 0; i < server->share_count; i++)
		say_share(server, &server->shares[i]);
	say_failure("\t\t", server->failure);
}

void say_tree(const struct browse *b)
{
	const struct tree *tree = walk_tree(b->walk);
	char name[TEXT_SIZE];

	for (size_t i = 0; i < tree->workgroup_count; i++) {
		const struct tree_workgroup *workgroup = tree->workgroups[i];

		if (!walk_is_wanted(b->walk, workgroup->name))
			continue;
		paint_print(stdout, PAINT_HEADING, text_of(workgroup->name, name));
		putchar('\n');
		if (b->options.workgroups_only)
			continue;
		for (size_t j = 0; j < workgroup->server_count; j++)
			say_server(b, workgroup->servers[j]);
		say_failure("\t", workgroup->failure);
	}
	if (tree->is_full)
		fprintf(stderr, "nbtbrowse: there is more than can be shown\n");
}

/*
 * JSON.
 */

static json_t *json_text(const char *wire)
{
	char text[TEXT_SIZE];

	return json_string(text_of(wire, text));
}

static json_t *json_failure(const char *failure)
{
	return failure[0] != '\0' ? json_string(failure) : json_null();
}

static json_t *json_shares(const struct tree_server *server)
{
	json_t *shares = json_array();

	for (size_t i = 0; i < server->share_count; i++) {
		const struct tree_share *share = &server->shares[i];

		json_array_append_new(shares,
				      json_pack("{s:o, s:o, s:I}", "name", json_text(share->name),
						"comment", json_text(share->comment), "type",
						(json_int_t)share->type));
	}
	return shares;
}

static json_t *json_server(const struct browse *b, const struct tree_server *server)
{
	char os[16];
	json_t *object;

	snprintf(os, sizeof(os), "%u.%u", server->major, server->minor);
	object = json_pack("{s:o, s:o, s:I, s:s}", "name", json_text(server->name), "comment",
			   json_text(server->comment), "type", (json_int_t)server->type, "os", os);
	if (b->options.no_shares)
		return object;
	json_object_set_new(object, "address",
			    server->address.s_addr != INADDR_ANY ? report_address(server->address)
								 : json_null());
	json_object_set_new(object, "shares",
			    server->has_shares ? json_shares(server) : json_null());
	json_object_set_new(object, "error", json_failure(server->failure));
	return object;
}

static json_t *json_workgroup(const struct browse *b, const struct tree_workgroup *workgroup)
{
	json_t *object = json_pack("{s:o, s:o}", "name", json_text(workgroup->name), "master",
				   json_text(workgroup->master));
	json_t *servers = json_array();

	if (b->options.workgroups_only) {
		json_decref(servers);
		return object;
	}
	for (size_t i = 0; i < workgroup->server_count; i++)
		json_array_append_new(servers, json_server(b, workgroup->servers[i]));
	json_object_set_new(object, "servers", servers);
	json_object_set_new(object, "error", json_failure(workgroup->failure));
	return object;
}

void say_json(const struct browse *b)
{
	const struct tree *tree = walk_tree(b->walk);
	json_t *workgroups = json_array();

	for (size_t i = 0; i < tree->workgroup_count; i++)
		if (walk_is_wanted(b->walk, tree->workgroups[i]->name))
			json_array_append_new(workgroups, json_workgroup(b, tree->workgroups[i]));
	report_print(
		json_pack("{s:o, s:b}", "workgroups", workgroups, "is_complete", !tree->is_full));
}

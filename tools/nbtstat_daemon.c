/* nbtstat -c, -r, -R, -RR: asks nbnsd of this host by its control socket. */
#include "config.h"

#include "tools/nbtstat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/ctl_client.h"
#include "tools/paint.h"
#include "tools/report.h"
#include "tools/tool.h"

static int keep_row(void *rows, json_t *row)
{
	return json_array_append(rows, row);
}

static int fail(const char *path, const char *why, int status)
{
	fprintf(stderr, "nbtstat: %s: %s\n", path, why);
	return status;
}

static int fail_to_reach(const char *path, int error)
{
	char why[CTL_CLIENT_ERROR_MAX];

	return fail(path, ctl_client_explain(error, path, why), TOOL_UNREACHABLE);
}

/* Asks for one command of two words; its rows are added to the array. Returns the exit status. */
static int ask(const char *directory, const char *first, const char *second, json_t *rows)
{
	const char *words[] = { first, second };
	struct ctl_client *client;
	char path[4096], error[CTL_CLIENT_ERROR_MAX];
	int ret;

	snprintf(path, sizeof(path), "%s/nbnsd.ctl", directory);
	ret = ctl_client_open(&client, path);
	if (ret < 0)
		return fail_to_reach(path, ret);
	ret = ctl_client_send(client, second != NULL ? 2 : 1, words);
	if (ret == 0)
		ret = ctl_client_receive(client, keep_row, rows, error);
	ctl_client_close(client);
	if (ret < 0)
		return fail_to_reach(path, ret);
	return ret > 0 ? fail(path, error, TOOL_NOT_FOUND) : TOOL_OK;
}

/*
 * The name cache.
 */

static const char *text_at(json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text != NULL ? text : "";
}

static struct nbt_name name_of(json_t *row)
{
	const char *raw = text_at(row, "raw");
	struct nbt_name name = { { 0 } };

	for (size_t i = 0; i < NBT_NAME_LEN && strlen(raw) == 2 * (size_t)NBT_NAME_LEN; i++) {
		const char digits[3] = { raw[2 * i], raw[2 * i + 1], '\0' };

		name.bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return name;
}

/* A line for each address. */
static void print_entry(json_t *row)
{
	const struct nbt_name name = name_of(row);
	json_t *addresses = json_object_get(row, "addresses"), *address;
	bool is_group = strcmp(text_at(row, "kind"), "group") == 0;
	char text[NBT_NAME_LEN];
	size_t i;

	json_array_foreach(addresses, i, address)
	{
		printf("    %s<%02X>  %-6s          %-15s     %" JSON_INTEGER_FORMAT "\n",
		       nbtstat_name_text(&name, text), nbt_name_suffix(&name),
		       is_group ? "GROUP" : "UNIQUE", json_string_value(address),
		       json_integer_value(json_object_get(row, "seconds")));
	}
}

/* That there is no such name is remembered, too, but no name. */
static void drop_negative(json_t *rows)
{
	for (size_t i = json_array_size(rows); i-- > 0;)
		if (strcmp(text_at(json_array_get(rows, i), "kind"), "none") == 0)
			(void)json_array_remove(rows, i);
}

static void print_cache(json_t *rows)
{
	json_t *row;
	size_t i;

	drop_negative(rows);
	if (json_array_size(rows) == 0) {
		printf("\n    No names in cache\n");
		return;
	}
	printf("\n%s                  NetBIOS Remote Cache Name Table\n\n"
	       "        Name              Type       Host Address    Life [sec]%s\n"
	       "    ------------------------------------------------------------\n",
	       paint(PAINT_HEADING), paint(PAINT_PLAIN));
	json_array_foreach(rows, i, row) print_entry(row);
	printf("\n");
}

int nbtstat_cache(const char *directory, bool json)
{
	json_t *rows = json_array();
	int status = ask(directory, "cache", "list", rows);

	if (status == TOOL_OK && json)
		report_print(json_pack("{s:O}", "cache", rows));
	else if (status == TOOL_OK)
		print_cache(rows);
	json_decref(rows);
	return status;
}

/*
 * Statistics.
 */

struct statistics {
	json_int_t by_broadcast, by_server;                       /* resolved */
	json_int_t registered_by_broadcast, registered_by_server; /* names held now */
	json_t *names; /* of the cache, that broadcasts have found */
};

static json_int_t counter(json_t *counters, const char *name)
{
	json_t *row;
	size_t i;

	json_array_foreach(counters, i,
			   row) if (strcmp(text_at(row, "counter"), name) ==
				    0) return json_integer_value(json_object_get(row, "value"));
	return 0;
}

static void take_counters(struct statistics *s, json_t *rows)
{
	s->by_broadcast = counter(rows, "resolver.from-broadcast");
	s->by_server =
		counter(rows, "resolver.from-nbns") + counter(rows, "resolver.from-database");
}

static void take_own(struct statistics *s, json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) if (strcmp(text_at(row, "state"), "held") != 0) continue;
	else if (json_is_true(json_object_get(row, "registered"))) s->registered_by_server++;
	else s->registered_by_broadcast++;
}

static void take_cache(struct statistics *s, json_t *rows)
{
	json_t *row;
	size_t i;

	drop_negative(rows);
	json_array_foreach(rows, i, row) if (strcmp(text_at(row, "by"), "broadcast") == 0)(void)
		json_array_append(s->names, row);
}

/* Each command, and what is taken from its rows. */
static const struct {
	const char *first, *second;
	void (*take)(struct statistics *s, json_t *rows);
} sources[] = {
	{ "stats", NULL, take_counters },
	{ "own", "list", take_own },
	{ "cache", "list", take_cache },
};

static int gather(struct statistics *s, const char *directory)
{
	int status = TOOL_OK;

	for (size_t i = 0; i < ARRAY_SIZE(sources) && status == TOOL_OK; i++) {
		json_t *rows = json_array();

		status = ask(directory, sources[i].first, sources[i].second, rows);
		if (status == TOOL_OK)
			sources[i].take(s, rows);
		json_decref(rows);
	}
	return status;
}

static void print_statistics(const struct statistics *s)
{
	json_t *row;
	size_t i;

	printf("\n%s    NetBIOS Names Resolution and Registration Statistics%s\n"
	       "    ----------------------------------------------------\n\n"
	       "    Resolved By Broadcast     = %" JSON_INTEGER_FORMAT "\n"
	       "    Resolved By Name Server   = %" JSON_INTEGER_FORMAT "\n\n"
	       "    Registered By Broadcast   = %" JSON_INTEGER_FORMAT "\n"
	       "    Registered By Name Server = %" JSON_INTEGER_FORMAT "\n",
	       paint(PAINT_HEADING), paint(PAINT_PLAIN), s->by_broadcast, s->by_server,
	       s->registered_by_broadcast, s->registered_by_server);
	if (json_array_size(s->names) > 0)
		printf("\n%s    NetBIOS Names Resolved By Broadcast%s\n"
		       "---------------------------------------------\n",
		       paint(PAINT_HEADING), paint(PAINT_PLAIN));
	json_array_foreach(s->names, i, row)
	{
		const struct nbt_name name = name_of(row);
		char text[NBT_NAME_LEN];

		printf("           %s<%02X>\n", nbtstat_name_text(&name, text),
		       nbt_name_suffix(&name));
	}
	printf("\n");
}

static void report_statistics(const struct statistics *s)
{
	report_print(json_pack("{s:{s:I, s:I}, s:{s:I, s:I}, s:O}", "resolved", "broadcast",
			       s->by_broadcast, "server", s->by_server, "registered", "broadcast",
			       s->registered_by_broadcast, "server", s->registered_by_server,
			       "names", s->names));
}

int nbtstat_resolved(const char *directory, bool json)
{
	struct statistics s = { .names = json_array() };
	int status = gather(&s, directory);

	if (status == TOOL_OK)
		(json ? report_statistics : print_statistics)(&s);
	json_decref(s.names);
	return status;
}

/*
 * Purge and refresh.
 */

/* done, failed: what Windows says. */
static int order(const char *directory, const char *first, const char *second, bool json,
		 const char *done, const char *failed)
{
	json_t *rows = json_array();
	int status = ask(directory, first, second, rows);

	json_decref(rows);
	if (json)
		report_print(json_pack("{s:b}", "done", status == TOOL_OK));
	else
		printf("    %s\n", status == TOOL_OK ? done : failed);
	return status;
}

int nbtstat_purge(const char *directory, bool json)
{
	return order(directory, "cache", "flush", json,
		     "Successful purge and preload of the NBT Remote Cache Name Table.",
		     "Failed to Purge the NBT Remote Cache Table.");
}

int nbtstat_refresh(const char *directory, bool json)
{
	return order(directory, "own", "refresh", json,
		     "The NetBIOS names registered by this computer have been refreshed.",
		     "Failed Release and Refresh of Registered names.");
}

/*
 * What "netsh wins server \\SERVER dump" prints: commands that would set up the same server again,
 * after the public documentation of netsh. Static names and what nbt.conf knows are taken, of the
 * rest it is said why not.
 *
 *	netsh wins server \\10.0.0.5 add name Name=FRED EndChar=20 RecType=0 Group=0 Node=1
 *IP={10.0.0.9} set namerecord Renew=518400 Extinction=345600 ExTimeOut=518400 Verification=2073600
 *
 * Arguments may come without their tags, in the order of the documentation; capitals don't matter.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/array.h"
#include "tools/import/netsh_words.h"
#include "tools/import/reader.h"

/*
 * add name
 */

static const char *const name_tags[] = { "Name",  "EndChar", "Scope", "RecType",
					 "Group", "Node",    "IP",    NULL };
enum { NAME, END_CHAR, SCOPE, REC_TYPE, GROUP, NODE, IP };

/* By the value of Group: the kind, and the names that stand for one without EndChar, as in the
 * console of WINS. */
static const struct {
	enum import_kind kind;
	int count;
	uint8_t suffixes[3];
} groups[] = {
	{ IMPORT_UNIQUE, 3, { 0x00, 0x03, 0x20 } }, { IMPORT_GROUP, 1, { 0x1e } },
	{ IMPORT_INTERNET, 1, { 0x20 } },           { IMPORT_MULTIHOMED, 3, { 0x00, 0x03, 0x20 } },
	{ IMPORT_INTERNET, 1, { 0x1c } },
};

static bool number_of(const char *value, uint64_t max, uint64_t fallback, uint64_t *out)
{
	*out = fallback;
	return value == NULL || reader_number(value, max, out);
}

/* "{10.0.0.1,10.0.0.2}"; braces may be missing. */
static bool read_addresses(struct import_record *record, char *value)
{
	char *next, *word;

	if (value == NULL)
		return true;
	for (word = strtok_r(value, "{}, ", &next); word != NULL;
	     word = strtok_r(NULL, "{}, ", &next))
		if (!reader_add_address(record, word))
			return false;
	return true;
}

static const char *read_name(struct import_record *record, char *const value[], uint64_t *group)
{
	uint64_t type, node, suffix = 0;

	if (value[NAME] == NULL ||
	    (value[END_CHAR] != NULL && !reader_hex(value[END_CHAR], 0xff, &suffix)) ||
	    !reader_name(record, value[NAME], (uint8_t)suffix))
		return "is no name of 1 to 15 characters with an EndChar of 00 to FF";
	if (value[SCOPE] != NULL && nbt_scope_from_text(&record->scope, value[SCOPE]) != NBT_OK)
		return "its scope cannot be on the wire";
	if (!number_of(value[REC_TYPE], 1, 0, &type) || !number_of(value[NODE], 3, 1, &node) ||
	    !number_of(value[GROUP], ARRAY_SIZE(groups) - 1, 0, group))
		return "RecType, Group or Node has a value that is not documented";
	if (!read_addresses(record, value[IP]))
		return "IP holds what is no IPv4 address";
	record->is_static = type == 0;
	record->node_type = (uint8_t)node;
	record->kind = groups[*group].kind;
	return NULL;
}

static void add_name(struct import_reader *reader, struct netsh_words *words)
{
	char *value[ARRAY_SIZE(name_tags) - 1];
	struct import_record *record = &reader->record;
	const char *error;
	uint64_t group = 0;

	reader_start_record(reader);
	error = netsh_values(words, name_tags, value) ? read_name(record, value, &group)
						      : "has an argument that is not documented";
	if (error != NULL) {
		reader_skip_line(reader, error);
		return;
	}
	/* A dump has no lease for what is dynamic. */
	record->expires = reader->options.now + 1;
	if (value[END_CHAR] != NULL) {
		reader_end_record(reader);
		return;
	}
	for (int i = 0; i < groups[group].count; i++) {
		record->name.bytes[NBT_NAME_LEN - 1] = groups[group].suffixes[i];
		reader_end_record(reader);
	}
}

/*
 * Settings.
 */

static void say_setting(struct import_reader *reader, const char *key, uint64_t value)
{
	char text[128];

	snprintf(text, sizeof(text), "%s = %llu", key, (unsigned long long)value);
	reader->sink.setting(reader->sink.ctx, reader->line, text);
}

static void set_intervals(struct import_reader *reader, struct netsh_words *words)
{
	static const char *const tags[] = { "Renew", "Extinction", "ExTimeOut", "Verif", NULL };
	static const char *const keys[] = { "renewal-interval", "extinction-interval",
					    "extinction-timeout", "verify-interval" };
	char *value[ARRAY_SIZE(keys)];
	uint64_t seconds;

	if (!netsh_values(words, tags, value)) {
		reader_skip_line(reader, "has an argument that is not documented");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (value[i] == NULL)
			continue;
		else if (reader_number(value[i], UINT32_MAX, &seconds))
			say_setting(reader, keys[i], seconds);
		else
			reader_skip_line(reader, "intervals are seconds");
}

static void set_burst(struct import_reader *reader, struct netsh_words *words)
{
	static const char *const tags[] = { "State", "Value", NULL };
	char *value[2];
	uint64_t state, limit;

	if (!netsh_values(words, tags, value) || !number_of(value[0], 1, 1, &state) ||
	    !number_of(value[1], 5000, 500, &limit))
		reader_skip_line(reader, "State is 0 or 1, Value up to 5000");
	else
		say_setting(reader, "burst-limit", state == 1 ? limit : 0);
}

static void set_migrate(struct import_reader *reader, struct netsh_words *words)
{
	static const char *const tags[] = { "State", NULL };
	char *value[1];
	uint64_t state;

	if (!netsh_values(words, tags, value) || !number_of(value[0], 1, 1, &state))
		reader_skip_line(reader, "the state is 0 or 1");
	else
		reader->sink.setting(reader->sink.ctx, reader->line,
				     state == 1 ? "migrate = true" : "migrate = false");
}

/*
 * Commands.
 */

static const struct {
	const char *verb, *object;
	void (*take)(struct import_reader *reader, struct netsh_words *words);
	const char *why_not;
} commands[] = {
	{ "add", "name", add_name, NULL },
	{ "set", "namerecord", set_intervals, NULL },
	{ "set", "burstparam", set_burst, NULL },
	{ "set", "migrateflag", set_migrate, NULL },
	{ "add", "partner", NULL, "a group of partners = ( { ... } ) in nbt.conf" },
	{ "add", "pngserver", NULL, "refused-owners in the group replication of nbt.conf" },
	{ "add", "filter", NULL, "filters of the console: see nbtctl names list" },
	{ "set", "autopartnerconfig", NULL,
	  "discovery in the group replication of nbt.conf; is off otherwise" },
	{ "set", "backuppath", NULL,
	  "backups are made by nbtctl backup, and by themselves: see backup-directory" },
	{ "set", "defaultparam", NULL, "what nbt.conf does not mention has its default" },
	{ "set", "logparam", NULL, "nbnsd always logs to the system's log: see log-level" },
	{ "set", "periodicdbchecking", NULL,
	  "consistency-check and its interval in the group replication of nbt.conf" },
	{ "set", "pgmode", NULL,
	  "accepted-owners and refused-owners in the group replication of nbt.conf" },
	{ "set", "pullparam", NULL, "pull-interval and pull-at-start in nbt.conf" },
	{ "set", "pushparam", NULL, "push-after and push-on-address-change in nbt.conf" },
	{ "set", "pullpartnerconfig", NULL, "pull-interval in the partner's group in nbt.conf" },
	{ "set", "pushpartnerconfig", NULL, "push-after in the partner's group in nbt.conf" },
	{ "set", "pullpersistentconnection", NULL,
	  "persistent in the partner's group in nbt.conf" },
	{ "set", "pushpersistentconnection", NULL,
	  "persistent in the partner's group in nbt.conf" },
	{ "set", "replicateflag", NULL, "to-others in the group replication of nbt.conf" },
	{ "set", "startversion", NULL,
	  "versions go on from what the database holds, and never back" },
};

/* What may stand before a command: netsh wins server \\SERVER. */
static bool is_context(const char *word)
{
	static const char *const words[] = { "netsh", "wins", "server", "pushd", "popd" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(word, words[i]) == 0)
			return true;
	return strncmp(word, "\\\\", 2) == 0 || word[strspn(word, "0123456789.")] == '\0';
}

static bool is_comment(const char *word)
{
	return *word == '#' || strcasecmp(word, "rem") == 0;
}

static void netsh_line(struct import_reader *reader, char *line)
{
	struct netsh_words words;

	if (!netsh_split(line, &words)) {
		reader_skip_line(reader,
				 "a quote or brace is not closed, or there are too many words");
		return;
	}
	while (words.count > 0 && is_context(words.items[0].text))
		netsh_drop(&words, 1);
	if (words.count == 0 || is_comment(words.items[0].text))
		return;
	for (size_t i = 0; words.count > 1 && i < ARRAY_SIZE(commands); i++) {
		if (strcasecmp(words.items[0].text, commands[i].verb) != 0 ||
		    strcasecmp(words.items[1].text, commands[i].object) != 0)
			continue;
		reader->is_head_seen = true;
		netsh_drop(&words, 2);
		if (commands[i].take != NULL)
			commands[i].take(reader, &words);
		else
			reader_skip_line(reader, commands[i].why_not);
		return;
	}
	reader_skip_line(reader, "is no command of netsh wins server that is known here");
}

static const char *netsh_end(struct import_reader *reader)
{
	return reader->is_head_seen ? NULL : "no command of netsh wins server is in it";
}

const struct import_format import_netsh = {
	.name = "netsh",
	.what = "what \"netsh wins server \\\\NAME dump\" prints",
	.line = netsh_line,
	.end = netsh_end,
};

/* nbtctl import: names, or settings, that another name server has written. */
#include "tools/nbtctl.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/array.h"
#include "common/charset.h"
#include "common/lmhosts_file.h"
#include "tools/import/file.h"
#include "tools/import/import.h"
#include "tools/import/lmhosts.h"
#include "tools/import/smb_conf.h"
#include "tools/sender.h"
#include "tools/tool.h"

struct options {
	bool dry_run, replace, expired, verbose;
};

#define OPT(member) offsetof(struct options, member)

static const struct tool_option options[] = {
	{ 'n', "dry-run", NULL, "change nothing: say what would not be carried over, and why",
	  TOOL_FLAG, OPT(dry_run), 0, NULL },
	{ 0, "replace", NULL, "in place of names that are in use here, too", TOOL_FLAG,
	  OPT(replace), 0, NULL },
	{ 0, "expired", NULL, "names whose lease has ended, too", TOOL_FLAG, OPT(expired), 0,
	  NULL },
	{ 'v', "verbose", NULL, "a row for every name", TOOL_FLAG, OPT(verbose), 0, NULL },
};

static const struct tool_example examples[] = {
	{ "what would be carried over from nmbd",
	  "nbtctl import --dry-run wins.dat /var/lib/samba/wins.dat" },
	{ "the names of Samba's AD server", "ldbsearch -H wins.ldb | nbtctl import ldif -" },
};

const struct tool nbtctl_import_tool = {
	.name = "nbtctl import",
	.arguments = "wins.dat|ldif|netsh|lmhosts|smb.conf FILE",
	.help = "Takes names over from another name server; FILE - is standard input: wins.dat\n"
		"(Samba's nmbd), ldif (wins.ldb of Samba's AD server, as ldbsearch prints it), "
		"netsh\n(what \"netsh wins server \\\\NAME dump\" prints), lmhosts, or smb.conf, "
		"which is printed\nas nbt.conf.",
	.examples = examples,
	.example_count = ARRAY_SIZE(examples),
	.misuse = TOOL_MISUSE,
	.options = options,
	.option_count = ARRAY_SIZE(options),
};

/*
 * What is said about each name, and how many there were of each kind.
 */

static const char *const changes[] = { "added", "replaced", "joined",  "present",
				       "kept",  "refused",  "skipped", "setting" };
enum { SKIPPED = 6, SETTING = 7, TROUBLE_FROM = 4 };

struct import {
	struct options o;
	struct rows *rows;
	struct sender *sender; /* NULL: nothing is compared with what nbnsd has */
	size_t counts[ARRAY_SIZE(changes)];
	const struct import_format *format;
	struct import_reader reader;
};

/* Bytes of the file as they are, but for those that are none of JSON's. */
static json_t *text_of(const char *text)
{
	json_t *string = json_string(text);
	char copy[CTL_CLIENT_ERROR_MAX];

	if (string != NULL)
		return string;
	snprintf(copy, sizeof(copy), "%s", text);
	for (char *p = copy; *p != '\0'; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	return json_string(copy);
}

static void say(struct import *import, size_t change, unsigned line, const char *what,
		const char *why)
{
	json_t *row;

	import->counts[change]++;
	if (change < TROUBLE_FROM && !import->o.verbose)
		return;
	row = json_object();
	json_object_set_new(row, "line", line > 0 ? json_integer(line) : json_null());
	json_object_set_new(row, "what", text_of(what));
	json_object_set_new(row, "change", json_string(changes[change]));
	json_object_set_new(row, "why", why != NULL ? text_of(why) : json_null());
	rows_add(import->rows, row);
	json_decref(row);
}

static void answered(void *ctx, unsigned line, const struct nbt_name *name, const char *change,
		     const char *why)
{
	char text[NBT_NAME_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
		if (strcmp(changes[i], change) == 0)
			say(ctx, i, line, nbt_name_print(name, text, sizeof(text)), why);
}

/* As nbnsd would have it, which is not there to be asked. */
static bool is_proxy_name(const struct nbt_name *name)
{
	static const char names[][NBT_NAME_LEN] = { "WPAD           ", "ISATAP         " };

	return memcmp(name->bytes, names[0], NBT_NAME_LEN - 1) == 0 ||
	       memcmp(name->bytes, names[1], NBT_NAME_LEN - 1) == 0;
}

static void take_record(void *ctx, const struct import_record *record)
{
	struct import *import = ctx;

	if (import->sender != NULL)
		sender_add(import->sender, record);
	else if (!record->is_static && is_proxy_name(&record->name))
		answered(ctx, record->line, &record->name, "refused",
			 "nbnsd refuses it, unless allow-proxy-names is true");
	else
		answered(ctx, record->line, &record->name, "added", NULL);
}

static void take_skipped(void *ctx, unsigned line, const char *what, const char *why)
{
	say(ctx, SKIPPED, line, what, why);
}

static void take_setting(void *ctx, unsigned line, const char *setting)
{
	say(ctx, SETTING, line, setting, "belongs into the group nbnsd of nbt.conf");
}

static void print_summary(const struct import *import)
{
	const char *before = import->o.dry_run ? " would be" : "";

	fprintf(stderr, "nbtctl:%s", before);
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
		if (import->counts[i] > 0 || i == 0)
			fprintf(stderr, "%s %zu %s", i > 0 ? "," : "", import->counts[i],
				i == SETTING ? "settings for nbt.conf" : changes[i]);
	fputc('\n', stderr);
}

/*
 * Reading.
 */

static bool take_line(void *ctx, const char *line, size_t len)
{
	struct import *import = ctx;

	import_line(&import->reader, line, len);
	return import->sender == NULL || !sender_failed(import->sender);
}

/* 0, or an exit status. */
static int read_lines(struct import *import, const struct import_sink *sink, const char *path)
{
	const struct import_options how = { time(NULL), import->o.expired };
	const char *error;
	int ret;

	import_begin(&import->reader, import->format, sink, &how);
	ret = import_read_file(path, take_line, import);
	if (ret == -ECANCELED)
		return TOOL_OK; /* sender_end() says why */
	if (ret < 0)
		return nbtctl_say(path, strerror(-ret), TOOL_FAILED);
	error = import_end(&import->reader);
	return error != NULL ? nbtctl_say(path, error, TOOL_FAILED) : TOOL_OK;
}

/* All of standard input; what LMHOSTS files have as a limit holds for it, too. */
static int read_stdin(const char **text, size_t *len)
{
	char *all = malloc(LMHOSTS_FILE_MAX + 1);
	int ret = 0;

	if (all == NULL)
		return -ENOMEM;
	*len = fread(all, 1, LMHOSTS_FILE_MAX + 1, stdin);
	if (ferror(stdin))
		ret = -EIO;
	else if (*len > LMHOSTS_FILE_MAX)
		ret = -EFBIG;
	if (ret < 0)
		free(all);
	else
		*text = all;
	return ret;
}

static int read_named(void *ctx, const char *path, const char **text, size_t *len)
{
	const struct lmhosts_source files = lmhosts_file_source();

	return strcmp(path, "-") == 0 ? read_stdin(text, len) : files.read(ctx, path, text, len);
}

static int read_lmhosts(const struct import_sink *sink, const char *path)
{
	struct lmhosts_source source = lmhosts_file_source();
	char error[LMHOSTS_ERROR_MAX];
	const char *why;

	source.read = read_named;
	source.extended = true;
	why = import_lmhosts(&source, path, sink, error);
	return why != NULL ? nbtctl_say("", why, TOOL_FAILED) : TOOL_OK;
}

static int read_all(struct import *import, const char *path)
{
	const struct import_sink sink = { take_record, take_skipped, take_setting, import };

	return import->format != NULL ? read_lines(import, &sink, path) : read_lmhosts(&sink, path);
}

/* The rest of what was sent, and what was said about it. */
static int end(struct import *import, int status)
{
	char error[CTL_CLIENT_ERROR_MAX];
	int ret = import->sender != NULL ? sender_end(import->sender, error) : 0;

	if (!rows_end(import->rows))
		return nbtctl_say("standard output", strerror(errno), TOOL_FAILED);
	print_summary(import);
	if (ret != 0)
		return nbtctl_say("", error, ret > 0 ? ret : TOOL_UNREACHABLE);
	return status;
}

static int import_names(const struct nbtctl *ctl, struct import *import, struct ctl_client *client,
			const char *path)
{
	const struct sender_options how = {
		path, import->o.replace, import->o.dry_run, time(NULL), answered, import,
	};
	int status = TOOL_FAILED;

	import->rows = rows_begin(ctl->form);
	if (client != NULL)
		import->sender = sender_create(client, &how);
	if (import->rows == NULL || (client != NULL && import->sender == NULL))
		nbtctl_say("", strerror(ENOMEM), TOOL_FAILED);
	else
		status = end(import, read_all(import, path));
	sender_destroy(import->sender);
	return status;
}

static int choose_charset(void *ctx, json_t *row)
{
	const char *charset = json_string_value(json_object_get(row, "dos_charset"));

	(void)ctx;
	if (charset != NULL)
		charset_choose(charset);
	return 0;
}

/* Names become bytes here, in the character set that nbnsd has for them. */
static int ask_charset(struct ctl_client *client, char error[CTL_CLIENT_ERROR_MAX])
{
	const char *const words[] = { "version" };
	int ret = ctl_client_send(client, 1, words);

	return ret < 0 ? ret : ctl_client_receive(client, choose_charset, NULL, error);
}

/* The daemon; NULL: it cannot be asked, which has been said. */
static struct ctl_client *open_daemon(const struct nbtctl *ctl)
{
	char error[CTL_CLIENT_ERROR_MAX];
	struct ctl_client *client;
	int ret = ctl_client_open(&client, ctl->socket);

	if (ret == 0)
		ret = ask_charset(client, error);
	if (ret == 0)
		return client;
	ctl_client_close(client);
	if (ret < 0)
		nbtctl_say_unreachable(ctl, ret);
	else
		nbtctl_say(ctl->socket, error, 0);
	return NULL;
}

/* A dry run compares with what nbnsd has if it can. */
static int run(const struct nbtctl *ctl, struct import *import, const char *path)
{
	struct ctl_client *client = open_daemon(ctl);
	int status;

	if (client == NULL) {
		if (!import->o.dry_run)
			return TOOL_UNREACHABLE;
		nbtctl_say("", "what is there already is not looked at", 0);
	}
	status = import_names(ctl, import, client, path);
	ctl_client_close(client);
	return status;
}

/*
 * smb.conf
 */

static bool take_conf_line(void *ctx, const char *line, size_t len)
{
	smb_conf_line(ctx, line, len);
	return true;
}

static int convert_smb_conf(const char *path)
{
	struct smb_conf *conf = smb_conf_create();
	bool is_one = false;
	int ret = -ENOMEM;

	if (conf != NULL)
		ret = import_read_file(path, take_conf_line, conf);
	if (ret == 0) {
		smb_conf_line(conf, "", 0); /* ends a last line that wanted to go on */
		is_one = smb_conf_is_one(conf);
		if (is_one && !smb_conf_print(conf, stdout))
			ret = -ENOMEM;
	}
	smb_conf_destroy(conf);
	if (ret == 0 && !is_one)
		return nbtctl_say(path, "nothing in it is a parameter of nmbd", TOOL_NOT_FOUND);
	if (ret < 0)
		return nbtctl_say(path, strerror(-ret), TOOL_FAILED);
	return fflush(stdout) == 0 ? TOOL_OK
				   : nbtctl_say("standard output", strerror(errno), TOOL_FAILED);
}

int nbtctl_import(const struct nbtctl *ctl, int argc, char **argv)
{
	struct import *import = calloc(1, sizeof(*import));
	const char *format;
	int first, status;

	if (import == NULL)
		return nbtctl_say("", strerror(ENOMEM), TOOL_FAILED);
	if (!tool_read_options(&nbtctl_import_tool, argc, argv, &import->o, &first, &status)) {
		free(import);
		return status;
	}
	format = argc - first == 2 ? argv[first] : "";
	import->format = import_find_format(format);
	if (strcmp(format, "smb.conf") == 0) {
		status = convert_smb_conf(argv[first + 1]);
	} else if (import->format != NULL || strcmp(format, "lmhosts") == 0) {
		status = run(ctl, import, argv[first + 1]);
	} else {
		status = tool_misuse(&nbtctl_import_tool, NULL,
				     "one of the formats, and a FILE, are wanted");
	}
	free(import);
	return status;
}

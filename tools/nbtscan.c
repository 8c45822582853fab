/*
 * nbtscan: sweeps networks for machines with NetBIOS names. A drop-in for nbtscan 1.7.2: options
 * and output are the same; --json, --rate, --wide, --nbns and what has no letter are ours.
 */
#include "config.h"

#include "tools/nbtscan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/array.h"
#include "tools/tool.h"

#define RATE_DEFAULT   250 /* 3 s of it fit into the kernel's table of neighbours, 1024 */
#define WINDOW_DEFAULT 65536
#define REQUEST_BITS   (78 * 8) /* with the headers of UDP and IP */
#define WORD_MAX       64

#define OPT(member)    offsetof(struct nbtscan_options, member)

static const struct tool_option nbtscan_options[] = {
	{ 'v', "verbose", NULL, "all names of each host", TOOL_FLAG, OPT(verbose), 0, NULL },
	{ 'h', "human", NULL, "with -v: what the names are there for", TOOL_FLAG, OPT(human), 0,
	  NULL },
	{ 's', "separator", "TEXT", "a line of fields with TEXT between them, for scripts",
	  TOOL_STRING, OPT(separator), 0, NULL },
	{ 'e', "etc-hosts", NULL, "lines for /etc/hosts", TOOL_FLAG, OPT(hosts), 0, NULL },
	{ 'l', "lmhosts", NULL, "lines for lmhosts", TOOL_FLAG, OPT(lmhosts), 0, NULL },
	{ 'd', "dump", NULL, "every field of the answers", TOOL_FLAG, OPT(dump), 0, NULL },
	{ 0, "json", NULL, "print a JSON object per host", TOOL_FLAG, OPT(json), 0, NULL },
	{ 'w', "wide", NULL, "workgroup and kind of machine, too; so it is on a terminal",
	  TOOL_FLAG, OPT(wide), 0, NULL },
	{ 0, "nbns", "SERVER", "name silent hosts that this name server knows", TOOL_STRING,
	  OPT(nbns), 0, NULL },
	{ 0, "rate", "NUMBER", "requests in a second, at most (250)", TOOL_NUMBER, OPT(rate),
	  SCAN_RATE_MAX, NULL },
	{ 'b', "bandwidth", "BITS", "the same in bits per second", TOOL_NUMBER, OPT(bandwidth),
	  UINT32_MAX, NULL },
	{ 0, "window", "NUMBER", "wait for so many hosts at once, at most (65536)", TOOL_NUMBER,
	  OPT(window), WINDOW_DEFAULT, NULL },
	{ 't', "timeout", "MS", "how long to wait for an answer (1000)", TOOL_NUMBER,
	  OPT(timeout_ms), SCAN_TIMEOUT_MAX, NULL },
	{ 'm', "retransmits", "NUMBER", "ask the silent so often again (0)", TOOL_NUMBER,
	  OPT(retransmits), 100, NULL },
	{ 'r', "root-port", NULL, "send from port 137, for hosts that answer to no other",
	  TOOL_FLAG, OPT(root_port), 0, NULL },
	{ 0, "port", "PORT", "ask at another port than 137", TOOL_NUMBER, OPT(port), 65535, NULL },
	{ 'f', "file", "FILE", "what to sweep is in FILE; -: standard input", TOOL_STRING,
	  OPT(file), 0, NULL },
	{ 'q', "quiet", NULL, "no heads, no progress, no complaints", TOOL_FLAG, OPT(quiet), 0,
	  NULL },
};

static const struct tool_example nbtscan_examples[] = {
	{ "everybody in a subnet", "nbtscan 192.168.1.0/24" },
	{ "what they offer", "nbtscan -v -h 192.168.1.25-137" },
	{ "many addresses behind a router, fast, the silent asked twice",
	  "nbtscan --rate=5000 -m 1 10.1.0.0/16" },
	{ "who is registered at the name server of this host, and silent",
	  "nbtscan --nbns=/run/nbt 10.1.2.0/24" },
};

static const struct tool nbtscan = {
	.name = "nbtscan",
	.arguments = "ADDRESS|NETWORK/BITS|FIRST-LAST...",
	.help = "Sweep networks for machines with NetBIOS names.",
	.examples = nbtscan_examples,
	.example_count = ARRAY_SIZE(nbtscan_examples),
	.misuse = TOOL_MISUSE,
	.options = nbtscan_options,
	.option_count = ARRAY_SIZE(nbtscan_options),
};

/* Options that cannot be had together, as in nbtscan. */
static const char *conflict(const struct nbtscan_options *o)
{
	bool is_script = o->separator != NULL;

	if (o->dump && (o->verbose || is_script || o->lmhosts || o->hosts || o->human))
		return "-d cannot be used with -v, -s, -l, -e or -h";
	if (o->lmhosts && (o->verbose || o->hosts || o->human))
		return "-l cannot be used with -v, -e or -h";
	if (o->hosts && o->verbose)
		return "-e cannot be used with -v";
	if (o->human && !o->verbose)
		return "-h wants -v";
	if (o->rate == 0 || o->window == 0 || o->timeout_ms == 0)
		return "rate, window and timeout cannot be 0";
	return NULL;
}

/*
 * Targets.
 */

static const char *target_error(enum targets_error err)
{
	switch (err) {
	case TARGETS_TOO_MANY:
		return "has more than 16,777,216 addresses; sweep it in parts";
	case TARGETS_NO_MEMORY:
		return "no memory";
	case TARGETS_OK:
	case TARGETS_NO_ADDRESS:
		break;
	}
	return "no address (192.168.1.1), network (192.168.1.0/24) or range (192.168.1.25-137)";
}

static bool take_target(struct targets *targets, const char *text)
{
	enum targets_error err = targets_add(targets, text);

	if (err != TARGETS_OK)
		fprintf(stderr, "nbtscan: %s: %s\n", text, target_error(err));
	return err == TARGETS_OK;
}

/* Words, and comments behind '#'. A mistake in a long list is said and left out, as nbtscan does.
 */
static bool read_file(struct targets *targets, FILE *file, const char *name, bool is_quiet)
{
	char line[1024];

	for (unsigned number = 1; fgets(line, sizeof(line), file) != NULL; number++) {
		line[strcspn(line, "#")] = '\0';
		for (char *save, *word = strtok_r(line, " \t\r\n", &save); word != NULL;
		     word = strtok_r(NULL, " \t\r\n", &save)) {
			enum targets_error err = targets_add(targets, word);

			if (err != TARGETS_OK && !is_quiet)
				fprintf(stderr, "nbtscan: %s:%u: %s: %s\n", name, number, word,
					target_error(err));
		}
	}
	return ferror(file) == 0;
}

static bool open_file(struct targets *targets, const char *path, bool is_quiet)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "r");
	bool is_read = file != NULL && read_file(targets, file, path, is_quiet);

	if (!is_read)
		fprintf(stderr, "nbtscan: %s: %s; a file with addresses and networks is wanted\n",
			path, strerror(errno));
	if (file != NULL && !is_stdin)
		fclose(file);
	return is_read;
}

static bool read_targets(struct targets *targets, const struct nbtscan_options *options,
			 char **words)
{
	for (; *words != NULL; words++)
		if (!take_target(targets, *words))
			return false;
	if (options->file != NULL && !open_file(targets, options->file, options->quiet))
		return false;
	if (targets->range_count == 0) {
		fprintf(stderr, "nbtscan: there is nothing to sweep; for instance: nbtscan "
				"192.168.1.0/24\n");
		return false;
	}
	if (targets_settle(targets))
		return true;
	fprintf(stderr, "nbtscan: all together: %s\n", target_error(TARGETS_TOO_MANY));
	return false;
}

/*
 * The sweep.
 */

static uint32_t rate_of(const struct nbtscan_options *options)
{
	uint32_t rate = options->bandwidth / REQUEST_BITS;

	if (options->bandwidth == 0 || rate > options->rate)
		return options->rate;
	return rate > 0 ? rate : 1;
}

static struct scan *create_scan(const struct nbtscan_options *options,
				const struct targets *targets)
{
	uint16_t id = 0;
	const struct scan_plan plan = { .targets = targets,
					.rate = rate_of(options),
					.window = options->window,
					.tries = options->retransmits + 1,
					.timeout_ms = options->timeout_ms,
					.first_id = getentropy(&id, sizeof(id)) == 0 ? id : 1 };

	return scan_create(&plan, 0);
}

static int finish(const struct nbtscan_options *options, struct scan *scan, struct known *known)
{
	bool has_asked = known == NULL || known_ask(known, options, scan);

	if (!has_asked)
		return TOOL_MISUSE;
	if (scan_counts(scan).answered > 0)
		return TOOL_OK;
	if (!options->quiet)
		tool_hint(
			&nbtscan,
			"nobody has answered; -r asks from port 137, as some hosts want, and -m 2 "
			"asks the silent again");
	return TOOL_NOT_FOUND;
}

static void say_failure(const struct nbtscan_options *options, int error)
{
	const char *remedy = "";

	if (options->root_port && error == -EADDRINUSE)
		remedy = " on port 137; stop nbnsd or nmbd, or leave out -r";
	else if (options->root_port && error == -EACCES)
		remedy = " on port 137; only root may use it: try it with sudo, or leave out -r";
	fprintf(stderr, "nbtscan: %s%s\n", strerror(-error), remedy);
}

static int run(const struct nbtscan_options *options, const struct targets *targets,
	       const char *what)
{
	struct scan *scan = create_scan(options, targets);
	struct known *known = options->nbns != NULL ? known_create() : NULL;
	int status = TOOL_MISUSE, ret = -ENOMEM;

	if (scan != NULL && (known != NULL || options->nbns == NULL)) {
		say_head(options, what);
		ret = nbtscan_sweep(options, scan, known);
	}
	if (ret == 0)
		status = finish(options, scan, known);
	else
		say_failure(options, ret);
	known_destroy(known);
	scan_destroy(scan);
	return status;
}

/* The targets for the banner, as they were written. */
static char *join(char **words, const char *file)
{
	size_t len = file != NULL ? strlen(file) + 2 : 1;
	char *text, *at;

	for (char **word = words; *word != NULL; word++)
		len += strlen(*word) + 1;
	text = at = malloc(len);
	if (text == NULL)
		return NULL;
	*at = '\0';
	for (; *words != NULL; words++)
		at += sprintf(at, "%s%s", at > text ? " " : "", *words);
	if (file != NULL)
		sprintf(at, "%s%s", at > text ? " " : "", file);
	return text;
}

int main(int argc, char **argv)
{
	struct nbtscan_options options = {
		.timeout_ms = 1000, .rate = RATE_DEFAULT, .window = WINDOW_DEFAULT, .port = 137
	};
	struct targets targets = { 0 };
	int first, status = TOOL_MISUSE;
	const char *why;

	if (!tool_read_options(&nbtscan, argc, argv, &options, &first, &status))
		return status;
	why = conflict(&options);
	if (why != NULL)
		return tool_misuse(&nbtscan, NULL, why);
	options.is_terminal = isatty(STDOUT_FILENO) == 1;
	options.wide |= options.is_terminal;
	status = TOOL_MISUSE;
	if (read_targets(&targets, &options, argv + first)) {
		char *what = join(argv + first, options.file);

		status = run(&options, &targets, what != NULL ? what : "");
		free(what);
	}
	targets_free(&targets);
	return status;
}

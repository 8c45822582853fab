/*
 * nbtsend: sends a NetBIOS datagram, a mailslot message, a pop-up or a browser frame, and shows
 * what arrives for a name.
 */
#include "config.h"

#include "tools/nbtsend.h"

#include <string.h>

#include "common/charset.h"
#include "tools/nbtsend_frame.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define OPT(member)   offsetof(struct send_options, member)
#define SECONDS_MAX   1000000

static const struct tool_option nbtsend_options[] = {
	{ 'u', "unique", NULL, "to the host that has the name; that is the default", TOOL_CHOICE,
	  OPT(type), 0, NULL },
	{ 'g', "group", NULL, "to all members of the group", TOOL_CHOICE, OPT(type), 0, NULL },
	{ 'b', "broadcast", NULL, "to every node; the name \"*\" means this, too", TOOL_CHOICE,
	  OPT(type), 0, NULL },
	{ 's', "source", "NAME", "the sender's name; default: this host's", TOOL_STRING,
	  OPT(source), 0, NULL },
	{ 0, "scope", "SCOPE", "the scope of both names", TOOL_STRING, OPT(scope), 0, NULL },
	{ 'f', "file", "FILE", "send what is in the file; -: standard input", TOOL_STRING,
	  OPT(file), 0, NULL },
	{ 'x', "hex", "BYTES", "send these bytes", TOOL_STRING, OPT(hex), 0, NULL },
	{ 'm', "mailslot", "MAILSLOT", "in a message to this mailslot", TOOL_STRING, OPT(mailslot),
	  0, NULL },
	{ 'p', "popup", NULL, "a message that pops up, as of WinPopup and \"net send\"", TOOL_FLAG,
	  OPT(popup), 0, NULL },
	{ 'B', "browse", "FRAME", "a frame of the browser protocol; help: which there are",
	  TOOL_STRING, OPT(browse), 0, NULL },
	{ 'l', "listen", NULL, "show what arrives for NAME; \"*\": for every name", TOOL_FLAG,
	  OPT(listen), 0, NULL },
	{ 'n', "number", "NUMBER", "listen for so many datagrams", TOOL_NUMBER, OPT(number),
	  1000000000, NULL },
	{ 't', "timeout", "SECONDS", "listen, or wait for an error, so long", TOOL_NUMBER,
	  OPT(timeout), SECONDS_MAX, NULL },
	{ 'D', "direct", NULL, "without the daemon nbddd", TOOL_FLAG, OPT(direct), 0, NULL },
	{ 'A', "to", "ADDRESS", "to this host or broadcast address, whatever the name", TOOL_STRING,
	  OPT(to), 0, NULL },
	{ 0, "port", "PORT", "to another port than 138", TOOL_NUMBER, OPT(port), 65535, NULL },
	{ 0, "own-port", "PORT", "from, or at, another port than 138", TOOL_NUMBER, OPT(own_port),
	  65535, NULL },
	{ 0, "charset", "CHARSET", "of names and pop-ups on the wire; default: CP850", TOOL_STRING,
	  OPT(charset), 0, NULL },
	{ 0, "json", NULL, "print a JSON object for each datagram", TOOL_FLAG, OPT(json), 0, NULL },
};

static const struct tool_example nbtsend_examples[] = {
	{ "the answer to the next one, in another window", "nbtsend --listen ASKER" },
	{ "which are the backup browsers of OFFICE",
	  "nbtsend --source ASKER --browse=backup-request OFFICE" },
	{ "all machines of OFFICE show a message",
	  "nbtsend --popup --group OFFICE \"The server goes down at five.\"" },
	{ "what is sent to the workgroup, where nothing has port 138",
	  "nbtsend --direct --listen OFFICE" },
};

static const char *value_of(const char *argument, size_t i)
{
	return strcmp(argument, "FRAME") == 0 ? frame_kind_name(i) : NULL;
}

static const struct tool nbtsend = {
	.name = "nbtsend",
	.arguments = "NAME [TEXT | KEY=VALUE...]",
	.help = "Send a NetBIOS datagram to NAME or NAME<SUFFIX>, or listen for them.",
	.examples = nbtsend_examples,
	.example_count = ARRAY_SIZE(nbtsend_examples),
	.misuse = TOOL_MISUSE,
	.options = nbtsend_options,
	.option_count = ARRAY_SIZE(nbtsend_options),
	.values = value_of,
};

static int misuse(const char *sentence)
{
	return tool_misuse(&nbtsend, NULL, sentence);
}

static int listen_for(const struct send_options *o, struct send_message *m, char **arguments,
		      int count)
{
	if (count != 1)
		return misuse("--listen takes one NAME");
	if (o->popup || o->browse != NULL || o->mailslot != NULL || o->file != NULL ||
	    o->hex != NULL || o->to != NULL)
		return misuse("--listen sends nothing");
	if (!message_make_listener(m, o, arguments[0]))
		return misuse(m->error);
	return o->direct ? direct_listen(o, m) : daemon_listen(o, m);
}

static int run(const struct send_options *o, char **arguments, int count)
{
	static struct send_message m;

	if (o->charset != NULL && !charset_choose(o->charset))
		return misuse("the character set cannot be another one now");
	if (!o->direct && o->own_port != 0)
		return misuse("--own-port goes with --direct only");
	if (o->listen)
		return listen_for(o, &m, arguments, count);
	if (!message_make(&m, o, arguments, count))
		return misuse(m.error);
	return o->direct ? direct_send(o, &m) : daemon_send(o, &m);
}

int main(int argc, char **argv)
{
	struct send_options o = { .port = NBT_DATAGRAM_PORT, .timeout = SEND_NO_TIMEOUT };
	int first, status;

	if (!tool_read_options(&nbtsend, argc, argv, &o, &first, &status))
		return status;
	if (o.browse != NULL && strcmp(o.browse, "help") == 0) {
		frame_kinds_print(stdout);
		return TOOL_OK;
	}
	if (first == argc)
		return misuse("to which NAME?");
	return run(&o, argv + first, argc - first);
}

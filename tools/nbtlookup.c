/*
 * nbtlookup: who has a NetBIOS name? A drop-in for nmblookup of Samba 4.15 and later: options,
 * output and exit status are the same, oddities included. --json and --port are ours.
 */
#include "config.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "common/charset.h"
#include "tools/nbtlookup.h"
#include "tools/report.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define NAME_TEXT_MAX 15
#define MSBROWSE      "\x01\x02__MSBROWSE__\x02"

/* nmblookup's timers. */
static const struct nbt_timers broadcast_timers = { .timeout_ms = 250, .tries = 1 };
static const struct nbt_timers unicast_timers = { .timeout_ms = 1000, .tries = 2 };
static const struct nbt_timers status_timers = { .timeout_ms = 1000, .tries = 10 };

/* Samba 4.15 took -R from --recursion, while its manual still shows the old use: an argument is
 * taken only if it is one of the new. */
static bool is_resolve_order(const char *word)
{
	static const char *const methods[] = { "lmhosts", "host", "wins", "bcast" };
	const char *separators = " ,";

	if (*word == '\0')
		return false;
	for (word += strspn(word, separators); *word != '\0'; word += strspn(word, separators)) {
		size_t len = strcspn(word, separators), i = 0;

		while (i < ARRAY_SIZE(methods) &&
		       (strlen(methods[i]) != len || strncmp(methods[i], word, len) != 0))
			i++;
		if (i == ARRAY_SIZE(methods))
			return false;
		word += len;
	}
	return true;
}

#define OPT(member) offsetof(struct lookup_options, member)
#define IGNORED(letter, name, argument)                                                            \
	{                                                                                          \
		letter, name, argument, NULL, TOOL_IGNORED, 0, 0, NULL                             \
	}

static const struct tool_option nbtlookup_options[] = {
	{ 'B', "broadcast", "ADDRESS", "ask this broadcast address", TOOL_CHOICE, OPT(target), 0,
	  NULL },
	{ 'U', "unicast", "HOST", "ask this host, for instance a name server", TOOL_CHOICE,
	  OPT(target), 0, NULL },
	{ 'f', "flags", NULL, "show the flags of the answers", TOOL_FLAG, OPT(flags), 0, NULL },
	{ 'M', "master-browser", NULL, "look for the master browser of the workgroup NAME",
	  TOOL_FLAG, OPT(master_browser), 0, NULL },
	{ 'R', "recursion", NULL, "let a name server look into its database", TOOL_FLAG,
	  OPT(recursion), 0, is_resolve_order },
	{ 'S', "status", NULL, "ask for the node status of what is found", TOOL_FLAG, OPT(status),
	  0, NULL },
	{ 'T', "translate", NULL, "show the DNS names of the addresses", TOOL_FLAG, OPT(translate),
	  0, NULL },
	{ 'r', "root-port", NULL, "send from port 137, for hosts that answer to no other",
	  TOOL_FLAG, OPT(root_port), 0, NULL },
	{ 'A', "lookup-by-ip", NULL, "ask for the node status of the address NAME", TOOL_FLAG,
	  OPT(by_address), 0, NULL },
	{ 0, "netbios-scope", "SCOPE", "the scope of the names", TOOL_STRING, OPT(scope), 0, NULL },
	{ 0, "port", "PORT", "ask at another port than 137", TOOL_NUMBER, OPT(port), 65535, NULL },
	{ 0, "json", NULL, "print a JSON object per NAME", TOOL_FLAG, OPT(json), 0, NULL },
	{ 'd', "debuglevel", "LEVEL", "from 3 on: say why nothing was found", TOOL_NUMBER,
	  OPT(debug_level), 1000, NULL },
	/* Of nmblookup; without effect. */
	IGNORED(0, "debug-stdout", NULL),
	IGNORED('s', "configfile", "FILE"),
	IGNORED(0, "option", "NAME=VALUE"),
	IGNORED('l', "log-basename", "FILE"),
	IGNORED(0, "leak-report", NULL),
	IGNORED(0, "leak-report-full", NULL),
	IGNORED(0, "name-resolve", "ORDER"),
	IGNORED('O', "socket-options", "OPTIONS"),
	IGNORED('m', "max-protocol", "PROTOCOL"),
	IGNORED('n', "netbiosname", "NAME"),
	IGNORED('W', "workgroup", "WORKGROUP"),
	IGNORED(0, "realm", "REALM"),
};

static const struct tool_example nbtlookup_examples[] = {
	{ "ask a name server", "nbtlookup -U 10.1.0.5 --recursion OFFICE1#20" },
	{ "who is the master browser here, and what names does it have", "nbtlookup -S -M -- -" },
	{ "the names of the host at an address", "nbtlookup -A 10.1.0.9" },
};

static const struct tool nbtlookup = {
	.name = "nbtlookup",
	.arguments = "NAME...",
	.help = "Look up NetBIOS names: NAME or NAME#SUFFIX, the suffix in hex.",
	.examples = nbtlookup_examples,
	.example_count = ARRAY_SIZE(nbtlookup_examples),
	.misuse = TOOL_NOT_FOUND, /* nmblookup's status for everything that goes wrong */
	.options = nbtlookup_options,
	.option_count = ARRAY_SIZE(nbtlookup_options),
};

static struct sockaddr_in port_at(const struct lookup *l, struct in_addr address)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)l->options.port),
				     .sin_addr = address };
}

static void debug(const struct lookup *l, const char *what, enum nbt_error err)
{
	if (l->options.debug_level >= 3)
		fprintf(stderr, "nbtlookup: %s: %s\n", what, nbt_strerror(err));
}

/* Nothing was found. */
static void hint(const struct lookup *l, enum nbt_error err)
{
	bool unicast = l->directed && l->options.target.letter == 'U';

	if (err == NBT_ETIMEOUT && unicast)
		tool_hint(&nbtlookup,
			  "it does not answer: it is no name server, or a firewall lets no "
			  "UDP 137 through; -r asks from port 137, as some hosts want");
	else if (err == NBT_ETIMEOUT)
		tool_hint(&nbtlookup, "nobody has answered here; to ask a name server: -U SERVER "
				      "--recursion NAME");
	else if (unicast && !l->options.recursion)
		tool_hint(&nbtlookup,
			  "it does not have this name itself; --recursion asks for those of "
			  "others that it knows");
}

static enum nbt_error ask_status(struct lookup *l, struct in_addr address,
				 const struct nbt_name *name, struct nbt_node_status *node)
{
	const struct sockaddr_in at = port_at(l, address);
	const struct nbt_request request = { .name = *name,
					     .scope = l->scope,
					     .servers = &at,
					     .server_count = 1,
					     .timers = status_timers };
	enum nbt_error err;

	if (address.s_addr == INADDR_ANY)
		return NBT_ETIMEOUT; /* it would be asked of ourselves */
	err = nbt_client_status(l->client, &request, node);
	return err == NBT_OK && node->count == 0 ? NBT_EVALUE : err; /* "*" at least is there */
}

/* Asks one address for its node status; json: its object. */
static bool look_up_status(struct lookup *l, struct in_addr address, const struct nbt_name *name,
			   json_t *json)
{
	struct nbt_node_status node;
	enum nbt_error err;

	say_status_query(json, address);
	err = ask_status(l, address, name, &node);
	if (err != NBT_OK)
		debug(l, "node status", err);
	say_status(json, address, err == NBT_OK ? &node : NULL);
	return err == NBT_OK;
}

/* false: it has no DNS name. */
static bool find_host(const struct lookup *l, struct in_addr address, char host[NI_MAXHOST])
{
	struct sockaddr_in at = port_at(l, address);

	return getnameinfo((const struct sockaddr *)&at, sizeof(at), host, NI_MAXHOST, NULL, 0,
			   NI_NAMEREQD) == 0;
}

/* false: the node status of the address was asked for in vain. */
static bool look_up_found(struct lookup *l, const struct wanted *w,
			  const struct nbt_address *address)
{
	char host[NI_MAXHOST];
	json_t *json;

	if (l->options.translate && !find_host(l, address->address, host))
		return true; /* nmblookup leaves it out */
	json = say_address(l, w, address, l->options.translate ? host : NULL);
	return !l->options.status || look_up_status(l, address->address, &w->name, json);
}

/* The closest first; the order of arrival decides among equals. */
static void sort_addresses(const struct lookup *l, struct nbt_answers *answers)
{
	struct nbt_address *list = answers->addresses;

	for (size_t i = 1; i < answers->count; i++) {
		struct nbt_address moved = list[i];
		unsigned close = netif_closeness(l->interfaces, l->interface_count, moved.address);
		size_t at = i;

		for (; at > 0 && netif_closeness(l->interfaces, l->interface_count,
						 list[at - 1].address) < close;
		     at--)
			list[at] = list[at - 1];
		list[at] = moved;
	}
}

static void drop_nowhere(struct nbt_answers *answers)
{
	size_t kept = 0;

	for (size_t i = 0; i < answers->count; i++)
		if (answers->addresses[i].address.s_addr != INADDR_ANY)
			answers->addresses[kept++] = answers->addresses[i];
	answers->count = kept;
}

/* One broadcast address for each subnet, or the address of -B or -U. */
static size_t servers_of(const struct lookup *l, struct sockaddr_in servers[NETIF_MAX])
{
	size_t count = 0;

	if (l->directed)
		servers[count++] = port_at(l, l->target);
	for (size_t i = 0; i < l->interface_count && !l->directed; i++) {
		size_t same = 0;

		while (same < count &&
		       servers[same].sin_addr.s_addr != l->interfaces[i].broadcast.s_addr)
			same++;
		if (same == count)
			servers[count++] = port_at(l, l->interfaces[i].broadcast);
	}
	return count;
}

static enum nbt_error ask(struct lookup *l, const struct wanted *w, struct nbt_answers *answers)
{
	bool broadcast = !l->directed || l->options.target.letter == 'B';
	struct sockaddr_in servers[NETIF_MAX];
	const struct nbt_query_request request = {
		.to = { .name = w->name,
			.scope = l->scope,
			.servers = servers,
			.server_count = servers_of(l, servers),
			.broadcast = broadcast,
			.timers = broadcast ? broadcast_timers : unicast_timers },
		.recursion = broadcast || l->options.recursion,
		.until_unique = strcmp(w->typed, "*") != 0,
	};
	enum nbt_error err = nbt_client_query(l->client, &request, answers);

	drop_nowhere(answers);
	sort_addresses(l, answers);
	return err;
}

static bool look_up_name(struct lookup *l, const struct wanted *w)
{
	static struct nbt_answers answers;
	enum nbt_error err;
	bool found;

	say_query(l, w);
	err = ask(l, w, &answers);
	found = answers.count > 0;
	if (found)
		say_flags(l, answers.flags);
	else
		debug(l, w->typed, err);
	for (size_t i = 0; i < answers.count; i++)
		if (!look_up_found(l, w, &answers.addresses[i]))
			found = false;
	if (!found)
		say_failed(l, w);
	if (answers.count == 0)
		hint(l, err);
	return found;
}

static bool look_up_address(struct lookup *l, const char *text)
{
	struct in_addr address;
	struct nbt_name everyone;

	if (!netif_resolve(text, &address) || address.s_addr == INADDR_BROADCAST)
		address.s_addr = INADDR_ANY;
	if (nbt_name_make(&everyone, "*", 0) != NBT_OK)
		return false;
	if (l->json != NULL)
		json_object_set_new(l->json, "address", report_address(address));
	return look_up_status(l, address, &everyone, l->json);
}

/*
 * Splits the suffix from a NAME, in place. Without one it has that of the name before, or 1D with
 * -M. What is no hex number changes nothing.
 */
static void split_suffix(const struct lookup *l, char *text, unsigned *suffix)
{
	char *hash = strchr(text, '#'), *end;
	unsigned long number;

	if (l->options.master_browser)
		*suffix = NBT_SUFFIX_LMB;
	if (hash == NULL)
		return;
	*hash = '\0';
	number = strtoul(hash + 1, &end, 16);
	if (end != hash + 1)
		*suffix = (unsigned)number;
}

static void read_wanted(const struct lookup *l, char *text, unsigned *suffix, struct wanted *w)
{
	split_suffix(l, text, suffix);
	w->typed = text;
	if (l->options.master_browser && *text == '-') {
		w->typed = MSBROWSE;
		*suffix = NBT_SUFFIX_BROWSE;
	}
	w->suffix = *suffix;
}

static bool look_up_text(struct lookup *l, char *text, unsigned *suffix)
{
	struct wanted w;

	read_wanted(l, text, suffix, &w);
	if (strlen(w.typed) > NAME_TEXT_MAX) {
		say_too_long(l, &w);
		return true;
	}
	if (!charset_make_name(&w.name, w.typed, (uint8_t)w.suffix)) {
		say_no_name(l, &w);
		return false;
	}
	return look_up_name(l, &w);
}

static bool look_up(struct lookup *l, char *text, unsigned *suffix)
{
	bool found;

	l->json = l->options.json ? json_object() : NULL;
	found = l->options.by_address ? look_up_address(l, text) : look_up_text(l, text, suffix);
	if (l->json != NULL)
		report_print(l->json);
	fflush(stdout);
	return found;
}

/* Port 137 if it is wanted and free, else any. */
static enum nbt_error open_client(struct lookup *l)
{
	const struct sockaddr_in local = { .sin_family = AF_INET,
					   .sin_port = htons(NBT_NAME_PORT) };

	if (l->options.root_port && nbt_client_open(&l->client, &local) == NBT_OK)
		return NBT_OK;
	return nbt_client_open(&l->client, NULL);
}

static bool read_scope(struct lookup *l)
{
	char upper[NBT_SCOPE_TEXT_MAX] = "";

	for (size_t i = 0; l->options.scope != NULL && l->options.scope[i] != '\0'; i++) {
		char c = l->options.scope[i];

		if (i + 1 >= sizeof(upper))
			return false;
		upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	return nbt_scope_from_text(&l->scope, upper) == NBT_OK;
}

static bool prepare(struct lookup *l)
{
	if (!read_scope(l)) {
		fprintf(stderr, "nbtlookup: %s: not a scope\n", l->options.scope);
		return false;
	}
	if (open_client(l) != NBT_OK) {
		perror("nbtlookup");
		return false;
	}
	l->interface_count = netif_read(l->interfaces);
	if (l->options.target.letter != 0)
		l->directed = netif_resolve(l->options.target.argument, &l->target);
	return true;
}

int main(int argc, char **argv)
{
	static struct lookup l = { .options = { .port = NBT_NAME_PORT } };
	unsigned suffix = 0;
	int first, status;

	if (!tool_read_options(&nbtlookup, argc, argv, &l.options, &first, &status))
		return status;
	if (first == argc)
		return tool_misuse(&nbtlookup, NULL, "which NAME?");
	if (!prepare(&l))
		return nbtlookup.misuse;
	for (int i = first; i < argc; i++)
		if (!look_up(&l, argv[i], &suffix))
			status = TOOL_NOT_FOUND;
	nbt_client_close(l.client);
	return status;
}

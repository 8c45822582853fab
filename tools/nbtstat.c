/* nbtstat: the NetBIOS names of this host and of others, as Windows' nbtstat shows them. */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nbt/client.h>

#include "common/array.h"
#include "common/charset.h"
#include "tools/nbtstat.h"
#include "tools/netif.h"
#include "tools/paint.h"
#include "tools/report.h"
#include "tools/tool.h"

struct options {
	struct tool_choice what; /* 'a': a host by name, 'A': by address, 'n', 'c', 'r' */
	unsigned purge;          /* 1: -R, 2: -RR */
	unsigned port;
	const char *directory;
	bool json;
};

#define OPT(member) offsetof(struct options, member)

static const struct tool_option nbtstat_options[] = {
	{ 'a', "name", "NAME", "the names of the host that has this name", TOOL_CHOICE, OPT(what),
	  0, NULL },
	{ 'A', "address", "ADDRESS", "the names of the host at this address", TOOL_CHOICE,
	  OPT(what), 0, NULL },
	{ 'n', "local", NULL, "the names of this host", TOOL_CHOICE, OPT(what), 0, NULL },
	{ 'c', "cache", NULL, "names of other hosts that are remembered", TOOL_CHOICE, OPT(what), 0,
	  NULL },
	{ 'r', "resolved", NULL, "how names were resolved and registered", TOOL_CHOICE, OPT(what),
	  0, NULL },
	{ 'R', "purge", NULL,
	  "forget them, read lmhosts again; -RR: release and register our names", TOOL_COUNT,
	  OPT(purge), 0, NULL },
	{ 0, "port", "PORT", "ask at another port than 137", TOOL_NUMBER, OPT(port), 65535, NULL },
	{ 0, "run-directory", "DIRECTORY", "where nbnsd's socket is (" NBTSTAT_DIRECTORY ")",
	  TOOL_STRING, OPT(directory), 0, NULL },
	{ 0, "json", NULL, "print JSON objects", TOOL_FLAG, OPT(json), 0, NULL },
};

static const struct tool_example nbtstat_examples[] = {
	{ "the names of the host at an address", "nbtstat -A 10.1.0.9" },
	{ "the names of this host", "nbtstat -n" },
	{ "names of other hosts that nbnsd remembers", "nbtstat -c" },
};

static const struct tool nbtstat = {
	.name = "nbtstat",
	.help = "Show the NetBIOS names of this host and of others.",
	.examples = nbtstat_examples,
	.example_count = ARRAY_SIZE(nbtstat_examples),
	.misuse = TOOL_MISUSE,
	.options = nbtstat_options,
	.option_count = ARRAY_SIZE(nbtstat_options),
};

/* One interface from which a host is looked for. */
struct search {
	const struct options *options;
	struct netif netif;
	struct nbt_client *client;
	struct nbt_node_status node;
};

static struct sockaddr_in port_at(const struct options *options, struct in_addr address)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)options->port),
				     .sin_addr = address };
}

static bool ask_address(struct search *s, struct in_addr address)
{
	const struct sockaddr_in at = port_at(s->options, address);
	struct nbt_request request = { .servers = &at, .server_count = 1 };

	return nbt_name_make(&request.name, "*", 0) == NBT_OK &&
	       nbt_client_status(s->client, &request, &s->node) == NBT_OK;
}

/* By broadcast; the file server's name, or the one that every host has. */
static bool ask_name(struct search *s, const char *name)
{
	static const uint8_t suffixes[] = { NBT_SUFFIX_SERVER, NBT_SUFFIX_WORKSTATION };
	static struct nbt_answers answers;
	const struct sockaddr_in subnet = port_at(s->options, s->netif.broadcast);
	struct nbt_query_request request = {
		.to = { .servers = &subnet, .server_count = 1, .broadcast = true },
		.until_unique = true,
	};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (charset_make_name(&request.to.name, name, suffixes[i]) &&
		    nbt_client_query(s->client, &request, &answers) == NBT_OK)
			return ask_address(s, answers.addresses[0].address);
	return false;
}

static const char *state_of(uint16_t flags)
{
	if (flags & NBT_STATUS_CONFLICT)
		return "Conflict";
	return flags & NBT_STATUS_DEREGISTERING ? "Deregistering" : "Registered";
}

static enum paint meaning_of(uint16_t flags)
{
	if (flags & NBT_STATUS_CONFLICT)
		return PAINT_BAD;
	return flags & NBT_STATUS_DEREGISTERING ? PAINT_WARNING : PAINT_PLAIN;
}

char *nbtstat_name_text(const struct nbt_name *name, char text[NBT_NAME_LEN])
{
	for (size_t i = 0; i < NBT_NAME_LEN - 1; i++) {
		uint8_t byte = name->bytes[i];

		text[i] = byte >= ' ' && byte <= '~' ? (char)byte : '.';
	}
	text[NBT_NAME_LEN - 1] = '\0';
	return text;
}

static void print_name(const struct nbt_status_name *entry)
{
	char text[NBT_NAME_LEN];

	printf("    %s<%02X>  %-6s      ", nbtstat_name_text(&entry->name, text),
	       nbt_name_suffix(&entry->name), entry->flags & NBT_STATUS_GROUP ? "GROUP" : "UNIQUE");
	paint_print(stdout, meaning_of(entry->flags), state_of(entry->flags));
	printf(" \n");
}

static void print_table(const struct nbt_node_status *node, bool is_own)
{
	const uint8_t *id = node->unit_id;

	printf("%s%s\n\n"
	       "       Name               Type         Status%s\n"
	       "    ---------------------------------------------\n",
	       paint(PAINT_HEADING),
	       is_own ? "                NetBIOS Local Name Table"
		      : "           NetBIOS Remote Machine Name Table",
	       paint(PAINT_PLAIN));
	for (size_t i = 0; i < node->count; i++)
		print_name(&node->names[i]);
	if (is_own)
		printf("\n");
	else
		printf("\n    MAC Address = %02X-%02X-%02X-%02X-%02X-%02X\n\n", id[0], id[1], id[2],
		       id[3], id[4], id[5]);
}

static void print_search(const struct search *s, bool found)
{
	bool is_own = s->options->what.letter == 'n';
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &s->netif.address, text, sizeof(text));
	printf("\n%s:\nNode IpAddress: [%s] Scope Id: []\n\n", s->netif.name, text);
	if (found)
		print_table(&s->node, is_own);
	else
		printf("%s    %s%s\n", paint(PAINT_BAD),
		       is_own ? "No names in cache" : "Host not found.", paint(PAINT_PLAIN));
	fflush(stdout);
}

static void report_search(const struct search *s, bool found)
{
	report_print(json_pack("{s:s, s:o, s:o}", "interface", s->netif.name, "address",
			       report_address(s->netif.address), "status",
			       found ? report_status(&s->node) : json_null()));
}

/* From the address of this interface; the address does not count if the host is known by name. */
static bool search_from(const struct options *options, const struct netif *netif,
			struct in_addr address)
{
	static struct search s;
	const struct sockaddr_in local = { .sin_family = AF_INET, .sin_addr = netif->address };
	bool found = false;

	s.options = options;
	s.netif = *netif;
	if (nbt_client_open(&s.client, &local) == NBT_OK)
		found = options->what.letter == 'a' ? ask_name(&s, options->what.argument)
						    : ask_address(&s, address);
	nbt_client_close(s.client);
	(options->json ? report_search : print_search)(&s, found);
	return found;
}

/* The address of our own from which the host is reached. */
static bool find_route(struct in_addr address, struct in_addr *from)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(1),
				  .sin_addr = address };
	struct sockaddr_in local;
	socklen_t len = sizeof(local);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool found = fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
		     getsockname(fd, (struct sockaddr *)&local, &len) == 0;

	if (fd >= 0)
		close(fd);
	*from = local.sin_addr;
	return found;
}

static int by_address(const struct options *options)
{
	struct netif list[NETIF_MAX], route = { .name = "lo" };
	size_t count = netif_read(list);
	struct in_addr address;

	if (inet_pton(AF_INET, options->what.argument, &address) != 1) {
		return tool_misuse(&nbtstat, options->what.argument,
				   "not an address; for a host's name there is -a");
	}
	if (!find_route(address, &route.address)) {
		fprintf(stderr,
			"nbtstat: %s: there is no way to it; \"ip route\" shows those that there are\n",
			options->what.argument);
		return TOOL_FAILED;
	}
	for (size_t i = 0; i < count; i++)
		if (list[i].address.s_addr == route.address.s_addr)
			route = list[i];
	if (search_from(options, &route, address))
		return TOOL_OK;
	tool_hint(&nbtstat,
		  "it is off, has no NetBIOS over TCP/IP, or a firewall lets no UDP 137 through");
	return TOOL_NOT_FOUND;
}

/* As Windows does: a look-up and a table for each interface. */
static int from_each(const struct options *options)
{
	struct netif list[NETIF_MAX];
	size_t count = netif_read(list);
	int status = TOOL_NOT_FOUND;

	for (size_t i = 0; i < count; i++)
		if (search_from(options, &list[i], list[i].address))
			status = TOOL_OK;
	if (status != TOOL_OK && options->what.letter == 'a')
		tool_hint(&nbtstat,
			  "nobody here has this name; to ask a name server: nbtlookup -U SERVER "
			  "--recursion NAME#20");
	else if (status != TOOL_OK)
		tool_hint(&nbtstat,
			  "nothing here answers at UDP 137; to start the name service: systemctl "
			  "start nbnsd");
	return status;
}

static int run(const struct options *options)
{
	switch (options->what.letter) {
	case 'A':
		return by_address(options);
	case 'c':
		return nbtstat_cache(options->directory, options->json);
	case 'r':
		return nbtstat_resolved(options->directory, options->json);
	case 0:
		return options->purge == 1 ? nbtstat_purge(options->directory, options->json)
					   : nbtstat_refresh(options->directory, options->json);
	default:
		return from_each(options);
	}
}

int main(int argc, char **argv)
{
	struct options options = { .port = NBT_NAME_PORT, .directory = NBTSTAT_DIRECTORY };
	int first, status;

	if (!tool_read_options(&nbtstat, argc, argv, &options, &first, &status))
		return status;
	/* One thing at a time. */
	if (first < argc)
		return tool_misuse(&nbtstat, argv[first], "behind the options nothing is taken");
	if ((options.what.letter != 0) == (options.purge != 0) || options.purge > 2)
		return tool_misuse(&nbtstat, NULL,
				   "one of -a, -A, -n, -c, -r, -R and -RR is wanted");
	return run(&options);
}

/* nbtstat: the NetBIOS names of another host, as Windows' nbtstat shows them. */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nbt/client.h>

#include "common/charset.h"
#include "tools/netif.h"
#include "tools/report.h"
#include "tools/tool.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct options {
	struct tool_choice host; /* letter 'a': by name, 'A': by address */
	unsigned port;
	bool json;
};

#define OPT(member) offsetof(struct options, member)

static const struct tool_option nbtstat_options[] = {
	{ 'a', "name", "NAME", "the names of the host that has this name", TOOL_CHOICE, OPT(host),
	  0, NULL },
	{ 'A', "address", "ADDRESS", "the names of the host at this address", TOOL_CHOICE,
	  OPT(host), 0, NULL },
	{ 0, "port", "PORT", "ask at another port than 137", TOOL_NUMBER, OPT(port), 65535, NULL },
	{ 0, "json", NULL, "print a JSON object", TOOL_FLAG, OPT(json), 0, NULL },
};

static const struct tool nbtstat = {
	.name = "nbtstat",
	.help = "Show the NetBIOS names of another host.",
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

static void print_name(const struct nbt_status_name *entry)
{
	char text[NBT_NAME_LEN];

	for (size_t i = 0; i < NBT_NAME_LEN - 1; i++) {
		uint8_t byte = entry->name.bytes[i];

		text[i] = byte >= ' ' && byte <= '~' ? (char)byte : '.';
	}
	printf("    %.15s<%02X>  %-6s      %s \n", text, nbt_name_suffix(&entry->name),
	       entry->flags & NBT_STATUS_GROUP ? "GROUP" : "UNIQUE", state_of(entry->flags));
}

static void print_table(const struct nbt_node_status *node)
{
	const uint8_t *id = node->unit_id;

	printf("           NetBIOS Remote Machine Name Table\n\n"
	       "       Name               Type         Status\n"
	       "    ---------------------------------------------\n");
	for (size_t i = 0; i < node->count; i++)
		print_name(&node->names[i]);
	printf("\n    MAC Address = %02X-%02X-%02X-%02X-%02X-%02X\n\n", id[0], id[1], id[2], id[3],
	       id[4], id[5]);
}

static void print_search(const struct search *s, bool found)
{
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &s->netif.address, text, sizeof(text));
	printf("\n%s:\nNode IpAddress: [%s] Scope Id: []\n\n", s->netif.name, text);
	if (found)
		print_table(&s->node);
	else
		printf("    Host not found.\n");
	fflush(stdout);
}

static void report_search(const struct search *s, bool found)
{
	report_print(json_pack("{s:s, s:o, s:o}", "interface", s->netif.name, "address",
			       report_address(s->netif.address), "status",
			       found ? report_status(&s->node) : json_null()));
}

/* From the address of this interface; address: 0.0.0.0 if the host is known by name. */
static bool search_from(const struct options *options, const struct netif *netif,
			struct in_addr address)
{
	static struct search s;
	const struct sockaddr_in local = { .sin_family = AF_INET, .sin_addr = netif->address };
	bool found = false;

	s.options = options;
	s.netif = *netif;
	if (nbt_client_open(&s.client, &local) == NBT_OK)
		found = options->host.letter == 'a' ? ask_name(&s, options->host.argument)
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

	if (inet_pton(AF_INET, options->host.argument, &address) != 1) {
		fprintf(stderr, "nbtstat: %s: not an address\n", options->host.argument);
		return TOOL_MISUSE;
	}
	if (!find_route(address, &route.address)) {
		fprintf(stderr, "nbtstat: %s: there is no way to it\n", options->host.argument);
		return TOOL_NOT_FOUND;
	}
	for (size_t i = 0; i < count; i++)
		if (list[i].address.s_addr == route.address.s_addr)
			route = list[i];
	return search_from(options, &route, address) ? TOOL_OK : TOOL_NOT_FOUND;
}

/* As Windows does: a look-up and a table for each interface. */
static int by_name(const struct options *options)
{
	const struct in_addr nowhere = { INADDR_ANY };
	struct netif list[NETIF_MAX];
	size_t count = netif_read(list);
	int status = TOOL_NOT_FOUND;

	for (size_t i = 0; i < count; i++)
		if (search_from(options, &list[i], nowhere))
			status = TOOL_OK;
	return status;
}

int main(int argc, char **argv)
{
	struct options options = { .port = NBT_NAME_PORT };
	int first, status;

	if (!tool_read_options(&nbtstat, argc, argv, &options, &first, &status))
		return status;
	if (first < argc || options.host.letter == 0) {
		tool_print_usage(&nbtstat, stderr);
		return TOOL_MISUSE;
	}
	return options.host.letter == 'A' ? by_address(&options) : by_name(&options);
}

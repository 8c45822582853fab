/* nbtbrowse: where masters and servers are. */
#include <string.h>

#include "common/array.h"
#include "common/charset.h"
#include "tools/nbtbrowse.h"

static const struct nbt_timers broadcast_timers = { .timeout_ms = 250, .tries = 2 };
static const struct nbt_timers unicast_timers = { .timeout_ms = 1000, .tries = 2 };

static struct sockaddr_in port_at(struct in_addr address)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(NBT_NAME_PORT),
				     .sin_addr = address };
}

/* One broadcast address for each subnet, or that of -B or -U. */
static size_t servers_of(const struct browse *b, struct sockaddr_in servers[NETIF_MAX])
{
	size_t count = 0;

	if (b->is_directed)
		servers[count++] = port_at(b->target);
	for (size_t i = 0; i < b->interface_count && !b->is_directed; i++) {
		size_t same = 0;

		while (same < count &&
		       servers[same].sin_addr.s_addr != b->interfaces[i].broadcast.s_addr)
			same++;
		if (same == count)
			servers[count++] = port_at(b->interfaces[i].broadcast);
	}
	return count;
}

static bool ask(struct browse *b, const struct nbt_name *name, bool until_unique,
		struct nbt_answers *answers)
{
	bool is_unicast = b->options.target.letter == 'U';
	struct sockaddr_in servers[NETIF_MAX];
	const struct nbt_query_request request = {
		.to = { .name = *name,
			.servers = servers,
			.server_count = servers_of(b, servers),
			.broadcast = !is_unicast,
			.timers = is_unicast ? unicast_timers : broadcast_timers },
		.recursion = true,
		.until_unique = until_unique,
	};

	return nbt_client_query(b->client, &request, answers) == NBT_OK && answers->count > 0;
}

/* A WINS server answers for groups with the broadcast address. */
static bool is_host(struct in_addr address)
{
	return address.s_addr != INADDR_ANY && !IN_MULTICAST(ntohl(address.s_addr)) &&
	       address.s_addr != INADDR_BROADCAST;
}

/* The first address that has the name. */
static struct in_addr ask_text(struct browse *b, const char *text, uint8_t suffix)
{
	static struct nbt_answers answers;
	struct nbt_name name;

	if (nbt_name_make(&name, text, suffix) == NBT_OK && ask(b, &name, true, &answers))
		for (size_t i = 0; i < answers.count; i++)
			if (is_host(answers.addresses[i].address))
				return answers.addresses[i].address;
	return (struct in_addr){ INADDR_ANY };
}

/*
 * Node status.
 */

/* Its server is <20>, its workgroup a group <00>. */
static void read_status(struct found *host, const struct nbt_node_status *node)
{
	for (size_t i = 0; i < node->count; i++) {
		const struct nbt_status_name *entry = &node->names[i];
		uint8_t suffix = nbt_name_suffix(&entry->name);

		if (entry->flags & NBT_STATUS_GROUP && suffix == NBT_SUFFIX_WORKSTATION)
			tree_name(host->workgroup, &entry->name);
		if (!(entry->flags & NBT_STATUS_GROUP) && suffix == NBT_SUFFIX_SERVER &&
		    host->name[0] == '\0')
			tree_name(host->name, &entry->name);
	}
}

static void ask_status(struct browse *b, struct found *host)
{
	static struct nbt_node_status node;
	const struct sockaddr_in at = port_at(host->address);
	struct nbt_request request = { .servers = &at,
				       .server_count = 1,
				       .timers = unicast_timers };

	if (nbt_name_make(&request.name, "*", 0) == NBT_OK &&
	    nbt_client_status(b->client, &request, &node) == NBT_OK)
		read_status(host, &node);
}

static bool make_found(struct browse *b, struct in_addr address, struct found *out)
{
	*out = (struct found){ .address = address };
	if (!is_host(address))
		return false;
	ask_status(b, out);
	return true;
}

/*
 * Hosts.
 */

bool find_host(struct browse *b, const char *text, struct found *out)
{
	struct nbt_name name;
	char wire[TREE_NAME_SIZE] = "";
	struct in_addr address = { INADDR_ANY };

	if (charset_make_name(&name, text, NBT_SUFFIX_SERVER)) {
		tree_name(wire, &name);
		address = find_server(b, wire);
	}
	if (address.s_addr == INADDR_ANY)
		(void)netif_resolve(text, &address);
	return make_found(b, address, out);
}

struct in_addr find_server(struct browse *b, const char *name)
{
	static const uint8_t suffixes[] = { NBT_SUFFIX_SERVER, NBT_SUFFIX_WORKSTATION };
	struct in_addr address = { INADDR_ANY };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes) && address.s_addr == INADDR_ANY; i++)
		address = ask_text(b, name, suffixes[i]);
	return address;
}

bool find_master_of(struct browse *b, const struct tree_workgroup *workgroup, struct found *out)
{
	static const uint8_t suffixes[] = { NBT_SUFFIX_LMB, NBT_SUFFIX_DMB };
	struct in_addr address = { INADDR_ANY };

	if (workgroup->master[0] != '\0')
		address = find_server(b, workgroup->master);
	for (size_t i = 0; i < ARRAY_SIZE(suffixes) && address.s_addr == INADDR_ANY; i++)
		address = ask_text(b, workgroup->name, suffixes[i]);
	return make_found(b, address, out);
}

/*
 * Masters.
 */

static size_t add_found(struct browse *b, struct found list[FOUND_MAX], size_t count,
			struct in_addr address)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].address.s_addr == address.s_addr)
			return count;
	if (count < FOUND_MAX && make_found(b, address, &list[count]))
		count++;
	return count;
}

size_t find_masters(struct browse *b, struct found list[FOUND_MAX])
{
	static struct nbt_answers answers;
	static const struct nbt_name everybody = { "\x01\x02__MSBROWSE__\x02\x01" };
	static const uint8_t suffixes[] = { NBT_SUFFIX_LMB, NBT_SUFFIX_DMB };
	size_t count = 0;

	if (b->options.master != NULL)
		return find_host(b, b->options.master, &list[0]) ? 1 : 0;
	if (ask(b, &everybody, false, &answers))
		for (size_t i = 0; i < answers.count; i++)
			count = add_found(b, list, count, answers.addresses[i].address);
	for (size_t i = 0; i < b->wanted_count; i++) {
		struct nbt_name name;
		char wire[TREE_NAME_SIZE];

		if (!charset_make_name(&name, b->wanted[i], NBT_SUFFIX_LMB))
			continue;
		tree_name(wire, &name);
		for (size_t j = 0; j < ARRAY_SIZE(suffixes); j++)
			count = add_found(b, list, count, ask_text(b, wire, suffixes[j]));
	}
	return count;
}

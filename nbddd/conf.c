#include "nbddd/conf.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include <nbt/name.h>

#include "common/array.h"

#define SECOND             INT64_C(1000)
#define MINUTE             (60 * SECOND)
#define KIB                INT64_C(1024)
#define MIB                (1024 * KIB)

#define DISTRIBUTION_SLICE 1024 /* a few milliseconds */

static const char *const group_sends[] = {
	[DGRAM_GROUPS_AUTO] = "auto",
	[DGRAM_GROUPS_BROADCAST] = "broadcast",
	[DGRAM_GROUPS_NBDD] = "nbdd",
	NULL,
};

/* Two hex digits, with "!" in front or without. -1: it is none. */
static int read_suffix(const char *text, bool *is_excluded)
{
	unsigned value = 0;

	*is_excluded = *text == '!';
	if (*is_excluded)
		text++;
	if (strlen(text) != 2 || !isxdigit((unsigned char)text[0]) ||
	    !isxdigit((unsigned char)text[1]))
		return -1;
	for (; *text != '\0'; text++)
		value = value << 4 | (unsigned)(isdigit((unsigned char)*text)
							? *text - '0'
							: toupper((unsigned char)*text) - 'A' + 10);
	return (int)value;
}

static const char *check_suffix(const char *value)
{
	bool is_excluded;

	return read_suffix(value, &is_excluded) >= 0
		       ? NULL
		       : "two hex digits such as \"1D\", or \"!1D\" for all but that";
}

static const char *check_group(const char *value)
{
	struct nbt_name name;

	return *value != '\0' && nbt_name_from_text(&name, value, 0) == NBT_OK
		       ? NULL
		       : "a NetBIOS name of 1 to 15 characters";
}

#define AT(member) offsetof(struct conf_nbddd, member)
static const struct conf_item items[] = {
	{ "server", CONF_BOOL, AT(server), "true",
	  .help = "be an NBDD: distribute datagrams that other nodes send to groups",
	  .at_start = true },
	{ "relay", CONF_BOOL, AT(relay), "false",
	  .help = "carry group broadcasts of this subnet to others", .at_start = true },
	{ "peers", CONF_ADDRESSES, AT(peers), "", .help = "relay: all addresses of all relays" },
	{ "relay-groups", CONF_STRINGS, AT(relay_groups), "", .check = check_group,
	  .help = "relay: names, without suffix, of the groups that are relayed; []: all" },
	{ "relay-suffixes", CONF_STRINGS, AT(relay_suffixes), "!01 !1D !1E", .check = check_suffix,
	  .help = "relay: suffixes of their names; with \"!\": all but these. The default leaves "
		  "out the browser's own, which browserd carries" },
	{ "relay-memory", CONF_DURATION, AT(relay_memory), "10s", 10, 10 * MINUTE,
	  .help = "relay: how long datagrams are remembered, so that none goes twice" },
	{ "relay-reply-timeout", CONF_DURATION, AT(relay_reply_timeout), "2m", 10, 60 * MINUTE,
	  .help = "relay: how long answers are sent on to who sent the datagram" },
	{ "max-relayed", CONF_INT, AT(max_relayed), "8192", 64, 1048576,
	  .help = "relay: datagrams remembered at once, about", .at_start = true },
	{ "max-originators", CONF_INT, AT(max_originators), "1024", 1, 8192,
	  .help = "relay: senders to whom answers are sent on", .at_start = true },
	{ "listen", CONF_ADDRESSES, AT(listen), "",
	  .help = "addresses to listen on; default: those of interfaces, and 127.0.0.1" },
	{ "port", CONF_INT, AT(port), "138", .max = UINT16_MAX,
	  .help = "UDP port; other nodes know only 138; 0: not served", .at_start = true },
	{ "allow-send", CONF_NETWORKS, AT(allow_send), "private",
	  .help = "whose datagrams are taken: networks; private: loopback, private and link-local "
		  "addresses, and the networks of this host" },
	{ "nbdd-servers", CONF_ADDRESSES, AT(nbdd_servers), "",
	  .help = "node: where datagrams to groups go; none: to each member, which name servers "
		  "tell" },
	{ "group-sends", CONF_WORD, AT(group_sends), "auto", .words = group_sends,
	  .help = "node: datagrams to groups go by broadcast or to nbdd-servers; auto: as the node "
		  "type has it" },
	{ "query-timeout", CONF_DURATION, AT(query_timeout), "1500ms", 1, MINUTE,
	  .help = "node: wait for an NBDD's answer whether it distributes to a group" },
	{ "query-tries", CONF_INT, AT(query_tries), "3", 1, 10,
	  .help = "node: how often each NBDD is asked" },
	{ "route-timeout", CONF_DURATION, AT(route_timeout), "30s", 10, 60 * MINUTE,
	  .help = "node: how long it is remembered where datagrams to a name go" },
	{ "max-datagram-length", CONF_INT, AT(max_datagram_length), "1500", .min = 576, .max = 1500,
	  .help = "bytes of an IP packet; longer datagrams are sent in fragments, which Windows and "
		  "Samba do not know" },
	{ "max-waiting", CONF_INT, AT(max_waiting), "4000", 1, 100000,
	  .help = "node: datagrams that may wait until it is known where they go; a program may have a "
		  "quarter",
	  .at_start = true },
	{ "waiting-memory", CONF_INT, AT(waiting_memory), "4194304", 256 * KIB, 1024 * MIB,
	  .help = "node: bytes of such datagrams in all" },
	{ "allow-distribute", CONF_NETWORKS, AT(allow_distribute), "private",
	  .help = "NBDD: whose datagrams are distributed to the members of groups; as allow-send" },
	{ "distribute-limit", CONF_INT, AT(distribute_limit), "10000", .max = 1000000,
	  .help = "NBDD: datagrams and queries per second and source; 0: no limit" },
	{ "name-servers", CONF_ADDRESSES, AT(name_servers), "",
	  .help = "name servers of others that are asked for members, beside wins-servers" },
	{ "members-timeout", CONF_DURATION, AT(members_timeout), "5s", 10, 60 * MINUTE,
	  .help = "how long the members of a group are remembered" },
	{ "members-wait", CONF_DURATION, AT(members_wait), "3s", 10, MINUTE,
	  .help = "how long datagrams wait for the slowest name server" },
	{ "server-retry", CONF_DURATION, AT(server_retry), "1m", 10, 60 * MINUTE,
	  .help = "how long a name server that was silent is not asked for members" },
	{ "duplicate-timeout", CONF_DURATION, AT(duplicate_timeout), "5s", 10, MINUTE,
	  .help = "how long datagrams to groups are remembered, so that none counts twice" },
	{ "query-memory", CONF_DURATION, AT(query_memory), "1h", 10, 24 * 60 * MINUTE,
	  .help = "NBDD: how long an H node that has asked may have datagrams distributed" },
	{ "unreachable-backoff", CONF_DURATION, AT(unreachable_backoff), "30s", 10, 60 * MINUTE,
	  .help = "NBDD: how long a member that cannot be reached gets nothing" },
	{ "max-groups", CONF_INT, AT(max_groups), "256", 8, 65536,
	  .help = "groups of which the members are remembered", .at_start = true },
	{ "max-distributing", CONF_INT, AT(max_distributing), "1000", 8, 100000,
	  .help = "NBDD: datagrams that may wait until members are known; a source may have a quarter",
	  .at_start = true },
	{ "distribute-memory", CONF_INT, AT(distribute_memory), "8388608", 256 * KIB, 1024 * MIB,
	  .help = "NBDD: bytes of such datagrams in all", .at_start = true },
	{ "error-limit", CONF_INT, AT(error_limit), "100", .max = 1000000,
	  .help = "DATAGRAM ERROR packets per second and source; 0: no limit" },
	{ "fragment-timeout", CONF_DURATION, AT(fragment_timeout), "2s", 10, MINUTE,
	  .help = "how long the fragments of a datagram may take" },
	{ "max-incomplete", CONF_INT, AT(max_incomplete), "256", 8, 65536,
	  .help = "datagrams of which fragments are missing; a source may have a quarter",
	  .at_start = true },
	{ "reassembly-memory", CONF_INT, AT(reassembly_memory), "4194304", 256 * KIB, 1024 * MIB,
	  .help = "bytes of such datagrams in all", .at_start = true },
	{ "max-clients", CONF_INT, AT(max_clients), "256", 1, 10000,
	  .help = "programs on datagram.sock at once", .at_start = true },
	{ "max-names", CONF_INT, AT(max_names), "512", 1, 100000,
	  .help = "names whose datagrams they want, in all", .at_start = true },
	{ "client-queue", CONF_INT, AT(client_queue), "262144", 64 * KIB, 64 * MIB,
	  .help = "bytes of datagrams that wait for a program which does not read; more are lost",
	  .at_start = true },
	{ "metrics-port", CONF_INT, AT(metrics_port), "0", .max = UINT16_MAX,
	  .help = "TCP port of 127.0.0.1 where GET /metrics is answered, for Prometheus; 0: none" },
	{ .name = NULL },
};
#undef AT

static const struct conf_group groups[] = {
	{ NULL, conf_global_items, offsetof(struct nbddd_settings, global), NULL },
	{ "nbddd", items, offsetof(struct nbddd_settings, nbddd), NULL },
};

const struct conf_schema nbddd_schema = { groups, ARRAY_SIZE(groups),
					  sizeof(struct nbddd_settings) };

/* As nbnsd decides it, but for its own server role, which we don't know: auto is h where there are
 * name servers. */
static enum dgram_node_type node_type(const struct nbddd_settings *in)
{
	static const enum dgram_node_type types[] = {
		[CONF_NODE_B] = DGRAM_NODE_B,
		[CONF_NODE_P] = DGRAM_NODE_P,
		[CONF_NODE_M] = DGRAM_NODE_M,
		[CONF_NODE_H] = DGRAM_NODE_H,
	};

	if (in->global.node_type != CONF_NODE_AUTO)
		return types[in->global.node_type];
	return in->global.wins_servers.count > 0 ? DGRAM_NODE_H : DGRAM_NODE_B;
}

/* A lab's time-scale may bring a time to 0. */
static uint64_t at_least_1(uint64_t ms)
{
	return ms > 0 ? ms : 1;
}

/* Those that are named; if none is, all that are not excluded. */
static void choose_suffixes(const struct conf_strings *words, bool suffixes[256])
{
	bool is_excluded, all = true;
	int suffix;

	for (size_t i = 0; i < words->count; i++)
		if (words->items[i][0] != '!')
			all = false;
	memset(suffixes, all, 256 * sizeof(*suffixes));
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < words->count; i++) {
			suffix = read_suffix(words->items[i], &is_excluded);
			if (suffix >= 0 && is_excluded == (pass == 1))
				suffixes[suffix] = !is_excluded;
		}
}

void nbddd_settings_apply(const struct nbddd_settings *in, const struct access_list *access,
			  struct dgram_settings *out)
{
	const struct conf_nbddd *conf = &in->nbddd;

	*out = (struct dgram_settings){
		.node_type = node_type(in),
		.server = conf->server,
		.relay = conf->relay,
		.port = (uint16_t)conf->port,
		.packet_max = (size_t)conf->max_datagram_length - DGRAM_IP_UDP_LEN,
		.access = access,
		.peers = { conf->peers.items, conf->peers.count },
		.name_servers = { in->global.wins_servers.items, in->global.wins_servers.count },
		.node = {
			.nbdds = { conf->nbdd_servers.items, conf->nbdd_servers.count },
			.group_sends = (enum dgram_group_sends)conf->group_sends,
			.query_ms = at_least_1(conf->query_timeout),
			.query_tries = (unsigned)conf->query_tries,
			.route_ms = at_least_1(conf->route_timeout),
			.waiting = (size_t)conf->max_waiting,
			.waiting_bytes = (size_t)conf->waiting_memory,
		},
		.members = {
			.servers = { conf->name_servers.items, conf->name_servers.count },
			.groups = (size_t)conf->max_groups,
			.remember_ms = at_least_1(conf->members_timeout),
			.wait_ms = at_least_1(conf->members_wait),
			.retry_ms = at_least_1(conf->server_retry),
		},
		.distribution = {
			.limit = (uint32_t)conf->distribute_limit,
			.waiting = (size_t)conf->max_distributing,
			.bytes = (size_t)conf->distribute_memory / 2,
			.duplicate_ms = at_least_1(conf->duplicate_timeout),
			.query_memory_ms = at_least_1(conf->query_memory),
			.slice = DISTRIBUTION_SLICE,
			.backoff_ms = at_least_1(conf->unreachable_backoff),
		},
		.relaying = {
			.groups = (const char *const *)conf->relay_groups.items,
			.group_count = conf->relay_groups.count,
			.memory_ms = at_least_1(conf->relay_memory),
			.reply_ms = at_least_1(conf->relay_reply_timeout),
			.datagrams = (size_t)conf->max_relayed,
			.originators = (size_t)conf->max_originators,
		},
		.error_limit = (uint32_t)conf->error_limit,
		.reassembly = {
			.datagrams = (size_t)conf->max_incomplete,
			.bytes = (size_t)conf->reassembly_memory,
			.timeout_ms = at_least_1(conf->fragment_timeout),
		},
		.names = (size_t)conf->max_names,
		.clients = (size_t)conf->max_clients,
	};
	choose_suffixes(&conf->relay_suffixes, out->relaying.suffixes);
}

struct access_list *nbddd_settings_access(const struct nbddd_settings *in,
					  const struct access_network *own, size_t own_count)
{
	const struct conf_nbddd *conf = &in->nbddd;
	const struct access_rule rules[DGRAM_RULES] = {
		[MAY_SEND] = { conf->allow_send.items, conf->allow_send.count },
		[MAY_DISTRIBUTE] = { conf->allow_distribute.items, conf->allow_distribute.count },
	};

	return access_list_create(rules, DGRAM_RULES, own, own_count);
}

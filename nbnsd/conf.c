#include "nbnsd/conf.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/array.h"
#include "nbnsd/service/challenge.h"

#define SECOND      INT64_C(1000)
#define HOUR        (3600 * SECOND)
#define DAY         (24 * HOUR)

/* The longest that the WINS console takes (KB 176505): 999 h. */
#define WINS_MAX    (999 * HOUR)

/* MS-WINSRA footnote 9. */
#define RENEWAL_MIN (2400 * SECOND)
#define EXTINCTION  (4 * DAY)
#define VERIFY_MIN  (24 * DAY)

static const char *const durabilities[] = { "full", "normal", NULL };

/* SQLite takes these for a database of its own that ends with the process. */
static const char *check_database(const char *value)
{
	return *value != '\0' && *value != ':' ? NULL : "a path";
}

static const char *check_directory(const char *value)
{
	return (*value == '/' || *value == '\0') && strlen(value) < PATH_MAX
		       ? NULL
		       : "a path that begins with \"/\"";
}

static const char *check_file(const char *value)
{
	return *value == '/' ? NULL : "paths that begin with \"/\"";
}

static const char *check_word(const char *value)
{
	return *value != '\0' ? NULL : "a program, or an argument";
}

#define AT(member) offsetof(struct conf_nbnsd, member)
static const struct conf_item items[] = {
	{ "server", CONF_BOOL, AT(server), "true", .help = "be the NBNS (WINS server)",
	  .at_start = true },
	{ "listen", CONF_ADDRESSES, AT(listen), "",
	  .help = "addresses to answer on; default: those of interfaces, and 127.0.0.1" },
	{ "port", CONF_INT, AT(port), "137", .max = UINT16_MAX,
	  .help = "UDP and TCP port; clients know only 137; 0: not served", .at_start = true },
	{ "database", CONF_STRING, AT(database), "/var/lib/nbt/names.db", .check = check_database,
	  .help = "SQLite file that holds the names", .at_start = true },
	{ "durability", CONF_WORD, AT(durability), "full", .words = durabilities,
	  .help = "full: an answered registration survives a power cut; normal: a crash",
	  .at_start = true },
	{ "backup-directory", CONF_STRING, AT(backup_directory), "", .check = check_directory,
	  .help = "where backups of the database are made by themselves; \"\": nowhere" },
	{ "backup-interval", CONF_DURATION, AT(backup_interval), "1d", SECOND, WINS_MAX,
	  .help = "how often" },
	{ "backup-keep", CONF_INT, AT(backup_keep), "7", 1, 10000,
	  .help = "how many are kept; older ones are removed" },
	{ "renewal-interval", CONF_DURATION, AT(renewal), "6d", SECOND, WINS_MAX,
	  .help = "how long a name lives without a refresh; 40 minutes at least" },
	{ "extinction-interval", CONF_DURATION, AT(extinction), "4d", SECOND, WINS_MAX,
	  .help = "how long it is then kept as released" },
	{ "extinction-timeout", CONF_DURATION, AT(extinction_timeout), "6d", SECOND, WINS_MAX,
	  .help = "how long it is then kept as a tombstone" },
	{ "verify-interval", CONF_DURATION, AT(verify), "24d", SECOND, 999 * DAY,
	  .help = "how long another server's name is trusted; 24 days at least" },
	{ "scavenge-interval", CONF_DURATION, AT(scavenge), "3d", SECOND, WINS_MAX,
	  .help = "all names are looked at for their age so often, or as often as it takes" },
	{ "deletion-uptime", CONF_DURATION, AT(deletion_uptime), "3d", 0, WINS_MAX,
	  .help = "tombstones are deleted only after so long a time without a restart" },
	{ "allow-query", CONF_NETWORKS, AT(allow_query), "private",
	  .help = "who may ask for names and node status: networks; private: loopback, private and "
		  "link-local addresses, and the networks of this host" },
	{ "allow-register", CONF_NETWORKS, AT(allow_register), "private",
	  .help = "who may register names" },
	{ "group-members-to", CONF_NETWORKS, AT(group_members_to), "127.0.0.1",
	  .help = "who is given all members of a group instead of 255.255.255.255, by UDP and by "
		  "TCP: datagram distribution servers" },
	{ "allow-proxy-names", CONF_BOOL, AT(allow_proxy_names), "false",
	  .help = "WPAD and ISATAP may be registered, names that steer all clients' traffic" },
	{ "tcp-connections", CONF_INT, AT(tcp_connections), "32", .max = 1000,
	  .help = "at once, by those in group-members-to; 0: no TCP" },
	{ "tcp-idle-timeout", CONF_DURATION, AT(tcp_idle_timeout), "30s", 10, HOUR,
	  .help = "how long a connection may take for a question, or for taking the answer" },
	{ "rate-limit", CONF_INT, AT(rate_limit), "1000", .max = 1000000,
	  .help = "answers per second and source; 0: no limit" },
	{ "rate-limit-exempt", CONF_NETWORKS, AT(rate_limit_exempt), "",
	  .help = "sources without that limit: networks" },
	{ "burst-limit", CONF_INT, AT(burst_limit), "0", .max = 5000,
	  .help = "when so many registrations wait, acknowledge more without storing them, for a "
		  "short time; 0: never" },
	{ "static-mappings", CONF_STRINGS, AT(static_mappings), "", .check = check_file,
	  .help = "files of static names, in the form of LMHOSTS, see nbt-lmhosts(5)" },
	{ "migrate", CONF_BOOL, AT(migrate), "false",
	  .help = "registrations may replace static unique names" },
	{ "prepend-1b", CONF_BOOL, AT(prepend_1b), "true",
	  .help = "the domain master's address comes first in a <1C> list" },
	{ "wildcard-1b", CONF_BOOL, AT(wildcard_1b), "true",
	  .help = "answer *<1B> with the addresses of all domain masters" },
	{ "keep-master-names", CONF_BOOL, AT(keep_master_names), "false",
	  .help = "names of master browsers (<1D>) are names like any, for all subnets, as RFC 1001 "
		  "has it; true: only where all are P nodes, see doc/virtual-lan.md" },
	{ "challenge-interval", CONF_DURATION, AT(challenge_interval), "500ms", 10, 4 * SECOND,
	  .help = "first wait for the answer of a name's present owner; doubles" },
	{ "challenge-tries", CONF_INT, AT(challenge_tries), "3", 1, 8,
	  .help = "how often each of its addresses is asked, within 4 seconds" },
	{ "max-challenges", CONF_INT, AT(max_challenges), "10000", 1, CHALLENGES_MAX,
	  .help = "claims that may wait for an owner's answer; more are dropped" },
	{ "max-waiting", CONF_INT, AT(max_waiting), "100000", 1, 10000000,
	  .help = "answers that may wait for the disk; more requests are dropped" },
	{ "broadcast-timeout", CONF_DURATION, AT(broadcast_timeout), "250ms", 1, 60 * SECOND,
	  .help = "node: wait for an answer to a broadcast" },
	{ "broadcast-tries", CONF_INT, AT(broadcast_tries), "3", 1, 10,
	  .help = "node: how often it is sent" },
	{ "unicast-timeout", CONF_DURATION, AT(unicast_timeout), "1500ms", 1, 60 * SECOND,
	  .help = "node: wait for the answer of a name server" },
	{ "unicast-tries", CONF_INT, AT(unicast_tries), "3", 1, 10,
	  .help = "node: how often each name server is asked" },
	{ "refresh-minimum", CONF_DURATION, AT(refresh_minimum), "5m", SECOND, DAY,
	  .help = "node: a lease that is shorter is taken for one of this length; refreshed at half" },
	{ "refresh-retry", CONF_DURATION, AT(refresh_retry), "10m", SECOND, DAY,
	  .help = "node: a name server that is silent is asked again after this time" },
	{ "refresh-share", CONF_DURATION, AT(refresh_share), "1h", SECOND, 7 * DAY,
	  .help = "node: and for this time, before the next of wins-servers is" },
	{ "claim-retry", CONF_DURATION, AT(claim_retry), "10m", SECOND, 7 * DAY,
	  .help = "node: a name that another host has is claimed again after this time" },
	{ "conflict-timer", CONF_DURATION, AT(conflict_timer), "1s", 1, 10 * SECOND,
	  .help = "look-ups: how long a second owner of a name on a subnet is watched for" },
	{ "server-retry", CONF_DURATION, AT(server_retry), "30s", 0, HOUR,
	  .help = "look-ups: a silent name server of wins-servers is asked last for this time" },
	{ "cache-timeout", CONF_DURATION, AT(cache_timeout), "10m", 0, DAY,
	  .help = "look-ups: how long the address of a name is remembered; 0: not at all" },
	{ "negative-cache-timeout", CONF_DURATION, AT(negative_cache_timeout), "5s", 0, HOUR,
	  .help = "look-ups: how long it is remembered that there is no such name" },
	{ "lmhosts", CONF_STRING, AT(lmhosts), "/etc/nbt/lmhosts",
	  .help = "look-ups: LMHOSTS file, where there is one; \"\": none" },
	{ "proxy", CONF_BOOL, AT(proxy), "false",
	  .help = "answer broadcasts for names of other subnets, which only the name server knows" },
	{ "hook", CONF_STRINGS, AT(hook), "", .check = check_word,
	  .help = "program, and first arguments, to be called for every change of a name" },
	{ "hook-timeout", CONF_DURATION, AT(hook_timeout), "10s", 10, HOUR,
	  .help = "how long a call may take; then it is killed" },
	{ "audit", CONF_BOOL, AT(audit), "true",
	  .help = "remember who asks for and registers what: nbtctl audit", .at_start = true },
	{ "audit-clients", CONF_INT, AT(audit_clients), "20000", 16, 1000000,
	  .help = "of how many clients; those not seen for the longest time are forgotten" },
	{ "audit-interval", CONF_DURATION, AT(audit_interval), "15m", SECOND, DAY,
	  .help = "how often what has changed of it is written to the database" },
	{ "conflict-history", CONF_INT, AT(conflict_history), "1000", .max = 100000,
	  .help = "how many conflicts over names are remembered: nbtctl conflicts; 0: none" },
	{ "metrics-port", CONF_INT, AT(metrics_port), "0", .max = UINT16_MAX,
	  .help = "TCP port of 127.0.0.1 where GET /metrics is answered, for Prometheus; 0: none" },
	{ "replication-address", CONF_ADDRESS, AT(replication_address), "",
	  .check = conf_check_owner,
	  .help = "the address by which partners know this server; default: the only one, or the one "
		  "from which partners are reached" },
	{ "replication-port", CONF_INT, AT(replication_port), "42", .max = UINT16_MAX,
	  .help = "TCP port of WINS replication, ours and the partners'; 0: not served",
	  .at_start = true },
	{ "partners", CONF_GROUPS, AT(partners), "", .entry = &conf_partner_entry,
	  .help = "WINS servers, and other nbnsd, that have the same names: partners = ( { address = "
		  "\"10.2.0.5\" } ). Each of them:" },
	{ .name = NULL },
};
#undef AT

/* DNS labels, without which a name would not be looked up at all. */
static const char *check_domain(const char *value)
{
	const char *letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t len = strlen(value);

	return len > 0 && len <= 200 && value[0] != '.' && strspn(value, letters) == len
		       ? NULL
		       : "a domain such as \"example.org\"";
}

#define DNS_AT(member) offsetof(struct conf_dns, member)
static const struct conf_item dns_items[] = {
	{ "servers", CONF_ADDRESSES, DNS_AT(servers), "",
	  .help = "DNS servers to ask for names that are not registered; none, but domains: those of "
		  "/etc/resolv.conf; neither: DNS is not asked" },
	{ "domains", CONF_STRINGS, DNS_AT(domains), "", .check = check_domain,
	  .help = "domains in which the names are looked up, in this order; none: those of "
		  "/etc/resolv.conf" },
	{ "timeout", CONF_DURATION, DNS_AT(timeout), "4s", 10, 60 * SECOND,
	  .help = "how long a client waits for DNS until it is told that the name is unknown" },
	{ "positive-ttl", CONF_DURATION, DNS_AT(positive_ttl), "2h", SECOND, DAY,
	  .help = "how long an address is kept, or for its TTL if that is shorter" },
	{ "negative-ttl", CONF_DURATION, DNS_AT(negative_ttl), "1m", SECOND, DAY,
	  .help = "how long it is kept that a name has no address" },
	{ "max-queries", CONF_INT, DNS_AT(max_queries), "100", 1, 10000,
	  .help = "to DNS at once; further names are unknown" },
	{ "cache-size", CONF_INT, DNS_AT(cache_size), "5000", 1, 1000000, .help = "names kept" },
	{ .name = NULL },
};
#undef DNS_AT

static const struct conf_group groups[] = {
	{ NULL, conf_global_items, offsetof(struct nbnsd_settings, global), NULL },
	{ "nbnsd", items, offsetof(struct nbnsd_settings, nbnsd), NULL },
	{ "dns-fallback", dns_items, offsetof(struct nbnsd_settings, dns), "nbnsd" },
	{ "replication", conf_replication_items, offsetof(struct nbnsd_settings, replication),
	  "nbnsd" },
};

const struct conf_schema nbnsd_schema = { groups, ARRAY_SIZE(groups),
					  sizeof(struct nbnsd_settings) };

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Whole seconds, and never none: a lab's time-scale may bring an interval below one. */
static uint32_t seconds(uint64_t ms)
{
	return (uint32_t)larger(1, ms / 1000);
}

/* MS-WINSRA footnote 9, in its order. What was configured has been divided by time-scale already.
 */
static void apply_intervals(const struct conf_nbnsd *conf, uint64_t time_scale,
			    struct service_settings *out)
{
	uint64_t renewal = larger(conf->renewal, RENEWAL_MIN / time_scale);
	uint64_t extinction = larger(conf->extinction, smaller(renewal, EXTINCTION / time_scale));

	out->renewal_s = seconds(renewal);
	out->extinction_s = seconds(extinction);
	out->extinction_timeout_s = seconds(larger(conf->extinction_timeout, renewal));
	out->scavenge_s = seconds(conf->scavenge);
	out->deletion_uptime_s = (uint32_t)(conf->deletion_uptime / 1000);
	out->verify_s = seconds(larger(conf->verify, VERIFY_MIN / time_scale));
}

/* A WACK promises the answer in 5 s and 4 s for each address asked: what doesn't fit is left out.
 */
static uint32_t challenge_tries(const struct conf_nbnsd *conf)
{
	uint64_t wait = conf->challenge_interval, total = wait;
	uint32_t tries = 1;

	while (tries < conf->challenge_tries && total + 2 * wait <= 4 * SECOND) {
		wait *= 2;
		total += wait;
		tries++;
	}
	return tries;
}

/* The ONT of the own names. */
static uint8_t node_type(const struct nbnsd_settings *in)
{
	static const uint8_t codes[] = {
		[CONF_NODE_B] = 0, [CONF_NODE_P] = 1, [CONF_NODE_M] = 2, [CONF_NODE_H] = 3
	};

	if (in->global.node_type != CONF_NODE_AUTO)
		return codes[in->global.node_type];
	return codes[in->nbnsd.server || in->global.wins_servers.count > 0 ? CONF_NODE_H
									   : CONF_NODE_B];
}

/* A lab's time-scale may bring them to 0, which would mean the default. */
static struct nbt_timers timers(uint64_t timeout_ms, int64_t tries)
{
	return (struct nbt_timers){ .timeout_ms = (uint32_t)larger(1, timeout_ms),
				    .tries = (uint32_t)tries };
}

static void apply_node(const struct nbnsd_settings *in, struct node_settings *out)
{
	const struct conf_nbnsd *conf = &in->nbnsd;

	*out = (struct node_settings){
		.servers = in->global.wins_servers.items,
		.server_count = in->global.wins_servers.count,
		.port = (uint16_t)conf->port,
		.is_server = conf->server,
		.broadcast = timers(conf->broadcast_timeout, conf->broadcast_tries),
		.unicast = timers(conf->unicast_timeout, conf->unicast_tries),
		.refresh_min = larger(1, conf->refresh_minimum),
		.refresh_retry = larger(1, conf->refresh_retry),
		.refresh_share = larger(1, conf->refresh_share),
		.claim_retry = larger(1, conf->claim_retry),
	};
}

static void apply_resolver(const struct conf_nbnsd *conf, struct resolver_settings *out)
{
	*out = (struct resolver_settings){
		.conflict_ms = (uint32_t)larger(1, conf->conflict_timer),
		.server_retry_ms = conf->server_retry,
		.cache_ms = conf->cache_timeout,
		.negative_cache_ms = conf->negative_cache_timeout,
	};
}

static struct dns_limits dns_limits(const struct conf_dns *conf)
{
	bool is_on = conf->servers.count > 0 || conf->domains.count > 0;

	return (struct dns_limits){ .names = is_on ? (uint32_t)conf->cache_size : 0,
				    .queries = (uint32_t)conf->max_queries,
				    .timeout_ms = conf->timeout,
				    .positive_ms = conf->positive_ttl,
				    .negative_ms = conf->negative_ttl };
}

static int check_hook(const struct conf_strings *hook, char error[CONF_ERROR_MAX])
{
	if (hook->count == 0 || hook->items[0][0] == '/')
		return 0;
	snprintf(error, CONF_ERROR_MAX,
		 "the program of \"hook\" is \"%.80s\"; allowed: a path that begins with \"/\"",
		 hook->items[0]);
	return -EINVAL;
}

static int check_metrics_port(const struct conf_nbnsd *conf, char error[CONF_ERROR_MAX])
{
	if (conf->metrics_port == 0 || conf->metrics_port != conf->port)
		return 0;
	snprintf(error, CONF_ERROR_MAX,
		 "\"metrics-port\" is %u, the port of the name service; allowed: another one, or 0",
		 (unsigned)conf->port);
	return -EINVAL;
}

int nbnsd_settings_check(const struct nbnsd_settings *in, char error[CONF_ERROR_MAX])
{
	int ret = conf_global_check(&in->global, error);

	if (ret == 0)
		ret = check_hook(&in->nbnsd.hook, error);
	if (ret == 0)
		ret = check_metrics_port(&in->nbnsd, error);
	if (ret == 0)
		ret = conf_replication_check(in, error);
	return ret;
}

struct access_list *nbnsd_settings_access(const struct nbnsd_settings *in,
					  const struct access_network *own, size_t own_count)
{
	const struct conf_nbnsd *conf = &in->nbnsd;
	const struct access_rule rules[SERVICE_RULES] = {
		[MAY_QUERY] = { conf->allow_query.items, conf->allow_query.count },
		[MAY_REGISTER] = { conf->allow_register.items, conf->allow_register.count },
		[MAY_HAVE_MEMBERS] = { conf->group_members_to.items, conf->group_members_to.count },
		[MAY_ASK_ON] = { conf->rate_limit_exempt.items, conf->rate_limit_exempt.count },
	};

	return access_list_create(rules, SERVICE_RULES, own, own_count);
}

void nbnsd_settings_apply(const struct nbnsd_settings *in, const struct access_list *access,
			  struct service_settings *out)
{
	const struct conf_nbnsd *conf = &in->nbnsd;

	*out = (struct service_settings){
		.netbios_name = in->global.netbios_name,
		.workgroup = in->global.workgroup,
		.aliases = (const char *const *)in->global.aliases.items,
		.node_type = node_type(in),
		.server = conf->server,
		.allow_proxy_names = conf->allow_proxy_names,
		.migrate = conf->migrate,
		.prepend_1b = conf->prepend_1b,
		.wildcard_1b = conf->wildcard_1b,
		.keep_master_names = conf->keep_master_names,
		.proxy = conf->proxy,
		.challenge_retry_ms = (uint32_t)conf->challenge_interval,
		.challenge_tries = challenge_tries(conf),
		.max_challenges = (uint32_t)conf->max_challenges,
		.max_waiting = (uint32_t)conf->max_waiting,
		.burst_limit = (uint32_t)conf->burst_limit,
		.rate_limit = (uint32_t)conf->rate_limit,
		.access = access,
		.dns = dns_limits(&in->dns),
		.audit_clients = conf->audit ? (uint32_t)conf->audit_clients : 0,
		.audit_save_s = seconds(conf->audit_interval),
		.conflict_history = (uint32_t)conf->conflict_history,
	};
	apply_intervals(conf, (uint64_t)in->global.time_scale, out);
	apply_node(in, &out->node);
	apply_resolver(conf, &out->resolver);
	/* Its row has checked it. */
	if (nbt_scope_from_text(&out->scope, in->global.scope) != NBT_OK)
		out->scope.len = 0;
}

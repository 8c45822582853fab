#include "browserd/conf.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <nbt/browse.h>
#include <nbt/name.h>

#include "browserd/settings.h"
#include "common/array.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static const char *const choices[] = {
	[CONF_PREFERRED_AUTO] = "auto",
	[CONF_PREFERRED_NO] = "no",
	[CONF_PREFERRED_YES] = "yes",
	NULL,
};

static const char *const lanmans[] = {
	[BROWSER_LANMAN_NO] = "no",
	[BROWSER_LANMAN_YES] = "yes",
	[BROWSER_LANMAN_AUTO] = "auto",
	NULL,
};

static const char *const exports[] = {
	[CONF_EXPORT_AUTO] = "auto",
	[CONF_EXPORT_OWN] = "own",
	[CONF_EXPORT_BROWSE_DAT] = "browse.dat",
	[CONF_EXPORT_OFF] = "off",
	NULL,
};

/* Those of browsers are browserd's to tell. */
static const struct {
	const char *word;
	uint32_t bits;
} server_types[] = {
	{ "workstation", NBT_SV_WORKSTATION },
	{ "server", NBT_SV_SERVER },
	{ "sql", NBT_SV_SQLSERVER },
	{ "domain-controller", NBT_SV_DOMAIN_CTRL },
	{ "backup-domain-controller", NBT_SV_DOMAIN_BAKCTRL },
	{ "time", NBT_SV_TIME_SOURCE },
	{ "afp", NBT_SV_AFP },
	{ "novell", NBT_SV_NOVELL },
	{ "domain-member", NBT_SV_DOMAIN_MEMBER },
	{ "print", NBT_SV_PRINTQ_SERVER },
	{ "dial-in", NBT_SV_DIALIN_SERVER },
	{ "unix", NBT_SV_UNIX },
	{ "nt", NBT_SV_NT },
	{ "nt-server", NBT_SV_SERVER_NT },
	{ "dfs", NBT_SV_DFS },
	{ "terminal", NBT_SV_TERMINALSERVER },
};

uint32_t conf_server_type(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(server_types); i++)
		if (strcmp(word, server_types[i].word) == 0)
			return server_types[i].bits;
	return 0;
}

bool conf_version(const char *text, uint8_t *major, uint8_t *minor)
{
	unsigned numbers[2];
	int end = 0;

	if (text[strspn(text, "0123456789.")] != '\0' ||
	    sscanf(text, "%3u.%3u%n", &numbers[0], &numbers[1], &end) != 2 || text[end] != '\0' ||
	    numbers[0] > UINT8_MAX || numbers[1] > UINT8_MAX)
		return false;
	*major = (uint8_t)numbers[0];
	*minor = (uint8_t)numbers[1];
	return true;
}

bool conf_remote(const char *text, struct in_addr *address, const char **workgroup)
{
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char numbers[INET_ADDRSTRLEN];

	if (len >= sizeof(numbers))
		return false;
	memcpy(numbers, text, len);
	numbers[len] = '\0';
	*workgroup = slash != NULL ? slash + 1 : NULL;
	return inet_pton(AF_INET, numbers, address) == 1 && address->s_addr != INADDR_ANY;
}

static const char *check_comment(const char *value)
{
	for (const char *c = value; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7F)
			return "text without control characters";
	return NULL;
}

static const char *check_type(const char *value)
{
	return conf_server_type(value) != 0
		       ? NULL
		       : "workstation, server, sql, domain-controller, backup-domain-controller, "
			 "time, afp, novell, domain-member, print, dial-in, unix, nt, nt-server, "
			 "dfs or terminal";
}

static const char *check_version(const char *value)
{
	uint8_t major, minor;

	return conf_version(value, &major, &minor) ? NULL : "two numbers such as \"6.1\"";
}

static const char *check_remote(const char *value)
{
	struct in_addr address;
	const char *workgroup;

	if (conf_remote(value, &address, &workgroup) &&
	    (workgroup == NULL || conf_check_name(workgroup) == NULL))
		return NULL;
	return "an address, or an address and a workgroup such as \"10.1.2.255/OFFICE\"";
}

static const char *check_path(const char *value)
{
	return *value == '/' || *value == '\0' ? NULL : "a path that begins with \"/\", or \"\"";
}

#define AT(member) offsetof(struct conf_browserd, member)
static const struct conf_item items[] = {
	{ "workgroups", CONF_STRINGS, AT(workgroups), "", .check = conf_check_name,
	  .help = "workgroups that this host is in the lists of; []: workgroup" },
	{ "comment", CONF_STRING, AT(comment), "", .check = check_comment,
	  .help = "what stands beside this host in the lists; 42 bytes at most" },
	{ "server-type", CONF_STRINGS, AT(server_type),
	  "workstation server print unix nt nt-server", .check = check_type,
	  .help = "what this host is said to be" },
	{ "os-version", CONF_STRING, AT(os_version), "6.1", .check = check_version,
	  .help = "version of its operating system, as Windows counts" },
	{ "os-level", CONF_INT, AT(os_level), "20", .max = UINT8_MAX,
	  .help = "weight in elections: Windows has 16, its servers 32, Samba 20; 0: lose to all" },
	{ "local-master", CONF_BOOL, AT(local_master), "true",
	  .help = "be elected; false: only be listed" },
	{ "preferred-master", CONF_WORD, AT(preferred_master), "auto", .words = choices,
	  .help = "yes: elect at the start, and win against the same os-level; auto: as "
		  "domain-master" },
	{ "domain-master", CONF_WORD, AT(domain_master), "auto", .words = choices,
	  .help = "be the domain master browser; auto: where there is none, and an NBNS (WINS "
		  "server) by which that is known" },
	{ "obey-reset", CONF_BOOL, AT(obey_reset), "true",
	  .help = "leave the master's role when a host of the subnet says so (ResetState)" },
	{ "lm-announce", CONF_WORD, AT(lm_announce), "auto", .words = lanmans,
	  .help = "announce this host to LAN Manager; auto: once one of its hosts was heard" },
	{ "remote-announce", CONF_STRINGS, AT(remote_announce), "", .check = check_remote,
	  .help = "announce this host there, too: addresses, such as \"10.1.2.255/OFFICE\"" },
	{ "remote-browse-sync", CONF_ADDRESSES, AT(remote_sync), "",
	  .help = "domain masters that are told of this local master without being looked for" },
	{ "sync-interval", CONF_DURATION, AT(sync_interval), "12m", 10, DAY,
	  .help = "local masters and the domain master fetch each other's lists" },
	{ "probe-interval", CONF_DURATION, AT(probe_interval), "10s", .max = HOUR,
	  .help = "is the master still there? 0: found out by the protocol's own, slow means" },
	{ "change-delay", CONF_DURATION, AT(change_delay), "500ms", .max = HOUR,
	  .help = "browserds of other subnets are told of changes after so long" },
	{ "change-gap", CONF_DURATION, AT(change_gap), "1s", 10, HOUR,
	  .help = "and at most so often" },
	{ "domain-retry", CONF_DURATION, AT(domain_retry), "5m", 10, DAY,
	  .help = "the name of the domain master is claimed again after it was refused" },
	{ "stand-in-delay", CONF_DURATION, AT(stand_in_delay), "2s", .max = HOUR,
	  .help = "up to so long, by chance, until one becomes domain master where there is none" },
	{ "domain-overlap", CONF_DURATION, AT(domain_overlap), "1m", 10, DAY,
	  .help = "how long the records of a domain master that is gone are kept" },
	{ "enhanced-browsing", CONF_BOOL, AT(enhanced_browsing), "true",
	  .help = "domain master: find those of other workgroups by the NBNS, and list their "
		  "workgroups" },
	{ "enhanced-interval", CONF_DURATION, AT(enhanced_interval), "1m", 10, DAY,
	  .help = "how often the NBNS is asked for them" },
	{ "max-peers", CONF_INT, AT(max_peers), "1024", 1, 100000,
	  .help = "domain master: local masters whose lists are fetched" },
	{ "smb-export", CONF_WORD, AT(smb_export), "auto", .words = exports,
	  .help = "who gives the lists to clients: own, browse.dat (smbd does) or off; auto: "
		  "browse.dat where an smbd has ports 139 and 445" },
	{ "browse-dat", CONF_STRING, AT(browse_dat), "", .check = check_path,
	  .help = "the file that smbd reads the lists from; \"\": browse.dat in run-directory" },
	{ "browse-dat-interval", CONF_DURATION, AT(browse_dat_interval), "5s", 10, HOUR,
	  .help = "how often it is written, at most" },
	{ "session-port", CONF_INT, AT(session_port), "139", .max = UINT16_MAX,
	  .help = "SMB over NetBIOS: the port; 0: not served" },
	{ "smb-port", CONF_INT, AT(smb_port), "445", .max = UINT16_MAX,
	  .help = "SMB directly over TCP: the port; 0: not served" },
	{ "smb-port-retry", CONF_DURATION, AT(smb_port_retry), "30s", 10, HOUR,
	  .help = "how often ports that another program has are tried again" },
	{ "allow-smb", CONF_NETWORKS, AT(allow_smb), "private",
	  .help = "SMB clients that may ask for the lists" },
	{ "allow-smb1", CONF_NETWORKS, AT(allow_smb1), "private",
	  .help = "those that may do so by SMB1, as XP and older ones must; []: nobody" },
	{ "strict-called-names", CONF_BOOL, AT(strict_called_names), "false",
	  .help = "port 139: refuse who calls a name that is not ours, as Windows does" },
	{ "smb-connections", CONF_INT, AT(smb_connections), "16384", 1, 1000000,
	  .help = "connections of SMB clients" },
	{ "smb-connections-per-source", CONF_INT, AT(smb_connections_per_source), "128", 1, 1000000,
	  .help = "of them from one address" },
	{ "smb-memory", CONF_INT, AT(smb_memory), "67108864", 1024 * 1024, 1024 * 1024 * 1024,
	  .help = "bytes of their requests and answers that are under way" },
	{ "smb-settle-timeout", CONF_DURATION, AT(smb_settle_timeout), "30s", 10, HOUR,
	  .help = "how long a client may take to log in, to send a request, to take an answer" },
	{ "smb-idle-timeout", CONF_DURATION, AT(smb_idle_timeout), "15m", 10, DAY,
	  .help = "silence after which a client that has logged in is left" },
	{ "announce-first", CONF_DURATION, AT(announce_first), "1m", 10, HOUR,
	  .help = "first interval of announcements; the next ones grow" },
	{ "announce-interval", CONF_DURATION, AT(announce_interval), "12m", 10, HOUR,
	  .help = "longest interval of announcements" },
	{ "domain-announce-interval", CONF_DURATION, AT(domain_announce_interval), "15m", 10, HOUR,
	  .help = "master: longest interval of the workgroup's announcements" },
	{ "lm-announce-interval", CONF_DURATION, AT(lm_announce_interval), "1m", 10, HOUR,
	  .help = "interval of announcements to LAN Manager" },
	{ "remote-announce-interval", CONF_DURATION, AT(remote_announce_interval), "3m", 10, HOUR,
	  .help = "interval of those of remote-announce" },
	{ "announce-delay", CONF_DURATION, AT(announce_delay), "30s", 10, HOUR,
	  .help = "who is asked for an announcement waits up to so long, by chance" },
	{ "announce-gap", CONF_DURATION, AT(announce_gap), "1s", 10, HOUR,
	  .help = "master: announces itself at most so often when it is asked" },
	{ "announce-period", CONF_DURATION, AT(announce_period), "12m", 10, DAY,
	  .help = "what an announcement means that does not say when the next will come" },
	{ "announce-period-max", CONF_DURATION, AT(announce_period_max), "1h", 10, DAY,
	  .help = "longer periods are not believed; a host is forgotten after three" },
	{ "election-frames", CONF_INT, AT(election_frames), "4", 1, 100,
	  .help = "how often we stand before we have won" },
	{ "election-frames-max", CONF_INT, AT(election_frames_max), "30", 1, 1000,
	  .help = "how often before we give up" },
	{ "election-interval", CONF_DURATION, AT(election_repeat), "1s", 10, HOUR,
	  .help = "between two of them" },
	{ "election-quiet", CONF_DURATION, AT(election_quiet), "30s", 10, HOUR,
	  .help = "silence that ends a contest" },
	{ "election-delay-master", CONF_DURATION, AT(election_master), "100ms", .max = HOUR,
	  .help = "the first frame of a master that stands" },
	{ "election-delay-backup-min", CONF_DURATION, AT(election_backup_min), "200ms", .max = HOUR,
	  .help = "of a backup, by chance from" },
	{ "election-delay-backup-max", CONF_DURATION, AT(election_backup_max), "600ms", .max = HOUR,
	  .help = "to" },
	{ "election-delay-potential-min", CONF_DURATION, AT(election_potential_min), "800ms",
	  .max = HOUR, .help = "of others, by chance from" },
	{ "election-delay-potential-max", CONF_DURATION, AT(election_potential_max), "3s",
	  .max = HOUR, .help = "to" },
	{ "election-wait", CONF_DURATION, AT(election_wait), "30s", 10, HOUR,
	  .help = "the winner of an election has so long to say that it is the master" },
	{ "rival-gap", CONF_DURATION, AT(rival_gap), "10s", 10, HOUR,
	  .help = "a rival master makes us elect at most so often" },
	{ "find-master-timeout", CONF_DURATION, AT(find_master_timeout), "1500ms", 10, MINUTE,
	  .help = "wait for a master's answer" },
	{ "find-master-tries", CONF_INT, AT(find_master_tries), "3", 1, 10,
	  .help = "how often it is asked before there is an election" },
	{ "master-check-interval", CONF_DURATION, AT(master_check_interval), "5m", 10, DAY,
	  .help = "silence of a master after which it is asked whether it is there" },
	{ "master-check-spread", CONF_DURATION, AT(master_check_spread), "30s", 10, HOUR,
	  .help = "up to so much longer, by chance" },
	{ "claim-retry", CONF_DURATION, AT(claim_retry), "3s", 10, HOUR,
	  .help = "the next election after the master's name was refused; doubled each time" },
	{ "name-retry", CONF_DURATION, AT(name_retry), "5m", 10, DAY,
	  .help = "names of this host that were refused are claimed again" },
	{ "keep-roles", CONF_DURATION, AT(keep_roles), "10s", 10, HOUR,
	  .help = "how long roles are kept without nbddd or nbnsd" },
	{ "backup-pull-interval", CONF_DURATION, AT(backup_pull_interval), "12m", 10, DAY,
	  .help = "backup: fetches the lists from its master" },
	{ "pull-retry", CONF_DURATION, AT(pull_retry), "1m", 10, DAY,
	  .help = "the next try after it could not" },
	{ "pull-failures", CONF_INT, AT(pull_failures), "2", 1, 100,
	  .help = "so many of them make it elect" },
	{ "pull-timeout", CONF_DURATION, AT(pull_timeout), "30s", 10, HOUR,
	  .help = "how long fetching the lists may take" },
	{ "pull-reply-timeout", CONF_DURATION, AT(pull_reply_timeout), "5s", 10, HOUR,
	  .help = "wait for a connection, and for each answer" },
	{ "max-pulls", CONF_INT, AT(max_pulls), "8", 1, 1000,
	  .help = "browsers that lists are fetched from at once" },
	{ "backups-first", CONF_DURATION, AT(backups_first), "15m", 10, DAY,
	  .help = "a new master first looks whether it has enough backups" },
	{ "backups-interval", CONF_DURATION, AT(backups_interval), "43s", 10, DAY,
	  .help = "and again, while it has not" },
	{ "few-servers", CONF_INT, AT(few_servers), "10", .max = 100000,
	  .help = "a new master that knows fewer servers asks for announcements" },
	{ "backup-list-limit", CONF_INT, AT(backup_list_limit), "10", .max = 1000000,
	  .help = "master: answers about its backups that a host gets in a second; 0: no limit" },
	{ "max-servers", CONF_INT, AT(max_servers), "8192", 16, 1000000,
	  .help = "servers in the lists" },
	{ "max-workgroups", CONF_INT, AT(max_workgroups), "1024", 16, 100000,
	  .help = "workgroups in the lists" },
	{ "max-per-source", CONF_INT, AT(max_per_source), "64", 1, 100000,
	  .help = "servers, and workgroups, that one address may announce" },
	{ "metrics-port", CONF_INT, AT(metrics_port), "0", .max = UINT16_MAX,
	  .help = "TCP port of 127.0.0.1 where GET /metrics is answered, for Prometheus; 0: none" },
	{ .name = NULL },
};
#undef AT

static const struct conf_group groups[] = {
	{ NULL, conf_global_items, offsetof(struct browserd_settings, global), NULL },
	{ "browserd", items, offsetof(struct browserd_settings, browserd), NULL },
};

const struct conf_schema browserd_schema = { groups, ARRAY_SIZE(groups),
					     sizeof(struct browserd_settings) };

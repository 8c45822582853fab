/* What becomes of each parameter of smb.conf(5) that has to do with nmbd. */
#include "common/array.h"
#include "tools/import/smb_conf_values.h"

#define TOP      ""
#define NBNSD    "nbnsd"
#define NBDDD    "nbddd"
#define BROWSERD "browserd"

#define MACROS   "values with % are not known to nbt.conf: write what it stands for"
#define A_NAME   "a name has 1 to 15 characters and no %: write what it stands for"
#define A_PORT   "it is no port"
#define A_TIME   "it is no number of seconds that nbnsd allows"
#define A_NUMBER "it is no number"
#define A_TRUTH  "it is neither yes nor no"
#define FOLDERS  "its files are at their places: see database and run-directory in nbt.conf(5)"
#define LOGGING  "the daemons log to the system's log, which keeps time, size and files"
#define CLUSTER  "there is no cluster of name servers: replication partners hold each other's names"
#define HOSTS    "nmbd does not heed it: see allow-query and allow-register in nbt.conf(5)"
#define SHUFFLE  "domain controllers are answered in the order of WINS"
#define LOGON    "a domain controller's own services register its names at the name server"

const struct smb_conf_row smb_conf_rows[] = {
	/* Who we are. */
	{ "netbios name", NULL, TOP, "netbios-name", smb_name, NULL, A_NAME },
	{ "netbios aliases", NULL, TOP, "aliases", smb_names, NULL, A_NAME },
	{ "netbios scope", NULL, TOP, "scope", smb_scope, NULL,
	  "a scope has labels of 1 to 63 bytes, 237 bytes in all, and no %" },
	{ "workgroup", NULL, TOP, "workgroup", smb_name, NULL, A_NAME },
	{ "dos charset", NULL, TOP, "dos-charset", smb_charset, NULL,
	  "no character set that iconv knows has this name" },
	{ "unix charset", NULL, NULL, NULL, NULL, NULL, "files and terminals are UTF-8" },
	{ "server string", NULL, BROWSERD, "comment", smb_string, NULL, MACROS },

	/* Where. */
	{ "interfaces", NULL, TOP, "interfaces", smb_interfaces, NULL,
	  "patterns, ranges and IPv6 are not known to nbt.conf: name each interface or network" },
	{ "bind interfaces only", NULL, NULL, NULL, NULL, NULL,
	  "only the interfaces named in nbt.conf, and loopback, are served" },
	{ "nbt client socket address", "socket address", NBNSD, "listen", smb_listen, NULL,
	  "every address of the interfaces is served" },
	{ "nmbd bind explicit broadcast", NULL, NULL, NULL, NULL, NULL,
	  "every address and its broadcast address have sockets of their own" },
	{ "nbt port", NULL, NBNSD, "port", smb_port, NULL, A_PORT },
	{ "dgram port", NULL, NBDDD, "port", smb_port, NULL, A_PORT },
	{ "disable netbios", NULL, NULL, NULL, NULL, NULL, "do not start the daemons, then" },
	{ "hosts allow", "allow hosts", NULL, NULL, NULL, NULL, HOSTS },
	{ "hosts deny", "deny hosts", NULL, NULL, NULL, NULL, HOSTS },
	{ "socket options", NULL, NULL, NULL, NULL, NULL, "nmbd has none either for UDP" },

	/* WINS. Samba is no WINS server unless it is told to; nbnsd is. */
	{ "wins support", NULL, NBNSD, "server", smb_yes, "no", A_TRUTH },
	{ "wins server", NULL, TOP, "wins-servers", smb_servers, NULL,
	  "only addresses, or none but this host: with server = true nbnsd asks itself" },
	{ "wins proxy", NULL, NBNSD, "proxy", smb_yes, NULL, A_TRUTH },
	{ "wins hook", NULL, NBNSD, "hook", smb_strings, NULL, MACROS },
	{ "min wins ttl", NULL, NULL, NULL, NULL, NULL,
	  "every name gets renewal-interval, whatever the client proposes" },
	{ "max wins ttl", NULL, NBNSD, "renewal-interval", smb_interval, NULL, A_TIME },
	{ "max ttl", NULL, NULL, NULL, NULL, NULL,
	  "answers for own names carry the TTL of RFC 1002" },
	{ "dns proxy", NULL, NULL, NULL, NULL, NULL,
	  "DNS is asked when dns-fallback in nbt.conf names servers and domains" },
	{ "name resolve order", NULL, TOP, "node-type", smb_order, NULL,
	  "wins or bcast must be in it; lmhosts is the setting lmhosts, DNS is for nsswitch.conf" },
	{ "name cache timeout", NULL, NBNSD, "cache-timeout", smb_cache_time, NULL, A_TIME },

	/* The WINS server of Samba's AD server. */
	{ "server services", NULL, NULL, NULL, NULL, NULL,
	  "which of Samba's own services run: nbt and wrepl must not be among them beside nbnsd" },
	{ "wreplsrv:renew_interval", NULL, NULL, NULL, NULL, NULL,
	  "see max wins ttl, which becomes renewal-interval" },
	{ "wreplsrv:scavenging_interval", NULL, NBNSD, "scavenge-interval", smb_interval, NULL,
	  A_TIME },
	{ "wreplsrv:tombstone_interval", NULL, NBNSD, "extinction-interval", smb_interval, NULL,
	  A_TIME },
	{ "wreplsrv:tombstone_timeout", NULL, NBNSD, "extinction-timeout", smb_interval, NULL,
	  A_TIME },
	{ "wreplsrv:tombstone_extra_timeout", NULL, NBNSD, "deletion-uptime", smb_interval, NULL,
	  A_TIME },
	{ "wreplsrv:verify_interval", NULL, NBNSD, "verify-interval", smb_interval, NULL, A_TIME },
	{ "wreplsrv:periodic_interval", NULL, NULL, NULL, NULL, NULL,
	  "nbnsd sees changes as they happen" },
	{ "wreplsrv:propagate name releases", NULL, NULL, NULL, NULL, NULL,
	  "releases are made known as Windows does" },
	{ "nbtd:wins_prepend1Bto1Cqueries", NULL, NBNSD, "prepend-1b", smb_yes, NULL, A_TRUTH },
	{ "nbtd:wins_randomize1Clist", "nbtd:wins_wins_randomize1Clist", NULL, NULL, NULL, NULL,
	  SHUFFLE },
	{ "nbtd:wins_randomize1Clist_mask", NULL, NULL, NULL, NULL, NULL, SHUFFLE },
	{ "winsdb:local_owner", NULL, NULL, NULL, NULL, NULL,
	  "names registered here belong to this server, whatever its addresses are" },
	{ "winsdb:dbnosync", NULL, NULL, NULL, NULL, NULL,
	  "what is acknowledged is on the disk: see durability in nbt.conf(5)" },

	/* Browsing. */
	{ "os level", NULL, BROWSERD, "os-level", smb_number, NULL, A_NUMBER },
	{ "local master", NULL, BROWSERD, "local-master", smb_yes, NULL, A_TRUTH },
	{ "preferred master", "prefered master", BROWSERD, "preferred-master", smb_yes_or_auto,
	  NULL, A_TRUTH },
	{ "domain master", NULL, BROWSERD, "domain-master", smb_yes_or_auto, NULL, A_TRUTH },
	{ "browse list", NULL, NULL, NULL, NULL, NULL,
	  "smbd's own: browserd hands it the list as smb-export says" },
	{ "enhanced browsing", NULL, BROWSERD, "enhanced-browsing", smb_yes, NULL, A_TRUTH },
	{ "lm announce", NULL, BROWSERD, "lm-announce", smb_yes_or_auto, NULL, A_TRUTH },
	{ "lm interval", NULL, BROWSERD, "lm-announce-interval", smb_lm_interval, NULL,
	  "it is no number of seconds up to an hour; 0 stands for lm-announce = \"no\"" },
	{ "remote announce", NULL, BROWSERD, "remote-announce", smb_strings, NULL, MACROS },
	{ "remote browse sync", NULL, BROWSERD, "remote-browse-sync", smb_addresses, NULL,
	  "it has something that is no address" },
	{ "auto services", "preload", NULL, NULL, NULL, NULL, "shares are smbd's" },
	{ "time server", NULL, NULL, NULL, NULL, NULL, "this is no time server" },
	{ "init logon delay", NULL, NULL, NULL, NULL, NULL, LOGON },
	{ "init logon delayed hosts", NULL, NULL, NULL, NULL, NULL, LOGON },
	{ "domain logons", NULL, NULL, NULL, NULL, NULL, LOGON },
	{ "server role", NULL, NULL, NULL, NULL, NULL, LOGON },

	/* Clusters. */
	{ "clustering", NULL, NULL, NULL, NULL, NULL, CLUSTER },
	{ "cluster addresses", NULL, NULL, NULL, NULL, NULL, CLUSTER },
	{ "ctdbd socket", NULL, NULL, NULL, NULL, NULL, CLUSTER },

	/* Files. */
	{ "lock directory", "lock dir", NULL, NULL, NULL, NULL, FOLDERS },
	{ "state directory", NULL, NULL, NULL, NULL, NULL, FOLDERS },
	{ "cache directory", NULL, NULL, NULL, NULL, NULL, FOLDERS },
	{ "pid directory", NULL, NULL, NULL, NULL, NULL, FOLDERS },
	{ "root directory", "root dir", NULL, NULL, NULL, NULL, FOLDERS },
	{ "nmbd:socket dir", NULL, NULL, NULL, NULL, NULL, FOLDERS },

	/* The log. */
	{ "log level", "debuglevel", TOP, "log-level", smb_log_level, NULL, A_NUMBER },
	{ "log file", NULL, NULL, NULL, NULL, NULL, LOGGING },
	{ "logging", NULL, NULL, NULL, NULL, NULL, LOGGING },
	{ "max log size", NULL, NULL, NULL, NULL, NULL, LOGGING },
	{ "syslog", NULL, NULL, NULL, NULL, NULL, LOGGING },
	{ "syslog only", NULL, NULL, NULL, NULL, NULL, LOGGING },
	{ "timestamp logs", "debug timestamp", NULL, NULL, NULL, NULL, LOGGING },
	{ "debug hires timestamp", NULL, NULL, NULL, NULL, NULL, LOGGING },
	{ "debug prefix timestamp", NULL, NULL, NULL, NULL, NULL, LOGGING },
	{ "debug syslog format", NULL, NULL, NULL, NULL, NULL, LOGGING },
	{ "debug pid", NULL, NULL, NULL, NULL, NULL, LOGGING },
	{ "debug uid", NULL, NULL, NULL, NULL, NULL, LOGGING },
	{ "debug class", NULL, NULL, NULL, NULL, NULL, LOGGING },

	/* The file itself. */
	{ "include", NULL, NULL, NULL, NULL, NULL,
	  "what it includes is not read: testparm -s prints everything in one" },
	{ "config file", NULL, NULL, NULL, NULL, NULL,
	  "it is not read: testparm -s prints everything in one" },
	{ "config backend", NULL, NULL, NULL, NULL, NULL,
	  "it is not read: testparm -s prints everything in one" },
};
const size_t smb_conf_row_count = ARRAY_SIZE(smb_conf_rows);

/* Settings: good and bad files, printing, the sample. */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/conf_global.h"

/* A daemon's settings with one row of each type. */
struct settings {
	struct conf_global global;
	struct nbnsd {
		bool server;
		int64_t port, any;
		uint64_t interval, pause;
		char *database;
		int durability;
		struct in_addr address, none;
		struct conf_strings names;
		struct conf_addresses partners;
		struct conf_networks allow;
		struct conf_groups peers;
	} nbnsd;
	struct inner {
		uint64_t wait;
		struct conf_strings domains;
	} inner;
};

static const char *check_database(const char *value)
{
	return *value == '/' ? NULL : "a path that begins with \"/\"";
}

static const char *const durabilities[] = { "full", "normal", NULL };

/* A group of a list. */
struct peer {
	struct in_addr address;
	bool pull;
	uint64_t every;
	struct conf_strings names;
	struct conf_groups more;
};

struct more {
	int64_t number;
};

static const struct conf_item more_items[] = {
	{ "number", CONF_INT, offsetof(struct more, number), "7", .max = 9, .help = "of what" },
	{ .name = NULL },
};

static const struct conf_entry more_entry = { more_items, sizeof(struct more), NULL };

#define PEER(member) offsetof(struct peer, member)
static const struct conf_item peer_items[] = {
	{ "address", CONF_ADDRESS, PEER(address), "0.0.0.0", .help = "who" },
	{ "pull", CONF_BOOL, PEER(pull), "true", .help = "whether" },
	{ "every", CONF_DURATION, PEER(every), "30m", .min = 1000, .max = 86400000,
	  .help = "when" },
	{ "names", CONF_STRINGS, PEER(names), "", .help = "what" },
	{ "more", CONF_GROUPS, PEER(more), "", .help = "more", .entry = &more_entry },
	{ .name = NULL },
};

static const struct conf_entry peer_entry = { peer_items, sizeof(struct peer), "address" };

#define ITEM(member) offsetof(struct nbnsd, member)
static const struct conf_item items[] = {
	{ "server", CONF_BOOL, ITEM(server), "false", .help = "be the NBNS" },
	{ "port", CONF_INT, ITEM(port), "137", .max = 65535, .help = "UDP and TCP port" },
	{ "any", CONF_INT, ITEM(any), "0",
	  .help = "any number; and a help that is longer than what one would like to see on one line "
		  "of the sample file" },
	{ "interval", CONF_DURATION, ITEM(interval), "6d", .min = 60000, .max = 365 * 86400000LL,
	  .help = "how long" },
	{ "pause", CONF_DURATION, ITEM(pause), "250ms", .help = "how short" },
	{ "database", CONF_STRING, ITEM(database), "/var/lib/nbt/names.db", .check = check_database,
	  .help = "where" },
	{ "durability", CONF_WORD, ITEM(durability), "full", .words = durabilities,
	  .help = "how sure" },
	{ "address", CONF_ADDRESS, ITEM(address), "127.0.0.1", .help = "which" },
	{ "none", CONF_ADDRESS, ITEM(none), "", .help = "which, if any" },
	{ "names", CONF_STRINGS, ITEM(names), "", .help = "who" },
	{ "partners", CONF_ADDRESSES, ITEM(partners), "", .help = "with whom" },
	{ "allow", CONF_NETWORKS, ITEM(allow), "private 192.0.2.0/24", .help = "for whom" },
	{ "peers", CONF_GROUPS, ITEM(peers), "", .help = "with whom, and how",
	  .entry = &peer_entry },
	{ "hidden", CONF_INT, ITEM(any), "0", .help = NULL },
	{ .name = NULL },
};

#define INNER(member) offsetof(struct inner, member)
static const struct conf_item inner_items[] = {
	{ "wait", CONF_DURATION, INNER(wait), "4s", .help = "how long to wait" },
	{ "domains", CONF_STRINGS, INNER(domains), "", .help = "where to look" },
	{ .name = NULL },
};

static const struct conf_group groups[] = {
	{ NULL, conf_global_items, offsetof(struct settings, global), NULL },
	{ "nbnsd", items, offsetof(struct settings, nbnsd), NULL },
	{ "inner", inner_items, offsetof(struct settings, inner), "nbnsd" },
};
static const struct conf_schema schema = { groups, ARRAY_SIZE(groups), sizeof(struct settings) };

static void parse(struct settings *settings, const char *text)
{
	char error[CONF_ERROR_MAX];

	if (conf_parse(settings, &schema, text, "nbt.conf", error) < 0)
		fail_msg("%s", error);
}

/* What conf_print() writes, to be freed. */
static char *printed(const struct settings *settings)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	conf_print(out, &schema, settings);
	fclose(out);
	return text;
}

static struct in_addr address(const char *text)
{
	struct in_addr in;

	assert_int_equal(inet_pton(AF_INET, text, &in), 1);
	return in;
}

static void empty_file_gives_the_defaults(void **state)
{
	struct settings s;

	(void)state;
	parse(&s, "");
	assert_false(s.nbnsd.server);
	assert_int_equal(s.nbnsd.port, 137);
	assert_int_equal(s.nbnsd.interval, 6 * 86400000ULL);
	assert_int_equal(s.nbnsd.pause, 250);
	assert_string_equal(s.nbnsd.database, "/var/lib/nbt/names.db");
	assert_int_equal(s.nbnsd.durability, 0);
	assert_int_equal(s.nbnsd.address.s_addr, address("127.0.0.1").s_addr);
	assert_int_equal(s.nbnsd.none.s_addr, 0);
	assert_int_equal(s.nbnsd.names.count, 0);
	assert_null(s.nbnsd.names.items[0]);
	assert_int_equal(s.nbnsd.allow.count, 2);
	assert_true(s.nbnsd.allow.items[0].is_private);
	assert_int_equal(s.nbnsd.allow.items[1].bits, 24);

	assert_in_range(strlen(s.global.netbios_name), 1, 15);
	assert_int_equal(s.inner.wait, 4000);
	assert_int_equal(s.inner.domains.count, 0);
	assert_string_equal(s.global.workgroup, "WORKGROUP");
	assert_int_equal(s.global.node_type, CONF_NODE_AUTO);
	assert_string_equal(s.global.run_directory, "/run/nbt");
	assert_string_equal(s.global.user, "auto");
	assert_int_equal(s.global.log_level, LOG_LEVEL_INFO);
	assert_int_equal(s.global.time_scale, 1);
	conf_free(&s, &schema);
	assert_null(s.nbnsd.database);
}

static void values_are_taken_from_the_file(void **state)
{
	struct settings s;

	(void)state;
	parse(&s, "netbios-name = \"office1\"; aliases = [\"A\", \"B\"]; scope = \"X.Y\";\n"
		  "node-type = \"h\"; wins-servers = (\"10.1.0.5\", \"10.2.0.5\");\n"
		  "nbddd = { anything = [1, 2]; };\n"
		  "nbnsd = { server = true; port = 0; any = 3000000000L; interval = 90;\n"
		  "  pause = \"3s\"; database = \"/x\"; durability = \"normal\";\n"
		  "  address = \"10.1.0.5\"; none = \"10.1.0.6\"; names = [\"X\"];\n"
		  "  partners = [\"10.9.0.1\"]; allow = [];\n"
		  "  inner = { domains = [\"example.org\", \"x\"]; wait = 7 }; };\n"
		  "browserd = {};\n");
	assert_string_equal(s.global.netbios_name, "office1");
	assert_int_equal(s.global.aliases.count, 2);
	assert_string_equal(s.global.aliases.items[1], "B");
	assert_null(s.global.aliases.items[2]);
	assert_string_equal(s.global.scope, "X.Y");
	assert_int_equal(s.global.node_type, CONF_NODE_H);
	assert_int_equal(s.global.wins_servers.count, 2);
	assert_int_equal(s.global.wins_servers.items[1].s_addr, address("10.2.0.5").s_addr);
	assert_true(s.nbnsd.server);
	assert_int_equal(s.nbnsd.port, 0);
	assert_int_equal(s.nbnsd.any, 3000000000);
	assert_int_equal(s.nbnsd.interval, 90000);
	assert_int_equal(s.nbnsd.pause, 3000);
	assert_string_equal(s.nbnsd.database, "/x");
	assert_int_equal(s.nbnsd.durability, 1);
	assert_int_equal(s.nbnsd.none.s_addr, address("10.1.0.6").s_addr);
	assert_int_equal(s.nbnsd.partners.items[0].s_addr, address("10.9.0.1").s_addr);
	assert_int_equal(s.nbnsd.allow.count, 0);
	assert_int_equal(s.inner.wait, 7000);
	assert_string_equal(s.inner.domains.items[1], "x");
	conf_free(&s, &schema);
}

#define GLOBAL_NAMES                                                                               \
	"netbios-name, workgroup, aliases, scope, node-type, interfaces, wins-servers, "           \
	"run-directory, user, dos-charset, log-level, nbnsd, nbddd, browserd"
#define NBNSD_NAMES                                                                                \
	"server, port, any, interval, pause, database, durability, address, none, names, "         \
	"partners, allow, peers, inner"
#define INTERVAL "a duration from \"1m\" to \"365d\""
#define NETWORKS                                                                                   \
	"a list of networks, addresses or \"private\" such as [\"10.0.0.0/8\", \"10.1.0.5\"]"

#define GROUPS "a list of groups, ({ address = ... }, { ... }), 256 at most"

static const struct wrong_case {
	const char *what, *text, *error;
} wrong_cases[] = {
	{ "unknown setting", "\nworkgruop = \"X\";",
	  "nbt.conf:2: unknown setting \"workgruop\"; allowed: " GLOBAL_NAMES },
	{ "unknown setting in a group", "nbnsd = {\n\n\nprot = 1; };",
	  "nbt.conf:4: unknown setting \"prot\"; allowed: " NBNSD_NAMES },
	{ "setting of a group at the top", "port = 137;",
	  "nbt.conf:1: unknown setting \"port\"; allowed: " GLOBAL_NAMES },
	{ "unknown group", "nbxd = { };",
	  "nbt.conf:1: unknown setting \"nbxd\"; allowed: " GLOBAL_NAMES },
	{ "group in a group", "nbnsd = { nbddd = { }; };",
	  "nbt.conf:1: unknown setting \"nbddd\"; allowed: " NBNSD_NAMES },
	{ "unknown setting two groups deep", "nbnsd = {\n inner = {\nwiat = 1; }; };",
	  "nbt.conf:3: unknown setting \"wiat\"; allowed: wait, domains" },
	{ "wrong value two groups deep", "nbnsd = {\n inner = {\ndomains = 1; }; };",
	  "nbt.conf:3: \"domains\" is a number; allowed: a list of strings, [\"a\", \"b\"]" },
	{ "inner group that is none", "nbnsd = { inner = [\"x\"]; };",
	  "nbt.conf:1: \"inner\" is a list; allowed: a group, inner = { ... }" },
	{ "inner group at the top", "inner = { wait = 1; };",
	  "nbt.conf:1: unknown setting \"inner\"; allowed: " GLOBAL_NAMES },
	{ "group that is none", "nbnsd = 1;",
	  "nbt.conf:1: \"nbnsd\" is a number; allowed: a group, nbnsd = { ... }" },
	{ "another daemon's group that is none", "nbddd = [\"x\"];",
	  "nbt.conf:1: \"nbddd\" is a list; allowed: a group, nbddd = { ... }" },
	{ "setting twice", "workgroup = \"A\";\n\nworkgroup = \"B\";",
	  "nbt.conf:3: duplicate setting name; allowed: each setting once" },
	{ "group twice", "nbnsd = { };\nnbnsd = { };",
	  "nbt.conf:2: duplicate setting name; allowed: each setting once" },
	{ "missing brace", "nbnsd = {\nport = 1;\n",
	  "nbt.conf:3: syntax error; allowed: NAME = VALUE; and NAME = { ... };" },
	{ "no value", "workgroup = ;",
	  "nbt.conf:1: syntax error; allowed: NAME = VALUE; and NAME = { ... };" },
	{ "string without end", "workgroup = \"A;\n",
	  "nbt.conf:2: syntax error; allowed: NAME = VALUE; and NAME = { ... };" },
	{ "bool as a string", "nbnsd = { server = \"yes\"; };",
	  "nbt.conf:1: \"server\" is a string; allowed: true or false" },
	{ "bool as a number", "nbnsd = { server = 1; };",
	  "nbt.conf:1: \"server\" is a number; allowed: true or false" },
	{ "number as a string", "nbnsd = { port = \"137\"; };",
	  "nbt.conf:1: \"port\" is a string; allowed: a whole number from 0 to 65535" },
	{ "number with a point", "nbnsd = { port = 1.5; };",
	  "nbt.conf:1: \"port\" is a decimal; allowed: a whole number from 0 to 65535" },
	{ "number too large", "nbnsd = { port = 65536; };",
	  "nbt.conf:1: \"port\" is \"65536\"; allowed: a whole number from 0 to 65535" },
	{ "number below zero", "nbnsd = { any = -1; };",
	  "nbt.conf:1: \"any\" is \"-1\"; allowed: a whole number from 0" },
	{ "duration in words", "nbnsd = { interval = \"6 days\"; };",
	  "nbt.conf:1: \"interval\" is \"6 days\"; allowed: " INTERVAL },
	{ "duration without number", "nbnsd = { interval = \"d\"; };",
	  "nbt.conf:1: \"interval\" is \"d\"; allowed: " INTERVAL },
	{ "duration too short", "nbnsd = { interval = \"59s\"; };",
	  "nbt.conf:1: \"interval\" is \"59s\"; allowed: " INTERVAL },
	{ "duration too long", "nbnsd = { interval = 40000000; };",
	  "nbt.conf:1: \"interval\" is \"40000000\"; allowed: " INTERVAL },
	{ "duration that overflows", "nbnsd = { interval = \"9223372036854775807d\"; };",
	  "nbt.conf:1: \"interval\" is \"9223372036854775807d\"; allowed: " INTERVAL },
	{ "duration below zero", "nbnsd = { pause = \"-1s\"; };",
	  "nbt.conf:1: \"pause\" is \"-1s\"; allowed: a duration from 0" },
	{ "duration far below zero", "nbnsd = { pause = \"-9223372036854775807s\"; };",
	  "nbt.conf:1: \"pause\" is \"-9223372036854775807s\"; allowed: a duration from 0" },
	{ "duration as a list", "nbnsd = { interval = [ 6 ]; };",
	  "nbt.conf:1: \"interval\" is a list; allowed: " INTERVAL },
	{ "string as a number", "workgroup = 7;",
	  "nbt.conf:1: \"workgroup\" is a number; allowed: a string" },
	{ "string that the row refuses", "nbnsd = { database = \"names.db\"; };",
	  "nbt.conf:1: \"database\" is \"names.db\"; allowed: a path that begins with \"/\"" },
	{ "word that isn't one", "nbnsd = { durability = \"half\"; };",
	  "nbt.conf:1: \"durability\" is \"half\"; allowed: \"full\", \"normal\"" },
	{ "word as true", "nbnsd = { durability = true; };",
	  "nbt.conf:1: \"durability\" is true or false; allowed: \"full\", \"normal\"" },
	{ "address that is a name", "nbnsd = { address = \"localhost\"; };",
	  "nbt.conf:1: \"address\" is \"localhost\"; allowed: an address such as \"10.1.0.5\"" },
	{ "address that is empty", "nbnsd = { address = \"\"; };",
	  "nbt.conf:1: \"address\" is \"\"; allowed: an address such as \"10.1.0.5\"" },
	{ "list that is a string", "nbnsd = { partners = \"10.1.0.5\"; };",
	  "nbt.conf:1: \"partners\" is a string; allowed: a list of addresses such as "
	  "[\"10.1.0.5\"]" },
	{ "list of numbers", "nbnsd = {\nnames = [\n1, 2]; };",
	  "nbt.conf:3: \"names\" has an entry that is a number; allowed: strings" },
	{ "list of lists", "nbnsd = { names = ((\"x\")); };",
	  "nbt.conf:1: \"names\" has an entry that is a list; allowed: strings" },
	{ "array of several types", "nbnsd = { names = [\"x\", 1]; };",
	  "nbt.conf:1: mismatched element type in array; allowed: a list of values of one type" },
	{ "list with an empty string", "nbnsd = { names = [\"x\", \"\"]; };",
	  "nbt.conf:1: \"names\" has the entry \"\"; allowed: a list of strings, [\"a\", \"b\"]" },
	{ "bad address in a list", "nbnsd = { partners = [\"10.1.0.5\", \"10.1.0.256\"]; };",
	  "nbt.conf:1: \"partners\" has the entry \"10.1.0.256\"; allowed: a list of addresses "
	  "such as [\"10.1.0.5\"]" },
	{ "name server that is no host", "wins-servers = [\"10.1.0.5\", \"0.0.0.0\"];",
	  "nbt.conf:1: \"wins-servers\" has the entry \"0.0.0.0\"; allowed: addresses of "
	  "hosts, which 0.0.0.0 and 255.255.255.255 are not" },
	{ "name server that is all hosts", "wins-servers = [\"255.255.255.255\"];",
	  "nbt.conf:1: \"wins-servers\" has the entry \"255.255.255.255\"; allowed: addresses of "
	  "hosts, which 0.0.0.0 and 255.255.255.255 are not" },
	{ "bad network", "nbnsd = { allow = [\"10.0.0.0/33\"]; };",
	  "nbt.conf:1: \"allow\" has the entry \"10.0.0.0/33\"; allowed: " NETWORKS },
	{ "network with host bits", "nbnsd = { allow = [\"10.0.0.1/8\"]; };",
	  "nbt.conf:1: \"allow\" has the entry \"10.0.0.1/8\"; allowed: " NETWORKS },
	{ "list of groups that is a group", "nbnsd = { peers = { address = \"10.1.0.5\"; }; };",
	  "nbt.conf:1: \"peers\" is a group; allowed: " GROUPS },
	{ "list of groups that is a string", "nbnsd = { peers = \"10.1.0.5\"; };",
	  "nbt.conf:1: \"peers\" is a string; allowed: " GROUPS },
	{ "list of groups with an address", "nbnsd = { peers = (\n\"10.1.0.5\" ); };",
	  "nbt.conf:2: \"peers\" has an entry that is a string; allowed: groups, { address = ... }" },
	{ "array in place of a list of groups", "nbnsd = { peers = [1]; };",
	  "nbt.conf:1: \"peers\" has an entry that is a number; allowed: groups, { address = ... }" },
	{ "unknown setting in a list of groups",
	  "nbnsd = { peers = ( { address = \"10.1.0.5\" },\n{ address = \"10.1.0.6\";\nhost = 1; } ); };",
	  "nbt.conf:3: unknown setting \"host\"; allowed: address, pull, every, names, more" },
	{ "group in a list of groups",
	  "nbnsd = { peers = ( { address = \"10.1.0.5\"; inner = { wait = 1; } } ); };",
	  "nbt.conf:1: unknown setting \"inner\"; allowed: address, pull, every, names, more" },
	{ "wrong value in a list of groups",
	  "nbnsd = { peers = ( { address = \"10.1.0.5\";\npull = 1 } ); };",
	  "nbt.conf:2: \"pull\" is a number; allowed: true or false" },
	{ "setting twice in a list of groups",
	  "nbnsd = { peers = ( { address = \"10.1.0.5\";\naddress = \"10.1.0.6\" } ); };",
	  "nbt.conf:2: duplicate setting name; allowed: each setting once" },
	{ "group without its key",
	  "nbnsd = { peers = ( { address = \"10.1.0.5\" },\n{ pull = true } ); };",
	  "nbt.conf:2: a group of \"peers\" is without \"address\"; allowed: each with one" },
	{ "key that is nothing", "nbnsd = { peers = ( { address = \"\" } ); };",
	  "nbt.conf:1: \"address\" is \"\"; allowed: an address such as \"10.1.0.5\"" },
	{ "two groups with one key",
	  "nbnsd = { peers = ( { address = \"10.1.0.5\" },\n{ address = \"10.1.0.5\" } ); };",
	  "nbt.conf:2: two groups of \"peers\" have the same \"address\"; allowed: each once" },
	{ "wrong value two lists deep",
	  "nbnsd = { peers = ( { address = \"10.1.0.5\"; more = ( {},\n{ number = 10 } ) } ); };",
	  "nbt.conf:2: \"number\" is \"10\"; allowed: a whole number from 0 to 9" },
	{ "NetBIOS name too long", "netbios-name = \"ABCDEFGHIJKLMNOP\";",
	  "nbt.conf:1: \"netbios-name\" is \"ABCDEFGHIJKLMNOP\"; allowed: 1 to 15 characters, the first "
	  "not \"*\"" },
	{ "alias that is a wildcard", "aliases = [\"*\"];",
	  "nbt.conf:1: \"aliases\" has the entry \"*\"; allowed: 1 to 15 characters, the first not "
	  "\"*\"" },
	{ "scope with an empty label", "scope = \"a..b\";",
	  "nbt.conf:1: \"scope\" is \"a..b\"; allowed: labels of 1 to 63 bytes with dots between "
	  "them, 237 bytes in all" },
	{ "unknown character set", "dos-charset = \"CP0\";",
	  "nbt.conf:1: \"dos-charset\" is \"CP0\"; allowed: a character set with ASCII in it that "
	  "iconv knows, such as \"CP850\"" },
	{ "no character set", "dos-charset = \"\";",
	  "nbt.conf:1: \"dos-charset\" is \"\"; allowed: a character set with ASCII in it that "
	  "iconv knows, such as \"CP850\"" },
	{ "a character set of two bytes a letter", "dos-charset = \"UTF-16\";",
	  "nbt.conf:1: \"dos-charset\" is \"UTF-16\"; allowed: a character set with ASCII in it that "
	  "iconv knows, such as \"CP850\"" },
	{ "another order of letters", "dos-charset = \"EBCDIC-US\";",
	  "nbt.conf:1: \"dos-charset\" is \"EBCDIC-US\"; allowed: a character set with ASCII in it that "
	  "iconv knows, such as \"CP850\"" },
	{ "relative run directory", "run-directory = \"run\";",
	  "nbt.conf:1: \"run-directory\" is \"run\"; allowed: a path that begins with \"/\"" },
	{ "time scale of zero", "time-scale = 0;",
	  "nbt.conf:1: \"time-scale\" is \"0\"; allowed: a whole number from 1 to 1000000" },
	{ "control characters are not repeated", "node-type = \"a\\x1b[2J\";",
	  "nbt.conf:1: \"node-type\" is \"a?[2J\"; allowed: \"auto\", \"b\", \"p\", \"m\", \"h\"" },
	{ "included file without a name", "@include \"\"\n",
	  "nbt.conf:1: cannot include \"./\": not a text file; allowed: a file in ." },
	{ "included file that isn't there", "\n  @include \"nbt-none.conf\"\n",
	  "nbt.conf:2: cannot include \"./nbt-none.conf\": No such file or directory; allowed: a "
	  "file in ." },
};

static void wrong_files_are_explained(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong_cases); i++) {
		const struct wrong_case *c = &wrong_cases[i];
		char error[CONF_ERROR_MAX] = "";
		struct settings s, before;

		memset(&s, 0x5A, sizeof(s));
		before = s;
		if (conf_parse(&s, &schema, c->text, "nbt.conf", error) != -EINVAL)
			fail_msg("%s: was accepted", c->what);
		if (strcmp(error, c->error) != 0)
			fail_msg("%s:\n%s\nwanted\n%s", c->what, error, c->error);
		assert_memory_equal(&s, &before, sizeof(s));
	}
}

static const struct peer *peer_at(const struct settings *s, size_t i)
{
	assert_true(i < s->nbnsd.peers.count);
	return (const struct peer *)s->nbnsd.peers.items + i;
}

#define PEERS                                                                                      \
	"nbnsd = { peers = (\n"                                                                    \
	"  { address = \"10.2.0.5\"; pull = false; every = \"90s\"; names = [\"A\", \"B\"]; },\n"  \
	"  { address = \"10.2.0.6\"; more = ( { number = 3 }, { } ) } ) }"

static void lists_of_groups_are_read(void **state)
{
	struct settings s;
	const struct more *more;

	(void)state;
	parse(&s, PEERS);
	assert_int_equal(s.nbnsd.peers.count, 2);
	assert_int_equal(peer_at(&s, 0)->address.s_addr, address("10.2.0.5").s_addr);
	assert_false(peer_at(&s, 0)->pull);
	assert_int_equal(peer_at(&s, 0)->every, 90000);
	assert_int_equal(peer_at(&s, 0)->names.count, 2);
	assert_string_equal(peer_at(&s, 0)->names.items[1], "B");
	assert_int_equal(peer_at(&s, 0)->more.count, 0);
	assert_true(peer_at(&s, 1)->pull);
	assert_int_equal(peer_at(&s, 1)->every, 1800000);
	assert_int_equal(peer_at(&s, 1)->more.count, 2);
	more = peer_at(&s, 1)->more.items;
	assert_int_equal(more[0].number, 3);
	assert_int_equal(more[1].number, 7);
	conf_free(&s, &schema);

	parse(&s, "nbnsd = { peers = (); }");
	assert_int_equal(s.nbnsd.peers.count, 0);
	conf_free(&s, &schema);
	parse(&s, "time-scale = 1000; " PEERS);
	conf_scale(&s, &schema);
	assert_int_equal(peer_at(&s, 0)->every, 90);
	assert_int_equal(peer_at(&s, 1)->every, 1800);
	conf_free(&s, &schema);
}

static void lists_of_groups_are_printed(void **state)
{
	struct settings first, second;
	char *once, *twice;

	(void)state;
	parse(&first, PEERS);
	once = printed(&first);
	assert_non_null(strstr(once, "\tpeers = (\n"
				     "\t\t{ address = \"10.2.0.5\"; pull = false; every = \"90s\"; "
				     "names = [\"A\", \"B\"]; more = (); },\n"
				     "\t\t{ address = \"10.2.0.6\"; pull = true; every = \"30m\"; "
				     "names = []; more = ({ number = 3; }, { number = 7; }); }\n"
				     "\t);\n"));
	parse(&second, once);
	twice = printed(&second);
	assert_string_equal(once, twice);
	assert_true(conf_group_is_same(&first, &second, &schema, "nbnsd"));
	((struct peer *)second.nbnsd.peers.items)->pull = true;
	assert_false(conf_group_is_same(&first, &second, &schema, "nbnsd"));
	free(once);
	free(twice);
	conf_free(&first, &schema);
	conf_free(&second, &schema);
}

static void lists_of_groups_are_bounded(void **state)
{
	static char text[40 * (CONF_ENTRIES_MAX + 2)];
	char error[CONF_ERROR_MAX];
	struct settings s;

	(void)state;
	for (unsigned count = CONF_ENTRIES_MAX; count <= CONF_ENTRIES_MAX + 1; count++) {
		size_t len = (size_t)sprintf(text, "nbnsd = { peers = (");

		for (unsigned i = 0; i < count; i++)
			len += (size_t)sprintf(text + len, "%s{ address = \"10.3.%u.%u\" }",
					       i > 0 ? "," : "", i / 256, i % 256);
		strcpy(text + len, ") };");
		if (count > CONF_ENTRIES_MAX) {
			assert_int_equal(conf_parse(&s, &schema, text, "nbt.conf", error), -EINVAL);
			assert_string_equal(error, "nbt.conf:1: \"peers\" has 257 groups; allowed: "
						   "256 at most");
		} else {
			parse(&s, text);
			assert_int_equal(s.nbnsd.peers.count, count);
			conf_free(&s, &schema);
		}
	}
}

static void long_values_do_not_overflow_the_error(void **state)
{
	static char text[4096] = "nbnsd = { durability = \"";
	size_t len = strlen(text);
	char error[CONF_ERROR_MAX];
	struct settings s;

	(void)state;
	memset(text + len, 'x', 2000);
	strcpy(text + len + 2000, "\"; };");
	assert_int_equal(conf_parse(&s, &schema, text, "nbt.conf", error), -EINVAL);
	assert_true(strlen(error) < 200);
}

static void what_is_printed_can_be_read_again(void **state)
{
	static const char text[] =
		"netbios-name = \"A\\\\\\\"\\x01Z\"; aliases = [\"X\", \"Y\"]; scope = \"S\";\n"
		"nbnsd = { server = true; any = 3000000000L; interval = \"90m\"; pause = \"1500ms\";\n"
		"durability = \"normal\"; names = [\"a b\"]; allow = [\"10.0.0.0/8\", \"10.1.2.3\"]; };";
	struct settings first, second;
	char *once, *twice;

	(void)state;
	parse(&first, text);
	once = printed(&first);
	parse(&second, once);
	twice = printed(&second);
	assert_string_equal(once, twice);
	assert_non_null(strstr(once, "netbios-name = \"A\\\\\\\"\\x01Z\";\n"));
	assert_non_null(strstr(once, "aliases = [\"X\", \"Y\"];\n"));
	assert_non_null(strstr(once, "\nnbnsd = {\n\tserver = true;\n\tport = 137;\n"
				     "\tany = 3000000000L;\n\tinterval = \"90m\";\n"
				     "\tpause = \"1500ms\";\n"));
	assert_non_null(strstr(once, "\tdurability = \"normal\";\n\taddress = \"127.0.0.1\";\n"
				     "\tnone = \"\";\n\tnames = [\"a b\"];\n\tpartners = [];\n"
				     "\tallow = [\"10.0.0.0/8\", \"10.1.2.3\"];\n"));
	free(once);
	free(twice);
	conf_free(&first, &schema);
	conf_free(&second, &schema);
}

static void durations_are_divided_by_the_time_scale(void **state)
{
	struct settings s;
	char *text;

	(void)state;
	parse(&s, "time-scale = 1000; nbnsd = { interval = \"90m\"; pause = \"500ms\"; };");
	text = printed(&s);
	assert_non_null(strstr(text, "interval = \"90m\";"));
	free(text);
	conf_scale(&s, &schema);
	assert_int_equal(s.nbnsd.interval, 5400);
	assert_int_equal(s.nbnsd.pause, 1); /* not 0, which would mean never */
	conf_free(&s, &schema);
}

static void durations_are_printed_in_the_largest_unit(void **state)
{
	static const struct {
		uint64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "0s" },        { 1, "1ms" },        { 1500, "1500ms" },  { 90000, "90s" },
		{ 1800000, "30m" }, { 43200000, "12h" }, { 518400000, "6d" },
	};
	char text[CONF_DURATION_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(conf_duration_print(cases[i].ms, text), cases[i].text);
}

static void sample_shows_every_setting_with_its_default(void **state)
{
	static const char wanted[] =
		"\nnbnsd = {\n"
		"\t# be the NBNS\n\t#server = false;\n"
		"\t# UDP and TCP port\n\t#port = 137;\n"
		"\t# any number; and a help that is longer than what one would like to see on one line of the\n"
		"\t# sample file\n\t#any = 0;\n"
		"\t# how long\n\t#interval = \"6d\";\n"
		"\t# how short\n\t#pause = \"250ms\";\n"
		"\t# where\n\t#database = \"/var/lib/nbt/names.db\";\n"
		"\t# how sure\n\t#durability = \"full\";\n"
		"\t# which\n\t#address = \"127.0.0.1\";\n"
		"\t# which, if any\n\t#none = \"\";\n"
		"\t# who\n\t#names = [];\n"
		"\t# with whom\n\t#partners = [];\n"
		"\t# for whom\n\t#allow = [\"private\", \"192.0.2.0/24\"];\n"
		"\t# with whom, and how\n"
		"\t#   address: who\n\t#   pull = true: whether\n\t#   every = \"30m\": when\n"
		"\t#   names = []: what\n\t#   more = (): more\n"
		"\t#peers = ();\n"
		"\tinner = {\n"
		"\t\t# how long to wait\n\t\t#wait = \"4s\";\n"
		"\t\t# where to look\n\t\t#domains = [];\n"
		"\t};\n"
		"};\n";
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	conf_print_sample(out, &groups[1], 2);
	fclose(out);
	assert_non_null(strstr(text, wanted));
	free(text);
}

/* "#name" without a blank: what a user gets by taking the sign away. */
static void uncomment(char *text)
{
	for (char *c = text; *c != '\0'; c++)
		if (c[0] == '#' && c[1] != ' ')
			*c = ' ';
}

static void uncommented_sample_gives_the_defaults(void **state)
{
	struct settings plain, sample;
	char *text = NULL, *a, *b;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	conf_print_sample(out, groups, ARRAY_SIZE(groups));
	fclose(out);
	uncomment(text);
	parse(&sample, text);
	parse(&plain, "");
	a = printed(&sample);
	b = printed(&plain);
	assert_string_equal(a, b);
	free(a);
	free(b);
	free(text);
	conf_free(&plain, &schema);
	conf_free(&sample, &schema);
}

/*
 * Files.
 */
static char directory[] = "/tmp/nbt-test-conf-XXXXXX";

static int enter_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) == NULL || chdir(directory) < 0;
}

static int remove_directory(void **state)
{
	static const char *const names[] = { "nbt.conf",  "more.conf", "nul.conf",
					     "self.conf", "long.conf", "pipe.conf" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unlink(names[i]);
	rmdir("conf.d");
	return rmdir(directory);
}

static void write_file(const char *name, const char *bytes, size_t len)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void load_good(const char *name, const char *text, struct settings *settings)
{
	char error[CONF_ERROR_MAX];

	write_file(name, text, strlen(text));
	if (conf_load(settings, &schema, name, true, error) < 0)
		fail_msg("%s", error);
}

/* The error may begin with a directory: libconfig's versions differ about included files. */
static void load_bad(const char *name, const char *text, const char *wanted)
{
	char error[CONF_ERROR_MAX];
	struct settings s;

	write_file(name, text, strlen(text));
	assert_int_equal(conf_load(&s, &schema, name, true, error), -EINVAL);
	if (strstr(error, wanted) == NULL)
		fail_msg("%s\nwanted\n%s", error, wanted);
}

static void missing_file_is_an_error_only_when_named(void **state)
{
	char error[CONF_ERROR_MAX];
	struct settings s;

	(void)state;
	assert_int_equal(conf_load(&s, &schema, "none", true, error), -ENOENT);
	assert_string_equal(error, "none: No such file or directory");
	assert_int_equal(conf_load(&s, &schema, "none", false, error), 0);
	conf_free(&s, &schema);
}

static void files_include_files_beside_them(void **state)
{
	struct settings s;

	(void)state;
	write_file("more.conf", "workgroup = \"MORE\";\n", 20);
	load_good("nbt.conf", "@include \"more.conf\"\nscope = \"X\";\n", &s);
	assert_string_equal(s.global.workgroup, "MORE");
	assert_string_equal(s.global.scope, "X");
	conf_free(&s, &schema);

	write_file("more.conf", "\nnbnsd = {\nprot = 1; };", 23);
	load_bad("nbt.conf", "@include \"more.conf\"\n",
		 "more.conf:3: unknown setting \"prot\"; allowed: " NBNSD_NAMES);
}

static void a_list_of_another_daemon_can_be_peeked_at(void **state)
{
	static const char text[] = "@include \"more.conf\"\nnbddd = { nbdd-servers = "
				   "[\"10.0.0.1\", \"x\", \"10.0.0.2\", \"10.0.0.3\"]; };\n";
	static const char setting[] = "nbddd.nbdd-servers";
	struct in_addr found[2];

	(void)state;
	write_file("more.conf", "workgroup = \"MORE\";\n", 20);
	write_file("nbt.conf", text, strlen(text));
	assert_int_equal(conf_peek_addresses("nbt.conf", setting, found, 2), 2);
	assert_int_equal(found[0].s_addr, htonl(0x0a000001));
	assert_int_equal(found[1].s_addr, htonl(0x0a000002));
	assert_int_equal(conf_peek_addresses("nbt.conf", "nbddd.more", found, 2), 0);
	assert_int_equal(conf_peek_addresses("nbt.conf", "workgroup", found, 2), 0);
	assert_int_equal(conf_peek_addresses("none", setting, found, 2), 0);
}

static void a_mark_of_utf8_is_passed_over(void **state)
{
	static const char marked[] = "\xef\xbb\xbfworkgroup = \"MORE\";\n";
	struct settings s;

	(void)state;
	load_good("nbt.conf", marked, &s);
	assert_string_equal(s.global.workgroup, "MORE");
	conf_free(&s, &schema);

	write_file("more.conf", marked, sizeof(marked) - 1); /* libconfig reads this one itself */
	load_bad("nbt.conf", "\xef\xbb\xbf@include \"more.conf\"\n",
		 "./more.conf:1: begins with a byte order mark; allowed: included files without "
		 "one");
}

/* libconfig would end the program here, or read for ever. */
static void only_files_can_be_included(void **state)
{
	(void)state;
	assert_int_equal(mkdir("conf.d", 0700), 0);
	load_bad("nbt.conf", "scope = \"X\";\n@include \"conf.d\"\n",
		 "nbt.conf:2: cannot include \"./conf.d\": not a text file; allowed: a file in .");
	load_bad(
		"self.conf", "@include \"self.conf\"\n",
		"./self.conf:1: cannot include \"./self.conf\": Too many levels of symbolic links; "
		"allowed: a file in .");
}

static void load_error(const char *name, const char *wanted)
{
	char error[CONF_ERROR_MAX];
	struct settings s;

	assert_int_not_equal(conf_load(&s, &schema, name, true, error), 0);
	assert_string_equal(error, wanted);
}

/* What is behind the end of reading must not be ignored, and nobody writes into the pipe. */
static void a_long_file_and_a_pipe_are_refused(void **state)
{
	int fd = open("long.conf", O_WRONLY | O_CREAT | O_EXCL, 0600);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (1 << 20) + 1), 0);
	close(fd);
	load_error("long.conf", "long.conf: File too large");
	assert_int_equal(mkfifo("pipe.conf", 0600), 0);
	load_error("pipe.conf", "pipe.conf: not a text file");
}

static void only_text_is_read(void **state)
{
	char error[CONF_ERROR_MAX];
	struct settings s;

	(void)state;
	assert_int_equal(conf_load(&s, &schema, directory, true, error), -EINVAL);
	write_file("nul.conf", "scope = \"X\";\0port", 16);
	assert_int_equal(conf_load(&s, &schema, "nul.conf", true, error), -EINVAL);
	assert_string_equal(error, "nul.conf: not a text file");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_file_gives_the_defaults),
		cmocka_unit_test(values_are_taken_from_the_file),
		cmocka_unit_test(wrong_files_are_explained),
		cmocka_unit_test(lists_of_groups_are_read),
		cmocka_unit_test(lists_of_groups_are_printed),
		cmocka_unit_test(lists_of_groups_are_bounded),
		cmocka_unit_test(long_values_do_not_overflow_the_error),
		cmocka_unit_test(what_is_printed_can_be_read_again),
		cmocka_unit_test(durations_are_divided_by_the_time_scale),
		cmocka_unit_test(durations_are_printed_in_the_largest_unit),
		cmocka_unit_test(sample_shows_every_setting_with_its_default),
		cmocka_unit_test(uncommented_sample_gives_the_defaults),
		cmocka_unit_test(missing_file_is_an_error_only_when_named),
		cmocka_unit_test(files_include_files_beside_them),
		cmocka_unit_test(a_list_of_another_daemon_can_be_peeked_at),
		cmocka_unit_test(a_mark_of_utf8_is_passed_over),
		cmocka_unit_test(only_files_can_be_included),
		cmocka_unit_test(a_long_file_and_a_pipe_are_refused),
		cmocka_unit_test(only_text_is_read),
	};

	return cmocka_run_group_tests_name("conf", tests, enter_directory, remove_directory);
}

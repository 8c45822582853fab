/* smb.conf as nbt.conf. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/import/smb_conf.h"

static char *converted(const char *text)
{
	struct smb_conf *conf = smb_conf_create();
	char *result = NULL;
	size_t len;
	FILE *out = open_memstream(&result, &len);

	assert_non_null(conf);
	assert_non_null(out);
	while (*text != '\0') {
		size_t line = strcspn(text, "\n");

		smb_conf_line(conf, text, line);
		text += line + (text[line] == '\n');
	}
	assert_true(smb_conf_print(conf, out));
	fclose(out);
	smb_conf_destroy(conf);
	return result;
}

#define LABEL_60 "aaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbcccccccccccccccccccc"
#define SCOPE_237                                                                                  \
	LABEL_60 "." LABEL_60 "." LABEL_60 ".dddddddddddddddddddddddddddddddddddddddddddddddddddddd"

static const struct row {
	const char *line, *want; /* what is in the result */
} rows[] = {
	{ "netbios name = fred", "\nnetbios-name = \"fred\";\n" },
	{ "NetBIOS Name=fred", "\nnetbios-name = \"fred\";\n" },
	{ "netbiosname = fred", "\nnetbios-name = \"fred\";\n" },
	{ "netbios name = %h", "#   line 1: netbios name = %h\n#       a name has 1 to 15" },
	{ "netbios aliases = a \"b c\", d", "\naliases = [\"a\", \"b c\", \"d\"];\n" },
	{ "workgroup = OF\"FI\\CE", "\nworkgroup = \"OF\\\"FI\\\\CE\";\n" },
	{ "dos charset = CP437", "\ndos-charset = \"CP437\";\n" },
	{ "interfaces = lo eth0 10.0.0.0/8", "\ninterfaces = [\"eth0\", \"10.0.0.0/8\"];\n" },
	{ "interfaces = 192.168.1.5/24 192.168.2.5/255.255.255.0",
	  "\ninterfaces = [\"192.168.1.5\", \"192.168.2.5\"];\n" },
	{ "interfaces = 192.168.1.5/24 eth1;speed=1000",
	  "\ninterfaces = [\"192.168.1.5\", \"eth1\"];\n" },
	{ "interfaces = eth*", "#   line 1: interfaces = eth*\n" },
	{ "wins support = yes", "nbnsd = {\n\tserver = true;\n" },
	{ "wins support = no", "nbnsd = {\n\tserver = false;\n" },
	{ "", "nbnsd = {\n\tserver = false;\n" },
	{ "wins support = maybe", "#   line 1: wins support = maybe\n#       it is neither" },
	{ "wins server = a:10.0.0.5 10.0.0.6", "\nwins-servers = [\"10.0.0.5\", \"10.0.0.6\"];\n" },
	{ "wins server = wins.example.org", "#   line 1: wins server" },
	{ "wins proxy = yes", "\tproxy = true;\n" },
	{ "wins hook = /usr/bin/hook -v", "\thook = [\"/usr/bin/hook\", \"-v\"];\n" },
	{ "max wins ttl = 86400", "\trenewal-interval = 86400;\n" },
	{ "min wins ttl = 100", "#   line 1: min wins ttl = 100\n#       every name gets" },
	{ "dns proxy = yes", "#   line 1: dns proxy = yes\n#       DNS is asked when" },
	{ "name resolve order = lmhosts wins bcast", "\nnode-type = \"h\";\n" },
	{ "name resolve order = bcast wins", "\nnode-type = \"m\";\n" },
	{ "name resolve order = wins", "\nnode-type = \"p\";\n" },
	{ "name resolve order = bcast host", "\nnode-type = \"b\";\n" },
	{ "name resolve order = host", "#   line 1: name resolve order" },
	{ "nbt port = 1137", "\tport = 1137;\n" },
	{ "socket address = 10.0.0.5", "\tlisten = [\"10.0.0.5\"];\n" },
	{ "socket address = 0.0.0.0", "#       every address of the interfaces is served" },
	{ "hosts allow = 10.", "#   line 1: hosts allow = 10.\n#       nmbd does not heed it" },
	{ "allow hosts = 10.", "#   line 1: hosts allow = 10.\n" },
	{ "netbios scope =", "};\n" },
	{ "log level = 1 passdb:5", "\nlog-level = \"info\";\n" },
	{ "debuglevel = 10", "\nlog-level = \"debug\";\n" },
	{ "os level = 65", "browserd = {\n\tos-level = 65;\n};\n" },
	{ "prefered master = yes", "\tpreferred-master = \"yes\";\n" },
	{ "domain master = Auto", "\tdomain-master = \"auto\";\n" },
	{ "local master = no", "\tlocal-master = false;\n" },
	{ "lm announce = yes", "\tlm-announce = \"yes\";\n" },
	{ "lm announce = AUTO", "\tlm-announce = \"auto\";\n" },
	{ "lm interval = 120", "\tlm-announce-interval = 120;\n" },
	{ "lm interval = 0", "#   line 1: lm interval = 0\n#       it is no number of" },
	{ "remote announce = 10.1.2.255/OFFICE 10.3.255.255",
	  "\tremote-announce = [\"10.1.2.255/OFFICE\", \"10.3.255.255\"];\n" },
	{ "remote browse sync = 10.1.2.255 10.3.0.9",
	  "\tremote-browse-sync = [\"10.1.2.255\", \"10.3.0.9\"];\n" },
	{ "remote browse sync = fileserver", "#       it has something that is no address" },
	{ "server string = files \\\nand printers", "\tcomment = \"files and printers\";\n" },
	{ "read raw = yes", "# Not about names and browsing:\n#   line 1: read raw\n" },
	{ "netbios name = ABCDEFGHIJKLMNOP", "#   line 1: netbios name = ABCDEFGHIJKLMNOP\n#" },
	{ "netbios name = *", "#   line 1: netbios name = *\n#" },
	{ "netbios name = ÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜ", "\nnetbios-name = \"ÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜ\";\n" },
	{ "netbios aliases = a ABCDEFGHIJKLMNOP", "#   line 1: netbios aliases = a ABC" },
	{ "netbios scope = a..b", "#   line 1: netbios scope = a..b\n#       a scope has" },
	{ "netbios scope = a.b", "\nscope = \"a.b\";\n" },
	{ "netbios scope = " SCOPE_237, "\nscope = \"" SCOPE_237 "\";\n" },
	{ "netbios scope = " SCOPE_237 "d", "#       a scope has labels of 1 to 63 bytes" },
	{ "dos charset = CP0", "#   line 1: dos charset = CP0\n#       no character set" },
	{ "nbt port = 65536", "#   line 1: nbt port = 65536\n#       it is no port" },
	{ "max wins ttl = 0", "#   line 1: max wins ttl = 0\n#       it is no number of" },
	{ "max wins ttl = 3596401",
	  "#   line 1: max wins ttl = 3596401\n#       it is no number of" },
	{ "name cache timeout = 86401", "#   line 1: name cache timeout = 86401\n" },
	{ "wreplsrv:tombstone_interval = 518400", "\textinction-interval = 518400;\n" },
	{ "nbtd:wins_prepend1bto1cqueries = no", "\tprepend-1b = false;\n" },
	{ "winsdb:dbnosync = yes", "#       what is acknowledged is on the disk" },
	{ "hello", "#   line 1: hello (no \"=\")\n" },
	{ "include = /etc/x", "#   line 1: include = /etc/x\n#       what it includes" },
	{ "# netbios name = a\n; netbios name = b\nnetbios name = c", "\nnetbios-name = \"c\";\n" },
	{ "netbios name = a\r\nnetbios name = b\r\n", "\n\nnetbios-name = \"b\";\n" },
	{ "[global]\nos level = 1\n[pub]\nos level = 2\npath = /x\n[GLOBAL]\nlocal master = no",
	  "\tos-level = 1;\n\tlocal-master = false;\n};\n" },
	{ "netbios name = a\x01"
	  "b",
	  "\nnetbios-name = \"a b\";\n" },
};

static void parameters_are_carried_over(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = converted(rows[i].line);

		if (strstr(text, rows[i].want) == NULL)
			fail_msg("%s:\n%swanted\n%s", rows[i].line, text, rows[i].want);
		free(text);
	}
}

static void other_files_are_known(void **state)
{
	static const struct {
		const char *line;
		bool is_one;
	} lines[] = {
		{ "[pub]", false },       { "[global]", false }, { "wins support = yes", true },
		{ "VERSION 1 0", false }, { "a = b", false },    { "", false },
		{ "# comment", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct smb_conf *conf = smb_conf_create();

		assert_non_null(conf);
		smb_conf_line(conf, lines[i].line, strlen(lines[i].line));
		if (smb_conf_is_one(conf) != lines[i].is_one)
			fail_msg("%s", lines[i].line);
		smb_conf_destroy(conf);
	}
}

/* What has a counterpart has a key and a rule; every row says why it may not be carried over. */
static void rows_are_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < smb_conf_row_count; i++) {
		const struct smb_conf_row *row = &smb_conf_rows[i];

		if ((row->group == NULL) != (row->key == NULL) ||
		    (row->group == NULL) != (row->convert == NULL) || row->remark == NULL)
			fail_msg("%s", row->parameter);
		for (size_t j = 0; j < i; j++)
			if (strcmp(smb_conf_rows[j].parameter, row->parameter) == 0)
				fail_msg("%s twice", row->parameter);
	}
}

/*
 * The parameters that Samba 4.17's nmbd asks for (the lp_ functions that the program imports), and
 * those of smb.conf(5) about names, browsing, WINS and their files, also of the AD server.
 */
static const char *const of_nmbd[] = {
	"bind interfaces only",
	"cluster addresses",
	"clustering",
	"domain master",
	"enhanced browsing",
	"init logon delay",
	"init logon delayed hosts",
	"lm announce",
	"lm interval",
	"local master",
	"lock directory",
	"log file",
	"max ttl",
	"max wins ttl",
	"min wins ttl",
	"nbt client socket address",
	"netbios aliases",
	"netbios name",
	"netbios scope",
	"nmbd bind explicit broadcast",
	"os level",
	"pid directory",
	"preferred master",
	"remote announce",
	"remote browse sync",
	"server role",
	"server string",
	"wins support",
	"dns proxy",
	"wins hook",
	"wins proxy",
	"workgroup",
	"wins server",
	"interfaces",
	"hosts allow",
	"hosts deny",
	"name resolve order",
	"nbt port",
	"dgram port",
	"disable netbios",
	"dos charset",
	"unix charset",
	"browse list",
	"time server",
	"domain logons",
	"name cache timeout",
	"socket options",
	"state directory",
	"cache directory",
	"log level",
	"logging",
	"max log size",
	"syslog",
	"syslog only",
	"timestamp logs",
	"debug pid",
	"debug uid",
	"debug class",
	"debug hires timestamp",
	"debug prefix timestamp",
	"debug syslog format",
	"include",
	"config file",
	"auto services",
	"nmbd:socket dir",
	"server services",
	"wreplsrv:renew_interval",
	"wreplsrv:scavenging_interval",
	"wreplsrv:tombstone_interval",
	"wreplsrv:tombstone_timeout",
	"wreplsrv:tombstone_extra_timeout",
	"wreplsrv:verify_interval",
	"wreplsrv:periodic_interval",
	"wreplsrv:propagate name releases",
	"nbtd:wins_prepend1Bto1Cqueries",
	"nbtd:wins_randomize1Clist",
	"nbtd:wins_randomize1Clist_mask",
	"winsdb:local_owner",
	"winsdb:dbnosync",
};

static void every_parameter_of_nmbd_has_a_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(of_nmbd); i++) {
		size_t row = 0;

		while (row < smb_conf_row_count &&
		       strcmp(smb_conf_rows[row].parameter, of_nmbd[i]) != 0)
			row++;
		if (row == smb_conf_row_count)
			fail_msg("%s", of_nmbd[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters_are_carried_over),
		cmocka_unit_test(rows_are_whole),
		cmocka_unit_test(other_files_are_known),
		cmocka_unit_test(every_parameter_of_nmbd_has_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

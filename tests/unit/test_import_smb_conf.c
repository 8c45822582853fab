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

static const struct row {
	const char *line, *want; /* what is in the result */
} rows[] = {
	{ "netbios name = fred", "\nnetbios-name = \"fred\";\n" },
	{ "NetBIOS Name=fred", "\nnetbios-name = \"fred\";\n" },
	{ "netbiosname = fred", "\nnetbios-name = \"fred\";\n" },
	{ "netbios name = %h", "#   line 1: netbios name = %h\n#       values with %" },
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
	{ "server string = files \\\nand printers", "\tcomment = \"files and printers\";\n" },
	{ "read raw = yes", "# Not about names and browsing:\n#   line 1: read raw\n" },
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
 * those of smb.conf(5) about names, browsing, WINS and their files.
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
		cmocka_unit_test(every_parameter_of_nmbd_has_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

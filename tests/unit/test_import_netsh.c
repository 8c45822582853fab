/* What "netsh wins server dump" prints. */
#include "support.h"

#include <stdlib.h>

#include "imports.h"

#define UNDOCUMENTED "has an argument that is not documented\n"

static const struct row {
	const char *what, *text, *want;
} rows[] = {
	{ "a static unique name",
	  "netsh wins server \\\\10.0.0.5 add name Name=FRED EndChar=20 RecType=0 Group=0 Node=1 "
	  "IP={10.0.0.9}\n",
	  "1: FRED<20> unique P static 10.0.0.9\n" },
	{ "without the server", "add name Name=FRED EndChar=20 IP={10.0.0.9}\n",
	  "1: FRED<20> unique P static 10.0.0.9\n" },
	{ "without tags", "wins server 10.0.0.5 add name FRED 03 \"\" 0 0 3 {10.0.0.9}\n",
	  "1: FRED<03> unique H static 10.0.0.9\n" },
	{ "without EndChar three names, as in the console", "add name Name=FRED IP={10.0.0.9}\n",
	  "1: FRED<00> unique P static 10.0.0.9\n1: FRED<03> unique P static 10.0.0.9\n"
	  "1: FRED<20> unique P static 10.0.0.9\n" },
	{ "a group", "add name Name=OFFICE Group=1\n", "1: OFFICE<1E> group P static\n" },
	{ "an Internet group", "add name Name=PRINTERS Group=2 IP={10.0.0.9,10.0.0.10}\n",
	  "1: PRINTERS<20> internet P static 10.0.0.9 10.0.0.10\n" },
	{ "a multihomed name", "add name Name=FRED EndChar=20 Group=3 IP={10.0.0.9, 10.0.0.10}\n",
	  "1: FRED<20> multihomed P static 10.0.0.9 10.0.0.10\n" },
	{ "a domain", "add name Name=OFFICE Group=4 IP={10.0.0.9}\n",
	  "1: OFFICE<1C> internet P static 10.0.0.9\n" },
	{ "a scope", "add name Name=FRED EndChar=20 Scope=EXAMPLE.ORG IP={10.0.0.9}\n",
	  "1: FRED<20>.EXAMPLE.ORG unique P static 10.0.0.9\n" },
	{ "a name with a blank", "add name Name=\"FRED 1\" EndChar=20 IP={10.0.0.9}\n",
	  "1: FRED 1<20> unique P static 10.0.0.9\n" },
	{ "a name in UTF-8", "add name Name=M\xc3\x9cLLER EndChar=20 IP={10.0.0.9}\n",
	  "1: M<9A>LLER<20> unique P static 10.0.0.9\n" },
	{ "as the command line of Windows writes it",
	  "add name Name=M\x9aLLER EndChar=20 IP={10.0.0.9}\n",
	  "1: M<9A>LLER<20> unique P static 10.0.0.9\n" },
	{ "capitals and short tags", "ADD NAME name=FRED ENDCHAR=0x20 NodeType=3 ip=10.0.0.9\n",
	  "1: FRED<20> unique H static 10.0.0.9\n" },
	{ "a dynamic name, whose lease the dump does not tell",
	  "add name Name=FRED EndChar=20 RecType=1 IP={10.0.0.9}\n",
	  "1: FRED<20> unique P 1001 10.0.0.9\n" },
	{ "intervals",
	  "set namerecord Renew=518400 Extinction=345600 ExTimeOut=518400 Verification=2073600\n",
	  "1: renewal-interval = 518400\n1: extinction-interval = 345600\n"
	  "1: extinction-timeout = 518400\n1: verify-interval = 2073600\n" },
	{ "some of them", "set namerecord 518400\n", "1: renewal-interval = 518400\n" },
	{ "burst handling", "set burstparam State=1, Value=1000\n", "1: burst-limit = 1000\n" },
	{ "off", "set burstparam State=0\n", "1: burst-limit = 0\n" },
	{ "migrate", "set migrateflag 1\nset migrateflag State=0\n",
	  "1: migrate = true\n2: migrate = false\n" },
	{ "comments, empty lines, prompts",
	  "# WINS server\n\nrem done\nnetsh\nwins server \\\\X\nadd name Name=A EndChar=20 IP={10.0.0.9} # x\n",
	  "6: A<20> unique P static 10.0.0.9\n" },
	{ "partners are configured", "add partner Server=10.0.0.6 Type=2\n",
	  "1 add partner Server=10.0.0.6 Type=2: a group of partners = ( { ... } ) in nbt.conf\n" },
	{ "what has no counterpart", "set logparam DBChange=1 Event=0\n",
	  "1 set logparam DBChange=1 Event=0: nbnsd always logs to the system's log: see log-level\n" },
	{ "a tag that is unknown", "add name Name=FRED Colour=1\n",
	  "1 add name Name=FRED Colour=1: " UNDOCUMENTED },
	{ "a tag twice", "add name Name=FRED Name=JIM\n",
	  "1 add name Name=FRED Name=JIM: " UNDOCUMENTED },
	{ "a word too many", "set migrateflag 1 2\n",
	  "1 set migrateflag 1 2: the state is 0 or 1\n" },
	{ "a value that is none", "set namerecord Renew=never\n",
	  "1 set namerecord Renew=never: intervals are seconds\n" },
	{ "no name", "add name EndChar=20\n",
	  "1 add name EndChar=20: is no name of 1 to 15 characters with an EndChar of 00 to FF\n" },
	{ "a kind that is none", "add name Name=A EndChar=20 Group=5 IP={10.0.0.9}\n",
	  "1 add name Name=A EndChar=20 Group=5 IP={10.0.0.9}: RecType, Group or Node has a value "
	  "that is not documented\n" },
	{ "an address that is none", "add name Name=A EndChar=20 IP={10.0.0}\n",
	  "1 add name Name=A EndChar=20 IP={10.0.0}: IP holds what is no IPv4 address\n" },
	{ "no address", "add name Name=A EndChar=20\n", "1 A<20>: it has no address of a host\n" },
	{ "a scope that is none", "add name Name=A EndChar=20 Scope=..\n",
	  "1 add name Name=A EndChar=20 Scope=..: its scope cannot be on the wire\n" },
	{ "a brace that stays open", "add name Name=A IP={10.0.0.9\n",
	  "1 add name Name=A IP={10.0.0.9: a quote or brace is not closed, or there are too many "
	  "words\nno command of netsh wins server is in it\n" },
	{ "another file", "hello\n",
	  "1 hello: is no command of netsh wins server that is known here\n"
	  "no command of netsh wins server is in it\n" },
};

static void commands_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = import_as_text("netsh", rows[i].text, false);

		if (strcmp(text, rows[i].want) != 0)
			fail_msg("%s:\n%swanted\n%s", rows[i].what, text, rows[i].want);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

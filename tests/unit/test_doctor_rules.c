/* What the doctor finds, rule by rule, and that it finds nothing where nothing is wrong. */
#include "tools/doctor_rules.h"

#include <stdio.h>
#include <string.h>

#include "doctored.h"
#include "support.h"

/* This host, 10.0.1.5, has no services; A is the master and the domain master, B a server. */
#define NET "net eth0 10.0.1.5/24\n"
#define LAB "group LAB\n"
#define A_IS_MASTER                                                                                \
	"cast LAB#1d 10.0.1.11\n"                                                                  \
	"host 10.0.1.11 H A#00 A#20 LAB#00g LAB#1eg LAB#1d\n"
#define A_LISTENS                                                                                  \
	"port 10.0.1.11 139 open\n"                                                                \
	"port 10.0.1.11 445 open\n"
#define A_LISTS                                                                                    \
	"lists 10.0.1.11 LAB ok\n"                                                                 \
	"entry 10.0.1.11 LAB A\n"
#define A_ALL                                                                                      \
	A_IS_MASTER A_LISTENS A_LISTS "cast LAB#1eg 10.0.1.11\n"                                   \
				      "cast LAB#00g 10.0.1.11\n"                                   \
				      "cast A#20 10.0.1.11\n"
#define B_ALL                                                                                      \
	"entry 10.0.1.11 LAB B\n"                                                                  \
	"cast B#20 10.0.1.12\n"                                                                    \
	"host 10.0.1.12 H B#00 B#20 LAB#00g\n"                                                     \
	"port 10.0.1.12 139 open\n"                                                                \
	"port 10.0.1.12 445 open\n"
#define WINS                                                                                       \
	"wins 10.0.1.10\n"                                                                         \
	"server 10.0.1.10 A#20 10.0.1.11\n"                                                        \
	"server 10.0.1.10 B#20 10.0.1.12\n"
#define A_IS_DMB                                                                                   \
	"server 10.0.1.10 LAB#1b 10.0.1.11\n"                                                      \
	"cast LAB#1b 10.0.1.11\n"
/* D is the local master of another subnet, E a server there; A has <1B>. */
#define D_ALL                                                                                      \
	"entry 10.0.1.11 LAB D\n"                                                                  \
	"cast D#20 -\n"                                                                            \
	"server 10.0.1.10 D#20 10.0.2.11\n"                                                        \
	"host 10.0.2.11 H D#00 D#20 LAB#00g LAB#1eg LAB#1d\n"                                      \
	"port 10.0.2.11 139 open\n"                                                                \
	"port 10.0.2.11 445 open\n"                                                                \
	"lists 10.0.2.11 LAB ok\n"                                                                 \
	"entry 10.0.2.11 LAB D\n"
#define D_SYNCS                                                                                    \
	"entry 10.0.2.11 LAB A\n"                                                                  \
	"entry 10.0.2.11 LAB B\n"
#define A_OF_ALL                                                                                   \
	"cast LAB#1d 10.0.1.11\n"                                                                  \
	"host 10.0.1.11 H A#00 A#20 LAB#00g LAB#1eg LAB#1d LAB#1b\n" A_LISTENS A_LISTS             \
	"cast A#20 10.0.1.11\n"
/* P nodes: D has <1D> for all subnets. */
#define VIRTUAL                                                                                    \
	"wins 10.0.1.10\ncast LAB#1d -\nserver 10.0.1.10 LAB#1d 10.0.2.11\n"                       \
	"host 10.0.2.11 P D#20 LAB#00g LAB#1eg LAB#1d\nserver 10.0.1.10 D#20 10.0.2.11\n"
#define DEAD(address)                                                                              \
	"host " address " ?\nport " address " 139 silent\nport " address " 445 silent\n"

struct rule_case {
	const char *sentence, *facts;
	const char *found;    /* names of rules, with a space behind each */
	const char *evidence; /* of what the first says, and its evidence, a part; NULL: any */
};

static const struct rule_case cases[] = {
	{ "one subnet in which all is well", NET LAB A_ALL B_ALL, "", NULL },
	{ "with a name server", NET LAB WINS A_ALL B_ALL, "", NULL },
	{ "two subnets and a domain master", NET LAB WINS A_IS_DMB A_OF_ALL B_ALL D_ALL D_SYNCS, "",
	  NULL },
	{ "what was not asked is no fault", NET LAB "wins 10.0.1.10\n", "", NULL },

	{ "two hosts answer for <1D>",
	  NET LAB A_ALL B_ALL "cast LAB#1d 10.0.1.21\n"
			      "host 10.0.1.21 B RIVAL#20 LAB#1d\n",
	  "rival-masters ", "A (10.0.1.11) and RIVAL (10.0.1.21)" },
	{ "one says so only when asked alone",
	  NET LAB A_ALL B_ALL "host 10.0.1.21 B RIVAL#20 LAB#1d\n", "rival-masters ", NULL },
	{ "a master with two addresses is one",
	  NET LAB A_ALL B_ALL "cast LAB#1d 10.0.1.11/10.0.1.21\n"
			      "host 10.0.1.21 H A#00 A#20 LAB#00g LAB#1eg LAB#1d\n",
	  "", NULL },
	{ "and one with two cables",
	  NET LAB A_ALL B_ALL
	  "cast LAB#1d 10.0.1.21\n"
	  "host 10.0.1.21 H A#00 A#20 LAB#1d\nmac 10.0.1.11 7\nmac 10.0.1.21 7\n",
	  "", NULL },

	{ "members and no master",
	  NET LAB "cast LAB#1d -\ncast LAB#1eg 10.0.1.12\nhost 10.0.1.12 B B#20 LAB#00g LAB#1eg\n",
	  "no-master ", "members are B (10.0.1.12)" },
	{ "members of whom none can be master",
	  NET LAB "cast LAB#1d -\ncast LAB#00g 10.0.1.12\nhost 10.0.1.12 B B#20 LAB#00g\n",
	  "no-master ", "none takes part in elections" },
	{ "in a virtual LAN the one master is elsewhere", NET LAB VIRTUAL, "", NULL },
	{ "and hosts of others may be listed",
	  NET LAB VIRTUAL "cast LAB#00g 10.0.1.12\nhost 10.0.1.12 B B#20 LAB#00g\n", "", NULL },
	{ "but are in want of a master if they take part in elections",
	  NET LAB VIRTUAL "cast LAB#1eg 10.0.1.12\nhost 10.0.1.12 H B#20 LAB#00g LAB#1eg\n"
			  "server 10.0.1.10 B#20 10.0.1.12\n",
	  "no-master ", "members are B (10.0.1.12); the name server keeps LAB<1D> for one host" },
	{ "two masters in different subnets of a virtual LAN",
	  NET LAB VIRTUAL "host 10.0.3.11 P E#20 LAB#00g LAB#1d\nserver 10.0.1.10 E#20 10.0.3.11\n",
	  "rival-masters ", "held by D (10.0.2.11) and E (10.0.3.11)" },
	{ "its master is dead",
	  NET LAB
	  "wins 10.0.1.10\ncast LAB#1d -\nserver 10.0.1.10 LAB#1d 10.0.2.11\n" DEAD("10.0.2.11"),
	  "dead-master ",
	  "name server 10.0.1.10 says that LAB<1D> is at 10.0.2.11, where neither" },
	{ "its master cannot be reached, nor anybody near it",
	  NET LAB "wins 10.0.1.10\ncast LAB#1d -\nserver 10.0.1.10 LAB#1d 10.0.2.11\n" DEAD(
		  "10.0.2.11") "entry 10.0.1.11 LAB E\nserver 10.0.1.10 E#20 10.0.2.12\n" DEAD("10.0.2.12"),
	  "firewall ", NULL },
	{ "its master is none any more",
	  NET LAB "wins 10.0.1.10\ncast LAB#1d -\nserver 10.0.1.10 LAB#1d 10.0.2.11\n"
		  "host 10.0.2.11 P D#20 LAB#00g\nserver 10.0.1.10 D#20 10.0.2.11\n",
	  "dead-master ", "but the host there does not have the name" },
	{ "the name server does not keep its name",
	  NET LAB "wins 10.0.1.10\nserver 10.0.1.10 LAB#1d -\n"
		  "host 10.0.2.11 P D#20 LAB#00g LAB#1d\nserver 10.0.1.10 D#20 10.0.2.11\n",
	  "master-not-kept ", "held by D (10.0.2.11)" },
	{ "one of two does",
	  NET LAB "wins 10.0.1.10\nwins 10.0.2.10\nserver 10.0.1.10 LAB#1d -\n"
		  "server 10.0.2.10 LAB#1d 10.0.2.11\n"
		  "host 10.0.2.11 P D#20 LAB#00g LAB#1d\nserver 10.0.1.10 D#20 10.0.2.11\n",
	  "wins-disagree ", NULL },
	{ "the master of a subnet is in no name server",
	  NET LAB WINS A_ALL B_ALL "server 10.0.1.10 LAB#1d -\n", "", NULL },
	{ "a server of a virtual LAN that nobody knows",
	  NET LAB VIRTUAL "entry 10.0.2.11 LAB EVIL\ncast EVIL#20 -\ncast EVIL#00 -\n"
			  "server 10.0.1.10 EVIL#20 -\nserver 10.0.1.10 EVIL#00 -\n",
	  "unresolvable ", "in the list of D (10.0.2.11): EVIL" },
	{ "without an answer to any broadcast nothing is known of masters",
	  NET LAB "cast LAB#1d -\nhost 10.0.1.5 B ME#20 LAB#00g\n", "", NULL },
	{ "the workgroup of the configuration is nowhere", NET "own PLANT\n" LAB A_ALL B_ALL,
	  "nobody ", NULL },
	{ "nothing at all is there", NET, "nobody ", NULL },

	{ "a master that gives no list",
	  NET LAB A_IS_MASTER A_LISTENS "lists 10.0.1.11 LAB refused\n", "no-list ", "refused" },

	{ "the domain master is dead",
	  NET LAB WINS A_ALL B_ALL "server 10.0.1.10 LAB#1b 10.0.1.66\n" DEAD("10.0.1.66"),
	  "dead-domain-master ", "name server 10.0.1.10 says that LAB<1B> is at 10.0.1.66" },
	{ "it lives, and is none any more",
	  NET LAB WINS A_ALL B_ALL "server 10.0.1.10 LAB#1b 10.0.1.12\n", "dead-domain-master ",
	  "does not have the name" },
	{ "two domain masters",
	  NET LAB WINS A_IS_DMB A_OF_ALL B_ALL "host 10.0.2.9 H X#20 LAB#1b\n",
	  "rival-domain-masters ", "A (10.0.1.11) and X (10.0.2.9)" },
	{ "two networks and no domain master",
	  NET LAB WINS A_ALL B_ALL "entry 10.0.1.11 LAB E\nserver 10.0.1.10 E#20 10.0.2.12\n"
				   "server 10.0.1.10 LAB#1b -\n",
	  "no-domain-master ", "10.0.2.12" },
	{ "the local master has not got the domain master's list",
	  NET LAB WINS A_IS_DMB A_OF_ALL B_ALL D_ALL, "not-synced ",
	  "local master D (10.0.2.11) does not have the domain master A" },
	{ "nor it that of the local master",
	  NET LAB WINS A_IS_DMB A_OF_ALL B_ALL
	  "host 10.0.2.11 H D#00 D#20 LAB#1d\nlists 10.0.2.11 LAB ok\n"
	  "entry 10.0.2.11 LAB A\nentry 10.0.2.11 LAB B\n",
	  "not-synced ", "domain master A (10.0.1.11) does not have the local master D" },
	{ "the browser here fetches lists in vain",
	  NET LAB A_ALL B_ALL "sync LAB D 10.0.2.11 40 3\n", "sync-failing ",
	  "3 attempts in a row have failed at 10.0.2.11; the last list came 40 minutes ago" },
	{ "it has never had a list", NET LAB A_ALL B_ALL "sync LAB D 10.0.2.11 -7 2\n",
	  "sync-failing ", "no list has come in the 7 minutes" },
	{ "one failure is no fault", NET LAB A_ALL B_ALL "sync LAB D 10.0.2.11 20 1\n", "", NULL },

	{ "two hosts have one name",
	  NET LAB A_ALL B_ALL "cast B#20 10.0.1.33\nhost 10.0.1.33 B B#00 B#20 SHOP#00g\n",
	  "duplicate-name ", "B (10.0.1.12) and B (10.0.1.33)" },
	{ "one of them in another subnet",
	  NET LAB "wins 10.0.1.10\nserver 10.0.1.10 A#20 10.0.1.11\n" A_ALL B_ALL
		  "server 10.0.1.10 B#20 10.0.2.33\nhost 10.0.2.33 H B#20 X#00g\n",
	  "duplicate-name ", NULL },
	{ "a host with a foot in each of two subnets is one",
	  NET LAB "wins 10.0.1.10\nserver 10.0.1.10 A#20 10.0.1.11\n" A_ALL B_ALL
		  "server 10.0.1.10 B#20 10.0.2.33\nhost 10.0.2.33 H B#00 B#20 LAB#00g\n",
	  "", NULL },
	{ "a name in conflict",
	  NET LAB A_ALL B_ALL "host 10.0.1.13 B C#00 C#20!\ncast C#20 10.0.1.13\n",
	  "name-in-conflict ", NULL },
	{ "announced, and known nowhere",
	  NET LAB A_ALL B_ALL "entry 10.0.1.11 LAB EVIL\ncast EVIL#20 -\ncast EVIL#00 -\n",
	  "unresolvable ", "in the list of A (10.0.1.11): EVIL; no host" },
	{ "which nobody knows while the name server is silent",
	  NET LAB "wins 10.0.1.10\nserver 10.0.1.10 LAB#1b ?\n" A_ALL B_ALL DEAD(
		  "10.0.1.10") "entry 10.0.1.11 LAB EVIL\ncast EVIL#20 -\ncast EVIL#00 -\n",
	  "wins-silent ", NULL },
	{ "a name that a name server has leads nowhere",
	  NET LAB WINS A_ALL B_ALL "entry 10.0.1.11 LAB GONE\ncast GONE#20 -\n"
				   "server 10.0.1.10 GONE#20 10.0.1.44\n" DEAD("10.0.1.44"),
	  "stale-list ", "in the list of A (10.0.1.11): GONE (10.0.1.44), where neither" },
	{ "the name server has an old address",
	  NET LAB "wins 10.0.1.10\nserver 10.0.1.10 A#20 10.0.1.11\n" A_ALL B_ALL
		  "server 10.0.1.10 B#20 10.0.1.77\n" DEAD("10.0.1.77"),
	  "stale-name ", "it says 10.0.1.77" },

	{ "the name server is silent",
	  NET LAB "wins 10.0.1.10\nserver 10.0.1.10 LAB#1b ?\n" A_ALL B_ALL DEAD("10.0.1.10"),
	  "wins-silent ", "neither UDP 137 nor TCP" },
	{ "the NBDD is silent",
	  NET LAB WINS A_ALL B_ALL "nbdd 10.0.1.10\n"
				   "distributes 10.0.1.10 LAB#1e silent\n" DEAD("10.0.1.10"),
	  "nbdd-silent ", "neither UDP 138" },
	{ "the NBDD's host is there",
	  NET LAB WINS A_ALL B_ALL "nbdd 10.0.1.11\n"
				   "distributes 10.0.1.11 LAB#1e silent\n",
	  "nbdd-silent ", "UDP 138 does not answer there" },
	{ "the NBDD has no members",
	  NET LAB WINS A_ALL B_ALL "server 10.0.1.10 LAB#1eg 255.255.255.255\nnbdd 10.0.1.10\n"
				   "distributes 10.0.1.10 LAB#1e no\n",
	  "nbdd-ignorant ", "the name server 10.0.1.10 has the group" },
	{ "nor has the name server",
	  NET LAB WINS A_ALL B_ALL
	  "server 10.0.1.10 LAB#1eg -\nnbdd 10.0.1.10\ndistributes 10.0.1.10 LAB#1e no\n",
	  "", NULL },
	{ "the NBDD does what it is for",
	  NET LAB WINS A_ALL B_ALL "server 10.0.1.10 LAB#1eg 255.255.255.255\nnbdd 10.0.1.10\n"
				   "distributes 10.0.1.10 LAB#1e yes\n",
	  "", NULL },
	{ "it is a host like others",
	  NET LAB "wins 10.0.1.12\nserver 10.0.1.12 LAB#1b ?\n" A_ALL B_ALL, "wins-silent ",
	  "it is no name server" },
	{ "it answers for itself only",
	  NET LAB "wins 10.0.1.12\nserver 10.0.1.12 B#20 @10.0.1.12\n" A_ALL B_ALL,
	  "no-name-server ", NULL },
	{ "or denies all other names",
	  NET LAB
	  "wins 10.0.1.12\nserver 10.0.1.12 B#20 @10.0.1.12\nserver 10.0.1.12 A#20 -\n" A_ALL B_ALL,
	  "no-name-server ", NULL },
	{ "or is silent about them",
	  NET LAB
	  "wins 10.0.1.12\nserver 10.0.1.12 B#20 10.0.1.12\nserver 10.0.1.12 A#20 ?\n" A_ALL B_ALL,
	  "no-name-server ", NULL },
	{ "a name server that knows nobody else yet",
	  NET LAB
	  "wins 10.0.1.12\nserver 10.0.1.12 B#20 10.0.1.12\nserver 10.0.1.12 LAB#1b -\n" A_ALL
		  B_ALL,
	  "", NULL },
	{ "hosts are registered elsewhere",
	  NET LAB
	  "wins 10.0.1.10\nserver 10.0.1.10 A#20 10.0.1.11\nserver 10.0.1.10 B#20 -\n" A_ALL B_ALL,
	  "wrong-wins ", "B (10.0.1.12)" },
	{ "a B node is registered nowhere",
	  NET LAB "wins 10.0.1.10\nserver 10.0.1.10 A#20 10.0.1.11\nserver 10.0.1.10 B#20 -\n" A_ALL
		  "entry 10.0.1.11 LAB B\ncast B#20 10.0.1.12\nhost 10.0.1.12 B B#20\n",
	  "", NULL },
	{ "two name servers do not replicate",
	  NET LAB WINS
	  "wins 10.0.2.10\nserver 10.0.2.10 B#20 -\nserver 10.0.2.10 A#20 10.0.1.11\n" A_ALL B_ALL,
	  "wins-disagree ", "B<20> is not known at 10.0.2.10" },

	{ "one host has another netmask",
	  NET LAB A_ALL B_ALL "limited LAB#00g 10.0.1.13\nhost 10.0.1.13 B C#20\ncast C#20 -\n"
			      "limited C#20 10.0.1.13\n",
	  "wrong-mask ", "C (10.0.1.13) answers to 255.255.255.255, but not to 10.0.1.255" },
	{ "this host has another one than all others",
	  "net eth0 10.0.1.5/16\n" LAB
	  "cast LAB#1d -\nlimited LAB#1d 10.0.1.11\nlimited LAB#00g 10.0.1.12\n"
	  "host 10.0.1.11 B A#20 LAB#1d\nhost 10.0.1.12 B B#20\ncast A#20 -\ncast B#20 -\n",
	  "wrong-mask ", "but not to 10.0.255.255" },
	{ "a P node answers no broadcast",
	  NET LAB A_ALL B_ALL "host 10.0.1.13 P C#20\ncast C#20 -\nlimited C#20 -\n", "", NULL },
	{ "two networks on one wire", NET LAB A_ALL B_ALL "cast LAB#00g 192.168.7.7\n",
	  "other-network ", "192.168.7.7" },
	{ "our firewall drops answers to broadcasts",
	  NET LAB "wins 10.0.1.10\ncast LAB#1d -\nserver 10.0.1.10 B#20 10.0.1.12\n"
		  "host 10.0.1.12 H B#20 LAB#00g\ncast B#20 -\nlimited B#20 -\n",
	  "own-firewall ", "B (10.0.1.12)" },
	{ "that of another host drops broadcasts",
	  NET LAB A_ALL B_ALL "host 10.0.1.13 B C#20\ncast C#20 -\nlimited C#20 -\n",
	  "host-firewall ", "C (10.0.1.13): UDP 137 answers when asked alone" },
	{ "or all of UDP 137",
	  NET LAB WINS A_ALL B_ALL "entry 10.0.1.11 LAB C\nserver 10.0.1.10 C#20 10.0.1.13\n"
				   "host 10.0.1.13 ?\nport 10.0.1.13 139 open\n",
	  "host-firewall ", "UDP 137 does not" },
	{ "a firewall between subnets",
	  NET LAB WINS A_IS_DMB A_OF_ALL B_ALL
	  "entry 10.0.1.11 LAB D\nserver 10.0.1.10 D#20 10.0.2.11\nhost 10.0.2.11 ?\n"
	  "port 10.0.2.11 139 open\nport 10.0.2.11 445 refused\n",
	  "firewall ", "although TCP does: 10.0.2.11" },
	{ "nothing passes",
	  NET LAB WINS A_IS_DMB A_OF_ALL B_ALL
	  "entry 10.0.1.11 LAB D\nserver 10.0.1.10 D#20 10.0.2.11\n" DEAD(
		  "10.0.2.11") "entry 10.0.1.11 LAB E\nserver 10.0.1.10 E#20 10.0.2.12\n" DEAD("10.0.2.12"),
	  "firewall ", "10.0.2.11 and 10.0.2.12" },
	{ "nobody can connect to the master",
	  NET LAB A_IS_MASTER "port 10.0.1.11 139 silent\nport 10.0.1.11 445 silent\n"
			      "lists 10.0.1.11 LAB refused\n",
	  "blocked-139 ", "silent: a firewall drops it, so that nobody gets its browse list" },
	{ "a server without a program",
	  NET LAB A_ALL "entry 10.0.1.11 LAB B\ncast B#20 10.0.1.12\nhost 10.0.1.12 B B#20\n"
			"port 10.0.1.12 139 refused\nport 10.0.1.12 445 open\n",
	  "blocked-139 ", "nobody listens; TCP 445, which newer clients use, answers at 1" },
	/* What is like a fault, and is none; and what is two. */
	{ "the workgroup of the configuration is there", NET "own LAB\n" A_ALL B_ALL, "", NULL },
	{ "members in another subnet of ours have no master here",
	  NET "net eth1 10.0.7.5/24\n" LAB "cast LAB#1d -\ncast X#20 10.0.1.50\n"
	      "host 10.0.7.12 B B#20 LAB#00g LAB#1eg\n",
	  "", NULL },
	{ "a dead domain master beside the living one is no rival",
	  NET LAB WINS A_IS_DMB A_OF_ALL B_ALL
	  "wins 10.0.3.10\nserver 10.0.3.10 LAB#1b 10.0.1.66\n" DEAD("10.0.1.66"),
	  "dead-domain-master ", "that LAB<1B> is at 10.0.1.66" },
	{ "a server with an address in each of two networks makes no two networks",
	  NET LAB WINS A_ALL B_ALL
	  "entry 10.0.1.11 LAB E\ncast E#20 10.0.1.14\nserver 10.0.1.10 E#20 10.0.1.14\n"
	  "server 10.0.1.10 E#20 10.0.2.14\nhost 10.0.1.14 H E#00 E#20 LAB#00g\n"
	  "host 10.0.2.14 H E#00 E#20 LAB#00g\nserver 10.0.1.10 LAB#1b -\n",
	  "", NULL },
	{ "nor does a workgroup of that name",
	  NET LAB WINS A_ALL B_ALL "entry 10.0.1.11 LAB E group\nserver 10.0.1.10 E#20 10.0.2.12\n"
				   "server 10.0.1.10 LAB#1b -\n",
	  "", NULL },
	{ "nor one of another workgroup",
	  NET LAB WINS A_ALL B_ALL "entry 10.0.1.11 SHOP E\nserver 10.0.1.10 E#20 10.0.2.12\n"
				   "server 10.0.1.10 LAB#1b -\n",
	  "", NULL },
	{ "a local master that has not said its name may be in the list",
	  NET LAB WINS A_IS_DMB A_OF_ALL B_ALL
	  "host 10.0.2.11 H LAB#1d\nlists 10.0.2.11 LAB ok\nentry 10.0.2.11 LAB A\n"
	  "entry 10.0.2.11 LAB B\n",
	  "", NULL },
	{ "in the list of another workgroup it is not in this one",
	  NET LAB WINS A_IS_DMB A_OF_ALL B_ALL
	  "host 10.0.2.11 H D#00 D#20 LAB#1d\nlists 10.0.2.11 LAB ok\n"
	  "entry 10.0.2.11 LAB A\nentry 10.0.2.11 LAB B\nentry 10.0.1.11 SHOP D\n"
	  "cast D#20 10.0.2.11/10.0.2.11\n",
	  "not-synced other-network ", NULL },
	{ "a master whose list was not asked for is not said to lack anything",
	  NET LAB WINS A_IS_DMB A_OF_ALL B_ALL "host 10.0.2.11 H D#00 D#20 LAB#1d\n"
					       "server 10.0.1.10 D#20 10.0.2.11\n",
	  "", NULL },
	{ "two answers for one name, of hosts that say nothing else",
	  NET LAB A_ALL B_ALL "cast B#20 10.0.1.33\n", "duplicate-name ", "2 hosts have the name" },
	{ "a server that nobody was asked for", NET LAB A_ALL B_ALL "entry 10.0.1.11 LAB EVIL\n",
	  "", NULL },
	{ "a workgroup is no server",
	  NET LAB A_ALL B_ALL "entry 10.0.1.11 LAB EVIL group\n"
			      "cast EVIL#20 -\ncast EVIL#00 -\n",
	  "", NULL },
	{ "two servers in the lists of two masters lead nowhere",
	  NET LAB A_ALL B_ALL "entry 10.0.1.11 LAB EVIL\ncast EVIL#20 -\ncast EVIL#00 -\n"
			      "entry 10.0.2.11 LAB WORSE\ncast WORSE#20 -\ncast WORSE#00 -\n",
	  "unresolvable ",
	  "2 servers are in the browse list, but their names lead nowhere: in the lists of several "
	  "masters: EVIL, WORSE" },
	{ "and one",
	  NET LAB A_ALL B_ALL "entry 10.0.1.11 LAB EVIL\ncast EVIL#20 -\ncast EVIL#00 -\n",
	  "unresolvable ",
	  "EVIL is in the browse list, but its name leads nowhere: in the list of A (10.0.1.11): EVIL; no "
	  "host here answers for the name to a broadcast, and this host has no name server" },
	{ "while no broadcast is answered no name is said to lead nowhere",
	  NET LAB "cast LAB#1d -\nhost 10.0.1.12 H B#20 LAB#00g\ncast B#20 -\nlimited B#20 -\n"
		  "entry 10.0.1.12 LAB EVIL\ncast EVIL#20 -\ncast EVIL#00 -\n",
	  "own-firewall ", NULL },
	{ "the name server knows the other cable of a host",
	  NET LAB "wins 10.0.1.10\nserver 10.0.1.10 A#20 10.0.1.11\n" A_ALL B_ALL
		  "server 10.0.1.10 B#20 10.0.1.77\nhost 10.0.1.77 H X#00\n"
		  "server 10.0.1.10 X#00 10.0.1.77\ncast X#00 10.0.1.77\n"
		  "mac 10.0.1.12 7\nmac 10.0.1.77 7\n",
	  "", NULL },
	{ "one address alone that is dead is no firewall",
	  NET LAB WINS A_IS_DMB A_OF_ALL B_ALL
	  "entry 10.0.1.11 LAB E\nserver 10.0.1.10 E#20 10.0.2.12\n" DEAD("10.0.2.12"),
	  "stale-list ", "does not answer" },
	{ "nor are two where a third answers",
	  NET LAB WINS A_IS_DMB A_OF_ALL B_ALL D_ALL D_SYNCS
	  "entry 10.0.1.11 LAB E\nserver 10.0.1.10 E#20 10.0.2.12\n" DEAD(
		  "10.0.2.12") "entry 10.0.1.11 LAB F\nserver 10.0.1.10 F#20 10.0.2.13\n" DEAD("10.0.2.13"),
	  "stale-list ", "2 servers are in the browse list, but do not answer" },
	{ "nor two of our own subnet",
	  NET LAB WINS A_ALL B_ALL "entry 10.0.1.11 LAB E\nserver 10.0.1.10 E#20 10.0.1.22\n" DEAD(
		  "10.0.1.22") "entry 10.0.1.11 LAB F\nserver 10.0.1.10 F#20 10.0.1.23\n" DEAD("10.0.1.23"),
	  "stale-list ", NULL },
	{ "two networks beyond a firewall",
	  NET LAB WINS A_IS_DMB A_OF_ALL B_ALL
	  "entry 10.0.1.11 LAB D\nserver 10.0.1.10 D#20 10.0.2.11\nhost 10.0.2.11 ?\n"
	  "port 10.0.2.11 139 open\nentry 10.0.1.11 LAB E\nserver 10.0.1.10 E#20 10.0.3.11\n"
	  "host 10.0.3.11 ?\nport 10.0.3.11 139 open\n",
	  "firewall firewall ", "although TCP does: 10.0.2.11" },
	{ "a firewall of one host, where others of its network answer",
	  NET LAB WINS A_IS_DMB A_OF_ALL B_ALL D_ALL D_SYNCS
	  "entry 10.0.1.11 LAB E\nserver 10.0.1.10 E#20 10.0.2.12\nhost 10.0.2.12 ?\n"
	  "port 10.0.2.12 139 open\n",
	  "host-firewall ", "1 host does not answer as it should: a firewall of its own" },
	{ "a silent name server is not said to have a firewall, too",
	  NET LAB "wins 10.0.1.10\nserver 10.0.1.10 LAB#1b ?\nhost 10.0.1.10 ?\n"
		  "port 10.0.1.10 139 open\n" A_ALL B_ALL,
	  "wins-silent ", "the host is there (TCP answers)" },
	{ "this host does not hear itself",
	  NET LAB A_ALL B_ALL "host 10.0.1.5 B ME#20 LAB#00g\ncast ME#20 -\nlimited ME#20 -\n", "",
	  NULL },
	{ "who has answered any broadcast hears them",
	  NET LAB A_ALL B_ALL "host 10.0.1.13 B C#20\ncast LAB#00g 10.0.1.13\ncast C#20 -\n"
			      "limited C#20 -\n",
	  "", NULL },
	{ "one has another netmask, and others not",
	  NET LAB A_ALL B_ALL "host 10.0.1.13 B C#20\ncast C#20 -\nlimited C#20 10.0.1.13\n",
	  "wrong-mask ",
	  "1 host on eth0 (10.0.1.0/24) has another netmask: C (10.0.1.13) answers to 255.255.255.255, "
	  "but not to 10.0.1.255, the broadcast address of this host's netmask, to which 2 others do" },
	{ "all others have another one",
	  "net eth0 10.0.1.5/16\n" LAB
	  "cast LAB#1d -\nlimited LAB#1d 10.0.1.11\nlimited LAB#00g 10.0.1.12\n"
	  "host 10.0.1.11 B A#20 LAB#1d\nhost 10.0.1.12 B B#20\ncast A#20 -\ncast B#20 -\n",
	  "wrong-mask ", "this host's netmask on eth0 (10.0.0.0/16) is not that of the others" },
	{ "TCP 139 is blocked at a server",
	  NET LAB A_ALL "entry 10.0.1.11 LAB B\ncast B#20 10.0.1.12\nhost 10.0.1.12 B B#20\n"
			"port 10.0.1.12 139 silent\n",
	  "blocked-139 ", "TCP 139 is blocked at 1 server: B (10.0.1.12)" },
	{ "two name servers that lack two names are one finding",
	  NET LAB WINS
	  "wins 10.0.2.10\nserver 10.0.2.10 B#20 -\nserver 10.0.2.10 A#20 -\n"
	  "server 10.0.1.10 LAB#1b 10.0.1.11\nserver 10.0.2.10 LAB#1b 10.0.1.11\n" A_OF_ALL B_ALL,
	  "wins-disagree ", "is not known at 10.0.2.10; " },
	{ "a host that nobody takes for a server needs no port",
	  NET LAB A_ALL "cast B#20 10.0.1.12\nhost 10.0.1.12 B B#20\nport 10.0.1.12 139 refused\n",
	  "", NULL },
};

static void rules_find_what_is_wrong(void **state)
{
	static struct doctor_report report;

	unsigned failures = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct doctor_facts facts = { .subnet_count = 0 };
		char found[400] = "", said[1100] = "";

		doctored(&facts, cases[i].facts);
		doctor_judge(&facts, &report);
		for (size_t j = 0; j < report.count; j++) {
			const struct doctor_finding *finding = &report.findings[j];

			assert_true(finding->what[0] != '\0' && finding->evidence[0] != '\0');
			assert_non_null(finding->cure);
			strncat(found, finding->rule, sizeof(found) - strlen(found) - 2);
			strcat(found, " ");
		}
		if (report.count > 0)
			snprintf(said, sizeof(said), "%s: %s", report.findings[0].what,
				 report.findings[0].evidence);
		if (strcmp(found, cases[i].found) != 0 ||
		    (cases[i].evidence != NULL && strstr(said, cases[i].evidence) == NULL)) {
			print_error("%s: found %s, not %s; %s\n", cases[i].sentence, found,
				    cases[i].found, said);
			failures++;
		}
		doctor_facts_free(&facts);
	}
	assert_int_equal(failures, 0);
}

static void more_than_there_is_room_for_is_said(void **state)
{
	static struct doctor_report report;
	struct doctor_facts facts = { .subnet_count = 0 };

	(void)state;
	doctored(&facts, NET LAB A_ALL B_ALL);
	for (unsigned i = 0; i < DOCTOR_FINDINGS + 10; i++) {
		char text[200];

		snprintf(text, sizeof(text),
			 "host 10.0.%u.%u B X%u#20!\nentry 10.0.1.11 LAB Y%u\n"
			 "cast Y%u#20 -\ncast Y%u#00 -\n",
			 2 + i / 200, 1 + i % 200, i, i, i, i);
		doctored(&facts, text);
	}
	doctor_judge(&facts, &report);
	assert_non_null(strstr(report.beyond.evidence, " and 246 more; no host"));
	assert_int_equal(report.count, DOCTOR_FINDINGS);
	assert_true(report.is_cut);
	doctor_facts_free(&facts);
}

static void masters_are_known_by_place(void **state)
{
	static struct doctor_master masters[DOCTOR_MASTERS];
	struct doctor_facts facts = { .subnet_count = 0 };

	(void)state;
	doctored(&facts, NET LAB WINS A_IS_DMB A_OF_ALL B_ALL D_ALL D_SYNCS);
	assert_int_equal(doctor_masters(&facts, masters), 3);
	assert_true(masters[0].is_domain_master);
	assert_ptr_equal(masters[1].subnet, &facts.subnets[0]);
	assert_null(masters[2].subnet);
	doctor_facts_free(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_find_what_is_wrong),
		cmocka_unit_test(more_than_there_is_room_for_is_said),
		cmocka_unit_test(masters_are_known_by_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#!/bin/sh
# What nbnsd says and how it exits when something is wrong with the configuration.
. "$top_srcdir/tests/lab/net.sh"
lab_begin

host ns 10.99.1.5

db="database = \"$lab/db/names.db\";"

check "a good file is good" says 0 '' "nbnsd = { $db };" --check-config
check "an empty file is good" says 0 '' '' --check-config
check "an unknown setting" says 2 'test.conf:2: .*"rennewal-interval"; allowed: .*renewal-interval' 'nbnsd = {
rennewal-interval = "6d"; };' --check-config
check "an unknown group" says 2 'test.conf:1: .*"nbnds"; allowed: .*nbnsd' 'nbnds = { };' --check-config
check "a value of another type" says 2 'test.conf:1: "port" .*; allowed: .* 65535' 'nbnsd = { port = "high"; };' --check-config
check "a value out of range" says 2 'test.conf:1: "port" .*; allowed: .* 65535' 'nbnsd = { port = 70000; };' --check-config
check "a duration that is none" says 2 'test.conf:1: "renewal-interval" .*; allowed: a duration' \
	'nbnsd = { renewal-interval = "6 dogs"; };' --check-config
check "an address that is none" says 2 'test.conf:1: "listen" .*; allowed: .*addresses' 'nbnsd = { listen = ["10.1.0"]; };' --check-config
check "a network that is none" says 2 'test.conf:1: "allow-register" .*; allowed: .*networks' \
	'nbnsd = { allow-register = ["10.1.0.0/33"]; };' --check-config
check "a word that is none of a few" says 2 'test.conf:1: "durability" .*; allowed: "full", "normal"' \
	'nbnsd = { durability = "high"; };' --check-config
check "a database without a name" says 2 'test.conf:1: "database" .*; allowed: a path' 'nbnsd = { database = ""; };' --check-config
check "a database that SQLite keeps in memory" says 2 'test.conf:1: "database" .*; allowed: a path' \
	'nbnsd = { database = ":memory:"; };' --check-config
check "a setting twice" says 2 'test.conf:2: duplicate setting .*; allowed: each' 'nbnsd = { port = 137;
port = 138; };' --check-config
check "bad grammar" says 2 'test.conf:2: syntax .*; allowed: NAME' 'nbnsd = {' --check-config
check "a bad file stops the start, too" says 2 'test.conf:1: .*port' 'nbnsd = { port = true; };'
check "a file that is named and not there" says 2 '/nonexistent.conf' '' -c /nonexistent.conf
check "an option that is none" says 2 frobnicate '' --frobnicate

check "a name that the wire does not have" says 2 'error: the name "日本" cannot be written in the character set CP850' \
	'workgroup = "日本";' --check-config
check "but another character set has it" says 0 'good' 'workgroup = "日本"; dos-charset = "CP932";' --check-config
printf '10.0.0.1 FRED\n10.0.0.2 FRED\n' >"$lab/static"
check "static mappings that contradict each other" says 2 "$lab/static:2: \"FRED<00>\" has another address before; allowed: one" \
	"nbnsd = { static-mappings = [\"$lab/static\"]; };" --check-config
check "a file of them that is not there" says 2 '/nonexistent: is not there' \
	'nbnsd = { static-mappings = ["/nonexistent"]; };' --check-config
check "they stop the start, too" says 2 '/nonexistent: is not there' "nbnsd = { $db static-mappings = [\"/nonexistent\"]; };"

partner='partners = ( { address = "10.99.2.5"; } );'
check "a partner is one line" says 0 good "nbnsd = { $partner };" --check-config
check "a partner that is this host" says 2 'partner 10.99.1.5 is this host; allowed: other servers' \
	'nbnsd = { partners = ( { address = "10.99.1.5"; } ); };' --check-config
check "partners without a server" says 2 '"server" is false' "nbnsd = { server = false; $partner };" --check-config
check "a partner whose names are refused is hardly meant" says 0 'warning: the partner 10.99.2.5 is in "refused-owners"' \
	"nbnsd = { $partner replication = { refused-owners = [\"10.99.2.5\"]; }; };" --check-config
plug ns eth1 10.99.2.6
check "of two addresses the one from which a partner is reached" says 0 good "nbnsd = { $partner };" --check-config
check "two that may be meant" says 2 'several addresses .*; set "replication-address"' \
	'nbnsd = { partners = ( { address = "10.99.2.5"; }, { address = "10.99.1.6"; } ); };' --check-config
check "one of them is set" says 0 good 'nbnsd = { replication-address = "10.99.1.5";
	partners = ( { address = "10.99.2.5"; }, { address = "10.99.1.6"; } ); };' --check-config
ip link del ns-eth1
check "it stops the start, too" says 2 'partner 10.99.1.5 is this host' \
	"nbnsd = { $db partners = ( { address = \"10.99.1.5\"; } ); };"

check "the settings in force are printed" says 0 'renewal-interval = "12d"' \
	'nbnsd = { renewal-interval = "12d"; };' --print-config
check "with defaults" grep -q 'port = 137' "$lab/says"
cp "$lab/says" "$lab/printed"
check "what is printed can be read" says 0 'renewal-interval = "12d"' "$(cat "$lab/printed")" --print-config
check "and gives the same" cmp "$lab/printed" "$lab/says"

nbnsd_start
check "it gives up root" [ "$(stat -c %U "/proc/$(cat "$lab/nbnsd.pid")")" = nbnsd ]
check "and keeps what binding addresses that come later needs" \
	grep -q '^CapEff:.*00000400$' "/proc/$(cat "$lab/nbnsd.pid")/status"
check "SIGINT stops it" stop nbnsd INT

umlauts() {
	printf 'netbios-name = "Müller"; nbnsd = { database = "%s/db/names.db"; };\n' "$lab" >"$lab/umlauts.conf"
	run ns umlauts nbnsd -f -c "$lab/umlauts.conf"
	await 10 on ns nbtlookup -U 127.0.0.1 MÜLLER
}
check "the host's name is on the wire in its character set" umlauts
stop umlauts

in_background() {
	on ns nbnsd -c "$lab/nbt.conf" && on ns nbtlookup -U 127.0.0.1 NS
}
check "without -f it serves once the command returns" in_background
# The sixth field is the session: a closed terminal is no business of its.
check "and has left the terminal's session" sh -c 'pid=$(pgrep -x nbnsd) && grep -q "^$pid ([^)]*) . [0-9]* [0-9]* $pid " "/proc/$pid/stat"'

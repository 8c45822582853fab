#!/bin/sh
# What nbnsd says and how it exits when something is wrong with the configuration or the port.
. "$top_srcdir/tests/lab/net.sh"
lab_begin

host ns 10.99.1.5

# says STATUS PATTERN CONFIGURATION [OPTION...]: the exit status, and what is printed matches.
says() {
	wanted=$1 pattern=$2
	printf '%s\n' "$3" >"$lab/test.conf"
	shift 3
	on ns timeout 3 nbnsd -f -c "$lab/test.conf" "$@" >"$lab/says" 2>&1
	status=$?
	[ "$status" = "$wanted" ] && grep -q -e "$pattern" "$lab/says" && return
	echo "status $status, wanted $wanted and: $pattern"
	cat "$lab/says"
	return 1
}

TIMED_OUT=124
db="database = \"$lab/db/names.db\";"

check "a good file is good" says 0 '' "nbnsd = { $db };" --check-config
check "an empty file is good" says 0 '' '' --check-config
check "an unknown setting" says 2 'test.conf:2: .*rennewal-interval' 'nbnsd = {
rennewal-interval = "6d"; };' --check-config
check "an unknown group" says 2 'test.conf:1: .*nbnds' 'nbnds = { };' --check-config
check "a value of another type" says 2 'test.conf:1: .*port' 'nbnsd = { port = "high"; };' --check-config
check "a value out of range" says 2 'test.conf:1: .*port.*65535' 'nbnsd = { port = 70000; };' --check-config
check "a duration that is none" says 2 'test.conf:1: .*renewal-interval' \
	'nbnsd = { renewal-interval = "6 dogs"; };' --check-config
check "an address that is none" says 2 'test.conf:1: .*listen' 'nbnsd = { listen = ["10.1.0"]; };' --check-config
check "a network that is none" says 2 'test.conf:1: .*allow-register' \
	'nbnsd = { allow-register = ["10.1.0.0/33"]; };' --check-config
check "a word that is none of a few" says 2 'test.conf:1: .*durability.*full.*normal' \
	'nbnsd = { durability = "high"; };' --check-config
check "a database without a name" says 2 'test.conf:1: .*database' 'nbnsd = { database = ""; };' --check-config
check "a database that SQLite keeps in memory" says 2 'test.conf:1: .*database' \
	'nbnsd = { database = ":memory:"; };' --check-config
check "a setting twice" says 2 'test.conf:2:' 'nbnsd = { port = 137;
port = 138; };' --check-config
check "bad grammar" says 2 'test.conf:2: syntax' 'nbnsd = {' --check-config
check "a bad file stops the start, too" says 2 'test.conf:1: .*port' 'nbnsd = { port = true; };'
check "a file that is named and not there" says 2 '/nonexistent.conf' '' -c /nonexistent.conf
check "an option that is none" says 2 frobnicate '' --frobnicate

check "the settings in force are printed" says 0 'renewal-interval = "12d"' \
	'nbnsd = { renewal-interval = "12d"; };' --print-config
check "with defaults" grep -q 'port = 137' "$lab/says"
cp "$lab/says" "$lab/printed"
check "what is printed can be read" says 0 'renewal-interval = "12d"' "$(cat "$lab/printed")" --print-config
check "and gives the same" cmp "$lab/printed" "$lab/says"

run ns other nbtpacket -p 137 -t 60
await 10 logged other listening
check "a port that is taken: by whom" says 1 'port 137 of .* is taken by nbtpacket (process' "nbnsd = { $db };"
check "another port is free" \
	says $TIMED_OUT 'answering on 10.99.1.5 port 1137' "nbnsd = { $db port = 1137; };"
stop other

echo "this is not SQLite, whatever its name may say" >"$lab/db/bad.db"
check "a database that is none stops the start" \
	says 1 'bad.db' "nbnsd = { database = \"$lab/db/bad.db\"; };"
check "so does a user that is none" \
	says 1 'user "nobody-here": there is none' "user = \"nobody-here\"; nbnsd = { $db };"
check "so does a directory that is not there" says 1 "/nonexistent/names.db" \
	'nbnsd = { database = "/nonexistent/names.db"; };'
nbnsd_start
check "so does a database that another process has" says 1 "names.db" \
	"nbnsd = { $db listen = [\"127.0.0.2\"]; };"
stop nbnsd

nbnsd_start
check "it gives up root" [ "$(stat -c %U "/proc/$(cat "$lab/nbnsd.pid")")" = nbnsd ]
check "and keeps what binding addresses that come later needs" \
	grep -q '^CapEff:.*00000400$' "/proc/$(cat "$lab/nbnsd.pid")/status"
check "SIGINT stops it" stop nbnsd INT

in_background() {
	on ns nbnsd -c "$lab/nbt.conf" && on ns nbtlookup -U 127.0.0.1 NS
}
check "without -f it serves once the command returns" in_background

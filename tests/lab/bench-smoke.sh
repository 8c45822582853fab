#!/bin/sh
# Every command of nbtbench once, small: it ends well, and its JSON has the fields that
# doc/performance.md and others read. How fast anything is doesn't matter here.
. "$top_srcdir/tests/lab/net.sh"
lab_begin

host ns 10.99.1.5

LOAD="sent answered wrong lost seconds per_second cpu_us p50_us p99_us p999_us"
ROUND="p50_us p99_us p999_us answered bad seen missed registered_per_second"

# gives "FIELD..." COMMAND-AND-OPTIONS...: ends with 0, prints one object, all fields are there.
gives() {
	fields=$1
	shift
	on ns nbtbench --json --names 200 "$@" >"$lab/json"
	status=$?
	cat "$lab/json"
	[ "$status" = 0 ] && [ "$(wc -l <"$lab/json")" = 1 ] || return 1
	for field in kind $fields; do
		grep -q "\"$field\":" "$lab/json" && continue
		echo "no $field"
		return 1
	done
}
ends_with() { # STATUS COMMAND...
	wanted=$1
	shift
	on ns nbtbench "$@"
	[ $? = "$wanted" ]
}

nbnsd_start 'rate-limit = 0'
pid=$(cat "$lab/nbnsd.pid")
for load in register query miss refresh; do
	check "$load" gives "$LOAD" --pid "$pid" "$load"
done
check "all were answered" grep -q '"sent":200,"answered":200,"wrong":0,"lost":0' "$lab/json"
check "at a rate" gives "$LOAD" --rate 1000 query
check "ratio query" gives "pairs bare_us server_us ratio bad" --pid "$pid" --pairs 1 ratio query
check "ratio miss" gives "pairs bare_us server_us ratio bad" --pid "$pid" --pairs 1 ratio miss
check "latency" gives "rate registrations pairs without with $ROUND ratio p999_more_us" \
	--pairs 1 --rate 1000 --requests 500 latency
check "every query was seen on its way in and out" grep -q '"answered":500,"bad":0,"seen":500,"missed":0' \
	"$lab/json"
check "release" gives "$LOAD" release
check "store" gives "rows per_second" --file "$lab/db/reference.db" store
check "names that have been released are wrong answers" ends_with 1 --names 200 query
check "a server that is not there loses all" ends_with 1 --port 9 --names 10 query

# The NBDD knows its members from nbnsd; their addresses are local ones that it has no socket on.
on ns ip route add local 10.98.0.0/24 dev lo
cat >"$lab/nbddd.conf" <<-EOF
	node-type = "p"; nbddd = { listen = ["10.99.1.5"]; distribute-limit = 0; };
EOF
run ns nbddd nbddd -f -c "$lab/nbddd.conf"
await 10 logged nbddd 'connected to nbnsd'
datagram="--server 10.99.1.5 --port 138 --client-base 10.98.0.1 --members 10 --requests 100 --pairs 1"
# shellcheck disable=SC2086 # words
check "datagram" gives "members size pairs bare_us server_us ratio per_second bad" $datagram \
	--pid "$(cat "$lab/nbddd.pid")" datagram
check "every member got every datagram" grep -q '"members":10,"size":200,"pairs":1,.*"bad":0}' "$lab/json"
stop nbddd
# shellcheck disable=SC2086 # words
check "an NBDD that is not there" ends_with 1 $datagram --pid 1 datagram
check "datagram without a process" ends_with 2 datagram
check "no such command" ends_with 2 ratio register
check "a ratio without a process" ends_with 2 ratio query
# conflict: tests/lab/conflicts.sh

#!/bin/sh
# Every command of nbtbench once, small: it ends well, and its JSON has the fields that
# doc/performance.md and others read. How fast anything is doesn't matter here.
. "$top_srcdir/tests/lab/net.sh"
lab_begin python3
. "$top_srcdir/tests/lab/browsers.sh"

host ns 10.99.1.5
host client 10.99.1.11

PAIRS="pairs ratio bad"
LOAD="sent answered wrong lost seconds per_second cpu_us p50_us p99_us p999_us"
ROUND="p50_us p99_us p999_us answered bad seen missed registered_per_second"

# gives "FIELD..." COMMAND-AND-OPTIONS...: ends with 0, prints one object, all fields are there.
gives() {
	fields=$1
	shift
	on "${bench_host:-ns}" nbtbench --json --names 200 --plot "$lab/plot.svg" "$@" >"$lab/json"
	status=$?
	cat "$lab/json"
	[ "$status" = 0 ] && [ "$(wc -l <"$lab/json")" = 1 ] || return 1
	for field in kind $fields; do
		grep -q "\"$field\":" "$lab/json" && continue
		echo "no $field"
		return 1
	done
}
# draws TEXT...: the last run's drawing is XML, has these texts and no bar out of it.
draws() {
	python3 - "$lab/plot.svg" "$@" <<-'EOT'
		import sys, xml.etree.ElementTree as tree
		svg = tree.parse(sys.argv[1]).getroot()
		space = "{http://www.w3.org/2000/svg}"
		texts = [text.text for text in svg.iter(space + "text")]
		bars = list(svg.iter(space + "rect"))
		print(texts, len(bars))
		assert all(text in texts for text in sys.argv[2:]) and len(bars) >= 1
		for bar in bars:
		    x, width = float(bar.get("x")), float(bar.get("width"))
		    assert 0 <= x and 0 <= width and x + width <= float(svg.get("width"))
	EOT
}
ends_with() { # STATUS COMMAND...
	wanted=$1
	shift
	on ns nbtbench "$@"
	[ $? = "$wanted" ]
}

# Local addresses that no server has a socket on: of a partner, and of members.
on ns ip route add local 10.98.0.0/24 dev lo
nbnsd_start 'rate-limit = 0' 'replication-address = "10.99.1.5"' \
	'partners = ( { address = "10.98.0.200"; pull = false; push-after = 0; } )'
pid=$(cat "$lab/nbnsd.pid")
for load in register query miss refresh; do
	check "$load" gives "$LOAD" --pid "$pid" "$load"
done
check "all were answered" grep -q '"sent":200,"answered":200,"wrong":0,"lost":0' "$lab/json"
check "at a rate" gives "$LOAD" --rate 1000 query
check "ratio query" gives "pairs bare_us server_us ratio bad" --pid "$pid" --pairs 1 ratio query
check "ratio miss" gives "pairs bare_us server_us ratio bad" --pid "$pid" --pairs 1 ratio miss
check "its drawing" draws "miss, us of CPU per request" "bare responder" server
check "names that come and go" gives "$LOAD" --first 1000 register
check "mixed" gives "$LOAD" --first 1000 --requests 1000 mixed
check "all of it was answered" grep -q '"sent":1000,"answered":1000,"wrong":0,"lost":0' "$lab/json"
check "ratio mixed" gives "$PAIRS bare_us server_us" --pid "$pid" --pairs 1 --first 1000 ratio mixed
check "ratio register" gives "$PAIRS bare_per_second server_per_second" --pairs 2 --first 10000 \
	--file "$lab/db/reference.db" ratio register
check "its drawing" draws "register, new names per second" "SQLite alone" server
check "latency" gives "rate registrations pairs without with $ROUND ratio p999_more_us" \
	--pairs 1 --rate 1000 --requests 500 latency
check "its drawing" draws "queries alone" "and registrations"
check "every query was seen on its way in and out" grep -q '"answered":500,"bad":0,"seen":500,"missed":0' \
	"$lab/json"
check "replication" gives "$PAIRS bare_us server_us records per_second" --server 10.99.1.5 \
	--partner 10.98.0.200 --pid "$pid" --pairs 2 replication
check "a partner that nobody knows" ends_with 1 --server 10.99.1.5 --partner 10.98.0.201 --pid "$pid" \
	replication
check "release" gives "$LOAD" release
check "store" gives "rows per_second" --file "$lab/db/reference.db" store
check "its drawing" draws "store, new rows per second" SQLite
check "names that have been released are wrong answers" ends_with 1 --names 200 query
check "a server that is not there loses all" ends_with 1 --port 9 --names 10 query

# The NBDD knows its members from nbnsd.
cat >"$lab/nbddd.conf" <<-EOF
	node-type = "p"; nbddd = { listen = ["10.99.1.5"]; distribute-limit = 0; };
EOF
run ns nbddd nbddd -f -c "$lab/nbddd.conf"
await 10 logged nbddd 'connected to nbnsd'
datagram="--server 10.99.1.5 --port 138 --client-base 10.98.0.1 --members 10 --requests 100 --pairs 1"
# shellcheck disable=SC2086 # words
check "datagram" gives "members size pairs bare_us server_us ratio per_second bad" $datagram \
	--pid "$(cat "$lab/nbddd.pid")" datagram
check "every member got every datagram" grep -q '"pairs":1,.*"bad":0,"members":10,"size":200,' "$lab/json"
stop nbddd
# shellcheck disable=SC2086 # words
check "an NBDD that is not there" ends_with 1 $datagram --pid 1 datagram
check "datagram without a process" ends_with 2 datagram
check "no such command" ends_with 2 ratio refresh
check "a ratio without a process" ends_with 2 ratio query
# conflict: tests/lab/conflicts.sh

host a 10.99.1.12
daemons a
browser a 'os-level = 65'
await 60 is_role a master
on client nbtsend --direct --source=LATHE --browse=host LAB#1d
await 20 eval 'browse a servers | grep "^LATHE,"'
bench_host=a
check "browse" gives "$PAIRS bare_us server_us entries lists per_second" --server 10.99.1.12 \
	--pid "$(cat "$lab/a-browserd.pid")" --pairs 2 --requests 20 browse
check "with both hosts in the lists" grep -q '"bad":0,"entries":2,"lists":20,' "$lab/json"
check "its drawing" draws "browse, us of CPU per list" "bare sender" browser
bench_host=
check "a browser that is not there" ends_with 1 --server 10.99.1.5 --pid 1 browse
check "replication with nobody" ends_with 1 --server 10.99.1.5 --port 9 --partner 10.98.0.200 --pid 1 replication
check "a drawing that cannot be written" ends_with 1 --names 10 --plot "$lab/nowhere/plot.svg" register

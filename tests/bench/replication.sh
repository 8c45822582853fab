#!/bin/sh
# The speed of WINS replication as doc/performance.md tells it: every figure beside what is wanted. In the
# build directory after make check; as root, on a machine with two processors and nothing else to do:
#	$top_srcdir/tests/bench/replication.sh
# Two servers in a network namespace of its own; NAMES (100000) are registered at one, and the other
# fetches them; and nbtbench does. PLOT is a directory that gets a drawing.
set -eu
. "$(dirname "$0")/figures.sh"
[ -n "${BENCH_INSIDE:-}" ] || BENCH_INSIDE=1 exec unshare --net "$0" "$@"

names=${NAMES:-100000}
work=$(mktemp -d ./bench.XXXXXX)
giver='' taker='' host=''

# shellcheck disable=SC2317 # called by trap
finish() {
	for server in $giver $taker ${again:-} $host; do kill "$server" 2>/dev/null || true; done
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

now() { # seconds
	cut -d ' ' -f 1 /proc/uptime
}

# The taker's host is a process that holds its network namespace.
unshare --net sleep 100000 &
host=$!
there="nsenter --net=/proc/$host/ns/net"
until [ "$(readlink /proc/$host/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
ip link set lo up
ip route add local 10.98.0.0/24 dev lo # nbtbench's, as a partner
ip link add giver type veth peer name taker netns "$host"
ip addr add 10.99.0.1/24 dev giver
ip link set giver up
$there ip addr add 10.99.0.2/24 dev taker
$there ip link set taker up

# start GIVER|TAKER N PARTNER PROCESSOR [COMMAND...]: run by this; its process id is in $started.
start() {
	cat >"$work/$1.conf" <<-EOT
		netbios-name = "$1"; user = ""; run-directory = "$PWD/$work/$1";
		nbnsd = { listen = ["10.99.0.$2"]; database = "$work/$1.db"; rate-limit = 0; lmhosts = "";
			allow-query = ["0.0.0.0/0"]; allow-register = ["0.0.0.0/0"]; replication-address = "10.99.0.$2";
			partners = ( { address = "10.99.0.$3"; pull-interval = "1h"; push-after = 0; pull-at-start = false; },
				{ address = "10.98.0.1"; pull = false; push-after = 0; } ); };
	EOT
	name=$1 processor=$4
	shift 4
	"$@" ./libtool --mode=execute nbnsd/nbnsd -f -c "$work/$name.conf" 2>"$work/$name.log" &
	started=$!
	until grep -q 'NBNS, as' "$work/$name.log"; do
		kill -0 "$started" || { cat "$work/$name.log"; exit 1; }
		sleep 0.1
	done
	taskset -apc "$processor" "$started" >/dev/null
}
control() { # GIVER|TAKER WORD...
	server=$1
	shift
	tools/nbtctl -r "$work/$server" --json "$@"
}
has_all() { # whether the taker has what the giver has, on disk: only then its pull is over
	control taker partners | grep -q '"state":"idle"' &&
		[ "$(control taker owners | sed -n 's/.*"10.99.0.1".*"active":\([0-9]*\).*/\1/p')" -ge "$names" ]
}
fetch_all() {
	control taker owners delete 10.99.0.1 >/dev/null 2>&1 || true
	while control taker owners | grep -q '"10.99.0.1"'; do :; done
	control taker pull >/dev/null
	until has_all; do :; done
}
queries() { # microseconds of the giver's processor time for each
	taskset -c 0 tools/nbtbench --server 10.99.0.1 --names "$names" --requests 200000 --rate 40000 --json \
		--pid "$giver" query | field cpu_us
}

start giver 1 2 1 env
giver=$started
# shellcheck disable=SC2086 # words
start taker 2 1 0 $there
taker=$started
tools/nbtbench --server 10.99.0.1 --names "$names" --window 512 register >/dev/null

alone=$(taskset -c 0 tools/nbtbench --json --names "$names" --batch 256 --file "$work/reference.db" store | field per_second)
begin=$(now)
fetch_all
figure "records fetched per second against SQLite alone ($alone/s)" \
	"$(awk "BEGIN { print $names / ($(now) - $begin) / $alone }")" least 1.0

: >"$work/ratios"
for _ in 1 2 3 4 5; do
	quiet=$(queries)
	while :; do fetch_all; done &
	again=$!
	beside=$(queries)
	kill "$again"
	wait "$again" 2>/dev/null || true
	again=
	ratio "$quiet" "$beside" >>"$work/ratios"
done
figure "queries of the giver: processor time without fetches, and with" \
	"$(sort -n "$work/ratios" | sed -n 3p)" least 0.9

# shellcheck disable=SC2046 # no word, or one
result=$(taskset -c 0 tools/nbtbench --json --server 10.99.0.1 --partner 10.98.0.1 --names "$names" --pid "$giver" \
	$(plot replication) replication)
echo "$result" >&2
[ "$(echo "$result" | field bad)" = 0 ] || failed=1
show "records sent: processor time of a bare sender / of nbnsd" "$(echo "$result" | field ratio)"
exit $failed

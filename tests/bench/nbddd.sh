#!/bin/sh
# The speed of nbddd's server role as doc/performance.md tells it: every figure beside what is wanted. In
# the build directory after make check; as root, on a machine with two processors and nothing else to do:
#	$top_srcdir/tests/bench/nbddd.sh
# SETTINGS are further ones of the group nbddd; PLOT is a directory that gets drawings. Load on processor 0, the server on processor 1; the
# members are addresses in a network namespace of its own.
set -eu
. "$(dirname "$0")/figures.sh"
[ -n "${BENCH_INSIDE:-}" ] || BENCH_INSIDE=1 exec unshare --net "$0" "$@"

port=138
work=$(mktemp -d ./bench.XXXXXX)
nbnsd='' nbddd=''

# shellcheck disable=SC2317 # called by trap
finish() {
	for server in $nbddd $nbnsd; do
		kill "$server"
		wait "$server" || true
	done
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# ready PROCESS LOG TEXT
ready() {
	until grep -q "$3" "$work/$2"; do
		kill -0 "$1" || { cat "$work/$2"; exit 1; }
		sleep 0.1
	done
}

# The members' addresses are local without a socket of the server on them.
ip link set lo up
ip link add bench type bridge
ip addr add 10.77.0.1/16 brd + dev bench
ip link set bench up
ip route add local 10.77.1.0/24 dev lo

cat >"$work/nbt.conf" <<-EOT
	user = ""; run-directory = "$PWD/$work/run"; netbios-name = "BENCH"; node-type = "p";
	nbnsd = { listen = ["10.77.0.1"]; database = "$work/names.db"; };
	nbddd = { listen = ["10.77.0.1"]; distribute-limit = 1000000; ${SETTINGS:-} };
EOT
mkdir "$work/run"
touch "$work/nbnsd.log" "$work/nbddd.log"
./libtool --mode=execute nbnsd/nbnsd -f -c "$work/nbt.conf" 2>"$work/nbnsd.log" &
nbnsd=$!
ready "$nbnsd" nbnsd.log 'NBNS, as'
./libtool --mode=execute nbddd/nbddd -f -c "$work/nbt.conf" 2>"$work/nbddd.log" &
nbddd=$!
ready "$nbddd" nbddd.log 'connected to nbnsd'
taskset -apc 1 "$nbddd" >/dev/null

# at MEMBERS SIZE DATAGRAMS LEAST
at() {
	# shellcheck disable=SC2046 # no word, or one
	result=$(taskset -c 0 tools/nbtbench --json $(plot "datagram-$1-$2") --server 10.77.0.1 --port "$port" --client-base 10.77.1.1 \
		--pid "$nbddd" --members "$1" --size "$2" --requests "$3" datagram) || failed=1
	echo "$result" >&2
	[ "$(echo "$result" | field bad)" = 0 ] || failed=1
	figure "$1 members, $2 bytes: bare sendmmsg / nbddd" "$(echo "$result" | field ratio)" least "$4"
}
at 100 200 1000 0.75
at 100 1380 1000 0.75
exit $failed

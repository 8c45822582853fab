#!/bin/sh
# The speed of browserd's lists as doc/performance.md tells it. In the build directory after make check; as
# root, on a machine with two processors and nothing else to do:
#	$top_srcdir/tests/bench/browserd.sh
# HOSTS (1000) announce themselves from another network namespace; load on processor 0, browserd on
# processor 1. PLOT is a directory that gets a drawing.
set -eu
. "$(dirname "$0")/figures.sh"
[ -n "${BENCH_INSIDE:-}" ] || BENCH_INSIDE=1 exec unshare --net "$0" "$@"

hosts=${HOSTS:-1000}
work=$(mktemp -d ./bench.XXXXXX)
daemons='' other=''

# shellcheck disable=SC2317 # called by trap
finish() {
	for process in $daemons $other; do kill "$process" 2>/dev/null || true; done
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# The other hosts are a process that holds their network namespace.
unshare --net sleep 100000 &
other=$!
until [ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
there="nsenter --net=/proc/$other/ns/net"
ip link set lo up
ip link add here type veth peer name there netns "$other"
ip addr add 10.99.0.1/24 brd + dev here
ip link set here up
$there ip addr add 10.99.0.2/24 brd + dev there
$there ip link set there up

cat >"$work/nbt.conf" <<-EOT
	netbios-name = "BENCH"; workgroup = "LAB"; node-type = "b"; user = ""; run-directory = "$PWD/$work/run";
	nbnsd = { server = false; lmhosts = ""; };
	browserd = { os-level = 65; smb-export = "own"; max-per-source = 100000; };
EOT
mkdir "$work/run"
for daemon in nbnsd nbddd browserd; do
	./libtool --mode=execute "$daemon/$daemon" -f -c "$work/nbt.conf" 2>"$work/$daemon.log" &
	daemons="$daemons $!" last=$!
done
browserd=$last
taskset -apc 1 "$browserd" >/dev/null
until grep -q 'local master browser' "$work/browserd.log"; do
	kill -0 "$browserd" || { cat "$work/browserd.log"; exit 1; }
	sleep 0.1
done

listed() {
	tools/nbtctl -d browserd -r "$work/run" --csv browse servers | grep -c '^HOST'
}
# One libtool and one nsenter for all of them, which take longer than what they start.
announce() {
	# shellcheck disable=SC2016 # the inner shell's
	$there ./libtool --mode=execute sh -c 'nbtsend=$1
		for number in $(seq "$2"); do
			"$nbtsend" --direct --source="HOST$number" --browse=host LAB#1d || exit 1
		done' sh tools/nbtsend "$hosts"
}
# A datagram may be lost: the host says it again.
until [ "$(listed)" -ge "$hosts" ]; do
	announce
	sleep 1
done

# shellcheck disable=SC2046 # no word, or one
result=$(taskset -c 0 tools/nbtbench --json --server 10.99.0.1 --pid "$browserd" $(plot browse) browse)
echo "$result" >&2
[ "$(echo "$result" | field bad)" = 0 ] || failed=1
show "lists of $hosts hosts: processor time of a bare sender / of browserd" "$(echo "$result" | field ratio)"
exit $failed

# shellcheck shell=sh
# For tests of tools: a responder in a network namespace of its own, with two subnets between it and
# this one. Sourced; skips the whole test where that cannot be had.

top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
top_builddir=${top_builddir:-$PWD}
. "$top_srcdir/tests/lab/net.sh"

# Starts the script again, in namespaces of its own.
enter_namespace() {
	export top_srcdir top_builddir LC_ALL=C.UTF-8
	lab_enter
}

peer=
responder=
cleanup() {
	[ -z "$responder" ] || kill "$responder"
	[ -z "$peer" ] || kill "$peer"
	rm -rf "$tmp"
} 2>/dev/null

# The responder has 10.99.0.21 to 23 and 10.77.0.21, and answers on the former; we are .11 in both
# subnets.
start_peer() {
	tmp=$(mktemp -d) || exit 99
	trap cleanup EXIT
	unshare -n sleep 3600 &
	peer=$!
	while [ "$(readlink "/proc/$peer/ns/net")" = "$(readlink /proc/self/ns/net)" ]; do
		kill -0 "$peer" || exit 99
	done
	ip link set lo up
	nsenter -t "$peer" -n ip link set lo up
	add_subnet 99
	add_subnet 77
	nsenter -t "$peer" -n ip addr add 10.99.0.22/24 dev p99
	nsenter -t "$peer" -n ip addr add 10.99.0.23/24 dev p99
	mkfifo "$tmp/ready"
	nsenter -t "$peer" -n "$top_builddir/tests/lab/responder" \
		"$top_srcdir/tests/lab/nbtlookup.table" \
		10.99.0.21 10.99.0.255 10.99.0.22 10.99.0.23 >"$tmp/ready" &
	responder=$!
	read -r line <"$tmp/ready" && [ "$line" = "ready 137" ] || exit 99
}

add_subnet() {
	ip link add "v$1" type veth peer name "p$1" netns "$peer" || lab_skip "there is no veth here"
	nsenter -t "$peer" -n ip addr add "10.$1.0.21/24" broadcast "10.$1.0.255" dev "p$1"
	nsenter -t "$peer" -n ip link set "p$1" up
	ip addr add "10.$1.0.11/24" broadcast "10.$1.0.255" dev "v$1"
	ip link set "v$1" up
}

# The log of a failed test is in the file given.
n=0
verdict() { # NAME STATUS LOG
	n=$((n + 1))
	if [ "$2" = 0 ]; then echo "ok $n - $1"; else
		echo "not ok $n - $1"
		sed 's/^/# /' "$3"
	fi
}

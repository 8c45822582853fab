#!/bin/sh
# Floods on a host that has all roles of nbddd: of fragments that never complete, of groups that nobody
# has, from 100,000 sources, and with a name server that does not answer. What is kept stays under the
# bounds of the settings at every look, memory under what they come to, and service goes on.
. "$top_srcdir/tests/lab/net.sh"
lab_begin

host nbdd 10.99.1.5
host a 10.99.1.11 # a P node
host b 10.99.1.12 # the sources
SOURCES=100000
PACKETS=120000

# The bounds; those of bytes are met first here, those of numbers in nbddd.sh and the unit tests.
FRAGMENT_BYTES=1048576
FRAGMENTS=1000
DISTRIBUTE_BYTES=262144
DISTRIBUTING=1000
GROUPS_MAX=64
ALLOWED=$((FRAGMENT_BYTES + DISTRIBUTE_BYTES + 1048576)) # of memory, with what the heap loses

# daemons HOST: with the settings on standard input.
daemons() {
	install -d -m 1775 -g nbt "$lab/$1"
	install -d -o nbnsd -g nbt "$lab/db-$1"
	{
		echo "netbios-name = \"$1\"; node-type = \"p\"; run-directory = \"$lab/$1\";"
		cat
	} >"$lab/$1.conf"
	run "$1" "nbnsd-$1" nbnsd -f -c "$lab/$1.conf"
	await 10 [ -S "$lab/$1/name.sock" ]
	run "$1" "nbddd-$1" nbddd -f -c "$lab/$1.conf"
	await 10 logged "nbddd-$1" 'connected to nbnsd'
}
ctl() {
	on nbdd nbtctl -d nbddd -r "$lab/nbdd" "$@"
}
counter() { # NAME
	ctl --csv stats | tr -d '\r' | sed -n "s/^$1,//p"
}
memory() { # bytes
	awk '/^VmRSS/ { print $2 * 1024 }' "/proc/$(cat "$lab/nbddd-nbdd.pid")/status"
}
flood() { # KIND SOURCES PACKETS
	on b flood "$1" 10.99.1.5 10.100.0.1 "$2" "$3"
}

# bounded: one look at what is kept.
bounded() {
	ctl --csv stats | tr -d '\r' >"$lab/stats"
	for bound in "fragments.incomplete $FRAGMENTS" "fragments.bytes $FRAGMENT_BYTES" \
		"distribution.waiting $DISTRIBUTING" "distribution.waiting-bytes $DISTRIBUTE_BYTES"; do
		value=$(sed -n "s/^${bound% *},//p" "$lab/stats")
		[ "$value" -le "${bound#* }" ] || { echo "${bound% *} is $value" && return 1; }
	done
	[ "$(ctl --csv datagrams groups | wc -l)" -le $((GROUPS_MAX + 1)) ] || { echo "groups" && return 1; }
	grown=$(($(memory) - ${before:-$(memory)}))
	[ "$grown" -le $ALLOWED ] || { echo "memory has grown by $grown" && return 1; }
}
# flooded KIND: bounded as long as it takes, and afterwards; most of it was heard.
flooded() {
	heard=$(counter datagrams.received)
	run b "flood-$1" flood "$1" 10.99.1.5 10.100.0.1 $SOURCES $PACKETS
	while running "flood-$1"; do
		bounded || return 1
	done
	bounded && [ "$(counter datagrams.received)" -gt $((heard + PACKETS / 4)) ]
}
# served TEXT: a datagram of the P node gets to the member.
served() {
	on a dgram -s "$lab/a/datagram.sock" send group 'ANNE#00' 'LAB#1e' "$1" >"$lab/sent"
	await 5 logged member ": $1\$"
}

daemons nbdd <<-EOF
	wins-servers = ["10.99.1.77"]; # says nothing
	nbnsd = { database = "$lab/db-nbdd/names.db"; };
	nbddd = {
		server = true; relay = true;
		reassembly-memory = $FRAGMENT_BYTES; max-incomplete = $FRAGMENTS;
		distribute-memory = $DISTRIBUTE_BYTES; max-distributing = $DISTRIBUTING;
		max-groups = $GROUPS_MAX; members-wait = "1s"; server-retry = "1s";
	};
EOF
check "a host with all roles starts" logged nbddd-nbdd 'node, NBDD, relay'
daemons a <<-EOF
	wins-servers = ["10.99.1.5"];
	nbnsd = { server = false; lmhosts = ""; };
	nbddd = { nbdd-servers = ["10.99.1.5"]; };
EOF
check "a P node that knows it" await 10 logged nbddd-a 'connected to nbnsd'
run nbdd member dgram -s "$lab/nbdd/datagram.sock" listen -g 'LAB#1e'
check "a member" await 10 logged member '^subscribed'
check "it has its datagrams distributed" served before
on b ip route add local 10.100.0.0/15 dev lo
ip route add 10.100.0.0/15 via 10.99.1.12
for kind in fragments rests groups unique distribute members queries; do # once for what is touched by any
	flood $kind 1000 5000 >"$lab/sent"
done
before=$(memory)

check "fragments that never complete" flooded fragments
check "the ends of datagrams" flooded rests
check "their memory was used" [ "$(counter fragments.crowded)" -gt 0 ]
check "B nodes' datagrams to groups that nobody has" flooded groups
check "datagrams to names that nobody has" flooded unique
check "P nodes' datagrams to groups that nobody has" flooded distribute
check "the name server was waited for" [ "$(counter distribution.too-many)" -gt 0 ]
check "P nodes' datagrams to a group that there is" flooded members
check "queries for groups that nobody has" flooded queries
check "one source with datagrams to groups that nobody has" eval 'SOURCES=1 flooded distribute'
check "new groups had their share of the table" [ "$(counter members.too-many)" -gt 0 ]
run b flooding sh -c 'while :; do flood distribute 10.99.1.5 10.100.0.1 100000 100000; done'
check "service goes on meanwhile" await 30 served meanwhile
stop flooding
check "and afterwards" await 15 served after
check "without an error in the log" not grep -e error -e warning "$lab/nbddd-nbdd.log"
check "memory has grown by $(($(memory) - before)) bytes" bounded

#!/bin/sh
# ICMP errors and resets on every kind of socket, and packets that cannot be sent: the service goes on.
. "$top_srcdir/tests/lab/net.sh"
lab_begin perl

host ns 10.99.1.5
host a 10.99.1.11
plug ns eth1 10.99.2.5
on ns ip route replace default via 10.99.1.1

# As many errors as there are causes.
echo 0 >/proc/sys/net/ipv4/icmp_ratelimit
on a sh -c 'echo 0 >/proc/sys/net/ipv4/icmp_ratelimit'
ip route add unreachable 10.99.9.0/24 # says the router
on ns ip route add unreachable 10.99.8.0/24

repeat() { # TEXT TIMES
	printf "$1%.0s" $(seq "$2")
}
fred=204547464345464545$(repeat 4341 12)00
ns00=20454f4644$(repeat 4341 13)414100 # NS<00>, which it has itself
ask=000101000001000000000000${ns00}00200001
claim() { # ID ADDRESS
	echo "${1}29000001000000000001${fred}00200001c00c00200001000493e000066000$2"
}
framed() {
	printf '%04x%s' $((${#1} / 2)) "$1"
}

errors() { # HOST: of ICMP "destination unreachable", how many have come
	on "$1" awk '/^Icmp: [0-9]/ { print $5 }' /proc/net/snmp
}
more_errors() { # NUMBER: than before
	[ "$(errors ns)" -ge $((before + $1)) ]
}

# Programs of this host: what they send, how often, and whether they wait for the answer.
local_socket() { # TYPE PATH HEX TIMES
	on ns perl -MSocket -e '
		my ($type, $path, $hex, $times) = @ARGV;
		socket(S, PF_UNIX, $type eq "stream" ? SOCK_STREAM : SOCK_SEQPACKET, 0) or die $!;
		connect(S, sockaddr_un($path)) or die $!;
		for (1 .. ($times || 1)) { send(S, pack("H*", $hex), 0) or die $! }
		exit if $times;
		alarm 5;
		my $answer = "";
		defined recv(S, $answer, 65536, 0) && length $answer > 28 or die "no answer came"' "$@"
}
name_query=01$(repeat 00 15)$ask
stats_command=$(printf '["stats"]\n' | od -An -tx1 | tr -d ' \n')

serves_programs() {
	local_socket seqpacket /run/nbt/name.sock "$name_query" && local_socket stream /run/nbt/nbnsd.ctl "$stats_command"
}
serves_by_tcp() {
	on a nbtpacket -s -n 70 10.99.1.5 "$(framed "$ask")"
}
serves() {
	on a nbtlookup -U 10.99.1.5 NS && on a nbtlookup -U 10.99.2.5 NS && on ns nbtlookup -U 127.0.0.1 NS &&
		on a nbtlookup -B 10.99.1.255 NS && on a nbtlookup -B 255.255.255.255 NS && serves_by_tcp &&
		serves_programs
}

ask_and_go() { # nobody has the ports any more when the answers come
	kill -STOP "$(cat "$lab/nbnsd.pid")"
	for _ in $(seq 20); do
		on a nbtpacket -n 0 10.99.1.5 "$ask" && on a nbtpacket -n 0 10.99.2.5 "$ask" || return 1
	done
	kill -CONT "$(cat "$lab/nbnsd.pid")"
}
unknown() { # NAME
	not on a nbtlookup -U 10.99.1.5 --recursion "$1"
}
reset_many() { # the answer is not read
	for _ in $(seq 40); do
		on a nbtpacket -s -n 0 10.99.1.5 "$(framed "$ask")$(framed "$ask")" >/dev/null || return 1
	done
}
end_early() { # TYPE PATH HEX: before the answer
	for _ in $(seq 20); do
		local_socket "$@" 10 || return 1
	done
}

errors_and_resets() {
	nbnsd_start 'group-members-to = ["10.99.1.11"]' 'rate-limit = 0' \
		'dns-fallback = { servers = ["10.99.1.11"]; domains = ["example.org"]; timeout = "1s"; negative-ttl = "1s" }'
	check "it serves" serves
	before=$(errors ns)
	check "clients ask and go" ask_and_go
	check "their host says so" await 10 more_errors 40
	check "it serves" serves

	before=$(errors ns)
	check "a name gets an address that the router cannot reach" \
		on a nbtpacket 10.99.1.5 "$(claim 0001 0a630909)"
	check "its owner is asked, and somebody else has it then" \
		on a nbtpacket -n 2 -t 10 10.99.1.5 "$(claim 0002 0a630808)"
	check "the router said so" more_errors 1
	check "it serves" serves
	check "an owner that we cannot reach ourselves" \
		on a nbtpacket -n 2 -t 10 10.99.1.5 "$(claim 0003 0a63010b)"
	check "it serves" serves

	before=$(errors ns)
	check "nobody has the port of DNS" unknown 'FOO#20'
	check "its host says so" await 10 more_errors 1
	check "again" unknown 'BAR#20'
	check "it serves" serves

	check "connections are reset" reset_many
	check "it serves" serves
	check "programs that look names up end early" end_early seqpacket /run/nbt/name.sock "$name_query"
	check "it serves" serves
	check "programs that command end early" end_early stream /run/nbt/nbnsd.ctl "$stats_command"
	check "it serves" serves
	check "it logs none of it" not grep -i -e error -e 'warning: [^T]' "$lab/nbnsd.log"
	stop nbnsd
}
errors_and_resets

# Linux tells a socket that is not connected of no ICMP error, unless it is asked to.
faults_on
echo 1 >"$lab/faults/icmp"
nbnsd_fresh
errors_and_resets

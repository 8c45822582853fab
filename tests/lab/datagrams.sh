#!/bin/sh
# nbddd's node role: programs of three hosts send datagrams to each other, by unique and group name,
# as B and as P nodes, in one subnet and in two; tshark reads every packet.
. "$top_srcdir/tests/lab/net.sh"
lab_begin tshark setpriv

host a 10.99.1.11
host b 10.99.1.12
host c 10.99.2.13
host ns 10.99.2.5

# daemons HOST NODE-TYPE [NBDDD-SETTING...]: both daemons, with a run directory of their own.
daemons() {
	name=$1 type=$2
	shift 2
	mkdir -p "$lab/$name" && chgrp nbt "$lab/$name" && chmod 1775 "$lab/$name"
	{
		echo "netbios-name = \"HOST-$name\"; node-type = \"$type\"; run-directory = \"$lab/$name\";"
		[ "$type" = b ] || echo 'wins-servers = ["10.99.2.5"];'
		echo "nbnsd = { server = false; lmhosts = \"\"; };"
		echo "nbddd = { server = false;"
		for setting; do echo "$setting;"; done
		echo "};"
	} >"$lab/$name.conf"
	run "$name" "nbnsd-$name" nbnsd -f -c "$lab/$name.conf"
	run "$name" "nbddd-$name" nbddd -f -c "$lab/$name.conf"
	await 10 [ -S "$lab/$name/datagram.sock" ] && await 10 logged "nbddd-$name" 'connected to nbnsd'
}
stop_daemons() { # HOST
	stop "nbddd-$1"
	stop "nbnsd-$1"
}
# program HOST ARGUMENT...: of the helper
program() {
	lab_at=$1
	shift
	on "$lab_at" dgram -s "$lab/$lab_at/datagram.sock" "$@"
}
# listener HOST NAME COMMAND...: in the background, until all its names are subscribed
listener() {
	lab_at=$1 lab_as=$2
	shift 2
	rm -f "$lab/$lab_as.log"
	run "$lab_at" "$lab_as" dgram -s "$lab/$lab_at/datagram.sock" "$@"
	await 10 logged "$lab_as" '^subscribed'
}
got() { # NAME PATTERN
	await 5 logged "$1" "$2"
}
counter() { # HOST NAME
	on "$1" nbtctl -d nbddd -r "$lab/$1" --csv stats | tr -d '\r' | sed -n "s/^$2,//p"
}

# Every packet of the datagram service, for the end.
run a capture tshark -q -n -i eth0 -f "udp port 138" -w "$lab/a.pcap"
await 10 logged capture 'Capturing on'

check "B nodes start" eval 'daemons a b && daemons b b && daemons c b'
check "the socket belongs to nbddd and the group nbt" \
	eval 'stat -c "%a %U %G" "$lab/a/datagram.sock" | grep "660 nbddd nbt"'
check "a program has a unique name" listener b fred listen 'FRED#20'
check "two of another host have a group" eval 'listener b lab1 listen -g "LAB#1e" && listener b lab2 listen -g "LAB#1e"'
check "and one of a third subnet" listener c lab3 listen -g 'LAB#1e'
check "and one of the sender's own" listener a lab4 listen -g 'LAB#1e'

program a send unique 'ANNE#00' 'FRED#20' one
check "a datagram to a unique name arrives" got fred 'got 10 ANNE<00> to FRED<20> from 10.99.1.11 by 10.99.1.11 on 10.99.1.12: one$'
program a send group 'ANNE#00' 'LAB#1e' two
check "one to a group at every program of the subnet" eval 'got lab1 "broadcast: two$" && got lab2 "broadcast: two$"'
check "and of the sender's host" got lab4 'broadcast: two$'
check "but not in another subnet" not logged lab3 two
check "to a name that nobody has: an error" eval 'program a send unique "ANNE#00" "NOBODY#20" x | grep "error 82 of 0.0.0.0"'

# A host's name, as its nbnsd has it, but no program's.
program a send unique 'ANNE#00' 'HOST-b#20' three >"$lab/three"
check "to a name that no program wants: silence" [ ! -s "$lab/three" ]
check "which is counted there" [ "$(counter b datagrams.not-wanted)" -ge 1 ]
check "to a host that does not have the name: its error" \
	eval 'program a -p 10.99.1.12 send unique "ANNE#00" "NOBODY#20" x | grep "error 82 of 10.99.1.12"'

data=$(printf '%05000d' 7)
program a send group 'ANNE#00' 'LAB#1e' "$data"
check "5000 bytes come in fragments, and whole" got lab1 ": $data\$"
listener b all listen -g '*'
program a send broadcast 'ANNE#00' '*' everybody
check "a BROADCAST datagram" got all 'got 12 ANNE<00> to .* broadcast: everybody$'
program a -S ELSEWHERE send group 'ANNE#00' 'LAB#1e' scoped
program a send group 'ANNE#00' 'LAB#1e' after
check "another scope gets nothing" eval 'got lab1 ": after$" && not logged lab1 scoped'

listener b tally count -g 'COUNT#1e'
check "2000 datagrams are sent" eval 'program a burst group "ANNE#00" "COUNT#1e" 2000 2000 1400 | grep "sent 2000"'
sleep_until_counted() {
	kill -USR1 "$(cat "$lab/tally.pid")"
	await 1 logged tally 'received 2000 distinct 2000 twice 0 garbled 0'
}
check "and each arrives once" await 10 sleep_until_counted

# A program that stands still loses what does not fit, and nobody else does.
kill -STOP "$(cat "$lab/tally.pid")"
listener b second count -g 'COUNT#1e'
program a burst group 'ANNE#00' 'COUNT#1e' 1000 2000 1400 >"$lab/sent"
second_has_all() {
	kill -USR1 "$(cat "$lab/second.pid")"
	await 1 logged second 'received 1000 distinct 1000 twice 0 garbled 0'
}
check "beside a program that stands still the other one gets all" await 10 second_has_all
check "what the first one lost is counted" [ "$(counter b datagrams.lost)" -gt 0 ]
kill -CONT "$(cat "$lab/tally.pid")"
check "and it is still connected" eval 'await 5 running tally && program a send group "ANNE#00" "LAB#1e" again && got lab1 ": again$"'

stop nbnsd-b KILL
program a send group 'ANNE#00' 'LAB#1e' orphan
check "without nbnsd datagrams are delivered" got lab1 ': orphan$'
check "and nbddd waits for it" got nbddd-b 'no connection to nbnsd'
run b nbnsd-b nbnsd -f -c "$lab/b.conf"
found() { # NAME
	on c nbtlookup -U "$1" "$2"
}
check "which has the names again when it is back" await 10 found 10.99.1.12 'FRED#20'
stop fred
check "a program that goes takes its name away" await 5 not found 10.99.1.12 'FRED#20'

for at in a b c; do stop_daemons $at; done
check "the socket is gone with its daemon" [ ! -e "$lab/a/datagram.sock" ]
for at in fred lab1 lab2 lab3 lab4 all tally second; do stop $at; done

# P nodes: members from the name server, in whatever subnet.
cat >"$lab/ns.conf" <<EOF
netbios-name = "NS"; run-directory = "$lab/ns";
nbnsd = { database = "$lab/db/names.db"; group-members-to = ["10.99.0.0/16"]; };
EOF
mkdir -p "$lab/ns" && chgrp nbt "$lab/ns" && chmod 1775 "$lab/ns"
run ns nbnsd-ns nbnsd -f -c "$lab/ns.conf"
await 10 on ns nbtlookup -U 127.0.0.1 NS
check "P nodes start" eval 'daemons a p && daemons b p && daemons c p'
check "members in two subnets" eval 'listener b lab1 listen -g "LAB#1e" && listener c lab3 listen -g "LAB#1e"'
check "one of the sender's host" listener a lab4 listen -g 'LAB#1e'
program a send group 'ANNE#00' 'LAB#1e' far
check "without an NBDD the datagram goes to each member" eval 'got lab1 "10.99.1.12: far$" && got lab3 "10.99.2.13: far$"'
check "and to the programs of the host" got lab4 ': far$'
check "once" [ "$(cat "$lab/lab1.log" "$lab/lab3.log" "$lab/lab4.log" | grep -c ': far$')" = 3 ]

stop capture INT
check "tshark reads every packet without complaint" eval \
	'! tshark -n -r "$lab/a.pcap" -Y "nbdgm && _ws.malformed && nbdgm.pkt_offset == 0" 2>/dev/null | grep .'
check "and saw some" [ "$(tshark -n -r "$lab/a.pcap" -Y nbdgm 2>/dev/null | wc -l)" -gt 1000 ]

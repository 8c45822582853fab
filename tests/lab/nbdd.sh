#!/bin/sh
# The NBDD: programs on P nodes in three subnets, groups registered at two name servers; every member
# gets one copy, the sender none, a released member none, another scope nothing.
. "$top_srcdir/tests/lab/net.sh"
lab_begin

subnet 3

host nbdd 10.99.1.5 # and the first name server
host ns 10.99.2.5   # the second one
host a 10.99.1.11
host b 10.99.2.12
host c 10.99.3.13
host d 10.99.3.14
host e 10.99.3.15

# directory HOST
directory() {
	mkdir -p "$lab/$1" && chgrp nbt "$lab/$1" && chmod 1775 "$lab/$1"
}
# node HOST NAME-SERVER: a P node that knows the NBDD; it would be one itself, as by default.
node() {
	directory "$1"
	cat >"$lab/$1.conf" <<-EOF
		netbios-name = "HOST-$1"; node-type = "p"; run-directory = "$lab/$1"; wins-servers = ["$2"];
		nbnsd = { server = false; lmhosts = ""; };
		nbddd = { nbdd-servers = ["10.99.1.5"]; };
	EOF
	run "$1" "nbnsd-$1" nbnsd -f -c "$lab/$1.conf"
	run "$1" "nbddd-$1" nbddd -f -c "$lab/$1.conf"
	await 10 [ -S "$lab/$1/datagram.sock" ] && await 10 logged "nbddd-$1" 'connected to nbnsd'
}
# server HOST SETTING NBNSD-SETTING
server() {
	directory "$1"
	install -d -o nbnsd -g nbt "$lab/db-$1"
	cat >"$lab/$1.conf" <<-EOF
		netbios-name = "$1"; node-type = "p"; run-directory = "$lab/$1"; $2
		nbnsd = { database = "$lab/db-$1/names.db"; $3 };
		nbddd = { members-timeout = "3s"; distribute-limit = 0; };
	EOF
	run "$1" "nbnsd-$1" nbnsd -f -c "$lab/$1.conf"
	await 10 on "$1" nbtlookup -U 127.0.0.1 "$1"
}
program() { # HOST ARGUMENT...
	lab_at=$1
	shift
	on "$lab_at" dgram -s "$lab/$lab_at/datagram.sock" "$@"
}
listener() { # HOST LOG COMMAND...
	lab_at=$1 lab_as=$2
	shift 2
	run "$lab_at" "$lab_as" dgram -s "$lab/$lab_at/datagram.sock" "$@"
	await 10 logged "$lab_as" '^subscribed'
}
counter() { # HOST NAME
	on "$1" nbtctl -d nbddd -r "$lab/$1" --csv stats | tr -d '\r' | sed -n "s/^$2,//p"
}
# once TEXT LOG...: each has it, one time
once() {
	lab_sent=$1
	shift
	for log; do
		await 10 logged "$log" ": $lab_sent\$" || return 1
	done
	for log; do
		[ "$(grep -c ": $lab_sent\$" "$lab/$log.log")" = 1 ] || return 1
	done
}

check "the second name server starts" server ns '' 'group-members-to = ["10.99.1.5"];'
check "the first one and the NBDD" eval \
	'server nbdd "wins-servers = [\"10.99.2.5\"];" "" && run nbdd nbddd-nbdd nbddd -f -c "$lab/nbdd.conf" && await 10 logged nbddd-nbdd "connected to nbnsd"'
check "P nodes start, one of them at the other name server" eval \
	'node a 10.99.1.5 && node b 10.99.1.5 && node c 10.99.1.5 && node d 10.99.2.5'
check "members in three subnets and at the NBDD" eval 'listener a ma listen -g "LAB#1e" && listener b mb listen -g "LAB#1e" &&
	listener c mc listen -g "LAB#1e" && listener d md listen -g "LAB#1e" && listener nbdd mn listen -g "LAB#1e"'

program a send group 'ANNE#00' 'LAB#1e' one
check "every member gets it once" once one ma mb mc md mn
check "from its sender, by the NBDD" logged mc 'from 10.99.1.11 by 10.99.1.5 '
check "the NBDD made three copies: none for the sender, none for itself" [ "$(counter nbdd distribution.copies)" = 3 ]
check "no member distributed it again" [ "$(counter b distribution.copies)$(counter c distribution.copies)" = 00 ]
check "the NBDD was asked before" [ "$(counter nbdd distribution.positive)" = 1 ]

# What is shown is what is remembered, which is not long: a datagram brings it back.
shown() { # LINE ARGUMENT...
	lab_line=$1
	shift
	program a send group 'ANNE#00' 'LAB#1e' two
	on nbdd nbtctl -r "$lab/nbdd" --csv datagrams groups "$@" >"$lab/groups" && grep "$lab_line" "$lab/groups"
}
check "nbtctl shows the group" await 20 shown '^LAB,1E,4c4142[0-9a-f]*1e,,5,yes,'
check "and its members" await 20 shown '10\.99\.1\.5, 10\.99\.1\.11, 10\.99\.2\.12, 10\.99\.3\.13, 10\.99\.3\.14' LAB
check "those of one name only" eval 'await 20 shown . && ! on nbdd nbtctl -r "$lab/nbdd" --csv datagrams groups LAB#20 | grep LAB'

program nbdd send group 'NED#00' 'LAB#1e' own
check "a program of the NBDD's host has an NBDD, too" once own ma mb mc md mn

data=$(printf '%06000d' 7)
program d send group 'DORA#00' 'LAB#1e' "$data"
check "6000 bytes in fragments" once "$data" ma mb mc md mn

check "a member in another scope, on a host that has one in ours" listener c other -S ELSEWHERE listen -g 'LAB#1e'
before=$(counter nbdd distribution.copies)
program a -S ELSEWHERE send group 'ANNE#00' 'LAB#1e' scoped
program a send group 'ANNE#00' 'LAB#1e' after
check "each scope gets what was sent in it" eval 'once scoped other && once after ma mb mc md mn &&
	! grep -q ": scoped" "$lab"/m?.log && ! grep -q ": after" "$lab/other.log"'
check "in the other scope that is one copy" [ "$(counter nbdd distribution.copies)" = $((before + 1 + 3)) ]

check "programs that hear BROADCAST datagrams" eval \
	'listener b mball listen -g "*" && listener c mcall listen -g "*" && listener d mdall listen -g "*"'
program a send broadcast 'ANNE#00' '*' everybody
check "every node of the scope gets one" once everybody mball mcall mdall

stop mc
released() { # remembered for three seconds at the NBDD
	program a send group 'ANNE#00' 'LAB#1e' gone >/dev/null
	before=$(counter c datagrams.received)
	program a send group 'ANNE#00' 'LAB#1e' "gone for good" >/dev/null
	await 5 logged md ': gone for good$' && [ "$(counter c datagrams.received)" = "$before" ]
}
check "a member that released its name gets nothing after a while" await 15 released

# A host that is registered and has no datagram service: 10.99.3.15.
lab1e=20454d45424543$(printf '4341%.0s' $(seq 12))424f00
unreachable=$(counter nbdd distribution.unreachable)
skipped=$(counter nbdd distribution.unreachable-skipped)
sends() { # COUNTER BEFORE: it is more after a datagram
	program a send group 'ANNE#00' 'LAB#1e' "is there anybody" >/dev/null
	[ "$(counter nbdd "$1")" -gt "$2" ]
}
check "a member without a datagram service registers" \
	on e nbtpacket 10.99.1.5 "000129000001000000000001${lab1e}00200001c00c00200001000493e00006e0000a63030f"
check "ICMP says that it cannot be reached" await 15 sends distribution.unreachable "$unreachable"
check "it gets nothing then" sends distribution.unreachable-skipped "$skipped"

# More members than an answer by UDP holds, at the second name server.
many() {
	for n in $(seq 100); do
		on e nbtpacket 10.99.2.5 "00$(printf %02x "$n")29000001000000000001${lab1e}00200001c00c00200001000493e00006e0000a6309$(printf %02x "$n")" \
			>/dev/null || return 1
	done
}
all_known() {
	program a send group 'ANNE#00' 'LAB#1e' "a crowd" >/dev/null
	on nbdd nbtctl -r "$lab/nbdd" --csv datagrams groups | tr -d '\r' | grep "^LAB,1E,.*,10[0-9],yes,"
}
check "a hundred members register at the second name server" many
check "its answer by UDP is cut, and all are got by TCP" await 15 all_known
check "nothing was left out" [ "$(counter nbdd members.cut)" = 0 ]

listener b tb count -g 'COUNT#1e'
listener d td count -g 'COUNT#1e'
program a burst group 'ANNE#00' 'COUNT#1e' 2000 2000 1400 >"$lab/sent"
all() { # LOG
	kill -USR1 "$(cat "$lab/$1.pid")"
	await 1 logged "$1" 'received 2000 distinct 2000 twice 0 garbled 0'
}
check "2000 datagrams arrive once at a member of each name server" eval 'await 10 all tb && await 10 all td'
check "to a group that nobody has: the NBDD says no" eval \
	'program a send group "ANNE#00" "NOBODY#1e" x; [ "$(counter nbdd distribution.negative)" -ge 1 ]'

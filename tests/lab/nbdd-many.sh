#!/bin/sh
# The NBDD with thirty P nodes in three subnets, and groups of 1, 5 and 30 members registered at two
# name servers: every member gets one copy of each datagram, at 80 % of the rate that bare sockets carry
# without loss here.
#
# For check-long: NBDD_DATAGRAMS (1000) to each group.
. "$top_srcdir/tests/lab/net.sh"
lab_begin tshark

datagrams=${NBDD_DATAGRAMS:-1000}
SIZE=400     # bytes of data
LARGEST=65437 # with names, header and envelope the longest message of datagram.sock
NODES=$(seq 30)

subnet 3

host nbdd 10.99.1.5 # and the first name server
host ns 10.99.2.5   # the second one
addresses=
for n in $NODES; do
	host "n$n" "10.99.$((n % 3 + 1)).$((100 + n))"
	addresses="$addresses 10.99.$((n % 3 + 1)).$((100 + n))"
done

directory() {
	mkdir -p "$lab/$1" && chgrp nbt "$lab/$1" && chmod 1775 "$lab/$1"
}
server() { # HOST NBNSD-SETTING
	directory "$1"
	install -d -o nbnsd -g nbt "$lab/db-$1"
	cat >"$lab/$1.conf" <<-EOF
		netbios-name = "$1"; node-type = "p"; run-directory = "$lab/$1";
		$([ "$1" = ns ] || echo 'wins-servers = ["10.99.2.5"];')
		nbnsd = { database = "$lab/db-$1/names.db"; $2 };
		nbddd = { members-timeout = "3s"; distribute-limit = 0; };
	EOF
	run "$1" "nbnsd-$1" nbnsd -f -c "$lab/$1.conf"
	await 10 on "$1" nbtlookup -U 127.0.0.1 "$1"
}
nbdd() {
	# shellcheck disable=SC2086 # words
	run nbdd nbddd-nbdd env ${nbnsd_environment:-} nbddd -f -c "$lab/nbdd.conf" &&
		await 10 logged nbddd-nbdd "connected to nbnsd"
}
# Nodes register at the one or the other; a program that does not get its turn loses nothing here.
nodes() {
	for n in $NODES; do
		directory "n$n"
		cat >"$lab/n$n.conf" <<-EOF
			netbios-name = "NODE$n"; node-type = "p"; run-directory = "$lab/n$n";
			wins-servers = ["10.99.$((n % 2 + 1)).5"];
			nbnsd = { server = false; lmhosts = ""; };
			nbddd = { server = false; nbdd-servers = ["10.99.1.5"]; client-queue = 33554432; };
		EOF
		run "n$n" "nbnsd-n$n" nbnsd -f -c "$lab/n$n.conf"
		run "n$n" "nbddd-n$n" nbddd -f -c "$lab/n$n.conf"
	done
	for n in $NODES; do
		await 20 logged "nbddd-n$n" 'connected to nbnsd' || return 1
	done
}
members() { # GROUP FIRST LAST: nodes that are in it
	for n in $(seq "$2" "$3"); do
		run "n$n" "$1-n$n" dgram -s "$lab/n$n/datagram.sock" count -g "$1#1e"
	done
	for n in $(seq "$2" "$3"); do
		await 20 logged "$1-n$n" '^subscribed' || return 1
	done
}
burst() { # GROUP COUNT RATE SIZE [LARGEST]
	lab_group=$1
	shift
	on n1 dgram -s "$lab/n1/datagram.sock" burst group 'ANNE#00' "$lab_group#1e" "$@"
}
counter() { # HOST NAME
	on "$1" nbtctl -d nbddd -r "$lab/$1" --csv stats | tr -d '\r' | sed -n "s/^$2,//p"
}
# tells GROUP FIRST LAST PATTERN: each member has it, and it stays so
tells() {
	for n in $(seq "$2" "$3"); do
		kill -USR1 "$(cat "$lab/$1-n$n.pid")"
	done
	sleep 0.5
	for n in $(seq "$2" "$3"); do
		tail -n 1 "$lab/$1-n$n.log" | grep -q "$4" || {
			echo "$1-n$n: $(tail -n 1 "$lab/$1-n$n.log")"
			return 1
		}
	done
}
anew() { # GROUP FIRST LAST: programs that have seen nothing
	for n in $(seq "$2" "$3"); do
		stop "$1-n$n"
		rm "$lab/$1-n$n.log"
	done
	members "$1" "$2" "$3"
}

# What bare sockets carry: one sends from the first node, one at the NBDD copies to so many.
bare_received() { # COUNT MEMBERS
	for n in $(seq 2 $(($2 + 1))); do
		kill -USR1 "$(cat "$lab/bare-n$n.pid")"
	done
	sleep 0.3
	for n in $(seq 2 $(($2 + 1))); do
		[ "$(tail -n 1 "$lab/bare-n$n.log")" = "received $1" ] || return 1
	done
}
bare_carries() { # RATE MEMBERS
	# shellcheck disable=SC2086 # words
	run nbdd bare-copy bare copy 1138 $(echo $addresses | cut -d' ' -f"2-$(($2 + 1))")
	for n in $(seq 2 $(($2 + 1))); do
		rm -f "$lab/bare-n$n.log"
		run "n$n" "bare-n$n" bare count 1138
		await 5 logged "bare-n$n" ready || return 1
	done
	await 5 logged bare-copy ready
	on n1 bare send 10.99.1.5 1138 "$datagrams" "$1" "$SIZE" >/dev/null
	await 3 bare_received "$datagrams" "$2"
	carried=$?
	for name in bare-copy $(seq -f 'bare-n%g' 2 $(($2 + 1))); do
		kill "$(cat "$lab/$name.pid")"
	done
	return $carried
}
bare_rate() { # MEMBERS: sets rate to 80 % of what they carry, of doubled rates
	rate=0
	for bare in 500 1000 2000 4000 8000 16000 32000; do
		bare_carries "$bare" "$1" || break
		rate=$((bare * 8 / 10))
	done
	[ "$rate" -gt 0 ]
}

check "the second name server starts" server ns 'group-members-to = ["10.99.1.5"];'
check "the first one and the NBDD" eval 'server nbdd "" && nbdd'
check "thirty P nodes" nodes
check "members" eval 'members ONE 2 2 && members FIVE 2 6 && members ALL 1 30'

group() { # NAME FIRST LAST MEMBERS-BUT-THE-SENDER
	check "$1: a rate that bare sockets carry" bare_rate "$4"
	before=$(counter n1 datagrams.received) copies=$(counter nbdd distribution.copies)
	check "$1: $datagrams datagrams, $rate a second" burst "$1" "$datagrams" "$rate" "$SIZE"
	check "$1: each member gets each, once" await 60 tells "$1" "$2" "$3" \
		"received $datagrams distinct $datagrams twice 0 garbled 0"
	on nbdd nbtctl -d nbddd -r "$lab/nbdd" --csv stats | grep "^distribution.*,[1-9]" | sed 's/^/# /'
	# The NBDD's answer to the query, if any, is no datagram.
	check "$1: the sender's host gets none" [ $(($(counter n1 datagrams.received) - before)) -le 1 ]
	check "$1: nobody gets one more" [ "$(($(counter nbdd distribution.copies) - copies))" = $((datagrams * $4)) ]
}
group ONE 2 2 1
group FIVE 2 6 5
group ALL 1 30 29

# Sizes.
run nbdd capture tshark -q -n -i eth0 -f "udp port 138" -w "$lab/sizes.pcap"
await 10 logged capture 'Capturing on'
anew FIVE 2 6
check "from 8 bytes to the longest that there is" burst FIVE 200 50 8 "$LARGEST"
check "each member gets each, whole" await 20 tells FIVE 2 6 'received 200 distinct 200 twice 0 garbled 0'
run n2 byte dgram -s "$lab/n2/datagram.sock" listen -g 'FIVE#1e'
await 5 logged byte '^subscribed'
on n1 dgram -s "$lab/n1/datagram.sock" send group 'ANNE#00' 'FIVE#1e' x
check "a single byte" await 5 logged byte ': x$'
stop byte
stop capture INT
packets() { # FILTER: further fragments have no names, which tshark wants; RFC 1001 section 17.1.2
	tshark -n -r "$lab/sizes.pcap" -Y "nbdgm.pkt_offset == 0 && ($1)" 2>/dev/null
}
check "tshark has seen it" eval '[ "$(packets "ip.src == 10.99.1.5" | wc -l)" -ge 1000 ]'
check "and complains about none" not eval 'packets "_ws.malformed || _ws.expert.severity >= 6291456" | grep .'

# A member that leaves.
has_received() { # HOST COUNT
	[ "$(counter "$1" datagrams.received)" -ge "$2" ]
}
left() { # remembered for three seconds
	before=$(counter n6 datagrams.received) wanted=$(($(counter n5 datagrams.received) + 10))
	burst FIVE 10 100 100 && await 5 has_received n5 "$wanted" && [ "$(counter n6 datagrams.received)" = "$before" ]
}
stop FIVE-n6
stop ALL-n6
check "a member that has left gets nothing after a while" await 20 left

# Loss and reordering on the way to the NBDD and from it.
stop nbddd-n1
stop nbddd-nbdd
stop ALL-n1
faults_on
echo 1 >"$lab/faults/loss"
# shellcheck disable=SC2086 # words
run n1 nbddd-n1 env $nbnsd_environment nbddd -f -c "$lab/n1.conf"
check "an NBDD and a sender whose packets are lost and disordered" eval \
	'nbdd && await 10 eval "[ \$(grep -c \"connected to nbnsd\" \"$lab/nbddd-n1.log\") = 2 ]"'
anew FIVE 2 5
some() { # most of them, none twice, none garbled
	tells FIVE 2 5 'twice 0 garbled 0' && for n in 2 3 4 5; do
		[ "$(tail -n 1 "$lab/FIVE-n$n.log" | cut -d' ' -f4)" -ge "$1" ] || return 1
	done
}
check "datagrams of up to 6000 bytes" burst FIVE 1000 500 8 6000
check "most arrive, none twice and none garbled" await 10 some 800
check "and some are lost" not some 1000

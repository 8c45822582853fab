#!/bin/sh
# Three relays in a ring, each with a foot in two of three subnets, two of them NBDDs; P nodes in a
# fourth one. Each datagram arrives once, wherever it comes from, and traffic stops: every packet on
# the way is counted.
. "$top_srcdir/tests/lab/net.sh"
lab_begin tshark

for n in 3 4; do
	ip link add "br$n" type bridge mcast_snooping 0
	ip addr add "10.99.$n.1/24" brd + dev "br$n"
	ip link set "br$n" up
done
host r12 10.99.1.5 && plug r12 eth1 10.99.2.5
host r23 10.99.2.6 && plug r23 eth1 10.99.3.6
host r31 10.99.3.7 && plug r31 eth1 10.99.1.7
for n in 1 2 3; do
	host "b$n" "10.99.$n.11"
done
host p 10.99.4.21
host q 10.99.4.22

# node HOST TYPE NBNSD NBDDD: both daemons, with these settings of each.
node() {
	mkdir -p "$lab/$1" && chgrp nbt "$lab/$1" && chmod 1775 "$lab/$1"
	install -d -o nbnsd -g nbt "$lab/db-$1"
	cat >"$lab/$1.conf" <<-EOC
		netbios-name = "HOST-$1"; node-type = "$2"; run-directory = "$lab/$1"; $5
		nbnsd = { lmhosts = ""; database = "$lab/db-$1/names.db"; $3 };
		nbddd = { $4 };
	EOC
	run "$1" "nbnsd-$1" nbnsd -f -c "$lab/$1.conf"
	await 10 [ -S "$lab/$1/name.sock" ] || return
	run "$1" "nbddd-$1" nbddd -f -c "$lab/$1.conf"
	await 10 logged "nbddd-$1" 'connected to nbnsd'
}
b_node() { # HOST
	node "$1" b 'server = false;' 'server = false;' ''
}
p_node() { # HOST NBDD
	node "$1" p 'server = false;' "server = false; nbdd-servers = [\"$2\"];" \
		'wins-servers = ["10.99.1.5"];'
}
relay() { # HOST PEERS NBNSD NBDDD WINS-SERVERS
	node "$1" h "$3" "relay = true; peers = [$2]; $4" "wins-servers = [$5];"
}
program() { # HOST ARGUMENT...
	lab_at=$1
	shift
	on "$lab_at" dgram -s "$lab/$lab_at/datagram.sock" "$@"
}
listener() { # HOST
	run "$1" "member-$1" dgram -s "$lab/$1/datagram.sock" listen -g 'ALARM#20'
	await 10 logged "member-$1" '^subscribed'
}
members='b1 b2 b3 p q r12 r23 r31'
# once TEXT HOST...: these members have it, one time, and no other has it.
once() {
	lab_sent=$1 lab_of=" $2 "
	for name in $2; do
		await 10 logged "member-$name" ": $lab_sent\$" || return 1
	done
	for name in $members; do
		case $lab_of in *" $name "*) lab_wanted=1 ;; *) lab_wanted=0 ;; esac
		lab_got=$(grep -c ": $lab_sent\$" "$lab/member-$name.log")
		echo "$name: $lab_got"
		[ "$lab_got" = "$lab_wanted" ] || return 1
	done
}

check "relays and NBDDs start" eval '
	relay r12 "\"10.99.2.6\", \"10.99.3.6\", \"10.99.3.7\", \"10.99.1.7\"" \
		"group-members-to = [\"10.99.0.0/16\"];" "" "" &&
	relay r23 "\"10.99.1.5\", \"10.99.2.5\", \"10.99.3.7\", \"10.99.1.7\"" \
		"server = false;" "" "\"10.99.1.5\"" &&
	relay r31 "\"10.99.1.5\", \"10.99.2.5\", \"10.99.2.6\", \"10.99.3.6\"" \
		"server = false;" "server = false;" "\"10.99.1.5\""'
check "B nodes start" eval 'b_node b1 && b_node b2 && b_node b3'
check "P nodes start, one with each NBDD" eval 'p_node p 10.99.1.5 && p_node q 10.99.2.6'
for name in $members; do
	check "a member at $name" listener "$name"
done

# Packets on each subnet, also those that don't come by the router.
for n in 1 2 3 4; do
	run r12 "capture$n" nsenter --net=/proc/1/ns/net \
		tshark -q -n -i "br$n" -f "udp port 138" -w "$lab/br$n.pcap"
	await 10 logged "capture$n" 'Capturing on'
done

# All hear it, but P nodes, which are members as name servers know them. A program does not get what
# it has sent; others of its host do.
for name in b1 b2 b3 r12 r23 r31; do
	program "$name" send group 'SENDER#00' 'ALARM#20' "from $name" >/dev/null
	check "what $name sends arrives once, everywhere" once "from $name" "$members"
done
for name in p q; do
	program "$name" send group 'SENDER#00' 'ALARM#20' "from $name" >/dev/null
	check "what the P node $name sends arrives once at each member" \
		once "from $name" "p q r12 r23 r31"
done
text=$(printf '%03000d' 7)
program b2 send group 'SENDER#00' 'ALARM#20' "$text" >/dev/null
check "3000 bytes in fragments" once "$text" "$members"
program b3 -S ELSEWHERE send group 'SENDER#00' 'ALARM#20' "from elsewhere" >/dev/null
program b1 send group 'SENDER#00' 'ALARM#20' "the end" >/dev/null
check "what comes last arrives, too" once "the end" "$members"
check "in another scope nothing has arrived" not grep -q "from elsewhere" "$lab"/member-*.log

for n in 1 2 3 4; do
	stop "capture$n"
done
# Packets as they were sent: routers have not seen them yet.
packets() { # FILTER
	for n in 1 2 3 4; do
		tshark -n -r "$lab/br$n.pcap" -Y "ip.ttl == 64 && ($1)" 2>/dev/null
	done
}
sent() { # NUMBER TEXT: so many packets with this text were sent in all
	packets "nbdgm && frame contains \"$2\"" >"$lab/sent"
	cat "$lab/sent"
	[ "$(wc -l <"$lab/sent")" = "$1" ]
}
# By itself and by relays on two other subnets; by each relay that has heard it to three addresses of
# peers; to two members.
for name in "from b1" "from b2" "from b3" "the end"; do
	check "the packets of \"$name\" are eleven" sent 11 "$name"
done
# On two subnets and by a relay on the third; to four addresses of peers, to two members.
for name in r12 r23 r31; do
	check "those of a program of $name are nine" sent 9 "from $name"
done
# To the NBDD, and from there to the other P node and to two addresses of each of two relays, which are
# members, too.
for name in p q; do
	check "those of $name are six" sent 6 "from $name"
done
check "tshark reads every packet without complaint" not eval \
	'packets "nbdgm && (_ws.malformed || _ws.expert.severity >= 0x600000) && nbdgm.pkt_offset == 0" | grep .'

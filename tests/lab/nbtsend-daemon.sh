#!/bin/sh
# nbtsend through nbddd, on two hosts of a subnet; a third one has no daemon. tshark reads every
# packet.
. "$top_srcdir/tests/lab/net.sh"
lab_begin ss tshark

host gamma 10.99.1.13
host delta 10.99.1.14
host beta 10.99.1.12

start() { # HOST NAME
	install -d -m 777 "$lab/run-$1"
	cat >"$lab/$1.conf" <<-EOC
		netbios-name = "$2"; workgroup = "LAB"; node-type = "b"; run-directory = "$lab/run-$1";
		nbnsd = { server = false; };
	EOC
	run "$1" "nbnsd-$1" nbnsd -f -c "$lab/$1.conf"
	run "$1" "nbddd-$1" nbddd -f -c "$lab/$1.conf"
	await 10 [ -S "$lab/run-$1/datagram.sock" ]
}
nbt() { # HOST ARGUMENT...
	who=$1
	shift
	on "$who" env NBT_RUN_DIRECTORY="$lab/run-$who" nbtsend "$@"
}
listen() { # HOST LOG ARGUMENT...
	who=$1 log=$2
	shift 2
	run "$who" "$log" env NBT_RUN_DIRECTORY="$lab/run-$who" nbtsend --listen "$@"
}
# Sent again until it was heard: the listener may not be there yet.
heard() { # LOG PATTERN HOST ARGUMENT...
	log=$1 pattern=$2
	shift 2
	nbt "$@" --timeout=0 && logged "$log" "$pattern"
}
fails() { # PATTERN HOST ARGUMENT...
	pattern=$1
	shift
	nbt "$@" 2>"$lab/err"
	status=$?
	cat "$lab/err"
	[ "$status" = "${wanted:-1}" ] && grep -q -e "$pattern" "$lab/err"
}

on beta tshark -q -i eth0 -w "$lab/beta.pcap" -f 'udp port 138' >"$lab/tshark.log" 2>&1 &
tshark_pid=$!
await 20 grep -q Capturing "$lab/tshark.log"

wanted=3 check "without nbddd it says so" fails '^nbtsend: nbddd does not run here; start it .*--direct$' gamma DELTA text
unset wanted
start gamma GAMMA
start delta DELTA

listen delta own DELTA
listen delta other FRED#20
listen delta election 'LAB#1E'
listen delta group --group --json FRIENDS
run beta direct nbtsend --direct --listen '*'

check "to a name of the host" await 20 heard own '^10.99.1.13:138 GAMMA<00> to DELTA<00>: a text$' \
	gamma --source GAMMA DELTA 'a text'
check "to a name that the listener claimed" await 20 heard other \
	'^10.99.1.13:138 GAMMA<00> to FRED<20>: 0001ff$' gamma --source GAMMA --hex 0001ff FRED#20
check "a frame to the workgroup" await 20 heard election \
	'^10.99.1.13:138 GAMMA<00> to LAB<1E>: election: , version 0' gamma --source GAMMA --browse=election LAB
check "which is for the subnet" await 5 logged direct '^10.99.1.13:138 GAMMA<00> to LAB<1E>: election'
check "a pop-up to a group, as JSON" await 20 heard group \
	'^{"from":"10.99.1.13",.*"popup":{"from":"GAMMA","to":"FRIENDS","text":"Grüße"}}$' \
	gamma --source GAMMA --group --popup FRIENDS 'Grüße'
check "to an address, whatever the name" await 20 heard direct '^10.99.1.13:138 GAMMA<00> to NOBODY<00>: x$' \
	gamma --source GAMMA --to 10.99.1.12 NOBODY x
check "to a broadcast address" await 20 heard direct '^10.99.1.13:138 GAMMA<00> to NOBODY<00>: y$' \
	gamma --source GAMMA --to 10.99.1.255 NOBODY y
check "from a host without a daemon" await 20 sh -c "
	nsenter --net=/run/netns/beta nbtsend --direct --source BETA DELTA directly
	grep '^10.99.1.12:138 BETA<00> to DELTA<00>: directly\$' $lab/own.log"
head -c 5000 /dev/zero | tr '\0' z >"$lab/long"
long_arrives() {
	nbt gamma --source GAMMA --timeout=0 --file "$lab/long" DELTA &&
		grep -q '^10.99.1.13:138 GAMMA<00> to DELTA<00>: z\{5000\}$' "$lab/own.log"
}
check "more than fits into a packet" await 20 long_arrives
long_arrives_directly() {
	on beta nbtsend --direct --source BETA --file "$lab/long" DELTA &&
		grep -q '^10.99.1.12:138 BETA<00> to DELTA<00>: z\{5000\}$' "$lab/own.log"
}
check "the same without a daemon" await 20 long_arrives_directly
check "to a name that nobody has" fails '^nbtsend: NOBODY<00>: nobody has this name; --to sends to an address$' gamma NOBODY x
check "a name that another host has" fails '^nbtsend: GAMMA<20>: the name cannot be had: ACT_ERR; ' \
	delta --listen GAMMA#20 --timeout=5
stop nbddd-delta
check "a listener notices that nbddd has gone" await 5 logged own '^nbtsend: nbddd: Connection reset by peer$'

stop nbnsd-gamma
ends_in_time() {
	on gamma env NBT_RUN_DIRECTORY="$lab/run-gamma" timeout 30 nbtsend --listen LATE --timeout=1
	[ $? = 1 ]
}
check "a listener ends after its time, though nobody decides on its name" ends_in_time

kill "$tshark_pid"
wait "$tshark_pid"
frames() { # FILTER
	tshark -r "$lab/beta.pcap" -Y "nbdgm && ($1)" 2>/dev/null
}
check "tshark reads what was sent" [ -n "$(frames 'browser.command == 8 && ip.src == 10.99.1.13')" ]
# It looks for names in further fragments, too, where there are none (RFC 1001 section 17.1.2).
check "none of it is malformed, or worth a warning" \
	[ -z "$(frames 'nbdgm.pkt_offset == 0 && (_ws.malformed || _ws.expert.severity >= 6291456)')" ]

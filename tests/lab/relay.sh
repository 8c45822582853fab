#!/bin/sh
# The relay role with Samba in two subnets, between which nothing is shared but two relays: no WINS
# server, no domain master browser. tshark reads what is sent.
. "$top_srcdir/tests/lab/net.sh"
lab_begin nmbd tshark setpriv

# relay NAME PEERS [SETTING...]: nbddd of host NAME, as a relay; PEERS with quotes and commas.
relay() {
	name=$1 peers=$2
	shift 2
	mkdir -p "$lab/$name" && chgrp nbt "$lab/$name" && chmod 1775 "$lab/$name"
	{
		echo "netbios-name = \"$name\"; node-type = \"b\"; run-directory = \"$lab/$name\";"
		echo "nbddd = { server = false; relay = true; peers = [$peers];"
		for setting; do echo "$setting;"; done
		echo "};"
	} >"$lab/$name.conf"
	run "$name" "nbddd-$name" nbddd -f -c "$lab/$name.conf"
	await 10 logged "nbddd-$name" 'node, relay'
}
counted() { # HOST NAME: it is not 0
	on "$1" nbtctl -d nbddd -r "$lab/$1" --csv stats | tr -d '\r' | grep "^$2,[1-9]"
}
says() { # HOST COMMAND PATTERN: a row that nbtctl prints
	# shellcheck disable=SC2086 # words
	on "$1" nbtctl -d nbddd -r "$lab/$1" --csv $2 | tr -d '\r' | tee "$lab/says"
	grep -q -e "$3" "$lab/says"
}

# Packets that an interface of a host sees, from now on: capture NAME HOST INTERFACE.
capture() {
	run "$2" "capture-$1" tshark -q -n -i "$3" -f "udp port 138" -w "$lab/$1.pcap"
	await 10 logged "capture-$1" 'Capturing on'
}
some() { # NAME FILTER
	tshark -n -r "$lab/$1.pcap" -Y "$2" 2>/dev/null | grep .
}

host alpha 10.99.1.12
host beta 10.99.1.11
host gamma 10.99.2.13
host delta 10.99.2.14
host r1 10.99.1.5
host r2 10.99.2.5

start_nmbd() { # HOST ADDRESS LOCAL-MASTER
	dir=$lab/samba-$1
	mkdir -p "$dir/private" "$dir/lock" "$dir/state" "$dir/cache" "$dir/pid" "$dir/socket"
	cat >"$dir/smb.conf" <<-EOC
		[global]
		netbios name = $1
		workgroup = LAB
		interfaces = $2/24
		bind interfaces only = yes
		name resolve order = bcast
		local master = $3
		preferred master = $3
		os level = 65
		domain master = no
		dns proxy = no
		private dir = $dir/private
		lock directory = $dir/lock
		state directory = $dir/state
		cache directory = $dir/cache
		pid directory = $dir/pid
		nmbd:socket dir = $dir/socket
	EOC
	run "$1" "nmbd-$1" nmbd --foreground --no-process-group --debug-stdout \
		-s "$dir/smb.conf" -l "$dir"
}
is_listed() { # HOST, in the browse list of gamma
	grep "^\"$1\"" "$(find "$lab/samba-gamma" -name browse.dat)"
}
announcement='browser.command == 0x01 && browser.server == "BETA"'

relay r1 '"10.99.2.5"' && relay r2 '"10.99.1.5"'
check "two relays run" eval 'running nbddd-r1 && running nbddd-r2'
capture r1 r1 eth0
capture r2 r2 eth0
start_nmbd gamma 10.99.2.13 yes
check "Samba is local master browser of subnet 2" \
	await 60 logged nmbd-gamma 'is now a local master browser for workgroup LAB on subnet 10.99.2.13'
start_nmbd beta 10.99.1.11 no
check "a server of subnet 1 announces itself to LAB<1D>" await 90 some r1 "$announcement"
check "the relay has heard it, and leaves it to browserd" \
	await 10 counted r1 relay.not-configured
check "nothing of it is on subnet 2" not some r2 "$announcement"
on delta nbtsend --direct --source DELTA --browse=host LAB
check "the browse list of subnet 2 has a server of the same subnet" await 60 is_listed DELTA
check "but not the one of subnet 1, which came before" not is_listed BETA

for relay in r1 r2; do
	sed -i 's/peers/relay-suffixes = ["!01", "!1E"]; peers/' "$lab/$relay.conf"
	on "$relay" nbtctl -d nbddd -r "$lab/$relay" reload >>"$lab/reload.log" 2>&1
done
stop nmbd-beta
start_nmbd beta 10.99.1.11 no
check "with <1D> switched on, the announcement is on subnet 2" \
	await 90 some r2 "$announcement && ip.dst == 10.99.2.255"
check "its packet is the relay's, its header names the server" \
	some r2 "$announcement && ip.src == 10.99.2.5 && nbdgm.src.ip == 10.99.1.11"
check "between the relays it is unicast" \
	some r2 "$announcement && ip.src == 10.99.1.5 && ip.dst == 10.99.2.5"
check "the browse list of subnet 2 has the server of subnet 1" await 60 is_listed BETA


# A client of subnet 1 asks for the list; it has no name server, and its request comes from the
# relay.
on alpha nbtsend --direct --source ALPHA --browse=backup-request LAB token=7
check "Samba answers to the relay, which sends it on to the client" await 20 some r2 \
	'browser.command == 0x0a && ip.src == 10.99.2.5 && ip.dst == 10.99.1.12 && nbdgm.src.ip == 10.99.2.13'
check "that is counted" counted r2 relay.replies
check "nbtctl shows the peer" says r1 "datagrams peers" '^10\.99\.2\.5,[1-9][0-9]*,[0-9]*,0,[0-9]*$'
check "and whose datagrams come" says r2 "datagrams flows" \
	'^BETA,00,42455441[20]*00,,10\.99\.1\.11,LAB,1D,[0-9]*,[0-9]*$'

stop capture-r1
stop capture-r2
for name in r1 r2; do
	check "tshark reads every packet of $name without complaint" not some "$name" \
		'nbdgm && (_ws.malformed || _ws.expert.severity >= 0x600000)'
done
check "and saw those of the relay" some r2 'nbdgm && ip.src == 10.99.2.5'

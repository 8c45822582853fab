#!/bin/sh
# Samba as the clients: nmbd on three hosts over two subnets registers its names, nmblookup of each
# finds the others', a host that moves is challenged. tshark reads what nbnsd sent.
. "$top_srcdir/tests/lab/net.sh"
lab_begin nmbd nmblookup net nbtscan tshark

host ns 10.99.1.5
host alpha 10.99.1.11
host beta 10.99.1.12
host gamma 10.99.2.13

samba_conf() { # HOST ADDRESS
	dir=$lab/samba-$1
	mkdir -p "$dir/private" "$dir/lock" "$dir/state" "$dir/cache" "$dir/pid" "$dir/socket"
	cat >"$dir/smb.conf" <<-EOC
		[global]
		netbios name = $1
		workgroup = LAB
		interfaces = $2/24
		bind interfaces only = yes
		wins server = 10.99.1.5
		name resolve order = wins
		local master = no
		domain master = no
		dns proxy = no
		private dir = $dir/private
		lock directory = $dir/lock
		state directory = $dir/state
		cache directory = $dir/cache
		pid directory = $dir/pid
		nmbd:socket dir = $dir/socket
	EOC
}

start_nmbd() { # HOST ADDRESS
	samba_conf "$1" "$2"
	run "$1" "nmbd-$1" nmbd --foreground --no-process-group --debug-stdout \
		-s "$lab/samba-$1/smb.conf" -l "$lab/samba-$1"
}

registered() { # NAME#SUFFIX ADDRESS, as nbnsd knows it
	on ns nbtlookup -U 10.99.1.5 --recursion "$1" | grep -q "^$2 "
}

# As nmblookup asks the name server, and as Samba's other programs do, without their cache.
finds() { # HOST NAME#SUFFIX ADDRESS
	on "$1" net -s "$lab/samba-$1/smb.conf" cache flush
	on "$1" nmblookup -s "$lab/samba-$1/smb.conf" -U 10.99.1.5 --recursion "$2" | grep "^$3 " &&
		on "$1" net -s "$lab/samba-$1/smb.conf" lookup host "$2" | grep "^$3\$"
}

status_lists() { # NAME PATTERN
	on alpha nmblookup -A 10.99.1.5 | grep -q "$1.*$2"
}

scan_lists() {
	on gamma nbtscan -q 10.99.1.5 | grep '^10.99.1.5 *NS *<server>'
}

on ns tshark -q -i eth0 -w "$lab/ns.pcap" -f 'udp port 137' >"$lab/tshark.log" 2>&1 &
tshark_pid=$!
await 20 grep -q Capturing "$lab/tshark.log"

nbnsd_start 'challenge-interval = "100ms"'
start_nmbd alpha 10.99.1.11
start_nmbd beta 10.99.1.12
start_nmbd gamma 10.99.2.13

for peer in 'alpha 10.99.1.11' 'beta 10.99.1.12' 'gamma 10.99.2.13'; do
	name=${peer% *} address=${peer#* }
	for suffix in 00 03 20; do
		check "nmbd registers $name<$suffix>" await 60 registered "$name#$suffix" "$address"
	done
done
check "nmbd registers its workgroup" await 60 registered "LAB#00" 255.255.255.255

for from in alpha beta gamma; do
	for peer in 'alpha#20 10.99.1.11' 'beta#00 10.99.1.12' 'gamma#20 10.99.2.13'; do
		[ "${peer%%#*}" = "$from" ] ||
			check "nmblookup on $from finds ${peer% *}" finds "$from" "${peer% *}" "${peer#* }"
	done
done

check "nmblookup -A reads nbnsd's node status" status_lists 'NS  *<20>' 'H <ACTIVE>'
check "with its workgroup" status_lists 'WORKGROUP  *<00>' '<GROUP> H <ACTIVE>'
check "nbtscan reads nbnsd's node status" scan_lists

# Cut off without a release, and back at another address.
stop "nmbd-gamma" KILL
address gamma eth0 10.99.2.14
start_nmbd gamma 10.99.2.14
check "a host that moved is challenged and replaced" await 60 registered gamma#20 10.99.2.14
check "nmblookup on alpha finds it there" finds alpha gamma#20 10.99.2.14

stop nbnsd
nbnsd_start 'challenge-interval = "100ms"'
check "after a restart alpha is there" registered alpha#20 10.99.1.11
check "after a restart gamma is there" registered gamma#20 10.99.2.14

# Samba answers the challenge of a name that it has.
refused() {
	on beta claim -k 10.99.1.5 ALPHA#20 10.99.1.12 | grep '^ALPHA<20>: not registered: negative answer$'
}
check "a claim of a living host's name is refused" refused
check "and the name is where it was" registered alpha#20 10.99.1.11

stop nmbd-beta
check "a stopped nmbd releases its name" await 30 not registered beta#20 10.99.1.12
check "nmblookup on gamma does not find it" not finds gamma beta#20 10.99.1.12

kill "$tshark_pid"
wait "$tshark_pid"
frames() { # FILTER
	tshark -r "$lab/ns.pcap" -Y "nbns && ip.src == 10.99.1.5 && ($1)" 2>/dev/null
}
check "tshark decodes what nbnsd sent" [ "$(frames 'nbns.flags.response == 1' | wc -l)" -gt 20 ]
check "none of it is malformed" [ -z "$(frames '_ws.malformed || _ws.expert.severity >= 6291456')" ]
check "it sent a WACK" [ -n "$(frames 'nbns.flags.opcode == 7')" ]
check "it asked gamma's old address" [ -n "$(frames 'ip.dst == 10.99.2.13 && nbns.flags.response == 0')" ]

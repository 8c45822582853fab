#!/bin/sh
# Names that only DNS knows, with a real DNS server: alive, late, dead, and back. Case 71.
. "$top_srcdir/tests/lab/net.sh"
lab_begin dnsmasq

host ns 10.99.1.5
host dns 10.99.1.53
host a 10.99.1.11

start_dns() {
	run dns dnsmasq dnsmasq -k -C /dev/null -u root -g root --pid-file --no-resolv --no-hosts \
		--log-facility=- --log-queries --local-ttl=600 --local=/example.org/ \
		--address=/foo.example.org/10.99.9.1 --address=/late.example.org/10.99.9.2 \
		--address=/fred.example.org/10.99.9.3 --address=/back.example.org/10.99.9.4
	await 10 logged dnsmasq started
}
finds() { # ADDRESS NAME
	on a nbtlookup -U 10.99.1.5 --recursion "$2" >"$lab/found"
	cat "$lab/found"
	grep -q "^$1 ${2%#*}<${2#*#}>" "$lab/found"
}
unknown() { # NAME
	not on a nbtlookup -U 10.99.1.5 --recursion "$1"
}

fred=20454746434546454543414341434143414341434143414341434143414341434100
register_fred() {
	on a nbtpacket 10.99.1.5 "000129000001000000000001${fred}00200001c00c00200001000493e0000660000a63010b" >/dev/null
}

start_dns
nbnsd_start 'dns-fallback = { servers = ["10.99.1.53"]; domains = ["example.org"]; timeout = "2s"; negative-ttl = "1s" }'

check "a name that DNS knows is found" finds 10.99.9.1 'FOO#20'
check "it is asked for in the domain" logged dnsmasq 'query\[A\] FOO.example.org'
check "suffix 00 is looked up, too" finds 10.99.9.1 'FOO#00'
check "and is known already" [ "$(grep -c 'query\[A\] FOO' "$lab/dnsmasq.log")" = 1 ]
check "suffix 03 is not" unknown 'FOO#03'
check "a name that DNS lacks is unknown" unknown 'NOBODY#20'
check "FRED is known from DNS" finds 10.99.9.3 'FRED#20'
check "and registers" register_fred
check "from then on that is what counts" finds 10.99.1.11 'FRED#20'

# Silent, as a server behind a cut cable.
kill -STOP "$(cat "$lab/dnsmasq.pid")"
run a waiting nbtlookup -U 10.99.1.5 --recursion 'LATE#20'
check "while DNS is silent others are served" finds 10.99.1.11 'FRED#20'
check "and the one who waits, waits" running waiting
check "what is known stays known" finds 10.99.9.1 'FOO#20'
check "a new name is unknown in time" unknown 'MORE#20'
kill -CONT "$(cat "$lab/dnsmasq.pid")"
check "when DNS is back names are found" await 20 finds 10.99.9.2 'LATE#20'

# Dead: ICMP errors come back.
stop dnsmasq
check "while DNS is dead names are unknown" unknown 'DEAD1#20'
check "again and again" unknown 'DEAD2#20'
check "others are served" finds 10.99.1.11 'FRED#20'
start_dns
check "when it is back names are found" await 20 finds 10.99.9.4 'BACK#20'
check "it is all quiet" not grep -i -e error -e warning "$lab/nbnsd.log"
stop nbnsd

nbnsd_start
check "without the setting DNS is not asked" unknown 'FOO#20'
stop nbnsd

# Domains alone: the servers of /etc/resolv.conf.
echo 'nameserver 10.99.1.53' >"$lab/etc/resolv.conf"
nbnsd_start 'dns-fallback = { domains = ["example.org"] }'
check "with domains alone the servers of resolv.conf are asked" finds 10.99.9.1 'FOO#20'

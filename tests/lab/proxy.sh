#!/bin/sh
# proxy = true: hosts that only broadcast find names of other subnets, by the name server itself on
# its own subnet, and by a node on another one that asks it. nmblookup is such a host.
. "$top_srcdir/tests/lab/net.sh"
lab_begin nmblookup

host ns 10.99.1.5
host a 10.99.1.11
host p 10.99.2.5
host b 10.99.2.12

# A proxy that is no name server.
start_proxy() { # VALUE
	install -d -o nbnsd -g nbt "$lab/run-p"
	cat >"$lab/p.conf" <<EOF
netbios-name = "P"; workgroup = "ELSEWHERE";
run-directory = "$lab/run-p";
wins-servers = ["10.99.1.5"];
nbnsd = { server = false; proxy = $1; };
EOF
	run p p nbnsd -f -c "$lab/p.conf"
	await 10 on p nbtlookup -U 127.0.0.1 P
}

registers() { # HOST ADDRESS NAME
	on "$1" claim -k 10.99.1.5 "$3" "$2"
}
finds() { # HOST BROADCAST NAME ADDRESS
	on "$1" nmblookup -B "$2" "$3#${5:-20}" >"$lab/found"
	cat "$lab/found"
	grep -q "^$4 " "$lab/found"
}
finds_nothing() { # HOST BROADCAST NAME
	on "$1" nmblookup -B "$2" "$3#${4:-20}" >"$lab/found"
	cat "$lab/found"
	grep -q 'failed to find' "$lab/found"
}

nbnsd_start 'proxy = true'
check "a proxy starts" start_proxy true
check "a host of subnet 1 is registered" registers a 10.99.1.11 NEAR
check "a host of subnet 2 is registered" registers b 10.99.2.12 FAR

check "by broadcast on subnet 1 the name of subnet 2 is found" \
	finds a 10.99.1.255 FAR 10.99.2.12
check "but none of the same subnet: its owner would answer" finds_nothing a 10.99.1.255 NEAR
check "nor one that is nowhere" finds_nothing a 10.99.1.255 NOWHERE
check "by broadcast on subnet 2 the name of subnet 1 is found" \
	finds b 10.99.2.255 NEAR 10.99.1.11
check "but none of the same subnet" finds_nothing b 10.99.2.255 FAR
check "nor one that is nowhere" finds_nothing b 10.99.2.255 NOWHERE
check "a group of everybody is not answered" finds_nothing b 10.99.2.255 WORKGROUP 00
check "the proxy's own name still is" finds b 10.99.2.255 P 10.99.2.5

stop p
check "without the setting it starts, too" start_proxy false
check "and then nothing of other subnets is found" finds_nothing b 10.99.2.255 NEAR

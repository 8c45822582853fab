#!/bin/sh
# Addresses and interfaces that vanish, come back, change and come late, under load; container bridges.
. "$top_srcdir/tests/lab/net.sh"
lab_begin

host ns 10.99.1.5
host a 10.99.1.11
host b 10.99.2.12

answers() { # HOST ADDRESS
	on "$1" nbtlookup -U "$2" NS
}
hears_broadcasts() { # HOST BROADCAST
	on "$1" nbtlookup -B "$2" NS
}

# Both go on asking what is not answered, until they are told to stop.
start_loads() {
	run a load-a nbtbench register --server 10.99.1.5 --client-base 10.99.1.11 --clients 1 \
		--names 1000000 --rate 1000 --again
	on b nbtbench register --server 10.99.1.5 --client-base 10.99.2.12 --clients 1 \
		--first 2000000 --names 1000 >/dev/null
	run b load-b nbtbench query --server 10.99.2.5 --client-base 10.99.2.12 --clients 1 \
		--first 2000000 --names 1000 --requests 100000000 --rate 1000 --again
}
load_is_good() { # NAME
	stop "$1"
	status=$?
	cat "$lab/$1.log"
	[ $status = 0 ] && not logged "$1" ' 0 answered'
}

nbnsd_start 'rate-limit = 0'
check "the address of eth0 is served" answers a 10.99.1.5
check "its broadcasts are heard" hears_broadcasts a 10.99.1.255
check "limited broadcasts are heard" hears_broadcasts a 255.255.255.255
check "from the host itself it is served" on ns nbtlookup -U 10.99.1.5 NS
check "127.0.0.1 is served" on ns nbtlookup -U 127.0.0.1 NS

start_loads
plug ns eth1 10.99.2.5
on ns ip route replace default via 10.99.1.1
check "an interface that comes late is served" await 10 answers b 10.99.2.5
check "its broadcasts are heard" await 10 hears_broadcasts b 10.99.2.255

address ns eth1 10.99.2.6
on ns ip route replace default via 10.99.1.1
check "an address that changed is served" await 10 answers b 10.99.2.6
check "the one before is gone" await 10 logged nbnsd '10.99.2.5 (eth1) is gone'

on ns ip link del eth1
check "an interface that vanished is gone" await 10 logged nbnsd '10.99.2.6 (eth1) is gone'
check "the other one is served" answers a 10.99.1.5

on ns ip link set eth0 down
check "an interface that is down is gone" await 10 logged nbnsd '10.99.1.5 (eth0) is gone'
on ns ip link set eth0 up
check "and served again when it is up" await 10 answers a 10.99.1.5

plug ns eth1 10.99.2.5
on ns ip route replace default via 10.99.1.1
on b ip neigh flush dev eth0 # the new interface has another MAC address
check "an interface of an old name, with an old address, is served" await 10 answers b 10.99.2.5

check "all that was registered meanwhile was answered rightly" load_is_good load-a
check "and all that was asked at the address that went and came" load_is_good load-b
sed -n 's/.*sent/# &/p' "$lab/load-a.log" "$lab/load-b.log"

on ns ip link add docker0 type bridge
on ns ip addr add 172.17.0.1/16 brd + dev docker0
on ns ip link set docker0 up
on ns ip addr add 10.99.1.6/24 brd + dev eth0
check "of two addresses of a subnet both are served" await 10 answers a 10.99.1.6
check "one hears its broadcasts" hears_broadcasts a 10.99.1.255
check "a container bridge is left alone" not logged nbnsd 172.17.0.1
check "nothing answers there" not on ns nbtlookup -U 172.17.0.1 NS

on ns sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/promote_secondaries'
on ns ip addr del 10.99.1.5/24 dev eth0
check "the broadcasts go to the address that stays" await 10 hears_broadcasts a 10.99.1.255

on ns sh -c 'echo 1 >/proc/sys/net/ipv4/ip_nonlocal_bind'
run ns holder perl -MSocket -e 'socket(S, PF_INET, SOCK_DGRAM, 0) &&
	bind(S, pack_sockaddr_in(137, inet_aton("10.99.1.7"))) or die; sleep'
await 10 on ns grep -q 0701630A:0089 /proc/net/udp
on ns ip addr add 10.99.1.7/24 brd + dev eth0
check "an address whose port is taken is told" await 10 logged nbnsd '10.99.1.7 is taken by'
stop holder
check "and served when it is free" await 15 answers a 10.99.1.7
# As "ip addr add" leaves it without "brd +".
on ns ip addr add 10.99.2.7/24 dev eth1
check "an address without a broadcast address is served" await 10 answers b 10.99.2.7
on b ip addr del 10.99.2.12/24 dev eth0
on b ip addr add 10.99.2.12/24 dev eth0
check "without one nbtlookup asks the subnet" on b nbtlookup NS
stop nbnsd
on ns ip addr flush dev eth1
on ns ip addr add 10.99.2.5/24 dev eth1
on ns ip addr add 10.99.3.1/32 dev eth1
nbnsd_start
check "nor does the start want one, and none of a subnet" on b nbtlookup -B 10.99.2.255 NS
on ns ip route replace default via 10.99.1.1
on b ip route replace default via 10.99.2.1

stop nbnsd
on ns ip addr add 10.99.1.5/24 brd + dev eth0
nbnsd_start 'listen = ["172.17.0.1", "127.0.0.1", "10.99.2.5", "10.99.2.9"]'
check "a container bridge that is named is served" on ns nbtlookup -U 172.17.0.1 NS
check "an address that listen names is served" answers b 10.99.2.5
check "one that it does not name is not" not answers a 10.99.1.5
check "one that is not there is told" logged nbnsd '10.99.2.9 is not an address of this host'
on ns ip addr add 10.99.2.9/24 brd + dev eth1
check "and served when it comes" await 10 answers b 10.99.2.9
check "the daemon did not mind any of it" running nbnsd

stop nbnsd
nbnsd_fresh
on ns ip addr add 10.99.2.8/24 brd + dev eth1 label eth1:old
echo "netbios-name = \"NS\"; interfaces = [\"10.99.1.0/24\", \"eth1\", \"eth7\"];
	nbnsd = { database = \"$lab/db/names.db\"; };" >"$lab/interfaces.conf"
run ns nbnsd nbnsd -f -c "$lab/interfaces.conf"
check "interfaces are chosen by name" await 10 answers b 10.99.2.5
check "an address with a label belongs to them" answers b 10.99.2.8
check "and by network" answers a 10.99.1.5
check "one that is not there is told" logged nbnsd '"eth7" of interfaces is not there'
check "what is there is not" not logged nbnsd '"10.99.1.0/24" of'

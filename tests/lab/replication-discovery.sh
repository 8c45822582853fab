#!/bin/sh
# Servers that find each other by multicast, and who is not believed.
. "$top_srcdir/tests/lab/net.sh"
lab_begin python3
. "$top_srcdir/tests/lab/servers.sh"

host one 10.99.1.5
host two 10.99.1.6
host stranger 10.99.1.66
on stranger ip addr add 198.51.100.7/24 dev eth0

partners() { # HOST: one a line
	ctl "$1" partners --json | grep -o '"partner":"[^"]*"' | cut -d'"' -f4 | sort | tr '\n' ' '
}
are() { # HOST ADDRESSES
	partners "$1"
	[ "$(partners "$1")" = "$2" ]
}
says() { # SOURCE HEX: to everybody
	on stranger python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 42))
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(sys.argv[1]))
s.sendto(bytes.fromhex(sys.argv[2]), ("224.0.1.24", 42))' "$1" "$2"
}
hears() { # the next datagram to the group
	on stranger timeout 100 python3 -c '
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("224.0.1.24", 42))
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("224.0.1.24") + socket.inet_aton("10.99.1.66"))
print("ready", flush=True)
while True:
	data, source = s.recvfrom(100)
	print(source[0], source[1], data.hex(), flush=True)'
}

hears >"$lab/heard" &
hears_pid=$!
await 5 grep -q ready "$lab/heard"

serve one 'replication = { discovery = true; }'
serve two 'replication = { discovery = true; }'
check "one starts" begin one
check "it says that it is there" await 5 grep -q '^10.99.1.5 42 cdab0000000000000a63010500000000$' "$lab/heard"
check "it has no partner" are one ''
check "the other starts" begin two
check "one has heard of it" await 10 are one '10.99.1.6 '
check "as a partner that was found" eval 'ctl one partners --json | grep "\"discovered\":true"'
ctl one names add FRED 10.1.1.1 >/dev/null
# The other one was not there when one said so; what it gets is notified of to it.
serve two 'replication = { discovery = true; }' 'partners = ( { address = "10.99.1.5"; } )'
check "a configured one beside it" ctl two reload
check "has the names" await 10 on two nbtlookup -U 127.0.0.1 --recursion FRED#20
check "one that goes says so" stop two
check "to everybody" await 5 grep -q '^10.99.1.6 42 cdab0000010000000a63010600000000$' "$lab/heard"
check "and is none any more" await 5 are one ''
check "it comes back" begin two
check "and is one" await 10 are one '10.99.1.6 '

says 10.99.1.66 cdab0000000000000a63016300000000
check "who is not in the own list is no partner" await 5 counted one discovery.refused 1
says 198.51.100.7 cdab000000000000c633640700000000
check "nor who is not of a private network" await 5 counted one discovery.refused 2
says 10.99.1.66 cdab0000010000000a63010600000000
check "nobody is sent away by others" await 5 counted one discovery.refused 3
says 10.99.1.66 d0ab0000000000000a63014200000000
check "what is no such datagram" await 5 counted one discovery.malformed 1
check "nothing of it changes anything" are one '10.99.1.6 '
says 10.99.1.66 cdab0000000000000a6301420a6301
check "who speaks for himself is" await 5 are one '10.99.1.6 10.99.1.66 '
says 10.99.1.5 cdab0000010000000a63010500000000 2>/dev/null
says 10.99.1.66 cdab0000070000000a63014200000000
check "until he goes" await 5 are one '10.99.1.6 '
check "configured ones never go by it" eval 'stop one && await 5 grep -q "^10.99.1.5 42 cdab000001" "$lab/heard" && are two "10.99.1.5 "'

serve one 'partners = ( { address = "10.99.1.6"; } )'
check "off is the default" begin one
: >"$lab/heard.was" && cp "$lab/heard" "$lab/heard.was"
check "nothing is heard then" eval 'on one not ss -lnuH "sport = :42" | grep . ; [ -z "$(on one ss -lnuH "sport = :42")" ]'

# An address that comes after the start, as of a service that moves between hosts.
host late 10.99.1.8
serve late 'replication-address = "10.99.1.9"' 'replication = { discovery = true; }'
check "one starts without the address by which it is known" begin late
check "the address comes" on late ip addr add 10.99.1.9/24 dev eth0
check "and it says that it is there" await 10 grep -q '^10.99.1.9 42 cdab0000000000000a63010900000000$' "$lab/heard"
kill "$hears_pid" 2>/dev/null

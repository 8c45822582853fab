#!/bin/sh
# Complete lists of members by UDP and TCP for those who may have them, and what others get.
. "$top_srcdir/tests/lab/net.sh"
lab_begin

host ns 10.99.1.5
host a 10.99.1.11  # a datagram distribution server
host b 10.99.2.12  # anybody

repeat() { # TEXT TIMES
	printf "$1%.0s" $(seq "$2")
}
lab00=20454d45424543$(repeat 4341 12)414100 # encoded
star=20434b$(repeat 4141 15)00
query() { # ENCODED NAME
	echo "000101000001000000000000${1}00200001"
}

# framed HEX...: with their lengths in front, for TCP.
framed() {
	for message; do printf '%04x%s' $((${#message} / 2)) "$message"; done
}

# hears HOST PATTERN OPTION...: what nbtpacket prints matches.
hears() {
	lab_from=$1 pattern=$2
	shift 2
	on "$lab_from" nbtpacket -t 5 "$@" >"$lab/heard"
	cut -c1-200 "$lab/heard"
	grep -Eq "$pattern" "$lab/heard"
}

# 10.99.3.1 to 10.99.3.N become members of LAB<00>.
register() { # N
	for n in $(seq "$1"); do
		on b nbtpacket 10.99.1.5 "00$(printf %02x "$n")29000001000000000001${lab00}00200001c00c00200001000493e00006e0000a6303$(printf %02x "$n")" \
			>/dev/null || return 1
	done
}

# Answers: header, name, type, class, TTL, length, entries.
answer() { # FLAGS ENCODED NAME ENTRIES
	printf '0001%s0000000100000000%s0020000100000000%04x' "$1" "$2" $(($3 * 6))
}
size() { # ENTRIES: of an answer, with its length in front
	echo $((2 + 12 + 34 + 10 + $1 * 6))
}

nbnsd_start 'group-members-to = ["10.99.1.11"]' 'rate-limit = 0' 'tcp-idle-timeout = "1s"'
check "100 members register" register 100

check "a client is told 255.255.255.255" hears b "$(answer 8580 "$lab00" 1)8000ffffffff\$" 10.99.1.5 "$(query "$lab00")"
check "a permitted asker 82 members, with TC" hears a "$(answer 8780 "$lab00" 82)(80000a6303..){82}\$" 10.99.1.5 "$(query "$lab00")"
check "by TCP it gets all" hears a "^0290$(answer 8580 "$lab00" 100)(80000a6303..){100}\$" -s -n "$(size 100)" 10.99.1.5 "$(framed "$(query "$lab00")")"
check "two questions at once have two answers" hears a "^(0290$(answer 8580 "$lab00" 100)(80000a6303..){100}){2}\$" \
	-s -n $((2 * $(size 100))) 10.99.1.5 "$(framed "$(query "$lab00")" "$(query "$lab00")")"
# The server's own address is the 101st.
check "a query for * has everybody who is active" hears a "$(answer 8580 "$star" 101)80000a63010580000a6303" \
	-s -n "$(size 101)" 10.99.1.5 "$(framed "$(query "$star")")"
check "and by UDP as many as it holds" hears a "$(answer 8780 "$star" 82)" 10.99.1.5 "$(query "$star")"
check "of others it is not known" hears b '^10.99.1.5:137 00018583' 10.99.1.5 "$(query "$star")"

status=000100000001000000000000${star}00210001
check "node status by TCP" hears a '^....00018400' -s -n 40 10.99.1.5 "$(framed "$status")"

check "others' connections are closed" not hears b . -s -n 1 10.99.1.5 "$(framed "$(query "$lab00")")"
check "nobody registers by TCP" not hears a .. -s -n 1 10.99.1.5 \
	"$(framed "000229000001000000000001${lab00}00200001c00c00200001000493e00006e0000a630b01")"
check "half a question ends by itself" not hears a .. -s -n 1 10.99.1.5 0032
check "a question too long ends at once" not hears a .. -s -n 1 10.99.1.5 ffff
check "all goes on" hears a "$(answer 8580 "$lab00" 100)" -s -n "$(size 100)" 10.99.1.5 "$(framed "$(query "$lab00")")"

plug ns eth1 10.99.2.5
on ns ip route replace default via 10.99.1.1
check "an address that comes is served by TCP, too" await 10 \
	hears a "$(answer 8580 "$lab00" 100)" -s -n "$(size 100)" 10.99.2.5 "$(framed "$(query "$lab00")")"

stop nbnsd
nbnsd_start
check "by default nobody else is given members" hears a "8000ffffffff\$" 10.99.1.5 "$(query "$lab00")"
check "but programs of this host" hears ns "$(answer 8780 "$lab00" 82)" 127.0.0.1 "$(query "$lab00")"
check "nothing is logged but what is served" not grep -i -e error -e warning "$lab/nbnsd.log"

#!/bin/sh
# Conformance cases whose edge counts, against the real daemon: bytes in, bytes out.
. "$top_srcdir/tests/lab/net.sh"
lab_begin

host ns 10.99.1.5
host a 10.99.1.11
host b 10.99.2.12
host c 10.99.2.13

# A name as it is on the wire.
encode() { # NAME SUFFIX
	letters=$(printf '%-15s' "$1" | od -An -tx1 | tr -d ' \n')$2
	printf '20%s00' "$(printf '%s' "$letters" | tr 0123456789abcdef ABCDEFGHIJKLMNOP |
		od -An -tx1 | tr -d ' \n')"
}
hex() { # ADDRESS
	# shellcheck disable=SC2046 # four words
	printf '%02x%02x%02x%02x' $(echo "$1" | tr . ' ')
}

name=$(encode FRED 20)
NB=00200001
POSITIVE=ad80
TTL_6D=0007e900

# Requests for $name as an H node, and what answers them.
registration() { # ID ADDRESS
	echo "${1}29000001000000000001${name}${NB}c00c${NB}000493e000066000$(hex "$2")"
}
query() { # ID
	echo "${1}01000001000000000000${name}${NB}"
}
answer() { # ID FLAGS TTL ADDRESS
	echo "10.99.1.5:137 ${1}${2}0000000100000000${name}${NB}${3}00066000$(hex "$4")"
}
wack() { # ID
	echo "10.99.1.5:137 ${1}bc000000000100000000${name}${NB}0000000900022900"
}

# ask HOST WANT NBTPACKET-ARGUMENTS...: what comes back is as wanted.
ask() {
	host=$1 want=$2
	shift 2
	got=$(on "$host" nbtpacket "$@")
	[ "$got" = "$want" ] && return
	printf 'wanted:\n%s\ngot:\n%s\n' "$want" "$got"
	return 1
}

nbnsd_start

# The digest's test vectors V1, V2, V5, V6, V7 by these functions.
check "case 11: a registration gets the renewal interval, id and bytes as in V2" \
	ask a "$(answer 8001 $POSITIVE $TTL_6D 10.0.0.5)" 10.99.1.5 "$(registration 8001 10.0.0.5)"
check "case 12: a query from another subnet gets V6" \
	ask c "$(answer 8002 8580 00000000 10.0.0.5)" 10.99.1.5 "$(query 8002)"
check "case 23: a request from port 40000 is answered there" \
	ask c "$(answer 8003 8580 00000000 10.0.0.5)" -p 40000 10.99.1.5 "$(query 8003)"

# looked_up STATUS NAME LINE...: what nbtlookup prints, byte for byte, and its exit status.
looked_up() {
	wanted=$1 asked=$2
	shift 2
	got=$(on c nbtlookup -U 10.99.1.5 --recursion "$asked")
	status=$?
	echo "$got"
	[ $status = "$wanted" ] && [ "$got" = "$(printf '%s\n' "$@")" ]
}
check "case 81: nbtlookup finds the name" \
	looked_up 0 FRED#20 "querying FRED on 10.99.1.5" "10.0.0.5 FRED<20>"
check "case 81: nbtlookup does not find an unknown name" \
	looked_up 1 JANE#20 "querying JANE on 10.99.1.5" "name_query failed to find name JANE#20"

# From here FRED<20> is at a, which can be asked.
nbnsd_restart_fresh() {
	stop nbnsd
	nbnsd_fresh
	nbnsd_start
}
nbnsd_restart_fresh

cat >"$lab/a.conf" <<-EOC
	netbios-name = "FRED"
	nbnsd = { server = false }
EOC
run a fred nbnsd -f -c "$lab/a.conf"
await 10 on a nbtlookup -U 10.99.1.11 FRED#20
ask a "$(answer 0001 $POSITIVE $TTL_6D 10.99.1.11)" 10.99.1.5 "$(registration 0001 10.99.1.11)"
check "case 33: the owner answers the challenge: WACK, then ACT_ERR" \
	ask b "$(wack 0002; answer 0002 ad86 00000000 10.99.2.12)" \
	-n 2 10.99.1.5 "$(registration 0002 10.99.2.12)"
check "case 33: the name is where it was" \
	ask c "$(answer 0003 8580 00000000 10.99.1.11)" 10.99.1.5 "$(query 0003)"

stop fred
run a silent nbtpacket -p 137 -n 3 -t 20
await 10 logged silent listening
check "case 34: a silent owner loses the name: WACK, then positive" \
	ask b "$(wack 0004; answer 0004 $POSITIVE $TTL_6D 10.99.2.12)" \
	-n 2 -t 10 10.99.1.5 "$(registration 0004 10.99.2.12)"
check "case 34: it was asked three times, from port 137, with RD=0" \
	[ "$(grep -c "^10.99.1.5:137 ....00000001000000000000${name}${NB}\$" "$lab/silent.log")" = 3 ]
check "case 34: the name is at its new owner" \
	ask c "$(answer 0005 8580 00000000 10.99.2.12)" 10.99.1.5 "$(query 0005)"

stop nbnsd
check "a stopped server exits with status 0" [ $? = 0 ]
nbnsd_start
check "case 69: restarted after SIGTERM it has the name" \
	ask c "$(answer 0006 8580 00000000 10.99.2.12)" 10.99.1.5 "$(query 0006)"

name=$(encode JANE 20)
check "a name is registered" \
	ask b "$(answer 0007 $POSITIVE $TTL_6D 10.99.2.12)" 10.99.1.5 "$(registration 0007 10.99.2.12)"
stop nbnsd KILL
nbnsd_start
check "what was answered outlives kill -9" \
	ask c "$(answer 0008 8580 00000000 10.99.2.12)" 10.99.1.5 "$(query 0008)"

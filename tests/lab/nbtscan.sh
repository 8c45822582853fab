#!/bin/sh
# nbtscan finds 200 hosts in a routed /16, twice, at the rate that it was given, and says what Debian's
# nbtscan says of them; ICMP, answers from other addresses, a name server that knows more, misuse.
#
# Of the /16 only the 200 have routes: half of the rest is a black hole, half unreachable. In a subnet
# of this size the router would ask by ARP for each address, and the kernel's table of neighbours, one
# for all namespaces, holds a thousand (gc_thresh3).
. "$top_srcdir/tests/lab/net.sh"
lab_begin nbtscan python3 script tc
debian=$(PATH=/usr/bin:/bin command -v nbtscan) || lab_skip "Debian's nbtscan is not installed"

host scan 10.99.1.11
host ns 10.99.1.5

# address_of N: the N-th of the 200.
address_of() {
	echo "10.50.$(($1 * 83 % 256)).$(($1 * 37 % 254 + 1))"
}
# far_host N: a host of that name with 50 of the addresses; they are in $lab/farN.
far_host() {
	host "far$1" "10.99.2.2$1"
	i=$((($1 - 1) * 50)) end=$(($1 * 50))
	while [ $i -lt $end ]; do
		address_of $i
		i=$((i + 1))
	done >"$lab/far$1"
	sed 's|.*|addr add &/32 dev eth0|' "$lab/far$1" | on "far$1" ip -batch -
	sed "s|.*|route add &/32 via 10.99.2.2$1|" "$lab/far$1" | ip -batch -
}
# far_nbnsd N NAME: nbnsd answers there.
far_nbnsd() {
	mkdir "$lab/run$1"
	chown nbnsd "$lab/run$1"
	cat >"$lab/far$1.conf" <<-EOT
		netbios-name = "$2"; workgroup = "MILL"; run-directory = "$lab/run$1";
		interfaces = ["10.50.0.0/16"];
		nbnsd = { server = false; rate-limit = 0; }
	EOT
	run "far$1" "nbnsd$1" nbnsd -f -c "$lab/far$1.conf"
}
# far_responder N: the table is on stdin.
far_responder() {
	cat >"$lab/far$1.table"
	# shellcheck disable=SC2046 # words
	run "far$1" "responder$1" responder "$lab/far$1.table" $(cat "$lab/far$1")
}
# status MAC NAME<XX>|NAME<XX>G...: a row of a responder
status() {
	python3 - "$@" <<-'EOT'
		import sys
		mac, names, out = sys.argv[1], sys.argv[2:], b""
		for name in names:
		    text, rest = name.split("<")
		    flags = b"\xe4\x00" if rest.endswith("G") else b"\x64\x00"
		    out += text.encode().decode("unicode_escape").encode("latin-1").ljust(15) + bytes([int(rest[:2], 16)]) + flags
		print("status *", (bytes([len(names)]) + out + bytes.fromhex(mac) + bytes(40)).hex())
	EOT
}

for n in 1 2 3 4; do far_host $n; done
ip route add blackhole 10.50.0.0/17
ip route add unreachable 10.50.128.0/17
far_nbnsd 1 LATHE
far_nbnsd 2 SAW
status 001122334455 'DC<00>' 'MILL<00>G' 'DC<20>' 'MILL<1b>' 'MILL<1c>G' 'MILL<1d>' \
	'\x01\x02__MSBROWSE__\x02<01>G' 'DC<03>' 'ADMIN<03>' | far_responder 3
status 000000000000 'NPI0A1B2C<00>' 'OFFICE<00>G' 'M\x81LLER<03>' | far_responder 4
cat "$lab"/far[1-4] | sort >"$lab/want"

scan() {
	on scan nbtscan "$@"
}
sent() { # the datagrams that the host has sent
	on scan awk '/^Udp: [0-9]/ { print $5 }' /proc/net/snmp
}
# finds_all RESULT: the /16 at 5,000 a second; 65,536 requests take 13.1 s at least.
finds_all() {
	before=$(sent) began=$(date +%s%3N)
	scan -q -s : --rate=5000 10.50.0.0/16 >"$1" || return 1
	took=$(($(date +%s%3N) - began)) count=$(($(sent) - before))
	echo "$count requests in $took ms"
	cut -d: -f1 "$1" | sort | diff "$lab/want" - && [ $count = 65536 ] && [ $took -ge 13107 ]
}
# like_debian OPTION...: the 200, a few that are silent, and what nbtscan says of them
like_debian() {
	{ cat "$lab/want" && printf '10.50.1.%s\n' 1 2 3; } >"$lab/list"
	on scan "$debian" "$@" -f "$lab/list" | grep -av '^Incomplete packet' | LC_ALL=C sort >"$lab/theirs"
	scan "$@" -f "$lab/list" | LC_ALL=C sort >"$lab/ours"
	[ "$(wc -l <"$lab/theirs")" -ge 200 ] && diff "$lab/theirs" "$lab/ours"
}
# json EXPRESSION ARGUMENT...: of Python about the list rows
json() {
	filter=$1
	shift
	scan --json "$@" >"$lab/json"
	python3 -c "
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
sys.exit(not ($filter))" "$lab/json"
}
first() { # HOST: one of its addresses
	head -n 1 "$lab/far$1"
}

check "all of them answer" await 20 eval 'scan -q -f "$lab/want" | wc -l | grep -x 200'
check "200 in a routed /16 are found, at the rate" finds_all "$lab/first"
check "and once more" finds_all "$lab/second"
check "each with the same words" eval 'sort "$lab/first" >"$lab/a"; sort "$lab/second" | diff "$lab/a" -'
# A line of 1 Mbit/s takes 1,300 a second, and what waits for it fills the socket's buffer.
slowly() {
	before=$(sent)
	on scan tc qdisc add dev eth0 root tbf rate 1mbit burst 2k limit 1m || return 1
	scan -q -s : --rate=5000 -f "$lab/want" 10.50.0.0/22 10.50.128.0/22 >"$lab/slow"
	on scan tc qdisc del dev eth0 root
	cut -d: -f1 "$lab/slow" | sort -u | diff "$lab/want" - && [ $(($(sent) - before)) -gt 2048 ]
}
check "on a slow line, too" slowly
check "the lines for scripts are nbtscan's" like_debian -s :
check "the names for scripts are nbtscan's" like_debian -v -s :
check "what they are for is nbtscan's" like_debian -v -h -s ,
check "the lines of lmhosts are nbtscan's" like_debian -l
check "the lines of hosts are nbtscan's" like_debian -e
check "the table is nbtscan's" like_debian
check "the tables of names are nbtscan's" like_debian -v

check "a machine in JSON" json 'len(rows) == 1 and rows[0]["name"] == "DC" and rows[0]["workgroup"] == "MILL"
	and rows[0]["user"] == "ADMIN" and rows[0]["server"] and rows[0]["answered"]
	and rows[0]["kinds"] == ["domain master", "domain controller", "master browser", "file server"]
	and rows[0]["status"]["mac"] == "00:11:22:33:44:55" and len(rows[0]["status"]["names"]) == 9' "$(first 3)"
check "an address of zeros is Samba's" json 'rows[0]["kinds"] == ["printer", "Samba"]' "$(first 4)"
check "JSON is in UTF-8" json 'rows[0]["user"] == "MüLLER"' "$(first 4)"
check "the wide table has workgroup and kind" eval \
	'scan -w "$(first 3)" | grep "DC  *MILL  *ADMIN  *00:11:22:33:44:55  domain master, domain controller, "'
check "the dump has fields" eval 'scan -d "$(first 3)" | grep "^Number of names: 0x09 (9)$"'
terminal() {
	on scan script -qec "nbtscan --rate=100 10.50.1.1-50 $(first 3)" /dev/null
}
check "on a terminal it shows how far it is, and kinds" eval \
	'terminal | grep "[0-9] of 51 asked, .* left" && terminal | grep "domain controller"'

# It says at once that nobody listens.
check "ICMP ends the wait" exits 1 timeout 20 nsenter --net=/run/netns/scan \
	nbtscan -t 60000 10.99.2.21 10.99.1.1
check "what has no route is not waited for" exits 1 timeout 20 nsenter --net=/run/netns/scan \
	sh -c 'ip route del default; nbtscan -t 60000 10.51.0.0/28; s=$?; ip route add default via 10.99.1.1; exit $s'

host multi 10.99.2.30
on multi ip addr add 10.99.2.31/24 dev eth0
status 001122334455 'MULTI<00>' | sed 's/$/ 10.99.2.31/' >"$lab/multi.table"
run multi multi responder "$lab/multi.table" 10.99.2.30 10.99.2.31
check "another address that answers is shown" await 10 eval \
	'scan -q 10.99.2.30 | grep "^10.99.2.31  *MULTI .* (asked: 10.99.2.30)$"'
check "and stands in JSON" json 'rows[0]["address"] == "10.99.2.31" and rows[0]["asked"] == "10.99.2.30"' 10.99.2.30

# A name server: MULTI has an address more there, GONE does not answer at all.
nbnsd_start 'rate-limit = 0' 'group-members-to = ["10.99.1.11"]'
on ns nbtctl names add --kind multihomed 'MULTI<00>' 10.99.2.30 10.99.2.33 >"$lab/added" 2>&1
on ns nbtctl names add 'GONE<00>' 10.99.2.34 >>"$lab/added" 2>&1
check "a silent address of a known name" eval \
	'scan --nbns=10.99.1.5 10.99.2.30-40 | grep "^10.99.2.33  *MULTI  *no answer$"'
check "a silent address of nobody who is known" eval \
	'scan --nbns=10.99.1.5 10.99.2.30-40 | grep "^10.99.2.34  *<unknown>  *no answer$"'
check "nbnsd of this host knows its name" eval \
	'scan -q -s : --nbns=/run/nbt 10.99.2.30-40 | grep -x "10.99.2.34:GONE           :::no answer"'
check "who answers, or is no target, is not said again" eval \
	'scan -q -s : --nbns=/run/nbt 10.99.2.30-33 | wc -l | grep -x 3'
check "silent hosts in JSON" json '{"address": "10.99.2.34", "answered": False, "name": "GONE"} in rows' \
	--nbns=/run/nbt 10.99.2.34
check "in files they are comments" eval \
	'scan -l --nbns=/run/nbt 10.99.2.34 | grep "^# 10.99.2.34.GONE "'
check "a name server that is silent: exit 2" exits 2 scan --nbns=10.50.1.1 "$(first 3)"
check "and no nbnsd" exits 2 scan --nbns="$lab/nowhere" "$(first 3)"

check "nobody: exit 1" exits 1 scan 10.50.1.1
check "no address: exit 2" exits 2 scan 10.50.1
check "nothing to do: exit 2" exits 2 scan
check "options that exclude each other: exit 2" exits 2 scan -d -v 10.50.1.1
check "a file that is not there: exit 2" exits 2 scan -f "$lab/nowhere"
check "a line that is none is said, and left out" eval \
	'printf "%s # DC\nx\n" "$(first 3)" | scan -q -f - && printf "x\n%s\n" "$(first 3)" | scan -f - 2>&1 | grep "nbtscan: -:1: x: no address"'
check "port 137 that somebody has: exit 2" exits 2 on ns nbtscan -r "$(first 3)"
check "and that is said" eval 'on ns nbtscan -r "$(first 3)" 2>&1 | grep "leave out -r"'
check "from port 137" exits 0 scan -r "$(first 3)"
check "its help has examples" eval 'scan --help | grep "nbtscan 192.168.1.0/24"'

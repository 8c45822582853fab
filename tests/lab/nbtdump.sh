#!/bin/sh
# nbtdump live: what nmblookup, nbtlookup, nbtsend and two name servers say on a network, as it happens, in VLANs and on all
# interfaces; and tshark reads the same in what it has written.
. "$top_srcdir/tests/lab/net.sh"
[ -x "$top_builddir/tools/nbtdump" ] || lab_skip "nbtdump is not built: it takes libpcap"
lab_begin nmblookup tshark jq python3
. "$top_srcdir/tests/lab/servers.sh"

host one 10.99.1.5
host two 10.99.2.5
host client 10.99.1.20

# Sends a query for TAGGED<20> in VLAN 5 within VLAN 7; kernels may lack VLANs, so it is a bare frame.
send_tagged() {
	on client python3 -c '
import socket, struct
name = "".join("%c%c" % (65 + (b >> 4), 65 + (b & 15)) for b in b"TAGGED".ljust(15) + b"\x20").encode()
query = struct.pack("!6H", 4711, 0x0110, 1, 0, 0, 0) + b"\x20" + name + b"\0" + struct.pack("!2H", 32, 1)
udp = struct.pack("!4H", 137, 137, 8 + len(query), 0) + query
ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, bytes([10, 98, 5, 20]), bytes([10, 98, 5, 255])) + udp
tags = struct.pack("!5H", 0x88A8, 7, 0x8100, 5, 0x0800)
packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
packets.bind(("eth0", 0))
packets.send(b"\xff" * 6 + b"\x02\0\0\0\0\x20" + tags + ip)'
}
# dump NAME OPTION...: nbtdump on host one, until it listens
dump() {
	dumped=$1
	shift
	run one "$dumped" nbtdump "$@"
	await 10 logged "$dumped" '^nbtdump: listening'
}
soon() { # NAME PATTERN
	await 10 logged "$1" "$2"
}
user_of() { # NAME
	awk '/^Uid:/ { print $2 }' "/proc/$(cat "$lab/$1.pid")/status"
}
capabilities_of() { # NAME
	awk '/^CapEff:/ { print $2 }' "/proc/$(cat "$lab/$1.pid")/status"
}
ask() { # NAME: as every kind of client does
	on client nbtlookup -U 10.99.1.5 --recursion "$1"
}

serve one 'partners = ( { address = "10.99.2.5"; } )'
serve two 'partners = ( { address = "10.99.1.5"; } )'

check "it listens" dump lines -i eth0
check "as nobody" [ "$(user_of lines)" = "$(id -u nobody)" ]
check "and may do nothing else" [ "$(capabilities_of lines)" = 0000000000000000 ]
check "on all interfaces" dump all
check "with filters" dump fred -i eth0 --name=fred --kind=query
check "by workgroup" dump group -i eth0 --workgroup=SHOP
check "by a filter of libpcap" dump replication -i eth0 tcp port 42
check "objects" dump json -i eth0 --json
check "a summary" dump summary -i eth0 --summary
check "into a file" dump file -i eth0 -w "$lab/all.pcap"
check "into a file, what is wanted" dump wanted -i eth0 -w "$lab/fred.pcap" --name=FRED
check "so many" dump three -i eth0 --count=3

begin one && begin two
ctl one names add FRED 10.1.1.1 >/dev/null
ask FRED#20 >/dev/null
ask NOBODY#20 >/dev/null
on client nmblookup -R -U 10.99.1.5 FRED#20 >/dev/null
on client nbtstat -A 10.99.1.5 >/dev/null
on client nbtsend --direct --source CLIENT --to 10.99.1.255 --group --browse=local-master SHOP#1E name=CLIENT >/dev/null
on client nbtsend --direct --source CLIENT --to 10.99.1.5 --popup ONE 'good morning' >/dev/null

check "a query" soon lines '10.99.1.20:[0-9]* > 10.99.1.5 name: query request .*question FRED<20> NB'
check "its answer" soon lines '10.99.1.5 > 10.99.1.20:[0-9]* name: query response .*answer FRED<20> NB .*10.1.1.1'
check "a node status" soon lines 'name: query response .*answer [*].*NBSTAT'
check "a frame of the browser" soon lines 'datagram: group datagram .*CLIENT<00> to SHOP<1E>.*local master announcement: CLIENT'
check "a pop-up" soon lines 'datagram: .*MESSNGR.*from CLIENT to ONE, 12 bytes of text'
check "replication" soon lines '10.99.[12].5.* replication: replication start request'
check "and the records in it" await 20 eval 'logged lines "replication: .*records response.* FRED<20> static unique"'
check "by libpcap's filter that alone" eval 'soon replication "records response" && not logged replication " name: "'
check "of a name that alone" eval 'soon fred "query response.*FRED<20>" && not logged fred NOBODY && not logged fred registration'
check "of a workgroup that alone" eval 'soon group "SHOP<1E>" && [ "$(grep -c " > " "$lab/group.log")" = 1 ]'
check "on all interfaces the same" soon all 'query request .*question FRED<20> NB'
check "it ends after three" eval 'wait "$(cat "$lab/three.pid")" && [ "$(grep -c " > " "$lab/three.log")" = 3 ]'

send_tagged
check "in a VLAN in a VLAN" soon lines '10.98.5.20 > 10.98.5.255 name: query request id 1267 .*TAGGED<20>'

for name in json file wanted summary; do
	soon file . # the pause of a moment in which all was read
	check "$name ends when it is told to" stop "$name" INT
done
check "all objects are JSON" eval 'grep -v "^nbtdump: " "$lab/json.log" | jq -e .proto >"$lab/protos"'
check "of every service" eval 'for proto in nbns nbdgm winsrepl; do grep -q "$proto" "$lab/protos" || exit 1; done'
check "the summary knows who asked in vain" eval 'sed -n "/asked for in vain/,/^\$/p" "$lab/summary.log" | grep "NOBODY<20>  *10.99.1.20"'
check "and who talked to whom" eval 'grep "  10.99.1.20 [^ ]*  *10.99.1.5" "$lab/summary.log"'

# fields: of every packet of the name service its frame, id, opcode, and how many of each section.
nbtdump -r "$lab/fred.pcap" >"$lab/fred.lines"
check "a file holds what was wanted" eval 'cut -c1-300 "$lab/fred.lines"; [ "$(grep -c FRED "$lab/fred.lines")" -ge 4 ] && not grep -v -e FRED -e missing "$lab/fred.lines"'
check "tshark reads the same names" eval '
	tshark -n -r "$lab/all.pcap" -Y "nbns && udp" -T fields -E separator=/s -e frame.number -e nbns.id -e nbns.flags.opcode -e nbns.count.queries \
		-e nbns.count.answers -e nbns.count.auth_rr -e nbns.count.add_rr 2>/dev/null >"$lab/tshark"
	nbtdump -r "$lab/all.pcap" --json | jq -r "select(.proto == \"nbns\") |
		\"\(.frame) \(.id) \(.opcode) \(.qd) \(.an) \(.ns) \(.ar)\"" |
		while read -r frame id rest; do printf "%d 0x%04x %s\n" "$frame" "$id" "$rest"; done >"$lab/ours"
	[ -s "$lab/ours" ] && diff "$lab/tshark" "$lab/ours"'
check "and the same datagrams" eval '
	tshark -n -r "$lab/all.pcap" -Y nbdgm -T fields -E separator=/s -e frame.number -e nbdgm.type -e nbdgm.dgram_id -e nbdgm.src.ip 2>/dev/null >"$lab/tshark"
	nbtdump -r "$lab/all.pcap" --json | jq -r "select(.proto == \"nbdgm\") | \"\(.frame) \(.msg_type) \(.dgram_id) \(.src_ip)\"" |
		while read -r frame type id rest; do printf "%d %d 0x%04x %s\n" "$frame" "$type" "$id" "$rest"; done >"$lab/ours"
	[ -s "$lab/ours" ] && diff "$lab/tshark" "$lab/ours"'
check "and the same replication" eval '
	tshark -n -r "$lab/all.pcap" -Y winsrepl -T fields -e winsrepl.message_type 2>/dev/null | tr , "\n" >"$lab/tshark"
	nbtdump -r "$lab/all.pcap" --json | jq -r "select(.proto == \"winsrepl\") | .type" >"$lab/ours"
	[ -s "$lab/ours" ] && diff "$lab/tshark" "$lab/ours"'
tshark -r "$lab/all.pcap" -F pcapng -w "$lab/all.pcapng" 2>/dev/null
nbtdump -r "$lab/all.pcap" >"$lab/of-pcap"
check "pcapng is the same" eval 'nbtdump -r "$lab/all.pcapng" | diff "$lab/of-pcap" -'
check "and by a pipe" eval 'cat "$lab/all.pcapng" | nbtdump -r - | diff "$lab/of-pcap" -'
check "written and read again" eval 'nbtdump -r "$lab/all.pcap" -w - | nbtdump -r - | diff "$lab/of-pcap" -'
check "it ends in time where nobody says anything" on client timeout -s KILL 20 nbtdump -i lo --timeout=1
check "no such interface" eval 'on one nbtdump -i nowhere; [ $? = 2 ]'
check "an expression that is none" eval 'on one nbtdump -i eth0 this is none; [ $? = 2 ]'

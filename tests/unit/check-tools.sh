#!/bin/sh
# nbtlookup, nbtstat and nbtscan against a responder on the loopback interface: JSON, other ports, statuses;
# nbtsend, what it sends and hears there; nbtdump, what it says of captures.
# What nbtlookup says as text is compared with nmblookup in tests/lab.
set -u
src=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${top_builddir:-$src}
export LC_ALL=C.UTF-8
tmp=$(mktemp -d) || exit 99
responders=
trap 'kill $responders; rm -rf "$tmp"' EXIT
n=0

# What it must say on stdout, and then its status, is on stdin.
says() { # NAME COMMAND...
	name=$1
	shift
	cat >"$tmp/said"
	"$@" >"$tmp/got" 2>"$tmp/err"
	echo "status $?" >>"$tmp/got"
	n=$((n + 1))
	if diff -u "$tmp/said" "$tmp/got" >"$tmp/log"; then echo "ok $n - $name"; else
		echo "not ok $n - $name"
		sed 's/^/# /' "$tmp/log" "$tmp/err"
	fi
}

# Starts a responder with this table; its port is in $port then.
respond() { # TABLE
	mkfifo "$tmp/ready"
	"$build/tests/lab/responder" -p 0 "$1" 127.0.0.1 >"$tmp/ready" &
	responders="$responders $!"
	read -r ready port <"$tmp/ready" && [ "$ready" = ready ] || exit 99
	rm "$tmp/ready"
}

respond "$src/tests/lab/nbtlookup.table"
lookup="$build/tools/nbtlookup --port=$port"
stat="$build/tools/nbtstat --port=$port"
scan_of_fred="$build/tools/nbtscan --port=$port"
sed -n 's/^status SVAR /status * /p' "$src/tests/lab/nbtlookup.table" >"$tmp/table"
respond "$tmp/table"
stat_of_all="$build/tools/nbtstat --port=$port"
scan="$build/tools/nbtscan --port=$port"

nbtsend="$build/tools/nbtsend"
port=$((20000 + $$ % 10000))
send="$nbtsend --direct --source=BETA --to=127.0.0.1 --port=9"
send_to="$nbtsend --direct --source=BETA --to=127.0.0.1 --port=$port"

# What a listener says of a datagram, without the sender's port; it is sent until it was heard.
heard() { # COMMAND ARGUMENT...
	$nbtsend --direct --listen --own-port="$port" --number=1 --timeout=20 '*' >"$tmp/heard" &
	listener=$!
	command=$1
	shift
	while kill -0 $listener 2>/dev/null; do
		$command "$@" || return
		sleep 0.02
	done
	wait $listener || return
	sed '1s/^\([0-9.]*\):[0-9]*/\1/' "$tmp/heard"
}

# shellcheck disable=SC2086 # commands with an argument
checks() {

says "another port" $lookup -U 127.0.0.1 -R FRED#20 <<'EOT'
querying FRED on 127.0.0.1
10.0.0.1 FRED<20>
status 0
EOT
says "-R takes an order only" $lookup -U 127.0.0.1 -R bcast FRED#20 <<'EOT'
querying FRED on 127.0.0.1
10.0.0.1 FRED<20>
status 0
EOT
says "JSON" $lookup --json -U 127.0.0.1 fred#20 nobody <<'EOT'
{"query":{"name":"FRED","suffix":32,"raw":"46524544202020202020202020202020"},"addresses":[{"address":"10.0.0.1","group":false,"node_type":"H"}],"flags":["response","authoritative","recursion_desired","recursion_available"]}
{"query":{"name":"NOBODY","suffix":32,"raw":"4e4f424f445920202020202020202020"},"addresses":[]}
status 1
EOT
says "JSON of a group" $lookup --json -U 127.0.0.1 lab#1c <<'EOT'
{"query":{"name":"LAB","suffix":28,"raw":"4c41422020202020202020202020201c"},"addresses":[{"address":"10.99.0.31","group":true,"node_type":"B"},{"address":"10.99.0.32","group":true,"node_type":"B"}],"flags":["response","authoritative","recursion_desired","recursion_available"]}
status 0
EOT
says "JSON of a status" $lookup --json -A 127.0.0.1 <<'EOT'
{"address":"127.0.0.1","status":{"names":[{"name":"FRED","suffix":0,"raw":"46524544202020202020202020202000","group":false,"node_type":"H","active":true,"conflict":false,"deregistering":false,"permanent":false},{"name":"LAB","suffix":0,"raw":"4c414220202020202020202020202000","group":true,"node_type":"H","active":true,"conflict":false,"deregistering":false,"permanent":false},{"name":"FRED","suffix":32,"raw":"46524544202020202020202020202020","group":false,"node_type":"H","active":true,"conflict":false,"deregistering":false,"permanent":false}],"mac":"00:11:22:33:44:55"}}
status 0
EOT
says "JSON with host name and status" $lookup --json -T -S -U 127.0.0.1 HERE <<'EOT'
{"query":{"name":"HERE","suffix":0,"raw":"48455245202020202020202020202000"},"addresses":[{"address":"127.0.0.1","group":false,"node_type":"H","host":"localhost","status":{"names":[{"name":"SHORT","suffix":0,"raw":"53484f52542020202020202020202000","group":false,"node_type":"B","active":true,"conflict":false,"deregistering":false,"permanent":false}],"mac":"0a:1b:2c:3d:4e:5f"}}],"flags":["response","authoritative"]}
status 0
EOT
says "JSON of what cannot be asked" $lookup --json -U 127.0.0.1 ABCDEFGHIJKLMNOP 日本 <<'EOT'
{"query":{"name":"ABCDEFGHIJKLMNOP"},"error":"too long"}
{"query":{"name":"日本"},"error":"not a name in CP850"}
status 1
EOT
says "a name that is none" $lookup -U 127.0.0.1 日本 <<'EOT'
name_query failed to find name 日本
status 1
EOT
says "a scope that is none" $lookup --netbios-scope=a..b -U 127.0.0.1 FRED <<'EOT'
status 1
EOT
says "version" $lookup -V <<EOT
nbtlookup (nbtsuite $(sed -n 's/^AC_INIT(\[nbtsuite\], \[\([^]]*\)\].*/\1/p' "$src/configure.ac"))
status 0
EOT
says "nbtstat by address" $stat -A 127.0.0.1 <<'EOT'

lo:
Node IpAddress: [127.0.0.1] Scope Id: []

           NetBIOS Remote Machine Name Table

       Name               Type         Status
    ---------------------------------------------
    FRED           <00>  UNIQUE      Registered 
    LAB            <00>  GROUP       Registered 
    FRED           <20>  UNIQUE      Registered 

    MAC Address = 00-11-22-33-44-55

status 0
EOT
says "nbtstat of all kinds of names" $stat_of_all -A 127.0.0.1 <<'EOT'

lo:
Node IpAddress: [127.0.0.1] Scope Id: []

           NetBIOS Remote Machine Name Table

       Name               Type         Status
    ---------------------------------------------
    ALLFLAGS       <00>  GROUP       Conflict 
    GROUP          <1E>  GROUP       Registered 
    ..__MSBROWSE__.<01>  GROUP       Registered 
    M...X          <20>  UNIQUE      Conflict 
    FIFTEENCHARSABC<20>  UNIQUE      Deregistering 
    NUL.IN         <03>  UNIQUE      Registered 
    IS~PAD.........<00>  UNIQUE      Registered 
    lower  mid     <FF>  UNIQUE      Registered 

    MAC Address = 0A-1B-2C-3D-4E-5F

status 0
EOT
says "nbtstat in JSON" $stat --json -A 127.0.0.1 <<'EOT'
{"interface":"lo","address":"127.0.0.1","status":{"names":[{"name":"FRED","suffix":0,"raw":"46524544202020202020202020202000","group":false,"node_type":"H","active":true,"conflict":false,"deregistering":false,"permanent":false},{"name":"LAB","suffix":0,"raw":"4c414220202020202020202020202000","group":true,"node_type":"H","active":true,"conflict":false,"deregistering":false,"permanent":false},{"name":"FRED","suffix":32,"raw":"46524544202020202020202020202020","group":false,"node_type":"H","active":true,"conflict":false,"deregistering":false,"permanent":false}],"mac":"00:11:22:33:44:55"}}
status 0
EOT
says "nbtstat of no address" $stat -A localhost <<'EOT'
status 2
EOT
says "nbtstat of nothing" $stat <<'EOT'
status 2
EOT
says "nbtstat of too much" $stat -A 127.0.0.1 127.0.0.1 <<'EOT'
status 2
EOT

says "nbtscan of a range" $scan -s , 127.0.0.1-2 <<'EOT'
127.0.0.1,IS~PAD,<server>,NUL,0a:1b:2c:3d:4e:5f
status 0
EOT
says "nbtscan in JSON" $scan_of_fred --json 127.0.0.1 <<'EOT'
{"address":"127.0.0.1","asked":"127.0.0.1","answered":true,"name":"FRED","workgroup":"LAB","user":null,"server":true,"kinds":["file server"],"status":{"names":[{"name":"FRED","suffix":0,"raw":"46524544202020202020202020202000","group":false,"node_type":"H","active":true,"conflict":false,"deregistering":false,"permanent":false},{"name":"LAB","suffix":0,"raw":"4c414220202020202020202020202000","group":true,"node_type":"H","active":true,"conflict":false,"deregistering":false,"permanent":false},{"name":"FRED","suffix":32,"raw":"46524544202020202020202020202020","group":false,"node_type":"H","active":true,"conflict":false,"deregistering":false,"permanent":false}],"mac":"00:11:22:33:44:55"}}
status 0
EOT
says "nbtscan of nobody" $scan -q 127.0.0.2 <<'EOT'
status 1
EOT
says "nbtscan of nothing" $scan <<'EOT'
status 2
EOT

says "nbtsend: a pop-up in JSON, byte for byte" $send --json --popup alpha Grüße <<'EOT'
{"to":"127.0.0.1","port":9,"type":"unique","source":{"name":"BETA","suffix":0,"raw":"42455441202020202020202020202000"},"destination":{"name":"ALPHA","suffix":0,"raw":"414c5048412020202020202020202000"},"scope":"","data":"ff534d422500000000000000000000000000000000000000000000000000000011000011000000000000000000e803000000000000000011005700030001000100020023005c4d41494c534c4f545c4d4553534e4752004245544100414c50484100477281e16500","mailslot":{"name":"\\MAILSLOT\\MESSNGR","class":2,"priority":1,"data":"4245544100414c50484100477281e16500"},"popup":{"from":"BETA","to":"ALPHA","text":"Grüße"}}
status 0
EOT
says "nbtsend: what is heard, as text" heard "$send_to" ALPHA#20 'two
lines' <<'EOT'
127.0.0.1 BETA<00> to ALPHA<20>: two
lines
status 0
EOT
says "nbtsend: bytes" heard "$send_to" --hex='00 ff' ALPHA <<'EOT'
127.0.0.1 BETA<00> to ALPHA<00>: 00ff
status 0
EOT
says "nbtsend: a message to a mailslot" heard "$send_to" --mailslot=test --group ALPHA hello <<'EOT'
127.0.0.1 BETA<00> to ALPHA<00>: \MAILSLOT\test: hello
status 0
EOT
says "nbtsend: a pop-up" heard "$send_to" --popup ALPHA 'Grüße' <<'EOT'
127.0.0.1 BETA<00> to ALPHA<00>: message from BETA to ALPHA:
Grüße
status 0
EOT
says "nbtsend: a frame" heard "$send_to" --browse=host ALPHA comment=Büro server_type=0x3 <<'EOT'
127.0.0.1 BETA<00> to ALPHA<1D>: host announcement: BETA, type 00000003 WORKSTATION SERVER, version 6.1, again in 720000 ms, "Büro"
status 0
EOT
says "nbtsend: nothing is heard" $nbtsend --direct --listen --own-port="$port" --timeout=0 ALPHA <<'EOT'
status 1
EOT
says "nbtsend: no daemon" env NBT_RUN_DIRECTORY="$tmp" $nbtsend ALPHA text <<'EOT'
status 3
EOT
says "nbtsend: no name" $nbtsend --direct ABCDEFGHIJKLMNOP text <<'EOT'
status 2
EOT
says "nbtsend: nothing to send" $nbtsend --direct ALPHA <<'EOT'
status 2
EOT
says "nbtsend: nothing at all" $nbtsend <<'EOT'
status 2
EOT
says "nbtsend: a listener that sends" $nbtsend --listen --popup ALPHA <<'EOT'
status 2
EOT
}

data=$src/tests/data
nbtdump="env TZ=UTC $build/tools/nbtdump"
# shellcheck disable=SC2086 # a command with arguments
captures() {

says "nbtdump: a line for each packet of a service" $nbtdump -r "$data/link-cooked.pcap" <<'EOT'
00:00:00.000000 10.0.0.5 > 10.0.0.1 name: query request id 8002 RD; question FRED<20> NB
status 0
EOT
says "nbtdump: an object" $nbtdump --json -r "$data/link-cooked-2.pcap" <<'EOT'
{"frame":1,"time":0.000000,"len":98,"src":"10.0.0.5","sport":137,"dst":"10.0.0.1","dport":137,"l4":"udp","proto":"nbns","id":32770,"flags":256,"response":0,"opcode":0,"aa":0,"tc":0,"rd":1,"ra":0,"b":0,"rcode":0,"qd":1,"an":0,"ns":0,"ar":0,"questions":[{"name":"FRED<20>","nb16":"46524544202020202020202020202020","scope":"","type":32,"class":1}],"records":[]}
status 0
EOT
says "nbtdump: a tree" $nbtdump --verbose -r "$data/vectors.pcap" --kind=session --count=1 <<'EOT'
00:00:31.000000 10.0.0.5:40000 > 10.0.0.1 session: session request: FRED<20> to *SMBSERVER<20>
    frame: 32
    time: 31.000000
    len: 126
    src: 10.0.0.5
    sport: 40000
    dst: 10.0.0.1
    dport: 139
    l4: tcp
    proto: nbss
    type: 129
    flags: 0 (0x0000)
    length: 68
    called:
        name: *SMBSERVER<20>
        nb16: 2a534d42534552564552202020202020
        scope: 
    calling:
        name: FRED<20>
        nb16: 46524544202020202020202020202020
        scope: 
status 0
EOT
says "nbtdump: calls of RAP, and their answers" $nbtdump -r "$data/smb/samba-probe-lanman-rap.pcap" --kind=rap <<'EOT'
17:55:13.714845 10.77.1.3:50334 > 10.77.1.1 session: session message: 110 bytes; SMB transaction request \PIPE\LANMAN: NetServerEnum2 level 1 types ffffffff "TESTGRP"
17:55:13.715218 10.77.1.1 > 10.77.1.3:50334 session: session message: 189 bytes; SMB transaction reply: NetServerEnum2 status 0, 3 of 3: ALPHA BRAVO ECHO
17:55:13.730721 10.77.1.3:50342 > 10.77.1.1 session: session message: 98 bytes; SMB transaction request \PIPE\LANMAN: NetServerEnum2 level 0 types ffffffff ""
17:55:13.731113 10.77.1.1 > 10.77.1.3:50342 session: session message: 112 bytes; SMB transaction reply: NetServerEnum2 status 0, 3 of 3: ALPHA BRAVO ECHO
status 0
EOT
says "nbtdump: a summary" $nbtdump -s -r "$data/link-tunnels.pcap" <<'EOT'
5 packets in 4.0 s: 5 name, 5 query

Who talks to whom, in packets
       5  10.0.0.5                           10.0.0.1

Names asked for in vain, how often, and by whom
       5  FRED<20>                           10.0.0.5
status 0
EOT
says "nbtdump: nothing is wanted" $nbtdump -r "$data/link-raw.pcap" --name=NOBODY <<'EOT'
status 0
EOT
says "nbtdump: no such file" $nbtdump -r "$tmp/none" <<'EOT'
status 2
EOT
says "nbtdump: no capture" $nbtdump -r "$src/README.md" <<'EOT'
status 2
EOT
says "nbtdump: no such kind" $nbtdump -r "$data/link-raw.pcap" --kind=nope <<'EOT'
status 2
EOT
says "nbtdump: two sources" $nbtdump -r "$data/link-raw.pcap" -i lo <<'EOT'
status 2
EOT
}
checks
[ ! -x "$build/tools/nbtdump" ] || captures # takes libpcap
echo "1..$n"

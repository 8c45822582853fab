#!/bin/sh
# nbtsend without a daemon: nmbd, a local master browser, hears what it sends and is heard by it, and
# tshark reads every packet.
. "$top_srcdir/tests/lab/net.sh"
lab_begin nmbd ss tshark

host alpha 10.99.1.11
host beta 10.99.1.12

dir=$lab/samba
mkdir -p "$dir/private" "$dir/lock" "$dir/state" "$dir/cache" "$dir/pid" "$dir/socket"
cat >"$dir/smb.conf" <<-EOC
	[global]
	netbios name = ALPHA
	workgroup = LAB
	server string = alpha of the lab
	interfaces = 10.99.1.11/24
	bind interfaces only = yes
	os level = 200
	preferred master = yes
	domain master = no
	lm announce = yes
	lm interval = 10
	dns proxy = no
	private dir = $dir/private
	lock directory = $dir/lock
	state directory = $dir/state
	cache directory = $dir/cache
	pid directory = $dir/pid
	nmbd:socket dir = $dir/socket
EOC

send() {
	on beta nbtsend --direct --source BETA "$@"
}

listen() { # NAME OPTION...: in the background, into $lab/NAME.log
	listener=$1
	shift
	run beta "$listener" nbtsend --direct --listen "$@"
}

# nmbd writes its list some twenty seconds after a change.
listed() { # PATTERN
	cat "$dir/cache/browse.dat"
	grep -q -e "$1" "$dir/cache/browse.dat"
}

on beta tshark -q -i eth0 -w "$lab/beta.pcap" -f 'udp port 138' >"$lab/tshark.log" 2>&1 &
tshark_pid=$!
await 20 grep -q Capturing "$lab/tshark.log"

listen all '*' --timeout=60
listen json LAB --json --timeout=60
listeners() { # NUMBER
	[ "$(on beta ss -Huan 'sport = :138' | wc -l)" = "$1" ]
}
check "two can listen at the same time" await 10 listeners 2
run alpha nmbd nmbd --foreground --no-process-group --debug-stdout -s "$dir/smb.conf" -l "$dir"

check "nmbd's host announcement is heard" await 20 logged all \
	'^10.99.1.11:138 ALPHA<00> to LAB<1D>: host announcement: ALPHA, type .*"alpha of the lab"$'
check "its election" await 20 logged all '^10.99.1.11:138 ALPHA<00> to LAB<1E>: election: ALPHA, version 1'
check "its announcement as LAN Manager has it" await 40 logged all \
	'to LAB<00>: LAN Manager announcement: ALPHA'
check "its announcement as local master" await 50 logged all \
	'to LAB<1E>: local master announcement: ALPHA, type .* MASTER_BROWSER'
check "its announcement of the workgroup" await 20 logged all \
	'to <01><02>__MSBROWSE__<02><01>: domain announcement: LAB, .*"ALPHA"$'
check "the same as JSON" logged json '^{"from":"10.99.1.11","port":138,"type":"group",.*"destination":{"name":"LAB","suffix":29,.*"mailslot":{"name":"\\\\MAILSLOT\\\\BROWSE",.*"frame":{"opcode":1,.*"name":"ALPHA",.*"comment":"alpha of the lab"}}$'
check "of this name only" not logged json MSBROWSE

# What it sends.
check "another workgroup" send --browse=domain OTHER master=BETA
check "a host announcement" send --browse=host LAB comment='BüroA' server_type=0x3 period=120000
check "is in nmbd's browse list" await 60 listed '^"BETA" *40000003 "B.*roA" *"LAB"'
check "and so is the workgroup" await 60 listed '^"OTHER" *c0001000 "BETA"'
check "a host says goodbye" send --browse=host LAB server_type=0 period=0
check "and leaves the list" await 60 not listed '^"BETA"'
check "an answer is heard when it is asked for" sh -c "
	nsenter --net=/run/netns/beta nbtsend --direct --listen BETA --number=1 --timeout=10 >$lab/answer &
	listener=\$!
	until nsenter --net=/run/netns/beta ss -Huan 'sport = :138' | grep -q 138; do :; done
	nsenter --net=/run/netns/beta nbtsend --direct --source BETA --browse=backup-request LAB token=7
	wait \$listener"
check "with nmbd as the backup browser" grep -q \
	'^10.99.1.11:138 ALPHA<00> to BETA<00>: backup list response: 1, token 00000007, ALPHA$' "$lab/answer"
check "to a name that is looked up" send ALPHA 'a text'
check "to a name that is not there" sh -c '
	nsenter --net=/run/netns/beta nbtsend --direct --source BETA NOBODY x 2>&1 |
	grep -q "^nbtsend: NOBODY<00>: nobody here has this name"'
check "a pop-up for a workgroup" send --popup --group LAB 'Grüße'
for frame in request election become-backup local-master lanman lanman-request; do
	check "a frame of kind $frame" send --browse=$frame LAB
done
for frame in master backup-list reset; do
	check "a frame of kind $frame" send --browse=$frame ALPHA
done

frames() { # FILTER [OPTION...]
	filter=$1
	shift
	tshark -r "$lab/beta.pcap" -Y "nbdgm && ip.src == 10.99.1.12 && ($filter)" "$@" 2>/dev/null
}
sent() { # NUMBER FILTER
	frames "$2"
	[ "$(frames "$2" | wc -l)" = "$1" ]
}
# What tshark has not written yet when it is ended is lost.
await 10 sent 13 browser
kill "$tshark_pid"
wait "$tshark_pid"
check "tshark reads what was sent" sent 1 'browser.command == 1 && browser.period == 120000 && browser.server_type == 3'
check "each frame" sent 13 browser
check "the pop-up" sent 1 'frame contains 42:45:54:41:00:4c:41:42:00:47:72:81:e1:65:00'
check "none of it is malformed, or worth a warning" sent 0 '_ws.malformed || _ws.expert.severity >= 6291456'

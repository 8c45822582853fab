#!/bin/sh
# nbddd itself: what stops its start, reloads, interfaces that come, floods of which its memory knows
# nothing, and frames of nmbd.
. "$top_srcdir/tests/lab/net.sh"
lab_begin setpriv nmbd

host a 10.99.1.11
host b 10.99.1.12
run_dir=$lab/run
install -d -m 1775 -g nbt "$run_dir"
TIMED_OUT=124

# says STATUS PATTERN CONFIGURATION: nbddd on host a exits so, and prints what matches.
nbddd_wrapper=
says() {
	printf 'run-directory = "%s";\n%s\n' "$lab/other" "$3" >"$lab/test.conf"
	# shellcheck disable=SC2086 # words
	on a timeout 3 $nbddd_wrapper nbddd -f -c "$lab/test.conf" >"$lab/says" 2>&1
	status=$?
	[ "$status" = "$1" ] && grep -q -e "$2" "$lab/says" && return
	echo "status $status, wanted $1 and: $2"
	cat "$lab/says"
	return 1
}

run a other nbtpacket -p 138 -t 60
await 10 logged other listening
check "a port that is taken: by whom" says 1 'UDP port 138 of .* is taken by nbtpacket (process [0-9]*): stop' ''
check "another port is free" says $TIMED_OUT 'listening on 10.99.1.11 port 1138' 'nbddd = { port = 1138; };'
stop other
nbddd_wrapper="setpriv --bounding-set=-net_bind_service"
check "a port that wants root" says 1 'UDP port 138 of .* needs root or CAP_NET_BIND_SERVICE' ''
nbddd_wrapper=
check "a user that is none" says 1 'user "nobody-here": there is none' 'user = "nobody-here";'
check "a wrong setting" says 2 'test.conf:2: .*max-datagram-length.*576' 'nbddd = { max-datagram-length = 5; };'

# configure [SETTING...]
configure() {
	{
		echo "netbios-name = \"A\"; workgroup = \"LAB\"; node-type = \"b\"; run-directory = \"$run_dir\";"
		echo "nbnsd = { server = false; lmhosts = \"\"; };"
		echo "nbddd = { server = false;"
		for setting; do echo "$setting;"; done
		echo "};"
	} >"$lab/nbt.conf"
}
ctl() {
	on a nbtctl -d nbddd -r "$run_dir" "$@"
}
counter() { # NAME
	ctl --csv stats | tr -d '\r' | sed -n "s/^$1,//p"
}
program() {
	on a dgram -s "$run_dir/datagram.sock" "$@"
}

configure
run a nbnsd nbnsd -f -c "$lab/nbt.conf"
run a nbddd nbddd -f -c "$lab/nbt.conf"
check "it starts" await 10 logged nbddd 'connected to nbnsd'
check "and is not root any more" eval 'grep "^Uid:.*64136" "/proc/$(cat "$lab/nbddd.pid")/status" || grep "^Uid:.*$(id -u nbddd)" "/proc/$(cat "$lab/nbddd.pid")/status"'
check "nbtctl reaches it" eval 'ctl --csv version | grep nbtsuite'
run a lab dgram -s "$run_dir/datagram.sock" listen -g 'LAB#1e'
await 10 logged lab subscribed

#
# Reloads.
#
configure 'allow-send = ["10.99.1.99"]'
check "a reload by signal" eval 'kill -HUP "$(cat "$lab/nbddd.pid")" && await 5 logged nbddd "nbt.conf is in force"'
on a ip addr add 10.99.1.98/24 dev eth0
on b flood groups 10.99.1.11 10.99.1.12 1 5 >"$lab/sent"
check "who may not send is not heard" await 5 eval '[ "$(counter datagrams.not-allowed)" -ge 5 ]'
check "an address that came is served" await 10 logged nbddd 'listening on 10.99.1.98 port 138'
on a ip addr del 10.99.1.98/24 dev eth0
check "one that went is not" await 10 logged nbddd '10.99.1.98 (eth0) is gone'
configure 'group-sends = "none"'
check "a wrong one changes nothing" not ctl reload
check "and says why" logged nbddd 'group-sends.*broadcast'
configure 'max-names = 5'
check "what takes a restart is told" eval 'ctl reload | grep max-names'
on b flood groups 10.99.1.11 10.99.1.12 1 5 >"$lab/sent"
check "and everybody is heard again" await 5 eval '[ "$(counter datagrams.not-wanted)" -ge 5 ]'

#
# Floods. What is kept for fragments is a megabyte here.
#
stop nbddd
rm "$lab/nbddd.log" "$lab/lab.log"
configure 'reassembly-memory = 1048576' 'max-incomplete = 64'
run a nbddd nbddd -f -c "$lab/nbt.conf"
await 10 logged nbddd 'connected to nbnsd'
run a lab dgram -s "$run_dir/datagram.sock" listen -g 'LAB#1e' 'FRED#20'
await 10 eval '[ "$(grep -c subscribed "$lab/lab.log")" -ge 2 ]'
on b ip route add local 10.100.0.0/15 dev lo
ip route add 10.100.0.0/15 via 10.99.1.12
memory() { # kibibytes
	awk '/^VmRSS/ { print $2 }' "/proc/$(cat "$lab/nbddd.pid")/status"
}
for kind in fragments rests groups unique; do # once for what is touched by any
	on b flood $kind 10.99.1.11 10.100.0.1 1000 5000 >"$lab/sent"
done
before=$(memory)
check "100,000 sources flood with fragments" on b flood fragments 10.99.1.11 10.100.0.1 100000 200000
check "and with the ends of datagrams" on b flood rests 10.99.1.11 10.100.0.1 100000 200000
check "and with datagrams for groups that nobody has" on b flood groups 10.99.1.11 10.100.0.1 100000 200000
check "and with datagrams for names that nobody has" on b flood unique 10.99.1.11 10.100.0.1 100000 100000
check "what is kept is bounded" [ "$(counter fragments.bytes)" -le 1048576 ]
check "by number, too" [ "$(counter fragments.incomplete)" -le 64 ]
check "memory has grown by 2 MiB at most" [ $(($(memory) - before)) -le 2048 ]
check "most floods were heard" [ "$(counter datagrams.received)" -gt 100000 ]
program send unique 'ANNE#00' 'FRED#20' still-there >"$lab/sent"
check "and service goes on" await 5 logged lab ': still-there$'

#
# A real peer: what nmbd says on the subnet is delivered.
#
dir=$lab/samba
mkdir -p "$dir/private" "$dir/lock" "$dir/state" "$dir/cache" "$dir/pid" "$dir/socket"
cat >"$dir/smb.conf" <<-EOC
	[global]
	netbios name = PEER
	workgroup = LAB
	interfaces = 10.99.1.12/24
	bind interfaces only = yes
	local master = yes
	preferred master = yes
	os level = 80
	private dir = $dir/private
	lock directory = $dir/lock
	state directory = $dir/state
	cache directory = $dir/cache
	pid directory = $dir/pid
	nmbd:socket dir = $dir/socket
EOC
run b nmbd nmbd --foreground --no-process-group --debug-stdout -s "$dir/smb.conf" -l "$dir"
check "frames of nmbd reach a program" await 20 logged lab 'got 11 PEER<00> to LAB<1E> from 10.99.1.12 by 10.99.1.12 on 10.99.1.11 broadcast'
check "nothing of it was malformed" [ "$(counter datagrams.malformed)" = 0 ]

check "it stops" stop nbddd
check "with its sockets gone" eval '! ls "$run_dir" | grep -e datagram.sock -e nbddd.ctl'

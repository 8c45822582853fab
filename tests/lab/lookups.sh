#!/bin/sh
# Look-ups of a host's programs: an H node with its WINS server there, away and back again, its cache,
# and LMHOSTS.
. "$top_srcdir/tests/lab/net.sh"
lab_begin perl

host ns 10.99.2.5
host a 10.99.1.11
host near 10.99.1.12
host far 10.99.2.13

start_node() { # HOST NAME TYPE [SETTING...]
	node=$1
	install -d -o nbnsd -g nbt "$lab/run-$node"
	{
		echo "run-directory = \"$lab/run-$node\";"
		printf 'netbios-name = "%s"; node-type = "%s";\n' "$2" "$3"
		[ "$3" = b ] || echo 'wins-servers = ["10.99.2.5"];'
		shift 3
		echo 'nbnsd = { server = false; unicast-timeout = "300ms";'
		for setting; do echo "$setting;"; done
		echo '};'
	} >"$lab/$node.conf"
	run "$node" "$node" nbnsd -f -c "$lab/$node.conf"
	await 10 on "$node" nbtlookup -U 127.0.0.1 "$(sed -n 's/^netbios-name = "\([^"]*\).*/\1/p' "$lab/$node.conf")"
}
# look_up NAME: by name.sock of host a: the first address, or "rcode N".
look_up() {
	perl -MSocket -e '
		my $name = sprintf("%-15s ", $ARGV[1]);
		my $coded = join "", map { chr(65 + ord($_) / 16) . chr(65 + ord($_) % 16) } split //, $name;
		my $query = pack("Cx15nnnnnnCa32CNn", 1, 7, 0x0100, 1, 0, 0, 0, 32, $coded, 0, 0x00200001);
		socket(S, PF_UNIX, SOCK_SEQPACKET, 0) && connect(S, sockaddr_un($ARGV[0])) or die $!;
		send(S, substr($query, 0, 66), 0) && defined recv(S, my $answer, 600, 0) or die $!;
		my $rcode = unpack("x18n", $answer) & 15;
		print $rcode ? "rcode $rcode\n" : join(".", unpack("x74C4", $answer)) . "\n"' \
		"$lab/run-a/name.sock" "$1"
}
finds() { # NAME ADDRESS, or "rcode N"
	look_up "$1" >"$lab/found"
	cat "$lab/found"
	[ "$(cat "$lab/found")" = "$2" ]
}
ctl() {
	on a nbtctl -r "$lab/run-a" "$@"
}
asked() { # how many packets a look-up took
	ctl stats | sed -n 's/^resolver.sent *//p'
}
takes_no_packet() { # NAME ADDRESS
	before=$(asked)
	finds "$1" "$2" && [ "$(asked)" = "$before" ]
}

printf '10.9.9.9 infile\n10.9.9.8 preloaded #PRE\n' >"$lab/lmhosts"
chmod 644 "$lab/lmhosts"
nbnsd_start
check "an H node starts" start_node a BOX h "lmhosts = \"$lab/lmhosts\"" 'negative-cache-timeout = "1m"'
check "a B node starts on its subnet" start_node near NEAR b
check "a host elsewhere is registered" on far claim -k 10.99.2.5 FAR#20 10.99.2.13

check "the server knows the one elsewhere" finds FAR 10.99.2.13
check "a broadcast finds the one that is not registered" finds NEAR 10.99.1.12
check "nobody has NOWHERE" finds NOWHERE 'rcode 3'
check "what was found is remembered" takes_no_packet FAR 10.99.2.13
check "what was not is, too, for a while" takes_no_packet NOWHERE 'rcode 3'
check "LMHOSTS has what nobody on the network has" finds INFILE 10.9.9.9
check "and is asked first for what is preloaded" takes_no_packet PRELOADED 10.9.9.8
hup() {
	kill -HUP "$(cat "$lab/a.pid")"
}
printf '10.9.9.7 infile\n#INCLUDE %s\n' "$lab/lmhosts" >"$lab/lmhosts"
hup
check "LMHOSTS that is broken when the configuration is read again is told" \
	await 10 logged a 'LMHOSTS: the 2 entries that were read before stay in use'
check "and the old entries stay" finds INFILE 10.9.9.9
check "also for what is preloaded" takes_no_packet PRELOADED 10.9.9.8
printf '10.9.9.6 mended\n10.9.9.9 infile\n10.9.9.8 preloaded #PRE\n' >"$lab/lmhosts"
hup
check "mended, it is read" await 10 finds MENDED 10.9.9.6
check "the one elsewhere is asked for again" finds FAR 10.99.2.13
check "own names take no packet" takes_no_packet BOX 10.99.1.11
check "nbtctl lists what is remembered" eval 'ctl cache list | grep "^FAR .* 10.99.2.13"'

stop nbnsd KILL
check "the server is down: what is remembered is still found" takes_no_packet FAR 10.99.2.13
check "the cache is flushed" ctl cache flush
check "by broadcast names are found as before" finds NEAR 10.99.1.12
check "the one elsewhere is not, and it is said that the server was silent" finds FAR 'rcode 2'

nbnsd_start
check "the server is back: the one elsewhere is found again" finds FAR 10.99.2.13

# What the administrator of the name server has done is put right by nbtstat -RR on the host.
releases() {
	on ns nbtctl stats | sed -n 's/^release.received *//p'
}
registered() { # ADDRESS
	on ns nbtctl --json names show BOX | grep "\"suffix\": *\"20\".*active.*\"$1\""
}
check "the server has the host's name" await 10 registered 10.99.1.11
on ns nbtctl names delete 'BOX<20>' >"$lab/deleted" 2>&1
check "until it is deleted" not registered 10.99.1.11
before=$(releases)
check "the host's own names can be registered anew at any time" ctl own refresh
check "then the server has it again" await 10 registered 10.99.1.11
check "it was told to release it first" [ "$(releases)" -gt "$before" ]

stop near
check "a host that leaves says so by broadcast, and is forgotten" finds NEAR 'rcode 3'

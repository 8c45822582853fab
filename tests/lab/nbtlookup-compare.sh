#!/bin/sh
# nbtlookup says what nmblookup says, byte for byte, and ends with the same status: both are run
# against the same responder.
set -u
# shellcheck source=SCRIPTDIR/peer.sh
. "$(dirname "$0")/peer.sh"
command -v nmblookup >/dev/null || lab_skip "nmblookup is not installed"
enter_namespace

# -T: names for some addresses, and no waiting for a name server that isn't there.
private_hosts() {
	printf '127.0.0.1 localhost\n10.99.0.21 node.example.org node\n' >"$tmp/hosts"
	printf 'hosts: files\n' >"$tmp/nsswitch.conf"
	mount --bind "$tmp/hosts" /etc/hosts
	mount --bind "$tmp/nsswitch.conf" /etc/nsswitch.conf
}

write_conf() {
	cat >"$tmp/smb.conf" <<-EOT
		[global]
		netbios name = CLIENT
		workgroup = LAB
		interfaces = 10.99.0.11/24 10.77.0.11/24
		bind interfaces only = yes
		private dir = $tmp
		lock directory = $tmp
		state directory = $tmp
		cache directory = $tmp
		pid directory = $tmp
	EOT
}

# Runs both with these arguments; what they say and their statuses go to DIR.
run_both() { # DIR ARGUMENTS...
	dir=$1
	shift
	mkdir "$dir"
	nmblookup "--configfile=$tmp/smb.conf" "$@" >"$dir/theirs" 2>"$dir/theirs.err"
	echo "status $?" >>"$dir/theirs"
	"$top_builddir/tools/nbtlookup" "--configfile=$tmp/smb.conf" "$@" >"$dir/ours" \
		2>"$dir/ours.err"
	echo "status $?" >>"$dir/ours"
}

compare() { # NAME DIR
	diff -u "$2/theirs" "$2/ours" >"$2/log"
	result=$?
	cat "$2/ours.err" >>"$2/log"
	verdict "$1" "$result" "$2/log"
}

same() { # NAME ARGUMENTS...
	name=$1
	shift
	run_both "$tmp/now" "$@"
	compare "$name" "$tmp/now"
	rm -rf "$tmp/now"
}

# Like same, but what they say, and their status, are on stdin too.
same_as_said() { # NAME ARGUMENTS...
	name=$1
	shift
	cat >"$tmp/said"
	run_both "$tmp/now" "$@"
	diff -u "$tmp/said" "$tmp/now/theirs" >"$tmp/now/log" &&
		diff -u "$tmp/said" "$tmp/now/ours" >"$tmp/now/log"
	verdict "$name" $? "$tmp/now/log"
	rm -rf "$tmp/now"
}

# What nbtlookup says and nmblookup does not; it is on stdin.
alone() { # NAME ARGUMENTS...
	name=$1
	shift
	cat >"$tmp/said"
	{
		"$top_builddir/tools/nbtlookup" "$@" 2>&1
		echo "status $?"
	} >"$tmp/ours"
	diff -u "$tmp/said" "$tmp/ours" >"$tmp/log"
	verdict "$name" $? "$tmp/log"
}

# Like same, for what takes ten seconds; compare_slow says what came of them.
slow=0
same_slow() { # NAME ARGUMENTS...
	slow=$((slow + 1))
	echo "$1" >"$tmp/slow.$slow.name"
	shift
	run_both "$tmp/slow.$slow" "$@" &
	slow_pids="${slow_pids:-} $!"
}

compare_slow() {
	# shellcheck disable=SC2086 # a list
	wait $slow_pids
	i=0
	while [ $i -lt $slow ]; do
		i=$((i + 1))
		compare "$(cat "$tmp/slow.$i.name")" "$tmp/slow.$i"
	done
}

start_peer
private_hosts
write_conf

same_as_said case_81_found -U 10.99.0.21 --recursion 'FRED#20' <<-'EOT'
	querying FRED on 10.99.0.21
	10.0.0.1 FRED<20>
	status 0
EOT
same_as_said case_81_not_found -U 10.99.0.21 --recursion 'NOBODY#20' <<-'EOT'
	querying NOBODY on 10.99.0.21
	name_query failed to find name NOBODY#20
	status 1
EOT
printf '%s\n\t%s\n\t%s\n\t%s\n\n\t%s\n\nstatus 0\n' "Looking up status of 10.99.0.21" \
	"FRED            <00> -         H <ACTIVE> " \
	"LAB             <00> - <GROUP> H <ACTIVE> " \
	"FRED            <20> -         H <ACTIVE> " \
	"MAC Address = 00-11-22-33-44-55" >"$tmp/v10"
same_as_said case_82_node_status -A 10.99.0.21 <"$tmp/v10"

same_slow "status of no address" -A not.example.org
same_slow "status of 255.255.255.255" -A 255.255.255.255
same_slow "status of a silent address" -A 10.77.0.21 10.99.0.23
same_slow "status of one of two" -S -U 10.99.0.21 HALF
same_slow "no status" -S -U 10.99.0.21 MUTE

same "broadcast to one subnet" -B 10.99.0.255 NODE
same "broadcast to all subnets" NODE
same "broadcast, nobody" -B 10.99.0.255 NOBODY
same "broadcast to all, nobody" NOBODY
same "unicast, silence" -U 10.99.0.21 SILENT
same "unicast is repeated" -U 10.99.0.21 TWICE
same "broadcast is not repeated" -B 10.99.0.255 TWICE
same "recursion is not desired" -U 10.99.0.21 RECURSE
same "recursion is desired" -U 10.99.0.21 --recursion RECURSE
same "recursion by broadcast" -B 10.99.0.255 RECURSE
same "unicast, no such name" -U 10.99.0.21 NOBODY 'NOBODY#20'
same "unicast without recursion" -U 10.99.0.21 FRED
same "unicast to a host by name" -U node.example.org FRED
same "unicast to a host without address" -U nowhere.example.org NODE
same "unicast to nobody at all" -U '' NODE
same "unicast to 0.0.0.0" -U 0.0.0.0 FRED
same "unicast to a network without a way" -U 10.66.0.1 FRED
same "broadcast to no address" -B x.example.org NODE
same "the last of -B and -U holds" -B 10.99.0.255 -U 10.99.0.21 FRED
same "the last of -U and -B holds" -U 10.99.0.21 -B 10.99.0.255 NODE
same "several names" -U 10.99.0.21 FRED NOBODY 'FRED#20'
same "the suffix stays" -U 10.99.0.21 'FRED#20' FRED NODE 'FRED#00' FRED
same "odd suffixes" -U 10.99.0.21 'FRED#' 'FRED#xyz' 'FRED#0x20' 'FRED#1234' 'FRED#-1' \
	'FRED#20#00' 'FRED#  20' 'FRED#+20' 'FRED#ffffffffff' 'FRED#-ff' 'FRED#100' 'FRED#0020zz'
same "case as typed" -U 10.99.0.21 'fReD#20'
same "no name, and a long one" -U 10.99.0.21 '' '#20' 'abcdefghijklmno#20'
same "too long" 'ABCDEFGHIJKLMNOP'
same "too long, its suffix stays" -U 10.99.0.21 'ABCDEFGHIJKLMNOP#20' FRED
same "names with blanks" -U 10.99.0.21 ' FRED' 'FRED '
same "names beyond ASCII" -U 10.99.0.21 'müller' 'ß' 'éé#20' 'µ' 'aaaaaaaaaaaaaaü' 'bbbbbbbbbbbbbü'
same "a name behind --" -U 10.99.0.21 -- FRED -f
same "no name at all" -U 10.99.0.21
same "no such option" --no-such-option FRED
same "bad debug level" -d much FRED
for flags in FLAGS0 FLAGS1 FLAGS2 FLAGS3 FLAGS4 FLAGS5; do
	same "flags of $flags" -f -U 10.99.0.21 $flags
done
same "flags of a broadcast" -B 10.99.0.255 -f NODE
same "flags of all answers" -f -B 10.99.0.255 MEMBERS
same "flags of nothing" -f -U 10.99.0.21 NOBODY
same "addresses once each, the closest first" -U 10.99.0.21 'MULTI#20'
same "closeness of many" -U 10.99.0.21 SORT
same "nowhere is no address" -U 10.99.0.21 NOWHERE EMPTY
same "a normal group" -U 10.99.0.21 'GROUP#1e'
same "a special group" -U 10.99.0.21 'LAB#1c'
same "members by broadcast" -B 10.99.0.255 MEMBERS
same "members by unicast: the first answer" -U 10.99.0.21 MEMBERS
same "one unique entry ends it" -B 10.99.0.255 MIXED
same "one owner ends it" -B 10.99.0.255 OWNERS
same "everyone" -B 10.99.0.255 '*'
same "everyone, with a suffix" -U 10.99.0.21 '*' '*#20'
same "negative answers" -U 10.99.0.21 NO BUSY NOTHEN
same "negative answers by broadcast" -B 10.99.0.255 NO BUSY NOTHEN
same "what is no answer" -U 10.99.0.21 WACK OPCODE5 REQUEST
same "master browser" -M WORK
same "master browser, suffixes" -U 10.99.0.21 -M 'WORK#20' WORK
same "__MSBROWSE__" -U 10.99.0.21 -M -- - -x WORK
same "__MSBROWSE__ by broadcast" -M -- -
same "status of what is found" -S -U 10.99.0.21 NODE
same "status with a suffix" -S -B 10.99.0.255 'NODE#20'
same "status, flags" -S -f -U 10.99.0.21 NODE
same "status of everyone" -S -B 10.99.0.255 '*'
same "status of nobody" -S NOBODY
same "all kinds of status" -S -U 10.99.0.21 SVAR SNONE SSHORT SLONG
# Later ones take a status without a whole MAC address for no answer.
case $(nmblookup --version) in
"Version 4.17."*) same "status without a MAC address" -S -U 10.99.0.21 SNOSTAT SMAC3 ;;
esac
same "bytes beyond ASCII" -S -U 10.99.0.21 SHIGH SALL
same "status of several addresses" -A 10.99.0.21 10.99.0.22
same "status by host name" -A node.example.org
same "status of an address in other notation" -A 10.99.21
same "status of an address without a way" -A 10.66.0.1
same "-A with -S and -M" -S -M -A 10.99.0.21
same "DNS names" -T -U 10.99.0.21 LOCAL NODE
same "DNS names, none" -T -U 10.99.0.21 'LAB#1c'
same "DNS names with status" -T -S -U 10.99.0.21 NODE
same "from another port" -U 10.99.0.21 WIN95
same "a scope" --netbios-scope=lab.example -U 10.99.0.21 FRED
same "short options together" -fSU10.99.0.21 NODE
same "popt's short form" -U=10.99.0.21 FRED
same "long options" --unicast 10.99.0.21 --flags --status NODE
same "options behind the name" NODE --unicast=10.99.0.21 --flags
same "options without effect" -d 0 --debug-stdout -l "$tmp" -n ME -W LAB --realm=LAB.EXAMPLE \
	-m SMB3 -O TCP_NODELAY --option=workgroup=LAB -U 10.99.0.21 FRED
same "-R with an order" -R bcast -U 10.99.0.21 FRED
same "--name-resolve" '--name-resolve=host bcast' -U 10.99.0.21 FRED
# nmblookup's -r has no effect any more: it sends from any port nevertheless.
alone "from port 137" -r -U 10.99.0.21 WIN95 <<-'EOT'
	querying WIN95 on 10.99.0.21
	10.99.0.95 WIN95<00>
	status 0
EOT
compare_slow
echo "1..$n"

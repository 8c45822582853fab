#!/bin/sh
# What goes wrong for people, as a table: the tool, its exit status, what it says, and how that comes. Every sentence says what
# to do next; and of every tool each status that its manual has is there, and no other.
. "$top_srcdir/tests/lab/net.sh"
lab_begin setpriv python3
. "$top_srcdir/tests/lab/browsers.sh"

host ns 10.99.1.5
host a 10.99.1.11
host lone 10.99.2.11
on lone ip route flush default 2>/dev/null || on lone ip route del default
data=$top_srcdir/tests/data
: >"$lab/seen"
printf 'workgroup = 7;\n' >"$lab/wrong.conf"
echo nonsense >"$lab/nonsense.pcap"
install -m 600 "$data/link-raw.pcap" "$lab/secret.pcap"

ends() { # STATUS PATTERN HOST COMMAND...: it says what matches, and complains in two lines at most
	wanted=$1 pattern=$2 where=$3
	shift 3
	on "$where" timeout 30 "$@" >"$lab/said" 2>"$lab/complaint"
	status=$?
	echo "status $status, wanted $wanted and: $pattern"
	cat "$lab/said" "$lab/complaint"
	[ "$status" = "$wanted" ] && { [ -z "$pattern" ] || grep -q -e "$pattern" "$lab/said" "$lab/complaint"; } &&
		[ "$(wc -l <"$lab/complaint")" -le 2 ]
}
# row HOST STATUS PATTERN TOOL WORD...; in $as: a command to run it by
as=
row() {
	row_host=$1 row_status=$2 row_pattern=$3
	shift 3
	echo "$1 $row_status" >>"$lab/seen"
	# shellcheck disable=SC2086 # words
	check "$(echo "$row_status: $as$*" | sed "s,$lab,LAB,g; s,$data,DATA,g; s/setpriv.*groups/nobody:/")" \
		ends "$row_status" "$row_pattern" "$row_host" $as "$@"
}
nobody() {
	as="setpriv --reuid=nobody --regid=nogroup --clear-groups "
	row "$@"
	as=
}
# Hints of the tools that stand for others are for terminals only.
hint() { # PATTERN TOOL WORD...
	check "on a terminal: $*" hinted "$@"
}
hinted() {
	pattern=$1
	shift
	on ns "$top_srcdir/tests/lab/terminal.py" 120 "$@" >"$lab/said"
	on ns "$@" >"$lab/said-plainly" 2>&1
	cat "$lab/said"
	grep -q -e "$pattern" "$lab/said" && ! grep -q -e "$pattern" "$lab/said-plainly"
}

# Without daemons.
row a 3 'nbnsd does not run.* to start it: systemctl start nbnsd' nbtctl version
row a 3 'browserd does not run.* systemctl start browserd' nbtctl browse roles
row a 3 'nbnsd does not run.* systemctl start nbnsd' nbtstat -c
row a 3 'nbddd does not run here; start it (systemctl start nbddd), or .*--direct' nbtsend ALPHA text
row a 1 'no browser has answered; "nbtbrowse --doctor"' nbtbrowse -t 1
row a 1 'no master browser has answered; "nbtbrowse --doctor"' nbtbrowse --dot -t 1
row a 1 'Host not found' nbtstat -A 10.99.1.11

nbnsd_start 'rate-limit = 0'

# nbtlookup: as nmblookup.
row ns 0 '^10.99.1.5 NS<00>' nbtlookup -U 127.0.0.1 -R NS
row ns 1 'failed to find name NOBODY' nbtlookup -U 127.0.0.1 -R NOBODY
row ns 1 'no such option; do you mean --json? "nbtlookup --help"' nbtlookup --jsno NS
row ns 1 'not a number from 0 to 65535; ' nbtlookup --port=70000 NS
row ns 1 'which NAME? ' nbtlookup
row ns 1 'not a scope' nbtlookup --netbios-scope=a..b NS
hint 'does not answer.* firewall' nbtlookup -U 10.99.1.200 NS
hint 'nobody has answered here; .*-U SERVER' nbtlookup NOBODY
hint '--recursion asks for those of others' nbtlookup -U 127.0.0.1 NOBODY

# nbtstat.
row ns 0 'NS  *<00>' nbtstat -A 10.99.1.5
row ns 0 'Successful purge' nbtstat -R
row ns 2 'not an address; for a host.s name there is -a; ' nbtstat -A localhost
row ns 2 'one of -a, -A' nbtstat
row lone 2 'no way to it; "ip route" shows' nbtstat -A 192.0.2.1
nobody ns 3 'only root and the group nbt-admin .*sudo' nbtstat -c
hint 'a firewall lets no UDP 137' nbtstat -A 10.99.1.11

# nbtscan.
row ns 0 '10.99.1.5 .*NS' nbtscan 10.99.1.5
row a 1 'IP address' nbtscan -t 200 10.99.1.11
row a 2 'nothing to sweep; for instance' nbtscan
row a 2 'no address (192' nbtscan 10.99.1
row a 2 '; a file with addresses' nbtscan -f "$lab/none"
row ns 2 'port 137; stop nbnsd or nmbd, or leave out -r' nbtscan -r 10.99.1.5
nobody a 2 'only root may use it: try it with sudo' nbtscan -r 10.99.1.5
row a 2 'nbnsd does not run' nbtscan -q --nbns="$lab" 10.99.1.5
row a 2 'cannot be used with .*--help' nbtscan -d -v 10.99.1.5
hint 'nobody has answered; -r' nbtscan -t 200 10.99.1.11

# nbtctl.
row ns 0 nbtsuite nbtctl version
row ns 1 'NONE is not registered' nbtctl names show NONE
row ns 2 'no command "names lst"; do you mean "names list"? "nbtctl -d nbnsd help"' nbtctl names lst
row ns 2 'do you mean "browse"' nbtctl brwose roles
row ns 2 'there is no option --sufix; do you mean --suffix?' nbtctl names list --sufix 20
row ns 2 'which COMMAND? "nbtctl help"' nbtctl
row ns 2 'a daemon is nbnsd, nbddd or browserd' nbtctl -d nmbd version
row ns 2 'No such file' nbtctl import wins.dat "$lab/none"
row ns 2 'one of the formats.*"nbtctl import --help"' nbtctl import wins.dta "$lab/none"
nobody ns 3 'only root and the group nbt-admin .*sudo' nbtctl version

# nbtsend.
row ns 0 '' nbtsend --direct --to=10.99.1.11 ALPHA text
row ns 1 'nobody here has this name; --to' nbtsend --direct NOBODY text
row a 1 '' nbtsend --direct --listen --timeout=0 ALPHA
row a 2 'to which NAME? "nbtsend --help"' nbtsend
row a 2 'not a NetBIOS name' nbtsend --direct ABCDEFGHIJKLMNOP text
row a 2 'no host with an IPv4 address; name an address' nbtsend --direct --to=nowhere ALPHA text
row a 2 'No such file' nbtsend --direct --file="$lab/none" ALPHA
nobody a 2 'only root may use it: try it with sudo, or --own-port' nbtsend --direct --listen ALPHA

# nbtbrowse.
row a 1 'it is off, serves no files, or a firewall.*nbtscan' nbtbrowse -t 1 //10.99.1.5
row a 2 'begin at 1' nbtbrowse -t 0
row a 2 'wrong.conf:1: .*workgroup' nbtbrowse -c "$lab/wrong.conf"
row a 2 'its address is not found; name an address' nbtbrowse -B nowhere
row ns 0 'no fault found' nbtbrowse --doctor -t 1
row ns 1 'do: ' nbtbrowse --doctor -t 1 -U 10.99.1.200
row ns 2 'one at a time' nbtbrowse --doctor --dot
row ns 2 'wrong.conf:1: ' nbtbrowse --doctor -c "$lab/wrong.conf"

# nbtdump, with libpcap.
if command -v nbtdump >/dev/null; then
	row a 0 'query request' nbtdump -r "$data/link-raw.pcap"
	row a 2 'No such file' nbtdump -r "$lab/none"
	row a 2 'a pcap or pcapng file is wanted' nbtdump -r "$lab/nonsense.pcap"
	nobody a 2 'Permission denied; try it with sudo' nbtdump -r "$lab/secret.pcap"
	row a 2 'no such interface; "ip link" shows' nbtdump -i nowhere
	nobody a 2 'takes root.* sudo' nbtdump -i eth0
	row a 2 'no such kind; --kind=help shows' nbtdump -r "$data/link-raw.pcap" --kind=nope
fi

# With the others, of which one has port 138.
stop nbnsd
daemons a
browser a 'os-level = 65' 'preferred-master = "yes"'
await 20 is_role a master
row a 2 'port 138: Address already in use; leave out --direct' nbtsend --direct --listen ALPHA
check "there is a list" await 30 on ns nbtbrowse -t 2
row ns 0 '^LAB$' nbtbrowse -t 2
row ns 0 'digraph\|graph' nbtbrowse --dot -t 2
export NBT_RUN_DIRECTORY="$lab/a"
row a 1 'nobody has this name; --to' nbtsend NOBODY text
nobody a 3 'for root and the group nbt; try it with sudo' nbtsend ALPHA text
unset NBT_RUN_DIRECTORY

# Whatever an option is given.
documented() { # TOOL
	sed -n '/^\.Sh EXIT STATUS/,/^\.El/s/^\.It \([0-9]\)$/\1/p' "$top_srcdir/doc/man/$1".[18]
}
odd() { # TOOL WORD...: each option that takes an argument, with one that it does not expect
	tool=$1 wrong=0
	shift
	for option in $("$tool" --help | sed -n 's/^  *\(-.,\)* *\(--[a-z-]*\)=.*/\2/p'); do
		on ns timeout -k 1 5 "$tool" "$option=%" "$@" >/dev/null 2>&1 </dev/null
		status=$?
		[ "$status" = 124 ] || documented "$tool" | grep -qx "$status" || {
			echo "$tool $option=%: $status"
			wrong=1
		}
	done
	return $wrong
}
check "nbtlookup: no other status" odd nbtlookup -U 127.0.0.1 NS
check "nbtstat: no other status" odd nbtstat -A 127.0.0.1
check "nbtscan: no other status" odd nbtscan 127.0.0.2
check "nbtctl: no other status" odd nbtctl version
check "nbtsend: no other status" odd nbtsend --direct --to=127.0.0.1 ALPHA text
check "nbtbrowse: no other status" odd nbtbrowse -t 1 //127.0.0.2
[ ! -x "$top_builddir/tools/nbtdump" ] || check "nbtdump: no other status" odd nbtdump -r "$data/link-raw.pcap"

for tool in $(cut -d' ' -f1 "$lab/seen" | sort -u); do
	sed -n "s/^$tool //p" "$lab/seen" | sort -u >"$lab/statuses"
	check "$tool: statuses are those of its page" eval 'documented $tool | sort | diff - "$lab/statuses"'
done

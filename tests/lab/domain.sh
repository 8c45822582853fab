#!/bin/sh
# One neighbourhood over three subnets by a domain master: browserd everywhere, and a name server. Besides, a workgroup in
# one of these subnets, and one that is alone in another.
# DOMAIN_SCALE divides all times, 1: the protocol's.
. "$top_srcdir/tests/lab/net.sh"
lab_begin smbclient
. "$top_srcdir/tests/lab/browsers.sh"

scale=${DOMAIN_SCALE:-4}
subnet 3
subnet 4
host s 10.99.1.5
host a1 10.99.1.11
host a2 10.99.1.12
host b1 10.99.2.11
host b2 10.99.2.12
host b3 10.99.2.13
host c1 10.99.3.11
host c2 10.99.3.12
host o1 10.99.2.21
host f1 10.99.4.11

# Nobody else is to be told anything: which daemons run, and where the name server is.
node="time-scale = $scale; wins-servers = [\"10.99.1.5\"]; nbnsd = { server = false; lmhosts = \"\"; };"
server="time-scale = $scale; nbnsd = { server = true; lmhosts = \"\"; database = \"$lab/db/names.db\"; };"

start() { # HOST [SETTING...]
	browser_node=$node
	daemons "$@" >/dev/null
	browser "$@"
}

hosts='a1 a2 b1 b2 c1 c2'
lists() { # HOST NAME
	browse "$1" servers | grep -q "^$2,LAB,"
}
# whole [HOST...]: those list all hosts of $hosts.
whole() {
	for of; do
		for name in $hosts; do
			lists "$of" "$(echo "$name" | tr '[:lower:]' '[:upper:]')" || { echo "$of lacks $name"; return 1; }
		done
	done
}
domain_masters() {
	for of in $hosts; do
		browse "$of" servers 2>/dev/null | grep -o "^[A-Z0-9]*,LAB,[0-9a-fx]*,domain master" | cut -d, -f1
	done | sort -u
}
# all_say NAME: the lists of all masters have one domain master, this one.
all_say() {
	[ "$(domain_masters)" = "$1" ]
}
has_one() {
	[ "$(domain_masters | wc -l)" = 1 ]
}
# client_sees FROM ADDRESS LINE...: what a client there is shown by the master at this address has all of these lines.
client_sees() {
	seen_from=$1 seen_of=$2
	shift 2
	on "$seen_from" timeout 20 smbclient -s /dev/null -N -g -L "//$seen_of" -m NT1 --option='client min protocol=NT1' \
		>"$lab/seen" 2>&1
	for line; do
		grep -q -e "^$line|" -e "^$line\$" "$lab/seen" || { echo "$seen_of lacks $line"; cat "$lab/seen"; return 1; }
	done
}
# all_see LINE...: clients of every subnet, of the master there.
all_see() {
	client_sees a2 10.99.1.11 "$@" && client_sees b2 10.99.2.11 "$@" && client_sees c2 10.99.3.11 "$@"
}
told() { # TEXT SECONDS-BEFORE
	echo "# $1: $(($(date +%s) - $2)) s"
}

#
# The beginning.
#
browser_node=$server
daemons s >/dev/null
for name in a1 b1 c1; do start "$name" 'os-level = 33' 'preferred-master = "yes"'; done
for name in a2 b2 c2; do start "$name"; done
began=$(date +%s)
check "every list has all hosts" await 90 whole a1 b1 c1
told "whole" "$began"
check "there is one domain master" await 20 has_one
first=$(domain_masters | tr '[:upper:]' '[:lower:]')
check "its name is in the name server" on s nbtlookup -R -U 10.99.1.5 'LAB#1B'
browser_workgroup=OTHER start o1
browser_workgroup=FAR start f1
check "a client of any subnet is shown the servers of all" all_see 'Server|A1' 'Server|A2' 'Server|B1' 'Server|B2' \
	'Server|C1' 'Server|C2'
began=$(date +%s)
both_workgroups() {
	client_sees a2 10.99.1.11 'Workgroup|LAB|A1' && client_sees b2 10.99.2.11 'Workgroup|LAB|B1' &&
		client_sees c2 10.99.3.11 'Workgroup|LAB|C1' && all_see 'Workgroup|OTHER|O1' 'Workgroup|FAR|F1'
}
check "and all workgroups, each with its master" await 60 both_workgroups
told "all workgroups everywhere" "$began"
far_sees() {
	client_sees f1 10.99.4.11 'Workgroup|OTHER|O1' "Workgroup|LAB|$(domain_masters)" 'Workgroup|FAR|F1' 'Server|F1'
}
check "so do those of the others" await 30 far_sees
check "with whom, is told" eval 'browse f1 peers | grep "^LAB,.*,neighbour,"'
has_peers() { # HOST ROLE COUNT: so many that are told at once
	[ "$(browse "$1" peers | tee "$lab/peers" | grep -c ",$2,yes")" = "$3" ] || { cat "$lab/peers"; false; }
}
at_the_server() {
	on s nbtbrowse -c "$lab/s.conf" LAB >"$lab/tree"
	grep -F "\\\\C2\\IPC" "$lab/tree" || { cat "$lab/tree"; return 1; }
}
check "at the name server nbtbrowse finds hosts of other subnets, too" at_the_server
check "who syncs with whom is told" has_peers "$first" "local master" 2
for of in a1 b1 c1; do
	[ "$of" = "$first" ] || check "by $of, too" has_peers "$of" "domain master" 1
done

#
# Who comes and goes.
#
began=$(date +%s)
start b3
check "a host that comes in B is in C's list" await 15 lists c1 B3
told "it is there" "$began"
check "and in A's" await 15 lists a1 B3
began=$(date +%s)
stop b3-browserd
check "one that goes is gone from C's" await 15 not lists c1 B3
told "it is gone" "$began"
check "and from A's" await 15 not lists a1 B3

#
# What dies.
#
# dies HOST: all of it, without a word.
dies() {
	ip link set "$1-eth0" down
	for daemon in browserd nbddd nbnsd; do stop "$1-$daemon" KILL; done
	hosts=$(echo "$hosts" | sed "s/ *\<$1\>//")
}
lives() { # HOST [SETTING...]
	hosts="$hosts $1"
	ip link set "$1-eth0" up
	start "$@"
}
others() { # HOST: masters without it; the second of its subnet is in its place
	for of in a1 b1 c1; do
		[ "$of" = "$1" ] && echo "${1%1}2" || echo "$of"
	done
}
began=$(date +%s)
dies "$first"
# shellcheck disable=SC2046 # names
check "the domain master dies: all lists are whole again" await 60 whole $(others "$first")
told "whole without the domain master" "$began"
check "another is it" await 60 eval "has_one && [ \"\$(domain_masters)\" != $(echo "$first" | tr '[:lower:]' '[:upper:]') ]"
told "the domain master is replaced" "$began"
# shellcheck disable=SC2046 # names
check "and the lists stay whole" whole $(others "$first")
lives "$first" 'os-level = 33' 'preferred-master = "yes"'
check "it comes back: all have it" await 60 whole a1 b1 c1
second=$(domain_masters | tr '[:upper:]' '[:lower:]')
check "and it is no domain master any more" not [ "$second" = "$first" ]

for lmb in a1 b1 c1; do [ "$lmb" = "$second" ] || break; done
began=$(date +%s)
dies "$lmb"
# shellcheck disable=SC2046 # names
check "a local master dies: all lists are whole again" await 60 whole $(others "$lmb")
told "whole without the local master" "$began"
check "by the new one" await 60 is_role "${lmb%1}2" master
check "which the domain master knows" await 20 eval "browse $second peers | grep -i ',${lmb%1}2,'"
told "the local master is replaced" "$began"
lives "$lmb" 'os-level = 33' 'preferred-master = "yes"'
check "and when it is back" await 60 whole a1 b1 c1

#
# The router of a subnet is gone for a while.
#
# Not the domain master's: that one keeps what it has been told until it has tried to fetch it twice.
cut=c n=3
[ "$(domain_masters)" != C1 ] || cut=b n=2
ip addr del "10.99.$n.1/24" dev "br$n"
alone() {
	not lists "${cut}1" A1 && not lists "${cut}1" A2 && lists "${cut}1" "$(echo "${cut}2" | tr '[:lower:]' '[:upper:]')"
}
check "cut off $cut has only itself" await 120 alone
ip addr add "10.99.$n.1/24" brd + dev "br$n"
began=$(date +%s)
check "with its router all lists are whole again" await 60 whole a1 b1 c1
told "whole after the cut" "$began"
check "there is one domain master" await 60 has_one

#
# The name server comes back without its database.
#
stop s-nbnsd KILL
rm -f "$lab"/db/*
run s s-nbnsd nbnsd -f -c "$lab/s.conf"
check "a name server that has forgotten all is told the domain master's name" \
	await 60 on s nbtlookup -R -U 10.99.1.5 'LAB#1b'
check "it is the one that it was" has_one
check "and the lists are whole" whole a1 b1 c1

#
# Who is configured to be it.
#
configure b2 'domain-master = "yes"'
chosen() {
	browser_node=$node
	configure "$@"
	on "$1" nbtctl -d browserd -r "$lab/$1" reload
}
check "one is told to be it, at reload" chosen b2 'domain-master = "yes"'
began=$(date +%s)
check "it is" await 120 all_say B2
told "all know the one that was chosen" "$began"
check "and the lists are whole" await 60 whole a1 b1 c1
check "nobody has complained of what it cannot send" eval '! grep -h "cannot\|failed" $lab/*-browserd.log | grep -v fetched'

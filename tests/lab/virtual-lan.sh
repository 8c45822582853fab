#!/bin/sh
# The virtual LAN of RFC 1001: P nodes in three subnets, with the configuration of doc/virtual-lan.md word by word and
# the protocol's own timers. One master over all, no domain master; whole within a minute, and again when it is
# killed.
. "$top_srcdir/tests/lab/net.sh"
lab_begin smbclient
. "$top_srcdir/tests/lab/browsers.sh"

subnet 3

host box 10.99.1.5
host anne 10.99.1.11
host bob 10.99.2.12
host carl 10.99.3.13
host dora 10.99.3.14

# configure HOST KIND: the document's for this kind, with the lab's addresses and paths.
configure() {
	install -d -m 1775 -g nbt "$lab/$1"
	install -d -o nbnsd -g nbt "$lab/$1/db"
	{
		awk -v kind="# $2" '/^```/ { on = 0 } on { print } $0 == kind { on = 1 }' "$top_srcdir/doc/virtual-lan.md" |
			sed "s/10\.1\.0\./10.99.1./; s#nbnsd = {#nbnsd = { database = \"$lab/$1/db/names.db\"; lmhosts = \"\";#"
		echo "netbios-name = \"$1\"; run-directory = \"$lab/$1\";"
	} >"$lab/$1.conf"
}
daemon() { # HOST DAEMON
	run "$1" "$1-$2" "$2" -f -c "$lab/$1.conf"
}
node() { # HOST KIND
	configure "$1" "$2"
	daemon "$1" nbnsd
	daemon "$1" nbddd
	daemon "$1" browserd
}

# whole HOST ADDRESS SERVER...: what smbclient there is told by the host at this address has all of them.
whole() {
	lab_at=$1 lab_from=$2
	shift 2
	on "$lab_at" timeout 20 smbclient -s /dev/null -N -L "//$lab_from" -m NT1 --option='client min protocol=NT1' \
		>"$lab/list" 2>&1
	for name; do
		sed -n '/Server  /,$p' "$lab/list" | grep -qi "^	$name " || {
			cat "$lab/list"
			return 1
		}
	done
}
# everywhere ADDRESS SERVER...: and so from each subnet.
everywhere() {
	for at in box bob carl; do
		whole "$at" "$@" || return 1
	done
}
# within SECONDS COMMAND...: and says how long it took.
within() {
	lab_since=$(date +%s)
	await "$@" || return 1
	echo "# after $(($(date +%s) - lab_since)) of $1 s:" >&3
}
# master HOST...: the only one, as all the others say.
master() {
	lab_master=$1
	for at; do
		browse "$at" roles | grep "^OFFICE,[0-9.]*,$([ "$at" = "$lab_master" ] && echo master || echo '[bp][a-z]*')," |
			grep -i ",$lab_master," || return 1
	done
}
browse_lists() { # HOST SERVER
	browse "$1" servers | grep -qi "^$2,"
}
# one_of ROLE: which of the two has it, in $one, at $address; the other one is in $other.
one_of() {
	if is_role bob "$1"; then
		one=bob other=carl address=10.99.2.12
	else
		one=carl other=bob address=10.99.3.13
	fi
	is_role "$one" "$1"
}
exec 3>&1 # TAP, in the middle of a check

# It has a foot in each subnet, and one role.
plug box eth1 10.99.2.5
plug box eth2 10.99.3.5
node box "the name server"
node anne "a host that is listed"
node bob "a host that may become the master"
node carl "a host that may become the master"
node dora "a host that is listed"
check "the list of the name server's host is whole within a minute, from every subnet" \
	within 60 everywhere 10.99.1.5 BOX ANNE BOB CARL DORA
check "it is the one master, as all say" master box bob carl
check "the name server knows the master's name" eval 'on carl nbtlookup -U 10.99.1.5 -R OFFICE#1d | grep "^10.99.1.5 "'
check "nbtbrowse finds the whole list by it" eval \
	'on dora nbtbrowse -U 10.99.1.5 OFFICE >"$lab/tree"; for name in BOX ANNE BOB CARL DORA; do grep -qi "\\\\$name" "$lab/tree" || exit 1; done'
check "the doctor has nothing to say" eval 'on dora nbtbrowse --doctor -t 1 -c "$lab/dora.conf" && on box nbtbrowse --doctor -t 1 -c "$lab/box.conf"'
check "no domain master anywhere" not on box nbtlookup -U 127.0.0.1 -R OFFICE#1b
check "a backup is made of one in another subnet" within 60 one_of backup
check "which fetches the list each minute, or when it is told to" eval 'browse $one pull | grep "^1$"'
check "and gives it to everybody" within 10 everywhere "$address" BOX ANNE BOB CARL DORA

# The browser alone: its host lives, and its name is released.
stop box-browserd KILL
check "the master is killed: another one has a whole list within a minute" within 60 eval \
	'one_of master && everywhere $address ANNE BOB CARL DORA'
check "it is the one master" await 10 master "$one" "$other"
check "the name server knows it" eval 'on dora nbtlookup -U 10.99.1.5 -R OFFICE#1d | grep "^$address "'

# The host, which nobody releases the names of.
for daemon in browserd nbddd nbnsd; do stop "$one-$daemon" KILL; done
case $other in bob) address=10.99.2.12 ;; *) address=10.99.3.13 ;; esac
check "its host dies: the last one has a whole list within a minute" within 60 everywhere "$address" ANNE "$other" DORA
check "the name server has asked who had the name" eval 'on dora nbtlookup -U 10.99.1.5 -R OFFICE#1d | grep "^$address "'

# Back again.
daemon box browserd
check "the preferred master comes back, and is it" within 60 eval 'is_role box master && everywhere 10.99.1.5 BOX ANNE $other DORA'
daemon "$one" nbnsd
daemon "$one" nbddd
daemon "$one" browserd
check "the host that was dead is here again" within 30 eval 'master box bob carl && browse box servers | grep -i "^$one,.*,heard,"'
stop anne-browserd
check "a good-bye from anywhere is heard at once" within 10 not browse_lists box anne

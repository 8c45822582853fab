#!/bin/sh
# nbtbrowse --doctor: two subnets with a WINS server, in which all is well; then eleven faults, one at a time, each with its
# cure said and mended again.
. "$top_srcdir/tests/lab/net.sh"
lab_begin nmbd smbd jq
. "$top_srcdir/tests/lab/browsers.sh"

host w 10.99.1.10 # the WINS server
host a 10.99.1.11 # master, and domain master
host b 10.99.1.12 # Samba's server
host c 10.99.1.13 # here the doctor is asked
host m 10.99.1.14 # with a wrong mask, or a wrong WINS server
host r 10.99.1.21 # a rival
host d 10.99.2.11 # master of the other subnet
host e 10.99.2.12 # a server there

# Times are divided; other programs than ours have their own.
node="time-scale = 4; wins-servers = [\"10.99.1.10\"]; nbnsd = { server = false; lmhosts = \"\"; };"
wins="time-scale = 4; nbnsd = { server = true; lmhosts = \"\"; database = \"$lab/db/names.db\"; };"

doctor_at=c
doctor() { # WORD...: there; an object a line is in $lab/doctor
	on $doctor_at nbtbrowse --doctor --json -c "$lab/$doctor_at.conf" -t 1 "$@" >"$lab/doctor"
}
healthy() { # WORD...
	doctor "$@" && jq -es 'all(.kind != "finding") and last.errors + last.warnings == 0 and last.is_complete' <"$lab/doctor" && return
	cat "$lab/doctor"
	return 1
}
# ill RULE EVIDENCE CURE [WORD...]: status 1, and there is a finding of this rule with what matches.
ill() {
	rule=$1 evidence=$2 cure=$3
	shift 3
	doctor "$@"
	[ $? = 1 ] && jq -es --arg rule "$rule" --arg evidence "$evidence" --arg cure "$cure" 'any(.kind == "finding" and
		.rule == $rule and (.what + ": " + .evidence | test($evidence)) and (.cure | test($cure)))' <"$lab/doctor" && return
	cat "$lab/doctor"
	return 1
}
# only RULE...: the last time nothing else was found.
only() {
	jq -rs '.[] | select(.kind == "finding").rule' <"$lab/doctor" | sort -u >"$lab/found"
	for rule; do echo "$rule"; done | sort | diff - "$lab/found" || {
		cat "$lab/doctor"
		return 1
	}
}
lists() { # HOST NAME...: it has them all
	of=$1
	shift
	for name; do browse "$of" servers | grep "^$name,LAB," || return 1; done
}

#
# All is well.
#
browser_node=$node
configure c
browser_node=$wins
daemons w
browser_node=$node
daemons a
browser a 'os-level = 65' 'domain-master = "yes"'
await 20 is_role a master # nmbd announces itself at its start, and then not for a minute
samba_conf "$lab/smbd" SAMBA 'map to guest = Bad User' 'server min protocol = LANMAN1'
nmbd_run b SAMBA 'wins server = 10.99.1.10' 'local master = no'
# With a process group of its own: at its end it ends all of the group.
run b b-smbd smbd --foreground --debug-stdout -s "$lab/smbd/smb.conf" -l "$lab/smbd"
await 60 lists a SAMBA
await 30 on c nbtlookup -R -U 10.99.1.10 'SAMBA#20'
await 30 on c nbtlookup -B 10.99.1.255 'SAMBA#20'
check "one subnet: no fault" healthy
check "who is master is said" jq -es '.[] | select(.kind == "master" and .role == "local") | .name == "A" and .interface == "eth0"' "$lab/doctor"
check "with a workgroup and a WINS server of one's choice, too" healthy -U 10.99.1.10 LAB
check "and on the master itself" eval 'on a nbtbrowse --doctor -c "$lab/a.conf" -t 1 >"$lab/text"; grep "no fault found" "$lab/text"'
daemons d
browser d 'domain-master = "no"'
daemons e
browser e 'local-master = false'
check "the lists of two subnets become one" await 60 eval 'lists d A D E SAMBA && lists a A D E SAMBA'
check "two subnets: no fault" healthy
check "on the name server itself" eval 'on w nbtbrowse --doctor -c "$lab/w.conf" -t 1 >"$lab/text"; grep "^[4-9].*no fault found" "$lab/text"'
check "from between" eval 'nbtbrowse --doctor -c "$lab/c.conf" -t 1 >"$lab/text"; grep "no fault found" "$lab/text"'
check "nor in the other one" eval 'on e nbtbrowse --doctor -c "$lab/e.conf" -t 1 >"$lab/text"; grep "no fault found" "$lab/text"'

#
# 1: a firewall between the subnets.
#
ip rule add pref 1 ipproto udp dport 137 iif br1 blackhole
check "UDP 137 stops at the router" ill firewall 'UDP 137.*although TCP does: 10.99.2.1[12] and' 'UDP 137, UDP 138 and TCP 139'
check "nothing else is the matter" only firewall
ip rule del pref 1

#
# And one that stops TCP only, which the browser of the other subnet knows of.
#
on d ip rule add pref 1 ipproto tcp to 10.99.1.11 blackhole
fails() { # its pulls do
	browse d pull >/dev/null
	browse d peers | grep -v ',[01]$' | grep '^LAB,A,'
}
await 20 fails
doctor_at=d
check "lists no longer come, and since when" ill sync-failing 'gets no lists of LAB from A.*in a row have failed at 10.99.1.11; (the last list came|no list has come in the) 0 minutes' 'TCP 139 pass'
doctor_at=c
on d ip rule del pref 1
await 60 eval 'browse d pull; lists d A D E SAMBA && lists a A D E SAMBA'

#
# 2: a list that has a server which is gone.
#
on e ip link set eth0 down
check "a server is gone, and in the list" ill stale-list 'E is in the browse list.*E .10.99.2.12., where neither' 'goes by itself'
check "nothing else is the matter" only stale-list
on e ip link set eth0 up
on e ip route replace default via 10.99.2.1

#
# 3: two masters. 4: two hosts of one name. What they say of themselves is node status: names, each with its flags.
#
names() { # NAME SUFFIX FLAGS...: NUM_NAMES, the names, and the rest
	printf '%02x' $(($# / 3))
	while [ $# -gt 0 ]; do
		printf '%-15s' "$1" | od -An -v -tx1 | tr -d ' \n'
		printf '%s%s' "$2" "$3"
		shift 3
	done
	printf '%092d' 0
}
respond() { # ROW...
	printf '%s\n' "$@" >"$lab/table"
	rm -f "$lab/responder.log"
	run r responder responder "$lab/table" 10.99.1.21 10.99.1.255
	await 5 logged responder '^ready'
}
respond "status * $(names RIVAL 20 0400 LAB 1d 0400)" 'answer RIVAL#20 8580 0000/10.99.1.21' 'answer LAB#1d 8580 0000/10.99.1.21'
check "two masters" ill rival-masters 'on eth0 .10.99.1.0/24. .*A .10.99.1.11. and RIVAL .10.99.1.21.' 'nbtctl browse elect'
stop responder
respond "status * $(names SAMBA 20 0400 OTHER 00 8400)" 'answer SAMBA#20 8580 0000/10.99.1.21'
check "two hosts of one name" ill duplicate-name 'SAMBA<20>: .*10.99.1.12. and SAMBA .10.99.1.21' 'Rename all but one'
stop responder

#
# 5: a wrong mask.
#
on m ip addr flush dev eth0
on m ip addr add 10.99.1.14/16 brd + dev eth0
browser_node='nbnsd = { server = false; lmhosts = ""; };'
daemons m
await 10 on c nbtlookup -B 255.255.255.255 'M#20'
check "a host with another netmask" ill wrong-mask 'M .10.99.1.14. answers to 255.255.255.255, but not to 10.99.1.255' 'same netmask'
check "nothing else is the matter" only wrong-mask
stop m-nbddd
stop m-nbnsd

#
# 6: a wrong WINS server: of this host, and of another.
#
check "the WINS server is not there" ill wins-silent '10.99.1.99 does not answer: neither' 'wins-servers in nbt.conf' -U 10.99.1.99
check "nothing else is the matter" only wins-silent
check "it is another host" ill no-name-server 'A .10.99.1.11. is no name server' 'wins-servers in nbt.conf' -U 10.99.1.11
check "it is one with Samba" ill wins-silent 'SAMBA .10.99.1.12. does not answer.*it is no name server' 'wins-servers in nbt.conf' -U 10.99.1.12
address m eth0 10.99.1.14
browser_node='wins-servers = ["10.99.1.99"]; nbnsd = { server = false; lmhosts = ""; };'
daemons m
await 20 on c nbtlookup -B 10.99.1.255 'M#20'
check "a host has another one" ill wrong-wins 'not known at 10.99.1.10.*: M .10.99.1.14.' 'same WINS servers'
check "nothing else is the matter" only wrong-wins
stop m-nbddd
stop m-nbnsd

#
# An NBDD: one that is none, one that is, and one beside a name server of its own.
#
nbdd() { # ADDRESS: of the host where the doctor is asked
	browser_node=$node
	configure c
	sed -i "s/nbddd = { server = false; }/nbddd = { server = false; nbdd-servers = [\"$1\"]; }/" "$lab/c.conf"
	grep -q nbdd-servers "$lab/c.conf"
}
distributor() { # HOST: its nbddd is one from now on
	sed -i 's/nbddd = { server = false; }/nbddd = { server = true; }/' "$lab/$1.conf"
	again "$1" nbddd
	await 10 eval 'on c nbtbrowse --doctor --json -c "$lab/c.conf" -t 1 | not grep nbdd-silent'
}
check "an NBDD" nbdd 10.99.1.10
check "which is none" ill nbdd-silent 'NBDD W .10.99.1.10. does not answer: UDP 138' 'nbddd there, with server = true'
check "nothing else is the matter" only nbdd-silent
check "now it is one" distributor w
check "and all is well" healthy
browser_node="node-type = \"p\"; nbnsd = { server = true; lmhosts = \"\"; database = \"$lab/db/m.db\"; };"
browser_workgroup=SHOP # the name server's host is in its own workgroup's group
daemons m
browser_workgroup=LAB
check "another NBDD" nbdd 10.99.1.14
check "is one" distributor m
check "and its name server has other names" ill nbdd-ignorant 'NBDD M .10.99.1.14. does not distribute to LAB<1E>.*name server 10.99.1.10 has' 'what its nbnsd'
stop m-nbddd
stop m-nbnsd
browser_node=$node
configure c

#
# 7: TCP 139 is blocked at the master, and another server has no program for it.
#
on a ip rule add pref 1 ipproto tcp sport 139 blackhole
check "TCP 139 is blocked at the master" ill blocked-139 'blocked at 1 master browser: A .*firewall' 'TCP 139 in at the firewall'
on a ip rule del pref 1
stop b-smbd
check "and closed at a server" ill blocked-139 'closed at 1 server: SAMBA .*nobody listens' 'smbd'
check "nothing else is the matter" only blocked-139
run b b-smbd smbd --foreground --debug-stdout -s "$lab/smbd/smb.conf" -l "$lab/smbd"
await 10 eval 'on b ss -tln | grep -q ":139 "'
check "all is well again" healthy

#
# 8: a host that is announced and leads nowhere.
#
check "an announcement" on c nbtsend -D -g -s EVIL -B host 'LAB<1D>' name=EVIL
check "is heard" await 10 lists a EVIL
check "its name leads nowhere" ill unresolvable 'EVIL is in the browse list.*no name server knows it' 'answers on UDP 137'
check "nothing else is the matter" only unresolvable

#
# 9: the domain master is dead. 10: and its subnet has no master.
#
on a ip link set eth0 down
check "the domain master is dead" ill dead-domain-master '10.99.1.10 says that LAB<1B> is at 10.99.1.11, but neither' 'become the domain master'
check "its subnet has no master" ill no-master 'LAB has no master browser on eth0.*members are .*SAMBA' 'Computer Browser'

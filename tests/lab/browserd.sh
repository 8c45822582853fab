#!/bin/sh
# browserd with its real nbnsd and nbddd, and nmbd beside it: names, roles, lists, restarts, reloads.
. "$top_srcdir/tests/lab/net.sh"
lab_begin nmbd nmblookup
. "$top_srcdir/tests/lab/browsers.sh"

host a 10.99.1.11
host b 10.99.1.12
host c 10.99.1.13

listed() { # HOST PATTERN: in its list of servers
	browse "$1" servers | grep -e "$2"
}
holds() { # ADDRESS NAME
	on c nmblookup -s /dev/null -A "$1" | grep -e "$2.*<ACTIVE>"
}
reload() { # HOST [SETTING...]
	configure "$@"
	on "$1" nbtctl -d browserd -r "$lab/$1" reload
}
# How often it has become a master.
times_master() {
	grep -c 'LAB at 10.99.1.11: local master browser' "$lab/a-browserd.log"
}
measured() { # PATTERN: of a line for Prometheus
	on a nbtctl -r "$lab/a" browse stats --prometheus | grep -e "$1"
}

#
# Alone.
#
nmbd_run c OTHER 'workgroup = SHOP' # it takes half a minute to be a master
daemons a
browser a 'comment = "the first"' 'os-level = 65'
check "it starts" await 10 logged a-browserd 'connected to nbddd'
check "and is not root any more" eval 'grep "^Uid:.*64135" "/proc/$(cat "$lab/a-browserd.pid")/status" || grep "^Uid:.*$(id -u browserd)" "/proc/$(cat "$lab/a-browserd.pid")/status"'
check "alone it becomes the master" await 20 is_role a master
check "and says so" logged a-browserd 'LAB at 10.99.1.11: local master browser'
check "it has the master's name" holds 10.99.1.11 'LAB *<1d>'
check "and that of all masters" holds 10.99.1.11 '__MSBROWSE__. *<01>'
check "nmblookup finds the master" master_is b 10.99.1.11
check "and all masters" eval 'on b nmblookup -s /dev/null -M -- - | grep "10.99.1.11 .*__MSBROWSE__"'

#
# Samba in the same subnet.
#
nmbd_run b SAMBA 'os level = 10'
check "nmbd is in the list" await 30 listed a '^SAMBA,LAB,0x00819a03,potential,by nmbd,6.1,heard,10.99.1.12,10.99.1.11'
check "and we are, ourselves" listed a '^A,LAB,0x00059a03,master,the first,6.1,self'
check "the master of another workgroup, too" await 40 eval 'browse a workgroups | grep "^SHOP,OTHER,0x80001000,heard,10.99.1.13"'
check "an announcement is sent when it is wanted" eval 'browse a announce | grep "^1$"'
check "nmbd knows our workgroup and its master" await 30 grep -q '^"LAB".*c0001000.*"A" ' "$lab/c-nmbd/browse.dat"
check "lists in JSON have the same fields" eval 'on a nbtctl -r "$lab/a" --json browse servers | tr -d " \n" |
	grep "\"name\":\"SAMBA\",\"workgroup\":\"LAB\".*\"address\":\"10.99.1.12\".*\"expires_in_ms\":[1-9]"'
check "of a workgroup that is not there: nothing" eval '[ "$(browse a servers NOBODY | sed 1d)" = "" ]'
check "there is nothing to fetch for a master" eval 'browse a pull 2>&1 | grep "nobody to fetch lists from"'
check "what is counted" eval 'on a nbtctl -d browserd -r "$lab/a" --csv stats | tr -d "\r" | grep "^elections.won,1"'
check "and for Prometheus" measured 'master{workgroup="LAB",interface="10.99.1.11"} 1'

#
# Restarts of the others: roles are kept.
#
again a nbddd
check "nbddd is killed: that is told" await 10 logged a-browserd 'no connection to nbddd'
check "and found again" await 10 eval '[ "$(grep -c "connected to nbddd" "$lab/a-browserd.log")" = 2 ]'
check "the master's name is claimed again" await 10 holds 10.99.1.11 'LAB *<1d>'
check "the role was kept" eval '[ "$(times_master)" = 1 ] && is_role a master'
again a nbnsd
check "nbnsd is killed: the names are claimed again" await 15 holds 10.99.1.11 'LAB *<1d>'
check "and the role was kept" eval '[ "$(times_master)" = 1 ] && is_role a master'
check "nmbd is still in the list" listed a '^SAMBA,LAB'
again a browserd
check "browserd is killed: it is the master again" await 40 is_role a master
check "and hears nmbd" await 40 listed a '^SAMBA,LAB'

#
# Reloads.
#
check "a new comment is told to all" eval 'reload a "comment = \"another\"" "os-level = 65" && browse a servers | grep "^A,LAB,.*,another,"'
check "and takes no role away" [ "$(times_master)" = 2 ]
check "a wrong setting changes nothing" eval '! reload a "os-level = 256"'
check "and it is said why" logged a-browserd 'os-level.*0 to 255'
browser_name=ANNE
check "another name: goodbye, and begin again" eval 'reload a "os-level = 65" && logged a-browserd "the names of this host have changed"'
check "which becomes the master" await 40 is_role a master
check "and has its names" eval 'holds 10.99.1.11 "ANNE *<00>"'
browser_name=

#
# Interfaces, and the end.
#
plug a eth1 10.99.2.11
check "a subnet that comes has a role" await 20 eval 'browse a roles | grep "^LAB,10.99.2.11,master"'
on a ip link del eth1
check "and has none when it goes" await 10 eval '! browse a roles | grep "10.99.2.11"'
stop a-browserd TERM
check "at the end it leaves with status 0" [ $? = 0 ]
check "without a name" await 10 eval '! holds 10.99.1.11 "LAB *<1d>"'
check "and nmbd takes over at once" await 60 master_is c 10.99.1.12

#!/bin/sh
# browserd with its real nbnsd and nbddd, and nmbd beside it: names, roles, lists, restarts.
. "$top_srcdir/tests/lab/net.sh"
lab_begin nmbd nmblookup
. "$top_srcdir/tests/lab/browsers.sh"

host a 10.99.1.11
host b 10.99.1.12
host c 10.99.1.13

listed() { # HOST PATTERN: in its list of servers
	browse "$1" servers | grep -q -e "$2"
}

daemons a
browser a 'comment = "the first"' 'os-level = 65'
check "it starts" await 10 logged a-browserd 'connected to nbddd'
check "and is not root any more" eval 'grep "^Uid:.*64135" "/proc/$(cat "$lab/a-browserd.pid")/status" || grep "^Uid:.*$(id -u browserd)" "/proc/$(cat "$lab/a-browserd.pid")/status"'
check "alone it becomes the master" await 20 is_role a master

#!/bin/sh
# Out of file descriptors: a start says so, a running nbnsd goes on with what it has, says so once, and
# takes what came meanwhile when there are some again.
. "$top_srcdir/tests/lab/net.sh"
lab_begin setpriv prlimit

host ns 10.99.1.5
host a 10.99.1.11
host b 10.99.2.12
TIMED_OUT=124
conf="nbnsd = { database = \"$lab/db/names.db\"; };"

# Every number of descriptors at which it does not start; the shell that starts it needs the first.
starts_or_says_why() {
	descriptors=7
	while
		descriptors=$((descriptors + 1))
		nbnsd_wrapper="prlimit --nofile=$descriptors"
		says 1 '^nbnsd: error: .*Too many open files' "$conf"
	do
		grep ': error: ' "$lab/says"
	done
	nbnsd_wrapper=
	[ "$status" = $TIMED_OUT ] && logged_start
}
logged_start() {
	grep -q 'NBNS, as' "$lab/says"
}

limit() { # NUMBER, or nothing: none
	setpriv --reuid=nbnsd --regid=nbt --clear-groups prlimit --pid "$(cat "$lab/nbnsd.pid")" --nofile="${1:-}:"
}

# Descriptors are the lowest that are free.
first_free() {
	number=0
	while [ -e "/proc/$(cat "$lab/nbnsd.pid")/fd/$number" ]; do number=$((number + 1)); done
}

answers() { # HOST ADDRESS
	on "$1" nbtlookup -U "$2" NS
}
registers() { # FIRST
	on ns nbtbench register --names 1000 --first "$1"
}
log_lines() { # COUNT
	cat "$lab/nbnsd.log"
	[ "$(wc -l <"$lab/nbnsd.log")" = "$1" ]
}

check "started with too few it says so" starts_or_says_why
sed -n '/: error: /s/^/# /p' "$lab/out"

nbnsd_fresh
nbnsd_start 'rate-limit = 0'
registers 0 >/dev/null
first_free

: >"$lab/nbnsd.log"
limit "$number"
plug ns eth1 10.99.2.5
on ns ip route replace default via 10.99.1.1
check "without any: that is told" await 10 logged nbnsd 'interfaces cannot be read.*Too many open files'
check "the other interface is served" answers a 10.99.1.5
check "names are registered" registers 1000
limit $((number + 1))
check "with one: the address is told" \
	await 10 logged nbnsd 'UDP port 137 of 10.99.2.5 cannot be had: Too many open files'
sleep 6 # it has been tried again
check "all this in two lines" log_lines 2
limit 1024
check "with enough: the address is served" await 10 answers b 10.99.2.5
check "and the other one still is" answers a 10.99.1.5
check "that is one more line" log_lines 3

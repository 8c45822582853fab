#!/bin/sh
# Who uses the name server: nbtctl audit, conflicts and events, over a restart and kill -9.
. "$top_srcdir/tests/lab/net.sh"
lab_begin

host ns 10.99.1.5
host a 10.99.1.11
host b 10.99.1.12

ctl() {
	on ns nbtctl "$@"
}
begin() {
	nbnsd_start 'audit-interval = "1s"' 'challenge-interval = "50ms"'
}
row_has() { # PATTERN ARGUMENT...
	pattern=$1
	shift
	ctl "$@" --json | grep -e "$pattern"
}
event() { # PATTERN
	await 10 grep -e "$1" "$lab/events.log"
}

begin
follow() {
	: >"$lab/events.log"
	run ns events nbtctl events
	await 10 grep '"event":"begin"' "$lab/events.log"
}
follow
on a nbtbench --server 10.99.1.5 --clients 1 --client-base 10.99.1.11 --names 3 register >/dev/null
for _ in 1 2 3 4; do on b nbtlookup -U 10.99.1.5 --recursion N0000000001 >/dev/null; done
on b nbtlookup -U 10.99.1.5 --recursion GHOST >/dev/null
seen() {
	row_has '"address":"10.99.1.12".*"queries":5.*"registrations":0.*"asked":\["N0000000001<20>"\],"asked_at_most":\[4\],"missed":\["GHOST<20>"\]' audit clients --client 10.99.1.12
	row_has '"address":"10.99.1.11".*"node_type":"H".*"registrations":3.*"registered":\["N000' audit clients --since 1h --sort registrations --limit 1
	row_has '"name":"N0000000001".*"queries":4.*"clients":\["10.99.1.12"\]' audit names
	row_has '"name":"GHOST".*"queries":1.*"clients":\["10.99.1.12"\]' audit missing --name 'GH*'
}
check "the audit says who asked and registered" seen
check "names that nobody asks for" row_has '"name":"N0000000002".*"queries":0,"last_query":null' audit names --idle 1d
check "as CSV" sh -c 'nsenter --net=/run/netns/ns nbtctl audit clients --csv | grep "^10.99.1.12,,5,"'
check "as a table" sh -c 'nsenter --net=/run/netns/ns nbtctl audit missing | grep "^GHOST  *[02]0 "'
check "a network filters" not row_has 10.99 audit clients --client 10.98.0.0/16
check "a wrong time is refused" not ctl audit clients --since soon
check "an event for a new name" event '"event":"add".*"name":"N0000000002".*"addresses":\["10.99.1.11"\]'

stop nbnsd
check "events end with the daemon" await 5 not running events
begin
check "and it is there after a restart" seen
on b nbtlookup -U 10.99.1.5 --recursion GHOST >/dev/null
check "a query after it counts on" row_has '"name":"GHOST".*"queries":2' audit missing

# What was written while it ran outlives kill -9. A pass that was under way may have been past it; the
# one after that is not. It is safe when a later registration is acknowledged.
saved() {
	ctl stats | awk '$1 == "audit.saved" { print $2 }'
}
saved_more() { # THAN
	[ "$(saved)" -gt "$1" ]
}
pass() {
	before=$(saved)
	on b nbtlookup -U 10.99.1.5 --recursion N0000000001 >/dev/null
	await 10 saved_more "$before"
}
check "it is saved every now and then" pass
check "and again" pass
on b nbtbench --server 10.99.1.5 --clients 1 --client-base 10.99.1.12 --names 1 --first 9 register >/dev/null
stop nbnsd KILL
begin
check "what was saved is there after kill -9" row_has '"name":"GHOST".*"queries":2' audit missing

# The owner of a name does not answer: it is lost to the claimant.
follow
on b nbtbench --server 10.99.1.5 --clients 1 --client-base 10.99.1.12 --names 1 register >/dev/null
check "a name that was lost is a conflict" row_has '"name":"N0000000000".*"outcome":"lost","claimant":"10.99.1.12".*"holders":\["10.99.1.11"\]' conflicts
check "and an event" event '"event":"conflict".*"outcome":"lost"'
check "followed by what became of it" event '"event":"refresh".*"name":"N0000000000".*"addresses":\["10.99.1.12"\]'
stop nbnsd
begin
check "conflicts are there after a restart" row_has '"outcome":"lost"' conflicts
